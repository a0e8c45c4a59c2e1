"""The watch over notices: lists asked, pages read, imported like a site's, and asked again. One round is one `sync`.

Each step is kept before the next begins, so that a round may end anywhere: lines in the ledger, notices in the portal,
pages in the archive, what is read in the ledger, pages in the portal, then the notice points to its page.

Here are the commands; `rounds` has a round's steps in their order, `reading` → `intake` and `again` are the steps.
"""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from migrate import portal
from migrate.archive.ledger import Ledger
from migrate.archive.lock import archive_lock
from migrate.archive.warc import warc_files
from migrate.config import Project
from migrate.config.sites import POLICY_SITE
from migrate.errors import ShangyiError, UsageError
from migrate.i18n import _
from migrate.notices import ReportPaths, Standing
from migrate.pipeline import Place, Progress, place
from migrate.pipeline.policy.types import STAGE, Busy, Opened, Synced, SyncRun
from migrate.portal import policy as door
from migrate.records import Finding, Level
from migrate.urls import ascii_url, host_of

if TYPE_CHECKING:
    from migrate.harvest.rebuild import Rebuilt

__all__ = [
    "SyncRun", "Synced", "month_report", "next_due", "rebuild", "rehearse", "repost", "standing", "sync",
]  # fmt: skip

_PATIENCE = 30.0
"""Seconds that a person's repost waits for a round that runs."""


def sync(project: Project, run: SyncRun, progress: Progress, *, now: datetime | None = None) -> Synced:
    """Make one round: ask the lists, repost what is new, ask again for what was reposted, remind of deadlines.

    Raises ConfigError for bad YAML, ShangyiError where the portal is not built or the disk is full. Whatever ends it,
    the next round goes on where it stopped. Two at once do no harm: the second is `busy`.
    """
    from migrate.pipeline.policy import rounds
    from migrate.pipeline.policy.shared import open_round

    now = now or datetime.now(UTC)
    opened = _opened(project)
    where = opened.where
    try:
        with archive_lock(where.folder, Busy()), _ledger(where) as ledger:
            return rounds.sync(open_round(opened, run, ledger, now, progress))
    except Busy as busy:
        return Synced("busy", findings=(Finding(Level.NOTE, "policy.busy", "", busy.reason, busy.hint),))


def rehearse(project: Project, run: SyncRun, progress: Progress, *, now: datetime | None = None) -> Synced:
    """Ask the lists and return what a round would find there; nothing is kept, and no notice is read."""
    from migrate.pipeline.policy import rounds
    from migrate.pipeline.policy.shared import open_round

    now = now or datetime.now(UTC)
    opened = _opened(project)
    where = opened.where
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.sqlite", create=True) as ledger:
        if where.has_ledger:
            with Ledger(where.folder / "ledger.sqlite") as real:
                real.db.backup(ledger.db)
            with ledger.transaction() as db:  # its bytes are not here: all is asked for in full
                db.execute("DELETE FROM resources")
                db.execute("DELETE FROM captures")
                db.execute("DELETE FROM meta WHERE name = 'policy.committed'")
        return rounds.look(open_round(opened, run, ledger, now, progress))


