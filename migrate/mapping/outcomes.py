"""One outcome for every old URL: pages by the rules, files by the pages that use them, the rest by their answers.

A `Ruling` is small; `entries.py` makes the whole entry of it.
"""

from collections import Counter
from dataclasses import dataclass, replace

from migrate.answers import CHALLENGE, MISSING, PARKED, SERVER_ERROR
from migrate.config import PortalConfig, Rule, SiteConfig
from migrate.config.rules import REDIRECT_TO_COLUMN
from migrate.i18n import public as _  # reasons stand on the page that an old address answers with
from migrate.mapping.facts import Fact, Facts
from migrate.mapping.rules import Rules
from migrate.records import BUILT_IN, HTML_TYPES, LIST_DATA, STRONGEST_FIRST, UNRELIABLE, Kind, Outcome


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of one old URL, and by which rule."""

    outcome: Outcome
    rule: str = BUILT_IN
    reason: str = ""
    template: str = ""
    target: str = ""
    follows: str = ""
    held: tuple[str, ...] = ()
    """For files: why they must not be shown. A page's own reasons are in its record."""
    used_by: tuple[str, ...] = ()


def rule_all(facts: Facts, site: SiteConfig, portal: PortalConfig, rules: Rules) -> dict[str, Ruling]:
    """Return the ruling of every URL found. Pure: the same facts and YAML give the same rulings."""
    rulings: dict[str, Ruling] = {}
    lists: dict[str, Fact] = {}
    for key, fact in facts.by_key.items():
        if ruling := _by_answer(fact):
            rulings[key] = ruling
        elif (rule := rules.first(fact)) is not None:
            rulings[key] = _by_rule(rule, fact, site, portal, rules)
            if rule.redirect == REDIRECT_TO_COLUMN and fact.kind == Kind.LIST:
                lists[key] = fact
        elif fact.page is not None:
            rulings[key] = _page_without_rule(fact)
    for key, fact in lists.items():
        rulings[key] = replace(rulings[key], target=_column_of_list(fact, rulings, site))
    _rule_files(facts, rulings)
    _follow(rulings)
    return rulings


def _by_answer(fact: Fact) -> Ruling | None:
    """Rule by what the old server said, where there are no good bytes; None where there are."""
    resource = fact.resource
    if resource is None:
        return _never_fetched(fact)
    if 300 <= resource.status < 400 and resource.status != 304:
        return _leads_on(fact.leads_to)
    if resource.status == 200 and not resource.reason:
        return (
            _by_page(fact) if resource.digest else Ruling(Outcome.GONE, reason=_("The old site answers with nothing."))
        )
    if resource.reason == "too-large":
        return _never_fetched(fact)
    missing = resource.reason in MISSING
    passing = resource.status in (0, 200, 304, 408, 425, 429) or resource.status >= 500
    if (passing or resource.reason) and not missing:
        reason = resource.reason if resource.reason not in ("", UNRELIABLE) else f"HTTP {resource.status}"
        return Ruling(Outcome.FAILED, reason=_("Could not be fetched: {reason}").format(reason=reason))
    dead = _("Dead on the old site (HTTP {status}).").format(status=resource.status)
    told = _("An error page that the old site sent with status 200.")
    return Ruling(Outcome.GONE, reason=told if missing else dead)


def _by_page(fact: Fact) -> Ruling | None:
    """Rule on an answer that is none, whatever its status says; None for one that the rules may have."""
    reason = fact.page.reason if fact.page else ""
    if gone := _nothing_to_show(fact, reason):
        return Ruling(Outcome.GONE, reason=gone)
    if reason in ("meta-refresh", "part-of"):
        told = _("A further page of an article, joined to its first page.") if reason == "part-of" else ""
        return _leads_on(fact.leads_to, told)
    if fact.page is not None and fact.page.is_data:
        return Ruling(
            Outcome.GONE, reason=_("Data that a script of the old pages asked for; kept in the archive only.")
        )
    if reason in (CHALLENGE, PARKED, SERVER_ERROR):
        return Ruling(Outcome.FAILED, reason=_("Could not be fetched: {reason}").format(reason=reason))
    if fact.page is None and fact.resource is not None and fact.resource.media_type in HTML_TYPES:
        # a damaged archive, a broken page: never gone, for it is there
        return Ruling(Outcome.FAILED, reason=_("Captured, but the page could not be read."))
    return None


def _nothing_to_show(fact: Fact, reason: str) -> str:
    """Return why nobody will miss an answer; empty where somebody may."""
    if fact.resource is not None and not fact.resource.digest:
        return _("The old site answers with nothing.")
    if reason == "error-page":
        return _("An error page that the old site sent with status 200.")
    if reason == LIST_DATA:
        return _("Data that a script of the old pages asked for; kept in the archive only.")
    return ""


def _never_fetched(fact: Fact) -> Ruling:
    if fact.state in ("failed", "queued"):
        reason = fact.reason or _("not fetched yet")
        return Ruling(Outcome.FAILED, reason=_("Could not be fetched: {reason}").format(reason=reason))
    reason = fact.reason or (fact.resource.reason if fact.resource else _("only linked"))
    return Ruling(Outcome.UNDECIDED, reason=_("Never fetched: {reason}").format(reason=reason))


def _leads_on(target: str, reason: str = "") -> Ruling:
    if not target:
        return Ruling(Outcome.GONE, reason=_("The old site redirected it nowhere."))
    return Ruling(Outcome.REDIRECT, reason=reason or _("The old site redirected it."), follows=target)


