"""Page types of the portal: the tree (home, group, channel, section, column) and what stands in columns."""

from cms_site.portal.models.content import ArticlePage, ContentPage, PolicyPage
from cms_site.portal.models.identity import PortalIdentity
from cms_site.portal.models.kinds import (
    CONTENT_MODELS,
    ConsultationPage,
    InterpretationPage,
    InterviewPage,
    LeaderPage,
    LetterPage,
    OrganisationPage,
    ReportPage,
    ServicePage,
)
from cms_site.portal.models.lines import ListLine
from cms_site.portal.models.stamp import Stamp
from cms_site.portal.models.tree import ChannelPage, ColumnPage, GroupPage, HomePage, SectionPage

__all__ = [
    "CONTENT_MODELS", "ArticlePage", "ChannelPage", "ColumnPage", "ConsultationPage", "ContentPage", "GroupPage",
    "HomePage", "InterpretationPage", "InterviewPage", "LeaderPage", "LetterPage", "ListLine", "OrganisationPage",
    "PolicyPage", "PortalIdentity", "ReportPage", "SectionPage", "ServicePage", "Stamp",
]  # fmt: skip
