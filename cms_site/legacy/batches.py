"""Many decisions at once, from a file or from marks in a list: first shown, then written, and undone as a whole.

Of lines that name one address (after canonicalisation) and say different things, one stands: what loses least (moved,
redirected, archived, gone, undecided), then the earlier line; the others are shown as conflicting, with the line that
stands. A line without an outcome decides nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms_site.legacy.intake.bulk import update_rows
from cms_site.legacy.models import Decision, DecisionBatch, DecisionLine, OldSite, OldUrl
from cms_site.legacy.review_undo import may_put_back, put_back
from cms_site.legacy.ruling_files import STRONGEST, Line
from cms_site.legacy.rulings import CHUNK, Done, Judge, Refused, Ruling, decision_data, known, revoke, write
from migrate.errors import ShangyiError

_PREVIEW_LIVES = timedelta(days=7)

Status = DecisionLine.Status


def preview(
    site: OldSite,
    lines: Iterable[Line],
    source: str,
    actor: AbstractBaseUser,
    *,
    overwrite: bool = False,
) -> DecisionBatch:
    """Keep a batch with what each of its lines would do; nothing is decided yet. Returns it.

    Previews that nobody applied go after a week.
    """
    DecisionBatch.objects.filter(
        state=DecisionBatch.State.PREVIEW, created_at__lt=timezone.now() - _PREVIEW_LIVES
    ).delete()
    with transaction.atomic():
        batch = DecisionBatch.objects.create(site=site, source=source[:300], actor=actor, overwrite=overwrite)
        _Preview(batch).keep(lines)
    return batch


class _Preview:
    """Judges lines, the first of each address first; what an address was told already is remembered by line."""

    def __init__(self, batch: DecisionBatch) -> None:
        self._batch = batch
        self._judge = Judge(batch.site)
        self._counts: Counter[str] = Counter()
        self._standing: dict[str, tuple[int, int]] = {}
        """Canonical URL → (rank of its outcome, line) of the line that stands."""

    def keep(self, lines: Iterable[Line]) -> None:
        """Write the lines with their status, then settle those that contradict each other."""
        left = iter(lines)
        while chunk := list(islice(left, CHUNK)):
            judged = list(self._judged(chunk))
            DecisionLine.objects.bulk_create(judged)
        self._settle()
        statuses = self._batch.lines.values_list("status", flat=True)
        self._counts.update(statuses.iterator())
        self._batch.counts = dict(self._counts)
        self._batch.save(update_fields=["counts"])

    def _judged(self, chunk: list[Line]) -> Iterator[DecisionLine]:
        folded = [(line, *self._fold(line)) for line in chunk]
        keys = [key for _line, key, _problem in folded if key]
        olds = known(self._batch.site, keys)
        decisions = {row.canonical: row for row in Decision.objects.filter(site=self._batch.site, canonical__in=keys)}
        for line, key, problem in folded:
            yield self._one(line, key, problem, olds.get(key), decisions.get(key))

    def _fold(self, line: Line) -> tuple[str, str]:
        try:
            return self._judge.fold(line.url), line.problem
        except Refused as error:
            return "", line.problem or error.message

    def _one(self, line: Line, key: str, problem: str, old: OldUrl | None, decision: Decision | None) -> DecisionLine:
        row = DecisionLine(batch=self._batch, number=line.number, url=line.url[:2200], canonical=key)
        row.earlier = decision_data(decision) if decision is not None else None
        ruling = line.ruling
        if not problem and ruling is not None:
            try:
                ruling = self._judge.accept(ruling, old)
            except Refused as error:
                problem = error.message
        row.ruling = asdict(ruling) if ruling is not None else {}
        if problem or ruling is None:
            row.status, row.message = Status.REFUSED, problem[:600]
            return row
        row.status = _status(line, ruling, old, decision)
        rank = (STRONGEST.index(ruling.outcome), line.number)
        self._standing[key] = min(rank, self._standing.get(key, rank))
        return row

    def _settle(self) -> None:
        """Mark the lines that say something else of an address than the line that stands."""
        standing = {number for _rank, number in self._standing.values()}
        rows = self._batch.lines.exclude(status=Status.REFUSED).exclude(canonical="")
        several = [row for row in rows.iterator(chunk_size=2000) if row.number not in standing]
        kept = {row.number: row for row in self._lines(self._standing[row.canonical][1] for row in several)}
        for row in several:
            winner = kept[self._standing[row.canonical][1]]
            row.status = Status.SAME if winner.ruling == row.ruling else Status.CONFLICTING
            row.message = _("Line %(line)d stands for this address.") % {"line": winner.number}
        update_rows(DecisionLine, several, ["status", "message"])

    def _lines(self, numbers: Iterable[int]) -> Iterator[DecisionLine]:
        wanted = sorted(set(numbers))
        for start in range(0, len(wanted), CHUNK):
            yield from self._batch.lines.filter(number__in=wanted[start : start + CHUNK])


def _status(line: Line, ruling: Ruling, old: OldUrl | None, decision: Decision | None) -> str:
    if decision is not None:
        return Status.SAME if Ruling.of(decision) == ruling else Status.CHANGED
    undecided = old is None or old.outcome in (OldUrl.Outcome.UNDECIDED, OldUrl.Outcome.FAILED)
    bare = ruling == Ruling(OldUrl.Outcome.UNDECIDED, ruling.column, ruling.reason)
    return Status.SAME if undecided and bare and not line.chosen else Status.NEW


def apply(batch: DecisionBatch, actor: AbstractBaseUser, *, overwrite: bool | None = None) -> DecisionBatch:
    """Write the decisions of a previewed batch: the new ones, and with `overwrite` those that change earlier ones.

    What somebody ruled since the preview is left alone. Returns the batch with its counts. Raises ShangyiError where
    it was applied already, or an import runs.
    """
    with transaction.atomic():
        batch = DecisionBatch.objects.select_for_update().select_related("site").get(pk=batch.pk)
        if batch.state != DecisionBatch.State.PREVIEW:
            raise ShangyiError(_("This batch was applied already."), _("Look at it in the list of batches."))
        if overwrite is not None:
            batch.overwrite = overwrite
        counts = _apply_lines(batch, actor)
        batch.state, batch.applied_at, batch.actor = DecisionBatch.State.APPLIED, timezone.now(), actor
        batch.counts = dict(batch.counts) | counts
        batch.save()
    return batch


def _apply_lines(batch: DecisionBatch, actor: AbstractBaseUser) -> dict[str, int]:
    wanted = [Status.NEW, Status.CHANGED] if batch.overwrite else [Status.NEW]
    judge = Judge(batch.site)
    written = outdated = 0
    numbers = list(batch.lines.filter(status__in=wanted).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(numbers), CHUNK):
        rows = list(DecisionLine.objects.filter(pk__in=numbers[start : start + CHUNK]))
        valid = list(_still_valid(judge, rows))
        done = write(judge, {row.canonical: Ruling(**row.ruling) for row in valid}, actor, data={"batch": batch.pk})
        for row, item in zip(valid, done, strict=True):
            row.done, row.earlier, row.undo = True, item.earlier, item.undo
        update_rows(DecisionLine, rows, ["done", "earlier", "undo", "status", "message"])
        written += len(valid)
        outdated += len(rows) - len(valid)
    return {"written": written, "outdated": outdated}


def _still_valid(judge: Judge, rows: list[DecisionLine]) -> Iterator[DecisionLine]:
    """Yield the lines that would still do what the preview showed; say of the others why not."""
    keys = [row.canonical for row in rows]
    olds = known(judge.site, keys)
    decisions = {row.canonical: row for row in Decision.objects.filter(site=judge.site, canonical__in=keys)}
    for row in rows:
        decision = decisions.get(row.canonical)
        now = decision_data(decision) if decision is not None else None
        try:
            judge.accept(Ruling(**row.ruling), olds.get(row.canonical))
        except Refused as error:
            row.status, row.message = Status.REFUSED, error.message[:600]
            continue
        if now != row.earlier:
            row.status = Status.CONFLICTING
            row.message = _("Somebody ruled on this address after the preview.")
            continue
        yield row


def undo(batch: DecisionBatch, actor: AbstractBaseUser) -> int:
    """Take back what a batch decided, and what a review did with pages. Returns how many stay because somebody ruled
    otherwise since, or changed the page.

    Raises ShangyiError where there is nothing to undo.
    """
    with transaction.atomic():
        batch = DecisionBatch.objects.select_for_update().select_related("site").get(pk=batch.pk)
        if batch.state != DecisionBatch.State.APPLIED:
            raise ShangyiError(_("Only a batch that was applied can be undone."))
        kept = 0
        numbers = list(batch.lines.filter(done=True).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(numbers), CHUNK):
            lines = list(DecisionLine.objects.filter(pk__in=numbers[start : start + CHUNK]))
            rows = [row for row in lines if may_put_back(row, actor)]
            done = [Done(row.canonical, row.earlier, row.undo) for row in rows]
            stay = revoke(batch.site, done, {row.canonical: Ruling(**row.ruling) for row in rows}, actor)
            for row in rows:
                if row.canonical not in stay:
                    put_back(row)
            kept += len(lines) - len(rows) + len(stay)
        batch.state, batch.undone_at, batch.undone_by = DecisionBatch.State.UNDONE, timezone.now(), actor
        batch.counts = dict(batch.counts) | {"kept": kept}
        batch.save()
    return kept


def decide_together(
    site: OldSite, keys: Iterable[str], ruling: Ruling, source: str, actor: AbstractBaseUser
) -> DecisionBatch:
    """Rule alike on many addresses of one site, at once; returns the batch, which can be undone.

    Lines that can't be are refused in it, one by one.
    """
    lines = [Line(number, key, ruling, chosen=True) for number, key in enumerate(keys, 1)]
    return apply(preview(site, lines, source, actor, overwrite=True), actor)


def counts_told(batch: DecisionBatch) -> dict[str, int]:
    """Return the figures of a batch by what they are called in `--json`: all of them, zeros too."""
    names: tuple[Any, ...] = (*Status.values, "written", "outdated", "kept")
    return {str(name): int(batch.counts.get(name, 0)) for name in names}
