"""The judge of import: the same entries written as an editor's program would, page by page, by Wagtail's own methods.

`Page.add_child` with the whole content, `save_revision`, `publish`; nothing of `cms_site.legacy.intake`. What HTML
becomes (`to_blocks`) and the day of first publication are the same rules as import's: they are not what is judged.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Page

from cms_site.legacy.body import to_blocks
from cms_site.legacy.references import Reference
from cms_site.portal.models import ArticlePage, ColumnPage, ContentPage, LetterPage, PolicyPage
from migrate.masking import masked, names_in
from migrate.records import Content, Entry, FileItem, Kind, Outcome
from migrate.urls import host_of
from tests.importer.synthetic import OWN_FIELDS

CHINA = ZoneInfo("Asia/Shanghai")
_FIELDS = ("source", "author", "document_number")


class Naive:
    """Writes the files and then the pages of one site; `held` is where files of held pages lie."""

    def __init__(self, host: str, channel: str, actor: Any, held: Collection | None = None) -> None:
        self._host = host_of(host)
        self._channel = channel
        self._actor = actor
        self._held = held
        self._columns: dict[str, ColumnPage] = {}
        self._known: dict[str, Reference] = {}

    def write_files(self, items: Iterable[FileItem]) -> None:
        """Store pictures and documents, as the upload forms of the admin do."""
        for item in items:
            name = item.entry.name
            file = ContentFile(b"".join(item.pieces()), name)
            if item.entry.kind == Kind.IMAGE:
                image = get_image_model()(title=name, file=file)
                if item.entry.held:
                    image.collection = self._held
                image._set_image_file_metadata()
                image.save()
                self._known[item.entry.key] = Reference("image", image.pk, image.file.url)
            else:
                document = get_document_model()(title=name, file=file)
                if item.entry.held:
                    document.collection = self._held
                document._set_document_file_metadata()
                document.save()
                self._known[item.entry.key] = Reference("document", document.pk, document.url)

    def know(self, files: Mapping[str, Reference]) -> None:
        """Take over files that are stored already."""
        self._known.update(files)

    def write_pages(self, entries: Iterable[Entry], *, publish: bool = True) -> None:
        """Write pages in the order of their keys.

        Links lead to pages that are not there yet, too. Their numbers are those that follow the first page's, which
        therefore must not link itself.
        """
        ordered = sorted(entries, key=lambda entry: entry.key)
        for place, entry in enumerate(ordered):
            page = self._write(entry, live=publish and entry.outcome == Outcome.MOVE and not entry.held)
            if place == 0:
                numbers = {e.key: Reference("page", page.pk + n) for n, e in enumerate(ordered)}
                self._known.update(numbers)
            assert self._known[entry.key].id == page.pk, "another program writes pages meanwhile"

    def _write(self, entry: Entry, *, live: bool) -> Page:
        column = self._column(entry)
        page = self._page(entry, column)
        column.add_child(instance=page)
        published = _moment(entry.published)
        page.first_published_at = published  # Wagtail keeps the revision's where it has one (with_content_json)
        page.save_revision(user=self._actor, log_action=True)
        if live:
            page.get_latest_revision().publish(user=self._actor, skip_permission_checks=True)
            if published:
                Page.objects.filter(pk=page.pk).update(last_published_at=published)
        return page

    def _page(self, entry: Entry, column: ColumnPage) -> ContentPage:
        content = entry.content
        assert content is not None
        model = column.content_model
        if column.hidden:
            model = PolicyPage if entry.template == "policy_file" else ArticlePage
        body = to_blocks(content.body, self._known.get, lambda url: host_of(url) == self._host)
        more: dict[str, Any] = {name: getattr(content, name) for name in _FIELDS}
        if model is PolicyPage:
            more |= content.policy_head
        elif model is LetterPage:
            names = names_in((content.body,))
            body.blocks = [
                {**block, "value": masked(block["value"], names)} if isinstance(block["value"], str) else block
                for block in body.blocks
            ]
            more["author"] = ""
        if model not in (ArticlePage, PolicyPage):
            more |= OWN_FIELDS[int(entry.key[-11:-5])][3]
        return model(
            title=content.title,
            slug=urlsplit(entry.key).path.rsplit("/", 1)[-1].removesuffix(".html"),
            live=False,
            owner=self._actor,
            published_at=_moment(content.published),
            published_has_time="T" in content.published,
            written_on=date.fromisoformat(content.written_on) if content.written_on else None,
            body=body.blocks,
            attachments=self._attachments(content),
            needs_tidying=body.needs_tidying,
            **more,
        )

    def _attachments(self, content: Content) -> list[dict[str, Any]]:
        return [
            {"type": "document", "value": {"document": self._known[link.url].id, "title": link.name}}
            for link in content.attachments
        ]

    def _column(self, entry: Entry) -> ColumnPage:
        path = entry.target or f"{self._channel}undecided/"
        if path not in self._columns:
            self._columns[path] = ColumnPage.objects.get(url_path=f"/portal{path}")
        return self._columns[path]


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA) if text else None


def system_user() -> Any:
    """Return the user in whose name import writes; without a password, as import makes it."""
    user, _created = get_user_model().objects.get_or_create(username="shangyi", defaults={"is_active": False})
    return user


def stored_files(rows: Iterable[Any]) -> dict[str, Reference]:
    """Return key → reference of what an import has stored (rows of `Imported`)."""
    found = {}
    for row in rows:
        if row.image is not None:
            found[row.source_key] = Reference("image", row.image_id, row.image.file.url)
        elif row.document is not None:
            found[row.source_key] = Reference("document", row.document_id, row.document.url)
    return found
