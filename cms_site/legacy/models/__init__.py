"""What the portal knows of old sites. Provenance lives beside the pages, not in them.

`OldUrl` answers for an old address, `Imported` knows what was imported and on which evidence, `Decision` what a person
ruled, `Receipt` what one import did. Pages, documents and images are pointed to by id, so an address follows them.
"""

from cms_site.legacy.models.asked import LogFile, UnknownHit
from cms_site.legacy.models.checks import BrokenOldUrl, CheckProblem, Recheck, SiteCheck
from cms_site.legacy.models.decisions import Decision, DecisionBatch, DecisionLine
from cms_site.legacy.models.imported import Imported
from cms_site.legacy.models.old_urls import RETIRED, OldUrl
from cms_site.legacy.models.receipts import PendingFile, Receipt, ReceiptLine
from cms_site.legacy.models.sites import MovingSites, OldHost, OldSite

__all__ = [
    "RETIRED", "BrokenOldUrl", "CheckProblem", "Decision", "DecisionBatch", "DecisionLine", "Imported", "LogFile",
    "MovingSites", "OldHost", "OldSite", "OldUrl", "PendingFile", "Receipt", "ReceiptLine", "Recheck", "SiteCheck",
    "UnknownHit",
]  # fmt: skip
