"""Many pages at once, row for row as Wagtail writes them one by one, at a twentieth of the cost and less.

What must be written, and where Wagtail 8.0 writes it: tree places (treebeard `MP_AddChildHandler`), pages and their
specific rows (`Page.save`), revisions (`Page.save_revision`), publication (`PublishRevisionAction`), the history
(`PageLogEntry`), the reference index and the search index (signal handlers of wagtail and modelsearch). Multi-table
models can't go through Django's `bulk_create`, so rows of the specific tables go through the `_insert` below it.
A contract test compares both ways, field by field, on SQLite and on PostgreSQL.

Not sent: `page_published`. Its one listener here asks who published, and import is nobody who rules.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import F
from django.utils import timezone
from modelcluster.models import get_all_child_relations
from wagtail.models import Page, PageLogEntry, Revision

from cms_site.legacy.intake.indexing import index_again
from cms_site.portal.models import ContentPage

_PAGE_FIELDS = Page._meta.local_concrete_fields


class Version(NamedTuple):
    """What is to become of one page that stands in the tree."""

    page: ContentPage
    """With its new content, or, of a `revision` that exists already, with what that says."""
    revision: Revision | None
    """To be published as it is; None: the content becomes a new one."""
    live: bool
    published: datetime | None
    """The old site's time of publication; None: now."""


@transaction.atomic
def add_children(parent: Page, pages: Sequence[ContentPage], actor: AbstractBaseUser) -> None:
    """Put new pages at the end of a column, unpublished. They have title and slug; the rest is set here."""
    node = Page.objects.select_for_update().get(pk=parent.pk)
    last = node.get_last_child()
    for page in pages:
        page.depth = node.depth + 1
        page.path = last._inc_path() if last is not None else Page._get_path(node.path, page.depth, 1)
        page.locale_id, page.draft_title, page.live, page.owner = node.locale_id, page.title, False, actor
        page.set_url_path(node)
        last = page
    for page, row in zip(pages, Page.objects.bulk_create(map(_page_row, pages)), strict=True):
        page.pk = page.id = row.pk
        page._state.adding = False
    for model, alike in _by_type(pages):
        model._base_manager._insert(alike, model._meta.local_concrete_fields, using=Page.objects.db)
    Page.objects.filter(pk=node.pk).update(numchild=F("numchild") + len(pages))
    parent.numchild = node.numchild + len(pages)
    _log("wagtail.create", pages, actor)


@transaction.atomic
def write_versions(versions: Sequence[Version], actor: AbstractBaseUser) -> None:
    """Write new content of pages, one revision each, and publish what shall be live.

    Raises ValidationError where a field can't hold its value; then nothing is written.
    """
    pages = [version.page for version in versions]
    for page in pages:
        _assume_no_children(page)
        page.clean_fields(exclude=[field.name for field in _PAGE_FIELDS if field.is_relation])
    revisions = _revisions(versions, actor)
    now = timezone.now()
    for version, revision in zip(versions, revisions, strict=True):
        _set_state(version, revision, now)
    update_rows(Page, pages, _CHANGED)
    for model, alike in _by_type(pages):
        update_rows(model, alike, [field.attname for field in model._meta.local_fields if not field.primary_key])
    _log("wagtail.edit", [version.page for version in versions if version.revision is None], actor)
    _log("wagtail.publish", [version.page for version in versions if version.live], actor)
    for _model, alike in _by_type(pages):
        index_again(alike)


_CHANGED = [
    "title", "draft_title", "live", "has_unpublished_changes", "expired", "first_published_at", "last_published_at",
    "latest_revision_id", "live_revision_id", "latest_revision_created_at",
]  # fmt: skip


def update_rows(model: type[models.Model], rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Save these columns of rows that exist: one statement, run for each. `bulk_update` writes one as long as all."""
    if not rows:
        return
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.local_concrete_fields if field.attname in names]
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    key = model._meta.pk
    sql = f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE {quote(key.column)} = %s"
    with connection.cursor() as cursor:
        cursor.executemany(
            sql,
            [
                [*(field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields), row.pk]
                for row in rows
            ],
        )


def _revisions(versions: Iterable[Version], actor: AbstractBaseUser) -> list[Revision]:
    """Return the revision of each, written where it is new."""
    base = ContentType.objects.get_for_model(Page)
    revisions = []
    for page, revision, _live, _published in versions:
        revisions.append(
            revision
            or Revision(
                content_type_id=page.content_type_id,
                base_content_type=base,
                object_id=str(page.pk),
                created_at=timezone.now(),
                user=actor,
                object_str=str(page),
                content=page.serializable_data(),
            )
        )
    Revision.objects.bulk_create([revision for revision in revisions if revision.pk is None])
    return revisions


def _set_state(version: Version, revision: Revision, now: datetime) -> None:
    """Let a page say what its latest revision is, and since when visitors see which."""
    page = version.page
    page.latest_revision, page.latest_revision_created_at = revision, revision.created_at
    page.draft_title = page.title
    page.has_unpublished_changes = not version.live
    if not version.live:
        page.first_published_at = None  # its revision holds it, for whoever publishes that
        return
    page.live, page.expired, page.live_revision = True, False, revision
    page.first_published_at = page.first_published_at or now
    page.last_published_at = version.published or now


def _page_row(page: ContentPage) -> Page:
    return Page(**{field.attname: getattr(page, field.attname) for field in _PAGE_FIELDS})


def _by_type(pages: Iterable[ContentPage]) -> Iterator[tuple[type[models.Model], list[ContentPage]]]:
    ordered = sorted(pages, key=lambda page: page._meta.label)
    for _label, alike in groupby(ordered, key=lambda page: page._meta.label):
        found = list(alike)
        yield type(found[0]), found


def _assume_no_children(page: ContentPage) -> None:
    """Fill in that a page of import has no comments, which is not to be asked for each: nobody has seen it yet."""
    known = page.__dict__.setdefault("_cluster_related_objects", {})
    for relation in get_all_child_relations(page):
        known.setdefault(relation.get_accessor_name(), [])


def _log(action: str, pages: Iterable[ContentPage], actor: AbstractBaseUser) -> None:
    PageLogEntry.objects.bulk_create(
        PageLogEntry(
            content_type_id=page.content_type_id,
            page_id=page.pk,
            label=page.get_admin_display_title(),
            action=action,
            timestamp=timezone.now(),
            user=actor,
            revision_id=page.latest_revision_id,
            content_changed=True,
        )
        for page in pages
    )
