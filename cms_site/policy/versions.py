"""A correction beside the page, and a candidate beside the notice: what differs, for people to see before they rule."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from wagtail.models import Page

from cms_site.legacy.models import Imported
from cms_site.legacy.review_text import Difference, body_of, differences, readable
from cms_site.policy import acts
from cms_site.policy.merging import FileChange, corrected, file_changes, said_by_source, taken_over
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
    files: list[FileChange]
    """What taking it does with the page's attachments and pictures."""
    edited: bool
    """Taking it replaces what editors changed."""
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
    new = corrected(page, correction)
    before = written or now
    return Compared(
        correction,
        page.latest_revision_id,
        by_source=differences(_lines(before), _lines(said_by_source(written, correction) if written else new)),
        by_editors=differences(_lines(written), _lines(now)) if written is not None else [],
        files=file_changes(now, new),
        edited=_loses(written, now, new),
        known=written is not None,
    )


def is_edited(correction: Correction) -> bool:
    """Say whether taking a correction replaces what editors changed."""
    if correction.kind != ChangeKind.CORRECTED or correction.notice.page is None:
        return False
    page = correction.notice.page.specific
    written, now = taken_over(correction.notice, page), page.get_latest_revision_as_object()
    return _loses(written, now, corrected(page, correction))


def _loses(written: ContentPage | None, now: ContentPage, new: ContentPage) -> bool:
    """Say whether title or body are replaced that editors changed; nobody knows where the version is gone."""
    if written is None:
        return True
    parts = zip(_parts(written), _parts(now), _parts(new), strict=True)
    return any(before != here != there for before, here, there in parts)


def _parts(page: ContentPage) -> tuple[str, list[str]]:
    return page.title, readable(body_of(page))


def _lines(page: ContentPage) -> list[str]:
    """Return title and body of a page as a reader reads them."""
    title, body = _parts(page)
    return [title, *body]


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
    may_join: bool
    """Whether the reader may say that it is the same, which takes it offline."""


def candidate(likeness: Likeness, reader: AbstractBaseUser) -> Candidate:
    """Return a candidate with all that helps to rule on it."""
    page = likeness.page.specific
    own, theirs = (
        _lines(likeness.notice.page.specific.get_latest_revision_as_object()),
        _lines(page.get_latest_revision_as_object()),
    )
    rows = Imported.objects.filter(page=page).exclude(site__slug=POLICY_SITE)
    other = Notice.objects.filter(page=page).exclude(pk=likeness.notice_id).first()
    return Candidate(
        likeness, page, rows.count(), own, theirs, differences(own, theirs), other, acts.may_join(page, reader)
    )
