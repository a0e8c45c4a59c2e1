"""A look at all old addresses of a site, from inside the portal: does each still lead where it should?

It asks the database and the archive, no server, so that a county can run it every night long after the old site is
gone. What is broken is kept until it is mended; a page that was unpublished, a file that a disk lost, a copy whose
WARC file changed are found the next morning.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from wagtail.models import Page

from cms_site.legacy.addresses import current_address, portal_root, with_targets
from cms_site.legacy.copies import Unreadable, Untrue, stored_response
from cms_site.legacy.models import BrokenOldUrl, Decision, Imported, OldSite, OldUrl, Recheck
from cms_site.legacy.rulings import CHUNK

Problem = BrokenOldUrl.Problem
_SETTLED = (OldUrl.Outcome.MOVE, OldUrl.Outcome.REDIRECT, OldUrl.Outcome.ARCHIVE, OldUrl.Outcome.GONE)


@dataclass(frozen=True, slots=True)
class Found:
    """What one look found: how many addresses were looked at, how many are well, broken by problem, open."""

    asked: int
    broken: dict[str, int]
    new: int
    """Broken since the last look."""
    mended: int
    waiting: int
    """Held, drafts and undecided ones: nobody has promised them yet."""


def recheck(site: OldSite) -> Found:
    """Look at all old URLs of a site; keep what is broken, drop what is mended. Returns the figures."""
    run = Recheck.objects.create(site=site)
    earlier = dict(BrokenOldUrl.objects.filter(old_url__site=site).values_list("old_url_id", "problem"))
    look = _Look(site)
    now: dict[int, str] = {}
    chunk: dict[int, str] = {}
    for number, problem in look.all():
        chunk[number] = problem
        if len(chunk) == CHUNK:
            _keep(chunk, earlier)
            now |= chunk
            chunk = {}
    _keep(chunk, earlier)
    now |= chunk
    mended = [number for number in earlier if number not in now]
    for start in range(0, len(mended), CHUNK):
        BrokenOldUrl.objects.filter(old_url_id__in=mended[start : start + CHUNK]).delete()
    found = Found(look.asked, dict(Counter(now.values())), len(now.keys() - earlier.keys()), len(mended), look.waiting)
    run.finished_at, run.counts = timezone.now(), _figures(found)
    run.save()
    return found


def _figures(found: Found) -> dict[str, Any]:
    return {"asked": found.asked, "broken": sum(found.broken.values()), "waiting": found.waiting}


def _keep(problems: dict[int, str], earlier: dict[int, str]) -> None:
    """Write problems, old URL → problem; what is broken in another way than before is broken since now."""
    changed = [number for number, problem in problems.items() if earlier.get(number) != problem]
    BrokenOldUrl.objects.filter(old_url_id__in=changed).delete()
    BrokenOldUrl.objects.bulk_create([BrokenOldUrl(old_url_id=number, problem=problems[number]) for number in changed])


class _Look:
    def __init__(self, site: OldSite) -> None:
        self._site = site
        self._root = portal_root(site)
        self.asked = 0
        self.waiting = 0

    def all(self) -> Iterator[tuple[int, str]]:
        """Yield (id, problem) of each old URL that does not answer as it should."""
        ruled = Decision.objects.filter(site=OuterRef("site"), canonical=OuterRef("canonical"))
        rows = with_targets().filter(site=self._site).annotate(ruled=Subquery(ruled.values("outcome")[:1]))
        for row in self._with_leaders(rows.order_by("pk")):
            self.asked += 1
            problem = self._problem(row)
            if problem:
                yield row.pk, problem

    def _with_leaders(self, rows: QuerySet[OldUrl]) -> Iterator[OldUrl]:
        """Yield rows; each that follows another has that one as `leader`, with all that an answer needs."""
        for chunk in _chunks(rows):
            leaders = with_targets().filter(pk__in={row.follows_id for row in chunk if row.follows_id}).in_bulk()
            for row in chunk:
                row.site = self._site
                row.leader = leaders.get(row.follows_id)
                yield row

    def _problem(self, row: OldUrl) -> str:
        if row.ruled and row.ruled not in (row.outcome, OldUrl.Outcome.MOVE) and row.follows_id is None:
            return Problem.UNAPPLIED
        if row.follows_id is None:
            return self._answer(row)
        if row.leader is None or row.leader.follows_id is not None:
            return Problem.LOOP
        row.leader.site = self._site
        return self._answer(row.leader)

    def _answer(self, row: OldUrl) -> str:
        """Say what is wrong with what an address answers; empty: nothing, or nothing was promised yet."""
        if row.withdrawn_at is not None or row.outcome == OldUrl.Outcome.GONE:
            return ""
        if row.outcome == OldUrl.Outcome.ARCHIVE:
            return self._copy(row)
        if row.outcome not in _SETTLED or row.held:
            self.waiting += 1
            return ""
        if current_address(row, self._root):
            return self._file_problem(row)
        return self._why_nowhere(row)

    def _copy(self, row: OldUrl) -> str:
        if row.held:
            self.waiting += 1
            return ""
        if not row.warc_file or row.warc_offset is None:
            return Problem.NO_CAPTURE
        try:
            stored_response(row)
        except Untrue:
            return Problem.UNTRUE
        except Unreadable:
            return Problem.UNREADABLE
        return ""

    @staticmethod
    def _file_problem(row: OldUrl) -> str:
        """Say whether the file behind a document or image is there."""
        if row.outcome != OldUrl.Outcome.MOVE or row.imported is None or row.imported.page is not None:
            return ""
        file = (row.imported.document or row.imported.image).file
        return "" if file.storage.exists(file.name) else Problem.NO_FILE

    def _why_nowhere(self, row: OldUrl) -> str:
        if row.outcome == OldUrl.Outcome.REDIRECT:
            return self._page_problem(row.target, row.target_hidden)
        thing = row.imported
        if thing is None or (thing.page is None and thing.document is None and thing.image is None):
            return Problem.DELETED
        if thing.page is None:
            if not thing.held and _was_shown(thing):
                return Problem.OFFLINE
            self.waiting += 1  # a file that is held with its page, or of a new draft
            return ""
        if self._is_new_draft(thing):
            self.waiting += 1
            return ""
        return self._page_problem(thing.page, row.page_hidden)

    @staticmethod
    def _is_new_draft(thing: Imported) -> bool:
        """Say whether a page was imported as a draft and never published: nobody took anything away."""
        return not thing.page.live and thing.page.first_published_at is None

    @staticmethod
    def _page_problem(page: Page | None, hidden: bool) -> str:
        if page is None:
            return Problem.DELETED
        return Problem.HIDDEN if page.live and hidden else Problem.OFFLINE


def _was_shown(thing: Imported) -> bool:
    """Say whether a page that shows a file was ever published, or none shows it: somebody took it away."""
    file = thing.document or thing.image
    pages = [page for page, _references in file.get_usage() if isinstance(page, Page)]
    return not pages or any(page.first_published_at is not None for page in pages)


def _chunks(rows: QuerySet[OldUrl]) -> Iterator[list[OldUrl]]:
    """Yield all rows in lists, each with a query of its own that begins where the last one ended."""
    last = 0
    while chunk := list(rows.filter(Q(pk__gt=last))[:CHUNK]):
        yield chunk
        last = chunk[-1].pk
