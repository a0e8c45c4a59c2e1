"""The watch over notices: lists asked, pages read, imported like a site's, and asked again. One round is one `sync`.

Each step is kept before the next begins, so that a round may end anywhere: lines in the ledger, notices in the portal,
pages in the archive, what is read in the ledger, pages in the portal, then the notice points to its page.
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from migrate import portal
from migrate.archive.ledger import Ledger
from migrate.archive.lock import archive_lock
from migrate.archive.warc import warc_files
from migrate.config import Project
from migrate.config.policy import PolicyConfig, Source
from migrate.config.sites import POLICY_SITE
from migrate.errors import ShangyiError, UsageError
from migrate.http.hours import BEIJING
from migrate.i18n import _
from migrate.notices import Change, ChangeKind, Followed, Moment, Read, ReportPaths, Seen, Standing
from migrate.pipeline import Place, Progress, place
from migrate.portal import policy as door
from migrate.records import Entry, Field, Finding, Kind, Level, Outcome, Record
from migrate.urls import ascii_url, host_of

if TYPE_CHECKING:
    from migrate.families import Families
    from migrate.harvest.rebuild import Rebuilt
    from migrate.http import ClientOptions
    from migrate.mapping.facts import Fact
    from migrate.policy.asking import Answer, Asker

T = TypeVar("T")
STAGE = "policy"
BY_HAND = "(by hand)"
"""Stands for the source where a person named the address: it becomes a draft, whatever the source says."""
_PATIENCE = 30.0
"""Seconds that a person's repost waits for a round that runs."""
_PURPOSE = "reposting notices as regulations ask"


class Busy(ShangyiError):
    """Another round runs."""

    def __init__(self) -> None:
        super().__init__(
            _("Another policy sync is running."), _("Nothing is lost: it does the same. Try again in a minute.")
        )


@dataclass(frozen=True, slots=True)
class SyncRun:
    """How one round is made."""

    resolve: Mapping[str, str] = field(default_factory=dict)
    due_only: bool = False
    """Only sources whose interval is over: what `--watch` does each time."""
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Synced:
    """What one round did; plain data, so it can be printed as JSON."""

    state: str
    """done; busy: another round runs."""
    lists: int = 0
    """Lists that were asked."""
    unchanged: int = 0
    """Of these as before."""
    lines: int = 0
    new: int = 0
    """Notices that came up."""
    reposted: int = 0
    """Notices that got their page, as a draft or published."""
    waiting: int = 0
    """Notices without a page still: they are tried again."""
    corrected: int = 0
    withdrawn: int = 0
    moved: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def eventful(self) -> bool:
        """Whether anything happened that is worth a file in runs/."""
        return bool(self.new or self.reposted or self.corrected or self.withdrawn or self.moved)


def sync(project: Project, run: SyncRun, progress: Progress, *, now: datetime | None = None) -> Synced:
    """Make one round: ask the lists, repost what is new, ask again for what was reposted, remind of deadlines.

    Raises ConfigError for bad YAML, ShangyiError where the portal is not built or the disk is full. Whatever ends it,
    the next round goes on where it stopped. Two at once do no harm: the second is `busy`.
    """
    now = now or datetime.now(UTC)
    opened = _opened(project)
    where = opened.where
    try:
        with archive_lock(where.folder, Busy()), _ledger(where) as ledger:
            return _Round(opened, run, ledger, now, progress).sync()
    except Busy as busy:
        return Synced("busy", findings=(Finding(Level.NOTE, "policy.busy", "", busy.reason, busy.hint),))


def rehearse(project: Project, run: SyncRun, progress: Progress, *, now: datetime | None = None) -> Synced:
    """Ask the lists and return what a round would find there; nothing is kept, and no notice is read."""
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
        return _Round(opened, run, ledger, now, progress).look()


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
        return _Round(opened, run, ledger, now, _silent).repost(source, url, actor)


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


class _Opened(NamedTuple):
    """The project as a round needs it."""

    config: PolicyConfig
    where: Place


def _opened(project: Project) -> _Opened:
    config = project.policy()
    portal.require_built(project)
    return _Opened(config, place(project, POLICY_SITE))


