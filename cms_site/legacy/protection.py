"""Before a page with old addresses is deleted, unpublished or moved, somebody says what they shall do (design §7).

The same holds before a document or image is deleted.

The answer is a batch of decisions, which answers visitors at once and can be undone; “follow” (moving) and “wait”
(unpublishing) decide nothing and are remembered for as long as the action itself takes.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.documents import get_document_model
from wagtail.documents.models import AbstractDocument
from wagtail.documents.views.documents import DeleteView as DocumentDeleteView
from wagtail.images import get_image_model
from wagtail.images.models import AbstractImage
from wagtail.images.views.images import DeleteView as ImageDeleteView
from wagtail.models import Page
from wagtail.permissions import policy_registry

from cms_site.legacy import batches
from cms_site.legacy.intake.lock import import_lock
from cms_site.legacy.models import Decision, OldSite, OldUrl
from cms_site.legacy.policies import may_overrule
from cms_site.legacy.rulings import Judge, Refused, Ruling, leads_elsewhere
from cms_site.legacy.work_views import Screen, tell_applied
from migrate.errors import ShangyiError

File = AbstractDocument | AbstractImage
Thing = Page | File

ANSWER_LASTS = 1800
"""Seconds for which “follow” and “wait” are remembered: as long as somebody may take to confirm."""

_SHOWN = 20
_MOST_THINGS = 1_000
_REMEMBERED = "legacy.answers"

_AWAY = (OldUrl.Outcome.ARCHIVE, OldUrl.Outcome.GONE, OldUrl.Outcome.UNDECIDED)


def leading_here(page: Page, *, below: bool = True) -> QuerySet[OldUrl]:
    """Return the old URLs that lead to a page, or to anything below it, and of which nobody ruled otherwise."""
    return leading_to([page], below=below)


def leading_to(things: Iterable[Thing], *, below: bool = True) -> QuerySet[OldUrl]:
    """As `leading_here`, of several pages, documents or images."""
    pages = [thing for thing in things if isinstance(thing, Page)]
    files = [thing for thing in things if not isinstance(thing, Page)]
    leading = (_to_pages(pages, below=below) if pages else Q(pk__in=[])) | _to_files(files)
    ruled_away = Decision.objects.filter(
        site=OuterRef("site"), canonical=OuterRef("canonical"), outcome__in=[outcome.value for outcome in _AWAY]
    )
    return OldUrl.objects.filter(leading).exclude(Exists(ruled_away))


def _to_pages(pages: Iterable[Page], *, below: bool) -> Q:
    places = Q(pk__in=[])
    for page in pages:
        places |= Q(path__startswith=page.path) if below else Q(pk=page.pk)
    inside = Page.objects.filter(places).values("pk")
    moved = Q(outcome=OldUrl.Outcome.MOVE, imported__page__in=inside)
    accepted = Q(outcome=OldUrl.Outcome.UNDECIDED, imported__page__in=inside, imported__page__live=True)
    redirected = Q(outcome=OldUrl.Outcome.REDIRECT, target__in=inside)
    return moved | accepted | redirected


def _to_files(files: Iterable[File]) -> Q:
    found = Q(pk__in=[])
    for file in files:
        name = "document" if isinstance(file, AbstractDocument) else "image"
        found |= Q(outcome=OldUrl.Outcome.MOVE, **{f"imported__{name}": file.pk})
        found |= Q(outcome=OldUrl.Outcome.REDIRECT, target=None, target_url__endswith=_path_of(file))
    return found


def _path_of(file: File) -> str:
    return str(file.url if isinstance(file, AbstractDocument) else file.file.url)


def ask_first(request: HttpRequest, action: str, things: Sequence[Thing], *, below: bool = True) -> HttpResponse | None:
    """Return the way to the question if old URLs lead to one of the things; None lets the action go on.

    They are of one kind: pages, documents or images.
    """
    asked = [thing for thing in things if not _is_answered(request, action, thing)]
    if not asked or not leading_to(asked, below=below).exists():
        return None
    query: list[tuple[str, Any]] = [("id", thing.pk) for thing in asked[:_MOST_THINGS]]
    query += [("of", _kind(asked[0])), ("action", action), ("below", int(below)), ("next", request.get_full_path())]
    return redirect(f"{reverse('worklist:protect')}?{urlencode(query)}")


def _models() -> dict[str, type[Thing]]:
    return {"page": Page, "document": get_document_model(), "image": get_image_model()}


def _kind(thing: Thing) -> str:
    return next(name for name, model in _models().items() if isinstance(thing, model))


class _AsksFirst:
    """Before a file is deleted: asks what its old addresses shall do."""

    def run_before_hook(self) -> HttpResponse | None:
        return ask_first(self.request, "delete", [self.object])


class DocumentDeleteAskingView(_AsksFirst, DocumentDeleteView):
    """Wagtail's own, after the question: it has no hook for documents."""


