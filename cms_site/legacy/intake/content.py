"""What an entry's fields become on a page: title, slug, body, attachments, dates, the policy head, evidence."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import DataError
from wagtail.models import Page

from cms_site.legacy.body import Block, Body, to_blocks
from cms_site.legacy.intake.labelled import own_fields
from cms_site.legacy.intake.links import LinkTable
from cms_site.legacy.references import file_name, quoted
from cms_site.portal.models import ContentPage, LetterPage, PolicyPage
from migrate.i18n import _
from migrate.masking import masked, names_in
from migrate.records import Content, Entry, FileLink, Stored, fingerprint, to_json

UNWRITABLE = (ValidationError, ValueError, DataError)
"""What a page that can't be written ends with; it must not stop the others."""
CHINA = ZoneInfo("Asia/Shanghai")
_HEAD = ("index_no", "subject_class", "issuer", "subject_words", "validity")
_DAYS = ("effective_on", "repeal_on")
_URL = re.compile(r'(?:href|src)="([^"]+)"')


def page_title(entry: Entry, page_type: type[Page]) -> str:
    """Return the title of the page, never empty, at most 255 characters; of a letter with names masked."""
    title = entry.title or urlsplit(entry.key).path.rsplit("/", 1)[-1] or entry.key
    return (masked(title, _names(entry)) if issubclass(page_type, LetterPage) else title)[:255]


def _names(entry: Entry) -> set[str]:
    return names_in((entry.title, content_of(entry).body))


def slug_of(key: str) -> str:
    """Return a short stable slug from an old address: its own number or name, e.g. `t20180402_729635`, `show-101`."""
    parts = urlsplit(key)
    names = [name for name in parts.path.split("/") if name]
    stem = (names[-1] if names else "home").rpartition(".")[0] or (names[-1] if names else "home")
    text = "-".join([stem, *(value for _name, value in parse_qsl(parts.query))])
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:60] or fingerprint(key)[7:19]


def free_slugs(keys: list[str], parent: Page) -> list[str]:
    """Return the slugs of old addresses, made unique among themselves and their siblings with part of the digest."""
    wanted = [slug_of(key) for key in keys]
    taken = set(parent.get_children().filter(slug__in=set(wanted)).values_list("slug", flat=True))
    slugs = []
    for key, slug in zip(keys, wanted, strict=True):
        free = f"{slug}-{fingerprint(key)[7:15]}" if slug in taken else slug
        taken.add(free)
        slugs.append(free)
    return slugs


def urls_of(content: Content) -> set[str]:
    """Return all addresses that a content names."""
    return urls_in(content.body) | {link.url for link in (*content.attachments, *content.images)}


def urls_in(body: str) -> set[str]:
    """Return all addresses that a body names."""
    return {unescape(url) for url in _URL.findall(body)}


def content_of(entry: Entry) -> Content:
    """Return the content of an entry that is a page."""
    assert entry.content is not None
    return entry.content


def _attach(links: Sequence[FileLink], table: LinkTable, body: Body) -> list[Block]:
    """Return the attachment blocks. What is no document of the portal ends the body as a line, if it is not in it."""
    blocks: list[Block] = []
    written = to_json(body.blocks) if links else ""
    for link in links:
        reference = table.resolve(link.url)
        name = (link.name or file_name(link.url))[:255]
        if reference is not None and reference.kind == "document":
            blocks.append({"type": "document", "value": {"document": reference.id, "title": name}})
            continue
        old = table.is_old(link.url)
        if reference is None and old and link.url not in body.unresolved:
            body.unresolved.append(link.url)
        url = quoted(reference.url if reference is not None else "" if old else link.url)
        text = escape(name, quote=False)
        if (url or text) not in written:
            line = f'<p><a href="{url}">{text}</a></p>' if url else f"<p>{text}</p>"
            body.blocks.append({"type": "paragraph", "value": line})
    return blocks


class Rendered(NamedTuple):
    """What an entry's content becomes on a page."""

    body: Body
    attachments: list[Block]

    @property
    def unresolved(self) -> list[str]:
        """Return the old addresses that led nowhere yet."""
        return self.body.unresolved


def render(entry: Entry, links: LinkTable) -> Rendered:
    """Return body and attachments of an entry, its links looked up in a table that has loaded them."""
    content = content_of(entry)
    return render_parts(content.body, content.attachments, links)


def render_parts(body: str, attachments: Sequence[FileLink], links: LinkTable) -> Rendered:
    """Return what a body and its files become, their links looked up in a table that has loaded them."""
    blocks = to_blocks(body, links.resolve, links.is_old)
    return Rendered(blocks, _attach(attachments, links, blocks))


def set_fields(page: ContentPage, entry: Entry, rendered: Rendered) -> None:
    """Set a page's fields as the old site had them; the rendered blocks are the page's from then on.

    Raises ValueError where a date is none.
    """
    content = content_of(entry)
    blocks = rendered.body.blocks
    page.title = page.draft_title = page_title(entry, type(page))
    page.published_at, page.published_has_time = moment(content.published)
    page.first_published_at = page.published_at  # goes into the revision: it holds whoever publishes that
    page.written_on = _day(content.written_on)
    page.source, page.author = content.source[:200], content.author[:100]
    page.document_number = content.document_number[:120]
    if isinstance(page, LetterPage):
        names = _names(entry)
        blocks = [_masked_block(block, names) for block in blocks]
        page.source, page.author = masked(page.source, names), ""
    page.body, page.attachments = blocks, rendered.attachments
    page.needs_tidying = rendered.body.needs_tidying
    if isinstance(page, PolicyPage):
        for name in _HEAD:
            field = page._meta.get_field(name)
            setattr(page, name, content.policy_head.get(name, "")[: field.max_length])
        page.effective_on, page.repeal_on = (_day(content.policy_head.get(name, "")) for name in _DAYS)
    for name, value in own_fields(type(page), page.title, blocks).items():
        setattr(page, name, value)


def unwritable(entry: Entry, error: Exception) -> Stored:
    """Return what becomes of an entry whose page can't be written."""
    return Stored(entry.key, "failed", _("The page can't be written: {error}").format(error=error))


def require_days(entry: Entry, page_type: type[Page]) -> None:
    """Raise ValueError where a page can't be written because a date of it is none."""
    content = content_of(entry)
    moment(content.published)
    _day(content.written_on)
    for name in _DAYS if issubclass(page_type, PolicyPage) else ():
        _day(content.policy_head.get(name, ""))


def _day(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _masked_block(block: Block, names: set[str]) -> Block:
    value = block["value"]
    if isinstance(value, str):
        return {**block, "value": masked(value, names)}
    return {**block, "value": {key: masked(v, names) if isinstance(v, str) else v for key, v in value.items()}}


def moment(text: str) -> tuple[datetime | None, bool]:
    """Return an ISO date or local date-time as an aware time in China, and whether it had a time of day."""
    if not text:
        return None, False
    if len(text) <= 10:
        return datetime.combine(date.fromisoformat(text), time(), CHINA), False
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=CHINA)), True


def evidence_of(entry: Entry, page: Page) -> dict[str, dict[str, object]]:
    """Return field → value, origin and confidence, as JSON-able data; of a letter with names masked."""
    letter = issubclass(page.specific_class, LetterPage)
    names = _names(entry) | {content_of(entry).author} - {""} if letter else set()
    return {
        name: {
            "value": masked(field.value, names) if letter and name != "published" else field.value,
            "origin": field.origin,
            "confidence": field.confidence,
        }
        for name, field in content_of(entry).evidence.items()
    }