def _ledger(where: Place) -> Ledger:
    if warc_files(where.folder) and not where.has_ledger:
        raise ShangyiError(
            _("There are WARC files in {folder}, but no ledger that knows them.").format(folder=where.folder),
            _("Restore it from them: shangyi archive {site} rebuild").format(site=where.id),
        )
    return Ledger(where.folder / "ledger.sqlite", create=True)


def _silent(_step: str, _done: int, _of: int) -> None:
    """Tell nobody."""


class _Round:
    """One round, and what its steps share."""

    def __init__(self, opened: _Opened, run: SyncRun, ledger: Ledger, now: datetime, progress: Progress) -> None:
        from migrate.families import load_families
        from migrate.policy.store import PolicyStore

        self._config, self._where = opened
        self._folder = ledger.path.parent
        self._run = run
        self._ledger = ledger
        self._now = now
        self._progress = progress
        self._rules = self._where.site.url_rules
        self._families: Families = load_families(self._where.project.mappings / "families.yaml")
        shutil.rmtree(self._folder / "spool", ignore_errors=True)  # what a crash left: it was never told of
        self._store = PolicyStore(ledger, self._rules, now)
        self._findings: list[Finding] = []
        self._answering: set[str] = set()

    # a round

    def sync(self) -> Synced:
        """Do all of it."""
        with closing(self._store):
            self._keep_unasked()
            try:
                return self._sync()
            finally:
                with self._ledger.transaction():
                    self._ledger.replace_findings(STAGE, self._findings)

    def _sync(self) -> Synced:
        reposted = self._import()  # what an interrupted round had read
        asked = self._asked(self._ask_lists)
        self._findings += asked.findings
        changes = self._follow()  # first: what moved may come up in a list under its new address
        self._read_waiting()
        reposted += self._import()
        self._findings += door.remind(self._config, self._now)
        door.note_round(self._findings, self._now)
        kinds = Counter(change.kind for change in changes)
        return Synced(
            "done", asked.lists, asked.unchanged, asked.lines, len({seen.key for seen in asked.new}), reposted,
            len({line.seen.key for line in self._store.waiting()}), kinds[ChangeKind.CORRECTED],
            kinds[ChangeKind.WITHDRAWN], kinds[ChangeKind.MOVED], tuple(self._findings),
        )  # fmt: skip

    def _sources(self) -> list[Source]:
        """Return the sources that this round asks."""
        from migrate.policy.watch import due

        if not self._run.due_only:
            return list(self._config.active)
        return [source for source in self._config.active if due(source, self._store.list_state, self._now)]

    def _keep_unasked(self) -> None:
        """Let what was wrong with lists that this round does not ask stand, until they are asked again."""
        asked = {spec.url for source in self._sources() for spec in source.lists}
        lists = {spec.url for source in self._config.active for spec in source.lists}
        self._findings += [found for _stage, found in self._ledger.findings(STAGE) if found.url in lists - asked]

    def look(self) -> Synced:
        """Ask the lists only."""
        with closing(self._store):
            asked = self._asked(self._ask_lists)
        new = {seen.key for seen in asked.new}
        new -= {key for key, known in door.known(new).items() if known.has_page}
        return Synced("done", asked.lists, asked.unchanged, asked.lines, len(new), findings=tuple(asked.findings))

    def _asked(self, work: "Callable[[Asker], Awaitable[T]]") -> T:
        """Return what asking sources gives. The portal is never called meanwhile: Django wants no event loop around."""
        from migrate.http import Client
        from migrate.policy.asking import Asker

        async def run() -> T:
            async with Client(self._options()) as client:
                waived = {
                    host for source in self._config.active if source.robots == "waived" for host in source.own_hosts
                }
                asker = Asker(client, self._store, self._now, waived)
                try:
                    return await work(asker)
                finally:
                    self._answering |= asker.answering

        return asyncio.run(run())

    def _options(self) -> "ClientOptions":
        from migrate.http import ClientOptions

        return ClientOptions(
            allowed=self._config.hosts.__contains__,
            rate=self._config.rate if self._run.rate is None else self._run.rate,
            timeout=self._config.timeout,
            max_bytes=self._config.max_bytes,
            resolve={**self._config.resolve, **self._run.resolve},
            purpose=_PURPOSE,
            contact=self._config.contact or self._where.project.portal().portal.whom_to_ask,
            spool=self._folder / "spool",
        )

    async def _ask_lists(self, asker: "Asker") -> "_AskedLists":
        from migrate.extract.dates import find_loose_date
        from migrate.policy.watch import Asked, Watch

        watch = Watch(asker, self._store, find_loose_date, self._now, self._config.timeout / 2)
        sources = self._sources()
        told = [Asked() for _source in sources]
        await asyncio.gather(*(watch.source(source, asked) for source, asked in zip(sources, told, strict=True)))
        return _AskedLists(
            sum(asked.lists for asked in told),
            sum(asked.unchanged for asked in told),
            sum(asked.lines for asked in told),
            [seen for asked in told for seen in asked.new],
            [finding for asked in told for finding in asked.findings],
        )

    # reading what is new

    def _read_waiting(self) -> None:
        """Tell the portal of what came up; read each notice that has no page yet, with its files and pictures."""
        waiting = [line.seen for line in self._store.waiting() if line.reading is None]
        known = door.known(dict.fromkeys(seen.key for seen in waiting))
        moved = {seen.key for seen in waiting if seen.key not in known and self._store.is_settled(seen.key)}
        self._store.done(moved)
        waiting = [seen for seen in waiting if seen.key not in moved]
        door.see(waiting)
        known = door.known(dict.fromkeys(seen.key for seen in waiting))
        self._store.done(key for key, have in known.items() if have.has_page or have.state.value == "waived")
        left = {line.seen.key: line.seen for line in reversed(self._store.waiting()) if line.reading is None}

        async def read_all(asker: "Asker") -> None:
            for number, seen in enumerate(left.values()):
                self._progress(_("notices"), number, len(left))
                await self._read(asker, seen)

        if left:
            self._asked(read_all)
            self._progress(_("notices"), len(left), len(left))

    async def _read(self, asker: "Asker", seen: Seen) -> None:
        """Read one notice; keep what it says for import. Where it can't be, it stays as it is, with a finding."""
        try:
            reading, record = await self._notice(asker, seen)
        except _Unread as unread:
            self._findings.append(unread.finding)
            return
        self._keep(seen, seen.source, reading, record)

    def _keep(self, seen: Seen, rule: str, reading: Read, record: Record) -> None:
        """Keep a notice that was read until it is imported; `rule` is the source, or says that a person named it."""
        from migrate.extract import recipe
        from migrate.policy.store import write_line

        with self._ledger.transaction() as db:
            self._ledger.write_record(record, reading.digest, recipe(self._where.site, self._families))
            write_line(db, replace(seen, source=rule), "read", reading)

    async def _notice(self, asker: "Asker", seen: Seen) -> tuple[Read, Record]:
        """Return what a notice says, and its record, its files and pictures captured. Raises _Unread."""
        from migrate.policy.reading import fault_of

        answer = await asker.ask(seen.url)
        if not answer.ok or answer.resource is None:
            raise _Unread(seen, _("It could not be fetched: {reason}").format(reason=answer.error))
        record = self._record(answer)
        if record is None or (fault := fault_of(record)):
            raise _Unread(seen, _("It could not be read: {reason}").format(reason=fault if record else "unreadable"))
        record = self._completed(record, seen)
        await self._fetch_files(asker, seen, record)
        return self._reading(seen, answer, record), record

    def _record(self, answer: "Answer") -> Record | None:
        """Return what extraction reads from an answer; None where its bytes can't be read."""
        from migrate.archive.reading import read_response
        from migrate.extract import Page, extract
        from migrate.http import MAX_PAGE

        row = answer.resource
        assert row is not None
        try:
            stored = read_response(self._folder, row.warc_file, row.warc_offset, limit=MAX_PAGE)
        except ShangyiError as error:
            self._findings.append(Finding(Level.ERROR, "policy.unreadable", answer.url, error.reason, error.hint))
            return None
        day = max(row.fetched_at[:10], self._now.date().isoformat())
        page = Page(answer.url, row.key, stored.body, stored.headers.get("Content-Type"), day)
        return extract(page, self._where.site, self._families).record

    def _completed(self, record: Record, seen: Seen) -> Record:
        """Return a record with what only its source's list says: its date, and whom it comes from."""
        source = self._source_of(seen)
        listed = seen.published.earliest.astimezone(BEIJING).date().isoformat()
        return replace(
            record,
            source=record.source or Field(source.name if source else "", f"list:{seen.source}", 0.9),
            published=record.published or Field(listed, f"list:{seen.source}", 0.7),
        )

    async def _fetch_files(self, asker: "Asker", seen: Seen, record: Record) -> None:
        """Capture files and pictures. Raises _Unread where one may be had another time: no page is half made."""
        from migrate.embedded import is_embedded

        for link in (*record.attachments, *record.images):
            if is_embedded(link.url):
                continue
            answer = await asker.ask(link.url)
            html = answer.resource is not None and answer.resource.media_type == "text/html"
            if answer.ok and not html:
                continue
            reason = "html-instead-of-file" if answer.ok else answer.error
            message = _("A file or picture of it could not be fetched ({reason}): {url}").format(
                reason=reason, url=link.url
            )
            if answer.passing:
                raise _Unread(seen, message)
            hint = _("The notice is reposted without it, linked to where it is. Put it in by hand if it is needed.")
            self._findings.append(Finding(Level.WARNING, "policy.missing-file", seen.url, message, hint))

    def _source_of(self, seen: Seen) -> Source | None:
        """Return the source of a notice, also of one that a person named."""
        return self._config.source(seen.source) or self._config.source_of(host_of(seen.url))

    def _reading(self, seen: Seen, answer: "Answer", record: Record) -> Read:
        from migrate.policy.moments import narrowed, stated
        from migrate.policy.reading import checksum_of, sure, text_of

        row = answer.resource
        assert row is not None
        title = record.title.value if record.title else seen.title
        text = text_of(title, record.body)
        told = record.published
        said = stated(told.value, lambda value: value) if told is not None and sure(told.confidence) else None
        source = self._source_of(seen)
        return Read(
            key=seen.key,
            url=answer.url,
            publisher=source.name if source else host_of(answer.url),
            published=narrowed(seen.published, said, seen.first_seen),
            checksum=checksum_of(text),
            text=text,
            warc_file=row.warc_file,
            warc_offset=row.warc_offset,
            digest=row.digest,
            fetched_at=row.fetched_at,
            title=title,
            document_number=record.document_number.value if record.document_number else "",
        )

    # into the portal

    def _import(self) -> int:
        """Import what was read, point the notices to their pages; return how many got one."""
        ready = [line for line in self._store.waiting() if line.reading is not None]
        readings = {line.reading.key: line.reading for line in reversed(ready) if line.reading is not None}
        if not ready:
            return 0
        try:
            self._import_entries({line.seen.key: line.seen for line in reversed(ready)}, readings)
        except ShangyiError as error:
            self._findings.append(Finding(Level.ERROR, "policy.not-imported", "", error.reason, error.hint))
            return 0
        self._findings += door.take(readings.values())
        done = [key for key, have in door.known(readings).items() if have.has_page]
        self._store.done(done)
        return len(done)

    def _import_entries(
        self, lines: Mapping[str, Seen], readings: Mapping[str, Read], *, files_only: bool = False
    ) -> None:
        """Import notices and their files; `files_only`: the pages stay as they are."""
        from migrate.extract.attached import screen_files
        from migrate.extract.linked import describe_files
        from migrate.garbage import seldom_collected
        from migrate.importer import ImportOptions, Plan, import_entries

        config = self._where.project.portal()
        with self._ledger.transaction():
            describe_files(self._ledger, self._folder, self._rules)
        screen_files(self._ledger, self._folder, self._where.site)
        with self._ledger.transaction():
            entries = self._entries(lines, readings)
            self._ledger.write_entries(entry for entry in entries if not (files_only and entry.key in lines))
        keys = {entry.key for entry in self._ledger.entries()}
        for rule in dict.fromkeys(seen.source for seen in lines.values()):
            source = self._config.source(rule)
            publish = source is not None and source.publish
            with seldom_collected(), portal.open_intake(self._where.site, config, publish=publish) as intake:
                known = {key: have for key, have in intake.known().items() if key in keys}
                plan = Plan(self._ledger, known, {}, ImportOptions(publish=publish, only=rule))
                import_entries(plan, self._folder, intake, self._progress)
            self._findings += [found for _stage, found in self._ledger.findings("import") if found.level != Level.NOTE]

    def _entries(self, lines: Mapping[str, Seen], readings: Mapping[str, Read]) -> Iterator[Entry]:
        """Yield the entries of notices that were read and of their files, under the addresses that name them."""
        from migrate.mapping.entries import make_entries
        from migrate.mapping.facts import gather
        from migrate.mapping.outcomes import Ruling
        from migrate.mapping.rules import Rules

        templates = dict(self._where.project.portal().templates_by_path())
        facts = gather(self._ledger, self._rules)
        rulings: dict[str, Ruling] = {}
        named: dict[str, dict[str, str]] = {}
        for key, seen in lines.items():
            page = self._store.key(readings[key].url)
            fact = facts.by_key[page]
            assert fact.page is not None
            rulings[page] = Ruling(Outcome.MOVE, seen.source, template=templates[seen.column], target=seen.column)
            named.setdefault(page, {})[key] = seen.url
            for file in fact.page.files:
                end = _end_of(file, facts.by_key)
                if end is None or facts.by_key[end].kind not in (Kind.ATTACHMENT, Kind.IMAGE):
                    continue
                rulings.setdefault(end, Ruling(Outcome.MOVE, seen.source, held=fact.page.held, used_by=(key,)))
                named.setdefault(end, {})[file] = facts.by_key[file].url
        made = {entry.key: entry for entry in make_entries(self._ledger, facts, rulings, Rules(self._where.site))}
        found = {key: replace(made[end], key=key, url=url) for end, keys in named.items() for key, url in keys.items()}
        yield from found.values()

    # asking again

    def _follow(self) -> list[Change]:
        """Ask again for what was reposted; tell the portal what the sources made of it."""
        from migrate.policy.reading import is_due

        new = {line.seen.title for line in self._store.waiting() if line.reading is None}
        due = []
        for notice in door.followed(self._now):
            line = self._store.line(notice.key)
            first = line.first_seen if line is not None else self._now
            named_again = line is not None and line.title in new
            following, longest = self._store.following(notice.key), self._config.followed_for
            host = host_of(notice.url)
            if self._standing_of(host) == "down":
                continue  # a server in need is not asked for each of its notices
            if host in self._config.hosts and (named_again or is_due(first, following, self._now, longest)):
                due.append(notice)
        if not due:
            return []
        answers: list[tuple[Followed, Answer]] = []

        async def ask_all(asker: "Asker") -> None:
            for number, notice in enumerate(due):
                self._progress(_("asked again"), number, len(due))
                answers.append((notice, await asker.ask(notice.url)))

        self._asked(ask_all)
        self._progress(_("asked again"), len(due), len(due))
        return [change for notice, answer in answers for change in self._look_again(notice, answer)]

    def _look_again(self, notice: Followed, answer: "Answer") -> list[Change]:
        from migrate.policy.reading import Sight, fault_of, judge, told_of

        before = self._store.following(notice.key)
        row = answer.resource
        record: Record | None = None
        if answer.ok and row is not None:
            if told_of(answer) == before.told and not before.missing:
                self._store.write_following(notice.key, before._replace(asked_at=self._now.isoformat()))
                return []
            record = self._record(answer)
        reading = None
        if record is not None and not fault_of(record):
            reading = self._reading(self._seen(notice), answer, record)
        sight = Sight(answer, record, reading, self._standing_of(host_of(notice.url)))
        judged = judge(notice, sight, before, self._now)
        changes = [judged.change] if judged.change is not None else []
        if judged.change is not None and judged.change.kind is ChangeKind.CORRECTED:
            assert record is not None and reading is not None
            try:
                self._bring_files(self._seen(notice), reading, record)
            except _Unread as unread:  # nothing of the answer is noted: the next round asks again
                self._findings.append(unread.finding)
                return []
        door.note_changes(changes)
        if reading is not None and self._store.key(reading.url) != notice.key:
            self._is_same(notice, reading)
        self._store.write_following(notice.key, judged.following)
        return changes

    def _bring_files(self, seen: Seen, reading: Read, record: Record) -> None:
        """Store what a correction brings along, so that whoever takes it links to nothing that lies at the source.

        Raises _Unread where something may be had another time.
        """
        from migrate.extract import recipe

        if not (record.attachments or record.images):
            return

        async def fetch(asker: "Asker") -> None:
            await self._fetch_files(asker, seen, record)

        self._asked(fetch)
        with self._ledger.transaction():
            self._ledger.write_record(record, reading.digest, recipe(self._where.site, self._families))
        self._import_entries({seen.key: seen}, {seen.key: reading}, files_only=True)

    def _standing_of(self, host: str) -> Literal["answers", "unsure", "down"]:
        wrong = {found.check for found in self._findings if host_of(found.url) == host}
        if "policy.source-down" in wrong:
            return "down"
        return "answers" if host in self._answering and "policy.list-changed" not in wrong else "unsure"

    def _is_same(self, notice: Followed, reading: Read) -> None:
        """Note that a notice lies at another address now, which a list may name as if it were a new one."""
        seen = self._seen(notice)
        if reading.checksum == notice.checksum or reading.title == seen.title:
            self._store.settle(replace(seen, key=self._store.key(reading.url)))

    def _seen(self, notice: Followed) -> Seen:
        """Return the line that named a notice; where a rebuilt ledger has none, one that says what is sure."""
        seen = self._store.line(notice.key)
        if seen is not None:
            return seen
        source = self._config.source_of(host_of(notice.url))
        now = Moment(self._now, self._now)
        name, within, column = (source.id, source.within, source.column) if source else ("", timedelta(), "")
        return Seen(notice.key, notice.url, name, "", now, self._now, within, column)

    # by hand

    def repost(self, source: Source, url: str, actor: str) -> tuple[str, list[Finding]]:
        """Read and import one notice as a draft."""
        with closing(self._store):
            return self._repost(source, url, actor)

    def _repost(self, source: Source, url: str, actor: str) -> tuple[str, list[Finding]]:
        from migrate.policy.moments import place as placed

        key = self._store.key(url)
        known = door.known([key]).get(key)
        if known is not None and known.has_page:
            message = _("This notice has its page already.")
            return key, [Finding(Level.NOTE, "policy.known", url, message, _("Look for it in the portal's list."))]
        line = self._store.line(key)
        moment = placed(None, None, self._now).moment
        seen = line or Seen(key, url, source.id, url, moment, self._now, source.within, source.column)
        found: list[tuple[Read, Record]] = []

        async def read(asker: "Asker") -> None:
            found.append(await self._notice(asker, seen))

        try:
            self._asked(read)
        except _Unread as unread:
            raise ShangyiError(unread.finding.message, unread.finding.hint) from unread
        reading, record = found[0]
        seen = replace(seen, title=reading.title, published=reading.published)
        door.see([seen])
        self._keep(seen, BY_HAND, reading, record)
        self._import()
        door.note_by_hand(key, actor)
        return key, self._findings


@dataclass(frozen=True, slots=True)
class _AskedLists:
    lists: int
    unchanged: int
    lines: int
    new: list[Seen]
    findings: list[Finding]


class _Unread(Exception):
    """A notice that can't be read now: it stays new."""

    def __init__(self, seen: Seen, message: str) -> None:
        super().__init__(message)
        hint = _("Nothing was made of it; the next round tries again. By hand: shangyi policy repost URL")
        self.finding = Finding(Level.ERROR, "policy.unread", seen.url, message, hint)


def _end_of(key: str, facts: "Mapping[str, Fact]") -> str | None:
    """Return the address at the end of a file's redirects, if its bytes are there."""
    for _hop in range(6):
        fact = facts.get(key)
        if fact is None or fact.resource is None:
            return None
        if fact.resource.ok:
            return key
        key = fact.resource.location
    return None
