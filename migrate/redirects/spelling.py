"""What browsers may send for one canonical address: web servers compare bytes, they know nothing of canonical URLs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

from migrate.urls import UrlRules, host_of

_QUERY_SAFE = "/!$'()*,;:@~-._?"
_COMPONENT_SAFE = "-_.!~*'()"
_MOST = 3
"""Parameters whose every order is written out; of more there are the canonical order and the original one."""
ESCAPE = re.compile(r"%[0-9A-F]{2}")
_SMALL = re.compile(rb"%[0-9A-F]{2}")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")

SESSION_IN_PATH = r";jsessionid=[^/]*"
SESSION_IN_QUERY = r"(?:jsessionid|phpsessid|aspsessionid[a-z]{0,8}|session_?id|cfid|cftoken)"


class Answer(NamedTuple):
    """What a web server says to one old address."""

    key: str
    """Canonical URL."""
    url: str
    """Original spelling."""
    status: int
    """301, 302 or 410."""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """One old site, for a web server that keeps its hosts."""

    id: str
    name: str
    rules: UrlRules
    portal: str
    """Where a visitor goes on: the channel, absolute."""
    otherwise: str = ""
    """Where addresses go that have no answer of their own; empty: nowhere."""
    append_path: bool = False

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the host names, the main one first."""
        return (self.rules.host, *sorted(self.rules.aliases - {self.rules.host}))

    @property
    def names(self) -> tuple[str, ...] | None:
        """Return the query parameters that count, in the order of the keys; None: all count."""
        kept = self.rules.keep_query
        return None if kept is None else tuple(sorted({name.lower() for name in kept}))

    @property
    def variable(self) -> str:
        """Return the id as a name that every server's variables may have."""
        return "old_" + re.sub(r"[^a-z0-9]", "_", self.id)


def path_of(answer: Answer) -> str:
    """Return the path of an address, escaped."""
    return urlsplit(answer.key).path


def paths(answer: Answer) -> list[bytes]:
    """Return what a server may take the path for once escapes are undone: UTF-8, and GBK where that is another."""
    raw = unquote_to_bytes(path_of(answer))
    found = [raw]
    if not raw.isascii():
        found += in_gbk(raw)
    return [path for path in found if not _CONTROL.search(path)]


def in_gbk(raw: bytes) -> list[bytes]:
    """Return bytes of UTF-8 as GBK, if they can be."""
    try:
        return [raw.decode().encode("gb18030")]
    except UnicodeError:
        return []


def queries(answer: Answer, site: Exported) -> Iterator[bytes]:
    """Yield what follows the path in a server's key: `?` and the parameters that count, each as it may be sent."""
    pairs = _pairs(answer.key)
    names = site.names
    for spell in _SPELLINGS if pairs else _SPELLINGS[:1]:
        if names is None:
            found = [b"?" + b"&".join(order) for order in _orders([_sent(*pair, spell) for pair in pairs])]
        else:
            values: dict[str, bytes] = {}
            for name, _mark, value in pairs:
                values.setdefault(name.decode("utf-8", "replace").lower(), spell(value))
            found = [b"?" + b"&".join(name.encode() + b"=" + values.get(name, b"") for name in names)]
        for end in found:
            yield end
            yield _SMALL.sub(lambda escape: escape[0].lower(), end)
    if names is None and host_of(answer.url):
        yield b"?" + urlsplit(answer.url).query.encode("utf-8", "replace")


def _orders(pieces: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return permutations(pieces) if len(pieces) <= _MOST else iter((pieces,))


def _pairs(key: str) -> list[tuple[bytes, bytes, bytes]]:
    query = urlsplit(key).query
    pieces = [piece.partition("=") for piece in query.split("&") if piece]
    return [(unquote_to_bytes(name), mark.encode(), unquote_to_bytes(value)) for name, mark, value in pieces]


def _sent(name: bytes, mark: bytes, value: bytes, spell: "Spelling") -> bytes:
    return spell(name) + mark + spell(value)


class Spelling(NamedTuple):
    """One way to write a parameter."""

    encoding: str
    safe: str | None
    """Characters that are not escaped; None: none is, and blanks and what would end a parameter are."""
    plus: bool = False

    def __call__(self, raw: bytes) -> bytes:
        """Return bytes of UTF-8 as they are sent."""
        if self.encoding != "utf-8" and not raw.isascii():
            raw = next(iter(in_gbk(raw)), raw)
        if self.safe is None:
            return re.sub(rb"[\x00-\x20\x7f\"#%&+<>]", lambda found: b"%%%02X" % found[0][0], raw)
        text = quote(raw, safe=self.safe)
        return (text.replace("%20", "+") if self.plus else text).encode()


_SPELLINGS = tuple(
    Spelling(encoding, safe, plus)
    for encoding in ("utf-8", "gb18030")
    for safe, plus in ((_QUERY_SAFE, False), (_COMPONENT_SAFE, False), (_COMPONENT_SAFE, True), (None, False))
)


def keys(answer: Answer, site: Exported) -> Iterator[bytes]:
    """Yield each key once under which a server that undoes the path's escapes may look the address up."""
    told = set()
    ends = list(queries(answer, site))
    for path in paths(answer):
        for end in ends:
            if (key := path + end) not in told and not _CONTROL.search(key):
                told.add(key)
                yield key


def gone_page(site: Exported) -> str:
    """Return the page that a server without the portal shows for what is gone."""
    name, portal = _html(site.name), _html(site.portal)
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>页面已下线 - {name}</title>'
        f"<h1>您访问的页面已下线</h1><p>{name}已关停，这一页没有迁移到新的网站，今后也不会再恢复。</p>"
        f'<p><a href="{portal}">访问新网站</a></p></html>'
    )


def missing_page(site: Exported) -> str:
    """Return the page that a server without the portal shows for what it doesn't know."""
    name, portal = _html(site.name), _html(site.portal)
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>没有找到页面 - {name}</title>'
        f"<h1>没有找到您访问的页面</h1><p>{name}已关停，没有与这个网址对应的页面。</p>"
        f'<p><a href="{portal}">访问新网站</a></p></html>'
    )


def _html(text: str) -> str:
    """Return a text for HTML in a server's configuration: nothing in it means anything to either."""
    return "".join(f"&#{ord(char)};" if char in "&<>\"'$\\{}%`" else char for char in text if char.isprintable())


def location_of(answer: Answer) -> str:
    """Return where an address leads, without characters that mean something in a server's configuration."""
    return re.sub(r"[^!#%&(-;=?-Z_a-z~\[\]@]", lambda found: quote(found[0], safe=""), answer.location)
