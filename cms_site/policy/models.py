"""What the portal knows of notices that are reposted. A notice's state is not kept: `clock` works it out."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms_site.policy.clock import Times
from migrate.notices import ChangeKind, Moment


class Capture(models.Model):
    """Where in archives/policy/ lies what was read."""

    warc_file = models.CharField(_("WARC file"), max_length=200, blank=True)
    warc_offset = models.BigIntegerField(_("byte in the WARC file"), null=True, blank=True)
    digest = models.CharField(_("digest of the stored body"), max_length=80, blank=True)
    fetched_at = models.DateTimeField(_("captured at"), null=True, blank=True)

    files_checksum = models.CharField(
        _("checksum of the source's files"), max_length=80, blank=True, help_text=_("Of their names and bytes.")
    )

    class Meta:
        abstract = True

    @property
    def capture(self) -> str:
        """Return file and byte, by which the capture is found again; empty where there is none."""
        return f"{self.warc_file}:{self.warc_offset}" if self.warc_file else ""


class Notice(Capture):
    """One notice of a source that is to be reposted."""

    key = models.CharField(_("canonical address"), max_length=2200, unique=True)
    url = models.CharField(_("address of the original"), max_length=2200)
    source = models.CharField(_("id of the source"), max_length=64, db_index=True)
    publisher = models.CharField(_("source"), max_length=200, blank=True)
    title = models.CharField(_("title"), max_length=500, help_text=_("As the source's list has it."))
    published_earliest = models.DateTimeField(_("published at the earliest"), db_index=True)
    published_latest = models.DateTimeField(_("published at the latest"))
    within = models.DurationField(_("to be reposted within"))
    due = models.DateTimeField(_("due"), db_index=True, help_text=_("By the earlier bound of its publication."))
    due_latest = models.DateTimeField(_("surely late after"), help_text=_("By the later bound."))
    first_seen = models.DateTimeField(_("first seen"))
    column = models.CharField(_("portal path of the column"), max_length=200)
    page = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("page"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="notices",
    )  # fmt: skip
    reposted_at = models.DateTimeField(
        _("reposted at"), null=True, blank=True, help_text=_("When its page was public for the first time.")
    )
    checksum = models.CharField(_("checksum of the source's text"), max_length=80, blank=True)
    text = models.TextField(_("the source's text"), blank=True)
    waived_at = models.DateTimeField(_("waived at"), null=True, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("waived by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    waived_reason = models.CharField(_("why it is not reposted"), max_length=500, blank=True)
    explained_at = models.DateTimeField(_("explained at"), null=True, blank=True)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("explained by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    explanation = models.CharField(_("why it was late or missed"), max_length=500, blank=True)
    same_as = models.ForeignKey(
        "self", verbose_name=_("same as"), null=True, blank=True, on_delete=models.SET_NULL, related_name="others",
        help_text=_("Another form of that notice: both share one page, and that one's clock."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("reposted notice")
        verbose_name_plural = _("reposted notices")
        ordering = ("-published_earliest", "-pk")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the deadlines that follow from the times."""
        self.due, self.due_latest = self.times.due, self.times.due_latest
        super().save(*args, **kwargs)

    @property
    def published(self) -> Moment:
        """Between when and when the source published it."""
        return Moment(self.published_earliest, self.published_latest)

    @published.setter
    def published(self, found: Moment) -> None:
        self.published_earliest, self.published_latest = found.earliest, found.latest

    @property
    def times(self) -> Times:
        """What its clock reads."""
        return Times(self.published, self.within, self.reposted_at, self.waived_at)


class LastRound(models.Model):
    """What the last round of the watch found wrong with the sources. One row: the desk sees it at once."""

    ended_at = models.DateTimeField(_("ended at"))
    findings = models.JSONField(_("findings"), default=list)

    class Meta:
        verbose_name = _("last sync")
        verbose_name_plural = verbose_name
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.ended_at}"


class Correction(Capture):
    """What a source made of a notice after it was read: an editor takes it or dismisses it."""

    class State(models.TextChoices):
        OPEN = "open", _("waits")
        TAKEN = "taken", _("taken")
        DISMISSED = "dismissed", _("dismissed")

    KINDS = [
        (ChangeKind.CORRECTED.value, _("corrected")),
        (ChangeKind.WITHDRAWN.value, _("withdrawn")),
        (ChangeKind.MOVED.value, _("moved")),
    ]

    notice = models.ForeignKey(
        Notice, verbose_name=_("reposted notice"), on_delete=models.CASCADE, related_name="corrections"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=KINDS)
    found_at = models.DateTimeField(_("found at"))
    checksum = models.CharField(_("checksum of the source's text"), max_length=80, blank=True)
    text = models.TextField(_("the source's text"), blank=True)
    url = models.CharField(_("address of the original"), max_length=2200, blank=True)
    title = models.CharField(_("title"), max_length=500, blank=True)
    body = models.TextField(_("body"), blank=True)
    files = models.JSONField(
        _("attachments"), null=True, blank=True, default=None,
        help_text=_("All that belong to the notice by now: [address, name] each; empty: not told."),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("actor"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    revision_id = models.BigIntegerField(
        _("revision"), null=True, blank=True, help_text=_("The version of the page that it was taken as.")
    )

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-found_at", "-pk")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=("notice", "kind", "checksum", "files_checksum"), name="correction_once")
        ]

    def __str__(self) -> str:
        return f"{self.notice}: {self.get_kind_display()}"


class Likeness(models.Model):
    """A page that may be the same thing as a notice, until a person, or the texts themselves, say so."""

    class Why(models.TextChoices):
        NUMBER = "number", _("same document number")
        TITLE = "title", _("same title, same days")
        TEXT = "text", _("alike text")

    class Verdict(models.TextChoices):
        OPEN = "open", _("waits")
        SAME = "same", _("the same")
        OTHER = "other", _("not the same")

    notice = models.ForeignKey(
        Notice, verbose_name=_("reposted notice"), on_delete=models.CASCADE, related_name="likenesses"
    )
    page = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("page"), on_delete=models.CASCADE, related_name="like_notices"
    )
    why = models.CharField(_("why"), max_length=8, choices=Why.choices)
    percent = models.PositiveSmallIntegerField(_("share of the text"), null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices, default=Verdict.OPEN)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("actor"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    ruled_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ("pk",)
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=("notice", "page"), name="likeness_once")]

    def __str__(self) -> str:
        return f"{self.notice}: {self.page}"


class Reminder(models.Model):
    """One reminder of one notice by one way, so that it is sent once, whoever asks."""

    notice = models.ForeignKey(
        Notice, verbose_name=_("reposted notice"), on_delete=models.CASCADE, related_name="reminders"
    )
    kind = models.CharField(_("kind"), max_length=20, help_text=_("overdue, or how long before the deadline."))
    way = models.CharField(_("way"), max_length=8, choices=[("mail", _("e-mail")), ("webhook", "webhook")])
    claimed_at = models.DateTimeField(_("begun at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=("notice", "kind", "way"), name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.notice}: {self.kind}"
