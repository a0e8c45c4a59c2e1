"""Canonical URLs: the one answer to "is this the same old address?".

Harvest, mapping, import, serving and checks all ask here, so they can't disagree. A canonical URL is
`http://<main host><path>[?query]`: scheme, port and aliases folded, host names in ASCII (政府.政务 is
xn--mxtq1m.xn--zfr164b), escapes decoded and written again as UTF-8, fragment dropped. What differs per site (case,
significant query parameters, default documents, slashes at the end) is in `UrlRules`.
"""

import functools
import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

MAX_URL = 2048
"""Longest URL kept, in characters: longer ones are traps or attacks (browsers and IIS stop near here)."""

KEY_FORMAT = 2
"""Version of the form that `canonical` gives; raised whenever one and the same URL comes out otherwise than before.

2: escapes that are UTF-8 and Chinese in GBK at once are read as Chinese. Portals keep it with the keys that they hold.
"""

DEFAULT_DOCUMENTS = (
    "index.html", "index.htm", "index.shtml", "index.asp", "index.aspx", "index.jsp", "index.php",
    "default.asp", "default.aspx", "default.htm", "default.html",
)  # fmt: skip

PAGE_PARAMETERS = frozenset("page pageindex pageno pagenum pagenumber currpage curpage currentpage pn p cpage".split())
"""Query parameters, in lower case, that number the pages of a list (domain rules, harvest pitfalls: generic pagers)."""

_SESSION_PARAMETER = re.compile(r"jsessionid|phpsessid|aspsessionid[a-z]{0,8}|session_?id|cfid|cftoken", re.IGNORECASE)
_SESSIONS_IN_PATH = (
    re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE),
    # ASP.NET without cookies: session, and the log-in beside it.
    re.compile(r"/\((?:[AFSX]\([a-z0-9_-]*\))+\)(?=/)", re.IGNORECASE),
)
_NOT_A_LINK = re.compile(r"\s*(?:javascript|mailto|tel|data|file|about|ftp|thunder|qq|tencent)\s*:", re.IGNORECASE)
_BREAKS = re.compile(r"[\t\r\n]+")
_NAME = r"[\w~%!$&'()*+,=@-][\w~%!$&'()*+,=@.-]*+"
_HOST = r"https?://[A-Za-z0-9][A-Za-z0-9.-]*+"
_USUAL = re.compile(rf"({_HOST}/|/|(?:\.\.?/)*+)(?:{_NAME}/)*+(?:{_NAME})?+")
"""Links as nearly all are written: an address with its host, a path, or the way there, and no dots on the way."""
_USUAL_BASE = re.compile(rf"({_HOST}(?::\d{{1,4}})?+)/((?:{_NAME}/)*+)(?:{_NAME})?+(?:[?#].*)?")
_SLASHES = re.compile(r"/{2,}")
_ESCAPE = re.compile(r"%[0-9a-f]{2}")
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
_HANZI = re.compile(rb"(?:[\x00-\x7f]|[\xc2-\xdf][\xa1-\xbf])*")
"""ASCII, and what is one character of UTF-8 and of GB 2312 alike: the rows of its characters begin at B0."""
_UNSENDABLE = re.compile(r"[^!#-;=?-\[\]_a-z|~]")
_SENDABLE = "%!$&'()*+,-./:;=?@[]_|~"
_PATH_SAFE = "!$'()*+,;=:@~-._"
_QUERY_SAFE = "/!$'()*,;:@~-._?"


@dataclass(frozen=True, slots=True)
class UrlRules:
    """How one site's addresses are told apart. The defaults are the cautious rules of the harvest."""

    host: str
    aliases: frozenset[str] = frozenset()
    case_sensitive: bool = True
    keep_query: tuple[str, ...] | None = None
    """Significant query parameters; None keeps all of them."""
    default_documents: tuple[str, ...] = ()
    """File names that mean the folder: `/a/index.html` is `/a/`."""
    fold_slash: bool = False
    """Whether a slash at the end means nothing: `/a/` is `/a`."""
    others: frozenset[str] = frozenset()
    """Further hosts of its own whose addresses are told apart from those of `host`: sources of notices."""

    def cautious(self) -> "UrlRules":
        """Return the rules used while harvesting: nothing that differs is folded (design §4, keys)."""
        return replace(self, case_sensitive=True, keep_query=None, default_documents=(), fold_slash=False)

    def owns(self, host: str) -> bool:
        """Say whether a host name belongs to the site."""
        host = host.lower().rstrip(".")
        return host == self.host or host in self.aliases or host in self.others


