"""The portal's tree: home page → groups of channels → channels → columns. `build_portal` makes it from portal.yaml."""

from collections.abc import Iterable
from typing import Any, Self

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db import models
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index
from wagtail.url_routing import RouteResult

from cms_site.portal.models.content import LAST_CHILD, ArticlePage, ContentPage, PolicyPage
from cms_site.portal.models.lines import Lines, in_full, newest_in_each

LINES_PER_PAGE = 20
LINES_PER_BLOCK = 7
"""Lines of a column's block on a home page or channel home."""


class HomePage(Page):
    """The portal's front page."""

    template = "portal/home.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["portal.ColumnPage", "portal.GroupPage"]
    max_count = 1

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        groups = list(GroupPage.objects.child_of(self).live().order_by("path"))
        channels = ChannelPage.objects.descendant_of(self).live().order_by("path")
        for group in groups:
            group.channels = [channel for channel in channels if channel.path.startswith(group.path)]
        columns = list(ColumnPage.objects.visible().child_of(self))
        lines = newest_gathered(columns)
        with_units(page for pages in lines.values() for page in pages)
        return super().get_context(request, *args, **kwargs) | {
            "groups": groups,
            "blocks": [(column, lines[column.pk]) for column in columns],
        }


class GroupPage(Page):
    """A folder of channels, e.g. /towns/ 乡镇街道."""

    template = "portal/group.html"
    parent_page_types = ["portal.HomePage"]
    subpage_types = ["portal.ChannelPage"]

    class Meta:
        verbose_name = _("group of channels")
        verbose_name_plural = _("groups of channels")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        channels = ChannelPage.objects.child_of(self).live().order_by("path")
        return super().get_context(request, *args, **kwargs) | {"channels": channels}


class ChannelPage(Page):
    """A channel (频道): a township's or department's own subtree."""

    unit = models.CharField(_("unit"), max_length=200, blank=True, help_text=_("Full name of the unit."))

    template = "portal/channel.html"
    parent_page_types = ["portal.GroupPage"]
    subpage_types = ["portal.ColumnPage"]
    content_panels = [*Page.content_panels, FieldPanel("unit")]
    search_fields = [*Page.search_fields, index.SearchField("unit")]

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.title

    @property
    def name(self) -> str:
        """Return the unit's own name, as its visitors know it."""
        return self.unit or self.title

    @cached_property
    def columns(self) -> list["ColumnPage"]:
        """Return the columns that have something to show; an empty column is no place to send a visitor."""
        return list(ColumnPage.objects.visible().child_of(self).with_content())

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        lines = newest_of_each(self.columns)
        return super().get_context(request, *args, **kwargs) | {
            "channel": self,
            "blocks": [(column, lines.get(column.path, [])) for column in self.columns],
        }


class ColumnQuerySet(PageQuerySet):
    """Columns by what visitors may see."""

    def visible(self) -> Self:
        """Return the live columns that are not hidden, in tree order."""
        return self.live().filter(hidden=False).order_by("path")

    def with_content(self) -> Self:
        """Return the columns that have at least one live page."""
        inside = Page.objects.live().filter(
            path__gt=OuterRef("path"), path__lte=Concat(OuterRef("path"), Value(LAST_CHILD))
        )
        placed = Page.objects.live().filter(
            imported__same_as__isnull=False, imported__state="live", imported__column=OuterRef("pk")
        )
        return self.filter(Exists(inside) | Exists(placed))


