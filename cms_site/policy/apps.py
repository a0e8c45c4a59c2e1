from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PolicyConfig(AppConfig):
    """Notices that are reposted, and the desk of those who repost them."""

    name = "cms_site.policy"
    label = "policy"
    verbose_name = _("Reposted notices")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Note when a repost is published for the first time."""
        from wagtail.signals import page_published

        from cms_site.policy.publication import published

        page_published.connect(published, dispatch_uid="policy.published")
