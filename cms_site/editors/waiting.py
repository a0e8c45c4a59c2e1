"""What waits for a person, as import, checks and the nightly look left it: drafts, links, sites and their account."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, Max, Q, QuerySet
from wagtail.models import Page
from wagtail.query import PageQuerySet

from cms_site.editors.freshness import content_models
from cms_site.editors.scope import own
from cms_site.legacy.models import CheckProblem, Imported, OldSite, OldUrl, Receipt, SiteCheck
from cms_site.legacy.review import Asked, Reason, waiting, within_reach
from migrate.records import Level


def in_queue(user: AbstractBaseUser, reason: Reason) -> QuerySet[Imported]:
    """Return what waits in the review queue for this reason, of what a user may see there."""
    return within_reach(waiting(Asked(reason=reason)), user)


def with_open_links(user: AbstractBaseUser) -> QuerySet[Imported]:
    """Return imported pages whose body links to old addresses that lead nowhere."""
    return Imported.objects.filter(own(user, "page"), page__isnull=False, same_as=None).exclude(unresolved=[])


def found_broken(user: AbstractBaseUser) -> QuerySet[CheckProblem]:
    """Return the broken links on pages of the portal that the last checks found."""
    rows = CheckProblem.objects.filter(own(user, "page"), page__isnull=False, run__name=SiteCheck.Name.LINKS)
    return rows.exclude(level=Level.NOTE)


def with_broken_links(user: AbstractBaseUser) -> PageQuerySet:
    """Return pages with links that lead nowhere, whoever found that out: the move, or a check."""
    pages = with_open_links(user).order_by().values("page").union(found_broken(user).order_by().values("page"))
    return Page.objects.filter(pk__in=pages)


def to_tidy(user: AbstractBaseUser) -> PageQuerySet:
    """Return pages with legacy markup that an editor should look at."""
    marked = Q(pk__in=())
    for model in content_models():
        marked |= Q(pk__in=model.objects.filter(needs_tidying=True).order_by().values("pk"))
    return Page.objects.filter(own(user)).filter(marked)


@dataclass(frozen=True, slots=True)
class MovingSite:
    """One old site on the move, as the portal knows it."""

    site: OldSite
    counts: dict[str, int]
    """Outcome → old URLs."""
    account: SiteCheck | None
    """What the last check of the account said; None where there was none since the last import."""
    imported_at: datetime | None
    broken: int = 0
    outcomes: list[tuple[str, int]] = field(default_factory=list)

    @property
    def found(self) -> int:
        """Return how many old URLs the portal knows."""
        return sum(self.counts.values())

    @property
    def balanced(self) -> bool:
        """Whether each address that was found has an entry, and the portal knows as many."""
        return self.account is not None and not self.account.failed and self.found >= self.account.asked


def moving_sites() -> list[MovingSite]:
    """Return all old sites with their account: a fixed number of queries, and one small file a site."""
    counts: dict[int, Counter[str]] = {}
    broken: Counter[int] = Counter()
    rows = OldUrl.objects.values_list("site", "outcome").annotate(number=Count("pk"), bad=Count("broken"))
    for site, outcome, number, bad in rows.order_by():
        counts.setdefault(site, Counter())[outcome] += number
        broken[site] += bad
    closed = Receipt.objects.values("site").annotate(last=Max("closed_at")).values_list("site", "last")
    imports = dict(closed.order_by())
    accounts = {check.site_id: check for check in SiteCheck.objects.filter(name=SiteCheck.Name.BALANCE)}
    return [
        _moving(site, counts.get(site.pk, Counter()), imports.get(site.pk), accounts.get(site.pk), broken[site.pk])
        for site in OldSite.objects.order_by("slug")
    ]


def _moving(
    site: OldSite, counts: Counter[str], imported_at: datetime | None, account: SiteCheck | None, broken: int
) -> MovingSite:
    outcomes = [(str(label), counts[value]) for value, label in OldUrl.Outcome.choices]
    if account is not None and imported_at is not None and account.checked_at < imported_at:
        account = None
    return MovingSite(site, dict(counts), account, imported_at, broken, outcomes)
