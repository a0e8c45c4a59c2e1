"""What checks found: of the old addresses, on a schedule, and of each site."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Recheck(models.Model):
    """One look at all old addresses of a site."""

    site = models.ForeignKey(
        "legacy.OldSite", verbose_name=_("old site"), on_delete=models.CASCADE, related_name="rechecks"
    )
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict)

    class Meta:
        verbose_name = _("look at all old URLs")
        verbose_name_plural = _("looks at all old URLs")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.site.slug}-{self.pk:04d}"


class BrokenOldUrl(models.Model):
    """An old address that no longer leads where it should, since when, and why. It goes when it is mended."""

    class Problem(models.TextChoices):
        DELETED = "deleted", _("what it should lead to is not there")
        OFFLINE = "offline", _("its page is not published")
        HIDDEN = "hidden", _("its page stands in a hidden column")
        NO_FILE = "no-file", _("the file is missing from the media folder")
        NO_CAPTURE = "no-capture", _("archived without a capture")
        UNREADABLE = "unreadable", _("its archived copy can't be read")
        UNTRUE = "untrue", _("the archive holds something else than what was imported")
        LOOP = "loop", _("it leads back to itself")
        UNAPPLIED = "unapplied", _("a decision on it has not taken effect")

    old_url = models.OneToOneField(
        "legacy.OldUrl", verbose_name=_("old URL"), on_delete=models.CASCADE, related_name="broken"
    )
    problem = models.CharField(_("problem"), max_length=12, choices=Problem.choices)
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("broken old URL")
        verbose_name_plural = _("broken old URLs")

    def __str__(self) -> str:
        return f"{self.old_url}: {self.problem}"


class SiteCheck(models.Model):
    """What the last `shangyi check` of one kind said of a site: handed over, for the portal never opens a ledger."""

    class Name(models.TextChoices):
        BALANCE = "balance", _("account of old URLs")
        REDIRECTS = "redirects", _("old URLs")
        LINKS = "links", _("links")
        CONTENT = "content", _("texts, old and new")

    site = models.ForeignKey(
        "legacy.OldSite", verbose_name=_("old site"), on_delete=models.CASCADE, related_name="site_checks"
    )
    name = models.CharField(_("check"), max_length=12, choices=Name.choices)
    asked = models.PositiveIntegerField(_("asked"))
    passed = models.PositiveIntegerField(_("passed"))
    failed = models.PositiveIntegerField(_("failed"))
    checked_at = models.DateTimeField(_("checked at"))

    class Meta:
        verbose_name = _("check of a site")
        verbose_name_plural = _("checks of sites")
        constraints = [models.UniqueConstraint(fields=("site", "name"), name="site_check_once")]

    def __str__(self) -> str:
        return f"{self.site.slug}: {self.name}"


class CheckProblem(models.Model):
    """One thing that a check found wrong. It goes with the next check of its kind."""

    run = models.ForeignKey(
        SiteCheck, verbose_name=_("check of a site"), on_delete=models.CASCADE, related_name="problems"
    )
    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="check_problems",
    )
    level = models.CharField(_("level"), max_length=10)
    code = models.CharField(_("check"), max_length=60)
    url = models.CharField(_("address"), max_length=2200, help_text=_("Old URL, or portal page with the link."))
    target = models.CharField(_("leads to"), max_length=4400, blank=True)
    text = models.CharField(_("text of the link"), max_length=200, blank=True)
    message = models.TextField(_("message"))
    repair = models.TextField(_("what to do"), blank=True)
    pages = models.PositiveIntegerField(_("pages with the same link"), default=1)

    class Meta:
        verbose_name = _("problem that a check found")
        verbose_name_plural = _("problems that checks found")

    def __str__(self) -> str:
        return f"{self.url}: {self.message}"
