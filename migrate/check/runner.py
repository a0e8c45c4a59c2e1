"""Runs the checks of one site and writes what they say into the ledger, one transaction a check."""

import functools
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.archive.ledger import Ledger
from migrate.check.balance import account, collect_found, spelled_entries
from migrate.check.content import check_content
from migrate.check.links import PortalPage, check_links
from migrate.check.portal import CheckResult, Expected, PortalTarget
from migrate.check.redirects import captured_digest, check_redirects, is_pending
from migrate.embedded import is_embedded
from migrate.i18n import _
from migrate.records import CheckSummary, Content, Entry, FileLink, Finding, Kind, Level, Outcome
from migrate.urls import UrlRules, canonical

CHECKS = ("balance", "redirects", "links", "content")

Progress = Callable[[str, int, int], None]
"""Called with the check's name, how many it has asked for so far, and of how many (0 where nobody knows)."""


@dataclass(frozen=True, slots=True)
class CheckJob:
    """What the checks of one site need to know beside its ledger."""

    target: PortalTarget
    folder: Path
    """The site's archive, e.g. archives/<site>: captured files are compared with it."""
    rules: UrlRules
    pages: Callable[[], Iterable[PortalPage]]
    """The site's part of the portal: its channel, columns and published pages."""
    old_hosts: Collection[str]
    """Host names of every site to be closed, not of this one alone."""
    checked_at: str
    """ISO 8601, UTC."""
    drafts: Collection[str] = frozenset()
    """Canonical old URLs whose page is a draft in the portal, or stands in a hidden column."""
    new_url: Callable[[str], str] = lambda _key: ""
    """Canonical old URL → portal path or URL of what it became; empty where the portal does not say."""
    decided: Callable[[Entry], Entry] = lambda entry: entry
    """Lays what people ruled in the portal over an entry, as import does."""

    @property
    def expected(self) -> Expected:
        """Return what the old URLs are held to."""
        return Expected(self.drafts, self.new_url, captured_digest(self.folder))


