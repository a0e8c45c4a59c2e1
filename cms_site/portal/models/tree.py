"""The portal's tree: home page → groups of channels → channels → columns. `build_portal` makes it from portal.yaml."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

from django.contrib.contenttypes.models import ContentType
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.images import get_image_model_string
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index
from wagtail.url_routing import RouteResult

from cms_site.portal.directory import STATE_COUNCIL, Directory, Place, directory, directory_of
from cms_site.portal.kept import stamp_of
from cms_site.portal.models.access import AskedAtOnce
from cms_site.portal.models.content import ContentPage
from cms_site.portal.models.kinds import CONTENT_MODELS, LeaderPage, listed_models
from cms_site.portal.models.lines import Lines
from cms_site.portal.models.stamp import Stamp
from cms_site.portal.reposts import NarrowForm, narrowing

LINES_PER_PAGE = 20
LINES_PER_BLOCK = 7
"""Lines of a column's block on a home page or channel home."""

TOPICS_IN_FRONT = 3
"""Topics on the home page."""

SPECIAL, SERVICE = "special", "service"
"""Templates of the columns for topics and for service guides."""
OPENS = ("overview", "org_duty", "disclosure_guide", "on_request")
"""Templates of columns that say one thing: while they hold a single page, they show that page and no list of one."""
PLATFORM = ("disclosure_guide", "disclosure_system", "disclosure_catalogue", "disclosure_annual", "on_request")
"""Templates of the fixed parts of the 政府信息公开 platform (国办公开办函〔2019〕61号), in their order."""


class HomePage(AskedAtOnce, Page):
    """The portal's front page."""

    template = "portal/home.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["portal.ColumnPage", "portal.SectionPage", "portal.GroupPage"]
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
        places = directory_of(request)
        columns = sorted(
            (column for column in places.inside(self.path, "columnpage") if column.is_current),
            key=lambda column: _FRONT.get(column.template, len(_FRONT)),
        )
        services = [column for column in places.inside(self.path, "columnpage") if column.template == SERVICE]
        lines = places.newest([*columns, *services], LINES_PER_BLOCK)
        with_units((page for pages in lines.values() for page in pages), places)
        specials = next((place for place in places.inside(self.path, "columnpage") if place.template == SPECIAL), None)
        sections, groups = places.inside(self.path, "sectionpage"), places.inside(self.path, "grouppage")
        return super().get_context(request, *args, **kwargs) | {
            "blocks": [(column, lines[column.pk]) for column in columns],
            "services": [(column, lines[column.pk]) for column in services],
            "specials": specials,
            "topics": self._topics(specials, places) if specials else [],
            "sections": [(section, places.inside(section.path, "columnpage")) for section in sections],
            "groups": [(group, places.inside(group.path, "channelpage")) for group in groups],
        }

    @staticmethod
    def _topics(specials: Place, places: Directory) -> list["SectionPage"]:
        """Return the newest of the running topics."""
        running = [topic for topic in topics_of(specials, places) if not topic.ended]
        return running[:TOPICS_IN_FRONT]


_FRONT = {STATE_COUNCIL: 0, "notice": 1}
"""What stands first on the home page (domain rules §1.8; the owner's wish): 国务院重要政策信息, 通知公告."""


class GroupPage(AskedAtOnce, Page):
    """A folder of channels, e.g. /towns/ 乡镇街道."""

    template = "portal/group.html"
    parent_page_types = ["portal.HomePage"]
    subpage_types = ["portal.ChannelPage"]

    class Meta:
        verbose_name = _("group of channels")
        verbose_name_plural = _("groups of channels")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        channels = directory_of(request).inside(self.path, "channelpage")
        return super().get_context(request, *args, **kwargs) | {"channels": channels}


