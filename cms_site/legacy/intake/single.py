"""What is done with one page by itself, the way Wagtail does it: published, moved, remembered for a rollback."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from wagtail.actions.move_page import MovePageAction
from wagtail.models import Page

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.content import slug_of
from cms_site.legacy.intake.receipts import IMPORTED, PAGE, values
from cms_site.legacy.models import Imported
from migrate.records import fingerprint


def publish_as_of(page: Page, published: datetime | None, actor: AbstractBaseUser) -> None:
    """Publish a page's latest revision with the old site's time of publication; without one, Wagtail takes now."""
    page.get_latest_revision().publish(user=actor, skip_permission_checks=True)
    if published is not None:
        Page.objects.filter(pk=page.pk).update(last_published_at=published)


def move_page(page: Page, column: Page, key: str) -> None:
    """Move a page into another column. It keeps its slug unless another page has that there."""
    free_slug(page, column, key)
    MovePageAction(page, column, pos="last-child", user=system_user()).execute(skip_permission_checks=True)
    page.refresh_from_db()


def free_slug(page: Page, column: Page, key: str) -> None:
    """Give a page that is to move another slug where a page has its own there."""
    if column.get_children().filter(slug=page.slug).exists():
        page.slug = f"{slug_of(key)}-{fingerprint(key)[7:15]}"
        page.save(update_fields=["slug", "url_path"], clean=False)


def before_of(row: Imported) -> dict[str, object]:
    """Return what a rollback needs to put a page and its row back."""
    return before_of_all([row])[0]


def before_of_all(rows: Sequence[Imported]) -> list[dict[str, object]]:
    """As `before_of`, of many rows; their columns are asked for at once."""
    paths = {_column_path(row.page) for row in rows}
    parents = dict(Page.objects.filter(path__in=paths).values_list("path", "pk"))
    return [
        values(row, IMPORTED) | {"page": values(row.page, PAGE), "parent": parents[_column_path(row.page)]}
        for row in rows
    ]


def _column_path(page: Page) -> str:
    path: str = page.path
    return path[: -page.steplen]
