"""Entries → `OldUrl` rows: every address of the site gets one, and only rows that differ are written."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime

from cms_site.legacy.addresses import page_at
from cms_site.legacy.body import plain_text
from cms_site.legacy.intake.receipts import ReceiptBook, values
from cms_site.legacy.models import Imported, OldSite, OldUrl
from cms_site.legacy.redirects import lead
from cms_site.legacy.rows import insert_rows, update_rows
from cms_site.portal.models import LetterPage
from migrate.masking import is_signed, masked, names_in
from migrate.records import Entry, Kind, Outcome
from migrate.ruled import RuledEntry

_WRITTEN = (
    "url", "kind", "outcome", "reason", "rule", "imported_id", "target_id", "target_url", "follows_id", "title", "text",
    "column", "year", "media_type", "warc_file", "warc_offset", "digest", "captured_at", "held",
)  # fmt: skip
_RULED = ("outcome", "reason", "rule", "imported_id", "target_id", "follows_id")
"""What a decision alone changes at an address that the old site names no more."""


class OldUrlWriter:
    """Writes one site's old URLs, batch by batch."""

    def __init__(self, site: OldSite, book: ReceiptBook) -> None:
        self._site = site
        self._book = book
        self._targets: dict[str, tuple[int | None, str, int | None]] = {}

    @transaction.atomic
    def write(self, batch: list[tuple[Entry, str]]) -> int:
        """Create or update the rows of a batch of (entry, time of capture, ISO); return how many were written.

        Reposted notices have none: the portal does not answer for where they come from.
        """
        if self._site.is_policy:
            return 0
        keys = [entry.key for entry, _captured in batch] + [
            entry.follows for entry, _captured in batch if entry.follows
        ]
        rows = {row.canonical: row for row in OldUrl.objects.filter(site=self._site, canonical__in=keys)}
        things = Imported.objects.filter(site=self._site, source_key__in=keys)
        imported, letters = {}, set()
        for key, number, kind in things.values_list("source_key", "pk", "page__content_type__model"):
            imported[key] = number
            if kind == LetterPage._meta.model_name:
                letters.add(key)
        new: list[dict[str, object]] = []
        changed: list[tuple[OldUrl, dict[str, object]]] = []
        for entry, captured in batch:
            wanted = self._values(entry, captured, imported, rows)
            if entry.key in letters or is_signed(wanted["text"]):
                wanted |= _without_names(entry, wanted["title"], wanted["text"])
            row = rows.get(entry.key)
            if row is not None and entry.kind == Kind.OTHER and not entry.warc_file and row.warc_file:
                wanted = {name: wanted[name] for name in _RULED}  # its entry is gone, its copy is not
            if row is None:
                new.append({"canonical": entry.key, **wanted})
            elif any(getattr(row, name) != value for name, value in wanted.items()):
                before = values(row, _WRITTEN)
                for name, value in wanted.items():
                    setattr(row, name, value)
                changed.append((row, before))
        update_rows(OldUrl, [row for row, _before in changed], _WRITTEN)
        self._book.updated_all(changed)
        created = insert_rows(OldUrl, new, {"site_id": self._site.pk})
        self._book.created_rows("oldurl", created)
        return len(created) + len(changed)

    def _values(self, entry: Entry, captured: str, imported: dict[str, int], rows: dict[str, OldUrl]) -> dict[str, Any]:
        archived = entry.outcome == Outcome.ARCHIVE and entry.content is not None
        target, target_url, leads_on = self._target(entry)
        follows = rows.get(entry.follows)
        found: dict[str, Any] = {
            "url": entry.url[:2200],
            "kind": entry.kind.value,
            "outcome": entry.outcome.value,
            "reason": entry.reason[:500],
            "rule": entry.rule[:200],
            "imported_id": imported.get(entry.key),
            "target_id": target,
            "target_url": target_url,
            "follows_id": (follows.follows_id or follows.pk) if follows else leads_on,
            "title": (entry.title or entry.name)[:500],
            "text": plain_text(entry.content.body) if archived and entry.content else "",
            "column": entry.column[:200],
            "year": int(entry.published[:4]) if entry.published[:4].isdigit() else None,
            "media_type": entry.media_type[:100],
            "warc_file": entry.warc_file,
            "warc_offset": entry.warc_offset if entry.warc_offset >= 0 else None,
            "digest": entry.digest,
            "captured_at": _time(captured),
            "held": [*entry.held, *(entry.masked if isinstance(entry, RuledEntry) else ())],
        }
        assert found.keys() == set(_WRITTEN)
        return found

    @transaction.atomic
    def fold(self) -> None:
        """Have rows that follow one that itself follows another lead to the last one, whatever was written first."""
        chained = OldUrl.objects.filter(site=self._site, follows__follows__isnull=False)
        for row in chained.select_related("follows").defer("text", "follows__text"):
            if row.follows.follows_id not in (row.pk, row.follows_id):  # a circle is told of by the nightly look
                before = values(row, _WRITTEN)
                row.follows_id = row.follows.follows_id
                update_rows(OldUrl, [row], ["follows_id"])
                self._book.updated_all([(row, before)])

    def _target(self, entry: Entry) -> tuple[int | None, str, int | None]:
        """Return (page, address that is no page, old URL to follow) of a redirect: a path in the portal is a page's."""
        if entry.outcome != Outcome.REDIRECT or not entry.target:
            return None, "", None
        if entry.target not in self._targets:
            if entry.target.startswith("/"):
                page = page_at(entry.target)
                self._targets[entry.target] = (page.pk if page else None, "", None)
            else:
                self._targets[entry.target] = lead(self._site, entry.target)
        return self._targets[entry.target]


def _without_names(entry: Entry, title: str, text: str) -> dict[str, object]:
    """Return title and text of a letter as its page has them: who wrote it, and numbers, are masked."""
    body = entry.content.body if entry.content is not None else ""
    names = names_in((entry.title, body, text))
    return {"title": masked(title, names)[:500], "text": masked(text, names)}


def _time(iso: str) -> datetime | None:
    return parse_datetime(iso) if iso else None
