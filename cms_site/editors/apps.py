from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class EditorsConfig(AppConfig):
    """Those who keep the portal."""

    name = "cms_site.editors"
    label = "editors"
    verbose_name = _("Editors")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep columns and channels to those who may publish them; label what Wagtail left without a label."""
        from cms_site.editors.labels import label
        from cms_site.editors.places import guard

        guard()
        label()


class UsersConfig(WagtailUsersAppConfig):
    """Wagtail's users, with a form by which nobody makes himself more than he is."""

    user_viewset = "cms_site.editors.users.UserViewSet"
