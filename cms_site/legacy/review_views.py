"""The review queue in the admin: the list, and one entry with old and new side by side."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _now
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.log_actions import log

from cms_site.legacy import review, review_acts, review_text
from cms_site.legacy.copies import Unreadable, injected_in
from cms_site.legacy.inspecting import field_names, held_names
from cms_site.legacy.models import Imported
from cms_site.legacy.policies import may_decide
from cms_site.legacy.review import Reason
from cms_site.legacy.review_acts import Meanwhile
from cms_site.legacy.review_choices import choice_of, columns_for, outcome_choices
from cms_site.legacy.review_screens import EntryScreen, ReviewScreen
from cms_site.legacy.rulings import Refused
from migrate.errors import ShangyiError
from migrate.ruled import DOUBTFUL, MASKED, mask_text

PER_PAGE = 50
_PASSAGES = 12
"""Numbers that are named above the pages; all are marked in them."""


class ReviewView(ReviewScreen, TemplateView):
    """What waits, in the order in which it came."""

    template_name = "legacy/admin/review.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the filters and a page of rows."""
        rows = self.rows.select_related("page", "site", "column").defer("evidence", "sketch", "unresolved")
        page = Paginator(rows, PER_PAGE).get_page(self._said.get("p"))
        reasons = review.reasons_of(page.object_list)
        for row in page.object_list:
            row.told = _told_reasons(row, reasons[row.pk])
            row.percent, row.title_told = _percent(row.least_sure), mask_text(row.page.title)
        return super().get_context_data(**kwargs) | {
            "filter_form": self.filters,
            "lines": page,
            "kept": self.kept,
            "asked_url": self.kept.removeprefix("?") + "&" if self.kept else "",
        }


class Told(NamedTuple):
    """A reason for people, and what it is."""

    kind: str
    text: str


def _told_reasons(row: Imported, reasons: Iterable[str]) -> list[Told]:
    names = dict(Reason.choices)
    told = []
    for reason in reasons:
        if reason == Reason.HELD:
            told += [Told("held", held_names().get(held, held)) for held in row.held]
        else:
            told.append(Told(reason, str(names[reason])))
    return told


def _percent(confidence: float | None) -> int | None:
    return None if confidence is None else round(100 * confidence)