def resolve(base: str, href: str) -> str | None:
    """Return the absolute http(s) URL that a link on page `base` means, or None if it is no such link.

    Follows browsers (WHATWG URL): white space around and line breaks inside are dropped, backslashes are slashes.
    """
    href = href.strip(" \t\r\n\f\u3000\xa0")
    if not href.isprintable():  # nearly none has breaks
        href = _BREAKS.sub("", href)
    if not href or href.startswith("#") or _NOT_A_LINK.match(href):
        return None
    if (usual := _USUAL.fullmatch(href)) and (url := _joined(base, usual[1], href)):
        return url
    path, mark, query = href.partition("?")
    path = path.replace("\\", "/")
    if ":/" in path[:7] or path.startswith("///"):
        path = _with_two_slashes(path, base)
    try:
        url = urljoin(base, path + mark + query)
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
        _ = parts.port  # raises ValueError where the port is no number
    except ValueError:
        return None
    return url.split("#", 1)[0]


def fragment_of(href: str) -> str:
    """Return what a link says beside the address that `resolve` gives for it, `#` first: a place in what is there."""
    fragment = href.strip().partition("#")[2]
    return f"#{fragment}" if fragment and fragment.isprintable() else ""


def _joined(base: str, way: str, href: str) -> str | None:
    """Return what `urljoin` does for a link that begins with a host, a slash or the way up; None for an odd base."""
    if way.startswith("http"):
        return href
    place = _place(base)
    if place is None:
        return None
    root, folders = place
    if way == "/":
        return root + href
    above = folders[: max(len(folders) - way.count("../"), 0)]
    return "/".join([root, *above, href[len(way) :]])


@functools.lru_cache(maxsize=64)
def _place(base: str) -> tuple[str, list[str]] | None:
    """Return scheme and host of a page, and the folders that it is in; None where it is written in an odd way."""
    found = _USUAL_BASE.fullmatch(base)
    return (found[1], found[2].split("/")[:-1]) if found else None


def _with_two_slashes(path: str, base: str) -> str:
    """Return `http:///h/x`, `///h/x`, and `https:/h/x` on a page of http, with two slashes before the host.

    In a page of http, `http:/x` means the path (WHATWG URL, special relative or authority state).
    """
    scheme, _colon, rest = path.rpartition(":") if ":" in path[:6] else ("", "", path)
    host = rest.lstrip("/")
    if scheme.lower() not in ("", "http", "https") or "/" not in rest[:1]:
        return path
    if rest[:2] != "//" and base.lower().startswith(scheme.lower() + ":"):
        return path
    return f"{scheme}{':' if scheme else ''}//{host}"


@functools.lru_cache(maxsize=4096)
def glob_pattern(glob: str, *, case_sensitive: bool) -> re.Pattern[str]:
    """Return a path glob as a pattern for `fullmatch`: `*` within a folder, `**` across folders, `?` one character.

    `/a/**` takes `/a/` itself as well.
    """
    meaning = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*|\*|\?)", glob)
    pattern = "".join(meaning.get(part, re.escape(part)) for part in parts)
    return re.compile(pattern, re.DOTALL if case_sensitive else re.DOTALL | re.IGNORECASE)


def fold_host(host: str) -> str:
    """Return a host name as it is asked for: lower case, ASCII (RFC 3490), without the dot of the root.

    Raises ValueError where a name can't be written so.
    """
    if not host.isascii():
        host = host.encode("idna").decode()
    return host.lower().rstrip(".")


