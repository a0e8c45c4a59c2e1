"""What the portal's reports share: who may see them, their spreadsheets, and where a page stands.

They are Wagtail's report views; each shows a user what is his own.
"""

import datetime
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.models import Page
from wagtail.permissions import policy_registry

from cms_site.editors.scope import own, writes
from cms_site.portal.directory import CHANNEL_DEPTH
from cms_site.portal.models import ChannelPage

_BATCH = 500
"""Rows of a spreadsheet that are looked up together."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Report(ReportView):
    """A report for those whom `allowed` lets in. Times in its file are local; no CSV, whose Chinese Excel garbles."""

    FORMATS = (ReportView.FORMAT_XLSX,)
    custom_value_preprocess = ReportView.custom_value_preprocess | {
        datetime.datetime: {ReportView.FORMAT_XLSX: lambda value: timezone.localtime(value).replace(tzinfo=None)}
    }
    header_icon = "table"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Let those in who may."""
        if not self.allowed(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @staticmethod
    def allowed(request: HttpRequest) -> bool:
        """Say whether a user may see the report."""
        return writes(request.user)

    @cached_property
    def permission_policy(self) -> Any:
        """Ask for pages: `allowed` has asked for the rest."""
        return policy_registry.get_by_type(Page)

    header_more_buttons: tuple[Button, ...] = ()

    @cached_property
    def header_buttons(self) -> list[Button]:
        """Offer the spreadsheet."""
        return [HeaderButton(_("Download XLSX"), url=self.xlsx_export_url, icon_name="download")]

    def decorate_paginated_queryset(self, object_list: Iterable[Any]) -> Iterable[Any]:
        """Return what is shown: a page of the list, or a whole file's rows, looked up some at a time."""
        return self._in_batches(object_list) if self.is_export else self.decorate(list(object_list))

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Return rows with all that the report says of each."""
        return rows

    def _in_batches(self, found: Iterable[Any]) -> Iterator[Any]:
        rows = iter(found.iterator(chunk_size=_BATCH) if isinstance(found, QuerySet) else found)
        while some := list(islice(rows, _BATCH)):
            yield from self.decorate(some)

    def write_xlsx_response(self, queryset: Iterable[Any]) -> FileResponse:
        """Return the spreadsheet, written to the disk and sent from there: a county's is large."""
        file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
        self.write_xlsx(queryset, file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, content_type=_XLSX, filename=f"{self.get_filename()}.xlsx")

    def get_filename(self) -> str:
        """Name the file after report and day."""
        return f"{self.export_filename}-{timezone.localdate():%Y%m%d}"


def channel_title(page: Page, titles: dict[str, str]) -> str:
    """Return the title of the channel that a page stands in, or nothing."""
    return titles.get(page.path[: CHANNEL_DEPTH * Page.steplen], "")


def channel_titles(pages: Iterable[Page]) -> dict[str, str]:
    """Return path → title of the channels that pages stand in, with one query."""
    paths = {page.path[: CHANNEL_DEPTH * Page.steplen] for page in pages}
    return dict(ChannelPage.objects.filter(path__in=paths).values_list("path", "title"))


def column_titles(pages: Iterable[Page]) -> dict[str, str]:
    """Return path → title of the pages right above."""
    paths = {page.path[: -Page.steplen] for page in pages}
    return dict(Page.objects.filter(path__in=paths).values_list("path", "title"))


def tell_places(pages: list[Page]) -> None:
    """Give each page its channel's title as `unit` and its column's as `place`."""
    units, places = channel_titles(pages), column_titles(pages)
    for page in pages:
        page.unit, page.place = channel_title(page, units), places.get(page.path[: -Page.steplen], "")


def own_channels(request: HttpRequest) -> QuerySet[ChannelPage]:
    return ChannelPage.objects.filter(own(request.user)).order_by("title")


def in_channel(prefix: str) -> Any:
    """Return the filter's method that keeps what is in a channel."""

    def keep(_filters: WagtailFilterSet, rows: QuerySet, _name: str, value: ChannelPage | None) -> QuerySet:
        return rows.filter(**{f"{prefix}path__startswith": value.path}) if value is not None else rows

    return keep


class PageColumn(TitleColumn):
    """A page's title, leading to its editor."""

    def __init__(self) -> None:
        address = "wagtailadmin_pages:edit"
        super().__init__("title", label=_("title"), get_url=lambda page: reverse(address, args=(page.pk,)))
