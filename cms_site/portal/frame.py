"""What stands around every page: identity, navigation, foot. A context processor, so that any view's page has it."""

from functools import cached_property

from django.db.models import Q
from django.http import HttpRequest
from wagtail.models import Page, Site

from cms_site.portal.models import HomePage, PortalIdentity


class Frame:
    """Head and foot of the portal, read from the database only when a template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

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
        found = PortalIdentity.objects.filter(site=self.site).first() if self.site else None
        return found or PortalIdentity()

    @property
    def name(self) -> str:
        """Return the portal's name."""
        return self.identity.name or (self.site.site_name if self.site else "")

    @cached_property
    def navigation(self) -> list[Page]:
        """Return the visible columns, the sections and the groups with channels under the home page, in tree order."""
        if self.site is None or not isinstance(self.site.root_page.specific_deferred, HomePage):
            return []
        home = self.site.root_page
        below = Page.objects.child_of(home).live().exclude(columnpage__hidden=True)
        return list(below.filter(Q(grouppage=None) | Q(numchild__gt=0)).order_by("path"))


def portal(request: HttpRequest) -> dict[str, Frame]:
    """Return `portal` for templates."""
    return {"portal": Frame(request)}