class EntryView(EntryScreen, TemplateView):
    """One entry: old and new side by side, why it waits, what it rests on, and the buttons."""

    template_name = "legacy/admin/review_entry.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here, over the list."""
        home, here = super().get_breadcrumbs_items()
        listed = {"url": reverse("review:index") + self.kept, "label": here["label"]}
        return [home, listed, {"url": "", "label": self.hide(self.item.page.title)}]

    def hide(self, text: str) -> str:
        """Return a text with the numbers of persons masked, unless they are to be seen."""
        return text if self.revealed else mask_text(text)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it; who asked to see numbers is noted in the page's history."""
        if self.revealed:
            log(self.row.page, "legacy.reveal", user=request.user)
        response = super().get(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = "frame-src 'self'"
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what a button says, then go on with the next one under the same filters."""
        act = request.POST.get("act", "")
        if act not in review_acts.ACTS:
            raise PermissionDenied
        following = self._beside(after=True) or self._first_other()
        try:
            done = review_acts.act_on(self.row.pk, choice_of(request.POST), request.user, request.POST.get("state", ""))
        except (Refused, Meanwhile, ShangyiError) as error:
            text = error.reason if isinstance(error, ShangyiError) else str(error)
            messages.warning(request, text)
            return redirect(self._address(self.row.pk))
        messages.success(request, mask_text(done))
        if following is None:
            messages.success(request, _now("That was the last one."))
            return self.back_to_list()
        return redirect(self._address(following))

    def _address(self, number: int) -> str:
        return reverse("review:entry", args=(number,)) + self.kept

    def _beside(self, *, after: bool) -> int | None:
        rows = self.rows.filter(pk__gt=self.row.pk) if after else self.rows.filter(pk__lt=self.row.pk).order_by("-pk")
        number: int | None = rows.values_list("pk", flat=True).first()
        return number

    def _first_other(self) -> int | None:
        number: int | None = self.rows.exclude(pk=self.row.pk).values_list("pk", flat=True).first()
        return number

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return everything that is told of the entry."""
        found, row = self.item, self.row
        before, after = self._beside(after=False), self._beside(after=True)
        here = self._address(row.pk)
        joint = "&" if "?" in here else "?"
        reasons = review.reasons_of([row])[row.pk]
        said = self.request.GET.get("whole", "")
        whole = said == "1" or (said != "0" and Reason.DOUBTFUL in reasons)  # what is in doubt stands beside the body
        frame = {"reveal": "1"} if self.revealed else {}
        return super().get_context_data(**kwargs) | self._texts() | {
            "item": found,
            "row": row,
            "title": self.hide(found.page.title),
            "told": _told_reasons(row, reasons),
            "evidence": [*self._evidence()],
            "total": self.rows.count(),
            "place": self.rows.filter(pk__lte=row.pk).count(),
            "previous": self._address(before) if before else "",
            "following": self._address(after) if after else "",
            "list_url": reverse("review:index") + self.kept,
            "here": here,
            "reveal_url": here if self.revealed else f"{here}{joint}reveal=1",
            "revealed": self.revealed,
            "whole": whole,
            "part_query": f"{joint}whole={int(not whole)}",
            "frame_query": "?" + urlencode(frame),
            "old_query": "?" + urlencode(frame | ({"whole": "1"} if whole else {})),
            "edit_url": reverse("wagtailadmin_pages:edit", args=(row.page_id,)) + "?" + urlencode({"next": here}),
            "may_edit": found.page.permissions_for_user(self.request.user).can_edit(),
            "may_publish": self.may_publish,
            "may_decide": self.may_publish and (
                may_decide(self.request.user) or review.reviews(self.request.user)
            ),
            "columns": columns_for(found, self.request.user) if self.may_publish else [],
            "outcomes": outcome_choices(),
        }  # fmt: skip

    def _texts(self) -> dict[str, Any]:
        """Return the numbers on the new page, what differs from the old one, and what was cut out of that."""
        page, old = self.item.page, self.captured()
        before, after = (
            [self.hide(line) for line in review_text.readable(html)] for html in (old, review_text.body_of(page))
        )
        head = "".join(f"<p>{_as_html(text)}</p>" for text in review_acts.texts_of(page))
        on_page = set(review_acts.kinds_on(page))
        passages = review_text.passages(head, revealed=self.revealed)
        return {
            "captured": bool(old),
            "differences": review_text.differences(before, after) if old else [],
            "passages": passages[:_PASSAGES],
            "more_passages": max(0, len(passages) - _PASSAGES),
            "masks": [
                (reason, name, reason in self.row.held)
                for reason, name in held_names().items()
                if reason in MASKED and reason in on_page
            ],
            "injected": self._injected(),
        }

    def _injected(self) -> list[str]:
        old, stored = self.item.old, self.stored
        if old is None or stored is None or not any(held.startswith("injected") for held in self.row.held):
            return []
        try:
            cut = injected_in(old, stored)
        except Unreadable:
            return []
        return [*(f"{host} × {number}" for host, number in cut.hosts.items()), *cut.scripts]

    def _evidence(self) -> Iterator[dict[str, Any]]:
        names = field_names()
        for name, found in self.row.evidence.items():
            yield {
                "name": names.get(name, name),
                "value": self.hide(str(found.get("value", ""))),
                "origin": found.get("origin", ""),
                "percent": _percent(found.get("confidence", 0)),
                "doubtful": found.get("confidence", 0) < DOUBTFUL,
            }


def _as_html(text: str) -> str:
    """Return a text of a page as HTML; that of a block is some already."""
    return text if "<" in text else str(escape(text))
