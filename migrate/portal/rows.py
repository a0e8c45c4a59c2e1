"""The row of a site, for the rooms of this package."""

from typing import Any

from migrate.errors import UsageError
from migrate.i18n import _


def site_row(site_id: str) -> Any:
    """Return the portal's row of a site. Raises UsageError before its first import."""
    from cms_site.legacy.models import OldSite

    site = OldSite.objects.filter(slug=site_id).first()
    if site is None:
        raise UsageError(
            _("The portal does not know the site “{site}” yet.").format(site=site_id),
            _("Import it first: shangyi import {site}").format(site=site_id),
        )
    return site