def _by_rule(rule: Rule, fact: Fact, site: SiteConfig, portal: PortalConfig, rules: Rules) -> Ruling:
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
    wanted = dict.fromkeys((*template.require, *rule.require))
    missing = [name for name in wanted if not (_has(fact, name) or rules.gives(rule, name, fact))]
    if not missing:
        return ruling
    reason = _("Required and not found: {fields}").format(fields=", ".join(missing))
    return replace(ruling, outcome=Outcome.UNDECIDED, reason=reason)


def _has(fact: Fact, name: str) -> bool:
    if fact.page is None:
        return True  # a rule that names a kind of file asks for no fields
    return name in fact.page.present or (name == "published" and bool(fact.listed_date))


def _page_without_rule(fact: Fact) -> Ruling:
    """Rule on a page that no rule takes, or that is no article although a rule would move it."""
    assert fact.page is not None
    if fact.kind == Kind.ARTICLE:
        return Ruling(Outcome.UNDECIDED, reason=_("No rule takes it."))
    return Ruling(Outcome.UNDECIDED, reason=_("No article: {reason}").format(reason=fact.page.reason or fact.kind))


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


_SHOWN = (Outcome.MOVE, Outcome.UNDECIDED, Outcome.ARCHIVE)


def _rule_files(facts: Facts, rulings: dict[str, Ruling]) -> None:
    """Give each file the outcome of the pages that use it (design §1); the strongest where several do."""
    users = _users(facts, rulings)
    for key, fact in facts.by_key.items():
        if key not in rulings:
            pages = users.get(key)
            rulings[key] = _as_its_pages(fact, pages, facts, rulings) if pages else _unused(fact, rulings)


def _users(facts: Facts, rulings: dict[str, Ruling]) -> dict[str, list[str]]:
    """Return file → the pages that use it, under its own address or one that the old server redirected to it."""
    users: dict[str, list[str]] = {}
    for key, fact in facts.by_key.items():
        if fact.page is None or (ruling := rulings.get(key)) is None or ruling.outcome not in STRONGEST_FIRST:
            continue
        for file in fact.page.files:
            for address in _chain(file, rulings):
                users.setdefault(address, []).append(key)
    return users


def _as_its_pages(fact: Fact, pages: list[str], facts: Facts, rulings: dict[str, Ruling]) -> Ruling:
    best = min((rulings[page] for page in pages), key=lambda ruling: STRONGEST_FIRST.index(ruling.outcome))
    held = _held(pages, facts, rulings)
    if best.outcome == Outcome.REDIRECT and fact.kind == Kind.ATTACHMENT:
        best = Ruling(Outcome.MOVE, reason=_("Linked from a list."))  # a list goes, its files must not
    if best.outcome == Outcome.MOVE and fact.kind == Kind.OTHER:
        best = Ruling(Outcome.ARCHIVE, reason=_("Used by a page, but the portal takes no files of this kind."))
    target = best.target if best.outcome == Outcome.REDIRECT else ""
    return Ruling(best.outcome, reason=best.reason, target=target, held=held, used_by=tuple(dict.fromkeys(pages)))


def _held(pages: list[str], facts: Facts, rulings: dict[str, Ruling]) -> tuple[str, ...]:
    """Return why a file must not be shown: held pages use it, and no clean page shows it to anybody."""
    reasons: dict[str, None] = {}
    for key in pages:
        page = facts.by_key[key].page
        assert page is not None
        if not page.held and rulings[key].outcome in _SHOWN:
            return ()
        reasons |= dict.fromkeys(page.held)
    return tuple(reasons)


def _unused(fact: Fact, rulings: dict[str, Ruling]) -> Ruling:
    if fact.kind == Kind.ATTACHMENT:
        return Ruling(Outcome.MOVE, reason=_("In no article; kept as a document."))
    referrer = rulings.get(fact.referrer)
    if fact.kind == Kind.IMAGE and referrer is not None:
        if referrer.outcome == Outcome.REDIRECT and not referrer.follows:
            return Ruling(Outcome.REDIRECT, reason=_("Part of a page that was redirected."), target=referrer.target)
        if referrer.outcome == Outcome.ARCHIVE:
            return Ruling(Outcome.ARCHIVE, reason=referrer.reason)
    return Ruling(Outcome.GONE, reason=_("Decoration or code of the old pages; kept in the archive only."))


def _follow(rulings: dict[str, Ruling]) -> None:
    """Fold chains of old redirects: each follows the last address of its chain. A loop is undecided, never silent."""
    chains = {key: _chain(key, rulings) for key, ruling in rulings.items() if ruling.follows}
    rulings |= {key: _end_of_chain(rulings, chain) for key, chain in chains.items()}


def _chain(key: str, rulings: dict[str, Ruling]) -> list[str]:
    """Return an address and all that the old site led on to from it, up to the end or the first repetition."""
    chain = [key]
    while (ruling := rulings.get(chain[-1])) is not None and ruling.follows and ruling.follows not in chain:
        chain.append(ruling.follows)
    return chain


def _end_of_chain(rulings: dict[str, Ruling], chain: list[str]) -> Ruling:
    end = chain[-1]
    last = rulings.get(end)
    if last is None:
        reason = _("The old site redirected it to another site: {url}").format(url=end)
        return Ruling(Outcome.UNDECIDED, reason=reason)
    if last.follows:
        return Ruling(Outcome.UNDECIDED, reason=_("The old site redirected it in a loop."))
    if last.outcome in (Outcome.MOVE, Outcome.ARCHIVE):
        return Ruling(Outcome.REDIRECT, reason=_("The old site redirected it."), follows=end)
    if last.outcome == Outcome.UNDECIDED:
        return Ruling(Outcome.UNDECIDED, reason=last.reason, follows=end, used_by=last.used_by or (end,))
    return replace(last, reason=last.reason or _("The old site redirected it."), template="")
