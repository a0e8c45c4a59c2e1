"""Addresses in HTML: of elements, of what scripts write, of text that a script turns into elements."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote

from migrate.harvest.links.calls import called_addresses
from migrate.harvest.links.own import with_own_values
from migrate.harvest.links.raw import MAX_TEXT, RawLink, Strings
from migrate.harvest.links.script import MAX_NESTED, read_code, read_list
from migrate.harvest.links.shape import HOLE, is_address, may_be_address, names_address
from migrate.harvest.links.style import css_links
from migrate.harvest.links.tags import HELD_AS_TEXT, Tag, after_comment, held_text, read_tag
from migrate.harvest.links.xml import read_xml

_MOST_KNOWN = 20_000
"""Spellings of tags that are remembered; then forgotten all at once. Bounds memory against pages made to exhaust it."""
_LONGEST_KNOWN = 600
"""Characters of the longest tag that is remembered."""
_REMEMBERED = 8_000
"""Characters of the longest script that is remembered."""
_LONGEST_SHOWN = 2_000
"""Characters behind a tag in which its element's end is looked for."""

_DULL = frozenset(
    "class id style width height border align valign bgcolor cellspacing cellpadding title alt target name type color "
    "size face rel lang xml:lang dir colspan rowspan hspace vspace nowrap charset language tabindex accesskey media "
    "method action formaction enctype maxlength readonly disabled checked selected placeholder for scope noshade "
    "start hidden role frameborder scrolling marginwidth marginheight allowtransparency allowfullscreen topmargin "
    "leftmargin bordercolor http-equiv property itemprop itemtype itemscope xmlns classid "
    "codebase codetype pluginspage usemap shape coords wmode quality integrity crossorigin download autocomplete "
    "loop autoplay controls preload async defer summary rules frame headers abbr sudyfile-attr datetime clear".split()
)
"""Attributes that never name an address to ask for. A form is never sent: what it would do is not known."""
_SHADOWS = frozenset(
    "oldsrc _src _href _fcksavedurl _fcksrc data-ke-src data-cke-saved-src data-cke-saved-href".split()
)
"""What editors and copiers leave behind: the address that counts is in href or src, if there is one."""
_NOT_FOLLOWED = frozenset({"dns-prefetch", "preconnect", "edituri", "pingback"})
_PARAMETERS = frozenset({"movie", "src", "url", "filename", "file", "data"})
_FIXED = ("/", "http:", "https:")

_OPENS = re.compile(
    r"<(?!/)((?:[a-zA-Z][^\s<>/]*+(?:\s|/(?!>))[^<>]*+|(?=[{}])(?i:{})(?=>))>?|!--)".format(
        "".join(sorted({name[0] for name in HELD_AS_TEXT} | {name[0].upper() for name in HELD_AS_TEXT})),  # quicker
        "|".join(sorted(HELD_AS_TEXT)),
    )
)
"""What begins a tag with attributes, nearly always all of it, one whose content is text, or a comment."""
_AT_ONCE = 100_000
"""Characters whose openings are held in memory at a time."""
_INNER = re.compile(r"<[a-zA-Z!/][^<>]*>?")
_IMAGE = re.compile(r"<img\s", re.IGNORECASE)
_HOLDER_ENDS = {name: re.compile(rf"</?{name}(?=[\s/>])", re.IGNORECASE) for name in ("a", "option")}
"""Elements whose text names what they lead to; also the next one's start ends them."""
_SCRIPTED = re.compile(r"\s*(?:java|vb)script\s*:", re.IGNORECASE)
_NOWHERE = re.compile(r"\s*(?:\Z|#|(?:javascript|vbscript|data|file|about|blob)\s*:)", re.IGNORECASE)
_WAITS = re.compile(r"(?:loading|lazy|placeholder|gr[ae]y|blank|spacer|transparent|pixel)[\w-]*\.\w+\Z", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"'\s]+)", re.IGNORECASE)
_VIEWED = re.compile(r"[?&](?:file|url|src|pdf|path|filepath|furl)=([^&#]{4,2000})", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-z!]", re.IGNORECASE)
_SET = re.compile(r"\s*,?\s*([^\s,](?:[^\s,]|,(?=[^\s,]))*)(?:\s+[\d.]+[wxh])?", re.IGNORECASE)


