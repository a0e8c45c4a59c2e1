"""What of the imported waits for a person: held, undecided, in doubt, with markup to tidy. Who may do what about it.

It is a view on what import and people wrote; nothing here is kept. `Imported` says what holds a page and how sure its
fields are, its page where it stands and whether it needs tidying, `Decision` what somebody ruled.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, get_page_models
from wagtail.permission_policies.pages import PagePermissionPolicy

from cms_site.legacy.models import RETIRED, Decision, Imported, OldSite, OldUrl
from cms_site.portal.models import ColumnPage, ContentPage
from migrate.config.sites import POLICY_SITE
from migrate.records import fingerprint
from migrate.ruled import DOUBTFUL


class Reason(models.TextChoices):
    """Why somebody should look at an imported page."""

    HELD = "held", _("held")
    UNDECIDED = "undecided", _("undecided")
    DOUBTFUL = "doubtful", _("in doubt")
    LEGACY = "legacy", _("legacy HTML to tidy")


class Asked(NamedTuple):
    """Which of what waits is asked for."""

    site: OldSite | None = None
    column: int | None = None
    reason: str = ""
    """A `Reason`, or one of those for which pages are held."""
    below: float | None = None
    """Least confidence, at most."""
    words: str = ""


_ACTIONS = frozenset(("add_page", "change_page", "publish_page"))


def reviews(user: AbstractBaseUser) -> bool:
    """Say whether a user decides on whatever waits, in all channels, though he may write nowhere: a reviewer."""
    return bool(user.has_perm("legacy.review_imported"))


def may_review(user: AbstractBaseUser) -> bool:
    """Say whether a user has pages to look at: whoever may write or publish some, and reviewers."""
    return bool(user.is_active and (reviews(user) or _places(user)))


def _places(user: AbstractBaseUser) -> set[str]:
    """Return the tree paths below which a user may write or publish."""
    found = PagePermissionPolicy().get_cached_permissions_for_user(user)
    return {grant.page.path for grant in found if grant.permission.codename in _ACTIONS}


def within_reach(rows: QuerySet[Imported], user: AbstractBaseUser) -> QuerySet[Imported]:
    """Keep what stands where a user may write or publish: others' channels are none of his business."""
    if reviews(user):
        return rows
    places = Q(pk__in=[])
    for path in _places(user):
        places |= Q(page__path__startswith=path)
    return rows.filter(places)


def waiting(asked: Asked) -> QuerySet[Imported]:
    """Return what waits, as it was imported. Ask `within_reach` of it who may see which."""
    reasons = [asked.reason] if asked.reason in Reason.values else [Reason.HELD] if asked.reason else Reason.values
    parts = [_WAITS[reason]().order_by().values("pk") for reason in reasons]
    numbers = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    rows = Imported.objects.filter(pk__in=numbers)
    if asked.site is not None:
        rows = rows.filter(site=asked.site)
    if asked.column is not None:
        rows = rows.filter(column=asked.column)
    if asked.below is not None:
        rows = rows.filter(least_sure__lt=asked.below)
    if asked.reason and asked.reason not in Reason.values:
        rows = rows.annotate(held_text=Cast("held", models.TextField())).filter(held_text__contains=f'"{asked.reason}"')
    for word in asked.words.split():
        rows = rows.filter(Q(page__title__icontains=word) | Q(source_key__icontains=word))
    return rows.order_by("pk")


def reasons_of(rows: Iterable[Imported]) -> dict[int, list[str]]:
    """Return id → the reasons for which each of these rows waits; a query a reason, however many rows."""
    numbers = [row.pk for row in rows]
    found: dict[int, list[str]] = {number: [] for number in numbers}
    for reason, wait in _WAITS.items():
        for number in wait().filter(pk__in=numbers).values_list("pk", flat=True):
            found[number].append(reason.value)
    return found


def _pages() -> QuerySet[Imported]:
    """Return what became a page of its own. Reposted notices have a desk of their own (`cms_site.policy`)."""
    return Imported.objects.filter(page__isnull=False, same_as=None).exclude(site__slug=POLICY_SITE)


def _ruled(ruling: Q) -> Exists:
    here = Decision.objects.filter(site=OuterRef("site"), canonical=OuterRef("source_key"))
    return Exists(here.filter(ruling))


