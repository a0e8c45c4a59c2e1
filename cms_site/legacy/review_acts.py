"""What a reviewer does with an imported page: a decision under his name, and its effect on the page at once.

All or nothing, one at a time, never beside an import. The page stays import's own: nobody wrote it by hand, so it goes
on following the old site, with the decision laid over. A page that an editor changed stays that editor's.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.models import Page

from cms_site.legacy.acceptance import accepted, path_of
from cms_site.legacy.intake.lock import one_at_a_time
from cms_site.legacy.intake.single import free_slug, publish_as_of
from cms_site.legacy.models import RETIRED, Imported, OldUrl
from cms_site.legacy.policies import may_decide, may_overrule
from cms_site.legacy.review import Item, item, may_publish, may_publish_in, reviews
from cms_site.legacy.review_undo import before_act, keep_line
from cms_site.legacy.rulings import Done, Judge, Refused, Ruling, write
from cms_site.portal.models import ColumnPage, ContentPage
from migrate.personal import find_personal
from migrate.records import to_json
from migrate.ruled import MASKED, kinds_of, mask_html, mask_text, plain, reasons_in, ruled_hash

ACCEPT, MASK, COLUMN, OUTCOME = "accept", "mask", "column", "outcome"
ACTS = (ACCEPT, MASK, COLUMN, OUTCOME)


class Choice(NamedTuple):
    """What a reviewer chose."""

    act: str
    column: int | None = None
    """Another column; None: where it stands."""
    reason: str = ""
    masks: str = ""
    """Reasons whose numbers are masked; empty: those that hold the page."""
    outcome: str = ""
    target: str = ""
    """Where an address leads from now on."""
    batch: int | None = None
    """The batch that it is part of; None: it is done by itself."""


class _Acted(NamedTuple):
    told: str
    ruling: Ruling
    done: Done


class Meanwhile(Exception):
    """Somebody else was here since the reviewer looked."""


def act_on(number: int, choice: Choice, user: AbstractBaseUser, state: str | None = None) -> str:
    """Do what a reviewer chose with one imported page; return what was done, for him.

    `state` is what he saw. Raises Meanwhile where it is no longer so, Refused where it can't be, PermissionDenied where
    he may not, ShangyiError while an import runs.
    """
    with one_at_a_time():
        return act(number, choice, user, state)


def act(number: int, choice: Choice, user: AbstractBaseUser, state: str | None = None) -> str:
    """As `act_on`, for who holds `one_at_a_time` already."""
    row = Imported.objects.select_for_update().get(pk=number)
    if row.page is None:
        raise Refused("", _("The page is no longer there."))
    found = item(row)
    if state is not None and state != found.state:
        raise Meanwhile(told_meanwhile(found))
    if not may_publish(user, found):
        raise PermissionDenied
    if found.page.permissions_for_user(user).page_locked():
        raise Refused("", _("The page is locked: somebody works on it."))
    before = before_act(row) if choice.batch is not None else {}
    told, ruling, done = _ACTS[choice.act](found, choice, user)
    if choice.batch is not None:
        keep_line(choice.batch, row, ruling, done, before)
    return told


def told_meanwhile(found: Item) -> str:
    """Return who was there meanwhile, as far as it is known."""
    if found.decision is not None:
        told = {"who": found.decision.actor, "what": found.decision.get_outcome_display()}
        return _("Meanwhile %(who)s ruled on it: %(what)s. Look again.") % told
    return _("Meanwhile the page was changed. Look again.")


def _accept(found: Item, choice: Choice, user: AbstractBaseUser) -> _Acted:
    column, ours = _column(found, choice, user), not found.row.touched
    ruled = _rule(found, _accepting(found, choice, column), user)
    _settle(found, column, user)
    if ours:
        _remember(found.row, column, (), ruled[0].masks, live=True)
    return _Acted(_("Accepted and published: %(title)s") % {"title": found.page.title}, *ruled)


def _accepting(found: Item, choice: Choice, column: ColumnPage) -> Ruling:
    ruling = accepted(found.row, found.old, found.decision, column)
    return replace(ruling, reason=choice.reason or ruling.reason)


def _mask(found: Item, choice: Choice, user: AbstractBaseUser) -> _Acted:
    earlier = found.decision.masks.split() if found.decision is not None else []
    wanted = choice.masks.split() or [reason for reason in found.row.held if reason in MASKED]
    masks = " ".join(sorted({reason for reason in (*earlier, *wanted) if reason in MASKED}))
    if not masks:
        raise Refused("masks", _("Nothing on this page can be masked."))
    column, ours = _column(found, choice, user), not found.row.touched
    released = found.decision is not None and found.decision.release
    left = _masked_page(found, masks, user, ours=ours)
    held = () if released else left
    ruling = replace(_accepting(found, choice, column), masks=masks, release=released)
    ruled = _rule(found, ruling, user)
    if held:
        _move(found, column, user)
    else:
        _settle(found, column, user)
    if ours:
        _remember(found.row, column, held, masks, live=found.page.live or not held)
    told = _("Masked; still held: %(title)s") if held else _("Masked and published: %(title)s")
    return _Acted(told % {"title": found.page.title}, *ruled)


def _masked_page(found: Item, masks: str, user: AbstractBaseUser, *, ours: bool) -> tuple[str, ...]:
    """Mask the newest version of a page, as a version of the reviewer's; return what still holds it."""
    page, kinds = found.page, kinds_of(masks)
    mask_page(page, kinds)
    revision = page.save_revision(user=user, log_action=True, clean=False)
    found.row.evidence = {
        name: {**field, "value": mask_text(field["value"], kinds)} for name, field in found.row.evidence.items()
    }
    if ours:
        found.row.revision_id = revision.pk
    left = set(reasons_in("\n".join([text_of(page), *_names_of_files(page)])))
    return tuple(reason for reason in found.row.held if MASKED.get(reason) not in kinds or reason in left)


