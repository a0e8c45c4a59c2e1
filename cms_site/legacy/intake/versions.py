"""The old site's new version of a page against the one that stands in the portal: what differs, what may be taken over.

A page that an editor changed is never overwritten. Only the fields that `import: overwrite` of the site's YAML names
follow the old site all the same, and of these only the ones that no editor has changed.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.timezone import localtime
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import Revision

from cms_site.legacy.actor import system_user
from cms_site.legacy.body import Block
from cms_site.legacy.intake.content import CHINA, Rendered, set_fields
from cms_site.legacy.intake.single import publish_as_of
from cms_site.legacy.models import Imported
from cms_site.portal.blocks import RICH_TEXT_FEATURES
from cms_site.portal.models import ContentPage
from migrate.changes import FieldChange, lines_that_differ
from migrate.i18n import _
from migrate.records import Entry, Stored

_KEY = re.compile(r' data-block-key="[^"]*"')
"""What the editor calls a paragraph, otherwise each time."""
_MOST_LINES = 40
"""Of a body's differences: what is told of it."""
_COLUMNS = {
    "title": ("title", "draft_title"),
    "published": ("published_at", "published_has_time", "first_published_at"),
    "written_on": ("written_on",),
    "source": ("source",),
    "author": ("author",),
    "document_number": ("document_number",),
    "policy_head": ("index_no", "subject_class", "issuer", "subject_words", "validity", "effective_on", "repeal_on"),
    "body": ("body", "needs_tidying"),
    "attachments": ("attachments",),
}
"""Field of a record → the columns of a page that hold it; what tells it apart comes first."""


class Versions(NamedTuple):
    """One page three times: as import wrote it, as it is now, as the old site has it by now."""

    written: ContentPage | None
    """None where that revision was purged."""
    now: ContentPage
    new: ContentPage


def versions(page: ContentPage, row: Imported, entry: Entry, rendered: Rendered) -> Versions:
    """Return the versions of a page. Raises ValueError where the new one can't be written."""
    first = Revision.objects.filter(pk=row.revision_id).first()
    newest = page.get_latest_revision()
    new = type(page)()
    set_fields(new, entry, rendered)
    now = page.with_content_json(newest.content) if newest is not None else page
    return Versions(page.with_content_json(first.content) if first is not None else None, now, new)


def changes(old: ContentPage, new: ContentPage) -> Iterator[FieldChange]:
    """Yield the fields that differ."""
    for name in _COLUMNS:
        if not _differ(old, new, name):
            continue
        if name == "body":
            lines = tuple(lines_that_differ(_html(old), _html(new)))
            more = (_("… and {n} more lines").format(n=len(lines) - _MOST_LINES),) if len(lines) > _MOST_LINES else ()
            yield FieldChange(name, diff=lines[:_MOST_LINES] + more)
        else:
            yield FieldChange(name, _said(old, name), _said(new, name))


def told(found: Collection[FieldChange]) -> str:
    """Return differences as text, a line each."""
    lines = []
    for change in found:
        if change.field != "body":
            lines.append(f"{change.field}: {change.before or '—'} → {change.after or '—'}")
            continue
        lines += (
            [f"{change.field}:", *change.diff] if change.diff else [f"{change.field}: " + _("only the markup differs")]
        )
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of an edited page of which the old site has a new version."""

    stored: Stored
    taken: tuple[FieldChange, ...] = ()
    """Fields that follow the old site all the same."""
    left: tuple[FieldChange, ...] = ()
    """Fields that wait for a person."""
    versions: Versions | None = None


def outlook(row: Imported, entry: Entry, rendered: Rendered, overwrite: Collection[str]) -> Outlook:
    """Return what an import does with an edited page. Raises ValueError where the new version can't be written."""
    if row.page is None:
        return Outlook(Stored(entry.key, "edited", _("An editor deleted it; it is not created again.")))
    found = versions(row.page.specific, row, entry, rendered)
    missing = list(_missing(found, row))
    may = set() if entry.held or not missing else set(overwrite) - _editors_fields(found.now, row)
    taken = tuple(change for change in missing if change.field in may)
    left = tuple(change for change in missing if change.field not in may)
    status = ("partly" if left else "updated") if taken else ("edited" if left else "unchanged")
    return Outlook(Stored(entry.key, status, "\n".join(_said_of(entry, taken, left))), taken, left, found)


def _missing(found: Versions, row: Imported) -> Iterator[FieldChange]:
    """Yield what is new on the old site and not on the page: an editor's own change alone is none."""
    missing = list(changes(found.now, found.new))
    if found.written is None or not missing:
        yield from missing
        return
    changed = {change.field for change in changes(found.written, found.new)}
    # what followed the old site before may have to go back to what import wrote
    editors = _editors_fields(found.now, row) if {change.field for change in missing} - changed else frozenset()
    yield from (change for change in missing if change.field in changed or change.field not in editors)