def repost(
    project: Project,
    url: str,
    actor: str = "",
    *,
    resolve: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> tuple[str, list[Finding]]:
    """Make a draft of the notice at an address; return what it is known by, and what a person must look at.

    Raises UsageError where no source may ask its host, ShangyiError where it can't be fetched or read, or a round runs
    that does not end.
    """
    from migrate.pipeline.policy import rounds
    from migrate.pipeline.policy.shared import open_round

    now = now or datetime.now(UTC)
    opened = _opened(project)
    config, where = opened
    try:
        url = ascii_url(url.strip())
    except ValueError:
        url = ""
    source = config.source_of(host_of(url)) if url.startswith(("http://", "https://")) else None
    if source is None:
        raise UsageError(
            _("The host of “{url}” is none of a source's.").format(url=url[:200]),
            _("Only these are asked: {hosts}. Others are added in mappings/policy.yaml, under “hosts”.").format(
                hosts=", ".join(sorted(config.hosts)) or "—"
            ),
        )
    run = SyncRun(resolve=resolve or {})
    with archive_lock(where.folder, Busy(), patience=_PATIENCE), _ledger(where) as ledger:
        return rounds.repost(open_round(opened, run, ledger, now, _silent), source, url, actor)


def standing(
    project: Project, within: timedelta, *, now: datetime | None = None
) -> tuple[list[Standing], list[Finding]]:
    """Return the notices that are due within a time or overdue, and what the last round found wrong."""
    _config, where = _opened(project)
    found: list[Finding] = []
    if where.has_ledger:
        with Ledger(where.folder / "ledger.sqlite") as ledger:
            found = [finding for _stage, finding in ledger.findings(STAGE)]
    return door.standing(now or datetime.now(UTC), within), found


def month_report(project: Project, month: str, *, now: datetime | None = None) -> ReportPaths:
    """Write the report of a month (YYYY-MM) into archives/policy/report/."""
    _config, where = _opened(project)
    folder = where.folder / "report"
    folder.mkdir(parents=True, exist_ok=True)
    return door.write_report(folder, month, now or datetime.now(UTC))


def next_due(project: Project, now: datetime) -> datetime:
    """Return when a source is to be asked next by its interval."""
    from migrate.policy.store import prepare

    config, where = _opened(project)
    if not where.has_ledger:
        return now
    with Ledger(where.folder / "ledger.sqlite") as ledger:
        prepare(ledger)
        rows = {row["url"]: row["asked_at"] for row in ledger.db.execute("SELECT url, asked_at FROM policy_lists")}
    times = [
        datetime.fromisoformat(rows[spec.url]) + source.gap if rows.get(spec.url) else now
        for source in config.active
        for spec in source.lists
    ]
    return max(now, min(times, default=now + timedelta(minutes=15)))


def rebuild(where: Place, *, dry_run: bool) -> "Rebuilt":
    """Restore the ledger of the watch from its WARC files; the old one is kept beside it."""
    from migrate.harvest.rebuild import Rebuilt, put_in_place
    from migrate.policy.store import rebuild as restore

    if not warc_files(where.folder):
        raise ShangyiError(
            _("There are no WARC files in {folder}.").format(folder=where.folder / "warc"),
            _("Is the archives folder complete? Compare it with its backup."),
        )
    with archive_lock(where.folder, Busy()):
        new = where.folder / "ledger.rebuilt.sqlite"
        for suffix in ("", "-wal", "-shm"):
            Path(f"{new}{suffix}").unlink(missing_ok=True)
        try:
            with Ledger(new, create=True) as ledger:
                answers, damages = restore(where.folder, ledger, where.site.url_rules)
                (captures,) = ledger.db.execute("SELECT count(*) FROM captures").fetchone()
                (found,) = ledger.db.execute("SELECT count(DISTINCT key) FROM resources").fetchone()
                ledger.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            told = Rebuilt(captures, found, answers, 0, "", damages)
            return told if dry_run else put_in_place(new, where.folder / "ledger.sqlite", told)
        finally:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{new}{suffix}").unlink(missing_ok=True)


def _opened(project: Project) -> Opened:
    config = project.policy()
    portal.require_built(project)
    return Opened(config, place(project, POLICY_SITE))


def _ledger(where: Place) -> Ledger:
    if warc_files(where.folder) and not where.has_ledger:
        raise ShangyiError(
            _("There are WARC files in {folder}, but no ledger that knows them.").format(folder=where.folder),
            _("Restore it from them: shangyi archive {site} rebuild").format(site=where.id),
        )
    return Ledger(where.folder / "ledger.sqlite", create=True)


def _silent(_step: str, _done: int, _of: int) -> None:
    """Tell nobody."""
