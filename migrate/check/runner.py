"""Runs the checks of one site and writes what they say into the ledger, one transaction a check."""

import functools
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from migrate import __version__
from migrate.archive.ledger import Ledger
from migrate.check.balance import account, collect_found, spelled_entries
from migrate.check.content import Captured, ExpectedFile, ExpectedFiles, check_content
from migrate.check.links import LinkJob, PortalPage, check_links
from migrate.check.memory import Memory
from migrate.check.portal import CheckResult, Expected, PortalTarget
from migrate.check.redirects import captured_digest, check_redirects, is_pending
from migrate.embedded import is_embedded
from migrate.i18n import _
from migrate.records import (
    CheckSummary,
    Content,
    Entry,
    FileLink,
    Kind,
    Level,
    Outcome,
    Problem,
    fingerprint,
    to_json,
)
from migrate.urls import UrlRules, canonical, host_of

UNFINISHED = "links-unfinished.sqlite"
"""File in a site's archive that an interrupted walk over links leaves."""

CHECKS = ("balance", "redirects", "links", "content")

Progress = Callable[[str, int, int], None]
"""Called with the check's name, how many it has asked for so far, and of how many (0 where nobody knows)."""


@dataclass(frozen=True, slots=True)
class CheckJob:
    """What the checks of one site need to know beside its ledger."""

    target: PortalTarget
    links: LinkJob
    folder: Path
    """The site's archive, e.g. archives/<site>: captured files are compared with it."""
    rules: UrlRules
    pages: Callable[[], Iterable[PortalPage]]
    """The site's part of the portal: its channel, columns, published pages and archived copies."""
    checked_at: str
    """ISO 8601, UTC."""
    drafts: Collection[str] = frozenset()
    """Canonical old URLs whose page is a draft in the portal, or stands in a hidden column."""
    new_url: Callable[[str], str] = lambda _key: ""
    """Canonical old URL → portal path or URL of what it became; empty where the portal does not say."""
    target_hosts: Collection[str] = ()
    """Hosts beside the portal's to which the site's addresses may lead."""
    otherwise: str = ""
    """Where addresses go that have no answer of their own; empty: nowhere."""
    decided: Callable[[Entry], Entry] = lambda entry: entry
    """Lays what people ruled in the portal over an entry, as import does."""
    captured: Captured = lambda _entry: ()
    """Returns what an article's body said on the old page as captured, line by line."""
    state: str = ""
    """Of the portal: an unfinished walk over the links of another state is not gone on with."""
    resumes: bool = True
    """An interrupted walk over links leaves a file in `folder` to go on with."""

    @property
    def expected(self) -> Expected:
        """Return what the old URLs are held to."""
        return Expected(self.drafts, self.new_url, captured_digest(self.folder), self.target_hosts, self.otherwise)


class Checked(NamedTuple):
    """What one check did, and everything that it found wrong."""

    summary: CheckSummary
    problems: tuple[Problem, ...]


def run_checks(
    ledger: Ledger,
    job: CheckJob,
    which: Collection[str] = CHECKS,
    progress: Progress = lambda _name, _done, _total: None,
) -> tuple[Checked, ...]:
    """Run the checks named in `which`; return what came of them, in the order of CHECKS.

    A check that breaks off (portal gone, Ctrl-C) leaves the ledger as it was: its earlier results stay.
    Raises ShangyiError where the portal does not answer.
    """
    runs = {"balance": _balance, "redirects": _redirects, "links": _links, "content": _content}
    return tuple(runs[name](_Run(ledger, job, name, progress)) for name in CHECKS if name in which)


def check_summaries(ledger: Ledger) -> tuple[CheckSummary, ...]:
    """Return the summaries of the checks that have been run on this ledger; one never run is not among them."""
    stored = (ledger.get(f"check.{name}") for name in CHECKS)
    return tuple(CheckSummary(**json.loads(text)) for text in stored if text)


