"""What the portal changes in Wagtail's rich text."""

from typing import Any

from wagtail import hooks
from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler


class PublicPageLinkHandler(PageLinkHandler):
    """Links to a page that nobody may see stay plain text until it is published: a draft is no dead link."""

    @classmethod
    def get_many(cls, attrs_list: list[dict[str, Any]]) -> list[Page | None]:
        """Return the pages linked to, None for those that are not live."""
        return [page if page is not None and page.live else None for page in super().get_many(attrs_list)]


@hooks.register("register_rich_text_features", order=10)
def register_public_links(features: FeatureRegistry) -> None:
    """Put the handler in the place of Wagtail's own."""
    features.register_link_type(PublicPageLinkHandler)
