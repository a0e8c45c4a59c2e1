"""What may be the same thing as a notice: by document number, by title and days, by text. People say whether it is."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cms_site.legacy.addresses import in_hidden_column
from cms_site.legacy.intake.once import print_of_row
from cms_site.legacy.intake.sameness import MAX_DAYS, Print
from cms_site.legacy.models import Imported
from cms_site.policy.models import Likeness, Notice
from cms_site.portal.models import ArticlePage, ContentPage, PolicyPage
from migrate.config.sites import POLICY_SITE
from migrate.numbers import normalised

ALIKE = 0.6
"""Share of the shorter text's sentences that the other one has, from which on a person should look."""
_DAYS = timedelta(days=60)
"""After its notice: what a repost is looked for in."""
_MOST = 30
"""Candidates of one notice; more of them say nothing more."""


class Alike(NamedTuple):
    """A page that may be the same, and why."""

    page: int
    why: Likeness.Why
    percent: int | None = None


@transaction.atomic
def note_likenesses(notice: Notice) -> list[Likeness]:
    """Note what may be the same as a notice that has a page; return what was not known before."""
    if notice.page_id is None:
        return []
    known = set(notice.likenesses.values_list("page_id", flat=True))
    # asked from both sides: what was ruled of this page with another notice need not be asked again
    known |= set(
        Likeness.objects.filter(page=notice.page_id, notice__page__isnull=False).values_list(
            "notice__page_id", flat=True
        )
    )
    rows = [
        Likeness(notice=notice, page_id=found.page, why=found.why, percent=found.percent)
        for found in candidates(notice) if found.page not in known
    ][:_MOST]  # fmt: skip
    Likeness.objects.bulk_create(rows, ignore_conflicts=True)
    return rows


def candidates(notice: Notice) -> Iterator[Alike]:
    """Yield each page once that may be the same as a notice, the surest reason first."""
    page = notice.page.specific
    seen = {page.pk}
    row = Imported.objects.filter(site__slug=POLICY_SITE, source_key=notice.key).select_related("same_as").first()
    own = print_of_row(row) if row is not None else None
    for found in (*_by_fields(page, row), *(_by_text(own, notice) if own is not None else ())):
        if found.page not in seen:
            seen.add(found.page)
            yield found


def _by_fields(page: ContentPage, row: Imported | None) -> Iterator[Alike]:
    """Yield pages with the number or the title of a notice, whoever wrote them."""
    number = normalised(page.document_number)
    if number:
        imported = Imported.objects.filter(number_key=number[:120], page__isnull=False, same_as=None)
        yield from (Alike(pk, Likeness.Why.NUMBER) for pk in imported.values_list("page", flat=True))
    for model in (PolicyPage, ArticlePage):
        pages = model.objects.exclude(pk=page.pk).filter(~_hidden())
        if page.document_number:
            same = pages.filter(document_number=page.document_number)
            yield from (Alike(pk, Likeness.Why.NUMBER) for pk in same.values_list("pk", flat=True)[:_MOST])
        titled = pages.filter(title=page.title)
        if page.published_at is not None:
            days = timedelta(days=MAX_DAYS)
            near = Q(published_at__range=(page.published_at - days, page.published_at + days))
            titled = titled.filter(near | Q(published_at=None))
        yield from (Alike(pk, Likeness.Why.TITLE) for pk in titled.values_list("pk", flat=True)[:_MOST])


def _hidden() -> Q:
    """Return the condition under which a page stands in a hidden column."""
    return Q(in_hidden_column("page_ptr"))


def _by_text(own: Print, notice: Notice) -> Iterator[Alike]:
    """Yield imported pages of the weeks after a notice that hold most of what it says, or that it holds."""
    day = timezone.localtime(notice.published_earliest).date()
    rows = Imported.objects.filter(
        day__range=(day - timedelta(days=MAX_DAYS), day + _DAYS), page__isnull=False, same_as=None
    ).exclude(page=notice.page_id)
    sentences = set(own.text)
    for row in rows.exclude(sketch="").only("title_key", "number_key", "day", "sketch", "page").iterator():
        theirs = print_of_row(row)
        if theirs is None or not sentences or not theirs.text:
            continue
        if own.number and theirs.number and own.number != theirs.number:
            continue  # another document, however alike
        share = len(sentences & set(theirs.text)) / min(len(sentences), len(set(theirs.text)))
        if share >= ALIKE or (own.subject == theirs.subject and own.title == theirs.title):
            yield Alike(row.page_id, Likeness.Why.TEXT, round(100 * share))
