"""The desk of reposted notices in the admin: the list, one notice, an address pasted, the report of a month."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.log_actions import registry
from wagtail.models import WorkflowState

from cms_site.legacy.work_views import Screen
from cms_site.policy import acts, versions
from cms_site.policy.models import Correction, Likeness, Notice
from cms_site.policy.policies import may_act, may_look
from cms_site.policy.report import bounds_of, html_of, month_of, report_of, told_moment, xlsx_of
from cms_site.policy.standing import STATES, open_notices, with_states
from migrate.config import find_project
from migrate.errors import ShangyiError, UsageError
from migrate.notices import NoticeState

PER_PAGE = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DeskScreen(Screen):
    """A screen of the desk."""

    header_icon = "time"

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Those who sit at the desk."""
        return may_look(user)

    @property
    def acts(self) -> bool:
        """Whether the user may do more than look."""
        return may_act(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what every screen says."""
        return super().get_context_data(**kwargs) | {"may_act": self.acts}


class FilterForm(forms.Form):
    """What the list may be asked for; anything odd is ignored, field by field."""

    q = forms.CharField(label=_("Title or address"), required=False, max_length=200)
    state = forms.ChoiceField(label=_("State"), required=False)
    source = forms.ChoiceField(label=_("source"), required=False)
    month = forms.ChoiceField(label=_("Month"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = (
            Notice.objects.exclude(source="").values_list("source").annotate(name=Max("publisher")).order_by("source")
        )
        self.fields["source"].choices = [("", _("All")), *((source, name or source) for source, name in names)]
        self.fields["month"].choices = [("", _("All")), *((month, month) for month in months())]
        self.fields["state"].choices = [("", _("All")), *_SPECIAL.items(), *STATES.items()]


_SPECIAL = {
    "todo": _("to be done"),
    "overdue": _("overdue"),
    "corrections": _("with corrections waiting"),
    "candidates": _("with candidates waiting"),
}


def months() -> list[str]:
    """Return the months from the newest notice back to the first, two years at most."""
    ends = Notice.objects.aggregate(first=Min("published_earliest"), last=Max("published_earliest"))
    if ends["first"] is None:
        return []
    found, first, day = [], month_of(ends["first"]), timezone.localtime(ends["last"]).date().replace(day=1)
    while len(found) < 24 and f"{day:%Y-%m}" >= first:
        found.append(f"{day:%Y-%m}")
        day = (day - timedelta(days=1)).replace(day=1)
    return found


class ListView(DeskScreen, TemplateView):
    """All notices, the newest first; what is to be done, the most urgent first."""

    template_name = "policy/admin/list.html"
    page_title = _("Reposted notices")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the filters and a page of rows."""
        form, now = FilterForm(self.request.GET), timezone.now()
        form.full_clean()
        asked = {name: form.cleaned_data.get(name) or "" for name in form.fields}
        rows = found_by(asked, now).select_related("page").defer("text")
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("p"))
        page.object_list = list(page.object_list)
        waiting = _counts(Correction.objects.filter(state=Correction.State.OPEN), page.object_list)
        alike = _counts(Likeness.objects.filter(verdict=Likeness.Verdict.OPEN), page.object_list)
        for row in page.object_list:
            dress(row, now)
            row.waiting, row.alike = waiting.get(row.pk), alike.get(row.pk)
        kept = self.request.GET.copy()
        kept.pop("p", None)
        return super().get_context_data(**kwargs) | {
            "filter_form": form,
            "lines": page,
            "asked": any(asked.values()),
            "any_waivable": self.acts and any(row.waivable for row in page.object_list),
            "asked_url": kept.urlencode() + "&" if kept else "",
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Waive the rows that are ticked, all for one reason, and show the list as it was asked for."""
        if not self.acts:
            raise PermissionDenied
        numbers = [_number(number) for number in request.POST.getlist("number")[:PER_PAGE]]
        rows = with_states(timezone.now()).filter(pk__in=numbers, state__in=_WAIVABLE)
        try:
            waived = acts.waive_all(rows, request.POST.get("reason", ""), request.user)
        except ShangyiError as error:
            messages.error(request, f"{error.reason} {error.hint}")
        else:
            messages.success(request, _now("Waived: %(n)s.") % {"n": waived})
        return redirect(request.get_full_path())


def _counts(rows: QuerySet, notices: list[Notice]) -> dict[int, int]:
    """Return notice → how many of the rows are its own."""
    own = rows.filter(notice__in=notices).order_by().values_list("notice")
    return dict(own.annotate(number=Count("pk")))


def found_by(asked: dict[str, str], now: Any) -> QuerySet[Notice]:
    """Return the notices that are asked for."""
    state = asked["state"]
    rows = open_notices(now) if state in ("todo", "overdue") else with_states(now)
    if state == "overdue":
        rows = rows.filter(due__lt=now)
    elif state == "corrections":
        rows = rows.filter(Exists(Correction.objects.filter(notice=OuterRef("pk"), state=Correction.State.OPEN)))
    elif state == "candidates":
        rows = rows.filter(Exists(Likeness.objects.filter(notice=OuterRef("pk"), verdict=Likeness.Verdict.OPEN)))
    elif state in STATES:
        rows = rows.filter(state=state)
    if asked["source"]:
        rows = rows.filter(source=asked["source"])
    if asked["month"]:
        first, end = bounds_of(asked["month"])
        rows = rows.filter(published_earliest__gte=first, published_earliest__lt=end)
    for word in asked["q"].split():
        rows = rows.filter(Q(title__icontains=word) | Q(key__icontains=word) | Q(url__icontains=word))
    return rows


def dress(row: Notice, now: Any) -> None:
    """Say of a row what the screens show of its clock."""
    row.told, row.when = STATES[row.state], told_moment(row.published)
    is_open = row.reposted_at is None and row.waived_at is None and row.same_as_id is None
    row.overdue = is_open and row.due < now
    row.left = row.due - now if is_open else None
    row.waivable = row.state in _WAIVABLE
    row.hours_left = int(row.left.total_seconds() // 3600) if row.left is not None and not row.overdue else None


# one notice


class ReasonForm(forms.Form):
    """A reason that must be given."""

    reason = forms.CharField(
        label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2, "required": True})
    )


class NoticeView(DeskScreen, TemplateView):
    """One notice: where it comes from, its clock, its page, candidates, corrections; and what can be done."""

    template_name = "policy/admin/notice.html"

    @cached_property
    def notice(self) -> Notice:
        """The notice that was asked for."""
        rows = with_states(timezone.now()).select_related("page", "same_as", "waived_by", "explained_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Return its title."""
        return self.notice.title

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here."""
        desk = {"url": reverse("policy_desk:index"), "label": _now("Reposted notices")}
        return [*self.breadcrumbs_items, desk, {"url": "", "label": self.notice.title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return all that is known of the notice."""
        row, user = self.notice, self.request.user
        dress(row, timezone.now())
        page = row.page.specific if row.page is not None else None
        may = page.permissions_for_user(user) if page is not None else None
        running = WorkflowState.objects.active().for_instance(page).first() if page is not None else None
        waiting = row.corrections.filter(state=Correction.State.OPEN)
        likenesses = list(row.likenesses.select_related("page", "actor"))
        undecided = [one for one in likenesses if one.verdict == Likeness.Verdict.OPEN and page is not None]
        hours = row.times.hours()
        return super().get_context_data(**kwargs) | {
            "row": row,
            "page": page,
            "may_edit": may is not None and may.can_edit(),
            "may_publish": may is not None and may.can_publish(),
            "task": running.current_task_state.task if running and running.current_task_state else None,
            "hours": hours,
            "corrections": [versions.compared(one) for one in waiting] if page is not None else [],
            "bare": list(waiting) if page is None else [],
            "settled": row.corrections.exclude(state=Correction.State.OPEN).select_related("actor"),
            "candidates": [versions.candidate(one, user) for one in undecided],
            "ruled": [one for one in likenesses if one.verdict != Likeness.Verdict.OPEN],
            "others": row.others.all(),
            "history": registry.get_logs_for_instance(row).select_related("user").order_by("-timestamp")[:20],
            "may_waive": row.state in _WAIVABLE,
            "may_explain": row.state in (NoticeState.LATE, NoticeState.MISSED),
            "late": row.state in (NoticeState.LATE, NoticeState.MISSED),
            "only_later": row.state == NoticeState.IN_TIME and not row.times.surely_in_time,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what a button says, and show the notice again."""
        act = getattr(self, f"_{request.POST.get('act', '')}", None)
        if not self.acts or act is None or request.POST["act"] not in _ACTS:
            raise PermissionDenied
        try:
            act()
        except ShangyiError as error:
            messages.error(request, f"{error.reason} {error.hint}")
        return redirect("policy_desk:notice", pk=self.notice.pk)

    def _same(self) -> None:
        acts.rule_same(self._likeness(), self.request.user)
        messages.success(self.request, _now("Both are one page now; old addresses lead there."))

    def _other(self) -> None:
        acts.rule_other(self._likeness(), self.request.user)
        messages.success(self.request, _now("Noted: they are not the same."))

    def _likeness(self) -> Likeness:
        rows = self.notice.likenesses.filter(verdict=Likeness.Verdict.OPEN)
        return get_object_or_404(rows, pk=_number(self.request.POST.get("number", "")))

    def _take(self) -> None:
        correction, said = self._correction(), self.request.POST
        if versions.is_edited(correction) and said.get("sure") != "1":
            raise acts.Refused(
                _now("An editor changed the page."), _now("Say that the correction may replace these changes.")
            )
        seen = said.get("latest", "")
        done = acts.take_correction(correction, self.request.user, latest=_number(seen) if seen else None)
        if done.published:
            messages.success(self.request, _now("The correction is taken and published."))
        elif done.submitted:
            messages.success(self.request, _now("The correction is taken as a draft and went into review."))
        else:
            messages.success(self.request, _now("The correction is taken."))

    def _dismiss(self) -> None:
        acts.dismiss_correction(self._correction(), self.request.user)
        messages.success(self.request, _now("The correction is dismissed."))

    def _correction(self) -> Correction:
        rows = self.notice.corrections.filter(state=Correction.State.OPEN)
        return get_object_or_404(rows, pk=_number(self.request.POST.get("number", "")))

    def _waive(self) -> None:
        acts.waive(self.notice, self.request.POST.get("reason", ""), self.request.user)
        messages.success(self.request, _now("Waived: it need not be reposted."))

    def _unwaive(self) -> None:
        acts.unwaive(self.notice, self.request.user)
        messages.success(self.request, _now("Its clock runs again."))

    def _explain(self) -> None:
        acts.explain(self.notice, self.request.POST.get("reason", ""), self.request.user)
        messages.success(self.request, _now("The reason stands in the report."))


_ACTS = ("same", "other", "take", "dismiss", "waive", "unwaive", "explain")
_WAIVABLE = (NoticeState.NEW, NoticeState.DRAFTED, NoticeState.IN_REVIEW, NoticeState.MISSED)


def _number(text: str) -> int:
    """Return a number from a form. Raises Http404 for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


# by hand


class AddressForm(forms.Form):
    """The address of an original."""

    url = forms.URLField(label=_("address of the original"), max_length=2000, assume_scheme="https")


class RepostView(DeskScreen, FormView):
    """Reposts what lies at a pasted address: it is fetched, read and drafted at once."""

    template_name = "policy/admin/repost.html"
    page_title = _("Repost an address")
    header_icon = "link"
    form_class = AddressForm

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Those who may do more than look."""
        return may_act(user)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here."""
        desk = {"url": reverse("policy_desk:index"), "label": _now("Reposted notices")}
        return [*self.breadcrumbs_items, desk, {"url": "", "label": self.page_title}]

    def form_valid(self, form: AddressForm) -> HttpResponse:
        """Have it fetched, and lead to the notice; say why where it can't be had."""
        from migrate.pipeline import policy

        try:
            project = find_project(settings.PROJECT_ROOT)
            key, findings = policy.repost(project, form.cleaned_data["url"], actor=self.request.user.get_username())
        except ShangyiError as error:
            form.add_error("url", f"{error.reason} {error.hint}")
            return self.form_invalid(form)
        for finding in findings:
            messages.warning(self.request, f"{finding.message} {finding.hint}")
        notice = Notice.objects.filter(key=key).first()
        if notice is None:
            return redirect("policy_desk:index")
        return redirect("policy_desk:notice", pk=notice.pk)


# the report


class ReportView(DeskScreen, TemplateView):
    """The report of a month, to be read and to be taken along."""

    template_name = "policy/admin/report.html"
    page_title = _("Report on reposts")
    header_icon = "table"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here."""
        desk = {"url": reverse("policy_desk:index"), "label": _now("Reposted notices")}
        return [*self.breadcrumbs_items, desk, {"url": "", "label": self.page_title}]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the report, or hand it out as a file."""
        now = timezone.now()
        try:
            report = report_of(request.GET.get("month") or month_of(now), now)
        except UsageError as error:
            raise Http404(error.reason) from error
        kind = request.GET.get("as", "")
        if kind == "xlsx":
            return _file(xlsx_of(report), _XLSX, f"policy-{report.month}.xlsx")
        if kind == "html":
            return _file(html_of(report).encode(), "text/html; charset=utf-8", f"policy-{report.month}.html")
        return self.render_to_response(
            self.get_context_data(
                report=report, lines=report.lines, months=sorted({*months(), report.month}, reverse=True)
            )
        )


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        data, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip
