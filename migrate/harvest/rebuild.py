"""The ledger, restored from the WARC files alone: every answer is taken again, in the order in which it came.

What the answers don't say stands in notes beside them (see notes.py). What `map` and later stages wrote is not
restored: they do it again.
"""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from urllib.parse import urljoin

from migrate.archive.exchanges import Exchange, Note, stored
from migrate.archive.ledger import Ledger
from migrate.archive.reading import Unreadable
from migrate.archive.stream import Damage
from migrate.archive.warc import warc_files
from migrate.config import SiteConfig
from migrate.errors import ShangyiError, disk_error
from migrate.families import Families
from migrate.harvest import captures
from migrate.harvest.captures import COMMITTED, STAMP, Capture, Ending, Opening
from migrate.harvest.ending import Landmarks, end_capture
from migrate.harvest.lock import harvest_lock
from migrate.harvest.notes import ending_of, opening_of
from migrate.harvest.pages import PageReader
from migrate.harvest.paging import Pagers
from migrate.harvest.reader import Reader
from migrate.harvest.replay import Replay
from migrate.harvest.scope import Allowed, Scope, as_it_was
from migrate.harvest.store import Store
from migrate.harvest.targets import NO_PROBES
from migrate.http.robots import Robots
from migrate.i18n import _
from migrate.urls import canonical

COMMIT_EVERY = 500
"""Answers between two commits: what is uncommitted lies in memory."""

_NEW = "ledger.rebuilt.sqlite"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was restored; plain data, so it can be printed as JSON."""

    captures: int
    found: int
    """URLs that the captures know."""
    resources: int
    links: int
    kept: str
    """File beside the ledger that holds the old one; empty where there was none."""
    damages: int
    """Places of the WARC files that can't be read: what stood there is not in the ledger."""


def run_rebuild(
    site: SiteConfig, families: Families, folder: Path, progress: Callable[[int, int], None], *, dry_run: bool
) -> Rebuilt:
    """Write a site's ledger anew from its WARC files; the old one is kept beside it. `progress` is told (files, of).

    A dry run leaves everything as it is. Raises ShangyiError where there are no WARC files, a harvest of the site is
    running, or the disk is full; the old ledger then stays.
    """
    files = warc_files(folder)
    if not files:
        raise ShangyiError(
            _("There are no WARC files in {folder}.").format(folder=folder / "warc"),
            _("Is the archives folder complete? Compare it with its backup."),
        )
    with harvest_lock(folder):
        new = folder / _NEW
        _remove(new)
        try:
            with Ledger(new, create=True) as ledger:
                rebuilding = _Rebuilding(site, Pagers(families), folder, ledger)
                for _stamp, group in groupby(files, key=_stamp_of):
                    asyncio.run(rebuilding.capture(list(group), progress))
                told = rebuilding.result()
                ledger.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return told if dry_run else put_in_place(new, folder / "ledger.sqlite", told)
        finally:
            _remove(new)
            shutil.rmtree(folder / "spool", ignore_errors=True)


def _stamp_of(path: Path) -> str:
    return path.name.rpartition("-")[0]