def _change_column(found: Item, choice: Choice, user: AbstractBaseUser) -> _Acted:
    column, ours = _column(found, choice, user), not found.row.touched
    earlier = Ruling.of(found.decision) if found.decision is not None else Ruling(OldUrl.Outcome.MOVE)
    reason = choice.reason or earlier.reason
    ruling = replace(earlier, outcome=OldUrl.Outcome.MOVE.value, column=path_of(column), reason=reason)
    ruled = _rule(found, ruling, user)
    _move(found, column, user)
    if ours:
        _remember(found.row, column, tuple(found.row.held), ruling.masks, live=found.page.live)
    return _Acted(_("Moved to %(column)s: %(title)s") % {"column": column.title, "title": found.page.title}, *ruled)


def _change_outcome(found: Item, choice: Choice, user: AbstractBaseUser) -> _Acted:
    if not (may_decide(user) or reviews(user)):
        raise PermissionDenied
    if choice.outcome == OldUrl.Outcome.MOVE:
        raise Refused("outcome", _("To move it, accept it, or change its column."))
    ruled = _rule(found, Ruling(choice.outcome, choice.target, choice.reason), user)
    ours, page = not found.row.touched, found.row.page
    if page.live and choice.outcome in RETIRED:
        UnpublishPageAction(page.specific, user=user).execute(skip_permission_checks=True)
        if ours:
            found.row.state = "draft"
            found.row.save(update_fields=["state"])
    said = dict(OldUrl.Outcome.choices)[choice.outcome]
    return _Acted(_("Decided: %(outcome)s: %(title)s") % {"outcome": said, "title": found.page.title}, *ruled)


_ACTS: dict[str, Callable[[Item, Choice, AbstractBaseUser], _Acted]] = {
    ACCEPT: _accept,
    MASK: _mask,
    COLUMN: _change_column,
    OUTCOME: _change_outcome,
}


def _rule(found: Item, ruling: Ruling, user: AbstractBaseUser) -> tuple[Ruling, Done]:
    """Write a decision; return it as it was accepted, and what it changed."""
    if found.decision is not None and found.decision.actor_id != user.pk and not may_overrule(user):
        raise Refused("", _("%(who)s ruled on it already; only who may change decisions may rule otherwise.") % {
            "who": found.decision.actor
        })  # fmt: skip
    judge = Judge(found.row.site)
    ruled = judge.accept(ruling, found.old)
    return ruled, write(judge, {found.row.source_key: ruled}, user)[0]


