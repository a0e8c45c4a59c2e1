"""Raw hrefs → targets. A menu names the same fifty addresses on every page: each spelling is resolved once."""

import re
from collections import Counter
from collections.abc import Collection
from hashlib import sha256
from typing import NamedTuple

from migrate.harvest.links.shape import is_template
from migrate.urls import UrlRules, ascii_url, canonical, host_of, resolve

MAX_CACHED = 200_000
"""Spellings remembered; then forgotten all at once. Bounds memory against pages made to exhaust it."""


MAX_PLACES = 100
"""Origins and encodings of pages for which that is done. A site has a few; a page may name any in its `<base>`."""

_SHORT = 1000
"""Characters of a path that make no URL too long."""

_STATE = ("__viewstate", "__eventvalidation", "__previouspage")
"""Form fields of ASP.NET that differ from page to page without meaning anything else."""

_BY_NUMBER = re.compile(r"__EVENTARGUMENT=(?:Page%24)?\d+")
_EVENT = ("__EVENTTARGET=", "__EVENTARGUMENT=")


MADE_UP = "shangyi-no-such-page"
"""Stands in each address that we make up to learn what the old server answers to nonsense: its log shall say so."""

PROBE = "#made-up"
"""What their keys end with: they are nobody's addresses, and no URLs of the site."""

NO_PROBES = f"key NOT LIKE '%{PROBE}'"
"""SQL over rows with a key: those of the site itself."""

_PLAIN = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.-]+)+/?")
"""A path that is canonical as it is written: without escapes, dots, empty folders and sessions."""

_TOKEN = re.compile(r"[?&]([^=&]{1,40})=((?=[^&]*\d)(?=[^&]*[a-z])[0-9a-z_-]{16,128})(?=&|$)", re.IGNORECASE)
"""A query parameter whose value is long and means nothing."""

_SHARED = 3
"""Links of one page that must share such a value, and pages that must do so, before it is believed to be a session."""

_NEARLY_ALL = 0.9
"""Share of a page's own addresses with a query that must have it."""


def form_key(key: str, form: str) -> str:
    """Return the key of the answer to a form sent to the URL with this canonical `key`; `key` itself for no form.

    Of ASP.NET's forms, which carry the state of the whole page, one that asks for a page by its number is known by
    this alone; one that asks for the next page is known by the state that it comes from.
    Canonical URLs have no fragment, so it is nobody's address: addresses that people can ask for never hold a #. Nor
    do they ask for those that we make up.
    """
    if MADE_UP in key:
        return key + PROBE
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
        origin = "/".join(path.split("/", 3)[:3]) + "/"
        return cls(base, origin, path[: path.rfind("/") + 1], encoding)


class Targets:
    """Resolves hrefs under one site's cautious rules, remembering what it resolved."""

    def __init__(self, rules: UrlRules, sessions: Collection[str] = ()) -> None:
        """`sessions` are query parameters already known to be session ids."""
        self._rules = rules
        self._known: dict[str, Target | None] = {}
        self._everywhere: dict[tuple[str, str], dict[str, Target | None]] = {}
        self._roots: dict[str, str] = {}
        """Origin → what the canonical URLs of its plain paths begin with."""
        self._sessions = set(sessions)
        self._suspected: dict[str, set[str]] = {}

    def get(self, page: Page, href: str) -> Target | None:
        """Return where `href` on a page leads, or None if it is no http(s) link."""
        first = href[:1]
        if first == "/" or href.startswith(("http://", "https://")):
            known, spelling = self.everywhere(page), href
        else:
            known, spelling = self._known, (page.base if first in ("?", ";") else page.folder) + href
            if not href.isascii():
                spelling += page.encoding  # queries are sent in it
        try:
            return known[spelling]
        except KeyError:
            pass
        if len(known) >= MAX_CACHED:
            known.clear()
        target = known[spelling] = self.resolve(page, href)
        return target

    def everywhere(self, page: Page) -> dict[str, Target | None]:
        """Return what `get` knows of hrefs that say where they lead from the root on, the same on all pages of one
        origin and encoding. Most links are such: who looks here first calls `get` for few.
        """
        place = page.origin, page.encoding
        if place not in self._everywhere and len(self._everywhere) >= MAX_PLACES:
            self._everywhere.clear()
            self._roots.clear()
        return self._everywhere.setdefault(place, {})

    def resolve(self, page: Page, href: str) -> Target | None:
        """As `get`, without the memory."""
        if plain := self._plain(page, href):
            return plain
        if is_template(href):
            return None
        url = resolve(page.base, href)
        if url is None:
            return None
        own = self._rules.owns(host_of(url))
        try:
            url = ascii_url(url, page.encoding)
            return Target(self.key(url) if own else url[:2048], url, own)
        except ValueError:
            return Target("", url, own)

    def _plain(self, page: Page, href: str) -> Target | None:
        """Return where an href leads that needs no more than to be put together; None for any other. Most are such,
        and it takes a tenth of the time.
        """
        path = href if href[:1] == "/" else page.folder[len(page.origin) - 1 :] + href
        if not href or len(path) > _SHORT or _PLAIN.fullmatch(path) is None:
            return None
        root = self._roots.get(page.origin)
        if root is None:
            root = self._roots[page.origin] = self._root(page.origin)
        return Target(root + path, page.origin + path[1:], True) if root else None

    def _root(self, origin: str) -> str:
        """Return what canonical URLs of an own origin begin with; empty where a path can't be taken as written."""
        host = host_of(origin)
        cautious = self._rules == self._rules.cautious()
        same = cautious and origin in (f"http://{host}/", f"https://{host}/") and self._rules.owns(host)
        return canonical(origin, self._rules)[:-1] if same else ""

    def key(self, url: str) -> str:
        """Return the canonical URL of an own address, session ids left out. Raises ValueError where it is too long."""
        key = canonical(url, self._rules)
        return without_parameters(key, self._sessions) if self._sessions else key

    def learn_sessions(self, url: str, keys: Collection[str]) -> tuple[str, ...]:
        """Return the query parameters that, with this page, turn out to be session ids; from now on they are left out.

        `keys` are of all targets that the page at `url` names. On page after page all scripts are named with one
        meaningless value that is none of the page's own address: so does a session that changes with every request,
        and a column's id does not.
        """
        values: dict[str, Counter[str]] = {}
        asked = [key for key in keys if "?" in key and key.startswith(f"http://{self._rules.host}/")]
        for key in asked:
            for name, value in _TOKEN.findall(key):
                values.setdefault(name, Counter())[value] += 1
        learned = []
        for name, found in values.items():
            (value, times), *others = found.most_common(2)
            if others or times < max(_SHARED, len(asked) * _NEARLY_ALL) or value in url:
                continue
            suspected = self._suspected.setdefault(name, set())
            suspected.add(value)
            if len(suspected) >= _SHARED:
                learned.append(name)
        if learned:
            self._sessions.update(learned)
            self._known.clear()
            for known in self._everywhere.values():
                known.clear()
        return tuple(learned)


def without_parameters(key: str, names: Collection[str]) -> str:
    """Return a canonical URL without these query parameters."""
    path, mark, query = key.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] not in names) if mark else ""
    return f"{path}?{kept}" if kept else path