class ImageDeleteAskingView(_AsksFirst, ImageDeleteView):
    """Wagtail's own, after the question."""


def _is_answered(request: HttpRequest, action: str, thing: Thing) -> bool:
    said = request.session.get(_REMEMBERED, {}).get(_answer_key(action, thing), 0)
    return timezone.now().timestamp() - said < ANSWER_LASTS


def _answer_key(action: str, thing: Thing) -> str:
    return f"{action}:{_kind(thing)}:{thing.pk}"


def _remember(request: HttpRequest, action: str, things: Iterable[Thing]) -> None:
    now = timezone.now().timestamp()
    said = request.session.get(_REMEMBERED, {})
    kept = {key: at for key, at in said.items() if now - at < ANSWER_LASTS}
    request.session[_REMEMBERED] = kept | {_answer_key(action, thing): now for thing in things}


class AnswerForm(forms.Form):
    """What the old addresses shall do."""

    answer = forms.ChoiceField(label=_("What shall the old addresses do?"), widget=forms.RadioSelect)
    column = forms.CharField(
        label=_("Leads to"),
        max_length=500,
        required=False,
        help_text=_("Only to redirect: a portal path such as /towns/dahe/notices/."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, help_text=_("For gone it is needed: visitors read it.")
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        """Offer what this user may answer to this action."""
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = choices
        if not any(key not in _UNDECIDING for key, _name in choices):
            del self.fields["column"], self.fields["reason"]


_UNDECIDING = ("follow", "wait")


def _choices(action: str, *, decide: bool) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    if action == "move":
        found.append(("follow", _("Follow the page to its new place")))
    if action == "unpublish":
        found.append(("wait", _("Wait: say 404 until the page is published again, or show the archived copy")))
    if decide:
        found += [
            ("redirect", _("Redirect to another page or column")),
            ("archive", _("Show the archived copy")),
            ("gone", _("Say that it is gone, and why (410)")),
            ("undecided", _("Leave undecided: onto the worklist")),
        ]
    return found


class ProtectView(Screen, FormView):
    """Asks what the old addresses of pages or files shall do; then the action goes on where it was."""

    template_name = "legacy/admin/protect.html"
    form_class = AnswerForm
    header_icon = "warning"
    page_title = _("Old addresses lead here")

    def allowed(self, user: AbstractBaseUser) -> bool:
        """Whoever may act on the things is asked; only who may overrule answers for the addresses."""
        acts = {"delete": "can_delete", "unpublish": "can_unpublish", "move": "can_move"}
        if self.action not in acts or not self.things or not self.next_url:
            return False
        if self.of == "page":
            return all(getattr(page.permissions_for_user(user), acts[self.action])() for page in self.things)
        policy = policy_registry.get_by_type(_models()[self.of])
        return self.action == "delete" and all(
            policy.user_has_permission_for_instance(user, "delete", file) for file in self.things
        )

    @property
    def _asked(self) -> Any:
        return self.request.POST if self.request.method == "POST" else self.request.GET

    @property
    def action(self) -> str:
        """What somebody is about to do: delete, unpublish or move."""
        return str(self._asked.get("action", ""))

    @property
    def below(self) -> bool:
        """Whether the pages below go with them."""
        return self._asked.get("below") == "1"

    @cached_property
    def next_url(self) -> str:
        """Where the action goes on; empty for an address elsewhere."""
        return str(get_valid_next_url_from_request(self.request))

    @property
    def of(self) -> str:
        """What the action is about: page, document or image."""
        said = str(self._asked.get("of", ""))
        return said if said in _models() else "page"

    @cached_property
    def things(self) -> list[Thing]:
        """The pages or files that the action is about."""
        asked = self._asked.getlist("id")[:_MOST_THINGS]
        numbers = [int(text) for text in asked if text.isdecimal() and len(text) < 19]
        return list(_models()[self.of]._default_manager.filter(pk__in=numbers))

    @cached_property
    def decides(self) -> bool:
        """Whether this user may rule on addresses that somebody ruled on before."""
        return may_overrule(self.request.user)

    def old_urls(self) -> QuerySet[OldUrl]:
        """Return what leads to the things."""
        return leading_to(self.things, below=self.below)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Return the choices, and the column that suggests itself."""
        kwargs = super().get_form_kwargs() | {"choices": _choices(self.action, decide=self.decides)}
        first = kwargs["choices"][0][0] if kwargs["choices"] else None
        return kwargs | {"initial": {"answer": first, "column": self._suggested()}}

    def _suggested(self) -> str:
        parent = self._parent
        url = parent.get_url(self.request) if parent is not None and parent.depth > 2 and parent.live else None
        return url if url and url.startswith("/") else ""

    @property
    def _parent(self) -> Page | None:
        return self.things[0].get_parent() if self.of == "page" else None

    @property
    def _title(self) -> str:
        return str(self.things[0].get_admin_display_title() if self.of == "page" else self.things[0].title)

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        """Write the answer; go on once no address is left without one."""
        answer = form.cleaned_data["answer"]
        if answer in _UNDECIDING:
            _remember(self.request, self.action, self.things)
            return redirect(self.next_url)
        if not self.decides:
            raise PermissionDenied
        ruling = Ruling(
            answer, form.cleaned_data["column"] if answer == "redirect" else "", form.cleaned_data["reason"]
        )
        try:
            self._decide(ruling)
        except (ShangyiError, Refused) as error:
            field = getattr(error, "field", None)
            form.add_error(field if field in form.fields else None, str(error))
            return self.form_invalid(form)
        if self.old_urls().exists():
            messages.warning(self.request, _now("Some addresses can't do that: choose something else for them."))
            return self.render_to_response(self.get_context_data(form=self.form_class(**self._unbound())))
        return redirect(self.next_url)

    def _unbound(self) -> dict[str, Any]:
        return {
            name: value for name, value in self.get_form_kwargs().items() if name in ("choices", "initial", "prefix")
        }

    def _decide(self, ruling: Ruling) -> None:
        self._refuse_target(ruling)
        keys: dict[int, list[str]] = {}
        for site, canonical in self.old_urls().values_list("site_id", "canonical"):
            keys.setdefault(site, []).append(canonical)
        names = {"delete": _now("Deleted"), "unpublish": _now("Unpublished"), "move": _now("Moved")}
        with import_lock(), transaction.atomic():
            for site in OldSite.objects.filter(pk__in=keys):
                source = f"{names[self.action]}: {self._title}"
                batch = batches.decide_together(site, keys[site.pk], ruling, source, self.request.user)
                tell_applied(self.request, batch)

    def _refuse_target(self, ruling: Ruling) -> None:
        """Raise Refused for a ruling that stands nowhere: no such page, or one that goes as well; no reason."""
        if ruling.outcome == OldUrl.Outcome.REDIRECT:
            judge = Judge(OldSite.objects.filter(old_urls__in=self.old_urls()).first() or OldSite.objects.first())
            column = judge.accept(ruling, None).column
            if leads_elsewhere(column):
                return
            target = judge.page_at(column)
            if self.of == "page" and self._goes_as_well(target):
                raise Refused("column", _now("That page goes as well."))
            if not target.live:
                raise Refused("column", _now("That page is not published."))
        elif ruling.outcome == OldUrl.Outcome.GONE and not ruling.reason.strip():
            raise Refused("reason", _now("Say why: visitors read it."))

    def _goes_as_well(self, target: Page) -> bool:
        below = self.below and any(target.path.startswith(page.path) for page in self.things)
        return below or target.pk in {page.pk for page in self.things}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the addresses, and what happens to the pages."""
        rows = self.old_urls()
        number = rows.count()
        shown = rows.defer("text").annotate(hits_told=F("hits") + F("log_hits")).order_by("-hits_told", "pk")[:_SHOWN]
        return super().get_context_data(**kwargs) | {
            "lead": self._lead(number),
            "shown": list(shown),
            "number": number,
            "ids": [thing.pk for thing in self.things],
            "of": self.of,
            "action": self.action,
            "below": int(self.below),
            "next": self.next_url,
            "back": self._back(),
            "may_decide": self.decides,
        }

    def _back(self) -> str:
        if self.of != "page":
            return reverse("wagtaildocs:index" if self.of == "document" else "wagtailimages:index")
        parent = self._parent
        return reverse("wagtailadmin_explore", args=(parent.pk,)) if parent else reverse("wagtailadmin_explore_root")

    def _lead(self, number: int) -> str:
        texts = {
            "delete": ngettext(
                "You are about to delete “%(title)s”: %(n)d old address leads here or below, and people use it.",
                "You are about to delete “%(title)s”: %(n)d old addresses lead here or below, and people use them.",
                number,
            ),
            "file": ngettext(
                "You are about to delete the file “%(title)s”: %(n)d old address leads to it, and people use it.",
                "You are about to delete the file “%(title)s”: %(n)d old addresses lead to it, and people use them.",
                number,
            ),
            "unpublish": ngettext(
                "You are about to unpublish “%(title)s”: %(n)d old address leads here, and people use it.",
                "You are about to unpublish “%(title)s”: %(n)d old addresses lead here, and people use them.",
                number,
            ),
            "move": ngettext(
                "You are about to move “%(title)s”: %(n)d old address leads here or below.",
                "You are about to move “%(title)s”: %(n)d old addresses lead here or below.",
                number,
            ),
        }
        more = "……" if len(self.things) > 1 else ""
        return texts[self.action if self.of == "page" else "file"] % {"title": self._title + more, "n": number}
