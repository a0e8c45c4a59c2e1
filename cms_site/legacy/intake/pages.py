"""Entries with content → pages. First placed (so that links between them can become ids), then filled and published.

A page that an editor touched after import is never overwritten: its latest revision is no longer the one import wrote.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from html import escape, unescape
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, ReferenceIndex, Site

from cms_site.legacy.body import Block, Body, to_blocks
from cms_site.legacy.intake.links import LinkTable
from cms_site.legacy.intake.receipts import IMPORTED, PAGE, ReceiptBook, values
from cms_site.legacy.intake.sites import page_at, system_user
from cms_site.legacy.models import Imported, OldSite
from cms_site.legacy.references import file_name
from cms_site.portal.models import ArticlePage, ColumnPage, ContentPage, PolicyPage
from migrate.config import UNDECIDED_COLUMN, PortalConfig
from migrate.i18n import _
from migrate.records import Content, Entry, FileLink, Outcome, Stored, fingerprint, to_json

CHINA = ZoneInfo("Asia/Shanghai")
_HEAD = ("index_no", "subject_class", "issuer", "subject_words", "validity")
_URL = re.compile(r'(?:href|src)="([^"]+)"')


class PageWriter:
    """Writes one site's pages, batch by batch; `publish` says whether clean ones go live."""

    hosts: frozenset[str] = frozenset()
    """Host names of all sites that are to move: links to one that has not come yet stay open."""

    def __init__(self, site: OldSite, portal: PortalConfig, book: ReceiptBook, *, publish: bool) -> None:
        self._site = site
        self._portal = portal
        self._book = book
        self._publish = publish
        self._actor = system_user()

    def wants_live(self, entry: Entry) -> bool:
        """Say whether the entry's page should be live after this import."""
        return self._publish and entry.outcome == Outcome.MOVE and not entry.held

    @transaction.atomic
    def place(self, entries: list[Entry]) -> None:
        """Create an empty, unpublished page with its `Imported` row for each entry that has none yet.

        Where there is no column for it, nothing is created; `fill` says so.
        """
        known = set(self._imported(entries))
        for entry in entries:
            if entry.key in known or (column := self._column(entry)) is None:
                continue
            page = self._page_type(entry, column)(
                title=page_title(entry), slug=free_slug(entry.key, column), live=False, owner=self._actor
            )
            column.add_child(instance=page)
            imported = Imported.objects.create(
                site=self._site, source_key=entry.key, state="draft", page=page, column=column
            )
            self._book.created(page, imported)

    @transaction.atomic
    def fill(self, entries: list[Entry], *, relink: bool = False) -> list[Stored]:
        """Write fields, body, one revision, and publish what may be live. `relink`: only bodies with open links."""
        imported = self._imported(entries)
        links = LinkTable(self.hosts)
        links.load(url for entry in entries if entry.content for url in _urls(entry.content))
        return [self._try(entry, imported.get(entry.key), links, relink=relink) for entry in entries]

    @transaction.atomic
    def retire(self, entries: list[Entry]) -> list[Stored]:
        """Take pages offline whose address is gone, archived or redirected by now; those that people touched stay."""
        rows = self._imported(entries)
        return [self._retire(entry, rows[entry.key]) for entry in entries if entry.key in rows]

    def _retire(self, entry: Entry, row: Imported) -> Stored:
        message = _("Imported earlier; by now it is: {outcome}.").format(outcome=entry.outcome)
        if row.page is None or (row.touched and not row.page.live):
            return Stored(entry.key, "leftover" if row.image_id else "unchanged", message)
        self._reopen_links(row)
        if row.touched:
            return Stored(entry.key, "leftover", message)
        if not row.page.live:
            return Stored(entry.key, "unchanged")
        before = values(row, IMPORTED) | {"page": values(row.page, PAGE), "parent": row.page.get_parent().pk}
        UnpublishPageAction(row.page.specific, user=self._actor).execute(skip_permission_checks=True)
        row.state = "draft"
        row.save()
        self._book.updated(row, before)
        return Stored(entry.key, "unpublished", message)

    def _reopen_links(self, target: Imported) -> None:
        """Have the next relinking write all bodies anew that lead to a page, on any site.

        Its address is noted twice among their open links, so that they differ from whatever a body then has.
        """
        references = ReferenceIndex.get_references_to(target.page).filter(base_content_type__model="page")
        numbers = [int(number) for number in references.values_list("object_id", flat=True)]
        for row in Imported.objects.filter(page_id__in=numbers).select_related("page"):
            if not row.touched and row.unresolved.count(target.source_key) < 2:
                before = values(row, IMPORTED)
                row.unresolved = [*row.unresolved, target.source_key, target.source_key]
                row.save()
                self._book.updated(row, before)

    def _imported(self, entries: list[Entry]) -> dict[str, Imported]:
        rows = Imported.objects.filter(site=self._site, source_key__in=[entry.key for entry in entries])
        return {row.source_key: row for row in rows.select_related("page")}

    def _try(self, entry: Entry, imported: Imported | None, links: LinkTable, *, relink: bool) -> Stored:
        """Write one page, or say why not: one that can't be written must not stop the others."""
        try:
            with transaction.atomic():
                return self._fill(entry, imported, links, relink=relink)
        except (ValidationError, ValueError, DataError) as error:
            return Stored(entry.key, "failed", _("The page can't be written: {error}").format(error=error))

    def _fill(self, entry: Entry, imported: Imported | None, links: LinkTable, *, relink: bool) -> Stored:
        column = self._column(entry)
        if column is None or imported is None:
            message = _("The portal has no column at {path}. Build its columns: shangyi cms build")
            return Stored(entry.key, "failed", message.format(path=self._column_path(entry)))
        if imported.page is None:
            return Stored(entry.key, "edited", _("An editor deleted it; it is not created again."))
        new = to_blocks(_content(entry).body, links.resolve, links.is_old)
        attachments = attach(_content(entry).attachments, links, new)
        if relink and new.unresolved == imported.unresolved:
            return Stored(entry.key, "unchanged")
        if imported.touched:
            return Stored(entry.key, "edited", _("An editor changed it; the old site's new version waits."))
        page = imported.page.specific
        if not isinstance(page, self._page_type(entry, column)):
            message = _("{path} holds pages of another kind: move it there by hand, as a new page.")
            return Stored(entry.key, "failed", message.format(path=self._column_path(entry)))
        first = imported.revision_id is None
        before = values(imported, IMPORTED) | {"page": values(page, PAGE), "parent": page.get_parent().pk}
        if first or relink or imported.content_hash != entry.content_hash:
            self._move(page, entry, imported, column)
            _set_fields(page, entry, new)
            page.attachments = to_json(attachments)
            page.save_revision(user=self._actor, log_action=True, clean=False)
        self._set_live(page, entry)
        self._remember(entry, imported, new.unresolved)
        if not first:
            self._book.updated(imported, before)
        return Stored(entry.key, "created" if first else "updated")

    def _move(self, page: Page, entry: Entry, imported: Imported, column: ColumnPage) -> None:
        """Follow a mapping that now names another column, unless an editor has moved the page elsewhere."""
        if imported.column_id == page.get_parent().pk != column.pk:
            move_page(page, column, entry.key)
            imported.column = column

    def _set_live(self, page: Page, entry: Entry) -> None:
        if self.wants_live(entry):
            published, _has_time = moment(_content(entry).published)
            publish_as_of(page, published, self._actor)
        elif page.live and (entry.held or entry.outcome != Outcome.MOVE):
            UnpublishPageAction(page, user=self._actor).execute(skip_permission_checks=True)

    def _remember(self, entry: Entry, imported: Imported, unresolved: list[str]) -> None:
        live, revision = Page.objects.values_list("live", "latest_revision_id").get(pk=imported.page_id)
        imported.content_hash = entry.content_hash
        imported.state = "live" if live else "draft"
        imported.revision_id = revision
        imported.held = list(entry.held)
        imported.unresolved = unresolved
        imported.evidence = _evidence(entry)
        imported.save()

    def _column_path(self, entry: Entry) -> str:
        if entry.outcome == Outcome.MOVE and entry.target:
            return entry.target
        return f"{self._site.channel.url_path.removeprefix(_root_path())}{UNDECIDED_COLUMN}/"

    def _column(self, entry: Entry) -> ColumnPage | None:
        page = page_at(self._column_path(entry))
        column = page.specific if page is not None else None
        return column if isinstance(column, ColumnPage) else None

    def _page_type(self, entry: Entry, column: ColumnPage) -> type[ContentPage]:
        if not column.hidden:
            return column.content_model
        template = self._portal.templates.get(entry.template)
        return PolicyPage if template is not None and template.page == "policy" else ArticlePage


