"""One outcome for every old URL: pages by the rules, files by the pages that use them, the rest by their answers.

A `Ruling` is small; `entries.py` makes the whole entry of it.
"""

from collections import Counter
from dataclasses import dataclass, replace

from migrate.config import PortalConfig, Rule, SiteConfig
from migrate.config.sites import REDIRECT_TO_COLUMN
from migrate.i18n import _
from migrate.mapping.facts import Fact, Facts
from migrate.mapping.rules import Rules
from migrate.records import HTML_TYPES, Kind, Outcome

BUILT_IN = "(built in)"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of one old URL, and by which rule."""

    outcome: Outcome
    rule: str = BUILT_IN
    reason: str = ""
    template: str = ""
    target: str = ""
    follows: str = ""


def rule_all(facts: Facts, site: SiteConfig, portal: PortalConfig, rules: Rules) -> dict[str, Ruling]:
    """Return the ruling of every URL found. Pure: the same facts and YAML give the same rulings."""
    rulings: dict[str, Ruling] = {}
    lists: dict[str, Fact] = {}
    for key, fact in facts.by_key.items():
        if ruling := _by_answer(fact):
            rulings[key] = ruling
        elif (rule := rules.first(fact)) is not None:
            rulings[key] = _by_rule(rule, fact, site, portal)
            if rule.redirect == REDIRECT_TO_COLUMN and fact.kind == Kind.LIST:
                lists[key] = fact
        elif fact.page is not None:
            rulings[key] = _page_without_rule(fact)
    for key, fact in lists.items():
        rulings[key] = replace(rulings[key], target=_column_of_list(fact, rulings, site))
    _rule_files(facts, rulings)
    _follow(facts, rulings)
    return rulings


def _by_answer(fact: Fact) -> Ruling | None:
    """Rule by what the old server said, where there are no good bytes; None where there are."""
    resource = fact.resource
    if resource is None:
        return _never_fetched(fact)
    if 300 <= resource.status < 400 and resource.status != 304:
        return _leads_on(fact.leads_to)
    if resource.status == 200 and not resource.reason:
        if fact.page and fact.page.reason == "meta-refresh":
            return _leads_on(fact.leads_to)
        return _unread(fact)
    if resource.status in (0, 408, 425, 429) or resource.status >= 500 or resource.status == 200:
        reason = resource.reason or f"HTTP {resource.status}"
        return Ruling(Outcome.FAILED, reason=_("Could not be fetched: {reason}").format(reason=reason))
    return Ruling(Outcome.GONE, reason=_("Dead on the old site (HTTP {status}).").format(status=resource.status))


def _unread(fact: Fact) -> Ruling | None:
    """Rule on a page whose record could not be made (a damaged archive, a broken page): never gone, for it is there."""
    if fact.page is None and fact.resource is not None and fact.resource.media_type in HTML_TYPES:
        return Ruling(Outcome.FAILED, reason=_("Captured, but the page could not be read."))
    return None


def _never_fetched(fact: Fact) -> Ruling:
    if fact.state in ("failed", "queued"):
        reason = fact.reason or _("not fetched yet")
        return Ruling(Outcome.FAILED, reason=_("Could not be fetched: {reason}").format(reason=reason))
    reason = fact.reason or _("only linked")
    return Ruling(Outcome.UNDECIDED, reason=_("Never fetched: {reason}").format(reason=reason))


def _leads_on(target: str) -> Ruling:
    if not target:
        return Ruling(Outcome.GONE, reason=_("The old site redirected it nowhere."))
    return Ruling(Outcome.REDIRECT, reason=_("The old site redirected it."), follows=target)


def _by_rule(rule: Rule, fact: Fact, site: SiteConfig, portal: PortalConfig) -> Ruling:
    channel = site.site.channel
    for outcome in (Outcome.ARCHIVE, Outcome.GONE, Outcome.UNDECIDED):
        reason = getattr(rule, outcome)
        if reason is not None:
            return Ruling(outcome, rule.name, reason)
    if rule.redirect is not None:
        target = channel if rule.redirect == REDIRECT_TO_COLUMN else f"{channel}{rule.redirect}/"
        return Ruling(Outcome.REDIRECT, rule.name, target=target)
    assert rule.column is not None
    target = f"{channel}{rule.column}/"
    if fact.kind in (Kind.LIST, Kind.HOME):
        return Ruling(Outcome.REDIRECT, rule.name, target=target)
    if fact.page is not None and fact.kind != Kind.ARTICLE:
        return _page_without_rule(fact)
    config = portal.channel(channel)
    assert config is not None
    column = next(column for column in portal.channel_columns(config) if column.slug == rule.column)
    template = portal.templates[column.template]
    ruling = Ruling(Outcome.MOVE, rule.name, template=column.template, target=target)
    missing = [name for name in dict.fromkeys((*template.require, *rule.require)) if not _has(fact, name)]
    if not missing:
        return ruling
    reason = _("Required and not found: {fields}").format(fields=", ".join(missing))
    return replace(ruling, outcome=Outcome.UNDECIDED, reason=reason, target="")


def _has(fact: Fact, name: str) -> bool:
    if fact.page is None:
        return True  # a rule that names a kind of file asks for no fields
    return name in fact.page.present or (name == "published" and bool(fact.listed_date))


def _page_without_rule(fact: Fact) -> Ruling:
    """Rule on a page that no rule takes, or that is no article although a rule would move it."""
    page = fact.page
    assert page is not None
    if page.reason == "error-page":
        return Ruling(Outcome.GONE, reason=_("An error page that the old site sent with status 200."))
    if page.reason == "challenge":
        return Ruling(Outcome.FAILED, reason=_("Could not be fetched: {reason}").format(reason=page.reason))
    if page.reason:
        return Ruling(Outcome.UNDECIDED, reason=_("No article: {reason}").format(reason=page.reason))
    return Ruling(Outcome.UNDECIDED, reason=_("No rule takes it."))


def _column_of_list(fact: Fact, rulings: dict[str, Ruling], site: SiteConfig) -> str:
    """Return the column that most of a list's articles went to; the channel where none did."""
    assert fact.page is not None
    columns = Counter(
        ruling.target
        for target in fact.page.listed
        if (ruling := rulings.get(target)) is not None and ruling.outcome == Outcome.MOVE
    )
    ranked = sorted(columns.items(), key=lambda item: (-item[1], item[0]))
    return ranked[0][0] if ranked else site.site.channel


