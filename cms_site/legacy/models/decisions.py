"""What people ruled on old addresses, one by one and in batches."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms_site.legacy.models.old_urls import OldUrl
from cms_site.legacy.models.sites import OldSite


class Decision(models.Model):
    """What a person ruled on one old URL; import lays it over the entry. It has an actor and a time, always."""

    site = models.ForeignKey(OldSite, verbose_name=_("old site"), on_delete=models.CASCADE, related_name="decisions")
    canonical = models.CharField(_("canonical URL"), max_length=2200)
    outcome = models.CharField(_("outcome"), max_length=10, choices=OldUrl.Outcome.choices)
    column = models.CharField(
        _("column"), max_length=2200, blank=True, help_text=_("Portal path; for redirects also an address elsewhere.")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    release = models.BooleanField(_("release"), default=False, help_text=_("Looked at: no longer held."))
    apart = models.BooleanField(
        _("apart"),
        default=False,
        db_default=False,
        help_text=_("Keep as a page of its own, although another says the same."),
    )
    accepted = models.CharField(
        _("what was looked at"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text=_("Digest of what was released; anything new holds the page again. Empty: released for good."),
    )
    masks = models.CharField(
        _("masked"),
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text=_("Reasons whose numbers are masked on the page, parted by blanks."),
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("actor"), on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), auto_now=True)
    undo = models.JSONField(
        _("what undoing needs"), null=True, blank=True, help_text=_("What its address was before anybody ruled on it.")
    )

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [models.UniqueConstraint(fields=("site", "canonical"), name="decision_once")]

    def __str__(self) -> str:
        return f"{self.canonical}: {self.get_outcome_display()}"


class DecisionBatch(models.Model):
    """Decisions that came together: from a file, from marks in a list, from a page that went. Shown before it counts,
    undone as a whole."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("preview")
        APPLIED = "applied", _("applied")
        UNDONE = "undone", _("undone")

    site = models.ForeignKey(
        "legacy.OldSite", verbose_name=_("old site"), on_delete=models.CASCADE, related_name="decision_batches"
    )
    source = models.CharField(_("from"), max_length=300, help_text=_("The file's name, or the list in the admin."))
    overwrite = models.BooleanField(_("overwrite earlier decisions"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREVIEW)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("actor"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("undone by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    counts = models.JSONField(_("counts"), default=dict, blank=True)

    class Meta:
        verbose_name = _("batch of decisions")
        verbose_name_plural = _("batches of decisions")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.site.slug}-{self.pk:04d} {self.source}"


class DecisionLine(models.Model):
    """One line of a batch: what it says, what it would do, and once it is done what was there before."""

    class Status(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        SAME = "same", _("as before")
        CONFLICTING = "conflicting", _("conflicting")
        REFUSED = "refused", _("refused")

    batch = models.ForeignKey(DecisionBatch, verbose_name=_("batch"), on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(_("line"))
    url = models.CharField(_("as written"), max_length=2200)
    canonical = models.CharField(_("canonical URL"), max_length=2200, blank=True)
    ruling = models.JSONField(_("ruling"), default=dict)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    message = models.CharField(_("message"), max_length=600, blank=True)
    earlier = models.JSONField(
        _("earlier decision"), null=True, blank=True, help_text=_("As the preview found it, or as it was replaced.")
    )
    undo = models.JSONField(_("what undoing needs"), null=True, blank=True)
    done = models.BooleanField(_("done"), default=False)

    class Meta:
        verbose_name = _("line of a batch")
        verbose_name_plural = _("lines of batches")
        indexes = [models.Index(fields=("batch", "status"), name="decision_line_status")]

    def __str__(self) -> str:
        return f"{self.number}: {self.url}"
