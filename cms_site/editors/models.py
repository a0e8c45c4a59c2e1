"""What `cms build` made for people: groups and collections, and what it has given to each group so far."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Collection


class Role(models.Model):
    """A group that the build made; `given` is what the build gave it. Each thing once: what people changed stays."""

    key = models.CharField(_("key"), max_length=200, unique=True, help_text=_("What the group is for."))
    name = models.CharField(_("name"), max_length=150, help_text=_("As the build named the group."))
    group = models.OneToOneField(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="role")
    given = models.JSONField(_("given"), default=list)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return self.name


class Shelf(models.Model):
    """A collection for the images and documents of one channel, or of the county's own columns."""

    path = models.CharField(_("portal path"), max_length=200, unique=True)
    collection = models.OneToOneField(
        Collection, verbose_name=_("collection"), on_delete=models.CASCADE, related_name="shelf"
    )

    class Meta:
        verbose_name = _("shelf")
        verbose_name_plural = _("shelves")

    def __str__(self) -> str:
        return self.path
