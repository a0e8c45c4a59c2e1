"""The portal's tree: home page → groups of channels → channels → columns. `build_portal` makes it from portal.yaml."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db import models
from django.db.models import Exists, F, OuterRef, Value, Window
from django.db.models.functions import Cast, Coalesce, Concat, RowNumber, Substr
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.images import get_image_model_string
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index
from wagtail.url_routing import RouteResult

from cms_site.portal.models.content import LAST_CHILD, ArticlePage, ContentPage, ContentQuerySet, PolicyPage
from cms_site.portal.models.kinds import (
    ConsultationPage,
    InterpretationPage,
    InterviewPage,
    LeaderPage,
    LetterPage,
    OrganisationPage,
    ReportPage,
    ServicePage,
)

LINES_PER_PAGE = 20
LINES_PER_BLOCK = 7
"""Lines of a column's block on a home page or channel home."""


CONTENT_MODELS: Mapping[str, type[ContentPage]] = {
    "article": ArticlePage,
    "policy": PolicyPage,
    "interpretation": InterpretationPage,
    "leader": LeaderPage,
    "organisation": OrganisationPage,
    "service": ServicePage,
    "letter": LetterPage,
    "consultation": ConsultationPage,
    "interview": InterviewPage,
    "report": ReportPage,
}
"""What columns hold, as portal.yaml calls it (`page` of a template)."""

STATE_COUNCIL = "state_council"
SPECIAL = "special"
PLATFORM = ("disclosure_guide", "disclosure_system", "disclosure_catalogue", "disclosure_annual", "on_request")
"""Templates of the fixed parts of the 政府信息公开 platform (国办公开办函〔2019〕61号), in their order."""


def places_known(page: Page) -> list[Page]:
    """Return what is known without a query of the pages above this one, its parent first: Wagtail's routing tells."""
    above: list[Page] = []
    while "_cached_parent_obj" in page.__dict__:
        page = page._cached_parent_obj
        above.append(page)
    return above


def places_above(page: Page) -> list[Page]:
    """Return the pages from the home page down to this page's parent."""
    known = places_known(page)
    if known and known[-1].depth == HOME_DEPTH:
        return known[::-1]
    return list(page.get_ancestors().filter(depth__gte=HOME_DEPTH))


class HomePage(Page):
    """The portal's front page."""

    template = "portal/home.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["portal.ColumnPage", "portal.SectionPage", "portal.GroupPage"]
    max_count = 1

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        groups = list(GroupPage.objects.child_of(self).live().order_by("path"))
        channels = ChannelPage.objects.descendant_of(self).live().order_by("path")
        for group in groups:
            group.channels = [channel for channel in channels if channel.path.startswith(group.path)]
        columns = sorted(
            (column for column in ColumnPage.objects.visible().child_of(self) if column.is_current),
            key=lambda column: _FRONT.get(column.template, len(_FRONT)),
        )
        gathered = gathered_by(columns)
        blocks = [(column, list(column.lines(gathered)[:LINES_PER_BLOCK])) for column in columns]
        with_units(line for _column, lines in blocks for line in lines)
        return super().get_context(request, *args, **kwargs) | {
            "groups": groups,
            "sections": sections_of(self),
            "blocks": blocks,
        }


_FRONT = {STATE_COUNCIL: 0, "notice": 1}
"""What stands first on the home page (domain rules §1.8; the owner's wish): 国务院重要政策信息, 通知公告."""


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