_STRENGTH = (Outcome.MOVE, Outcome.UNDECIDED, Outcome.ARCHIVE, Outcome.REDIRECT, Outcome.GONE)


def _rule_files(facts: Facts, rulings: dict[str, Ruling]) -> None:
    """Give each file the outcome of the pages that use it (design §1); the strongest where several do."""
    users: dict[str, Ruling] = {}
    for key, fact in facts.by_key.items():
        if fact.page is None or (ruling := rulings.get(key)) is None or ruling.outcome not in _STRENGTH:
            continue
        for file in fact.page.files:
            known = users.get(file)
            if known is None or _STRENGTH.index(ruling.outcome) < _STRENGTH.index(known.outcome):
                users[file] = ruling
    for key, fact in facts.by_key.items():
        if key not in rulings:
            rulings[key] = _file_ruling(fact, users.get(key), rulings)


def _file_ruling(fact: Fact, user: Ruling | None, rulings: dict[str, Ruling]) -> Ruling:
    if user is not None:
        if user.outcome == Outcome.REDIRECT and fact.kind == Kind.ATTACHMENT:
            return Ruling(Outcome.MOVE, reason=_("Linked from a list."))  # a list goes, its files must not
        return Ruling(user.outcome, reason=user.reason, target=user.target if user.outcome == Outcome.REDIRECT else "")
    if fact.kind == Kind.ATTACHMENT:
        return Ruling(Outcome.MOVE, reason=_("In no article; kept as a document."))
    referrer = rulings.get(fact.referrer)
    if fact.kind == Kind.IMAGE and referrer is not None:
        if referrer.outcome == Outcome.REDIRECT:
            return Ruling(Outcome.REDIRECT, reason=_("Part of a page that was redirected."), target=referrer.target)
        if referrer.outcome == Outcome.ARCHIVE:
            return Ruling(Outcome.ARCHIVE, reason=referrer.reason)
    return Ruling(Outcome.GONE, reason=_("Decoration or code of the old pages; kept in the archive only."))


def _follow(facts: Facts, rulings: dict[str, Ruling]) -> None:
    """Fold chains of old redirects: each follows the last address of its chain. A loop is undecided, never silent."""
    for key in [key for key, ruling in rulings.items() if ruling.follows]:
        seen = [key]
        while (ruling := rulings.get(seen[-1])) is not None and ruling.follows and ruling.follows not in seen:
            seen.append(ruling.follows)
        rulings[key] = _end_of_chain(rulings, seen)


def _end_of_chain(rulings: dict[str, Ruling], chain: list[str]) -> Ruling:
    last = rulings.get(chain[-1])
    if last is None:
        reason = _("The old site redirected it to another site: {url}").format(url=chain[-1])
        return Ruling(Outcome.UNDECIDED, reason=reason)
    if last.follows:
        return Ruling(Outcome.UNDECIDED, reason=_("The old site redirected it in a loop."))
    if last.outcome in (Outcome.MOVE, Outcome.ARCHIVE):
        return Ruling(Outcome.REDIRECT, reason=_("The old site redirected it."), follows=chain[-1])
    return replace(last, reason=last.reason or _("The old site redirected it."), template="")