class ColumnPage(Page):
    """A column (栏目), built from a template of portal.yaml."""

    class Holds(models.TextChoices):
        ARTICLE = "article", _("articles")
        POLICY = "policy", _("policy documents")

    # The column template's id. It hides Page.template, which names a file: get_template does that here.
    template = models.CharField(_("column template"), max_length=40, help_text=_("Id of a template in portal.yaml."))
    holds = models.CharField(_("holds"), max_length=10, choices=Holds.choices, default=Holds.ARTICLE)
    column_type = models.CharField(
        _("column type"), max_length=40, blank=True, help_text=_("META ColumnType, e.g. 工作动态, 政策文件.")
    )
    clock_days = models.PositiveSmallIntegerField(
        _("update clock"), null=True, blank=True, help_text=_("Days within which something new is due; empty: static.")
    )
    hidden = models.BooleanField(
        _("hidden"), default=False, help_text=_("Not shown to the public: in no menu, list, search or site map.")
    )

    objects = PageManager.from_queryset(ColumnQuerySet)()
    parent_page_types = ["portal.HomePage", "portal.ChannelPage"]
    subpage_types = ["portal.ArticlePage", "portal.PolicyPage"]
    settings_panels = [
        *Page.settings_panels,
        MultiFieldPanel(
            [FieldPanel(name) for name in ("template", "holds", "column_type", "clock_days", "hidden")],
            heading=_("Column"),
        ),
    ]

    class Meta:
        verbose_name = _("column")
        verbose_name_plural = _("columns")

    def get_template(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        return "portal/column.html"

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Route as any page; a hidden column and all in it is not there for the public."""
        if self.hidden:
            raise Http404
        return super().route(request, path_components)

    @property
    def content_model(self) -> type[ContentPage]:
        """Return the page type that the column holds."""
        return PolicyPage if self.holds == self.Holds.POLICY else ArticlePage

    @cached_property
    def channel(self) -> ChannelPage | None:
        """Return the channel that the column belongs to; None for the portal's own columns."""
        parent = self.get_parent().specific
        return parent if isinstance(parent, ChannelPage) else None

    def gathered(self) -> list[int]:
        """Return the columns whose pages its list shows.

        The portal's own columns gather: theirs and those of all channels' columns of the same template, so that a
        county's 通知公告 shows what its townships announce.
        """
        if self.depth != HOME_DEPTH + 1:
            return [self.pk]
        same = ColumnPage.objects.visible().filter(template=self.template, holds=self.holds).order_by()
        home = self.path[: HOME_DEPTH * self.steplen]
        return list(same.filter(path__startswith=home).values_list("pk", flat=True))

    def lines(self) -> Lines:
        """Return the live pages of its list, newest first."""
        return Lines(self.gathered())

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        paginator = Paginator(self.lines(), LINES_PER_PAGE)
        try:
            lines = paginator.page(request.GET.get("page", 1))
        except (EmptyPage, PageNotAnInteger) as error:
            raise Http404 from error
        return super().get_context(request, *args, **kwargs) | {
            "column": self,
            "channel": self.channel,
            "lines": lines,
            "entries": with_units(lines.object_list) if self.channel is None else lines.object_list,
            "pages": paginator.get_elided_page_range(lines.number, on_each_side=2, on_ends=1),
        }


HOME_DEPTH = 2
CHANNEL_DEPTH = 4


def with_units(pages: Iterable[ContentPage]) -> list[ContentPage]:
    """Return the pages, each with `.unit`: the title of the channel that it comes from, empty for the portal's own."""
    found = list(pages)
    length = CHANNEL_DEPTH * Page.steplen
    paths = {page.path[:length] for page in found if page.depth > CHANNEL_DEPTH}
    titles = dict(ChannelPage.objects.filter(path__in=paths).values_list("path", "title")) if paths else {}
    for page in found:
        page.unit = titles.get(page.path[:length], "") if page.depth > CHANNEL_DEPTH else ""
    return found


def newest_of_each(columns: list[ColumnPage]) -> dict[str, list[ContentPage]]:
    """Return the newest lines of each column by its path, with three queries and one a page type."""
    found = newest_in_each([column.pk for column in columns], LINES_PER_BLOCK)
    pages = {page.pk: page for page in in_full([line for lines in found.values() for line in lines])}
    return {
        column.path: [pages[line.page] for line in found[column.pk] if line.page in pages]
        for column in columns
        if column.pk in found
    }


def newest_gathered(columns: list[ColumnPage]) -> dict[int, list[ContentPage]]:
    """Return the newest lines of the portal's own columns by their ids: of all that each gathers."""
    members = {column.pk: column.gathered() for column in columns}
    found = newest_in_each({member for gathered in members.values() for member in gathered}, LINES_PER_BLOCK)
    newest = {
        pk: sorted({line for member in gathered for line in found.get(member, [])}, reverse=True)[:LINES_PER_BLOCK]
        for pk, gathered in members.items()
    }
    pages = {page.pk: page for page in in_full([line for lines in newest.values() for line in lines])}
    return {pk: [pages[line.page] for line in lines if line.page in pages] for pk, lines in newest.items()}
