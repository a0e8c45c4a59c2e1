"""Many entries of the review queue at once."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages

from cms_site.legacy import review_acts
from cms_site.legacy.intake.lock import one_at_a_time
from cms_site.legacy.models import DecisionBatch, Imported
from cms_site.legacy.review import item
from cms_site.legacy.review_acts import ACCEPT, COLUMN, MASK, OUTCOME, Choice, Meanwhile
from cms_site.legacy.review_choices import Columns, choice_of, outcome_choices, visible_columns
from cms_site.legacy.review_screens import KEPT, ReviewScreen
from cms_site.legacy.review_undo import count_lines
from cms_site.legacy.rulings import Refused
from migrate.errors import ShangyiError
from migrate.ruled import mask_text

MARKS = 50
"""What can be marked on one page of the list."""
PER_STEP = 50
"""Entries that one request deals with: a few seconds' work."""
_REFUSED_SHOWN = 10
_SITES = 200
"""Batches that one act goes on with: one a site."""
_CARRIED = ("act", "column", "outcome", "target", "why", "mask")
"""What was chosen, from one step to the next."""


class BulkForm(forms.Form):
    """What shall become of many entries."""

    act = forms.ChoiceField(
        label=_("What to do"),
        choices=[
            (ACCEPT, _("Accept and publish")),
            (MASK, _("Mask and publish")),
            (COLUMN, _("Change the column")),
            (OUTCOME, _("Change the outcome")),
        ],
    )
    column = forms.ChoiceField(label=_("column"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    target = forms.CharField(
        label=_("Leads to"),
        required=False,
        max_length=500,
        help_text=_("Only to redirect: a portal path such as /towns/dahe/notices/."),
    )
    why = forms.CharField(
        label=_("Reason"), required=False, max_length=500, help_text=_("For gone it is needed: visitors read it.")
    )

    def __init__(self, *args: Any, columns: list[Columns], **kwargs: Any) -> None:
        """Offer the columns in which this user may publish."""
        super().__init__(*args, **kwargs)
        groups = [(group.channel, [(column.pk, column.title) for column in group.columns]) for group in columns]
        self.fields["column"].choices = [("", _("Where each stands")), *groups]
        self.fields["outcome"].choices = [("", "---------"), *outcome_choices()]

    def clean(self) -> dict[str, Any]:
        """Require what the action needs."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("act") == COLUMN and not data.get("column"):
            self.add_error("column", _now("Choose a column."))
        if data.get("act") == OUTCOME and not data.get("outcome"):
            self.add_error("outcome", _now("Choose an outcome."))
        return data


class BulkView(ReviewScreen, TemplateView):
    """One action on those that were marked, or on all that match: asked first, then done step by step."""

    template_name = "legacy/admin/review_bulk.html"
    page_title = _("Review together")

    @property
    def _said(self) -> QueryDict:
        query: QueryDict = self.request.POST
        return query

    @cached_property
    def chosen(self) -> QuerySet[Imported]:
        """What the action is about, of what waits still."""
        if self._said.get("all") == "1":
            upto = self._number("upto")
            return self.rows.filter(pk__lte=upto) if upto else self.rows
        keys = [int(key) for key in self._said.getlist("key")[:MARKS] if key.isdecimal() and len(key) < 19]
        return self.rows.filter(pk__in=keys)

    def _number(self, name: str) -> int:
        text = self._said.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 19 else 0

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """There is nothing here without marks."""
        return redirect("review:index")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask what to do with those that were chosen; then do it, a step a request."""
        columns = list(visible_columns(request.user))
        if "run" not in self._said:
            number = self.chosen.count()
            if not number:
                messages.warning(request, _now("Mark entries first."))
                return self.back_to_list()
            return self._ask(BulkForm(columns=columns, initial={"act": self._said.get("act")}), number)
        form = BulkForm(self._said, columns=columns)
        if not form.is_valid():
            return self._ask(form, self.chosen.count())
        return self._step()

    def _ask(self, form: BulkForm, number: int) -> HttpResponse:
        last = self.chosen.order_by("-pk").values_list("pk", flat=True).first()
        shown = [mask_text(title) for title in self.chosen.values_list("page__title", flat=True)[:20]]
        return self._render({"form": form, "number": number, "shown": shown, "upto": last or 0, "after": 0})

    def _step(self) -> HttpResponse:
        """Deal with the next entries; go on, or tell what was done."""
        numbers = list(self.chosen.filter(pk__gt=self._number("after")).values_list("pk", flat=True)[: PER_STEP + 1])
        more, numbers = len(numbers) > PER_STEP, numbers[:PER_STEP]
        done, refused = self._number("done"), self._said.getlist("refused")[: _REFUSED_SHOWN + 1]
        left_out = self._number("left_out")
        choice = choice_of(self._said)
        try:
            for problem in self._each(numbers, choice):
                if problem:
                    left_out += 1
                    refused = [*refused, problem][:_REFUSED_SHOWN]
                else:
                    done += 1
        except ShangyiError as error:
            messages.error(self.request, error.reason)
            return self.back_to_list()
        if more:
            going = {"after": numbers[-1], "done": done, "left_out": left_out, "refused": refused}
            carried = [(name, value) for name in _CARRIED for value in self._said.getlist(name)]
            carried += [("batch", str(batch.pk)) for batch in self._batches.values() if batch.pk is not None]
            going |= {"upto": self._number("upto"), "number": self._number("number"), "carried": carried}
            return self._render(going)
        self._tell(done, left_out, refused)
        return self.back_to_list()

    def _each(self, numbers: list[int], choice: Choice) -> Iterator[str]:
        """Do the same with each; yield for each why it could not be, or nothing. Raises ShangyiError while an import
        runs.

        What fails is undone by itself, the others stand. What is done is kept in one batch a site.
        """
        sites = dict(Imported.objects.filter(pk__in=numbers).values_list("pk", "site_id"))
        try:
            for number in numbers:
                try:
                    batch = self._batch(sites[number])
                    with one_at_a_time():
                        self._still_waits(number)
                        review_acts.act(number, choice._replace(batch=batch.pk), self.request.user)
                except (KeyError, Imported.DoesNotExist):
                    yield _now("The page is no longer there.")
                except Meanwhile as error:
                    yield str(error)
                except Refused as error:
                    yield error.message
                except PermissionDenied:
                    yield _now("You may not publish there.")
                else:
                    yield ""
        finally:
            for batch in self._batches.values():
                count_lines(batch)

    def _still_waits(self, number: int) -> None:
        """Raise Meanwhile where somebody dealt with an entry since this step began; he saw it, and here nobody does."""
        row = Imported.objects.get(pk=number)
        if row.page is not None and not self.chosen.filter(pk=number).exists():
            raise Meanwhile(review_acts.told_meanwhile(item(row)))

    @cached_property
    def _batches(self) -> dict[int, DecisionBatch]:
        """The batches that earlier steps began, by site."""
        keys = [int(key) for key in self._said.getlist("batch")[:_SITES] if key.isdecimal() and len(key) < 19]
        applied = DecisionBatch.State.APPLIED
        return {
            row.site_id: row
            for row in DecisionBatch.objects.filter(pk__in=keys, actor=self.request.user, state=applied)
        }

    def _batch(self, site: int) -> DecisionBatch:
        if site not in self._batches:
            self._batches[site] = DecisionBatch.objects.create(
                site_id=site,
                source=str(_("Review queue")),
                actor=self.request.user,
                overwrite=True,
                state=DecisionBatch.State.APPLIED,
                applied_at=timezone.now(),
            )
        return self._batches[site]

    def _tell(self, done: int, left_out: int, refused: list[str]) -> None:
        if done:
            text = ngettext("%(n)d entry is dealt with.", "%(n)d entries are dealt with.", done)
            batches = [batch.pk for batch in self._batches.values() if batch.pk is not None]
            where = (
                reverse("decisionbatch:inspect", args=batches) if len(batches) == 1 else reverse("decisionbatch:index")
            )
            look = messages.button(where, DecisionBatch._meta.verbose_name)
            messages.success(self.request, text % {"n": done}, buttons=[look])
        if left_out:
            text = ngettext("%(n)d entry was left as it is: ", "%(n)d entries were left as they are: ", left_out)
            messages.warning(self.request, text % {"n": left_out} + " · ".join(refused))

    def _render(self, context: dict[str, Any]) -> HttpResponse:
        kept = [(name, self._said[name]) for name in KEPT if self._said.get(name)]
        chosen = {"everything": self._said.get("all") == "1", "keys": self._said.getlist("key")[:MARKS]}
        return self.render_to_response(self.get_context_data(filters_kept=kept, kept=self.kept, **chosen, **context))
