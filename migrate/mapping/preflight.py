"""Before anything is imported: what the move would make of the portal, held against the inspection (domain rules §2).

Works on entries as they stream by, with people's decisions laid over them or without; keeps counts only.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

from migrate.clocks import ColumnState, Standing, column_state
from migrate.config import Inspection, PortalConfig, SiteConfig, Template, Threshold
from migrate.config.portal import Column
from migrate.i18n import _
from migrate.records import Account, Content, Entry, Finding, Level, Outcome

STAGE = "preflight"
"""Under which the findings are kept."""


@dataclass(frozen=True, slots=True)
class ProjectedColumn:
    """A column of the portal as the import would leave it, if this site were all that went there."""

    path: str
    title: str
    template: str
    articles: int
    """That visitors would see."""
    held: int
    """That wait for a person first."""
    undated: int
    newest: str
    """ISO date; empty where none is known."""
    clock_days: int | None
    state: ColumnState


@dataclass(frozen=True, slots=True)
class Preflight:
    """What an import would bring."""

    columns: tuple[ProjectedColumn, ...]
    missing: dict[str, int]
    """Required field → articles without it."""
    undecided: int
    same_title: int
    """Articles with the title and the day of another one in their column."""
    same_address: int
    """Pages whose address in the portal would be another one's, and gets a longer name."""
    balanced: bool
    document: str
    """The inspection's."""
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Tally:
    """One column while the entries stream by."""

    articles: int = 0
    held: int = 0
    undated: int = 0
    newest: str = ""
    addresses: set[int] = field(default_factory=set)
    same_address: int = 0
    example: str = ""

    def take(self, entry: Entry, today: str) -> None:
        address = _short(page_name(entry.key))
        if address in self.addresses:
            self.same_address += 1
            self.example = self.example or entry.key
        self.addresses.add(address)
        if entry.held:
            self.held += 1
            return
        self.articles += 1
        self.undated += not entry.published
        if entry.published[:10] <= today:  # a slip of the keyboard, 2106, keeps no column fresh
            self.newest = max(self.newest, entry.published[:10])


@dataclass(frozen=True, slots=True)
class Ground:
    """What entries are held against."""

    site: SiteConfig
    portal: PortalConfig
    inspection: Inspection
    account: Account
    today: date
    elsewhere: tuple[Standing, ...] = ()
    """How the columns stand of the channels that other sites moved into: an inspection counts all of a portal's."""


def preflight(entries: Iterable[Entry], ground: Ground) -> Preflight:
    """Return what an import of the entries would bring, as counts and findings. Pure: the day is given, too."""
    channel = ground.portal.channel(ground.site.site.channel)
    assert channel is not None  # a site file without a channel of the portal doesn't load
    columns = {f"{channel.path}{column.slug}/": column for column in ground.portal.channel_columns(channel)}
    tallies = {path: _Tally() for path in columns}
    titles: dict[int, str] = {}
    missing: Counter[str] = Counter()
    required = {rule.name: rule.require for rule in ground.site.rules}
    findings: list[Finding] = []
    undecided = same_title = 0
    for entry in entries:
        undecided += entry.outcome is Outcome.UNDECIDED
        if entry.content is None or entry.outcome not in (Outcome.MOVE, Outcome.UNDECIDED):
            continue
        template = ground.portal.templates.get(entry.template)
        missing.update(missing_fields(entry, template, required.get(entry.rule, ())))
        if entry.outcome is not Outcome.MOVE or entry.target not in tallies:
            continue
        tallies[entry.target].take(entry, ground.today.isoformat())
        if other := _with_same_title(entry, titles):
            same_title += 1
            findings.append(_same_title(entry, other))
    projected = tuple(
        _projected(path, column, tallies[path], ground) for path, column in columns.items() if not column.hidden
    )
    findings = [
        *_of_account(ground.account),
        *_of_columns(projected, ground),
        *_of_missing(missing),
        *_of_undecided(undecided),
        *_of_addresses(tallies, columns),
        *findings,
    ]
    same_address = sum(tally.same_address for tally in tallies.values())
    return Preflight(
        projected, dict(sorted(missing.items())), undecided, same_title, same_address, ground.account.balanced,
        ground.inspection.document, tuple(findings),
    )  # fmt: skip


def missing_fields(entry: Entry, template: Template | None, required: Iterable[str] = ()) -> list[str]:
    """Return the fields that an article's template and rule ask for and that it has not."""
    content = entry.content
    assert content is not None
    wanted = dict.fromkeys((*(template.require if template is not None else ()), *required))
    return [name for name in wanted if not _has(entry, content, name)]


def _has(entry: Entry, content: Content, name: str) -> bool:
    if name == "breadcrumb":
        return bool(entry.column)
    if name == "body":
        return bool(content.body or content.attachments or content.images)
    return bool(content.policy_head.get(name) or getattr(content, name, ""))


def page_name(key: str) -> str:
    """Return what an old address would be called among its column's pages: its last part and its query's values.

    As the portal names pages; a test holds the two together.
    """
    parts = urlsplit(key)
    names = [name for name in parts.path.split("/") if name]
    stem = (names[-1] if names else "home").rpartition(".")[0] or (names[-1] if names else "home")
    text = "-".join([stem, *(value for _name, value in parse_qsl(parts.query))])
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:60] or key


def _short(text: str) -> int:
    """Return a number for a text: sets of them stay small, and are the same in every run."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _with_same_title(entry: Entry, titles: dict[int, str]) -> str:
    """Return the first entry with this one's title and day in the same column; empty where it is the first."""
    if not entry.title:
        return ""
    bare = "".join(entry.title.split())
    first = titles.setdefault(_short(f"{entry.target}\n{entry.published[:10]}\n{bare}"), entry.key)
    return "" if first == entry.key else first


