"""What a report is written from, and what was written."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.config import SiteConfig
from migrate.config.portal import PortalIdentity
from migrate.records import Account, CheckSummary, Entry

BEIJING = timezone(timedelta(hours=8))
"""Documents carry the local time of the whole country."""
NOTICE_DAYS = 30
"""Days that the closing notice must stand before the site may go (《政府网站发展指引》, 国办发〔2017〕47号)."""


@dataclass(frozen=True, slots=True)
class ReportContext:
    """Everything that the documents say; the same context gives the same documents."""

    ledger: Ledger
    folder: Path
    """Where the files go, e.g. archives/<site>/report."""
    site: SiteConfig
    portal: PortalIdentity
    channel_url: str
    """Absolute URL of the site's channel in the portal."""
    account: Account
    checks: tuple[CheckSummary, ...]
    """Of the checks that were run; what is missing here is reported as not checked."""
    generated_at: datetime
    """With its time zone; also the date of the notice."""
    drafts: Collection[str] = frozenset()
    """Canonical old URLs whose page is still a draft in the portal."""
    new_url: Callable[[str], str] = lambda _key: ""
    """Canonical old URL → its new address, absolute; empty where there is none."""
    decided: Callable[[Entry], Entry] = lambda entry: entry
    """Lays what people ruled in the portal over an entry, as import does."""

    def entries(self) -> Iterator[Entry]:
        """Yield all entries by key, with people's decisions laid over them."""
        return map(self.decided, self.ledger.entries())

    @property
    def local_time(self) -> datetime:
        """Return the time of the report in Beijing time."""
        return self.generated_at.astimezone(BEIJING)

    @property
    def earliest_closing(self) -> date:
        """Return the first day on which the site may go off line, if the notice is posted on the report's day."""
        return self.local_time.date() + timedelta(days=NOTICE_DAYS)

    @property
    def site_title(self) -> str:
        """Return what people call the old site: its name, with 网站 at the end."""
        name = self.site.site.name
        return name if name.endswith(("网", "网站", "门户")) else name + "网站"

    @property
    def unit(self) -> str:
        """Return the unit that ran the old site."""
        return self.site.site.unit or self.site.site.name


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Paths of what was written, and what it concludes."""

    acceptance_html: Path
    acceptance_xlsx: Path
    redirects_csv: Path
    undecided_csv: Path
    held_csv: Path
    findings_csv: Path
    notice_html: Path
    notice_txt: Path
    may_close: bool
    reasons: tuple[str, ...]
    """Why the site may not be closed yet, in Chinese as in the documents; empty if it may."""
    earliest_closing: date
