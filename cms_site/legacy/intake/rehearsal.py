"""What an import would find and do. Each method writes what it must and undoes it before it returns."""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from django.db import transaction

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.columns import Columns
from cms_site.legacy.intake.content import UNWRITABLE, render, require_days, unwritable, urls_of
from cms_site.legacy.intake.links import LinkTable, links_for
from cms_site.legacy.intake.old_urls import OldUrlWriter
from cms_site.legacy.intake.pages import rows_of
from cms_site.legacy.intake.pictures import decode
from cms_site.legacy.intake.placing import PagePlacer
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.intake.retiring import PageRetirer
from cms_site.legacy.intake.session import decisions, known
from cms_site.legacy.intake.sites import key_under, sync_site
from cms_site.legacy.intake.twins import not_shared
from cms_site.legacy.intake.versions import changes, outlook, versions
from cms_site.legacy.models import Imported, OldSite
from cms_site.legacy.references import Reference
from cms_site.portal.models import ContentPage
from migrate.config import PortalConfig, SiteConfig
from migrate.embedded import is_embedded
from migrate.errors import ShangyiError
from migrate.records import Afterwards, Coming, Entry, FileItem, Judged, Kind, Known, Ruled, Stored
from migrate.urls import host_of

_AT_ONCE = 400
"""Entries whose addresses are written, or that are taken offline, together, as in an import."""


class _Open(NamedTuple):
    """A site inside a transaction that is undone."""

    site: OldSite
    book: ReceiptBook
    placer: PagePlacer


class Rehearsal:
    """One import of one site that does not take place."""

    def __init__(self, site: SiteConfig, portal: PortalConfig, *, hosts: Collection[str] = ()) -> None:
        self._config = site
        self._portal = portal
        self._hosts = frozenset(hosts)

    @contextmanager
    def _undone(self) -> Iterator[_Open]:
        with transaction.atomic():
            site, _findings = sync_site(self._config)
            book = ReceiptBook(site, system_user())
            yield _Open(site, book, PagePlacer(site, self._portal, book))
            transaction.set_rollback(True)

    def known(self) -> dict[str, Known]:
        """Return source key → what the portal has, changed URL rules applied."""
        with self._undone() as here:
            return known(here.site)

    def decisions(self) -> dict[str, Ruled]:
        """Return canonical URL → what a person ruled, changed URL rules applied."""
        with self._undone() as here:
            return decisions(here.site)

    def place(self, batches: Iterable[list[Entry]]) -> dict[str, str]:
        """Return the key of each entry that would get a page, and what it would share that with; empty: its own."""
        found: dict[str, str] = {}
        with self._undone() as here:
            for batch in batches:
                found |= here.placer.foresee(batch)
        return found

    def judge(self, batches: Iterable[list[Entry]], placed: Mapping[str, str], coming: Coming) -> dict[str, Judged]:
        """Return what would become of pages that are written or were edited, with what differs.

        New pages that can be written are left out. Links lead where they will once what is `coming` is there.
        """
        found: dict[str, Judged] = {}
        unwritten: set[str] = set()
        with self._undone() as here:
            columns = Columns(here.site, self._portal)
            ahead = _Ahead(here, coming)
            for batch in batches:
                looked_at = [entry for entry in batch if entry.key not in placed]
                ahead.write(looked_at)
                links = self._links(here.site, looked_at)
                links.expect(ahead.expected)
                keys = [entry.key for entry in batch]
                by_key = rows_of(here.site, batch)
                for entry in batch:
                    try:
                        if entry.key in placed:
                            column = columns.of(entry)
                            if not placed[entry.key] and column is not None:
                                require_days(entry, columns.page_type(entry, column))
                            continue
                        told = self._judge(entry, by_key.get(entry.key), columns, links)
                    except UNWRITABLE as error:
                        told = Judged(unwritable(entry, error))
                    if told is not None:
                        found[entry.key] = told
                unwritten |= {key for key in keys if key in found and not _is_written(by_key.get(key))}
        lost = {key for key in unwritten if found[key].stored.status == "failed"}
        return found | {key: Judged(not_shared(key)) for key, first in placed.items() if first in lost}

    def _judge(self, entry: Entry, row: Imported | None, columns: Columns, links: LinkTable) -> Judged | None:
        column = columns.of(entry)
        if row is None or (column is None and not row.touched):
            return Judged(Stored(entry.key, "failed", columns.refusal(entry, None)))
        if row.same_as is not None:
            return Judged(self._judge_twin(entry, row))
        if row.page is None or row.touched:
            ahead = outlook(row, entry, render(entry, links), self._config.intake.overwrite)
            return Judged(ahead.stored, (*ahead.taken, *ahead.left), tuple(change.field for change in ahead.left))
        page = row.page
        if refusal := columns.refusal(entry, column, page):
            return Judged(Stored(entry.key, "failed", refusal))
        return self._judge_written(entry, row, page, links)

    @staticmethod
    def _judge_written(entry: Entry, row: Imported, page: ContentPage, links: LinkTable) -> Judged | None:
        if row.revision_id is None:
            require_days(entry, page.specific_class)
            return None
        found = versions(page, row, entry, render(entry, links))
        return Judged(Stored(entry.key, "updated"), tuple(changes(found.now, found.new)))

    @staticmethod
    def _judge_twin(entry: Entry, row: Imported) -> Stored:
        if row.page is None:
            return Stored(entry.key, "edited")
        if row.same_as.revision_id is None:
            return not_shared(entry.key)
        return Stored(entry.key, "updated" if row.content_hash else "merged")

    def heal(self, work: Afterwards) -> tuple[list[Stored], list[str]]:
        """Return what would become of entries that no longer move, and the keys of pages that would be healed."""
        healed = []
        with self._undone() as here:
            writer, retirer = OldUrlWriter(here.site, here.book), PageRetirer(here.site, here.book)
            stored: list[Stored] = []
            if work.retired:
                self._settle_twins(here, writer, work)
            for start in range(0, len(work.retired), _AT_ONCE):
                batch = work.retired[start : start + _AT_ONCE]
                writer.write([(entry, "") for entry in batch])
                stored += retirer.retire(batch)
            batches, targets = work.look(known(here.site, only_open=True))
            _write_old_urls(writer, targets.values())
            expected = _expected(here.site, targets, work.coming)
            for batch in batches:
                links = self._links(here.site, batch)
                links.expect(expected)
                rows = Imported.objects.filter(site=here.site, source_key__in=[entry.key for entry in batch])
                before = dict(rows.values_list("source_key", "unresolved"))
                healed += [entry.key for entry in batch if render(entry, links).unresolved != before.get(entry.key)]
        return stored, healed

    @staticmethod
    def _settle_twins(here: _Open, writer: OldUrlWriter, work: Afterwards) -> None:
        """Have twins leave what no longer moves, and stand for it, before it is taken offline."""
        here.placer.place(work.parted)
        keys = [entry.key for entry in work.retired]
        twins = Imported.objects.filter(site=here.site, same_as__site=here.site, same_as__source_key__in=keys)
        writer.write([(entry, "") for entry in work.coming.read(sorted(twins.values_list("source_key", flat=True)))])

    def _links(self, site: OldSite, batch: list[Entry]) -> LinkTable:
        links = links_for(site, self._hosts)
        links.load(url for entry in batch if entry.content for url in urls_of(entry.content))
        return links


