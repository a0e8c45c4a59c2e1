"""What the portal changes in Wagtail's rich text."""

from typing import Any

from django.forms.utils import flatatt
from wagtail import hooks
from wagtail.models import Page
from wagtail.rich_text import LinkHandler
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler

from cms_site.portal.leaving import leaves


class PublicPageLinkHandler(PageLinkHandler):
    """Links to a page that nobody may see stay plain text until it is published: a draft is no dead link."""

    @classmethod
    def get_many(cls, attrs_list: list[dict[str, Any]]) -> list[Page | None]:
        """Return the pages linked to, None for those that are not live."""
        return [page if page is not None and page.live else None for page in super().get_many(attrs_list)]


class MarkedLinkHandler(LinkHandler):
    """Links that leave the government's sites say so, script or not."""

    identifier = "external"

    @classmethod
    def expand_db_attributes(cls, attrs: dict[str, Any]) -> str:
        """Return the opening tag."""
        if leaves(attrs["href"]):
            attrs = {"title": "站外链接", **attrs, "class": "leaving", "rel": "external noopener"}
        return f"<a{flatatt(attrs)}>"


@hooks.register("register_rich_text_features", order=10)
def register_public_links(features: FeatureRegistry) -> None:
    """Put our handlers in the place of Wagtail's own."""
    features.register_link_type(PublicPageLinkHandler)
    features.register_link_type(MarkedLinkHandler)
