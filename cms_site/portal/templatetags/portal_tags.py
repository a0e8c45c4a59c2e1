"""Template tags of the portal."""

from typing import Any

from django import template
from wagtail.models import Page

from cms_site.portal.directory import Place, directory_of
from cms_site.portal.frame import Frame
from cms_site.portal.meta import meta_tags

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
def address(context: template.RequestContext, page: Page | Place) -> str:
    """Return a page's address on this portal; absolute where an old host is answering."""
    frame = context["portal"]
    return frame.root + (page.get_url(context["request"]) or "")


@register.simple_tag(takes_context=True)
def trail(context: template.RequestContext, page: Page) -> list[Place]:
    """Return the places from the home page down to this page's parent."""
    return directory_of(context["request"]).above(page.path)