def _said_of(entry: Entry, taken: Collection[FieldChange], left: Collection[FieldChange]) -> Iterator[str]:
    """Yield the lines that tell a person what was written of an edited page, and what was not."""
    if taken:
        yield _("An editor changed it; taken over from the old site:")
        yield told(taken)
    if left:
        yield _("This waits for a person:") if taken else _("An editor changed it; the old site's new version waits.")
        if entry.held:
            yield _("The new version is held: {reasons}").format(reasons=", ".join(entry.held))
        yield told(left)


def take_over(
    page: ContentPage, found: Versions, names: Collection[str], actor: AbstractBaseUser, *, publish: bool
) -> None:
    """Write fields of the new version into the page's newest one; with `publish` visitors see it if they saw that."""
    seen = page.live and page.latest_revision_id == page.live_revision_id
    for column in columns_of(names):
        if hasattr(found.new, column):
            setattr(found.now, column, getattr(found.new, column))
    found.now.save_revision(user=actor, log_action=True, clean=False)
    if seen and publish:
        publish_as_of(type(page).objects.get(pk=page.pk), page.last_published_at, actor)


def columns_of(names: Collection[str]) -> list[str]:
    """Return the columns of a page that hold these fields of a record."""
    return [column for name in names for column in _COLUMNS[name]]


def _editors_fields(page: ContentPage, row: Imported) -> frozenset[str]:
    """Return the fields that somebody else has changed since import wrote the page; all, where nobody knows."""
    ours = system_user().pk
    revisions = list(page.revisions.filter(pk__gte=row.revision_id or 0).order_by("pk"))
    if not revisions or revisions[0].pk != row.revision_id:
        return frozenset(_COLUMNS)
    found: set[str] = set()
    previous = page.with_content_json(revisions[0].content)
    for revision in revisions[1:]:
        version = page.with_content_json(revision.content)
        if revision.user_id != ours:
            found |= {name for name in _COLUMNS if _differ(previous, version, name)}
        previous = version
    return frozenset(found)


def _differ(one: ContentPage, other: ContentPage, name: str) -> bool:
    """Say whether a field differs. The editor writes all of a body anew with each save: that alone is no difference."""
    first, second = _value(one, name), _value(other, name)
    if first == second or name != "body" or not (_is_of_editor(first) or _is_of_editor(second)):
        return bool(first != second)
    return _as_saved(first) != _as_saved(second)


def _is_of_editor(blocks: list[Block]) -> bool:
    return any(block["type"] == "paragraph" and "data-block-key" in block["value"] for block in blocks)


def _as_saved(blocks: list[Block]) -> list[Block]:
    """Return blocks as they were if somebody opened them in the editor and saved them, without the keys of that."""
    editor = ContentstateConverter(RICH_TEXT_FEATURES)
    return [
        {**block, "value": _KEY.sub("", editor.to_database_format(editor.from_database_format(block["value"])))}
        if block["type"] == "paragraph"
        else block
        for block in blocks
    ]


def _value(page: ContentPage, name: str) -> Any:
    """Return what is compared of a field."""
    if name in ("body", "attachments"):
        return bare(getattr(page, name).get_prep_value())
    if name == "published":
        return page.published_at, page.published_has_time
    return tuple(getattr(page, column, "") for column in _COLUMNS[name][: None if name == "policy_head" else 1])


def bare(value: Any) -> Any:
    """Return blocks without the ids that Wagtail gives them."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if isinstance(value, dict):
        return {name: bare(item) for name, item in value.items() if name != "id" or not isinstance(item, str)}
    return value


def _said(page: ContentPage, name: str) -> str:
    """Return a field as a reader wants it."""
    if name == "attachments":
        return ", ".join(str(block["value"].get("title", "")) for block in bare(page.attachments.get_prep_value()))
    if name == "published":
        found = page.published_at
        if found is None:
            return ""
        return localtime(found, CHINA).strftime("%Y-%m-%d %H:%M" if page.published_has_time else "%Y-%m-%d")
    return " ".join(str(value) for value in _value(page, name) if value)


def _html(page: ContentPage) -> str:
    """Return a body as HTML, pictures as their texts."""
    parts = []
    for block in page.body.get_prep_value():
        value = block["value"]
        if isinstance(value, dict):
            value = f"<p>[{escape(str(value.get('alt') or value.get('caption') or value.get('image') or ''))}]</p>"
        parts.append(str(value))
    return "".join(parts)
