"""On one's own machine, and for the demo: SQLite, files served by Django, a key made once."""

from cms_site.settings.base import *  # noqa: F403
from cms_site.settings.base import PROJECT_ROOT, VAR, os
from cms_site.settings.environment import names, portal_host, secret_key

DEBUG = os.environ.get("SHANGYI_DEBUG") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY") or secret_key(VAR / "secret_key")
ALLOWED_HOSTS = [
    host
    for host in (portal_host(PROJECT_ROOT), "localhost", "127.0.0.1", "[::1]", *names("SHANGYI_ALLOWED_HOSTS"))
    if host
]
SERVE_FILES = True
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