class ChannelPage(AskedAtOnce, Page):
    """A channel (频道): a township's or department's own subtree."""

    unit = models.CharField(_("unit"), max_length=200, blank=True, help_text=_("Full name of the unit."))

    template = "portal/channel.html"
    parent_page_types = ["portal.GroupPage"]
    subpage_types = ["portal.ColumnPage", "portal.SectionPage"]
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

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        places = directory_of(request)
        filled = places.filled(self.path)  # an empty place is no place to send a visitor
        blocks = blocks_of([place for place in filled if place.kind == "columnpage"], places)
        return super().get_context(request, *args, **kwargs) | {
            "channel": self,
            "filled": filled,
            "blocks": [block for block in blocks if block[0].is_current],
            "beside": [block for block in blocks if not block[0].is_current],
        }


class SectionPage(AskedAtOnce, Page):
    """Columns under one roof: the 政府信息公开 platform, 互动交流; and each topic of a column 专题专栏."""

    introduction = models.TextField(_("introduction"), blank=True)
    cover = models.ForeignKey(
        get_image_model_string(), verbose_name=_("cover"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(
        _("until"), null=True, blank=True, help_text=_("Of a topic: from then on it is shown as ended.")
    )

    template = "portal/section.html"
    parent_page_types = ["portal.HomePage", "portal.ChannelPage", "portal.ColumnPage"]
    subpage_types = ["portal.ColumnPage"]
    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("cover"),
        FieldRowPanel([FieldPanel("starts_on"), FieldPanel("ends_on")]),
    ]
    search_fields = [*Page.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("section or topic")
        verbose_name_plural = _("sections and topics")

    @classmethod
    def can_create_at(cls, parent: Page) -> bool:
        """Say whether it may stand there: of columns only in those for topics."""
        return super().can_create_at(parent) and cls._fits(parent)

    def can_move_to(self, parent: Page) -> bool:
        """Say whether it may be moved there."""
        return super().can_move_to(parent) and self._fits(parent)

    @staticmethod
    def _fits(parent: Page) -> bool:
        place = parent.specific
        return not isinstance(place, ColumnPage) or place.template == SPECIAL

    @property
    def ended(self) -> bool:
        """Say whether a topic is over."""
        return self.ends_on is not None and self.ends_on < timezone.localdate()

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        places = directory_of(request)
        channel = places.unit_of(self.path)
        columns = places.inside(self.path, "columnpage")
        fixed = [column for name in PLATFORM for column in columns if column.template == name]
        blocks = blocks_of([column for column in columns if column not in fixed], places)
        if channel is None:
            with_units((page for _column, pages in blocks for page in pages), places)
        return super().get_context(request, *args, **kwargs) | {"channel": channel, "fixed": fixed, "blocks": blocks}


class ColumnQuerySet(PageQuerySet):
    """Columns by what visitors may see."""

    def visible(self) -> Self:
        """Return the live columns that are not hidden, in tree order."""
        return self.live().filter(hidden=False).order_by("path")


class ColumnPage(AskedAtOnce, Page):
    """A column (栏目), built from a template of portal.yaml."""

    # The column template's id. It hides Page.template, which names a file: get_template does that here.
    template = models.CharField(_("column template"), max_length=40, help_text=_("Id of a template in portal.yaml."))
    holds = models.CharField(
        _("holds"),
        max_length=20,
        choices=[(name, model._meta.verbose_name_plural) for name, model in CONTENT_MODELS.items()],
        default="article",
    )
    required = models.JSONField(
        _("required fields"), default=list, blank=True, help_text=_("What must be filled before a page is published.")
    )
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
    parent_page_types = ["portal.HomePage", "portal.SectionPage", "portal.ChannelPage"]
    subpage_types = ["portal.SectionPage", *(model._meta.label for model in CONTENT_MODELS.values())]
    settings_panels = [
        *Page.settings_panels,
        MultiFieldPanel(
            [FieldPanel(name) for name in ("template", "holds", "required", "column_type", "clock_days", "hidden")],
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

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the list; where the column says one thing and holds one page, with that page itself.

        It answers, and does not lead on: what an old address leads to is one hop away.
        """
        only = self.only_page(directory_of(request))
        if only is not None and request.GET.get("page", "1") == "1":
            answer = only.serve(request, *args, **kwargs)
            if isinstance(answer, TemplateResponse) and answer.context_data is not None:
                answer.context_data["stands_for"] = self  # META says that this is the column's page
            return answer
        return super().serve(request, *args, **kwargs)

    def only_page(self, places: Directory) -> ContentPage | None:
        """Return the page that stands for the column; None where there are more, or it leads away, or is closed."""
        if self.template not in OPENS or places.count(self) != 1:
            return None
        for only in places.lines(self).whole(1):
            if not only.link_url and not only.get_view_restrictions().exists():
                return only
        return None

    @property
    def content_model(self) -> type[ContentPage]:
        """Return the page type that the column holds."""
        return CONTENT_MODELS[self.holds]

    @property
    def listed_models(self) -> tuple[type[ContentPage], ...]:
        """Return the page types that may be moved there: its own, and plain articles where its own takes them."""
        return listed_models(self.holds)

    def lines(self) -> Lines:
        """Return the live pages of its list, in order."""
        return directory(Stamp.now()).lines(self)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        places = directory_of(request)
        channel, section = places.unit_of(self.path), places.section_of(self.path)
        listed = places.lines(self)
        narrow = self._narrowing(listed, request)
        listed = listed.narrowed(narrow.condition) if narrow is not None and narrow.narrowed else listed
        paginator = Paginator(listed, LINES_PER_PAGE)
        paginator.count = narrow.count if narrow is not None else places.count(self)
        try:
            lines = paginator.page(request.GET.get("page", 1))
        except (EmptyPage, PageNotAnInteger) as error:
            raise Http404 from error
        with_photos(lines.object_list)
        if narrow is not None:
            narrow.explain(lines.object_list)
        return super().get_context(request, *args, **kwargs) | {
            "column": self,
            "channel": channel,
            "section": section,
            "topics": topics_of(self, places) if self.template == SPECIAL else [],
            "siblings": self._siblings(section, channel, places),
            "lines": lines,
            "entries": with_units(lines.object_list, places) if channel is None else lines.object_list,
            "pages": paginator.get_elided_page_range(lines.number, on_each_side=2, on_ends=1),
            "narrow": narrow,
            "asked_url": narrow.address if narrow is not None else "",
        }

    def _narrowing(self, listed: Lines, request: HttpRequest) -> NarrowForm | None:
        """Return by what the column of the State Council is narrowed; None for other columns."""
        return narrowing(self.pk, listed, request.GET, stamp_of(request)) if self.template == STATE_COUNCIL else None

    @staticmethod
    def _siblings(section: Place | None, channel: Place | None, places: Directory) -> list[Place]:
        """Return what stands beside it in its section or channel; nothing for the portal's own, which has the menu."""
        if section is not None:
            return places.inside(section.path, "columnpage")
        return places.filled(channel.path) if channel else []


def blocks_of(columns: Sequence[Place], places: Directory) -> list[tuple[Place, list[ContentPage]]]:
    """Return the columns that have something to show, each with the first lines of its list."""
    lines = places.newest(columns, LINES_PER_BLOCK)
    return [(column, lines[column.pk]) for column in columns if lines[column.pk]]


def with_photos(pages: Iterable[ContentPage]) -> None:
    """Read the sizes that there are of the photos of all leaders among the pages, with one query."""
    leaders = [page for page in pages if isinstance(page, LeaderPage)]
    models.prefetch_related_objects(leaders, "photo__renditions")


def with_units(pages: Iterable[ContentPage], places: Directory) -> list[ContentPage]:
    """Return the pages, each with `.whence`: the title of the channel it comes from, empty for the portal's own."""
    found = list(pages)
    for page in found:
        channel = places.unit_of(page.path)
        page.whence = channel.title if channel else ""
    return found


def topics_of(column: ColumnPage | Place, places: Directory) -> list[SectionPage]:
    """Return a column's topics with their covers, the running ones first, the newest first among them."""
    inside = [place.pk for place in places.inside(column.path, "sectionpage")]
    topics = SectionPage.objects.filter(pk__in=inside).select_related("cover").prefetch_related("cover__renditions")
    return sorted(topics, key=lambda topic: (topic.ended, -(topic.starts_on.toordinal() if topic.starts_on else 0)))