class SectionPage(Page):
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

    @cached_property
    def channel(self) -> ChannelPage | None:
        """Return the channel that it belongs to; None for the portal's own."""
        return channel_of(self)

    @cached_property
    def columns(self) -> list["ColumnPage"]:
        """Return its visible columns."""
        return list(ColumnPage.objects.visible().child_of(self))

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        fixed = [column for name in PLATFORM for column in self.columns if column.template == name]
        others = [column for column in self.columns if column not in fixed]
        lines = newest_of_each(others)
        return super().get_context(request, *args, **kwargs) | {
            "channel": self.channel,
            "fixed": fixed,
            "blocks": [(column, lines[column.path]) for column in others if column.path in lines],
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

    @property
    def content_model(self) -> type[ContentPage]:
        """Return the page type that the column holds."""
        return CONTENT_MODELS[self.holds]

    @property
    def listed_models(self) -> tuple[type[ContentPage], ...]:
        """Return the page types that its list shows: its own, and plain articles where its own takes them."""
        model = self.content_model
        return (model, ArticlePage) if model.takes_articles and model is not ArticlePage else (model,)

    @property
    def is_current(self) -> bool:
        """Say whether something new is expected in it: it has a clock, or the State Council's."""
        return self.clock_days is not None or self.template == STATE_COUNCIL

    @cached_property
    def channel(self) -> ChannelPage | None:
        """Return the channel that the column belongs to; None for the portal's own columns."""
        return channel_of(self)

    @cached_property
    def section(self) -> SectionPage | None:
        """Return the section or topic that the column belongs to, or None."""
        if self.depth == HOME_DEPTH + 1:
            return None
        parent = self.get_parent().specific
        return parent if isinstance(parent, SectionPage) else None

    @property
    def gathers(self) -> bool:
        """Say whether its list also shows what stands in the channels' columns of the same template.

        Only the portal's own columns do, and only for what goes on: a county's 通知公告 shows what its townships
        announce, its 领导信息 not whom they have.
        """
        return self.clock_days is not None and self.depth <= HOME_DEPTH + 2

    def lines(self, gathered: Mapping[str, list[str]] | None = None) -> ContentQuerySet:
        """Return the live pages of its list, in order. See `gathers`; `gathered_by` answers for several at once."""
        columns = (gathered_by([self]) if gathered is None else gathered).get(self.path, [self.path])
        model = self.content_model
        if len(self.listed_models) > 1 and ArticlePage.objects.live().listed_in(columns).exists():
            return _mixed_lines(model, columns)
        return model.objects.live().listed_in(columns).defer_streamfields().newest()

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
            "entries": with_units(lines.object_list) if self.gathers else lines.object_list,
            "section": self.section,
            "topics": topics_of(self) if self.template == SPECIAL else [],
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


def gathered_by(columns: Iterable[ColumnPage]) -> dict[str, list[str]]:
    """Return column → those whose pages its list shows, by path, of the columns that gather."""
    gathering = [column for column in columns if column.gathers]
    if not gathering:
        return {}
    known = ColumnPage.objects.visible().filter(template__in={column.template for column in gathering})
    alike: dict[tuple[str, str], list[str]] = {}
    for template, holds, path in known.values_list("template", "holds", "path"):
        alike.setdefault((template, holds), []).append(path)
    return {
        column.path: [
            path
            for path in alike.get((column.template, column.holds), [column.path])
            if path.startswith(column.path[: HOME_DEPTH * Page.steplen])
        ]
        for column in gathering
    }


def channel_of(page: Page) -> ChannelPage | None:
    """Return the channel that a page stands in, or None."""
    if page.depth <= CHANNEL_DEPTH:
        return None
    known = next((place for place in places_known(page) if place.depth == CHANNEL_DEPTH), None)
    if known is not None:
        return known if isinstance(known, ChannelPage) else None
    return ChannelPage.objects.filter(path=page.path[: CHANNEL_DEPTH * Page.steplen]).first()


def sections_of(home: Page) -> list[SectionPage]:
    """Return the sections under the home page, each with its `visible_columns`."""
    sections = list(SectionPage.objects.live().child_of(home).order_by("path"))
    columns = ColumnPage.objects.visible().filter(depth=home.depth + 2, path__startswith=home.path) if sections else []
    for section in sections:
        section.visible_columns = [column for column in columns if column.path.startswith(section.path)]
    return sections


def topics_of(column: ColumnPage) -> list[SectionPage]:
    """Return a column's topics with their covers, the running ones first, the newest first among them."""
    topics = SectionPage.objects.live().child_of(column).select_related("cover")
    return sorted(topics, key=lambda topic: (topic.ended, -(topic.starts_on.toordinal() if topic.starts_on else 0)))


def _mixed_lines(model: type[ContentPage], columns: list[str]) -> ContentQuerySet:
    """Return pages of a type and plain articles in one list. It sorts them all, which a list of one type need not."""
    own = model._meta.model_name
    time = Coalesce(f"{own}__published_at", "articlepage__published_at")
    order = [F("shown_at").desc(nulls_last=True), F("pk").desc()]
    if issubclass(model, LeaderPage):
        order.insert(0, F(f"{own}__rank").asc(nulls_last=True))
    pages = ContentQuerySet(Page).live().listed_in(columns).type(model, ArticlePage)
    return pages.annotate(shown_at=time).order_by(*order).specific()


def newest_of_each(columns: list[ColumnPage]) -> dict[str, list[Page]]:
    """Return the newest lines of each column by its path, with two queries however many types of pages there are."""
    parts: list[Any] = []
    for model in CONTENT_MODELS.values():
        paths = [column.path for column in columns if model in column.listed_models]
        if paths:
            inside = model.objects.live().in_columns(paths).annotate(listed=Substr("path", 1, len(paths[0])))
            placed = model.objects.live().placed_in(paths).annotate(listed=F("imported__column__path"))
            parts += [_first_of_each(inside), _first_of_each(placed)]
    if not parts:
        return {}
    rows = {(row[0], row[1]): row for row in parts[0].union(*parts[1:], all=True)}
    pages = Page.objects.in_bulk({row[1] for row in rows.values()})
    newest: dict[str, list[Page]] = {}
    for listed, number, _rank, published_at, link_url in sorted(rows.values(), key=_place):
        lines = newest.setdefault(listed, [])
        if number in pages and len(lines) < LINES_PER_BLOCK:
            page = pages[number]
            page.link_url = link_url
            page.published_day = timezone.localtime(published_at).strftime("%Y-%m-%d") if published_at else ""
            lines.append(page)
    return newest


def _first_of_each(pages: ContentQuerySet) -> ContentQuerySet:
    """Return what a list shows of the first of those that have the same `listed`."""
    place = Window(RowNumber(), partition_by="listed", order_by=pages.model.order())
    number = models.PositiveSmallIntegerField()
    rank = F("rank") if issubclass(pages.model, LeaderPage) else Value(None)
    first = (
        pages.order_by()
        .annotate(line_of_block=place, own_rank=Cast(rank, number))
        .filter(line_of_block__lte=LINES_PER_BLOCK)
    )
    return first.values_list("listed", "pk", "own_rank", "published_at", "link_url")


def _place(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what sorts such rows as `ContentPage.order` does."""
    _listed, number, rank, published_at, _link = row
    age = -published_at.timestamp() if published_at is not None else 0.0
    return rank is None, rank or 0, published_at is None, age, -number
