from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LegacyConfig(AppConfig):
    """Old sites and their addresses."""

    name = "cms_site.legacy"
    label = "legacy"
    verbose_name = _("Old sites")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for editors who publish what was imported."""
        from wagtail.signals import page_published

        from cms_site.legacy.acceptance import accept

        page_published.connect(accept, dispatch_uid="legacy.accept")