def _column(found: Item, choice: Choice, user: AbstractBaseUser) -> ColumnPage:
    """Return the column in which a page shall stand. Raises Refused, PermissionDenied."""
    column = ColumnPage.objects.filter(pk=choice.column or found.column.pk).first()
    if column is None or ColumnPage.objects.ancestor_of(column, inclusive=True).filter(hidden=True).exists():
        raise Refused("column", _("Choose a column that visitors see."))
    if not may_publish_in(user, column):
        raise PermissionDenied
    if column.pk != found.column.pk and not found.page.can_move_to(column):
        raise Refused("column", _("That column holds pages of another kind."))
    return column


def _settle(found: Item, column: ColumnPage, user: AbstractBaseUser) -> None:
    """Put a page into its column and let visitors see its newest version."""
    _move(found, column, user)
    page = type(found.page).objects.get(pk=found.page.pk)
    if not page.live or page.has_unpublished_changes:
        publish_as_of(page, found.page.published_at, user)


def _move(found: Item, column: ColumnPage, user: AbstractBaseUser) -> None:
    if column.pk == found.column.pk:
        return
    page = Page.objects.get(pk=found.page.pk).specific
    free_slug(page, column, found.row.source_key)
    MovePageAction(page, column, pos="last-child", user=user).execute(skip_permission_checks=True)


def _remember(row: Imported, column: ColumnPage, held: tuple[str, ...], masks: str, *, live: bool) -> None:
    """Note what was done as the next import would: it then finds nothing to do, and goes on following the old site."""
    if row.held or "+" in row.content_hash or row.column_id != column.pk:
        row.content_hash = ruled_hash(row.content_hash, OldUrl.Outcome.MOVE.value, path_of(column), held, masks)
    row.held, row.is_held = list(held), bool(held)
    row.column, row.state = column, "live" if live else "draft"
    row.save()


# numbers on a page


_TECHNICAL = frozenset(("slug", "url_path", "path", "content_type", "alias_of", "translation_key", "last_published_at"))


def mask_page(page: ContentPage, kinds: frozenset[str]) -> None:
    """Hide the numbers of these kinds in all texts of a page, whatever its type."""
    for field in _text_fields(page):
        value = getattr(page, field.attname)
        if isinstance(field, StreamField):
            setattr(page, field.attname, to_json(_masked(value.get_prep_value(), kinds)))
        elif value:
            setattr(page, field.attname, mask_text(value, kinds))


def _masked(value: Any, kinds: frozenset[str]) -> Any:
    if isinstance(value, str):
        return mask_html(value, kinds) if "<" in value else mask_text(value, kinds)
    if isinstance(value, list):
        return [_masked(item, kinds) for item in value]
    if isinstance(value, dict):
        return {name: part if name in ("id", "type") else _masked(part, kinds) for name, part in value.items()}
    return value


def _text_fields(page: ContentPage) -> list[models.Field]:
    """Return the columns of a page in which people read something."""
    fields = [field for field in page._meta.concrete_fields if not field.is_relation and field.name not in _TECHNICAL]
    return [field for field in fields if isinstance(field, models.CharField | models.TextField | StreamField)]


def texts_of(page: ContentPage) -> list[str]:
    """Return all texts of a page; those of blocks as the HTML that they are."""
    found: list[str] = []
    for field in _text_fields(page):
        if field.name == "draft_title":
            continue  # it is the title
        value = getattr(page, field.attname)
        found += _leaves(value.get_prep_value()) if isinstance(field, StreamField) else [value] if value else []
    return found


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in ("id", "type"):
                yield from _leaves(part)


def _names_of_files(page: ContentPage) -> Iterator[str]:
    """Yield what the attachments of a page are called when they are saved."""
    numbers = [block["value"]["document"] for block in page.attachments.get_prep_value()]
    for title, file in get_document_model().objects.filter(pk__in=numbers).values_list("title", "file"):
        yield from (title, file.rpartition("/")[2])


def text_of(page: ContentPage) -> str:
    """Return the text of a page, a line a field or block, for screening."""
    return "\n".join(plain(text) if "<" in text else text for text in texts_of(page))


def kinds_on(page: ContentPage) -> list[str]:
    """Return the reasons whose numbers a page shows, few mobile numbers included: these can be masked."""
    kinds = {hit.kind for hit in find_personal(text_of(page))}
    return [reason for reason, kind in MASKED.items() if kind in kinds]
