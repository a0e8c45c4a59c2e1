"""Who publishes the portal: what head, foot and META of every page say."""

import re

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting


@register_setting(icon="home")
class PortalIdentity(BaseSiteSetting):
    """The duty marks of a government portal (国办发〔2017〕47号, page foot). Editors keep them in the admin."""

    name = models.CharField(_("name of the portal"), max_length=200, blank=True)
    unit = models.CharField(_("responsible unit"), max_length=200, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    site_code = models.CharField(
        _("site code"),
        max_length=12,
        blank=True,
        help_text=_("Ten digits: region and number, as registered."),
        validators=[RegexValidator(r"^(\d{10}|\d{12}|bm\d{8})$")],
    )
    icp = models.CharField(_("ICP record"), max_length=60, blank=True)
    police_record = models.CharField(_("public security record"), max_length=60, blank=True)
    conac_id = models.CharField(
        _("party and government mark"),
        max_length=32,
        blank=True,
        help_text=_("The 32 characters after id= in the mark's address; empty: no mark is shown."),
        validators=[RegexValidator(r"^[0-9A-F]{32}$")],
    )

    @property
    def police_code(self) -> str:
        """Return the fourteen digits of the public security record, by which it can be looked up."""
        found = re.search(r"\d{14}", self.police_record)
        return found[0] if found else ""

    class Meta:
        verbose_name = _("portal identity")
        verbose_name_plural = _("portal identity")
