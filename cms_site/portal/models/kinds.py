"""Content with fields of its own (domain rules §8). A type stands here only where its fields really differ."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, PageChooserPanel
from wagtail.fields import RichTextField
from wagtail.images import get_image_model_string
from wagtail.search import index

from cms_site.portal.models.content import ArticlePage, ContentPage, PolicyPage, table, with_panels

_ROWS = FieldRowPanel


class InterpretationPage(ContentPage):
    """An interpretation of a policy document: each page shows the other."""

    class Form(models.TextChoices):
        TEXT = "text", "文字解读"
        PICTURE = "picture", "图解"
        VIDEO = "video", "视频解读"

    form = models.CharField(_("form"), max_length=10, choices=Form.choices, blank=True)
    policy = models.ForeignKey(
        PolicyPage,
        verbose_name=_("policy document"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="interpretations",
        help_text=_("What it interprets; the document's page shows it in turn."),
    )

    template = "portal/interpretation.html"
    content_panels = with_panels(
        MultiFieldPanel(
            [PageChooserPanel("policy", "portal.PolicyPage"), FieldPanel("form")], heading=_("Interpretation")
        )
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("interpretation")
        verbose_name_plural = _("interpretations")

    @property
    def note(self) -> str:
        return "" if self.form in ("", self.Form.TEXT) else self.get_form_display()


class LeaderPage(ContentPage):
    """A leader: the title is the name."""

    positions = models.CharField(_("positions"), max_length=200, blank=True)
    work = models.TextField(_("division of work"), blank=True)
    resume = models.TextField(_("resume"), blank=True)
    photo = models.ForeignKey(
        get_image_model_string(), verbose_name=_("photo"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    rank = models.PositiveSmallIntegerField(
        _("place in the list"), null=True, blank=True, help_text=_("1 stands first; those without a number come last.")
    )

    template = "portal/leader.html"
    long_texts = {"work": "分工", "resume": "简历"}
    listed_with = ("photo",)
    search_fields = [*ContentPage.search_fields, index.SearchField("positions"), index.SearchField("work")]
    content_panels = with_panels(
        MultiFieldPanel(
            [
                _ROWS([FieldPanel("positions"), FieldPanel("rank")]),
                FieldPanel("photo"),
                FieldPanel("work"),
                FieldPanel("resume"),
            ],
            heading=_("Leader"),
        )
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("leader")
        verbose_name_plural = _("leaders")

    @property
    def precedence(self) -> int:
        """Return the higher number for who stands further ahead."""
        return super().precedence if self.rank is None or self.pinned else -self.rank

    def neighbours(self) -> tuple[ContentPage | None, ContentPage | None]:
        """Return nobody: leaders stand in their list, not one after the other."""
        return None, None

    @property
    def head(self) -> list[tuple[str, str]]:
        return table(("职务", self.positions))


class OrganisationPage(ContentPage):
    """An organisation, or an office that receives requests; the body says its duties."""

    principal = models.CharField(_("principal"), max_length=100, blank=True)
    address = models.CharField(_("office address"), max_length=300, blank=True)
    office_hours = models.CharField(_("office hours"), max_length=300, blank=True)
    phone = models.CharField(_("telephone"), max_length=200, blank=True)
    internal_bodies = models.TextField(_("internal bodies"), blank=True)

    template = "portal/organisation.html"
    long_texts = {"internal_bodies": "内设机构"}
    search_fields = [*ContentPage.search_fields, index.SearchField("address")]
    content_panels = with_panels(
        MultiFieldPanel(
            [
                _ROWS([FieldPanel("principal"), FieldPanel("phone")]),
                _ROWS([FieldPanel("address"), FieldPanel("office_hours")]),
                FieldPanel("internal_bodies"),
            ],
            heading=_("Organisation"),
            help_text=_("The body below says its duties."),
        )
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    @property
    def head(self) -> list[tuple[str, str]]:
        return table(
            ("负责人", self.principal),
            ("联系电话", self.phone),
            ("办公地址", self.address),
            ("办公时间", self.office_hours),
        )


class ServicePage(ContentPage):
    """A service guide with all its elements (国办秘函〔2019〕19号, service columns): the title names the matter."""

    basis = models.TextField(_("legal basis"), blank=True)
    conditions = models.TextField(_("conditions"), blank=True)
    materials = models.TextField(_("materials"), blank=True)
    process = models.TextField(_("procedure"), blank=True)
    place = models.TextField(_("place to apply at"), blank=True)
    hours = models.TextField(_("office hours"), blank=True)
    phone = models.CharField(_("telephone"), max_length=300, blank=True)
    time_limit = models.CharField(_("time limit"), max_length=300, blank=True)
    fees = models.CharField(_("fees"), max_length=300, blank=True)
    online_url = models.URLField(_("address to apply at"), max_length=500, blank=True)

    template = "portal/service.html"
    long_texts = {
        "basis": "设定依据",
        "conditions": "申请条件",
        "materials": "办理材料",
        "process": "办理流程",
        "place": "办理地点",
        "hours": "办理时间",
        "phone": "联系电话",
        "time_limit": "办理时限",
        "fees": "收费标准",
    }
    search_fields = [*ContentPage.search_fields, index.SearchField("conditions"), index.SearchField("materials")]
    content_panels = with_panels(
        MultiFieldPanel(
            [FieldPanel(name) for name in ("basis", "conditions", "materials", "process")], heading=_("How to apply")
        ),
        MultiFieldPanel(
            [
                _ROWS([FieldPanel("place"), FieldPanel("hours")]),
                _ROWS([FieldPanel("phone"), FieldPanel("time_limit"), FieldPanel("fees")]),
                FieldPanel("online_url"),
            ],
            heading=_("Where and when"),
        ),
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("service guide")
        verbose_name_plural = _("service guides")


class LetterPage(ContentPage):
    """A letter to the government with its reply. Import masks names and numbers; who wrote is never kept."""

    class Kind(models.TextChoices):
        QUESTION = "question", "咨询"
        COMPLAINT = "complaint", "投诉"
        PROPOSAL = "proposal", "建议"
        OTHER = "other", "其他"

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, blank=True)
    question = models.TextField(
        _("letter"), blank=True, help_text=_("Mask names, telephone numbers and addresses of persons.")
    )
    asked_on = models.DateField(_("written on"), null=True, blank=True)
    reply = models.TextField(_("reply"), blank=True)
    replied_on = models.DateField(_("replied on"), null=True, blank=True)
    reply_unit = models.CharField(_("replying unit"), max_length=200, blank=True)
    satisfaction = models.CharField(_("satisfaction"), max_length=20, blank=True)

    template = "portal/letter.html"
    takes_articles = False  # an article is not masked
    long_texts = {"question": "来信内容", "reply": "答复内容"}
    search_fields = [*ContentPage.search_fields, index.SearchField("question"), index.SearchField("reply")]
    content_panels = with_panels(
        MultiFieldPanel(
            [_ROWS([FieldPanel("kind"), FieldPanel("asked_on")]), FieldPanel("question")], heading=_("Letter")
        ),
        MultiFieldPanel(
            [
                _ROWS([FieldPanel("reply_unit"), FieldPanel("replied_on"), FieldPanel("satisfaction")]),
                FieldPanel("reply"),
            ],
            heading=_("Reply"),
        ),
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("letter")
        verbose_name_plural = _("letters")

    @property
    def note(self) -> str:
        """Return whether it was answered, where that is known."""
        return "已回复" if self.reply or self.replied_on else ""

    @property
    def head(self) -> list[tuple[str, str]]:
        return table(
            ("信件类型", self.get_kind_display()),
            ("来信日期", self.asked_on),
            ("答复单位", self.reply_unit),
            ("答复日期", self.replied_on),
            ("满意度", self.satisfaction),
        )


class ConsultationPage(ContentPage):
    """A collection of opinions or a survey, and what came of it."""

    class Kind(models.TextChoices):
        OPINIONS = "opinions", "意见征集"
        SURVEY = "survey", "网上调查"

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    idea_count = models.PositiveIntegerField(_("opinions received"), null=True, blank=True)
    feedback = RichTextField(
        _("published result"), blank=True, features=["bold", "ol", "ul", "link", "document-link", "anchor"]
    )

    template = "portal/consultation.html"
    search_fields = [*ContentPage.search_fields, index.SearchField("feedback")]
    content_panels = with_panels(
        MultiFieldPanel(
            [
                _ROWS([FieldPanel("kind"), FieldPanel("starts_on"), FieldPanel("ends_on")]),
                FieldPanel("feedback"),
                FieldPanel("idea_count"),
            ],
            heading=_("Consultation"),
            help_text=_("Publish the result when it has ended: one without a result counts as unanswered."),
        )
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("consultation or survey")
        verbose_name_plural = _("consultations and surveys")

    @property
    def note(self) -> str:
        """Return where it stands, where its days are known."""
        if self.feedback:
            return "已反馈"
        today = timezone.localdate()
        if self.ends_on and self.ends_on < today:
            return "已结束"
        return "进行中" if self.ends_on and (self.starts_on is None or self.starts_on <= today) else ""

    @property
    def head(self) -> list[tuple[str, str]]:
        known = [day.isoformat() for day in (self.starts_on, self.ends_on) if day]
        return table(
            ("类型", self.get_kind_display()),
            ("起止时间", " 至 ".join(known)),
            ("状态", self.note),
            ("收到意见", "" if self.idea_count is None else f"{self.idea_count} 条"),
        )


class InterviewPage(ContentPage):
    """An interview; the body is the transcript."""

    class Status(models.TextChoices):
        AHEAD = "ahead", "预告"
        LIVE = "live", "访谈中"
        OVER = "over", "已结束"

    held_at = models.DateTimeField(_("held at"), null=True, blank=True)
    guests = models.CharField(_("guests"), max_length=300, blank=True)
    presenter = models.CharField(_("presenter"), max_length=100, blank=True)
    organiser = models.CharField(_("organiser"), max_length=200, blank=True)
    handler = models.CharField(_("carried out by"), max_length=200, blank=True)
    video_url = models.URLField(_("address of the video"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, blank=True)

    template = "portal/interview.html"
    search_fields = [*ContentPage.search_fields, index.SearchField("guests")]
    content_panels = with_panels(
        MultiFieldPanel(
            [
                _ROWS([FieldPanel("held_at"), FieldPanel("status")]),
                _ROWS([FieldPanel("guests"), FieldPanel("presenter")]),
                _ROWS([FieldPanel("organiser"), FieldPanel("handler")]),
                FieldPanel("video_url"),
            ],
            heading=_("Interview"),
            help_text=_("The body below is the transcript."),
        )
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("interview")
        verbose_name_plural = _("interviews")

    @property
    def note(self) -> str:
        return self.get_status_display() if self.status in (self.Status.AHEAD, self.Status.LIVE) else ""

    @property
    def head(self) -> list[tuple[str, str]]:
        held = timezone.localtime(self.held_at).strftime("%Y-%m-%d %H:%M") if self.held_at else ""
        return table(
            ("访谈时间", held),
            ("嘉宾", self.guests),
            ("主持人", self.presenter),
            ("主办单位", self.organiser),
            ("承办单位", self.handler),
        )


class ReportPage(ContentPage):
    """What comes once a period: budgets, plans, annual reports, figures; and personnel matters by their kind."""

    kind = models.CharField(
        _("kind"), max_length=40, blank=True, help_text="预算、决算、三公经费、规划、总结、任免、招考…"
    )
    unit = models.CharField(_("unit"), max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    period = models.CharField(_("period"), max_length=40, blank=True, help_text="2026年一季度")
    frequency = models.CharField(_("frequency"), max_length=20, blank=True, help_text="年、季、月")

    template = "portal/article.html"
    search_fields = [*ContentPage.search_fields, index.SearchField("unit")]
    content_panels = with_panels(
        MultiFieldPanel(
            [
                _ROWS([FieldPanel("unit"), FieldPanel("kind")]),
                _ROWS([FieldPanel("year"), FieldPanel("period"), FieldPanel("frequency")]),
            ],
            heading=_("Report"),
        )
    )

    class Meta(ContentPage.Meta):
        verbose_name = _("report, plan or figures")
        verbose_name_plural = _("reports, plans and figures")

    @property
    def head(self) -> list[tuple[str, str]]:
        rows: tuple[tuple[str, Any], ...] = (
            ("单位", self.unit),
            ("类别", self.kind),
            ("年度", self.year),
            ("数据期间", self.period),
            ("发布频率", self.frequency),
        )
        return table(*rows)


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


def listed_models(holds: str) -> tuple[type[ContentPage], ...]:
    """Return the page types for a column's list: what it holds, and plain articles where that takes them."""
    model = CONTENT_MODELS[holds]
    return (model, ArticlePage) if model.takes_articles and model is not ArticlePage else (model,)
