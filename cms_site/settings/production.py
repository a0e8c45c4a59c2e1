"""For the county's server: the environment says what dev would guess; a missing secret is an error, not a default."""

from cms_site.settings.base import *  # noqa: F403
from cms_site.settings.base import DATABASES, PROJECT_ROOT, os
from cms_site.settings.environment import mail, names, portal_host
from migrate.errors import ShangyiError
from migrate.i18n import _

DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    raise ShangyiError(
        _("SECRET_KEY is not set."),
        _("Make one and keep it out of the repository: {command}").format(
            command='python -c "import secrets; print(secrets.token_urlsafe(50))"'
        ),
    )
ALLOWED_HOSTS = names("SHANGYI_ALLOWED_HOSTS") or [host for host in (portal_host(PROJECT_ROOT),) if host]
DATABASES["default"]["CONN_MAX_AGE"] = 60  # seconds; a new PostgreSQL connection costs more than a page

HTTPS = os.environ.get("SHANGYI_HTTPS", "1") == "1"
"""SHANGYI_HTTPS=0 for an intranet without certificates: cookies are then sent over plain HTTP."""
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

globals().update(mail())  # EMAIL_…, DEFAULT_FROM_EMAIL

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
