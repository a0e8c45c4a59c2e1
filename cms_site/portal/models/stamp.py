"""Since when the portal says what it says: a stamp that each change of what visitors see makes anew.

Whatever was made of the database and kept (parts of pages, lists of results, what a browser holds) is good as long as
the stamp is the same. It is written in the transaction of the change, so that both are seen at once. Its name is drawn,
not counted: a database that was put back has no stamp that ever stood for something else.
"""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_ONLY = 1


class Stamp(models.Model):
    """The one row that says which state of the portal this is."""

    name = models.UUIDField(_("id"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("state")
        verbose_name_plural = _("state")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.name)

    @classmethod
    def now(cls) -> "Stamp | None":
        """Return the stamp that stands; None before anything was published, when nothing may be kept."""
        return cls.objects.filter(pk=_ONLY).first()

    @classmethod
    def renew(cls) -> None:
        """Say that visitors see something else from this transaction on."""
        fresh = {"name": uuid.uuid4(), "since": timezone.now()}
        if not cls.objects.filter(pk=_ONLY).update(**fresh):
            cls.objects.bulk_create([cls(pk=_ONLY, **fresh)], ignore_conflicts=True)