def publish_as_of(page: Page, published: datetime | None, actor: AbstractBaseUser) -> None:
    """Publish a page's latest revision with the old site's time of publication; without one, Wagtail takes now."""
    page.get_latest_revision().publish(user=actor, skip_permission_checks=True)
    if published is not None:
        Page.objects.filter(pk=page.pk).update(last_published_at=published)


def move_page(page: Page, column: Page, key: str) -> None:
    """Move a page into another column. It keeps its slug unless another page has that there."""
    if column.get_children().filter(slug=page.slug).exists():
        page.slug = f"{slug_of(key)}-{fingerprint(key)[7:15]}"
        page.save(update_fields=["slug", "url_path"], clean=False)
    MovePageAction(page, column, pos="last-child", user=system_user()).execute(skip_permission_checks=True)
    page.refresh_from_db()


def _root_path() -> str:
    return Site.objects.get(is_default_site=True).root_page.url_path


def page_title(entry: Entry) -> str:
    """Return the page's title, never empty, at most 255 characters."""
    return (entry.title or urlsplit(entry.key).path.rsplit("/", 1)[-1] or entry.key)[:255]


def slug_of(key: str) -> str:
    """Return a short stable slug from an old address: its own number or name, e.g. `t20180402_729635`, `show-101`."""
    parts = urlsplit(key)
    names = [name for name in parts.path.split("/") if name]
    stem = (names[-1] if names else "home").rpartition(".")[0] or (names[-1] if names else "home")
    text = "-".join([stem, *(value for _name, value in parse_qsl(parts.query))])
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:60] or fingerprint(key)[7:19]


