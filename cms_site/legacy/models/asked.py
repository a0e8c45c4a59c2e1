"""What visitors ask for: addresses that nobody knows, and the logs of the old servers."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from cms_site.legacy.models.sites import OldSite
from migrate.noise import is_noise


class UnknownHit(models.Model):
    """An address of an old host that no OldUrl knows, asked for by a visitor: material for the worklist."""

    site = models.ForeignKey(OldSite, verbose_name=_("old site"), on_delete=models.CASCADE, related_name="unknown_hits")
    canonical = models.CharField(_("canonical URL"), max_length=2200)
    hits = models.PositiveIntegerField(_("hits"), default=0)
    log_hits = models.PositiveIntegerField(_("hits in old logs"), default=0, db_default=0)
    noise = models.BooleanField(
        _("noise"), default=False, db_default=False, help_text=_("Asked for by scanners, or part of the old pages.")
    )
    last_at = models.DateTimeField(_("last asked for"), auto_now=True)

    class Meta:
        verbose_name = _("unknown old URL")
        verbose_name_plural = _("unknown old URLs")
        constraints = [models.UniqueConstraint(fields=("site", "canonical"), name="unknown_hit_once")]

    def __str__(self) -> str:
        return self.canonical

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Tell noise when the address is first noted."""
        if self._state.adding:
            self.noise = is_noise(self.canonical)
        super().save(*args, **kwargs)


class LogFile(models.Model):
    """An access log that was counted. Known by its bytes: no request counts twice, whatever the file is called."""

    site = models.ForeignKey(
        "legacy.OldSite", verbose_name=_("old site"), on_delete=models.CASCADE, related_name="log_files"
    )
    name = models.CharField(_("file"), max_length=300)
    digest = models.CharField(_("digest"), max_length=80, help_text=_("Of the text, unpacked."))
    size = models.BigIntegerField(_("bytes"))
    counts = models.JSONField(_("lines"), default=dict)
    read_at = models.DateTimeField(_("read at"), auto_now=True)

    class Meta:
        verbose_name = _("access log")
        verbose_name_plural = _("access logs")
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=("site", "digest"), name="log_file_once")]

    def __str__(self) -> str:
        return self.name
