"""Settings that hold everywhere. What differs is in dev, production and test."""

import os
from pathlib import Path

from cms_site.settings.environment import database, names, project_root

PROJECT_ROOT = project_root()
VAR = PROJECT_ROOT / "var"

INSTALLED_APPS = [
    "cms_site.editors.apps.EditorsConfig",
    "cms_site.portal",
    "cms_site.legacy",
    "cms_site.policy",
    "wagtail.contrib.settings",
    "wagtail.contrib.table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "cms_site.editors.apps.UsersConfig",  # wagtail.users
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",  # brings modelsearch under its own label; listing both is an error
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",  # Wagtail speaks with its words of when something was
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    # First of all: old hosts are not in ALLOWED_HOSTS, and whatever asks for the host would refuse them.
    "cms_site.legacy.middleware.OldHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "cms_site.portal.middleware.ContentSecurityPolicyMiddleware",
    "cms_site.portal.middleware.FreshnessMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "cms_site.urls"
WSGI_APPLICATION = "cms_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cms_site.portal.frame.portal",
            ],
        },
    },
]

DATABASES = {"default": database(os.environ.get("DATABASE_URL") or "sqlite:///var/portal.sqlite3", PROJECT_ROOT)}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]  # fmt: skip

LANGUAGE_CODE = "zh-hans"
_CMS_SITE = Path(__file__).resolve().parents[1]
LOCALE_PATHS = [_CMS_SITE / "locale", _CMS_SITE / "editors" / "locale"]
"""Our own texts, and those of Wagtail that its Chinese catalogue lacks."""
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"
SHANGYI_ARCHIVES = Path(os.environ.get("SHANGYI_ARCHIVES") or PROJECT_ROOT / "archives")
"""One folder a site, as the toolkit writes them; archived copies are served from the WARC files in it."""
SHANGYI_ARCHIVED_NOINDEX = os.environ.get("SHANGYI_ARCHIVED_NOINDEX", "1") != "0"
"""Whether search engines are asked to leave archived copies out; what is withdrawn or unreadable they never get."""
SHANGYI_ACCEL = os.environ.get("SHANGYI_ACCEL", "")
"""Address below which nginx, and nobody else, finds the media folder (X-Accel-Redirect): it then sends the pictures
that the portal lets somebody see. Empty: the portal sends them itself."""
SERVE_FILES = False
"""Whether Django itself hands out static and media files; in production the web server does."""

DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
"""The page editor sends several fields a block; Django's 1,000 is too few for a long article."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
"""Bytes of one form without its files: pasted Word is large."""

X_FRAME_OPTIONS = "SAMEORIGIN"  # the editor's preview is a frame
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"

SHANGYI_OFFICIAL_HOSTS = ["gov.cn", "mil.cn", "conac.cn", "政务", "公益", *names("SHANGYI_OFFICIAL_HOSTS")]
"""Hosts, and all below them, to which links lead without the question before one leaves (domain rule PG-11)."""

WAGTAIL_SITE_NAME = "上移"
WAGTAILADMIN_BASE_URL = os.environ.get("SHANGYI_BASE_URL") or "http://127.0.0.1:8000"
WAGTAIL_FINISH_WORKFLOW_ACTION = "cms_site.editors.review.publish"
LANGUAGES = WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAILADMIN_USER_LOGIN_FORM = "cms_site.editors.users.LoginForm"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "cms_site.portal.search.backend", "SEARCH_CONFIG": "simple"}}
WAGTAILDOCS_EXTENSIONS = (
    "pdf ofd doc docx wps wpt xls xlsx et csv ppt pptx dps rtf txt odt ods zip rar 7z jpg jpeg png gif bmp tif tiff "
    "mp3 mp4 wav avi wmv flv swf ceb".split()
)
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp", "bmp"]
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms_site.editors.images.ImageForm"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
"""Embeds would ask other hosts; a county portal shows what it holds."""
# Nothing in the admin may ask a host outside: intranets have none.
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