class _Sheet(NamedTuple):
    """What is gathered of one document or piece of one."""

    links: list[RawLink]
    scripts: list[str]
    handlers: list[str]
    """Code in attributes that is run when somebody clicks."""
    bases: list[str]
    level: int
    """1 for a page, 2 for HTML in its scripts, and so on."""


class _Found(NamedTuple):
    """What a start tag names, wherever it stands."""

    links: tuple[RawLink, ...]
    handlers: tuple[str, ...]


_UNKNOWN = _Found((), ())
_known: dict[str, _Found | None] = {}
"""Tags that were read, as they are spelled, without the first < → what they name; None: nothing."""


def html_links(text: str) -> tuple[str, list[RawLink]]:
    """Return (href of `<base>`, its raw links) of a page. What a script hides or writes is found too."""
    sheet = _Sheet([], [], [], [], 1)
    _gather(text, sheet)
    return (sheet.bases[0] if sheet.bases else ""), sheet.links


def fragment_links(html: str, level: int = 1) -> list[RawLink]:
    """Return the raw links in a piece of HTML; where a script put in something unknown, an href is left out.

    `level` counts HTML in scripts in HTML in scripts.
    """
    if level > MAX_NESTED:
        return []
    sheet = _Sheet([], [], [], [], level)
    _gather(html, sheet)
    words = Words(html)
    return [link._replace(text=words.of(link), tag="") for link in sheet.links if HOLE not in link.href]


class Words:
    """What a reader sees of the links that were found in a page, asked for in the order in which they were found: so
    the page is gone through once, however many there are.
    """

    def __init__(self, html: str) -> None:
        self._html = html
        self._at = 0

    def of(self, link: RawLink) -> str:
        """Return what a reader sees of a link, in one line."""
        at = self._html.find(f"<{link.tag}>", self._at) if link.tag else -1
        if at < 0:
            return link.text
        self._at = at
        return _shown(self._html, link, at + len(link.tag) + 2)


def _shown(html: str, link: RawLink, at: int) -> str:
    holder = "option" if link.context == "option" else "a"
    closing = _HOLDER_ENDS[holder].search(html, at, at + _LONGEST_SHOWN)
    inner = html[at : closing.start() if closing else at + _LONGEST_SHOWN]
    words = " ".join(unescape(_INNER.sub("", inner)).split())
    if not words and (image := _IMAGE.search(inner)):
        tag = read_tag(inner, image.start())
        words = " ".join(tag.attributes.get("alt", "").split()) if tag else ""
    return words[:MAX_TEXT] or link.text


def code_links(code: str, level: int = 1) -> list[RawLink]:
    """Return what a piece of JavaScript or JSON seems to name. Guesses: a dead one means little."""
    if "'" not in code and '"' not in code and "`" not in code:
        return []
    found = read_code(code)
    return [*(RawLink(address, "code") for address in found.addresses), *_written(found, level)]


def library_links(code: str) -> tuple[list[RawLink], list[RawLink]]:
    """Return what a separate script file names: what is the same on every page, and what is relative to the page that
    runs it. Of the latter only what it writes as HTML: other strings may be meant for any page.
    """
    found = read_code(code)
    written = _written(found, 1)
    fixed = [RawLink(address, "code") for address in found.addresses if address.startswith(_FIXED)]
    fixed += (link for link in written if link.href.startswith(_FIXED))
    return fixed, [link for link in written if not link.href.startswith(_FIXED)]


def _written(found: Strings, level: int) -> list[RawLink]:
    return [link._replace(context="code") for html in found.html for link in fragment_links(html, level + 1)]


def shown_links(found: Strings, level: int = 1) -> list[RawLink]:
    """Return what was found in data that a script shows as it is: its HTML is as good as the page's own."""
    links = [RawLink(address, "code") for address in found.addresses]
    for html in found.html:
        links += fragment_links(html, level + 1)
    return links


def _gather(text: str, sheet: _Sheet) -> None:
    at = 0
    while 0 <= at < len(text):
        end = text.find("<", at + _AT_ONCE)
        at = _gather_part(text, at, end if end >= 0 else len(text), sheet)
    sheet.links.extend(RawLink(address, "code") for address in called_addresses(sheet.scripts, sheet.handlers))