def free_slug(key: str, parent: Page) -> str:
    """Return the slug of an old address, made unique among its siblings with part of the address's digest."""
    slug = slug_of(key)
    if not parent.get_children().filter(slug=slug).exists():
        return slug
    return f"{slug}-{fingerprint(key)[7:15]}"


def _urls(content: Content) -> set[str]:
    urls = {unescape(url) for url in _URL.findall(content.body)}
    return urls | {link.url for link in (*content.attachments, *content.images)}


def _content(entry: Entry) -> Content:
    assert entry.content is not None
    return entry.content


def attach(links: Iterable[FileLink], table: LinkTable, body: Body) -> list[Block]:
    """Return the attachment blocks. What is no document of the portal ends the body as a line, if it is not in it."""
    blocks: list[Block] = []
    written = to_json(body.blocks)
    for link in links:
        reference = table.resolve(link.url)
        name = (link.name or file_name(link.url))[:255]
        if reference is not None and reference.kind == "document":
            blocks.append({"type": "document", "value": {"document": reference.id, "title": name}})
            continue
        old = table.is_old(link.url)
        if reference is None and old and link.url not in body.unresolved:
            body.unresolved.append(link.url)
        url = escape(reference.url if reference is not None else "" if old else link.url)
        text = escape(name, quote=False)
        if (url or text) not in written:
            line = f'<p><a href="{url}">{text}</a></p>' if url else f"<p>{text}</p>"
            body.blocks.append({"type": "paragraph", "value": line})
    return blocks


def _set_fields(page: ContentPage, entry: Entry, body: Body) -> None:
    content = _content(entry)
    page.title = page.draft_title = page_title(entry)
    page.published_at, page.published_has_time = moment(content.published)
    page.first_published_at = page.published_at  # goes into the revision: it holds whoever publishes that
    page.written_on = date.fromisoformat(content.written_on[:10]) if content.written_on else None
    page.source, page.author = content.source[:200], content.author[:100]
    page.document_number = content.document_number[:120]
    page.body = to_json(body.blocks)
    page.needs_tidying = body.needs_tidying
    if isinstance(page, PolicyPage):
        for name in _HEAD:
            field = page._meta.get_field(name)
            setattr(page, name, content.policy_head.get(name, "")[: field.max_length])


def moment(text: str) -> tuple[datetime | None, bool]:
    """Return an ISO date or local date-time as an aware time in China, and whether it had a time of day."""
    if not text:
        return None, False
    if len(text) <= 10:
        return datetime.combine(date.fromisoformat(text), time(), CHINA), False
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=CHINA)), True


def _evidence(entry: Entry) -> dict[str, dict[str, object]]:
    return {
        name: {"value": field.value, "origin": field.origin, "confidence": field.confidence}
        for name, field in _content(entry).evidence.items()
    }
