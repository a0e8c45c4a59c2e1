"""What was imported: page, document or image, and on which evidence."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents import get_document_model_string
from wagtail.images import get_image_model_string

from cms_site.legacy.models.sites import OldSite


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
