"""The rows that answer for old addresses."""

from django.conf import settings
from django.contrib.admin import display
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms_site.legacy.models.imported import Imported
from cms_site.legacy.models.sites import OldSite
from migrate.records import BUILT_IN, DECISION, MAP_RULE

_RULES = {BUILT_IN: _("(built in)"), DECISION: _("(decision)"), MAP_RULE: _("(redirect map)")}


class OldUrl(models.Model):
    """The row that answers for one old address. It points to what was imported; it carries no content hash."""

    class Outcome(models.TextChoices):
        MOVE = "move", _("moved")
        REDIRECT = "redirect", _("redirected")
        ARCHIVE = "archive", _("archived")
        GONE = "gone", _("gone")
        UNDECIDED = "undecided", _("undecided")
        FAILED = "failed", _("failed")

    site = models.ForeignKey(OldSite, verbose_name=_("old site"), on_delete=models.CASCADE, related_name="old_urls")
    canonical = models.CharField(_("canonical URL"), max_length=2200)
    url = models.CharField(_("original URL"), max_length=2200)
    kind = models.CharField(_("kind"), max_length=12)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    rule = models.CharField(_("rule"), max_length=200, blank=True)
    imported = models.ForeignKey(
        Imported,
        verbose_name=_("imported thing"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="old_urls",
    )
    target = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("redirect target"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="old_urls_redirected",
    )
    target_url = models.CharField(
        _("redirect target, no page"),
        max_length=2200,
        blank=True,
        default="",
        db_default="",
        help_text=_("An address on the portal that is no page, or on a host that the site may lead to."),
    )
    follows = models.ForeignKey(
        "self",
        verbose_name=_("takes the place of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="followers",
        help_text=_("The old site redirected it to this one: it goes wherever this one goes."),
    )
    title = models.CharField(_("title"), max_length=500, blank=True)
    text = models.TextField(_("text"), blank=True, help_text=_("Of archived pages, for search."))
    column = models.CharField(_("old column"), max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    media_type = models.CharField(_("media type"), max_length=100, blank=True)
    warc_file = models.CharField(_("WARC file"), max_length=200, blank=True)
    warc_offset = models.BigIntegerField(_("byte in the WARC file"), null=True, blank=True)
    digest = models.CharField(_("digest of the stored body"), max_length=80, blank=True)
    captured_at = models.DateTimeField(_("captured at"), null=True, blank=True)
    held = models.JSONField(_("held because"), default=list, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("why withdrawn"), max_length=500, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("withdrawn by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    hits = models.PositiveIntegerField(_("hits without an answer"), default=0)
    log_hits = models.PositiveIntegerField(_("hits in old logs"), default=0, db_default=0)

    class Meta:
        verbose_name = _("old URL")
        verbose_name_plural = _("old URLs")
        constraints = [models.UniqueConstraint(fields=("site", "canonical"), name="old_url_once")]
        indexes = [
            # the worklist: the open ones, most wanted first
            models.Index(
                (models.F("hits") + models.F("log_hits")).desc(),
                "id",
                name="old_url_open",
                condition=models.Q(outcome__in=("undecided", "failed")),
            ),
        ]

    def __str__(self) -> str:
        return self.canonical

    def get_rule_display(self) -> str:
        """Return the rule's name for people."""
        return str(_RULES.get(self.rule, self.rule))

    @property
    def may_be_shown(self) -> bool:
        """Whether an archived copy may be served: there is a capture, screening let it pass, nobody withdrew it."""
        return bool(self.warc_file) and not self.held and self.withdrawn_at is None

    @property
    @display(description=_("same as"))
    def same_as(self) -> Imported | None:
        """The imported thing whose page answers for this address too; None where it has its own."""
        return self.imported.same_as if self.imported is not None else None

    @property
    def is_page(self) -> bool:
        """Whether its archived copy is read as a page; anything else is a file."""
        if self.kind in ("attachment", "image"):
            return False
        return self.kind != "other" or self.media_type in ("", "text/html", "application/xhtml+xml")


RETIRED = (OldUrl.Outcome.GONE, OldUrl.Outcome.ARCHIVE, OldUrl.Outcome.REDIRECT)
"""Outcomes with which nothing that was imported answers for an address any more."""
