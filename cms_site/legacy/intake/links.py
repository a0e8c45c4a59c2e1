"""Old addresses inside bodies → references by id, across all sites that have moved here."""

from collections.abc import Collection, Iterable, Mapping
from urllib.parse import urlsplit

from django.urls import reverse

from cms_site.legacy.models import RETIRED, Imported, OldHost, OldUrl
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
        rows = OldUrl.objects.filter(site_id=site_id, canonical__in=keys).select_related(
            "imported__image", "imported__document", "follows__imported__image", "follows__imported__document"
        )
        self._known.update({(site_id, key): None for key in keys})
        for row in rows:
            self._known[site_id, row.canonical] = reference_of(row)
        carried = Imported.objects.filter(site_id=site_id, source_key__in=list(filter(is_embedded, keys)))
        for thing in carried.select_related("image", "document"):
            self._known[site_id, thing.source_key] = _file_reference(thing)

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


def reference_of(row: OldUrl) -> Reference | None:
    """Return what a link to this old URL becomes: never the old address itself."""
    row = row.follows or row
    imported = row.imported if row.outcome not in RETIRED else None
    if imported is not None and imported.page_id:
        return Reference("page", imported.page_id)
    if imported is not None and (file := _file_reference(imported)) is not None:
        return file
    if row.target_id and row.outcome == OldUrl.Outcome.REDIRECT:
        return Reference("page", row.target_id)
    if row.outcome == OldUrl.Outcome.ARCHIVE and row.may_be_shown:
        return Reference("url", url=reverse("legacy:copy" if row.is_page else "legacy:file", args=(row.pk,)))
    return None


def _file_reference(imported: Imported) -> Reference | None:
    if imported.image is not None:
        return Reference("image", imported.image_id, imported.image.file.url)
    if imported.document is not None:
        return Reference("document", imported.document_id, imported.document.url)
    return None