def _projected(path: str, column: Column, tally: _Tally, ground: Ground) -> ProjectedColumn:
    clock = ground.portal.templates[column.template].clock_days
    state = column_state(tally.articles, tally.newest, clock, ground.today)
    return ProjectedColumn(
        path, column.title, column.template, tally.articles, tally.held, tally.undated, tally.newest, clock, state
    )


def _of_account(account: Account) -> Iterator[Finding]:
    if account.balanced:
        return
    lost = ", ".join((*account.missing, *account.extra)[:3]) or "—"
    message = _("The account does not balance: {found} old URLs were found, for example {lost}.")
    yield Finding(
        Level.ERROR,
        "preflight.account",
        "",
        message.format(found=account.found, lost=lost),
        _("Map again; nothing should be imported before it balances."),
    )


def _of_columns(columns: Iterable[ProjectedColumn], ground: Ground) -> Iterator[Finding]:
    columns = tuple(columns)
    empty = [column for column in columns if column.state is ColumnState.EMPTY]
    stale = [column for column in columns if column.state is ColumnState.STALE]
    quick = ground.inspection.threshold("notice-days").limit
    for column in empty:
        message = _("The column “{title}” would be empty.").format(title=column.title)
        if column.held:
            message = _("The column “{title}” would be empty: all of its {n} articles are held.").format(
                title=column.title, n=column.held
            )
        hint = _("Cut it from the channel in portal.yaml, or give it articles with a rule.")
        yield Finding(Level.WARNING, "preflight.empty-column", column.path, message, hint)
    for column in stale:
        message = _("The column “{title}” would be out of date: its newest article is of {newest}, its clock {n} days.")
        hint = _("Let it join a column that is kept up, or archive it; never change the dates.")
        told = message.format(title=column.title, newest=column.newest or "—", n=column.clock_days)
        yield Finding(Level.WARNING, "preflight.stale-column", column.path, told, hint)
    for column in columns:
        if column.undated and column.clock_days is not None:
            told = _("{n} articles of “{title}” have no date: an inspection counts them as not updated.")
            hint = _("Tell with `fields` or `set` in the site's YAML where the date stands.")
            message = told.format(n=column.undated, title=column.title)
            yield Finding(Level.WARNING, "preflight.undated", column.path, message, hint)
    here = _hits([Standing(column.clock_days, column.state) for column in columns], quick)
    elsewhere = _hits(ground.elsewhere, quick)
    for name, number in here.items():
        threshold = ground.inspection.threshold(name)
        yield from _of_threshold(number, elsewhere[name], threshold, ground.inspection.document)


def _hits(columns: Sequence[Standing], quick: float) -> dict[str, int]:
    """Return how many columns an inspection would count for each of its thresholds."""
    clocks = [column.clock_days or 0 for column in columns if column.state is ColumnState.STALE]
    return {
        "stale-columns": sum(clock <= quick for clock in clocks),
        "neglected-columns": sum(clock > quick for clock in clocks),
        "empty-columns": sum(column.state is ColumnState.EMPTY for column in columns),
    }


def _of_threshold(here: int, elsewhere: int, threshold: Threshold, document: str) -> Iterator[Finding]:
    """Yield a finding where columns, some of them this site's, reach a threshold, or come near it."""
    number = here + elsewhere
    fails = number >= threshold.limit
    if not here or (not fails and (threshold.warn is None or number <= threshold.warn)):
        return
    told = _("{title}: {n}, from {limit} on a site fails ({document}, {code}).")
    message = told.format(
        title=threshold.title, n=number, limit=f"{threshold.limit:g}", document=document, code=threshold.code
    )
    if elsewhere:
        message += " " + _("{n} of them stand in channels that other sites moved into.").format(n=elsewhere)
    yield Finding(
        Level.ERROR if fails else Level.WARNING,
        f"preflight.{threshold.id}",
        "",
        message,
        _("Merge small columns, cut empty ones, archive dead ones, before anything is imported."),
    )


def _of_missing(missing: Counter[str]) -> Iterator[Finding]:
    for name, number in sorted(missing.items()):
        message = _("{n} articles lack a required field: {name}.").format(n=number, name=name)
        hint = _("Tell with `fields` or `set` in the site's YAML where it stands; what stays without is undecided.")
        yield Finding(Level.WARNING, "preflight.required", "", message, hint)


def _of_undecided(number: int) -> Iterator[Finding]:
    if number:
        message = _("{n} old URLs are undecided.").format(n=number)
        hint = _("Add a rule to the site's YAML, or decide it in the portal's admin.")
        yield Finding(Level.WARNING, "preflight.undecided", "", message, hint)


def _of_addresses(tallies: dict[str, _Tally], columns: dict[str, Column]) -> Iterator[Finding]:
    for path, tally in tallies.items():
        if tally.same_address:
            told = _("{n} pages of “{title}” would have the address of another one, for example {url}.")
            message = told.format(n=tally.same_address, title=columns[path].title, url=unquote(tally.example))
            hint = _("Nothing is lost: their addresses get a longer name.")
            yield Finding(Level.NOTE, "preflight.same-address", path, message, hint)


def _same_title(entry: Entry, other: str) -> Finding:
    message = _("Has the title and the day of {url}, in the same column.").format(url=other)
    hint = _("Is it the same article under two addresses? Then let one of them redirect.")
    return Finding(Level.WARNING, "preflight.same-title", entry.key, message, hint)
