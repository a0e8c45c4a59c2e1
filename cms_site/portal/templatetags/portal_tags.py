"""Template tags of the portal."""

from typing import Any

from django import template
from wagtail.models import Page

from cms_site.portal.directory import Place, address_of, directory_of
from cms_site.portal.frame import Frame
from cms_site.portal.meta import meta_tags
from cms_site.portal.models import ContentPage

register = template.Library()


@register.simple_tag(takes_context=True)
def national_meta(context: template.RequestContext) -> list[tuple[str, str]]:
    """Return the META tags of the page that is being rendered; none where there is no request (mail, errors)."""
    frame = context.get("portal")
    request = context.get("request")
    if not isinstance(frame, Frame) or request is None:
        return []
    values: dict[str, Any] = context.flatten()
    return meta_tags(frame, request, values)


@register.simple_tag(takes_context=True)
def canonical(context: template.RequestContext) -> str:
    """Return the one address of the page being rendered, a list's page number included; empty for what has none."""
    page, frame = context.get("page"), context.get("portal")
    if not isinstance(page, Page) or not isinstance(frame, Frame):
        return ""
    lines = context.get("lines")
    number = f"?page={lines.number}" if lines is not None and lines.number > 1 else ""
    return (page.get_full_url(context["request"]) or "") + number if page.pk else ""


@register.simple_tag
def feed(column: Page) -> str:
    """Return the address of a column's feed."""
    return f"/rss{address_of(column.url_path).rstrip('/')}.xml"


@register.simple_tag(takes_context=True)
def address(context: template.RequestContext, page: Page | Place) -> str:
    """Return where a link to a page leads: the address it stands for, or its own.

    Its own is on this portal; absolute where an old host is answering.
    """
    if isinstance(page, ContentPage) and page.link_url:
        return page.link_url
    frame = context["portal"]
    return frame.root + (page.get_url(context["request"]) or "")


@register.filter
def within(page: object, place: Place) -> bool:
    """Say whether the page being rendered, if it is one, stands somewhere in a place."""
    return isinstance(page, Page) and bool(page.path) and page.path.startswith(place.path)


@register.simple_tag(takes_context=True)
def trail(context: template.RequestContext, page: Page) -> list[Place]:
    """Return the places from the home page down to this page's parent."""
    return directory_of(context["request"]).above(page.path)
