"""What stands in columns: the abstract content page, articles and policy documents. Other types: `kinds`."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from cms_site.portal.blocks import AttachmentsBlock, BodyBlock
from cms_site.portal.models.access import AskedAtOnce

LAST_CHILD = "ZZZZ"
"""The greatest step of a treebeard path (base 36, four characters): path + this bounds a page's children."""
NO_PRECEDENCE = -(2**31)
"""Of pages that stand in lists by their time alone, after all that have an order of their own."""
PINNED = 1
"""Of pages that an editor put first (置顶): before leaders, whose order is theirs by rank."""


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
    """Asks for what the column's template requires, on publication only: a draft may have gaps, an imported one has.

    Proposes now as publication time of a new page; what was imported without a time stays without one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and not self.initial.get("published_at"):
            self.initial |= {"published_at": timezone.now(), "published_has_time": True}
        for name in self._required():
            if name in self.fields:
                self.fields[name].required = True

    def _required(self) -> list[str]:
        """Return the form's fields that the column asks for; none in a hidden one, where pages wait."""
        column = self.parent_page.specific_deferred if self.parent_page is not None else None
        if column is None or getattr(column, "hidden", True):
            return []
        return [_FORM_NAMES.get(name, name) for name in column.required]

    def defer_required_fields(self) -> None:
        """Ask for nothing but the title while a draft is saved."""
        if not self.is_deferred_validation:
            for name in self._required():
                if name in self.fields and name != "title" and self.fields[name].required:
                    self.fields[name].required = False
                    self.deferred_required_fields.append(name)
        super().defer_required_fields()

    def clean(self) -> dict[str, Any]:
        """Add what no single field can say: that there is nothing to read."""
        cleaned: dict[str, Any] = super().clean()
        if "body" in self._required() and not self.is_deferred_validation and not self._says_something(cleaned):
            message = _("Nothing to read: write a text or add an attachment.")
            self.add_error("body", ValidationError(message, code="required"))
        return cleaned

    def _says_something(self, cleaned: dict[str, Any]) -> bool:
        names = ("body", "attachments", "link_url", *self.instance.long_texts)
        return any(cleaned.get(name) or name in self.errors for name in names)


_FORM_NAMES = {"published": "published_at"}
"""What portal.yaml calls fields, where the form has another name."""


class Section(NamedTuple):
    """A part of a page with a heading of its own: 申请条件, 答复内容."""

    name: str
    """Of the field."""
    heading: str
    text: str


class ContentPage(AskedAtOnce, Page):
    """What every piece of content has. Publication time is the original one, never that of the import."""

    subtitle = models.CharField(_("subtitle"), max_length=255, blank=True)
    published_at = models.DateTimeField(_("publication time"), null=True, blank=True)
    published_has_time = models.BooleanField(
        _("hour and minute are known"), default=False, help_text=_("If not, only the date is shown.")
    )
    source = models.CharField(_("source"), max_length=200, blank=True)
    author = models.CharField(_("author"), max_length=100, blank=True)
    editor = models.CharField(_("responsible editor"), max_length=100, blank=True)
    keywords = models.CharField(_("keywords"), max_length=200, blank=True, help_text=_("With commas between them."))
    link_url = models.URLField(
        _("leads to"), max_length=500, blank=True, help_text=_("Lists lead straight to this address, not to this page.")
    )
    pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Stands first in its own column, whatever is newer.")
    )
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
    long_texts: Mapping[str, str] = {}
    """Fields that are shown as parts of their own, in this order, each with its heading."""
    takes_articles = True
    """Whether a column of such pages also lists plain articles: what waits as one can be moved there and shown."""
    listed_with: tuple[str, ...] = ()
    """What a list shows of others that a page of this type points to; read with it."""
    note = ""
    """What a list says of it before its title: 已回复, 进行中."""

    search_fields = [
        *Page.search_fields,
        index.SearchField("body"),
        index.SearchField("document_number"),
        index.SearchField("source"),
        index.FilterField("published_at"),
    ]
    content_panels = [
        *Page.content_panels,
        FieldPanel("subtitle"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("published_at"), FieldPanel("published_has_time"), FieldPanel("pinned")]),
                FieldRowPanel([FieldPanel("source"), FieldPanel("author"), FieldPanel("editor")]),
                FieldRowPanel([FieldPanel("document_number"), FieldPanel("written_on")]),
                FieldRowPanel([FieldPanel("keywords"), FieldPanel("link_url")]),
            ],
            heading=_("Publication"),
        ),
        FieldPanel("body"),
        FieldPanel("attachments"),
    ]
    settings_panels = [*Page.settings_panels, FieldPanel("needs_tidying")]

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["-published_at"], name="%(class)s_published"),
            models.Index(fields=["page_ptr"], name="%(class)s_tidy", condition=Q(needs_tidying=True)),
        ]

    @classmethod
    def can_create_at(cls, parent: Page) -> bool:
        """Say whether this type fits the column: each holds one kind, a hidden one both."""
        return super().can_create_at(parent) and cls._fits(parent)

    def can_move_to(self, parent: Page) -> bool:
        """Say whether the page may be moved into the column."""
        column = parent.specific
        return super().can_move_to(parent) and (self._fits(parent) or type(self) in column.listed_models)

    @classmethod
    def _fits(cls, parent: Page) -> bool:
        column = parent.specific
        return column.hidden or column.content_model is cls

    @property
    def precedence(self) -> int:
        """Return what its place in a list depends on before its time: a higher number stands further ahead."""
        return PINNED if self.pinned else NO_PRECEDENCE

    @property
    def head(self) -> list[tuple[str, str]]:
        """Return the short facts in the table above the title, as label and value; empty values are left out."""
        return []

    @property
    def sections(self) -> list[Section]:
        """Return the long texts that say something, each with its heading."""
        texts = [(name, heading, getattr(self, name)) for name, heading in self.long_texts.items()]
        return [Section(name, heading, text) for name, heading, text in texts if text]

    @cached_property
    def parts(self) -> tuple[list[Section], bool]:
        """Return the sections to show, and whether the body only repeats them.

        Import keeps an old body whole and copies out of it what it is sure of. Where the copies are nearly all of it,
        they are shown and the body stands folded up below; where it says more, it is shown and they are not.
        """
        sections, text = self.sections, _bare(self.text)
        copies = [_bare(section.text) for section in sections]
        if not text or not copies or not all(copy in text for copy in copies):
            return sections, False
        plain = all(block.block_type == "paragraph" for block in self.body)
        if plain and sum(map(len, copies)) >= _NEARLY_ALL * len(text):
            return sections, True
        return [], False

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

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the page, or lead on where it only stands for another address."""
        if self.link_url:
            return HttpResponseRedirect(self.link_url)
        return super().serve(request, *args, **kwargs)

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


_NEARLY_ALL = 0.65
"""Share of a body's characters from which on what was copied out of it is nearly all: labels are the rest."""


