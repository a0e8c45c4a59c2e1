"""What a reviewer may choose: columns, outcomes, and what a form of the queue says."""

from collections.abc import Iterator
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import QueryDict
from wagtail.models import Page

from cms_site.legacy.models import OldUrl
from cms_site.legacy.review import Item, may_publish_in
from cms_site.legacy.review_acts import Choice
from cms_site.legacy.rulings import OUTCOMES
from cms_site.portal.models import ColumnPage
from migrate.ruled import MASKED


def outcome_choices() -> list[tuple[str, str]]:
    """Return what an address may become but a page in a column."""
    return [choice for choice in OldUrl.Outcome.choices if choice[0] in OUTCOMES and choice[0] != OldUrl.Outcome.MOVE]


def choice_of(said: QueryDict) -> Choice:
    """Return what a form of the queue says."""
    column = said.get("column", "")
    return Choice(
        act=said.get("act", ""),
        column=int(column) if column.isdecimal() and len(column) < 19 else None,
        reason=said.get("why", "").strip()[:500],
        masks=" ".join(reason for reason in said.getlist("mask") if reason in MASKED),
        outcome=said.get("outcome", ""),
        target=said.get("target", "").strip()[:2200],
    )


class Columns(NamedTuple):
    """The columns of one channel that a page may go to."""

    channel: str
    columns: list[ColumnPage]


def visible_columns(user: AbstractBaseUser) -> Iterator[Columns]:
    """Yield the columns that visitors see and in which a user may publish, channel by channel."""
    columns = list(ColumnPage.objects.visible().order_by("path"))
    above = {column.path[: -Page.steplen] for column in columns}
    titles = dict(Page.objects.filter(path__in=above, live=True).values_list("path", "title"))
    grouped: dict[str, list[ColumnPage]] = {}
    for column in columns:
        if may_publish_in(user, column):
            grouped.setdefault(column.path[: -Page.steplen], []).append(column)
    for path, some in grouped.items():
        if path in titles:
            yield Columns(titles[path], some)


def columns_for(found: Item, user: AbstractBaseUser) -> list[Columns]:
    """Return the columns into which a page may go, its own channel's first."""
    here = found.column.path[: -Page.steplen]
    fitting = [
        Columns(channel, kept)
        for channel, columns in visible_columns(user)
        if (kept := [c for c in columns if c.content_model is type(found.page) or c.pk == found.column.pk])
    ]
    return sorted(fitting, key=lambda group: not group.columns[0].path.startswith(here))
