"""Whoever publishes a held, undecided or retired page in a column has ruled that it moves there (design §7)."""

from dataclasses import replace
from typing import Any

from wagtail.log_actions import get_active_log_context
from wagtail.models import Page, Revision, Site

from cms_site.legacy.actor import SYSTEM_USER
from cms_site.legacy.models import Decision, Imported, OldUrl
from cms_site.legacy.rulings import Judge, Ruling, write
from cms_site.portal.models import ColumnPage


def accept(sender: type[Page], instance: Page, revision: Revision | None = None, **_more: Any) -> None:
    """Write the decision of whoever published; nothing for import, for pages in a hidden column, for settled ones."""
    row = Imported.objects.filter(page_id=instance.pk, same_as=None).select_related("site").first()
    if row is None or not instance.live:
        return
    actor = get_active_log_context().user or (revision.user if revision is not None else None)
    if actor is None or actor.get_username() == SYSTEM_USER:
        return
    column = instance.get_parent()
    if ColumnPage.objects.ancestor_of(column, inclusive=True).filter(hidden=True).exists():
        return
    old = OldUrl.objects.filter(site=row.site, canonical=row.source_key).first()
    if old is None or (old.outcome == OldUrl.Outcome.MOVE and not old.held and not row.held):
        return
    earlier = Decision.objects.filter(site=row.site, canonical=row.source_key).first()
    ruling = accepted(row, old, earlier, column)
    if earlier is None or Ruling.of(earlier) != ruling:
        write(Judge(row.site), {row.source_key: ruling}, actor)


def accepted(row: Imported, old: OldUrl | None, earlier: Decision | None, column: Page) -> Ruling:
    """Return what it means that somebody lets an imported page be seen in a column: it moves there, as looked at.

    What masks an earlier decision set stay; they release nothing themselves.
    """
    ruling = Ruling.of(earlier) if earlier is not None else Ruling(OldUrl.Outcome.MOVE)
    held = {*row.held, *(old.held if old is not None else ())} - set(ruling.masks.split())
    release = ruling.release or not ruling.masks or bool(held)
    move = OldUrl.Outcome.MOVE.value
    return replace(ruling, outcome=move, column=path_of(column), release=release, accepted=row.look)


def path_of(column: Page) -> str:
    """Return a page's path in the portal, such as /towns/dahe/notices/."""
    root = Site.objects.select_related("root_page").get(is_default_site=True).root_page
    return "/" + column.url_path.removeprefix(root.url_path)