def _is_written(row: Imported | None) -> bool:
    return row is not None and row.revision_id is not None


class _Ahead:
    """Where links to the site's own addresses will lead by the time that pages are written."""

    def __init__(self, here: _Open, coming: Coming) -> None:
        self._site = here.site
        self._coming = coming
        self._writer = OldUrlWriter(here.site, here.book)
        self._seen: set[str] = set()
        self.expected: dict[tuple[int, str], Reference] = {}
        """For `LinkTable.expect`."""

    def write(self, entries: Iterable[Entry]) -> None:
        """Have the addresses that these pages name say what they will say; add to what is expected."""
        rules, new = self._site.url_rules, self._coming.new
        named = {url for entry in entries if entry.content for url in urls_of(entry.content)}
        keys = sorted({key_under(url, rules) for url in named if rules.owns(host_of(url))} - self._seen)
        self._seen.update(keys)
        for start in range(0, len(keys), _AT_ONCE):
            self._write(keys[start : start + _AT_ONCE])
        carried = (key for key in keys if key in new and is_embedded(key))
        self.expected |= {(self._site.pk, key): _reference(new[key]) for key in carried}

    def _write(self, keys: list[str]) -> None:
        targets = {entry.key: entry for entry in self._coming.read(keys)}
        follows = sorted({entry.follows for entry in targets.values() if entry.follows} - targets.keys())
        targets |= {entry.key: entry for entry in self._coming.read(follows)}
        _write_old_urls(self._writer, targets.values())
        self.expected |= _expected(self._site, targets, self._coming)


def _write_old_urls(writer: OldUrlWriter, entries: Collection[Entry]) -> None:
    """Write old URLs, those that follow another last."""
    for following in (False, True):
        writer.write([(entry, "") for entry in entries if bool(entry.follows) is following])


def _reference(kind: Kind) -> Reference:
    """Return what leads to a thing that has no id yet."""
    name = {Kind.IMAGE: "image", Kind.ATTACHMENT: "document"}.get(kind, "page")
    return Reference(name, 0, "/" if name != "page" else "")


def _becomes(entry: Entry, coming: Coming) -> Kind:
    """Return what a thing that comes will be: a picture that browsers can't show becomes a document."""
    if entry.content is not None:
        return Kind.ARTICLE
    if entry.kind == Kind.IMAGE and isinstance(item := coming.file(entry), FileItem):
        try:
            return Kind.IMAGE if decode(io.BytesIO(b"".join(item.pieces()))) is not None else Kind.ATTACHMENT
        except ShangyiError:
            return Kind.IMAGE  # its bytes are torn: it does not come
    return entry.kind


def _expected(site: OldSite, targets: Mapping[str, Entry], coming: Coming) -> dict[tuple[int, str], Reference]:
    """Return what addresses will lead to that have a row, and whose thing comes with the import alone."""
    found = {}
    for key, entry in targets.items():
        leader = targets.get(entry.follows, entry) if entry.follows else entry
        if leader.key in coming.new:
            found[site.pk, key] = _reference(_becomes(leader, coming))
    return found
