"""The portal's settings with the search index that Wagtail comes with."""

from cms_site.settings.dev import *  # noqa: F403

WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