def _bare(text: str) -> str:
    return "".join(text.split())


def with_panels(*panels: Any) -> list[Any]:
    """Return the panels of a content page with a type's own before body and attachments."""
    return [*ContentPage.content_panels[:-2], *panels, *ContentPage.content_panels[-2:]]


def table(*rows: tuple[str, Any]) -> list[tuple[str, str]]:
    """Return label and text of the values that there are; a date is written YYYY-MM-DD."""
    return [(label, value.isoformat() if isinstance(value, date) else str(value)) for label, value in rows if value]


class ArticlePage(ContentPage):
    """An article: news, notice, overview, guide … — whatever its column's template says."""

    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("Of a notice: the last day."))
    updated_on = models.DateField(_("brought up to date on"), null=True, blank=True, help_text=_("Of a guide."))

    template = "portal/article.html"
    content_panels = with_panels(FieldRowPanel([FieldPanel("valid_until"), FieldPanel("updated_on")]))

    class Meta(ContentPage.Meta):
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    @property
    def head(self) -> list[tuple[str, str]]:
        return table(("有效期至", self.valid_until), ("更新日期", self.updated_on))


class PolicyPage(ContentPage):
    """A policy document, with the head of nine fields (domain rules §3.4): five here, four on the content page.

    Also what is reposted of the State Council (§1.8), and items of the disclosure catalogue.
    """

    index_no = models.CharField(_("index number"), max_length=80, blank=True)
    subject_class = models.CharField(_("subject class"), max_length=200, blank=True)
    issuer = models.CharField(_("issuing body"), max_length=200, blank=True)
    subject_words = models.CharField(_("subject words"), max_length=300, blank=True)
    validity = models.CharField(_("validity"), max_length=60, blank=True, help_text="有效、失效、废止、部分失效、修订")
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    repeal_on = models.DateField(_("repealed on"), null=True, blank=True)
    invalid_reason = models.CharField(_("reason of repeal"), max_length=300, blank=True)
    source_url = models.URLField(_("address of the original"), max_length=500, blank=True)
    source_published_at = models.DateTimeField(_("original published at"), null=True, blank=True)
    reposted_at = models.DateTimeField(_("reposted at"), null=True, blank=True)

    template = "portal/policy.html"
    takes_articles = False
    search_fields = [*ContentPage.search_fields, index.SearchField("index_no"), index.SearchField("issuer")]
    content_panels = with_panels(
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("index_no"), FieldPanel("subject_class")]),
                FieldRowPanel([FieldPanel("issuer"), FieldPanel("subject_words")]),
                FieldRowPanel([FieldPanel("validity"), FieldPanel("effective_on"), FieldPanel("repeal_on")]),
                FieldPanel("invalid_reason"),
            ],
            heading=_("Policy document"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("source_url"),
                FieldRowPanel([FieldPanel("source_published_at"), FieldPanel("reposted_at")]),
            ],
            heading=_("Repost"),
            help_text=_("Only of what is reposted from the State Council or another government site."),
        ),
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("policy document")
        verbose_name_plural = _("policy documents")

    @property
    def head(self) -> list[tuple[str, str]]:
        """Return the nine fields in their order, as label and value; an unknown value is empty. Then what else is."""
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
            *table(("施行日期", self.effective_on), ("废止日期", self.repeal_on), ("废止原因", self.invalid_reason)),
        ]

    @property
    def source_published(self) -> str:
        """Return when the original was published, as shown; midnight stands for a day whose hour nobody told."""
        if self.source_published_at is None:
            return ""
        local = timezone.localtime(self.source_published_at)
        return local.strftime("%Y-%m-%d %H:%M" if (local.hour, local.minute, local.second) != (0, 0, 0) else "%Y-%m-%d")

    @property
    def note(self) -> str:
        """Return what a list says of a document that is no longer valid."""
        return self.validity if self.validity in INVALID else ""

    def related(self) -> Iterable[ContentPage]:
        """Return the interpretations that visitors may see, the latest first."""
        return self.interpretations.live().defer_streamfields().newest()


INVALID = ("失效", "废止", "已失效", "已废止", "部分失效")
"""Values of validity that a reader must know before he opens a document."""
