"""What stands in columns: the abstract content page, articles and policy documents."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from cms_site.portal.blocks import AttachmentsBlock, BodyBlock

LAST_CHILD = "ZZZZ"
"""The greatest step of a treebeard path (base 36, four characters): path + this bounds a page's children."""


class ContentQuerySet(PageQuerySet):
    """Content pages by column and time."""

    def in_columns(self, paths: list[str]) -> Self:
        """Return the pages whose column has one of these tree paths. Ranges, because they use the index on path."""
        return self.filter(_in_columns(paths))

    def newest(self) -> Self:
        """Return them by original publication time, the latest first and undated ones last."""
        return self.order_by(F("published_at").desc(nulls_last=True), "-pk")


def _in_columns(paths: list[str]) -> Q:
    place = Q(pk__in=())
    for path in paths:
        place |= Q(path__gt=path, path__lte=path + LAST_CHILD)
    return place


ContentManager = PageManager.from_queryset(ContentQuerySet)


class ContentPageForm(WagtailAdminPageForm):
    """Proposes now as publication time of a new page; what was imported without a time stays without one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and not self.initial.get("published_at"):
            self.initial |= {"published_at": timezone.now(), "published_has_time": True}


class ContentPage(Page):
    """What every piece of content has. Publication time is the original one, never that of the import."""

    published_at = models.DateTimeField(_("publication time"), null=True, blank=True)
    published_has_time = models.BooleanField(
        _("hour and minute are known"), default=False, help_text=_("If not, only the date is shown.")
    )
    source = models.CharField(_("source"), max_length=200, blank=True)
    author = models.CharField(_("author"), max_length=100, blank=True)
    document_number = models.CharField(_("document number"), max_length=120, blank=True)
    written_on = models.DateField(_("date of writing"), null=True, blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True, use_json_field=True)
    attachments = StreamField(AttachmentsBlock(), verbose_name=_("attachments"), blank=True, use_json_field=True)
    needs_tidying = models.BooleanField(
        _("needs tidying"), default=False, help_text=_("The body holds legacy HTML that an editor should look at.")
    )

    objects = ContentManager()
    base_form_class = ContentPageForm
    parent_page_types = ["portal.ColumnPage"]
    subpage_types: list[str] = []
    show_in_menus_default = False

    search_fields = [
        *Page.search_fields,
        index.SearchField("body"),
        index.SearchField("document_number"),
        index.SearchField("source"),
        index.FilterField("published_at"),
    ]
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("published_at"), FieldPanel("published_has_time")]),
                FieldRowPanel([FieldPanel("source"), FieldPanel("author")]),
                FieldRowPanel([FieldPanel("document_number"), FieldPanel("written_on")]),
            ],
            heading=_("Publication"),
        ),
        FieldPanel("body"),
        FieldPanel("attachments"),
    ]
    settings_panels = [*Page.settings_panels, FieldPanel("needs_tidying")]

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["-published_at"], name="%(class)s_published")]

    @classmethod
    def can_create_at(cls, parent: Page) -> bool:
        """Say whether this type fits the column: each holds one kind, a hidden one both."""
        return super().can_create_at(parent) and cls._fits(parent)

    def can_move_to(self, parent: Page) -> bool:
        """Say whether the page may be moved into the column."""
        return super().can_move_to(parent) and self._fits(parent)

    @classmethod
    def _fits(cls, parent: Page) -> bool:
        column = parent.specific
        return column.hidden or column.content_model is cls

    @property
    def published(self) -> str:
        """Return the publication time as shown: YYYY-MM-DD, with HH:MM where it is known; empty if there is none."""
        if self.published_at is None:
            return ""
        local = timezone.localtime(self.published_at)
        return local.strftime("%Y-%m-%d %H:%M" if self.published_has_time else "%Y-%m-%d")

    @property
    def published_minute(self) -> str:
        """Return the time as META PubDate wants it, YYYY-MM-DD HH:MM: midnight where only the day is known."""
        return timezone.localtime(self.published_at).strftime("%Y-%m-%d %H:%M") if self.published_at else ""

    @property
    def published_day(self) -> str:
        """Return the day of publication, for lists."""
        return self.published[:10]

    @property
    def text(self) -> str:
        """Return the body's text without markup, for excerpts."""
        return " ".join(" ".join(self.body.stream_block.get_searchable_content(self.body)).split())

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms_site.portal.directory import directory_of  # which asks for lines of these pages

        column = self.get_parent().specific
        previous, following = self.neighbours()
        return super().get_context(request, *args, **kwargs) | {
            "column": column,
            "channel": directory_of(request).unit_of(self.path),
            "previous": previous,
            "following": following,
        }

    def neighbours(self) -> tuple["ContentPage | None", "ContentPage | None"]:
        """Return the newer and the older page beside this one in its column's list; None at an end."""
        from cms_site.portal.models.lines import beside, in_full

        if self.pk is None:  # the preview of a page not yet saved
            return None, None
        newer, older = beside(self)
        pages = {page.pk: page for page in in_full([line for line in (newer, older) if line])}
        return pages.get(newer.page) if newer else None, pages.get(older.page) if older else None


class ArticlePage(ContentPage):
    """An article: news, notice, overview, leader … — whatever its column's template says."""

    template = "portal/article.html"

    class Meta(ContentPage.Meta):
        verbose_name = _("article")
        verbose_name_plural = _("articles")


class PolicyPage(ContentPage):
    """A policy document, with the head of nine fields (domain rules §3.4): five here, four on the content page."""

    index_no = models.CharField(_("index number"), max_length=80, blank=True)
    subject_class = models.CharField(_("subject class"), max_length=200, blank=True)
    issuer = models.CharField(_("issuing body"), max_length=200, blank=True)
    subject_words = models.CharField(_("subject words"), max_length=300, blank=True)
    validity = models.CharField(_("validity"), max_length=60, blank=True)

    template = "portal/policy.html"
    search_fields = [*ContentPage.search_fields, index.SearchField("index_no"), index.SearchField("issuer")]
    content_panels = [
        *ContentPage.content_panels[:-2],
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("index_no"), FieldPanel("subject_class")]),
                FieldRowPanel([FieldPanel("issuer"), FieldPanel("validity")]),
                FieldPanel("subject_words"),
            ],
            heading=_("Policy document"),
        ),
        *ContentPage.content_panels[-2:],
    ]

    class Meta(ContentPage.Meta):
        verbose_name = _("policy document")
        verbose_name_plural = _("policy documents")

    @property
    def head(self) -> list[tuple[str, str]]:
        """Return the nine fields in their order, as label and value; an unknown value is empty."""
        return [
            ("索引号", self.index_no),
            ("主题分类", self.subject_class),
            ("发文机关", self.issuer),
            ("成文日期", self.written_on.isoformat() if self.written_on else ""),
            ("标题", self.title),
            ("发文字号", self.document_number),
            ("发布日期", self.published_day),
            ("主题词", self.subject_words),
            ("有效性", self.validity),
        ]