def run_checks(
    ledger: Ledger,
    job: CheckJob,
    which: Collection[str] = CHECKS,
    progress: Progress = lambda _name, _done, _total: None,
) -> tuple[CheckSummary, ...]:
    """Run the checks named in `which`; return their summaries, in the order of CHECKS.

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
        for table in ("results (key TEXT PRIMARY KEY, passed INTEGER, message TEXT)", "problems (data TEXT)"):
            ledger.db.execute(f"DROP TABLE IF EXISTS temp.check_{table.split()[0]}")
            ledger.db.execute(f"CREATE TEMP TABLE check_{table}")

    def add(self, result: CheckResult) -> None:
        """Keep one result; of several on one old URL (other spellings) the worst counts."""
        self.ledger.db.execute(
            """INSERT INTO temp.check_results VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET
               message = CASE WHEN excluded.passed < passed THEN excluded.message ELSE message END,
               passed = min(passed, excluded.passed)""",
            (result.key, int(result.passed), result.message),
        )

    def advance(self) -> None:
        """Tell whoever watches that one more was asked."""
        self.done += 1
        self._progress(self.name, self.done, self.total)

    def find(self, finding: Finding) -> None:
        """Keep one finding."""
        row = (finding.level, finding.check, finding.url, finding.message, finding.hint)
        self.ledger.db.execute("INSERT INTO temp.check_problems VALUES (?)", (json.dumps(row),))

    def find_failed(self, hint: str) -> None:
        """Turn every result that did not pass into a finding, by key."""
        failed = self.ledger.db.execute("SELECT key, message FROM temp.check_results WHERE NOT passed ORDER BY key")
        for key, message in failed.fetchall():
            self.find(Finding(Level.ERROR, f"check.{self.name}", key, message, hint))

    def number(self, sql: str, *parameters: object) -> int:
        """Return the one number that a query asks for."""
        return int(self.ledger.db.execute(sql, parameters).fetchone()[0])

    def tally(self) -> tuple[int, int]:
        """Return (asked, passed), old URLs counted once each."""
        row = self.ledger.db.execute("SELECT count(*), total(passed) FROM temp.check_results").fetchone()
        return row[0], int(row[1])

    def close(self, asked: int, passed: int, **counts: int) -> CheckSummary:
        """Write results, findings and summary in one transaction; return the summary."""
        at = self.job.checked_at
        summary = CheckSummary(self.name, asked, passed, asked - passed, self.skipped, at, counts)
        with self.ledger.transaction() as db:
            rows = db.execute("SELECT key, passed, message FROM temp.check_results WHERE key != '' ORDER BY key")
            self.ledger.write_checks(self.name, ((key, bool(ok), message, at) for key, ok, message in rows))
            found = db.execute("SELECT data FROM temp.check_problems ORDER BY rowid")
            self.ledger.replace_findings(f"check.{self.name}", map(_finding, found))
            self.ledger.set(f"check.{self.name}", _plain(summary))
        return summary


def _plain(summary: CheckSummary) -> dict[str, Any]:
    return {name: getattr(summary, name) for name in CheckSummary.__dataclass_fields__}


def _finding(row: tuple[str]) -> Finding:
    level, check, url, message, hint = json.loads(row[0])
    return Finding(Level(level), check, url, message, hint)


def _balance(run: _Run) -> CheckSummary:
    result = account(run.ledger, run.job.rules)
    hint = _("Run shangyi map again; if it stays, the ledger was changed by hand.")
    for key in result.missing:
        run.find(Finding(Level.ERROR, "check.balance", key, _("Found on the old site, but without an entry."), hint))
    for key in result.extra:
        run.find(Finding(Level.ERROR, "check.balance", key, _("An entry that was never found on the old site."), hint))
    passed = run.number("SELECT count(DISTINCT key) FROM temp.found_urls WHERE key IN (SELECT key FROM entries)")
    extra = run.number("SELECT count(*) FROM entries") - passed
    run.advance()
    return run.close(result.found + extra, passed)


def _redirects(run: _Run) -> CheckSummary:
    collect_found(run.ledger, run.job.rules)
    run.total = run.number("SELECT max((SELECT count(*) FROM temp.found_urls), (SELECT count(*) FROM entries))")
    entries = map(run.job.decided, spelled_entries(run.ledger))
    for result in check_redirects(run.job.target, entries, run.job.expected):
        run.add(result)
        run.advance()
    run.find_failed(_("See what the portal knows of it: shangyi show URL; then import again, or decide it there."))
    return run.close(*run.tally(), addresses=run.done)


def _links(run: _Run) -> CheckSummary:
    asked = passed = links = external = 0
    for page in check_links(run.job.target, run.job.pages(), run.job.old_hosts):
        asked, passed = asked + 1, passed + page.passed
        links, external = links + page.links, external + page.external
        for finding in page.findings:
            run.find(finding)
        if page.page.key:
            broken = "; ".join(finding.message for finding in page.findings)
            run.add(CheckResult(page.page.key, page.passed, broken or _("{n} links").format(n=page.links)))
        run.advance()
    return run.close(asked, passed, links=links, external=external)


def _content(run: _Run) -> CheckSummary:
    run.total = run.number("SELECT count(*) FROM entries WHERE kind = ? AND outcome = ?", Kind.ARTICLE, Outcome.MOVE)

    def published() -> Iterator[Entry]:
        for entry in map(run.job.decided, run.ledger.entries("kind = ?", (Kind.ARTICLE,))):
            if entry.outcome is not Outcome.MOVE or entry.content is None:
                continue
            if is_pending(entry, run.job.expected):
                run.skipped += 1
            else:
                yield entry

    files_expected = functools.partial(_files_expected, run)
    for result in check_content(run.job.target, published(), files_expected):
        run.add(result)
        run.advance()
    run.find_failed(_("Compare the page with the archived copy and edit it in the portal."))
    return run.close(*run.tally())


def _files_expected(run: _Run, content: Content) -> tuple[int, int]:
    """Return how many different (attachments, images) moved: dead ones and those of other sites can't be there."""
    return len(_moved(run, content.attachments)), len(_moved(run, content.images))


def _moved(run: _Run, links: Iterable[FileLink]) -> set[str]:
    moved = set()
    for link in links:
        if is_embedded(link.url):
            moved.add(link.digest)  # it goes where its page goes
            continue
        try:
            entry = run.ledger.entry(canonical(link.url, run.job.rules))
        except ValueError:
            continue  # an address too long to be one: map has reported it
        if entry and run.job.decided(entry).outcome is Outcome.MOVE:
            moved.add(entry.digest or entry.key)
    return moved