class _Rebuilding:
    """One ledger that is being rebuilt."""

    def __init__(self, site: SiteConfig, pagers: Pagers, folder: Path, ledger: Ledger) -> None:
        self._site = site
        self._pagers = pagers
        self._folder = folder
        self._ledger = ledger
        self._rules = site.url_rules.cautious()
        self._home = site.site.url
        urls = self._home, urljoin(self._home, "/robots.txt")
        self._landmarks = Landmarks(*(canonical(url, self._rules) for url in urls))
        self._damages: list[Damage] = []
        self._orphans = 0
        """Revisits of what stood in a file that is gone."""

    async def capture(self, files: list[Path], progress: Callable[[int, int], None]) -> None:
        """Take one capture, whose files these are."""
        opening, allowed = self._opening(files)
        run = _Run(self._site, allowed, self._pagers)
        with closing(Store(self._ledger, self._begin(opening, run))) as store:
            ending, place = await self._take(files, store, run, progress)
            store.commit()
            if ending is not None:
                end_capture(store, ending, place, self._landmarks)
                return
        with self._ledger.transaction():
            self._ledger.set(COMMITTED, {"capture": opening.stamp, "file": place[0], "offset": place[1]})

    async def _take(
        self, files: list[Path], store: Store, run: "_Run", progress: Callable[[int, int], None]
    ) -> tuple[Ending | None, tuple[str, int]]:
        """Take what the files of a capture hold; return how it ended, if it did, and where."""
        ending: Ending | None = None
        place, taken = (files[0].name, 0), 0
        replay = run.replay(store, self._folder)
        try:
            for number, path in enumerate(files):
                progress(number, len(files))
                for what, end in stored(path, 0, self._folder / "spool", self._damages.append):
                    place = path.name, end
                    told = opening_of(what) if isinstance(what, Note) else None
                    if told is not None and told[1] != run.allowed:
                        await run.reader.close()
                        run = _Run(self._site, told[1], self._pagers)
                        replay = run.replay(store, self._folder)
                    elif isinstance(what, Note) and (ended := ending_of(what)):
                        ending = ended
                    elif what is not None:
                        try:
                            await replay.take(what)
                        except (
                            Unreadable
                        ):  # what a revisit refers to: damage is counted where it lies, a lost file here
                            self._orphans += isinstance(what, Exchange) and not self._is_there(what)
                        taken += 1
                        if taken % COMMIT_EVERY == 0:
                            store.commit()
        finally:
            await run.reader.close()
        progress(len(files), len(files))
        return ending, place

    def _is_there(self, revisit: Exchange) -> bool:
        return revisit.original is not None and (self._folder / "warc" / revisit.original[0]).is_file()

    def _opening(self, files: list[Path]) -> tuple[Opening, Allowed]:
        """Return how the capture was begun: each file says it. If none can, what can be told from its name."""
        for path in files:
            for what, _end in stored(path, 0, self._folder / "spool", lambda _damage: None):
                if isinstance(what, Exchange):
                    what.response.discard()
                    break
                if isinstance(what, Note) and (told := opening_of(what)):
                    return told
        stamp = _stamp_of(files[0])
        kind = "delta" if captures.last_finished(self._ledger) else "full"
        try:
            began = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC).isoformat()
        except ValueError:
            raise ShangyiError(
                _("{file} is no WARC file of a harvest.").format(file=files[0].name),
                _(
                    "Take it out of the folder. What it holds can be taken in: shangyi harvest {site} --from FILE"
                ).format(site=self._site.site.id),
            ) from None
        return Opening(stamp, kind, began, "{}"), Scope(self._site, Robots.of("")).allowed

    def _begin(self, opening: Opening, run: "_Run") -> Capture:
        settings = json.loads(opening.settings)
        if settings.get("source"):
            return captures.begin_source(self._ledger, (self._landmarks.home, self._home), opening)
        if opening.kind == "delta":
            everything = bool(settings.get("delta"))
            if capture := captures.begin_delta(self._ledger, run.scope, opening, everything=everything):
                return capture
        return captures.begin_full(self._ledger, (self._landmarks.home, self._home), opening._replace(kind="full"))

    def result(self) -> Rebuilt:
        """Return what was restored."""

        def count(sql: str) -> int:
            return int(self._ledger.db.execute(f"SELECT count(*) FROM {sql}").fetchone()[0])

        found = count(f"(SELECT DISTINCT key FROM frontier WHERE {NO_PROBES})")
        return Rebuilt(
            count("captures"), found, count("resources"), count("links"), "", len(self._damages) + self._orphans
        )


class _Run:
    """What one run of a capture took for the site, and what reads its answers."""

    def __init__(self, site: SiteConfig, allowed: Allowed, pagers: Pagers) -> None:
        self.allowed = allowed
        self.site, self.scope = as_it_was(site, allowed)
        self.rules = self.site.url_rules.cautious()
        self.reader = Reader(self.rules, pagers, rate=0)

    def replay(self, store: Store, folder: Path) -> Replay:
        pages = PageReader(store, self.scope, self.rules)
        pages.refuse_queued()
        return Replay(store, self.reader, pages, self.rules, folder)


def put_in_place(new: Path, ledger: Path, told: Rebuilt) -> Rebuilt:
    """Put the new ledger where the old one is, of which a copy is kept."""
    kept = ""
    try:
        if ledger.exists():
            with suppress(sqlite3.Error), closing(sqlite3.connect(ledger)) as old:
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            kept = f"ledger.before-{datetime.now(UTC).strftime(STAMP)}.sqlite"
            for suffix in ("", "-wal"):
                _copy(Path(f"{ledger}{suffix}"), ledger.with_name(kept + suffix))
        for suffix in ("-wal", "-shm"):
            Path(f"{ledger}{suffix}").unlink(missing_ok=True)
        new.replace(ledger)
    except OSError as error:
        raise disk_error(error, ledger) from error
    return replace(told, kept=kept)


def _copy(source: Path, target: Path) -> None:
    if source.exists():
        shutil.copy2(source, target)
        with target.open("r+b") as file:
            os.fsync(file.fileno())


def _remove(ledger: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{ledger}{suffix}").unlink(missing_ok=True)
