"""Whether a ruling can be, and what it makes of an old URL."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from cms_site.legacy.addresses import page_at
from cms_site.legacy.models import OldSite, OldUrl
from cms_site.legacy.redirects import lead, places, portal_hosts
from cms_site.legacy.rulings.saying import OUTCOMES, Refused, Ruling
from cms_site.portal.models import ColumnPage
from migrate.records import DECISION
from migrate.redirects import Places, SiteRules
from migrate.urls import canonical, host_of


class Judge:
    """Says of rulings on one site's addresses whether they can be. Remembers the portal's pages by path."""

    def __init__(self, site: OldSite) -> None:
        self.site = site
        self._rules = site.url_rules
        self._pages: dict[str, Page | None] = {}
        self._visible: dict[int, bool] = {}
        self._leads: dict[str, tuple[int | None, str, int | None]] = {}

    def fold(self, url: str) -> str:
        """Return the canonical form of an address in any spelling: a path alone is one of the site. Raises Refused."""
        url = url.strip()
        if url.startswith("/") and not url.startswith("//"):
            url = f"http://{host_of(self.site.url)}{url}"
        elif "://" not in url:
            url = f"http://{url.lstrip('/')}"
        if not self._rules.owns(host_of(url)):
            raise Refused("canonical", _("This address is not on a host of the site."))
        try:
            return canonical(url, self._rules)
        except ValueError:
            raise Refused("canonical", _("This is no address.")) from None

    def accept(self, ruling: Ruling, old: OldUrl | None) -> Ruling:
        """Return the ruling with its column as a portal path. Raises Refused: nobody could follow it.

        `old` is what is known of the address.
        """
        if ruling.outcome not in OUTCOMES:
            raise Refused("outcome", _("There is no such outcome: %(outcome)s") % {"outcome": ruling.outcome[:50]})
        if len(ruling.reason) > 500:
            raise Refused("reason", _("The reason is longer than 500 characters."))
        column = self._column(ruling, old)
        if ruling.outcome == OldUrl.Outcome.GONE and not ruling.reason.strip():
            raise Refused("reason", _("Say why: visitors read it."))
        if ruling.outcome == OldUrl.Outcome.ARCHIVE and not _has_capture(old):
            raise Refused("outcome", _("Nothing was captured at this address: there is nothing to show as archived."))
        return replace(ruling, column=column, reason=ruling.reason.strip())

    def _column(self, ruling: Ruling, old: OldUrl | None) -> str:
        moves_page = ruling.outcome == OldUrl.Outcome.MOVE and not _is_file(old)
        if not ruling.column.strip():
            if ruling.outcome == OldUrl.Outcome.REDIRECT or (moves_page and not self._has_place(old)):
                raise Refused("column", _("Say where to: the path of a column, such as /towns/dahe/notices/."))
            return ""
        if ruling.outcome == OldUrl.Outcome.REDIRECT and leads_elsewhere(ruling.column):
            return self._elsewhere(ruling.column.strip(), old)
        path = self._path(ruling.column.strip())
        page = self.page_at(path)
        if page is None:
            raise Refused("column", _("The portal has no page at this path."))
        if moves_page and not self._is_visible_column(page):
            raise Refused("column", _("Pages move into columns that visitors see: this is none."))
        return path

    def _elsewhere(self, target: str, old: OldUrl | None) -> str:
        """Return an address that is no page of the portal as the target of a redirect. Raises Refused."""
        allowed = frozenset(self.site.target_hosts)
        if self._places.refusal(target, SiteRules(self.site.slug, self._rules, allowed)):
            raise Refused("column", _("Addresses of this site may not lead to that host."))
        if self._places.site_of(target) is None:
            return target
        _page, _url, follows = self._lead(target)
        if follows is None and host_of(target) not in allowed:
            raise Refused("column", _("Nobody knows that old address, so it leads nowhere."))
        if follows is not None and old is not None and follows == old.pk:
            raise Refused("column", _("That address leads back to this one."))
        return target

    @cached_property
    def _places(self) -> Places:
        return places()

    def _path(self, column: str) -> str:
        if "://" in column:
            parts = urlsplit(column)
            if (parts.hostname or "") not in {site.hostname for site in Site.objects.all()}:
                raise Refused("column", _("This address is not in the portal."))
            column = parts.path
        return "/" + column.strip("/") + "/" if column.strip("/") else "/"

    def page_at(self, path: str) -> Page | None:
        """Return the page at a portal path, or None."""
        if path not in self._pages:
            self._pages[path] = page_at(path)
        return self._pages[path]

    def _is_visible_column(self, page: Page) -> bool:
        if page.pk not in self._visible:
            hidden = ColumnPage.objects.ancestor_of(page, inclusive=True).filter(hidden=True)
            self._visible[page.pk] = isinstance(page.specific, ColumnPage) and not hidden.exists()
        return self._visible[page.pk]

    def _has_place(self, old: OldUrl | None) -> bool:
        """Say whether import knows a column for its page: of a held article nobody need be told."""
        placed = old.imported.column if old is not None and old.imported is not None else None
        return placed is not None and self._is_visible_column(placed)

    def effect(self, ruling: Ruling, old: OldUrl) -> dict[str, Any]:
        """Return the columns of an old URL as an accepted ruling writes them; empty where only an import can act."""
        if ruling.outcome == OldUrl.Outcome.MOVE:
            return {}
        page, url, follows = (
            self._lead(ruling.column) if ruling.outcome == OldUrl.Outcome.REDIRECT else (None, "", None)
        )
        return {
            "outcome": ruling.outcome,
            "reason": ruling.reason or old.reason,
            "rule": DECISION,
            "target_id": page,
            "target_url": url,
            "follows_id": follows,
            "held": [] if ruling.release else old.held,
        }

    def _lead(self, column: str) -> tuple[int | None, str, int | None]:
        """Return (page, address that is no page, old URL to follow) of a redirect's target."""
        if column not in self._leads:
            page = None if leads_elsewhere(column) else self.page_at(column)
            self._leads[column] = (page.pk, "", None) if page is not None else lead(self.site, column)
        return self._leads[column]


def leads_elsewhere(column: str) -> bool:
    """Say whether the target of a redirect is an address outside the portal."""
    return "://" in column and host_of(column.strip()) not in portal_hosts()


def known(site: OldSite, keys: Iterable[str]) -> dict[str, OldUrl]:
    """Return canonical URL → what is known of it, with all that a judge reads."""
    rows = OldUrl.objects.filter(site=site, canonical__in=list(keys)).select_related("imported__column")
    return {row.canonical: row for row in rows.defer("text", "imported__evidence")}


def _is_file(old: OldUrl | None) -> bool:
    return old is not None and old.kind in ("attachment", "image")


def _has_capture(old: OldUrl | None) -> bool:
    """Say whether there are bytes of its own behind an address; what only led on to another has none."""
    return old is not None and bool(old.warc_file) and old.warc_offset is not None and old.follows_id is None
