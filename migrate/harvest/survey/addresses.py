"""Addresses of lists: which are pages of one list, and which page of it."""

import re
from urllib.parse import parse_qsl, urlsplit

from migrate.urls import DEFAULT_DOCUMENTS, PAGE_PARAMETERS, UrlRules, canonical, host_of

_NUMBER = re.compile(r"[_-]?(\d{1,4})(?=\.|$)")
_DIGITS = 4
"""Digits of a page's number."""


def own_key(url: str, rules: UrlRules) -> str:
    """Return the canonical URL of an address on the site's own hosts; empty for any other, and for one too long."""
    try:
        return canonical(url, rules) if rules.owns(host_of(url)) else ""
    except ValueError:
        return ""


def list_key(key: str) -> str:
    """Return the address that all spellings of a list share: lower case, without default document and page number."""
    parts = urlsplit(key.lower())
    folder, _slash, name = parts.path.rpartition("/")
    query = "&".join(part for part in parts.query.split("&") if part.partition("=")[0] not in PAGE_PARAMETERS)
    return f"{folder}/{'' if name in DEFAULT_DOCUMENTS else name}" + (f"?{query}" if query else "")


def same_list(one: str, other: str) -> bool:
    """Say whether two addresses may be pages of one list: they differ in nothing but a page's number."""
    return _unnumbered(one) == _unnumbered(other)


def number_in(key: str) -> int:
    """Return the number of the list's page that an address says; 0 where it says none."""
    parts = urlsplit(key)
    values = [value for name, value in parse_qsl(parts.query) if name.lower() in PAGE_PARAMETERS]
    found = _NUMBER.search(parts.path.rpartition("/")[2])
    text = values[0] if values else found[1] if found else ""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0


def _unnumbered(key: str) -> str:
    parts = urlsplit(list_key(key))
    folder, _slash, name = parts.path.rpartition("/")
    name = _NUMBER.sub("", name)
    return f"{folder}/{'' if name in DEFAULT_DOCUMENTS else name}?{parts.query}"
