"""Old addresses inside bodies → references by id, across all sites that have moved here."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.functional import lazy
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from cms_site.legacy.models import RETIRED, Imported, OldHost, OldSite, OldUrl
from cms_site.legacy.references import Reference
from migrate.embedded import is_embedded, key_under
from migrate.urls import UrlRules, canonical, host_of

_MANY = 400


class LinkTable:
    """Resolves old URLs for one batch of pages; asks the database once per batch, not once per link."""

    def __init__(self, hosts: Collection[str] = ()) -> None:
        self._hosts = frozenset(hosts)
        self._rules: dict[str, tuple[int, UrlRules]] = {}
        for host in OldHost.objects.select_related("site").prefetch_related("site__hosts"):
            self._rules[host.name] = (host.site_id, host.site.url_rules)
        self._known: dict[tuple[int, str], Reference | None] = {}
        self._keys: dict[str, tuple[int, str] | None] = {}

    def is_old(self, url: str) -> bool:
        """Say whether a URL is on a host whose site moves, or will: `hosts` are those of the project's sites."""
        return host_of(url) in self._rules or host_of(url) in self._hosts

    def load(self, urls: Iterable[str]) -> None:
        """Look up all old URLs of a batch."""
        wanted = {key for url in urls if (key := self._key(url)) is not None and key not in self._known}
        for site_id in {site_id for site_id, _canonical in wanted}:
            keys = sorted(canonical_url for owner, canonical_url in wanted if owner == site_id)
            for start in range(0, len(keys), _MANY):
                self._load_site(site_id, keys[start : start + _MANY])

    def _load_site(self, site_id: int, keys: list[str]) -> None:
        self._known.update({(site_id, key): None for key in keys})
        ends = dict(_ends(site_id, keys))
        files = _Files(*ends.values())
        copies = {end.number for end in ends.values() if end.outcome == OldUrl.Outcome.ARCHIVE}
        archived = OldUrl.objects.in_bulk(copies)
        for key, end in ends.items():
            self._known[site_id, key] = _reference_of(end, files, archived)

    def expect(self, coming: Mapping[tuple[int, str], Reference]) -> None:
        """Take it that addresses (site, canonical URL) which lead nowhere yet lead there."""
        self._known.update({key: found for key, found in coming.items() if self._known.get(key) is None})

    def resolve(self, url: str) -> Reference | None:
        """Return what a loaded old URL became, or None."""
        key = self._key(url)
        return self._known.get(key) if key is not None else None

    def _key(self, url: str) -> tuple[int, str] | None:
        if url not in self._keys:  # each is asked for when it is loaded and when it is resolved
            self._keys[url] = self._key_of(url)
        return self._keys[url]

    def _key_of(self, url: str) -> tuple[int, str] | None:
        owner = self._rules.get(host_of(url))
        if owner is None or not urlsplit(url).scheme:
            return None
        try:
            if is_embedded(url):
                return owner[0], key_under(url, owner[1])
            return owner[0], canonical(url, owner[1])
        except ValueError:  # too long to be an address, as sent or with its escapes written as UTF-8
            return None


class NoticeLinks(LinkTable):
    """As `LinkTable`, for reposted notices: their pictures and files are known by `Imported` alone.

    What was not stored keeps its absolute address; so do links to other pages of the source.
    """

    def __init__(self, site: OldSite, hosts: Collection[str] = ()) -> None:
        super().__init__(hosts)
        self._site = site.pk, site.url_rules

    def is_old(self, url: str) -> bool:
        """Say whether a URL is to be replaced: on a host that moves, or of a file that is here."""
        return super().is_old(url) or self.resolve(url) is not None

    def _key_of(self, url: str) -> tuple[int, str] | None:
        found = super()._key_of(url)
        if found is not None or urlsplit(url).scheme not in ("http", "https"):
            return found
        number, rules = self._site
        try:
            return number, canonical(url, rules)
        except ValueError:
            return None

    def _load_site(self, site_id: int, keys: list[str]) -> None:
        if site_id != self._site[0]:
            super()._load_site(site_id, keys)
            return
        rows = Imported.objects.filter(site_id=site_id, source_key__in=keys, page=None)
        ends = {
            key: _End(0, OldUrl.Outcome.MOVE, None, image, document, None)
            for key, image, document in rows.values_list("source_key", "image_id", "document_id")
        }
        files = _Files(*ends.values())
        self._known.update({(site_id, key): None for key in keys})
        self._known.update({(site_id, key): files.reference(end) for key, end in ends.items()})


def links_for(site: OldSite, hosts: Collection[str] = ()) -> LinkTable:
    """Return the table by which links in a site's pages are resolved."""
    return NoticeLinks(site, hosts) if site.is_policy else LinkTable(hosts)


class _End(NamedTuple):
    """Where an old address leads: what was imported for it, or where it was redirected."""

    number: int
    """Of its OldUrl; 0: it is a file inside a page."""
    outcome: str
    page: int | None
    image: int | None
    document: int | None
    target: int | None


_COLUMNS = ("pk", "outcome", "imported__page_id", "imported__image_id", "imported__document_id", "target_id")


def _ends(site_id: int, keys: list[str]) -> Iterator[tuple[str, _End]]:
    """Yield canonical URL and end of the old addresses that are known. Values, not rows: there are links by the ten."""
    followed: dict[int, list[str]] = {}
    rows = OldUrl.objects.filter(site_id=site_id, canonical__in=keys)
    for key, follows, *end in rows.values_list("canonical", "follows_id", *_COLUMNS):
        if follows is None:
            yield key, _End(*end)
        else:
            followed.setdefault(follows, []).append(key)
    if followed:
        for end in OldUrl.objects.filter(pk__in=followed).values_list(*_COLUMNS):
            yield from ((key, _End(*end)) for key in followed[end[0]])
    if carried := list(filter(is_embedded, keys)):
        things = Imported.objects.filter(site_id=site_id, source_key__in=carried)
        for key, image, document in things.values_list("source_key", "image_id", "document_id"):
            yield key, _End(0, OldUrl.Outcome.MOVE, None, image, document, None)


_url_of = lazy(attrgetter("url"), str)
"""A document's address, made where it is read: the first one loads all views of the portal, and few links are films."""


class _Files:
    """Links to the images and documents that old addresses became, each asked for once."""

    def __init__(self, *ends: _End) -> None:
        images = get_image_model().objects.in_bulk({end.image for end in ends if end.image})
        documents = get_document_model().objects.in_bulk({end.document for end in ends if end.document})
        self._images = {number: Reference("image", number, image.file.url) for number, image in images.items()}
        self._documents = {number: Reference("document", number, _url_of(file)) for number, file in documents.items()}

    def reference(self, end: _End) -> Reference | None:
        """Return what a link to a file becomes; None for what is no file."""
        return self._images.get(end.image) or self._documents.get(end.document)


def _reference_of(end: _End, files: _Files, archived: Mapping[int, OldUrl]) -> Reference | None:
    """Return what a link to an old URL becomes: never the old address itself."""
    if end.outcome not in RETIRED and end.page:
        return Reference("page", end.page)
    if end.outcome not in RETIRED and (file := files.reference(end)) is not None:
        return file
    if end.target and end.outcome == OldUrl.Outcome.REDIRECT:
        return Reference("page", end.target)
    copy = archived.get(end.number)
    if copy is not None and copy.may_be_shown:
        return Reference("url", url=reverse("legacy:copy" if copy.is_page else "legacy:file", args=(copy.pk,)))
    return None
