"""Page types of the portal: the tree (home, group, channel, column) and what stands in it (article, policy)."""

from cms_site.portal.models.content import ArticlePage, ContentPage, PolicyPage
from cms_site.portal.models.identity import PortalIdentity
from cms_site.portal.models.lines import ListLine
from cms_site.portal.models.stamp import Stamp
from cms_site.portal.models.tree import ChannelPage, ColumnPage, GroupPage, HomePage

__all__ = [
    "ArticlePage", "ChannelPage", "ColumnPage", "ContentPage", "GroupPage", "HomePage", "ListLine", "PolicyPage",
    "PortalIdentity", "Stamp",
]  # fmt: skip
