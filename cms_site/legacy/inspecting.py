"""How rows that import wrote are shown in the admin: words for codes, local times, links to what they stand for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.views import generic
from wagtail.models import Page

from cms_site.legacy.models import Imported, OldUrl

_NOTHING = "—"


KINDS = [
    ("home", gettext_lazy("home page")),
    ("list", gettext_lazy("list")),
    ("article", gettext_lazy("article")),
    ("attachment", gettext_lazy("attachment")),
    ("image", gettext_lazy("image")),
    ("other", gettext_lazy("other")),
]
"""What a resource is → its word for people."""


def held_names() -> dict[str, str]:
    """Return why something is held → its words for people."""
    return {
        "identity-number": _("identity number"),
        "bank-card": _("bank card number"),
        "mobile-numbers": _("several mobile numbers"),
        "injected-link": _("injected link"),
        "injected-script": _("injected script"),
        "personal-data-in-file": _("personal data in a file"),
        "unscreened": _("could not be screened"),
    }


def field_names() -> dict[str, str]:
    """Return the name of a field in evidence → its words for people."""
    return {
        "title": _("title"),
        "published": _("publication time"),
        "written_on": _("date of writing"),
        "source": _("source"),
        "author": _("author"),
        "document_number": _("document number"),
    }


def _count_names() -> dict[str, str]:
    return {
        "page": _("pages"), "document": _("documents"), "image": _("images"),
        "imported": _("imported things"), "oldurl": _("old URLs"),
        "created": _("created"), "updated": _("updated"),
    }  # fmt: skip


class InspectView(generic.InspectView):
    """One row, read."""

    def get_field_display_value(self, field_name: str, field: models.Field | None) -> Any:
        """Return a field's value as people read it."""
        value = getattr(self.object, field_name)
        if field_name == "kind":
            return dict(KINDS).get(value, value)
        if field_name == "held":
            return ", ".join(held_names().get(reason, reason) for reason in value) or _NOTHING
        if field_name == "evidence":
            return _evidence(value)
        if field_name == "counts":
            return _counts(value)
        if isinstance(value, models.Model):
            return _linked(value)
        return _plain(value, super().get_field_display_value(field_name, field))


def _plain(value: Any, shown: Any) -> Any:
    if isinstance(value, datetime):
        return date_format(localtime(value), "DATETIME_FORMAT")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return _lines(map(str, value))
    return _NOTHING if value in (None, "") else shown


def _linked(thing: models.Model) -> str:
    """Return a thing's name, as a link to where it is looked at."""
    if isinstance(thing, Page):
        address = reverse("wagtailadmin_pages:edit", args=(thing.pk,))
        return format_html('<a href="{}">{}</a>', address, thing.get_admin_display_title())
    if isinstance(thing, Imported | OldUrl):
        address = reverse(f"{thing._meta.model_name}:inspect", args=(thing.pk,))
        return format_html('<a href="{}">{}</a>', address, thing)
    return str(thing)


def _lines(values: Any) -> str:
    return format_html_join("", "<div>{}</div>", ((value,) for value in values)) or _NOTHING


def _evidence(fields: Mapping[str, Any]) -> str:
    return _lines(evidence_lines(fields))


def evidence_lines(fields: Mapping[str, Any]) -> list[str]:
    """Return what each field rests on, a line each."""
    names = field_names()
    return [
        _("%(field)s: %(value)s (from %(origin)s, %(percent)d%% sure)")
        % {
            "field": names.get(name, name),
            "value": found.get("value", ""),
            "origin": found.get("origin", ""),
            "percent": round(100 * found.get("confidence", 0)),
        }
        for name, found in fields.items()
    ]


def _counts(counts: Mapping[str, int]) -> str:
    names = _count_names()
    lines = []
    for name, number in counts.items():
        thing, _blank, action = name.partition(" ")
        lines.append(f"{names.get(thing, thing)} · {names.get(action, action)}: {number}")
    return _lines(lines)
