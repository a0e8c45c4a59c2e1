"""The search backend named in WAGTAILSEARCH_BACKENDS: bigrams in whichever database the portal runs on."""

from typing import Any

from django.db import connection
from modelsearch.backends.base import BaseSearchBackend


def SearchBackend(params: dict[str, Any]) -> BaseSearchBackend:
    """Return the bigram backend of the default database. Raises ImproperlyConfigured on any other database."""
    if connection.vendor == "postgresql":
        from cms_site.portal.search.postgres import PostgresBigramBackend

        return PostgresBigramBackend(params)
    if connection.vendor == "sqlite":
        from cms_site.portal.search.sqlite import SQLiteBigramBackend

        return SQLiteBigramBackend(params)
    from django.core.exceptions import ImproperlyConfigured

    raise ImproperlyConfigured(f"The portal's search runs on PostgreSQL and SQLite, not on {connection.vendor}.")
