"""Raw hrefs → targets. A menu names the same fifty addresses on every page: each spelling is resolved once."""

import re
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urljoin

from migrate.harvest.links.shape import is_template
from migrate.urls import UrlRules, ascii_url, canonical, host_of, resolve

MAX_CACHED = 200_000
"""Spellings remembered; then forgotten all at once. Bounds memory against pages made to exhaust it."""


_STATE = ("__viewstate", "__eventvalidation", "__previouspage")
"""Form fields of ASP.NET that differ from page to page without meaning anything else."""

_BY_NUMBER = re.compile(r"__EVENTARGUMENT=(?:Page%24)?\d+")
_EVENT = ("__EVENTTARGET=", "__EVENTARGUMENT=")


def form_key(key: str, form: str) -> str:
    """Return the key of the answer to a form sent to the URL with this canonical `key`; `key` itself for no form.

    Of ASP.NET's forms, which carry the state of the whole page, one that asks for a page by its number is known by
    this alone; one that asks for the next page is known by the state that it comes from.
    Canonical URLs have no fragment, so it is nobody's address: addresses that people can ask for never hold a #.
    """
    if not form:
        return key
    fields = form.split("&")
    if any(map(_BY_NUMBER.fullmatch, fields)):
        fields = [field for field in fields if field.startswith(_EVENT)]
    elif not any(field.startswith(_EVENT) for field in fields):
        fields = [field for field in fields if not field.lower().startswith(_STATE)]
    return f"{key}#form:{sha256('&'.join(sorted(fields)).encode()).hexdigest()[:16]}"


class Target(NamedTuple):
    """Where a link leads."""

    key: str
    """Canonical URL on own hosts; the absolute URL elsewhere; empty where the URL is too long to be kept."""
    url: str
    """Spelling to request."""
    own: bool


class Page(NamedTuple):
    """What links of one page are relative to."""

    base: str
    origin: str
    folder: str
    encoding: str

    @classmethod
    def at(cls, url: str, base_href: str = "", encoding: str = "utf-8") -> "Page":
        """Return the base of a page at `url` whose `<base>` says `base_href`."""
        base = (resolve(url, base_href) if base_href else None) or url
        path = base.split("?", 1)[0]
        return cls(base, urljoin(base, "/"), path[: path.rfind("/") + 1], encoding)


class Targets:
    """Resolves hrefs under one site's cautious rules, remembering what it resolved."""

    def __init__(self, rules: UrlRules) -> None:
        self._rules = rules
        self._known: dict[str, Target | None] = {}

    def get(self, page: Page, href: str) -> Target | None:
        """Return where `href` on a page leads, or None if it is no http(s) link."""
        first = href[:1]
        if first == "/":
            spelling = page.origin + href
        elif href[:4] == "http":
            spelling = href
        elif first in ("?", ";"):
            spelling = page.base + href
        else:
            spelling = page.folder + href
        if not href.isascii():
            spelling += page.encoding  # queries are sent in it
        try:
            return self._known[spelling]
        except KeyError:
            pass
        if len(self._known) >= MAX_CACHED:
            self._known.clear()
        target = self._known[spelling] = self.resolve(page, href)
        return target

    def resolve(self, page: Page, href: str) -> Target | None:
        """As `get`, without the memory."""
        if is_template(href):
            return None
        url = resolve(page.base, href)
        if url is None:
            return None
        own = self._rules.owns(host_of(url))
        try:
            url = ascii_url(url, page.encoding)
            return Target(canonical(url, self._rules) if own else url[:2048], url, own)
        except ValueError:
            return Target("", url, own)
