"""Entries with content → pages. First placed (so that links between them can become ids), then filled and published.

A page that an editor touched after import is never overwritten: its latest revision is no longer the one import wrote.
"""

import re
from datetime import date, datetime, time
from html import unescape
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, Site

from cms_site.legacy.body import Block, Body, to_blocks
from cms_site.legacy.intake.links import LinkTable
from cms_site.legacy.intake.receipts import ReceiptBook, values
from cms_site.legacy.intake.sites import require_page, system_user
from cms_site.legacy.models import Imported, OldSite
from cms_site.portal.models import ArticlePage, ContentPage, PolicyPage
from migrate.config import UNDECIDED_COLUMN, PortalConfig
from migrate.i18n import _
from migrate.records import Content, Entry, Outcome, Stored, fingerprint, to_json

CHINA = ZoneInfo("Asia/Shanghai")
_HEAD = ("index_no", "subject_class", "issuer", "subject_words", "validity")
_URL = re.compile(r'(?:href|src)="([^"]+)"')


class PageWriter:
    """Writes one site's pages, batch by batch; `publish` says whether clean ones go live."""

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
        """Create an empty, unpublished page with its `Imported` row for each entry that has none yet."""
        known = set(self._imported(entries))
        for entry in entries:
            if entry.key in known:
                continue
            column = require_page(self._column_path(entry))
            page = self._page_type(entry)(
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
        links = LinkTable()
        links.load(url for entry in entries if entry.content for url in _urls(entry.content))
        return [self._fill(entry, imported[entry.key], links, relink=relink) for entry in entries]

    def _imported(self, entries: list[Entry]) -> dict[str, Imported]:
        rows = Imported.objects.filter(site=self._site, source_key__in=[entry.key for entry in entries])
        return {row.source_key: row for row in rows.select_related("page")}

    def _fill(self, entry: Entry, imported: Imported, links: LinkTable, *, relink: bool) -> Stored:
        if imported.page is None:
            return Stored(entry.key, "edited", _("An editor deleted the page; it is not created again."))
        page = imported.page.specific
        first = imported.revision_id is None
        if page.latest_revision_id != imported.revision_id or page.live != (imported.state == "live"):
            return Stored(entry.key, "edited", _("An editor changed the page; the old site's new version waits."))
        body = _body(entry, links)
        if relink and body.unresolved == imported.unresolved:
            return Stored(entry.key, "unchanged")
        before = values(imported) | {"live": page.live}
        unchanged = not first and not relink and imported.content_hash == entry.content_hash
        if not unchanged:
            self._move(page, entry, imported)
            _set_fields(page, entry, body)
            page.attachments = to_json(_attachments(entry, links))
            page.save_revision(user=self._actor, log_action=True, clean=False)
        self._set_live(page, entry)
        self._remember(entry, imported, body, page)
        if not first:
            self._book.updated(imported, before)
        return Stored(entry.key, "created" if first else "updated")

    def _move(self, page: Page, entry: Entry, imported: Imported) -> None:
        """Follow a mapping that now names another column, unless an editor has moved the page elsewhere."""
        wanted = require_page(self._column_path(entry))
        parent = page.get_parent()
        if imported.column_id == parent.pk != wanted.pk:
            page.slug = free_slug(entry.key, wanted)
            page.save(update_fields=["slug"])
            # The import's user may do nothing in the admin; that a column was ruled is permission enough.
            MovePageAction(page, wanted, pos="last-child", user=self._actor).execute(skip_permission_checks=True)
            page.refresh_from_db()
            imported.column = wanted

    def _set_live(self, page: Page, entry: Entry) -> None:
        live = self.wants_live(entry)
        if live:
            published = page.published_at
            Page.objects.filter(pk=page.pk).update(first_published_at=published)
            page.first_published_at = published
            page.get_latest_revision().publish(user=self._actor, skip_permission_checks=True)
            Page.objects.filter(pk=page.pk).update(last_published_at=published or timezone.now())
        elif page.live and entry.held:
            UnpublishPageAction(page, user=self._actor).execute(skip_permission_checks=True)

    def _remember(self, entry: Entry, imported: Imported, body: Body, page: Page) -> None:
        imported.content_hash = entry.content_hash
        imported.state = "live" if self.wants_live(entry) else "draft"
        imported.revision_id = Page.objects.values_list("latest_revision_id", flat=True).get(pk=page.pk)
        imported.held = list(entry.held)
        imported.unresolved = body.unresolved
        imported.evidence = _evidence(entry)
        imported.save()

    def _column_path(self, entry: Entry) -> str:
        if entry.outcome == Outcome.MOVE and entry.target:
            return entry.target
        return f"{self._site.channel.url_path.removeprefix(_root_path())}{UNDECIDED_COLUMN}/"

    def _page_type(self, entry: Entry) -> type[ContentPage]:
        template = self._portal.templates.get(entry.template)
        return PolicyPage if template is not None and template.page == "policy" else ArticlePage


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


def _body(entry: Entry, links: LinkTable) -> Body:
    assert entry.content is not None
    return to_blocks(entry.content.body, links.resolve, links.is_old)


def _attachments(entry: Entry, links: LinkTable) -> list[Block]:
    assert entry.content is not None
    blocks: list[Block] = []
    for link in entry.content.attachments:
        reference = links.resolve(link.url)
        if reference is not None and reference.kind == "document":
            blocks.append({"type": "document", "value": {"document": reference.id, "title": link.name[:255]}})
    return blocks


def _set_fields(page: ContentPage, entry: Entry, body: Body) -> None:
    content = entry.content
    assert content is not None
    page.title = page.draft_title = page_title(entry)
    page.published_at, page.published_has_time = moment(content.published)
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
    assert entry.content is not None
    return {
        name: {"value": field.value, "origin": field.origin, "confidence": field.confidence}
        for name, field in entry.content.evidence.items()
    }