def _gather_part(text: str, at: int, end: int, sheet: _Sheet) -> int:
    """The hot loop, over all tags of each page: most are spelled as on other pages, and are read once.

    All openings are found in one go, and where one stands only if it has to be read. No opening reaches over a < or a
    >, so those in what was read with it are told apart. Return where the page goes on, -1 if it does not.
    """
    known = _known if sheet.level == 1 else {}
    links = sheet.links
    openings = iter(_OPENS.findall(text, at, end))
    for opening in openings:
        found = known.get(opening, _UNKNOWN)
        if found is _UNKNOWN:
            begin = _place(text, opening, at)
            at = _meet(text, begin, opening, sheet, known)
            if not 0 <= at < end:
                return at
            if (behind := begin + 1 + len(opening)) < at:
                for _inside in islice(openings, len(_OPENS.findall(text, behind, at))):
                    pass
        elif found is not None:
            links += found.links
            if found.handlers:
                sheet.handlers.extend(found.handlers)
    return end


def _place(text: str, opening: str, at: int) -> int:
    """Return where an opening stands behind `at`."""
    if opening == "!--" or opening[-1] == ">":
        return text.find(f"<{opening}", at)
    broken_off = text.find(f"<{opening}<", at)
    return broken_off if broken_off >= 0 else text.rfind(f"<{opening}")


def _meet(text: str, begin: int, opening: str, sheet: _Sheet, known: dict[str, _Found | None]) -> int:
    """Read a comment or a tag that is not known; return where the page goes on, -1 if it does not."""
    if opening == "!--":
        return after_comment(text, begin + len("<!--"))
    tag = read_tag(text, begin)
    if tag is None:
        return -1
    if tag.name == "base" and tag.attributes.get("href"):
        sheet.bases.append(tag.attributes["href"])
    if tag.name in HELD_AS_TEXT:
        if (found := _read_tag(tag, sheet.level)) is not None:
            _take(found, sheet)
        held, end = held_text(tag.name, text, tag.end)
        if held and not held.isspace():
            _held(tag.name, held, sheet)
        return end
    found = _read_tag(tag, sheet.level)
    if len(opening) <= _LONGEST_KNOWN and tag.name != "base" and tag.end == begin + 1 + len(opening):
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[opening] = found
    if found is not None:
        _take(found, sheet)
    return tag.end


def _take(found: _Found, sheet: _Sheet) -> None:
    sheet.links.extend(found.links)
    if found.handlers:
        sheet.handlers.extend(found.handlers)


def _read_tag(tag: Tag, level: int) -> _Found | None:
    """Return what a start tag names; None if nothing."""
    attributes = tag.attributes
    if _DULL.issuperset(attributes) and "(" not in attributes.get("style", ""):
        return None
    sheet = _Sheet([], [], [], [], level)
    if style := attributes.get("style"):
        sheet.links.extend(css_links(style))
    for name, value in attributes.items():
        if not value or name in _DULL:
            continue
        if name[:2] == "on":
            sheet.handlers.append(value)
            sheet.links.extend(code_links(with_own_values(value, attributes), level))
        elif name in ("href", "src"):
            _address(tag, value, sheet)
        elif tag.name != "form":
            sheet.links.extend(_other(tag, name, value.strip()))
    if not sheet.links and not sheet.handlers:
        return None
    if tag.name not in _HOLDER_ENDS:
        return _Found(tuple(sheet.links), tuple(sheet.handlers))
    links = (RawLink(href, context, label, tag=tag.source) for href, context, label, _form, _tag in sheet.links)
    return _Found(tuple(links), tuple(sheet.handlers))


def _address(tag: Tag, href: str, sheet: _Sheet) -> None:
    if _SCRIPTED.match(href):
        code = href.replace("%20", " ").replace("%22", '"').replace("%27", "'")
        sheet.handlers.append(code)
        sheet.links.extend(code_links(code, sheet.level))
        return
    if tag.name == "link":
        relation = tag.attributes.get("rel", "").lower()
        if relation not in _NOT_FOLLOWED:
            sheet.links.append(RawLink(href, "css" if "stylesheet" in relation else "link"))
    elif tag.name != "base":
        sheet.links.append(RawLink(href, tag.name, _label(tag)))
    if "=" in href and (viewed := _viewed(href)):
        sheet.links.append(RawLink(viewed, tag.name))


