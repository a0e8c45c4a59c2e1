"""The portal's tree: home page → groups of channels → channels → columns. `build_portal` makes it from portal.yaml."""

from collections.abc import Iterable
from typing import Any, Self

from django.contrib.contenttypes.models import ContentType
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

from cms_site.portal.directory import Directory, directory, directory_of
from cms_site.portal.kept import kept, stamp_of
from cms_site.portal.models.content import LAST_CHILD, ArticlePage, ContentPage, PolicyPage
from cms_site.portal.models.lines import Lines
from cms_site.portal.models.stamp import Stamp

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

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Route as any page does, with two queries whatever the depth: where places stand is known."""
        if path_components and (found := self._directly(request, path_components)):
            return found
        return super().route(request, path_components)

    def _directly(self, request: HttpRequest, path_components: list[str]) -> RouteResult | None:
        """Return what stands at an address; None where only the pages on the way can tell."""
        address = "/".join([self.url_path.rstrip("/"), *path_components]) + "/"
        places = directory_of(request)
        place = places.find(address)
        holder = place or places.find(address.rstrip("/").rpartition("/")[0] + "/")
        if holder is None:
            return None
        if holder.hidden:
            raise Http404
        if place is not None:
            model = ContentType.objects.get_for_id(place.type_id).model_class()
            return model.objects.get(pk=place.pk).route(request, [])
        page = Page.objects.filter(
            slug=path_components[-1], depth=holder.depth + 1, path__startswith=holder.path
        ).first()
        return page.specific.route(request, []) if page else None

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        groups = list(GroupPage.objects.child_of(self).live().order_by("path"))
        channels = ChannelPage.objects.descendant_of(self).live().order_by("path")
        for group in groups:
            group.channels = [channel for channel in channels if channel.path.startswith(group.path)]
        columns = list(ColumnPage.objects.visible().child_of(self))
        places = directory_of(request)
        lines = places.newest(columns, LINES_PER_BLOCK)
        with_units((page for pages in lines.values() for page in pages), places)
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
        lines = directory_of(request).newest(self.columns, LINES_PER_BLOCK)
        return super().get_context(request, *args, **kwargs) | {
            "channel": self,
            "blocks": [(column, lines[column.pk]) for column in self.columns],
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

    def lines(self) -> Lines:
        """Return the live pages of its list, newest first."""
        return directory(Stamp.now()).lines(self)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        stamp, places = stamp_of(request), directory_of(request)
        channel = places.unit_of(self.path)
        listed = places.lines(self)
        paginator = Paginator(listed, LINES_PER_PAGE)
        paginator.count = kept(stamp, f"lines:{self.pk}", listed.count)
        try:
            lines = paginator.page(request.GET.get("page", 1))
        except (EmptyPage, PageNotAnInteger) as error:
            raise Http404 from error
        return super().get_context(request, *args, **kwargs) | {
            "column": self,
            "channel": channel,
            "siblings": places.filled(channel.path) if channel else [],
            "lines": lines,
            "entries": with_units(lines.object_list, places) if channel is None else lines.object_list,
            "pages": paginator.get_elided_page_range(lines.number, on_each_side=2, on_ends=1),
        }


def with_units(pages: Iterable[ContentPage], places: Directory) -> list[ContentPage]:
    """Return the pages, each with `.unit`: the title of the channel that it comes from, empty for the portal's own."""
    found = list(pages)
    for page in found:
        channel = places.unit_of(page.path)
        page.unit = channel.title if channel else ""
    return found
