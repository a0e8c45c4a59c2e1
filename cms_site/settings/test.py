"""For pytest: SQLite unless DATABASE_URL says otherwise, it and all files in a folder that is thrown away."""

import atexit
import shutil
import tempfile
from pathlib import Path

from cms_site.settings.base import *  # noqa: F403
from cms_site.settings.base import os
from cms_site.settings.environment import database

_FILES = Path(tempfile.mkdtemp(prefix="shangyi-test-"))
atexit.register(shutil.rmtree, _FILES, ignore_errors=True)

DEBUG = False
SECRET_KEY = "a constant, for tests alone"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": database(os.environ.get("DATABASE_URL") or "sqlite:///portal.sqlite3", _FILES)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: in memory the threads of a live server share one connection, whose tables lock at once
    # and wait for nobody.
    DATABASES["default"]["TEST"] = {"NAME": str(_FILES / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
MEDIA_ROOT = _FILES / "media"
STATIC_ROOT = _FILES / "static"
SERVE_FILES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