def _label(tag: Tag) -> str:
    """Return what a reader sees of an element without text."""
    if tag.name not in ("a", "area", "img"):
        return ""
    return (tag.attributes.get("title") or tag.attributes.get("alt") or "")[:MAX_TEXT]


def _other(tag: Tag, name: str, value: str) -> Iterator[RawLink]:
    """Yield what any other attribute names: known ones, then what is called or looks like an address."""
    attributes = tag.attributes
    if name in ("srcset", "data-srcset", "imagesrcset"):
        yield from (RawLink(found[1], "img") for found in _SET.finditer(value))
    elif name == "content":
        yield from _meta(value, attributes)
    elif name == "flashvars":
        yield from (RawLink(piece, tag.name) for piece in read_list(value))
    elif name == "value":
        yield from _value(tag, value)
    elif name in _SHADOWS and not _is_empty(attributes.get("href") or attributes.get("src") or ""):
        return
    elif name == "srcdoc" or ("<" in value and _MARKUP.search(value)):
        yield from fragment_links(value, MAX_NESTED)
    elif "{" in value:
        yield from code_links(value, MAX_NESTED)
    elif may_be_address(value) if name == "data" or names_address(name) else is_address(value, alone=False):
        yield RawLink(value, tag.name, _label(tag))


def _is_empty(address: str) -> bool:
    """Say whether href or src only keeps the place of an address that stands elsewhere."""
    return bool(_NOWHERE.match(address) or _WAITS.search(address))


def _meta(value: str, attributes: dict[str, str]) -> Iterator[RawLink]:
    if attributes.get("http-equiv", "").strip().lower() == "refresh":
        found = _REFRESH.match(value)
        if found and not found[1].replace(".", "").isdigit():
            yield RawLink(found[1], "meta-refresh")
    elif is_address(value, alone=False):
        yield RawLink(value, "meta")


def _value(tag: Tag, value: str) -> Iterator[RawLink]:
    name = tag.attributes.get("name", "").lower()
    if tag.name == "option":
        if is_address(value) or value.startswith((*_FIXED, "./", "../")):
            yield RawLink(value, tag.name)
    elif tag.name == "param" and name == "flashvars":
        yield from (RawLink(piece, "object") for piece in read_list(value))
    elif tag.name == "param" and name in _PARAMETERS:
        if may_be_address(value):
            yield RawLink(value, "object")
    elif is_address(value, alone=False):
        yield RawLink(value, "code")


def _viewed(href: str) -> str | None:
    """Return the file that a viewer is told to show (`viewer.html?file=/a.pdf`), or None."""
    found = _VIEWED.search(href)
    if found is None:
        return None
    value, viewer = unquote(found[1]), href.partition("?")[0]
    if not is_address(value, alone="view" in viewer.lower()):
        return None
    if value.startswith(_FIXED):
        return value
    return viewer[: viewer.rfind("/") + 1] + value


def _held(name: str, text: str, sheet: _Sheet) -> None:
    """Gather what stands in an element whose content HTML takes as mere text."""
    begins = text.lstrip()[:4]
    if name == "script" and (begins[:1] != "<" or begins == "<!--"):
        sheet.scripts.append(text)
    read = _remembered if len(text) <= _REMEMBERED else _read_held
    sheet.links.extend(read(name, text, sheet.level))


def _read_held(name: str, text: str, level: int) -> tuple[RawLink, ...]:
    begins = text.lstrip()[:4]
    if name == "style":
        return tuple(css_links(text))
    if name == "script" and (begins[:1] != "<" or begins == "<!--"):
        return tuple(code_links(text, level))
    if name == "xml" or "<![CDATA[" in text:
        # A data island: `<script type="text/xml">`, `<xml>`.
        return tuple(shown_links(read_xml(text), level))
    if name not in ("title", "iframe") and _MARKUP.search(text):
        return tuple(fragment_links(text, level + 1))
    return ()


_remembered = lru_cache(maxsize=512)(_read_held)
"""Every page of a column has the same scripts."""
