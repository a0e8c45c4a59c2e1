"""A correction beside the page, and a candidate beside the notice: what differs, for people to see before they rule."""

from dataclasses import dataclass

from wagtail.models import Page, Revision

from cms_site.legacy.models import Imported
from cms_site.legacy.review_text import Difference, body_of, differences, readable
from cms_site.policy import acts
from cms_site.policy.models import Correction, Likeness, Notice
from cms_site.portal.models import ContentPage
from migrate.config.sites import POLICY_SITE
from migrate.notices import ChangeKind


@dataclass(frozen=True, slots=True)
class Compared:
    """A correction with what it would do."""

    correction: Correction
    latest: int | None
    """The version of the page that the differences are of."""
    by_source: list[Difference]
    """What the source changed: the page as it was taken over, and as it would be."""
    by_editors: list[Difference]
    """What editors changed since; a correction that is taken replaces it."""
    edited: bool
    known: bool
    """Whether the version that was taken over is still there; without it the newest one is compared."""

    @property
    def withdrawn(self) -> bool:
        """Say whether the source has it no more."""
        return self.correction.kind == ChangeKind.WITHDRAWN

    @property
    def moved(self) -> bool:
        """Say whether only its address changed."""
        return self.correction.kind == ChangeKind.MOVED


def compared(correction: Correction) -> Compared:
    """Return a correction beside the newest version of its notice's page."""
    page = correction.notice.page.specific
    now, written = page.get_latest_revision_as_object(), taken_over(correction.notice, page)
    new = acts.corrected(page, correction)
    before = written or now
    return Compared(
        correction,
        page.latest_revision_id,
        by_source=differences(_lines(before), _lines(new)),
        by_editors=differences(_lines(written), _lines(now)) if written is not None else [],
        edited=_is_edited(now, written),
        known=written is not None,
    )


def is_edited(correction: Correction) -> bool:
    """Say whether editors changed what a correction would replace."""
    if correction.kind != ChangeKind.CORRECTED or correction.notice.page is None:
        return False
    page = correction.notice.page.specific
    return _is_edited(page.get_latest_revision_as_object(), taken_over(correction.notice, page))


def _is_edited(now: ContentPage, written: ContentPage | None) -> bool:
    return written is None or _lines(now) != _lines(written)


def taken_over(notice: Notice, page: ContentPage) -> ContentPage | None:
    """Return the version of a page that says what its source said last, as import or a correction wrote it."""
    taken = notice.corrections.filter(state=Correction.State.TAKEN, revision_id__isnull=False).order_by("-settled_at")
    rows = Imported.objects.filter(site__slug=POLICY_SITE, source_key=notice.key, page=page, same_as=None)
    number = (
        taken.values_list("revision_id", flat=True).first() or rows.values_list("revision_id", flat=True).first() or 0
    )
    revision = Revision.objects.filter(pk=number, object_id=str(page.pk)).first()
    return page.with_content_json(revision.content) if revision is not None else None


def _lines(page: ContentPage) -> list[str]:
    """Return title and body of a page as a reader reads them."""
    return [page.title, *readable(body_of(page))]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that may be the same, beside the notice's own."""

    likeness: Likeness
    page: Page
    addresses: int
    """Old addresses that lead to it."""
    own: list[str]
    theirs: list[str]
    differences: list[Difference]
    notice: Notice | None
    """Whose page it is, if it is another notice's."""


def candidate(likeness: Likeness) -> Candidate:
    """Return a candidate with all that helps to rule on it."""
    page = likeness.page.specific
    own, theirs = (
        _lines(likeness.notice.page.specific.get_latest_revision_as_object()),
        _lines(page.get_latest_revision_as_object()),
    )
    rows = Imported.objects.filter(page=page).exclude(site__slug=POLICY_SITE)
    other = Notice.objects.filter(page=page).exclude(pk=likeness.notice_id).first()
    return Candidate(likeness, page, rows.count(), own, theirs, differences(own, theirs), other)
