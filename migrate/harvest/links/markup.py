"""Addresses in HTML: of elements, of what scripts write, of text that a script turns into elements."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.harvest.links.calls import called_addresses
from migrate.harvest.links.raw import RawLink, Strings
from migrate.harvest.links.script import MAX_NESTED, read_code, read_list
from migrate.harvest.links.shape import HOLE, is_address, may_be_address, names_address
from migrate.harvest.links.style import css_links
from migrate.harvest.links.xml import read_xml
from migrate.sanitise import flattened

_MANY_TAGS = 5_000
"""Tags up to which no depth of nesting takes a time worth a look."""

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
_MAIN = {"a": "href", "img": "src"}
_DULL_OR_MAIN = _DULL | {"href", "src"}
_SCRIPT_BEGINS = frozenset("jJvV \t\r\n")
_SHADOWS = frozenset(
    "oldsrc _src _href _fcksavedurl _fcksrc data-ke-src data-cke-saved-src data-cke-saved-href".split()
)
"""What editors and copiers leave behind: the address that counts is in href or src, if there is one."""
_NOT_FOLLOWED = frozenset({"dns-prefetch", "preconnect", "edituri", "pingback"})
_PARAMETERS = frozenset({"movie", "src", "url", "filename", "file", "data"})
_FIXED = ("/", "http:", "https:")
_HELD_AS_TEXT = "script, style, textarea, noframes, noembed, xmp, xml"

_SCRIPTED = re.compile(r"\s*(?:java|vb)script\s*:", re.IGNORECASE)
_NOWHERE = re.compile(r"\s*(?:\Z|#|(?:javascript|vbscript|data|file|about|blob)\s*:)", re.IGNORECASE)
_WAITS = re.compile(r"(?:loading|lazy|placeholder|gr[ae]y|blank|spacer|transparent|pixel)[\w-]*\.\w+\Z", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"'\s]+)", re.IGNORECASE)
_VIEWED = re.compile(r"[?&](?:file|url|src|pdf|path|filepath|furl)=([^&#]{4,2000})", re.IGNORECASE)
_CONDITIONAL = re.compile(r"<!--\[if\b[^\]]{0,200}\]>((?:[^-]|-(?!->))*+)", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-z!]", re.IGNORECASE)
_SET = re.compile(r"\s*,?\s*([^\s,](?:[^\s,]|,(?=[^\s,]))*)(?:\s+[\d.]+[wxh])?", re.IGNORECASE)


class _Sheet(NamedTuple):
    """What is gathered of one document or piece of one."""

    links: list[RawLink]
    scripts: list[str]
    handlers: list[str]
    """Code in attributes that is run when somebody clicks."""
    level: int
    """1 for a page, 2 for HTML in its scripts, and so on."""


def html_links(text: str) -> tuple[str, list[RawLink]]:
    """Return (href of `<base>`, its raw links) of a page. What a script hides or writes is found too."""
    if text.count("<") > _MANY_TAGS:
        text = flattened(text)
    tree = LexborHTMLParser(text)
    base = tree.css_first("base[href]")
    links = _links(tree, 1)
    if "<!--[if" in text:
        for hidden in _CONDITIONAL.finditer(text):
            links.extend(fragment_links(hidden[1]))
    return (base.attributes.get("href") or "" if base else ""), links


def fragment_links(html: str, level: int = 1) -> list[RawLink]:
    """Return the raw links in a piece of HTML; where a script put in something unknown, an href is left out.

    `level` counts HTML in scripts in HTML in scripts.
    """
    if level > MAX_NESTED:
        return []
    if html.lstrip()[:3].lower() in ("<tr", "<td", "<th"):
        html = "<table>" + html
    return [link for link in _links(LexborHTMLParser(flattened(html)), level) if HOLE not in link.href]


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


def _links(tree: LexborHTMLParser, level: int) -> list[RawLink]:
    if tree.root is None:
        return []
    sheet = _Sheet([], [], [], level)
    # The hot loop, over all elements of each page: one walk is cheaper than a search for each of forty attributes.
    for node in tree.root.traverse(include_text=False):
        attributes = node.attributes
        if not attributes:
            continue
        if (style := attributes.get("style")) and "(" in style:
            sheet.links.extend(css_links(style))
        if _DULL.issuperset(attributes):
            continue
        tag = node.tag or ""
        main = _MAIN.get(tag)
        if main and (value := attributes.get(main)) and value[0] not in _SCRIPT_BEGINS:
            sheet.links.append(RawLink(value, tag, node))
            if value.rfind(".") > value.find("=") > 0 and (viewed := _viewed(value)):
                sheet.links.append(RawLink(viewed, tag))
            if _DULL_OR_MAIN.issuperset(attributes):
                continue
        else:
            main = ""
        _attributes(node, tag, main, sheet)
    for node in tree.css(_HELD_AS_TEXT):
        tag = node.tag or ""
        text = (node.inner_html or "") if tag == "xml" else node.text()
        if text and not text.isspace():
            _held(tag, text, sheet)
    sheet.links.extend(RawLink(address, "code") for address in called_addresses(sheet.scripts, sheet.handlers))
    return sheet.links


def _attributes(node: LexborNode, tag: str, done: str, sheet: _Sheet) -> None:
    for name, value in node.attributes.items():
        if not value or name == done or name in _DULL:
            continue
        if name[:2] == "on":
            sheet.handlers.append(value)
            sheet.links.extend(code_links(value, sheet.level))
        elif name in ("href", "src"):
            _address(node, tag, value, sheet)
        elif tag != "form":
            sheet.links.extend(_other(node, tag, name, value.strip()))


def _address(node: LexborNode, tag: str, href: str, sheet: _Sheet) -> None:
    if _SCRIPTED.match(href):
        code = href.replace("%20", " ").replace("%22", '"').replace("%27", "'")
        sheet.handlers.append(code)
        sheet.links.extend(code_links(code, sheet.level))
        return
    if tag == "link":
        relation = (node.attributes.get("rel") or "").lower()
        if relation not in _NOT_FOLLOWED:
            sheet.links.append(RawLink(href, "css" if "stylesheet" in relation else "link"))
    elif tag != "base":
        sheet.links.append(RawLink(href, tag, node if tag in ("a", "area", "img") else None))
    if "=" in href and (viewed := _viewed(href)):
        sheet.links.append(RawLink(viewed, tag))


def _other(node: LexborNode, tag: str, name: str, value: str) -> Iterator[RawLink]:
    """Yield what any other attribute names: known ones, then what is called or looks like an address."""
    attributes = node.attributes
    if name in ("srcset", "data-srcset", "imagesrcset"):
        yield from (RawLink(found[1], "img") for found in _SET.finditer(value))
    elif name == "content":
        yield from _meta(value, attributes)
    elif name == "flashvars":
        yield from (RawLink(piece, tag) for piece in read_list(value))
    elif name == "value":
        yield from _value(node, tag, value)
    elif name in _SHADOWS and not _is_empty(attributes.get("href") or attributes.get("src") or ""):
        return
    elif name == "srcdoc" or ("<" in value and _MARKUP.search(value)):
        yield from fragment_links(value, MAX_NESTED)
    elif "{" in value:
        yield from code_links(value, MAX_NESTED)
    elif may_be_address(value) if name == "data" or names_address(name) else is_address(value, alone=False):
        yield RawLink(value, tag, node if tag in ("a", "img") else None)


def _is_empty(address: str) -> bool:
    """Say whether href or src only keeps the place of an address that stands elsewhere."""
    return bool(_NOWHERE.match(address) or _WAITS.search(address))


def _meta(value: str, attributes: dict[str, str | None]) -> Iterator[RawLink]:
    if (attributes.get("http-equiv") or "").strip().lower() == "refresh":
        found = _REFRESH.match(value)
        if found and not found[1].replace(".", "").isdigit():
            yield RawLink(found[1], "meta-refresh")
    elif is_address(value, alone=False):
        yield RawLink(value, "meta")


def _value(node: LexborNode, tag: str, value: str) -> Iterator[RawLink]:
    name = (node.attributes.get("name") or "").lower()
    if tag == "option":
        if is_address(value) or value.startswith((*_FIXED, "./", "../")):
            yield RawLink(value, tag, node)
    elif tag == "param" and name == "flashvars":
        yield from (RawLink(piece, "object") for piece in read_list(value))
    elif tag == "param" and name in _PARAMETERS:
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


def _held(tag: str, text: str, sheet: _Sheet) -> None:
    """Gather what stands in an element whose content HTML takes as mere text."""
    begins = text.lstrip()[:4]
    if tag == "style":
        sheet.links.extend(css_links(text))
    elif tag == "script" and (begins[:1] != "<" or begins == "<!--"):
        sheet.scripts.append(text)
        sheet.links.extend(code_links(text, sheet.level))
    elif tag == "xml" or "<![CDATA[" in text:
        # A data island: `<script type="text/xml">`, `<xml>`.
        sheet.links.extend(shown_links(read_xml(text), sheet.level))
    elif _MARKUP.search(text):
        sheet.links.extend(fragment_links(text, sheet.level + 1))
