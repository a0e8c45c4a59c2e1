"""What waits for a person, as import and the nightly look left it: drafts, open links, sites and their account."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Left, Length
from wagtail.models import Page
from wagtail.query import PageQuerySet

from cms_site.editors.freshness import content_models
from cms_site.editors.scope import own
from cms_site.legacy.models import Imported, OldSite, OldUrl, Receipt
from cms_site.portal.models import ColumnPage


def held(user: AbstractBaseUser) -> QuerySet[Imported]:
    """Return the drafts that screening holds."""
    return _drafts(user).exclude(held=[])


def undecided(user: AbstractBaseUser) -> QuerySet[Imported]:
    """Return the drafts that stand in a hidden column: nobody has decided where they belong."""
    hidden = ColumnPage.objects.filter(hidden=True, path=Left(OuterRef("page__path"), Length("path")))
    return _drafts(user).filter(Exists(hidden), held=[])


def _drafts(user: AbstractBaseUser) -> QuerySet[Imported]:
    return Imported.objects.filter(own(user, "page"), page__live=False, same_as=None)


def with_open_links(user: AbstractBaseUser) -> QuerySet[Imported]:
    """Return imported pages whose body links to old addresses that lead nowhere."""
    return Imported.objects.filter(own(user, "page"), page__isnull=False, same_as=None).exclude(unresolved=[])


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
    mapped: int | None
    """Entries of the last mapping; None where the archives have no account of it."""
    balanced: bool
    """The mapping's account balances, and the portal knows as many old URLs as it has."""
    imported_at: datetime | None
    broken: int = 0
    outcomes: list[tuple[str, int]] = field(default_factory=list)

    @property
    def found(self) -> int:
        """Return how many old URLs the portal knows."""
        return sum(self.counts.values())


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
    return [_moving(site, counts.get(site.pk, Counter()), imports.get(site.pk), broken[site.pk]) for site in _sites()]


def _sites() -> Iterator[OldSite]:
    return OldSite.objects.order_by("slug").iterator()


def _moving(site: OldSite, counts: Counter[str], imported_at: datetime | None, broken: int) -> MovingSite:
    mapped, balanced = last_mapping(Path(settings.SHANGYI_ARCHIVES) / site.slug / "runs")
    known = sum(counts.values())
    outcomes = [(str(label), counts[value]) for value, label in OldUrl.Outcome.choices]
    whole = balanced and mapped is not None and known >= mapped
    return MovingSite(site, dict(counts), mapped, whole, imported_at, broken, outcomes)


def last_mapping(runs: Path) -> tuple[int | None, bool]:
    """Return (entries, whether the account balanced) of the newest `map`; (None, False) if none is kept."""
    newest = max(runs.glob("*-map.json"), default=None) if runs.is_dir() else None
    if newest is None:
        return None, False
    try:
        said = json.loads(newest.read_text(encoding="utf-8"))
        return int(said["entries"]), bool(said["preflight"]["balanced"])
    except (OSError, ValueError, KeyError, TypeError):  # cut short, or not ours: as good as none
        return None, False
