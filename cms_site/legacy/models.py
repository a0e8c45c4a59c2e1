"""What the portal knows of old sites. Provenance lives beside the pages, not in them.

`OldUrl` answers for an old address, `Imported` knows what was imported and on which evidence, `Decision` what a person
ruled, `Receipt` what one import did. Pages, documents and images are pointed to by id, so an address follows them.
"""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.admin import display
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents import get_document_model_string
from wagtail.images import get_image_model_string

from cms_site.legacy import work  # noqa: F401  Django looks for models here
from migrate.config.sites import POLICY_SITE
from migrate.noise import is_noise
from migrate.records import BUILT_IN, DECISION, MAP_RULE
from migrate.urls import UrlRules, host_of


class MovingSites(models.Manager):
    """The old sites on the move. That of reposted notices is none: it only gives their `Imported` rows a site."""

    def get_queryset(self) -> "models.QuerySet[OldSite]":
        """Return all but the one of reposted notices."""
        return super().get_queryset().exclude(slug=POLICY_SITE)


class OldSite(models.Model):
    """One legacy site. Its URL rules are the only ones that serving reads; import copies them here from the YAML."""

    slug = models.SlugField(_("id"), max_length=64, unique=True, help_text=_("File name in mappings/sites/."))
    name = models.CharField(_("name"), max_length=200)
    url = models.URLField(_("home page"), max_length=500)
    unit = models.CharField(_("unit"), max_length=200, blank=True)
    site_code = models.CharField(_("site code"), max_length=20, blank=True)
    channel = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("channel"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    case_sensitive = models.BooleanField(_("case-sensitive addresses"), default=False)
    keep_query = models.JSONField(_("significant query parameters"), null=True, blank=True)
    default_documents = models.JSONField(_("default documents"), default=list, blank=True)
    fold_slash = models.BooleanField(
        _("slash at the end means nothing"), default=False, db_default=False, help_text=_("/a/ is /a.")
    )
    target_hosts = models.JSONField(
        _("hosts it may lead to"), default=list, blank=True, help_text=_("Beside the portal's own.")
    )
    otherwise = models.CharField(
        _("unknown addresses"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=[("channel", _("lead to the channel")), ("archive", _("lead to the archived pages"))],
    )
    otherwise_base = models.CharField(
        _("where unknown addresses lead instead"), max_length=500, blank=True, default="", db_default=""
    )
    append_path = models.BooleanField(_("with the path appended"), default=False, db_default=False)
    key_format = models.PositiveSmallIntegerField(
        _("version of the canonical form"),
        default=0,
        db_default=0,
        help_text=_("Under which its addresses were keyed last; 0: before this was noted."),
    )

    objects = MovingSites()
    every = models.Manager()

    class Meta:
        verbose_name = _("old site")
        verbose_name_plural = _("old sites")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_policy(self) -> bool:
        """Whether it stands for the sources of reposted notices, whose addresses are not ours to answer for."""
        return self.slug == POLICY_SITE

    @property
    def url_rules(self) -> UrlRules:
        """Return the rules that make canonical URLs of this site."""
        rules = self.own_rules
        return replace(rules, aliases=frozenset(host.name for host in self.hosts.all()) - {rules.host})

    @property
    def own_rules(self) -> UrlRules:
        """Return `url_rules` without the aliases: for addresses whose host is settled; costs no query."""
        return UrlRules(
            host=host_of(self.url),
            case_sensitive=self.case_sensitive,
            keep_query=None if self.keep_query is None else tuple(self.keep_query),
            default_documents=tuple(self.default_documents),
            fold_slash=self.fold_slash,
        )


class OldHost(models.Model):
    """A host name that the portal answers for; its main host and its aliases. Not read from ALLOWED_HOSTS."""

    name = models.CharField(_("host name"), max_length=253, unique=True)
    site = models.ForeignKey(OldSite, verbose_name=_("old site"), on_delete=models.CASCADE, related_name="hosts")

    class Meta:
        verbose_name = _("old host")
        verbose_name_plural = _("old hosts")

    def __str__(self) -> str:
        return self.name


class Imported(models.Model):
    """One imported thing: what it became, the content hash that was written, the revision, each field's evidence."""

    site = models.ForeignKey(OldSite, verbose_name=_("old site"), on_delete=models.PROTECT, related_name="imported")
    source_key = models.CharField(_("source key"), max_length=2200, help_text=_("Canonical old URL, or notice id."))
    content_hash = models.CharField(_("content hash"), max_length=80)
    state = models.CharField(
        _("state"), max_length=10, choices=[("live", _("published")), ("draft", _("draft")), ("stored", _("stored"))]
    )
    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="imported",
    )
    document = models.ForeignKey(
        get_document_model_string(),
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="imported",
    )
    image = models.ForeignKey(
        get_image_model_string(),
        verbose_name=_("image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="imported",
    )
    column = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("column"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Where import put the page; an editor may have moved it since."),
    )
    revision_id = models.BigIntegerField(
        _("revision"), null=True, blank=True, help_text=_("The revision that import wrote; a later one is an editor's.")
    )
    evidence = models.JSONField(_("evidence"), default=dict, help_text=_("Field → value, origin, confidence."))
    held = models.JSONField(_("held because"), default=list, blank=True)
    unresolved = models.JSONField(
        _("open links"), default=list, blank=True, help_text=_("Old URLs in the body that lead nowhere yet.")
    )
    is_held = models.BooleanField(
        _("page is held"), default=False, db_default=False, help_text=_("Whether `held` names a reason; of pages only.")
    )
    least_sure = models.FloatField(
        _("least confidence"), null=True, blank=True, help_text=_("Of the fields in the evidence, for finding.")
    )
    look = models.CharField(
        _("what to look at"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text=_("Digest: what holds it, and the fields in doubt."),
    )
    digest = models.CharField(_("digest of the file"), max_length=80, blank=True)
    same_as = models.ForeignKey(
        "self",
        verbose_name=_("same as"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="twins",
        help_text=_("It is the same thing as this one: both share its page, which stands in the list of both columns."),
    )
    ruled_same = models.BooleanField(
        _("ruled the same"),
        default=False,
        db_default=False,
        help_text=_("Somebody ruled that it is the same thing, whatever its text says."),
    )
    title_key = models.CharField(_("digest of the title"), max_length=16, blank=True)
    number_key = models.CharField(_("document number, for comparison"), max_length=120, blank=True)
    day = models.DateField(_("day of publication"), null=True, blank=True)
    sketch = models.TextField(_("digests of what it says"), blank=True)
    imported_at = models.DateTimeField(_("imported at"), auto_now=True)

    class Meta:
        verbose_name = _("imported thing")
        verbose_name_plural = _("imported things")
        permissions = [("review_imported", "Can review imported things")]
        constraints = [models.UniqueConstraint(fields=("site", "source_key"), name="imported_once")]
        indexes = [
            models.Index(fields=("digest",), name="imported_digest"),
            models.Index(fields=("title_key",), name="imported_title", condition=~models.Q(title_key="")),
            models.Index(fields=("number_key",), name="imported_number", condition=~models.Q(number_key="")),
            models.Index(fields=("site", "id"), name="imported_held", condition=models.Q(is_held=True)),
            models.Index(fields=("least_sure",), name="imported_least_sure"),
        ]

    def __str__(self) -> str:
        return self.source_key

    @property
    def touched(self) -> bool:
        """Whether an editor has changed, published, taken down or deleted it since import wrote it."""
        if self.page is None:
            return self.document_id is None and self.image_id is None
        written = self.same_as or self
        return self.page.latest_revision_id != written.revision_id or self.page.live != (written.state == "live")


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
    """A file that an import has announced and whose image or document is not committed yet (`intake.storing`)."""

    name = models.CharField(_("file"), max_length=255, unique=True)

    class Meta:
        verbose_name = _("file being stored")
        verbose_name_plural = _("files being stored")

    def __str__(self) -> str:
        return self.name
