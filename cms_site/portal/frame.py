"""What stands around every page: identity, navigation, foot. A context processor, so that any view's page has it."""

from functools import cached_property

from django.http import HttpRequest
from wagtail.models import Site

from cms_site.portal.directory import Directory, Place, directory_of
from cms_site.portal.display import MODES, modes_of
from cms_site.portal.kept import kept, stamp_of
from cms_site.portal.leaving import official_hosts
from cms_site.portal.models import PortalIdentity, Stamp


class Frame:
    """Head and foot of the portal, read only when a template asks, and kept until something changes."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def stamp(self) -> Stamp | None:
        """Return the stamp under which this page is made."""
        return stamp_of(self._request)

    @cached_property
    def display(self) -> list[str]:
        """Return the display modes that the visitor has chosen: classes of <html>."""
        return modes_of(self._request)

    @property
    def modes(self) -> list[tuple[str, str, bool]]:
        """Return all display modes: name, label, and whether it is on."""
        return [(mode, label, mode in self.display) for mode, label in MODES.items()]

    @property
    def official(self) -> str:
        """Return the hosts that links lead to without a question, for the script."""
        return " ".join(official_hosts())

    @cached_property
    def root(self) -> str:
        """Return what stands before the portal's own addresses: nothing, or its origin when an old host answers."""
        return getattr(self._request, "portal_root", "")

    @cached_property
    def site(self) -> Site | None:
        """Return the Wagtail site that is asked."""
        return Site.find_for_request(self._request)

    @cached_property
    def identity(self) -> PortalIdentity:
        """Return the duty marks; empty ones before the portal is built."""
        if self.site is None:
            return PortalIdentity()
        marks = PortalIdentity.objects.filter(site=self.site)
        return kept(self.stamp, f"identity:{self.site.pk}", marks.first) or PortalIdentity()

    @property
    def name(self) -> str:
        """Return the portal's name."""
        return self.identity.name or (self.site.site_name if self.site else "")

    @cached_property
    def places(self) -> Directory:
        """Return the directory of the portal."""
        return directory_of(self._request)

    @cached_property
    def navigation(self) -> list[Place]:
        """Return the visible columns, the sections and the groups with channels under the home page, in tree order."""
        home = next((place for place in self.places.places if place.kind == "homepage"), None)
        found = self.places.inside(home.path, "columnpage", "sectionpage", "grouppage") if home else []
        return [place for place in found if place.kind != "grouppage" or place.numchild]


def portal(request: HttpRequest) -> dict[str, Frame]:
    """Return `portal` for templates."""
    return {"portal": Frame(request)}
