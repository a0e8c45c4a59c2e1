"""Where an imported page came from: its old addresses, the captured original, what the last check said."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from wagtail.models import Page

from cms_site.legacy.addresses import copy_path
from cms_site.legacy.models import CheckProblem, Decision, Imported, OldUrl, Recheck, SiteCheck


@dataclass(frozen=True, slots=True)
class OldAddress:
    """One old address that leads to a page."""

    old: OldUrl
    copy: str
    """Where its archived copy is shown; empty where it may not be."""
    problem: str
    """What the last check found broken, for people."""
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page came from."""

    row: Imported
    addresses: list[OldAddress]
    """Its own first; at most `MOST`."""
    more: int
    """How many are not among them."""
    checked_at: datetime | None
    """When the site's old addresses were last looked at."""
    decision: Decision | None
    checks: list[SiteCheck]
    """The last `shangyi check` of each kind that looks at pages or addresses, as far as there was one."""
    problems: list[CheckProblem]
    """What these found wrong with the page or its links; at most `MOST`."""

    @property
    def broken(self) -> int:
        """Return how many of the addresses are broken."""
        return sum(bool(address.problem) for address in self.addresses)


MOST = 20


def origin_of(page: Page) -> Origin | None:
    """Return where a page came from; None for one that was not imported."""
    row = Imported.objects.filter(page=page.pk, same_as=None).select_related("site").first()
    if row is None:
        return None
    leading = OldUrl.objects.filter(
        Q(imported__page=page.pk) | Q(target=page.pk) | Q(follows__imported__page=page.pk)
    ).select_related("site", "broken")
    found = list(leading.defer("text").order_by("pk")[: MOST + 1])
    more = leading.count() - MOST if len(found) > MOST else 0
    found.sort(key=lambda old: (old.site_id, old.canonical) != (row.site_id, row.source_key))
    last = Recheck.objects.filter(site=row.site, finished_at__isnull=False).order_by("-pk").first()
    ruled = Decision.objects.filter(site=row.site, canonical=row.source_key).select_related("actor").first()
    checked = last.finished_at if last is not None else None
    checks = list(
        SiteCheck.objects.filter(site=row.site).exclude(name=SiteCheck.Name.BALANCE).order_by("checked_at", "pk")
    )
    problems = list(CheckProblem.objects.filter(page=page.pk).select_related("run").order_by("pk")[:MOST])
    return Origin(row, [_address(old) for old in found[:MOST]], more, checked, ruled, checks, problems)


def _address(old: OldUrl) -> OldAddress:
    broken = getattr(old, "broken", None)
    if broken is None:
        return OldAddress(old, copy_path(old), "", None)
    return OldAddress(old, copy_path(old), str(broken.get_problem_display()), broken.since)
