"""The run of one import: four passes over the entries, each in batches."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from migrate.archive.reading import read_response
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.importer.plan import Action, Plan, is_page
from migrate.portal import Intake
from migrate.records import FileItem, Finding, Level, Stored

T = TypeVar("T")
_BATCH = 50
_BATCH_BYTES = 32_000_000

Progress = Callable[[str, int, int], None]
"""(step, done, of): called after each batch."""


@dataclass(slots=True)
class ImportSummary:
    """Counts by status (created, updated, unchanged, held, refused, edited, failed) and the receipt's number."""

    counts: Counter[str] = field(default_factory=Counter)
    old_urls: int = 0
    receipt: str = ""
    findings: int = 0


def import_entries(plan: Plan, folder: Path, intake: Intake, progress: Progress) -> ImportSummary:
    """Bring the planned entries into the portal. Returns the counts; findings go to the ledger, stage `import`."""
    run = _Run(plan, folder, intake, progress)
    run.files()
    run.place()
    run.old_urls()
    run.fill()
    run.relink()
    run.note_held()
    summary = run.summary
    summary.receipt = intake.close()
    summary.findings = len(run.findings)
    with plan.ledger.transaction():
        plan.ledger.replace_findings("import", run.findings)
    return summary


class _Run:
    def __init__(self, plan: Plan, folder: Path, intake: Intake, progress: Progress) -> None:
        self._plan = plan
        self._folder = folder
        self._intake = intake
        self._progress = progress
        self.summary = ImportSummary()
        self.findings: list[Finding] = list(intake.findings())
        self._pages = self._pages_to_write()

    def _pages_to_write(self) -> list[str]:
        keys = []
        for entry, action in self._plan.pages():
            if action == Action.UNCHANGED:
                self.summary.counts["unchanged"] += 1
            else:
                keys.append(entry.key)
        return keys

    def files(self) -> None:
        """Store new and changed files."""
        keys = []
        for entry, action in self._plan.files():
            if action == Action.UNCHANGED:
                self.summary.counts["unchanged"] += 1
            else:
                keys.append(entry.key)
        for done, batch in _counted(self._file_batches(keys)):
            self._note(self._intake.write_files(batch))
            self._progress("files", done, len(keys))

    def _file_batches(self, keys: list[str]) -> Iterator[list[FileItem]]:
        batch: list[FileItem] = []
        size = 0
        for item in filter(None, map(self._file_item, keys)):
            batch.append(item)
            size += len(item.payload)
            if len(batch) == _BATCH or size > _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _file_item(self, key: str) -> FileItem | None:
        entry = self._plan.read([key])[0]
        try:
            return FileItem(entry, read_response(self._folder, entry.warc_file, entry.warc_offset).body)
        except (OSError, ShangyiError) as error:
            self._note([Stored(key, "failed", str(error))])
            return None

    def place(self) -> None:
        """Create the pages that don't exist yet, empty and unpublished."""
        for done, keys in _counted(batches(self._pages, _BATCH)):
            self._intake.place_pages(self._plan.read(keys))
            self._progress("place", done, len(self._pages))

    def old_urls(self) -> None:
        """Write the rows that answer for old addresses; those that follow another come after it."""
        of = self._plan.ledger.db.execute("SELECT count(*) FROM entries").fetchone()[0]
        captured = _capture_times(self._plan)
        done = 0
        for followers in (False, True):
            entries = (entry for entry in self._plan.entries() if bool(entry.follows) == followers)
            for batch in batches(entries, _BATCH * 10):
                self.summary.old_urls += self._intake.write_old_urls([(e, captured.get(e.digest, "")) for e in batch])
                done += len(batch)
                self._progress("old urls", done, of)

    def fill(self) -> None:
        """Write content and publish."""
        for done, keys in _counted(batches(self._pages, _BATCH)):
            self._note(self._intake.fill_pages(self._plan.read(keys)))
            self._progress("fill", done, len(self._pages))

    def relink(self) -> None:
        """Heal links that led nowhere when their page was written, and lead somewhere now."""
        written = set(self._pages)
        opened = [key for key, known in self._plan.known.items() if known.unresolved and key not in written]
        for keys in batches(opened, _BATCH):
            entries = [entry for entry in self._plan.read(keys) if is_page(entry)]
            self._note([s for s in self._intake.fill_pages(entries, relink=True) if s.status != "unchanged"])

    def note_held(self) -> None:
        """Add a finding for each page that waits as a draft for a person."""
        for entry, _action in self._plan.pages():
            if entry.held:
                self.summary.counts["held"] += 1
                self.findings.append(
                    Finding(
                        Level.WARNING,
                        "import.held",
                        entry.key,
                        _("Held as a draft: {reasons}").format(reasons=", ".join(entry.held)),
                        _("Look at the draft in the portal; publish it there when it may be shown."),
                    )
                )

    def _note(self, stored: list[Stored]) -> None:
        for item in stored:
            self.summary.counts[item.status] += 1
            if item.status in ("refused", "edited", "failed"):
                self.findings.append(Finding(Level.WARNING, f"import.{item.status}", item.key, item.message))


def _capture_times(plan: Plan) -> dict[str, str]:
    """Return digest → when those bytes were last fetched, ISO."""
    rows = plan.ledger.db.execute("SELECT digest, max(fetched_at) FROM resources WHERE digest <> '' GROUP BY digest")
    return dict(map(tuple, rows))


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` items."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _counted(lists: Iterable[list[T]]) -> Iterator[tuple[int, list[T]]]:
    """Yield each list with how many items there were so far, itself included."""
    done = 0
    for items in lists:
        done += len(items)
        yield done, items
