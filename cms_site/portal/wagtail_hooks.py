"""What the portal changes in Wagtail's rich text."""

from wagtail import hooks
from wagtail.rich_text.feature_registry import FeatureRegistry

from cms_site.portal import rich_text


@hooks.register("register_rich_text_features", order=10)
def register_public_links(features: FeatureRegistry) -> None:
    """Put our handlers in the place of Wagtail's own."""
    rich_text.register(features)
