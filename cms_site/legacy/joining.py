"""What was reposted before its notice came joins the notice's page: its old addresses lead there from now on.

The repost's own page goes offline and stays as a draft, so nothing is lost; a decision “apart” on an old address gives
that address a page of its own again with the next import.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page

from cms_site.legacy.addresses import in_hidden_column
from cms_site.legacy.intake.once import print_of_row, ruled_apart, standing
from cms_site.legacy.intake.sameness import same
from cms_site.legacy.models import Imported
from cms_site.portal.models import Stamp


def reposts_of(notice: Imported) -> list[Imported]:
    """Return the rows of imported pages that surely say what a notice says, and that nobody has touched."""
    own = print_of_row(notice)
    if own is None:
        return []
    rows = standing(Imported.objects.filter(same_as=None, page__isnull=False, held=[])).exclude(site=notice.site)
    numbers = set(rows.filter(title_key=own.title).values_list("pk", flat=True))
    if own.number:
        numbers |= set(rows.filter(number_key=own.number).values_list("pk", flat=True))
    shown = Imported.objects.filter(~in_hidden_column("page"), pk__in=numbers).select_related("page").order_by("pk")
    apart = ruled_apart()
    return [
        row for row in shown
        if not row.touched and (row.site_id, row.source_key) not in apart
        and (theirs := print_of_row(row)) is not None and same(own, theirs)
    ]  # fmt: skip


@transaction.atomic
def join(repost: Imported, notice: Imported, actor: AbstractBaseUser, *, ruled: bool = False) -> None:
    """Let a repost, and what shares its page, lead to the notice's page, which visitors must be able to see.

    `ruled`: a person said so, whatever the texts say.
    """
    page = Page.objects.get(pk=repost.page_id)
    for row in (*repost.twins.all(), repost):
        row.same_as, row.page_id, row.revision_id = notice, notice.page_id, None
        row.unresolved, row.ruled_same = [], row.ruled_same or ruled
        row.save()
    take_offline(page, actor)
    Stamp.renew()


def take_offline(page: Page, actor: AbstractBaseUser) -> None:
    """Unpublish a page of which another one says all; it stays as a draft."""
    if page.live:
        UnpublishPageAction(page.specific, user=actor).execute(skip_permission_checks=True)