def host_of(url: str) -> str:
    """Return the host name of an absolute URL, folded, without port; empty if there is none."""
    try:
        return fold_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def ascii_url(url: str, encoding: str = "utf-8") -> str:
    """Return an absolute URL as it is sent: what ASCII or URLs don't have is escaped, escapes stay as they are.

    As browsers do it, the path goes out as UTF-8 and the query in the encoding of the page that named it.
    Raises ValueError where the host can't be written in ASCII.
    """
    if url.isascii() and not _UNSENDABLE.search(url):
        return url
    parts = urlsplit(url)
    netloc = parts.netloc
    if not netloc.isascii():
        netloc = fold_host(parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    path = quote(parts.path, safe=_SENDABLE)
    query = quote(parts.query.encode(encoding, "xmlcharrefreplace"), safe=_SENDABLE)
    return f"{parts.scheme}://{netloc}{path}" + (f"?{query}" if parts.query else "")


def canonical(url: str, rules: UrlRules) -> str:
    """Return the canonical URL of an absolute URL under a site's rules. Idempotent; query order doesn't matter.

    Raises ValueError where the URL has no host, or where it or its canonical form is longer than MAX_URL: escapes of
    GBK become longer ones of UTF-8.
    """
    if len(url) > MAX_URL:
        raise ValueError("URL too long")
    parts = urlsplit(url)
    host = fold_host(parts.hostname or "")
    if not host:
        raise ValueError("URL without a host")
    if host in rules.aliases:
        host = rules.host
    path = _canonical_path(parts.path, rules)
    query = _canonical_query(parts.query, rules)
    found = f"http://{host}{path}" + (f"?{query}" if query else "")
    if len(found) > MAX_URL:
        raise ValueError("URL too long once it is canonical")
    return found


def _canonical_path(path: str, rules: UrlRules) -> str:
    # Escapes before dots: `%2e%2e` means `..` (WHATWG URL, double-dot segment).
    stripped = _without_sessions(path.replace("\\", "/"))
    path = "/".join(_canonical_text(segment, _PATH_SAFE) for segment in stripped.split("/"))
    if (stripped := _without_sessions(path)) != path:
        return _canonical_path(stripped, rules)  # a session id was itself escaped; what is left may decode otherwise
    segments = _without_dots((path or "/").split("/"))
    if not rules.case_sensitive:
        segments = [_lower(segment) for segment in segments]
    folded = "/".join(segments)
    return _without_default_end(_SLASHES.sub("/", folded if folded.startswith("/") else "/" + folded), rules)


def _without_default_end(path: str, rules: UrlRules) -> str:
    """Fold what may end a path without meaning anything, as often as it stands there: `/a/index.html/` is `/a`."""
    while True:
        folder, _slash, name = path.rpartition("/")
        if name and name.lower() in rules.default_documents:
            path = f"{folder}/"
        elif not name and folder and rules.fold_slash:
            path = folder
        else:
            return path


def _without_sessions(path: str) -> str:
    for session in _SESSIONS_IN_PATH:
        path = session.sub("", path)
    return path


def _without_dots(segments: list[str]) -> list[str]:
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return kept


def _canonical_query(query: str, rules: UrlRules) -> str:
    wanted = None if rules.keep_query is None else {name.lower() for name in rules.keep_query}
    pairs: list[tuple[str, str]] = []
    for piece in query.split("&"):
        name, mark, value = piece.partition("=")
        name = _canonical_text(name.replace("+", " "), _QUERY_SAFE)
        value = _canonical_text(value.replace("+", " "), _QUERY_SAFE)
        if not name and not value:
            continue
        if _SESSION_PARAMETER.fullmatch(name) or (wanted is not None and name.lower() not in wanted):
            continue
        if not rules.case_sensitive:
            name, value = _lower(name), _lower(value)
        pairs.append((name, mark + value))
    return "&".join(name + value for name, value in sorted(pairs))


def _canonical_text(text: str, safe: str) -> str:
    """Decode escapes (UTF-8 first, then GB 18030) and write them again as UTF-8; undecodable bytes stay escaped."""
    if _PLAIN.fullmatch(text):  # most are, and stay what they are
        return text
    raw = unquote_to_bytes(text)
    for encoding in ("gb2312", "utf-8") if _looks_like_gbk(raw) else ("utf-8", "gb18030"):
        try:
            return quote(raw.decode(encoding), safe=safe)
        except UnicodeDecodeError:
            continue
    return quote(raw, safe=safe)


def _looks_like_gbk(raw: bytes) -> bool:
    """Say whether bytes that are UTF-8, too, are rather Chinese in GBK: 通知 is CD A8 D6 AA, two letters of UTF-8.

    So it is where they are nothing but ASCII and Chinese characters of GB 2312 whose two bytes are the form of one
    character of UTF-8. Texts of such letters (Greek, Cyrillic, é) rarely are; no Chinese text in UTF-8 is.
    """
    return _HANZI.fullmatch(raw) is not None and not raw.isascii()


def _lower(text: str) -> str:
    """Fold case, but leave the hexadecimal digits of escapes as they are written (upper case)."""
    text = text.lower()
    return _ESCAPE.sub(lambda escape: escape[0].upper(), text) if "%" in text else text