def _retired() -> Q:
    return Q(outcome__in=[outcome.value for outcome in RETIRED])


def _held() -> QuerySet[Imported]:
    """Return drafts with something that holds them, unless just that was released, or the address goes elsewhere."""
    released = Q(release=True) & (Q(accepted="") | Q(accepted=OuterRef("look")))
    return _pages().filter(is_held=True, page__live=False).exclude(_ruled(_retired() | released))


def _undecided() -> QuerySet[Imported]:
    """Return what import put into a hidden column, unless somebody ruled since."""
    hidden = list(ColumnPage.objects.filter(hidden=True).values_list("pk", flat=True))
    return _pages().filter(column__in=hidden).exclude(_ruled(~Q(outcome=OldUrl.Outcome.UNDECIDED)))


def _looked_at() -> Exists:
    return _ruled(_retired() | Q(outcome=OldUrl.Outcome.MOVE, accepted=OuterRef("look")))


def _doubtful() -> QuerySet[Imported]:
    """Return pages with a field in doubt that nobody has changed or looked at."""
    unsure = _pages().filter(least_sure__lt=DOUBTFUL, page__latest_revision_id=F("revision_id"))
    return unsure.exclude(_looked_at())


def _legacy() -> QuerySet[Imported]:
    """Return pages of any type that hold markup to tidy, unless somebody found it good as it is."""
    types = [model for model in get_page_models() if issubclass(model, ContentPage)]
    marked = [model.objects.filter(needs_tidying=True).order_by().values("pk") for model in types]
    numbers = marked[0].union(*marked[1:], all=True) if len(marked) > 1 else marked[0]
    return _pages().filter(page__in=numbers).exclude(_looked_at())


_WAITS = {
    Reason.HELD: _held,
    Reason.UNDECIDED: _undecided,
    Reason.DOUBTFUL: _doubtful,
    Reason.LEGACY: _legacy,
}


def columns_of(rows: QuerySet[Imported]) -> list[tuple[int, str]]:
    """Return the columns in which rows stand, as number and name after its channel's."""
    numbers = rows.order_by().exclude(column=None).values("column")
    columns = list(Page.objects.filter(pk__in=numbers).order_by("path"))
    above = {page.path: page.title for page in Page.objects.filter(path__in={_above(column) for column in columns})}
    return [(column.pk, f"{above.get(_above(column), '')} / {column.title}") for column in columns]


def _above(page: Page) -> str:
    path: str = page.path[: -page.steplen]
    return path


# one of them


class Item(NamedTuple):
    """One imported page with all that a reviewer is told of it."""

    row: Imported
    page: ContentPage
    """Its newest version, be it a draft."""
    column: Page
    """Where it stands."""
    old: OldUrl | None
    decision: Decision | None

    @property
    def state(self) -> str:
        """Return a digest of all that a ruling would change: another one means that somebody was here meanwhile."""
        ruled = self.decision.decided_at.isoformat() if self.decision is not None else ""
        place = [self.page.latest_revision_id, self.page.live, self.column.pk, self.page.locked]
        return fingerprint([ruled, self.row.content_hash, list(self.row.held), *place])[7:23]


def item(row: Imported) -> Item:
    """Return what is known of an imported page."""
    page = row.page.specific
    newest = page.get_latest_revision_as_object()
    old = OldUrl.objects.filter(site=row.site, canonical=row.source_key).select_related("site", "imported__column")
    ruled = Decision.objects.filter(site=row.site, canonical=row.source_key).select_related("actor")
    return Item(row, newest, page.get_parent(), old.first(), ruled.first())


def waits(page: Page) -> bool:
    """Say whether an imported page waits for somebody."""
    rows = Imported.objects.filter(page=page.pk, same_as=None)
    return any(reasons_of(rows).values())


def may_publish(user: AbstractBaseUser, found: Item) -> bool:
    """Say whether a user may let visitors see a page where it stands; without it he rules on nothing of it.

    A reviewer may while it waits, and think again of what he ruled himself.
    """
    if found.page.permissions_for_user(user).can_publish():
        return True
    return reviews(user) and found.decision is not None and found.decision.actor_id == user.pk


def may_publish_in(user: AbstractBaseUser, column: ColumnPage) -> bool:
    """Say whether a user may let visitors see imported pages in a column."""
    return reviews(user) or bool(column.permissions_for_user(user).can_publish_subpage())
