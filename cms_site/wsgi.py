"""The portal as a WSGI application, for gunicorn, mod_wsgi or waitress."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms_site.settings.dev")

application = get_wsgi_application()
