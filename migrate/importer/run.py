"""The run of one import: passes over the entries, each in batches. And its rehearsal, which writes nothing."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from migrate.i18n import _
from migrate.importer.carried import carried_keys
from migrate.importer.files import read_file
from migrate.importer.open_links import Reasons, link_texts, open_link
from migrate.importer.plan import Action, Plan, is_file, is_page, is_retired, waits
from migrate.portal import Intake
from migrate.records import DECISION, Entry, Finding, Level, Outcome, Stored

T = TypeVar("T")
_BATCH = 500
_BATCH_BYTES = 32_000_000
"""Of pages' bodies: what is held in memory at once."""

Progress = Callable[[str, int, int], None]
"""(step, done, of): called after each batch."""


@dataclass(slots=True)
class ImportSummary:
    """Counts by status (created, merged, updated, unchanged, unpublished, held, refused, edited, partly …); the
    receipt's number."""

    counts: Counter[str] = field(default_factory=Counter)
    old_urls: int = 0
    receipt: str = ""
    findings: int = 0


def import_entries(plan: Plan, folder: Path, intake: Intake, progress: Progress) -> ImportSummary:
    """Bring the planned entries into the portal. Returns the counts; findings go to the ledger, stage `import`."""
    run = _Run(plan, folder, intake, progress)
    run.sketch()
    run.files()
    run.place()
    run.old_urls()
    run.fill()
    run.follow()
    run.relink()
    intake.shelve()
    run.note_held()
    run.note_same()
    run.note_vanished()
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
        self._held: list[tuple[str, tuple[str, ...]]] = []
        self._edited: list[str] = []
        self._pages = list(self._to_write(self._noting_held(plan.pages())))

    def _noting_held(self, planned: Iterable[tuple[Entry, Action]]) -> Iterator[tuple[Entry, Action]]:
        """Pass on what is planned; remember which pages wait as drafts for a person."""
        for entry, action in planned:
            if waits(entry, self._plan.known.get(entry.key)):
                self._held.append((entry.key, entry.held))
            yield entry, action

    def _to_write(self, planned: Iterable[tuple[Entry, Action]]) -> Iterator[str]:
        """Yield the keys of what is to be written; count and note the rest."""
        for entry, action in planned:
            if action == Action.UNCHANGED:
                self.summary.counts["unchanged"] += 1
            elif action == Action.EDITED and is_page(entry):
                self._edited.append(entry.key)
            elif action == Action.EDITED:
                self._note([Stored(entry.key, "edited", _("An editor deleted it; it is not created again."))])
            else:
                yield entry.key

    def sketch(self) -> None:
        """Make pages comparable that were imported before pages were compared."""
        for entries in page_batches(self._plan, self._intake.unsketched()):
            self._intake.sketch(entries)

    def files(self) -> None:
        """Store new and changed files."""
        keys = list(self._to_write(self._plan.files()))
        readings = (partial(read_file, entry, self._folder) for entry in self._plan.read_files(keys))
        for done, stored in _counted(self._intake.write_files(readings)):
            self._note(stored)
            self._progress(_("files"), done, len(keys))

    def place(self) -> None:
        """Create the pages that don't exist yet, empty and unpublished."""
        for done, entries in _counted(self._page_batches()):
            self._intake.place_pages(entries)
            self._progress(_("place"), done, len(self._pages))

    def _page_batches(self) -> Iterator[list[Entry]]:
        return page_batches(self._plan, self._pages)

    def old_urls(self) -> None:
        """Write the rows that answer for old addresses; those that follow another come after it."""
        of = self._plan.ledger.db.execute("SELECT count(*) FROM entries").fetchone()[0]
        captured = _capture_times(self._plan)
        left = {key for key, known in self._plan.known.items() if known.state != "deleted"}
        followers: list[str] = []

        def leaders() -> Iterator[Entry]:
            for entry in self._plan.entries():
                if entry.follows:
                    followers.append(entry.key)
                else:
                    yield entry

        following = self._plan.read(followers)
        lists = (batches(entries, _BATCH) for entries in (leaders(), following))
        for done, batch in _counted(itertools.chain.from_iterable(lists)):
            self.summary.old_urls += self._intake.write_old_urls([(e, captured.get(e.digest, "")) for e in batch])
            retired = self._intake.retire([e for e in batch if e.key in left and is_retired(e)])
            self._note([stored for stored in retired if stored.status != "unchanged"])
            self._look_over(batch, left)
            self._progress(_("old URLs"), done, of)
        for key in sorted(left):
            self._leftover(key, _("Imported earlier; the old site has no such address any more."))

    def _look_over(self, batch: list[Entry], left: set[str]) -> None:
        """Note what stands in the portal although it no longer moves, and what people wanted moved and can't be."""
        for entry in batch:
            wanted = is_page(entry) or is_file(entry)
            if entry.key in left and entry.outcome == Outcome.FAILED:
                self._not_had(entry)
            elif entry.key in left and not wanted and not is_retired(entry):
                self._leftover(entry.key, _("Imported earlier; by now it is: {outcome}.").format(outcome=entry.outcome))
            left.discard(entry.key)
            if is_page(entry):
                left -= carried_keys(entry)
            if entry.rule == DECISION and entry.outcome == Outcome.MOVE and not wanted:
                message = _("It was decided to move it, but the archive has no article or file at this address.")
                self.findings.append(Finding(Level.WARNING, "import.nothing-to-move", entry.key, message))

    def _not_had(self, entry: Entry) -> None:
        """Tell of what is in the portal and could not be read this time: no reason to archive it."""
        message = _("Imported earlier; this time it could not be read, and the portal keeps what it has. {reason}")
        hint = _("Look at what harvest and map say of it; the next run tries again.")
        message = message.format(reason=entry.reason)
        self.findings.append(Finding(Level.WARNING, "import.leftover", entry.key, message, hint))

    def _leftover(self, key: str, message: str) -> None:
        message = f"{message} " + _("Nothing was removed. Proposed: archive it.")
        self.findings.append(Finding(Level.WARNING, "import.leftover", key, message, _archive_hint()))

    def fill(self) -> None:
        """Write content and publish."""
        for done, entries in _counted(self._page_batches()):
            self._note(self._intake.fill_pages(entries))
            self._progress(_("fill"), done, len(self._pages))

    def follow(self) -> None:
        """See what the old site has new for pages that an editor changed."""
        for done, entries in _counted(page_batches(self._plan, self._edited)):
            followed = self._intake.follow(entries)
            self._note(followed)
            self.summary.counts["unchanged"] += sum(stored.status == "unchanged" for stored in followed)
            self._progress(_("edited pages"), done, len(self._edited))

    def relink(self) -> None:
        """Heal links that led nowhere when their page was written, and those to pages that went offline.

        On pages that an editor changed they are only told of.
        """
        plan = replace(self._plan, known=self._intake.open_links())
        reasons, written = Reasons(plan), set(self._pages)
        for entries in batches(plan.open_pages(written), _BATCH):
            healed = self._intake.fill_pages(entries, relink=True)
            self._note([stored for stored in healed if stored.status != "unchanged"])
            written |= {stored.key for stored in healed if stored.status != "unchanged"}
            self._note_open(plan, [entry for entry in entries if entry.key not in written], reasons)
        for entries in batches(plan.open_pages(set(self._edited), touched=True), _BATCH):
            healable = self._intake.healable(entries)
            for key, lines in healable.items():
                message = _("An editor changed the page; links that led nowhere lead somewhere now: {links}")
                hint = _("Put them in by hand, in the portal.")
                found = Finding(Level.WARNING, "import.unhealed", key, message.format(links="; ".join(lines)), hint)
                self.findings.append(found)
            self._note_open(plan, [entry for entry in entries if entry.key not in healable], reasons)
        if written:
            plan = replace(plan, known=self._intake.open_links())
            for entries in batches(plan.open_pages(set(plan.known) - written), _BATCH):
                self._note_open(plan, entries, reasons)

    def _note_open(self, plan: Plan, entries: list[Entry], reasons: Reasons) -> None:
        """Add a finding for each link of these pages that leads nowhere: page, text, target and reason."""
        for entry in entries:
            unresolved = dict.fromkeys(plan.known[entry.key].unresolved)
            texts = link_texts(entry, unresolved.keys(), self._intake.keys_of)
            self.findings += [open_link(entry.key, url, texts.get(url, ""), reasons(url)) for url in unresolved]

    def note_held(self) -> None:
        """Add a finding for each page that waits as a draft for a person."""
        for key, held in self._held:
            self.summary.counts["held"] += 1
            self.findings.append(
                Finding(
                    Level.WARNING,
                    "import.held",
                    key,
                    _("Held as a draft: {reasons}").format(reasons=", ".join(held)),
                    _("Look at the draft in the portal; publish it there when it may be shown."),
                )
            )

    def note_same(self) -> None:
        """Add a finding for each address that shares another's page."""
        hint = _("If it is something else, decide on this address that it stays apart; the next import sees to it.")
        for key, message in self._intake.merged().items():
            self.findings.append(Finding(Level.NOTE, "import.same", key, message, hint))
        for key, message in self._intake.parting().items():
            self.findings.append(Finding(Level.NOTE, "import.parts", key, message))

    def note_vanished(self) -> None:
        """Propose archiving for pages that the old site no longer has, by a capture that can be believed."""
        gone = [found.url for _stage, found in self._plan.ledger.findings("harvest") if found.check == "harvest.gone"]
        known = self._intake.known() if gone else {}
        for key in dict.fromkeys(self._intake.keys_of(gone)):
            if key in known and known[key].public:
                message = _("The old site no longer has it; its page stays in the portal. Proposed: archive it.")
                self.findings.append(Finding(Level.WARNING, "import.vanished", key, message, _archive_hint()))

    def _note(self, stored: list[Stored]) -> None:
        for item in stored:
            if item.status == "unchanged":
                continue
            if item.status == "leftover":
                self._leftover(item.key, item.message)
                continue
            self.summary.counts[item.status] += 1
            if item.status == "unpublished":
                self.findings.append(Finding(Level.NOTE, "import.unpublished", item.key, item.message))
            if item.status in ("refused", "edited", "partly", "failed"):
                self.findings.append(Finding(Level.WARNING, f"import.{item.status}", item.key, item.message))
            if item.status in ("created", "updated") and item.message:
                self.findings.append(Finding(Level.NOTE, "import.noted", item.key, item.message))


def _archive_hint() -> str:
    return _("Decide it in the portal, under Old sites: archive, or that it moves all the same. Then import again.")


def _capture_times(plan: Plan) -> dict[str, str]:
    """Return digest → when those bytes were last fetched, ISO."""
    rows = plan.ledger.db.execute("SELECT digest, max(fetched_at) FROM resources WHERE digest <> '' GROUP BY digest")
    return dict(map(tuple, rows))


def page_batches(plan: Plan, keys: list[str]) -> Iterator[list[Entry]]:
    """Yield the pages of these keys in the batches in which an import writes them."""
    return sized_batches(plan.read(keys), lambda entry: len(entry.content.body) if entry.content else 0)


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


def sized_batches(items: Iterable[T], size_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield lists of items, none much longer or larger than a batch may be."""
    batch: list[T] = []
    size = 0
    for item in items:
        batch.append(item)
        size += size_of(item)
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _counted(lists: Iterable[list[T]]) -> Iterator[tuple[int, list[T]]]:
    """Yield each list with how many items there were so far, itself included."""
    done = 0
    for items in lists:
        done += len(items)
        yield done, items
