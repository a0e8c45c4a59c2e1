"""Panels of the dashboard. Another app adds its own by Wagtail's hook `construct_homepage_panels`, at its `order`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.site_summary import PagesSummaryItem
from wagtail.admin.ui.components import Component
from wagtail.models import Page, TaskState

from cms_site.editors import waiting
from cms_site.editors.freshness import freshness, own_columns
from cms_site.editors.scope import own, writes
from cms_site.legacy.models import BrokenOldUrl
from cms_site.legacy.policies import may_look
from cms_site.legacy.review import Reason, may_review
from cms_site.legacy.worklist import open_rows
from migrate.clocks import ColumnState

_SHOWN = 8


class Panel(Component):
    """A panel for those whom `allowed` lets see it; nothing at all for others, and where there is nothing to say."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def allowed(self) -> bool:
        """Whether the user may see it."""
        return writes(self.request.user)

    def context(self) -> dict[str, Any] | None:
        """Return what the template shows, None where there is nothing."""
        raise NotImplementedError

    def render_html(self, parent_context: Mapping[str, Any] | None = None) -> str:
        """Return the panel, empty where nothing is to be shown."""
        self._found = self.context() if self.allowed else None
        return super().render_html(parent_context) if self._found is not None else ""

    def get_context_data(self, parent_context: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the template shows."""
        return {**(self._found or {}), "request": self.request}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that leads to its list."""

    number: int
    label: str
    url: str
    grave: bool = False


class ColumnsPanel(Panel):
    """Columns that are out of date, will be within a week, or are empty."""

    name = "columns"
    template_name = "editors/columns_panel.html"
    order = 230

    def context(self) -> dict[str, Any] | None:
        """Return the figures, and the columns that are worst."""
        rows = freshness(own_columns(self.request.user))
        if not rows:
            return None
        states = Counter(row.state for row in rows)
        report = reverse("editors:columns")
        soon = [row for row in rows if row.soon]
        stale = [row for row in rows if row.state is ColumnState.STALE]
        empty = [row for row in rows if row.state is ColumnState.EMPTY]
        figures = [
            Figure(states[ColumnState.STALE], _("out of date"), f"{report}?state=stale", grave=bool(stale)),
            Figure(len(soon), _("due within a week"), f"{report}?state=soon"),
            Figure(states[ColumnState.EMPTY], _("empty"), f"{report}?state=empty", grave=bool(empty)),
            Figure(len(rows), _("columns in all"), report),
        ]
        return {"figures": figures, "rows": [*stale, *soon, *empty][:_SHOWN], "report": report}


class WaitingPanel(Panel):
    """What waits for a person: imported pages, broken links; broken and open old addresses."""

    name = "waiting"
    template_name = "editors/waiting_panel.html"
    order = 240

    @property
    def allowed(self) -> bool:
        """Everybody: whoever has nothing to do is told so."""
        return True

    def context(self) -> dict[str, Any] | None:
        """Return the figures that are not nought; reviews have Wagtail's own panel above."""
        found = [figure for figure in (*self._queue(), *self._links(), *self._addresses()) if figure.number]
        if not found and TaskState.objects.reviewable_by(self.request.user).exists():
            return None
        return {"figures": found}

    def _queue(self) -> list[Figure]:
        """Count what the review queue shows, each figure as long as its list."""
        user = self.request.user
        if not may_review(user):
            return []
        names = {
            Reason.HELD: _("held drafts"),
            Reason.UNDECIDED: _("undecided drafts"),
            Reason.DOUBTFUL: _("pages in doubt"),
            Reason.LEGACY: _("pages to tidy"),
        }
        queue = reverse("review:index")
        return [
            Figure(waiting.in_queue(user, reason).count(), name, f"{queue}?reason={reason}", reason is Reason.HELD)
            for reason, name in names.items()
        ]

    def _links(self) -> list[Figure]:
        user = self.request.user
        if not writes(user):
            return []
        return [Figure(waiting.with_broken_links(user).count(), _("pages with broken links"), reverse("editors:links"))]

    def _addresses(self) -> list[Figure]:
        if not may_look(self.request.user):
            return []
        return [
            Figure(BrokenOldUrl.objects.count(), _("broken old URLs"), reverse("brokenoldurl:index"), grave=True),
            Figure(open_rows(wanted=True).count(), _("old URLs asked for in vain"), reverse("worklist:index")),
        ]


class SitesPanel(Panel):
    """Old sites on the move, with their balance."""

    name = "sites"
    template_name = "editors/sites_panel.html"
    order = 260

    @property
    def allowed(self) -> bool:
        """Whoever may look at old addresses."""
        return may_look(self.request.user)

    def context(self) -> dict[str, Any] | None:
        """Return the sites."""
        rows = waiting.moving_sites()
        return {"rows": rows, "outcomes": [name for name, _number in rows[0].outcomes]} if rows else None


class OwnPagesSummary(PagesSummaryItem):
    """How many pages a user writes for: Wagtail counts all below the page that the user's own have in common."""

    @cached_property
    def number(self) -> int:
        """Return how many pages are the user's own."""
        return Page.objects.filter(own(self.request.user), depth__gt=1).count()

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return Wagtail's words with our number."""
        return {**super().get_context_data(parent_context), "total_pages": self.number}
