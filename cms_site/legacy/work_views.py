"""Screens of the admin for many old addresses: what waits, ruling on several at once, files of decisions, batches."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from cms_site.legacy import batches, worklist
from cms_site.legacy.decisions import RULINGS
from cms_site.legacy.finding import pasted
from cms_site.legacy.intake.lock import import_lock
from cms_site.legacy.models import Decision, DecisionBatch, DecisionLine, LogFile, OldSite, OldUrl, Recheck
from cms_site.legacy.policies import may_decide, may_look, may_overrule
from cms_site.legacy.ruling_files import lines_of
from cms_site.legacy.rulings import Judge, Refused, Ruling, known
from migrate.errors import ShangyiError
from migrate.sheets import MAX_BYTES, TableError

PER_PAGE = 50
MOST = 2_000
"""Addresses that one click may rule on; more of them belong into a file."""


class Screen(WagtailAdminTemplateMixin):
    """A page of the admin for those whom `allowed` lets in; everybody else is sent back."""

    page_title = ""
    header_icon = "list-ul"

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Say whether a user may be here."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Let those in who may."""
        if not self.allowed(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]


class FilterForm(forms.Form):
    """What the worklist may be asked for; anything odd is ignored, field by field."""

    q = forms.CharField(label=_("Old address or words"), required=False, max_length=2048)
    site = forms.ModelChoiceField(
        label=_("Old site"), required=False, queryset=OldSite.objects.all(), empty_label=_("All")
    )
    outcome = forms.ChoiceField(label=_("State"), required=False)
    wanted = forms.BooleanField(label=_("Asked for only"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the open states first."""
        super().__init__(*args, **kwargs)
        names = dict(OldUrl.Outcome.choices)
        open_ones = [(outcome.value, names[outcome]) for outcome in worklist.OPEN]
        settled = [(key, name) for key, name in OldUrl.Outcome.choices if key not in worklist.OPEN]
        self.fields["outcome"].choices = [
            ("", _("All that wait")),
            *open_ones,
            (worklist.UNKNOWN, _("unknown")),
            *settled,
        ]

    def rows(self) -> QuerySet:
        """Return the addresses that were asked for."""
        self.full_clean()
        asked = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        return worklist.open_rows(
            asked["site"] or None, outcome=asked["outcome"], words=asked["q"][:200], wanted=bool(asked["wanted"])
        )


class WorklistView(Screen, TemplateView):
    """What waits for a decision, most wanted first; marks lead to one decision on all of them."""

    template_name = "legacy/admin/worklist.html"
    page_title = _("Worklist")

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Whoever may see old URLs may see what waits."""
        return may_look(user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the list; an address pasted goes straight to what is known of it."""
        found = pasted(request.GET.get("q", "")[:4096])
        if found is not None:
            return self._at(found.site, found.canonical)
        return super().get(request, *args, **kwargs)

    def _at(self, site: OldSite, canonical: str) -> HttpResponse:
        old = OldUrl.objects.filter(site=site, canonical=canonical).only("pk").first()
        if old is not None:
            return redirect("oldurl:inspect", old.pk)
        decision = Decision.objects.filter(site=site, canonical=canonical).first()
        if decision is not None and self.request.user.has_perm("legacy.change_decision"):
            return redirect("decision:edit", decision.pk)
        messages.warning(self.request, _now("Nobody knows %(url)s: no capture has it.") % {"url": canonical})
        if may_decide(self.request.user):
            query = urlencode({"site": site.pk, "canonical": canonical})
            return redirect(f"{reverse('decision:add')}?{query}")
        return redirect("worklist:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the filters and a page of rows."""
        form = FilterForm(self.request.GET)
        rows = form.rows()
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("p"))
        sites = {site.pk: site for site in OldSite.objects.all()}
        names = dict(OldUrl.Outcome.choices) | {worklist.UNKNOWN: _now("unknown")}
        page.object_list = [
            row | {"site": sites[row["site_id"]], "state": names[row["outcome"]], "link": _link(row)}
            for row in page.object_list
        ]
        kept = self.request.GET.copy()
        kept.pop("p", None)
        return super().get_context_data(**kwargs) | {
            "filter_form": form,
            "filters": [(name, value) for name, value in kept.items() if name in form.fields],
            "most": MOST,
            "lines": page,
            "asked_url": kept.urlencode() + "&" if kept else "",
            "may_decide": may_decide(self.request.user),
            "may_upload": may_decide(self.request.user),
            "logs": LogFile.objects.aggregate(last=Max("read_at"))["last"],
            "looked": Recheck.objects.aggregate(last=Max("finished_at"))["last"],
            "broken": OldUrl.objects.filter(broken__isnull=False).count(),
        }


def _link(row: dict[str, Any]) -> str:
    """Return where one row leads: what is known of it, or a decision on it."""
    name, _dash, number = row["key"].partition("-")
    if name == "old":
        return reverse("oldurl:inspect", args=(number,))
    return reverse("decision:add") + "?" + urlencode({"site": row["site_id"], "canonical": row["canonical"]})


class RulingForm(forms.Form):
    """What shall become of several addresses."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=[("", "---------"), *RULINGS])
    column = forms.CharField(
        label=_("column"),
        max_length=500,
        required=False,
        help_text=_("For redirected and moved: a portal path such as /towns/dahe/notices/."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For gone it is needed: visitors read it."),
    )

    def ruling(self) -> Ruling:
        """Return what was said."""
        data = self.cleaned_data
        return Ruling(data["outcome"], data["column"], data["reason"])


class DecideView(Screen, FormView):
    """One decision on all addresses that were marked: shown once more, then written as a batch a site."""

    template_name = "legacy/admin/decide.html"
    form_class = RulingForm
    page_title = _("Decide together")
    header_icon = "check"

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Only who may write decisions."""
        return may_decide(user)

    @cached_property
    def keys(self) -> list[str]:
        """What was marked: rows one by one, or all that the list's filters let through, on whatever page."""
        if "all" in self.request.POST:
            return [row["key"] for row in FilterForm(self.request.POST).rows()[:MOST]]
        return self.request.POST.getlist("key")[:MOST]

    @cached_property
    def chosen(self) -> dict[int, list[str]]:
        """Site → canonical URLs that were marked."""
        return worklist.addresses(self.keys)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """There is nothing here without marks."""
        return redirect("worklist:index")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form for what was marked; write once it is filled in."""
        if not self.chosen:
            messages.warning(request, _now("Mark addresses first."))
            return redirect("worklist:index")
        if "outcome" not in request.POST:
            return self.render_to_response(self.get_context_data(form=RulingForm()))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: RulingForm) -> HttpResponse:
        """Write; what somebody ruled before is only replaced by those who may."""
        try:
            made = self._write(form.ruling())
        except (ShangyiError, Refused) as error:
            field = getattr(error, "field", None)
            form.add_error(field if field in form.fields else None, str(error))
            return self.form_invalid(form)
        for batch in made:
            tell_applied(self.request, batch)
        return redirect("decisionbatch:inspect", made[0].pk) if len(made) == 1 else redirect("decisionbatch:index")

    def _write(self, ruling: Ruling) -> list[DecisionBatch]:
        sites = OldSite.objects.in_bulk(list(self.chosen))
        source = str(_("Worklist"))
        with import_lock(), transaction.atomic():
            for site in sites.values():
                _refuse_if_none_can(site, self.chosen[site.pk], ruling)
            made = []
            for site in sites.values():
                lines = [
                    batches.Line(number, key, ruling, chosen=True) for number, key in enumerate(self.chosen[site.pk], 1)
                ]
                overwrite = may_overrule(self.request.user)
                batch = batches.preview(site, lines, source, self.request.user, overwrite=overwrite)
                made.append(batches.apply(batch, self.request.user))
        return made

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the marked addresses with the form."""
        chosen = [key for keys in self.chosen.values() for key in keys]
        shown = {"chosen": chosen[:20], "number": len(chosen), "keys": self.keys}
        return super().get_context_data(**kwargs) | shown


def _refuse_if_none_can(site: OldSite, keys: list[str], ruling: Ruling) -> None:
    """Raise Refused, as the first address says it, where the ruling can stand for none of them."""
    judge, olds = Judge(site), known(site, keys)
    first: Refused | None = None
    for key in keys:
        try:
            judge.accept(ruling, olds.get(key))
        except Refused as error:
            first = first or error
        else:
            return
    if first is not None:
        raise first


def tell_applied(request: HttpRequest, batch: DecisionBatch) -> None:
    """Say how many decisions a batch wrote, and how many it could not."""
    written, refused = batch.counts.get("written", 0), batch.counts.get("refused", 0) + batch.counts.get("outdated", 0)
    text = ngettext("%(n)d decision was written.", "%(n)d decisions were written.", written) % {"n": written}
    if written:
        messages.success(request, text)
    if refused:
        messages.warning(
            request, ngettext("%(n)d line was refused.", "%(n)d lines were refused.", refused) % {"n": refused}
        )
    if batch.counts.get("changed", 0) and not batch.overwrite:
        n = batch.counts["changed"]
        messages.warning(
            request,
            ngettext("%(n)d earlier decision was kept.", "%(n)d earlier decisions were kept.", n) % {"n": n},
        )


class UploadForm(forms.Form):
    """A file of decisions on one site's addresses."""

    site = forms.ModelChoiceField(label=_("Old site"), queryset=OldSite.objects.all())
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX. The first line names the columns: 旧网址, 去向, 栏目, 原因, 放行, 单独成页."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )


class UploadView(Screen, FormView):
    """Takes a file of decisions and shows what it would do."""

    template_name = "wagtailadmin/generic/form.html"
    form_class = UploadForm
    page_title = _("Decisions from a file")
    header_icon = "upload"

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Only who may write decisions."""
        return may_decide(user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the form's page needs."""
        label = _now("Show what it would do")
        return super().get_context_data(**kwargs) | {
            "action_url": self.request.path,
            "submit_button_label": label,
            "submit_button_active_label": _now("Reading …"),
        }

    def form_valid(self, form: UploadForm) -> HttpResponse:
        """Keep a preview and go there."""
        file, site = form.cleaned_data["file"], form.cleaned_data["site"]
        try:
            batch = batches.preview(site, lines_of(file.read(MAX_BYTES + 1)), file.name, self.request.user)
        except TableError as error:
            form.add_error("file", f"{error.public_reason} {error.public_hint}")
            return self.form_invalid(form)
        return redirect("decisionbatch:inspect", batch.pk)


class BatchView(Screen, TemplateView):
    """One batch: what its lines do or did, and the buttons to write it, to leave it, to take it back."""

    template_name = "legacy/admin/batch.html"
    page_title = _("Batch of decisions")
    header_icon = "table"

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Whoever may see or write decisions may look."""
        return any(user.has_perm(f"legacy.{action}_decision") for action in ("view", "add", "change"))

    @cached_property
    def batch(self) -> DecisionBatch:
        """The batch that was asked for."""
        rows = DecisionBatch.objects.select_related("site", "actor", "undone_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way here, over the list of batches."""
        home, here = super().get_breadcrumbs_items()
        label = DecisionBatch._meta.verbose_name_plural
        return [home, {"url": reverse("decisionbatch:index"), "label": label}, here | {"label": str(self.batch)}]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what a button says, if this user may."""
        act = request.POST.get("act", "")
        acts = {"keep": may_decide, "overwrite": may_overrule, "discard": may_decide, "undo": may_overrule}
        if act not in acts or not acts[act](request.user):
            raise PermissionDenied
        try:
            return self._act(act)
        except ShangyiError as error:
            messages.error(request, error.reason)
        return redirect("decisionbatch:inspect", pk)

    def _act(self, act: str) -> HttpResponse:
        user, batch = self.request.user, self.batch
        if act == "discard":
            DecisionBatch.objects.filter(pk=batch.pk, state=DecisionBatch.State.PREVIEW).delete()
            messages.success(self.request, _now("The preview is gone; nothing was decided."))
            return redirect("decisionbatch:index")
        with import_lock():
            if act == "undo":
                kept = batches.undo(batch, user)
                messages.success(self.request, _now("The batch is undone."))
                if kept:
                    text = ngettext(
                        "%(n)d decision stays: somebody ruled otherwise since.",
                        "%(n)d decisions stay: somebody ruled otherwise since.",
                        kept,
                    )
                    messages.warning(self.request, text % {"n": kept})
            else:
                tell_applied(self.request, batches.apply(batch, user, overwrite=act == "overwrite"))
        return redirect("decisionbatch:inspect", batch.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the figures and a page of lines."""
        lines = self.batch.lines.order_by("number", "pk")
        status = self.request.GET.get("status", "")
        if status in DecisionLine.Status.values:
            lines = lines.filter(status=status)
        page = Paginator(lines, PER_PAGE).get_page(self.request.GET.get("p"))
        outcomes = dict(OldUrl.Outcome.choices)
        for line in page.object_list:
            line.outcome_told = outcomes.get(line.ruling.get("outcome", ""), "")
            line.earlier_told = outcomes.get((line.earlier or {}).get("outcome", ""), "")
        # of the lines as they are: writing changes some, where somebody ruled after the preview
        numbers = dict(self.batch.lines.order_by().values_list("status").annotate(Count("pk")))
        counts = [(key, name, numbers.get(key, 0)) for key, name in DecisionLine.Status.choices]
        user = self.request.user
        return super().get_context_data(**kwargs) | {
            "batch": self.batch,
            "lines": page,
            "counts": counts,
            "status": status,
            "asked_url": f"status={status}&" if status in DecisionLine.Status.values else "",
            "may_apply": may_decide(user) and self.batch.state == DecisionBatch.State.PREVIEW,
            "may_overwrite": may_overrule(user),
            "may_undo": may_overrule(user) and self.batch.state == DecisionBatch.State.APPLIED,
        }