class _Run:
    """One check under way. Results wait in temporary tables, so that no lock is held while the portal is asked."""

    def __init__(self, ledger: Ledger, job: CheckJob, name: str, progress: Progress) -> None:
        self.ledger = ledger
        self.job = job
        self.name = name
        self.skipped = 0
        self.done = 0
        self.total = 0
        self._progress = progress
        for table in (
            "results (key TEXT PRIMARY KEY, passed INTEGER, message TEXT, repair TEXT, target TEXT)",
            "problems (sameness TEXT PRIMARY KEY, data TEXT, pages INTEGER)",
        ):
            ledger.db.execute(f"DROP TABLE IF EXISTS temp.check_{table.split()[0]}")
            ledger.db.execute(f"CREATE TEMP TABLE check_{table}")

    def add(self, result: CheckResult) -> None:
        """Keep one result; of several on one old URL (other spellings) the worst counts."""
        self.ledger.db.execute(
            """INSERT INTO temp.check_results VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
               message = excluded.message, repair = excluded.repair, target = excluded.target, passed = excluded.passed
               WHERE excluded.passed < passed""",
            (result.key, int(result.passed), result.message, result.repair, result.target),
        )

    def advance(self) -> None:
        """Tell whoever watches that one more was asked."""
        self.reach(self.done + 1, self.total)

    def reach(self, done: int, total: int) -> None:
        """Tell whoever watches how far it has come."""
        self.done, self.total = done, total
        self._progress(self.name, done, total)

    def find(self, problem: Problem) -> None:
        """Keep one problem; the same link on another page is the same problem once more."""
        where = "" if problem.tag else problem.url
        sameness = fingerprint([where, problem.check, problem.message, problem.tag, problem.text, problem.target])
        self.ledger.db.execute(
            """INSERT INTO temp.check_problems VALUES (?, ?, 1)
               ON CONFLICT (sameness) DO UPDATE SET pages = pages + 1""",
            (sameness, to_json(problem)),
        )

    def find_failed(self, hint: str) -> None:
        """Turn every result that did not pass into a problem, by key."""
        failed = self.ledger.db.execute(
            "SELECT key, message, repair, target FROM temp.check_results WHERE NOT passed ORDER BY key"
        )
        for key, message, repair, target in failed.fetchall():
            self.find(Problem(Level.ERROR, f"check.{self.name}", key, message, repair or hint, target=target))

    def number(self, sql: str, *parameters: object) -> int:
        """Return the one number that a query asks for."""
        return int(self.ledger.db.execute(sql, parameters).fetchone()[0])

    def tally(self) -> tuple[int, int]:
        """Return (asked, passed), old URLs counted once each."""
        row = self.ledger.db.execute("SELECT count(*), total(passed) FROM temp.check_results").fetchone()
        return row[0], int(row[1])

    def close(self, asked: int, passed: int, **counts: int) -> Checked:
        """Write results, findings and summary in one transaction; return the summary with the problems."""
        at = self.job.checked_at
        summary = CheckSummary(self.name, asked, passed, asked - passed, self.skipped, at, counts)
        with self.ledger.transaction() as db:
            rows = db.execute("SELECT key, passed, message FROM temp.check_results WHERE key != '' ORDER BY key")
            self.ledger.write_checks(self.name, ((key, bool(ok), message, at) for key, ok, message in rows))
            found = db.execute("SELECT data, pages FROM temp.check_problems ORDER BY rowid")
            problems = tuple(_problem(data, pages) for data, pages in found)
            self.ledger.replace_findings(f"check.{self.name}", (problem.finding for problem in problems))
            self.ledger.set(f"check.{self.name}", _plain(summary))
        return Checked(summary, problems)


def _plain(summary: CheckSummary) -> dict[str, Any]:
    return {name: getattr(summary, name) for name in CheckSummary.__dataclass_fields__}


def _problem(data: str, pages: int) -> Problem:
    values = json.loads(data)
    return Problem(**{**values, "level": Level(values["level"]), "pages": pages})


def _balance(run: _Run) -> Checked:
    result = account(run.ledger, run.job.rules)
    hint = _("Run shangyi map again; if it stays, the ledger was changed by hand.")
    for key in result.missing:
        run.find(Problem(Level.ERROR, "check.balance", key, _("Found on the old site, but without an entry."), hint))
    for key in result.extra:
        run.find(Problem(Level.ERROR, "check.balance", key, _("An entry that was never found on the old site."), hint))
    passed = run.number("SELECT count(DISTINCT key) FROM temp.found_urls WHERE key IN (SELECT key FROM entries)")
    extra = run.number("SELECT count(*) FROM entries") - passed
    run.advance()
    return run.close(result.found + extra, passed)


def _redirects(run: _Run) -> Checked:
    collect_found(run.ledger, run.job.rules)
    run.total = run.number("SELECT max((SELECT count(*) FROM temp.found_urls), (SELECT count(*) FROM entries))")
    run.ledger.db.execute("DROP TABLE IF EXISTS temp.check_asked")
    run.ledger.db.execute("CREATE TEMP TABLE check_asked (url TEXT PRIMARY KEY) WITHOUT ROWID")
    for result in check_redirects(run.job.target, map(run.job.decided, _noted(run)), run.job.expected):
        run.add(result)
        run.advance()
    addresses = run.done
    unasked = _never_asked(run)
    run.find_failed(_("See what the portal knows of it: shangyi show URL; then import again, or decide it there."))
    captured = run.number("SELECT count(DISTINCT key) FROM resources WHERE instr(key, '#') = 0")
    return run.close(*run.tally(), addresses=addresses, captured=captured, unasked=unasked)


def _noted(run: _Run) -> Iterator[Entry]:
    """Yield the entry of each address found, and take note that it is asked for."""
    for entry in spelled_entries(run.ledger):
        run.ledger.db.execute("INSERT OR IGNORE INTO temp.check_asked VALUES (?)", (entry.url,))
        yield entry


def _never_asked(run: _Run) -> int:
    """Add a result for each captured or linked address that had no entry to be asked by; return how many."""
    rows = run.ledger.db.execute(
        "SELECT key, url FROM temp.found_urls WHERE url NOT IN (SELECT url FROM temp.check_asked) ORDER BY key, url"
    ).fetchall()
    repair = _("It has no entry: map and import the site again, then check again.")
    for key, url in rows:
        run.add(CheckResult(key, False, _("Never asked for: {url}").format(url=url), repair))
    return len(rows)


def _links(run: _Run) -> Checked:
    pages = list(run.job.pages())
    asked = passed = links = external = 0
    kinds: Counter[str] = Counter()
    path = run.job.folder / UNFINISHED if run.job.resumes else None
    with Memory(path, _mark(run.job, pages)) as memory:
        for page in check_links(run.job.links, pages, memory, run.reach):
            asked, passed = asked + 1, passed + page.passed
            links, external = links + page.links, external + page.external
            for problem in page.problems:
                run.find(problem)
                kinds[problem.level] += 1
            if page.page.key:
                broken = "; ".join(problem.finding.message for problem in page.problems)
                run.add(CheckResult(page.page.key, page.passed, broken or _("{n} links").format(n=page.links)))
        addresses = len(memory.seen)
        outside = sum(host_of(address) != run.job.target.portal_host for address in memory.seen)
    counts = {f"{level}s": kinds[level] for level in Level}
    return run.close(asked, passed, links=links, external=external, addresses=addresses, outside=outside, **counts)


def _mark(job: CheckJob, pages: list[PortalPage]) -> str:
    """Return what tells one walk over links from another."""
    links, target = job.links, job.links.target
    return fingerprint(
        [
            __version__, job.state, target.base_url, target.portal_host, links.scope, sorted(links.old_hosts),
            links.include, links.exclude, links.external, [page.url for page in pages],
        ]
    )  # fmt: skip


def _content(run: _Run) -> Checked:
    run.total = run.number("SELECT count(*) FROM entries WHERE kind = ? AND outcome = ?", Kind.ARTICLE, Outcome.MOVE)

    def published() -> Iterator[Entry]:
        for entry in map(run.job.decided, run.ledger.entries("kind = ?", (Kind.ARTICLE,))):
            if entry.outcome is not Outcome.MOVE or entry.content is None:
                continue
            if is_pending(entry, run.job.expected):
                run.skipped += 1
            else:
                yield entry

    expected = functools.partial(_files_expected, run)
    for result in check_content(run.job.target, published(), expected, run.job.captured):
        run.add(result)
        run.advance()
    run.find_failed(_("Compare the page with the archived copy and edit it in the portal."))
    return run.close(*run.tally())


def _files_expected(run: _Run, content: Content) -> ExpectedFiles:
    return ExpectedFiles(tuple(_moved(run, content.attachments)), tuple(_moved(run, content.images)))


def _moved(run: _Run, links: Iterable[FileLink]) -> Iterator[ExpectedFile]:
    """Yield the files that moved, each once."""
    told = set()
    for link in links:
        if is_embedded(link.url):  # it goes where its page goes
            entry, digest = None, link.digest
        else:
            try:
                entry = run.ledger.entry(canonical(link.url, run.job.rules))
            except ValueError:
                continue  # an address too long to be one: map has reported it
            if entry is None or run.job.decided(entry).outcome is not Outcome.MOVE:
                continue
            digest = entry.digest or entry.key
        if digest not in told:
            told.add(digest)
            yield ExpectedFile(link.name or link.url, functools.partial(_digests, run.job, digest, entry))


def _digests(job: CheckJob, digest: str, entry: Entry | None) -> Iterator[str]:
    """Yield what a file may be known by: the digest of its bytes as sent; only then, for it costs more, as read."""
    yield digest
    if entry is not None and entry.warc_file:
        yield job.expected.file_digest(entry)
