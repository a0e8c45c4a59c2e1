"""What an import did, enough to undo it, and the files that it is about to store."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms_site.legacy.models.sites import OldSite


class Receipt(models.Model):
    """What one import did, enough to undo it. Opened before the first batch, filled batch by batch."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        ROLLED_BACK = "rolled back", _("rolled back")

    site = models.ForeignKey(OldSite, verbose_name=_("old site"), on_delete=models.PROTECT, related_name="receipts")
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("actor"), on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.site.slug}-{self.pk:04d}"


class ReceiptLine(models.Model):
    """One thing an import created, updated or removed, with what was there before."""

    class Action(models.TextChoices):
        CREATED = "created", _("created")
        UPDATED = "updated", _("updated")

    receipt = models.ForeignKey(Receipt, verbose_name=_("receipt"), on_delete=models.CASCADE, related_name="lines")
    model = models.CharField(_("kind"), max_length=20)  # page | document | image | imported | oldurl
    object_id = models.BigIntegerField(_("id"))
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    before = models.JSONField(
        _("before"), default=dict, help_text=_("The values before; for pages the earlier revision.")
    )

    class Meta:
        verbose_name = _("receipt line")
        verbose_name_plural = _("receipt lines")
        indexes = [models.Index(fields=("model", "object_id"), name="receipt_line_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.model} {self.object_id}"


class PendingFile(models.Model):
    """A file that is on its way: its image or document is not committed yet, or removed by now (`intake.storing`)."""

    name = models.CharField(_("file"), max_length=255, unique=True)

    class Meta:
        verbose_name = _("file being stored")
        verbose_name_plural = _("files being stored")

    def __str__(self) -> str:
        return self.name
