"""Addresses in HTML: of elements, of what scripts write, of text that a script turns into elements."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.harvest.links.raw import RawLink, Strings
from migrate.harvest.links.script import MAX_NESTED, read_code, read_list
from migrate.harvest.links.shape import HOLE, is_address, may_be_address, names_address
from migrate.harvest.links.style import css_links
from migrate.harvest.links.xml import read_xml
from migrate.harvest.paging import ListPage, further_pages
from migrate.sanitise import flattened

_MANY_TAGS = 5_000
"""Elements below which no depth of nesting costs time worth a look."""

_DULL = frozenset(
    "class id style width height border align valign bgcolor cellspacing cellpadding title alt target name type color "
    "size face rel lang xml:lang dir colspan rowspan hspace vspace nowrap charset language tabindex accesskey media "
    "method action formaction enctype maxlength readonly disabled checked selected placeholder for scope noshade "
    "start hidden role frameborder scrolling marginwidth marginheight allowtransparency allowfullscreen topmargin "
    "leftmargin bordercolor text link vlink alink http-equiv property itemprop itemtype itemscope xmlns classid "
    "codebase codetype pluginspage usemap shape coords wmode quality integrity crossorigin download autocomplete "
    "loop autoplay controls preload async defer summary rules frame headers abbr sudyfile-attr datetime clear".split()
)
"""Attributes that never name an address to ask for. A form is never sent: what it would do is not known."""
_MAIN = {"a": "href", "img": "src"}
_DULL_OR_MAIN = _DULL | {"href", "src"}
_SCRIPT_BEGINS = frozenset("jJvV \t\r\n")
_SHADOWS = frozenset(
    "oldsrc _fcksavedurl _fcksrc data-ke-src data-cke-saved-src data-cke-saved-href _href _src".split()
)
"""What editors leave behind: the address that counts is in href or src, if there is one."""
_NOT_FOLLOWED = frozenset({"dns-prefetch", "preconnect", "edituri", "pingback"})
_PARAMETERS = frozenset({"movie", "src", "url", "filename", "file", "data", "value"})
_FLASH_VARIABLES = "flashvars"

_SCRIPTED = re.compile(r"\s*(?:java|vb)script\s*:", re.IGNORECASE)
_WAITS = re.compile(r"(?:loading|lazy|placeholder|gr[ae]y|blank|spacer|transparent|pixel)[\w-]*\.\w+\Z", re.IGNORECASE)
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"'\s]+)", re.IGNORECASE)
_VIEWED = re.compile(r"[?&](?:file|url|src|pdf|path|filepath|furl)=([^&#]{4,2000})", re.IGNORECASE)
_CONDITIONAL = re.compile(r"<!--\[if\b[^\]]{0,200}\]>((?:[^!]|!(?!\[endif))*+)<!\[endif\]-->", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-z!]", re.IGNORECASE)
_SET = re.compile(r"\s*,?\s*([^\s,](?:[^\s,]|,(?=[^\s,]))*)(?:\s+[\d.]+[wxh])?", re.IGNORECASE)
_HELD_AS_TEXT = "script, style, textarea, noframes, noembed, xmp"


def html_links(text: str, url: str) -> tuple[str, list[RawLink]]:
    """Return (href of `<base>`, its raw links) of the page at `url`. What a script hides or writes is found too."""
    if text.count("<") > _MANY_TAGS:
        text = flattened(text)
    tree = LexborHTMLParser(text)
    base = tree.css_first("base[href]")
    links = _links(tree, 1)
    if "<!--[if" in text:
        for hidden in _CONDITIONAL.finditer(text):
            links.extend(fragment_links(hidden[1]))
    for further in further_pages(ListPage(url, text, tree)):
        links.append(RawLink(further.href, "pager", form=further.form))
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
    return named_links(read_code(code), level)


def library_links(code: str) -> tuple[list[RawLink], list[RawLink]]:
    """Return what a separate script file names: what is the same on every page, and what is relative to the page that
    runs it. Of the latter only what it writes as HTML: other strings may be meant for any page.
    """
    links = code_links(code)
    fixed = [link for link in links if link.href.startswith(("/", "http:", "https:"))]
    return fixed, [link for link in links if link.node and not link.href.startswith(("/", "http:", "https:"))]


def named_links(found: Strings, level: int = 1, context: str = "code") -> list[RawLink]:
    """Return what was found in a script or data as raw links; all of them have the one `context`."""
    links = [RawLink(address, context) for address in found.addresses]
    for html in found.html:
        links += (link._replace(context=context) for link in fragment_links(html, level + 1))
    return links


def shown_links(found: Strings, level: int = 1) -> list[RawLink]:
    """Return what was found in data that a script shows as it is: its HTML is as good as the page's own."""
    links = [RawLink(address, "code") for address in found.addresses]
    for html in found.html:
        links += fragment_links(html, level + 1)
    return links


def _links(tree: LexborHTMLParser, level: int) -> list[RawLink]:
    links: list[RawLink] = []
    if tree.root is None:
        return links
    # The hot loop, over all elements of each page: one walk is cheaper than a search for each of forty attributes.
    for node in tree.root.traverse(include_text=False):
        attributes = node.attributes
        if (style := attributes.get("style")) and "(" in style:
            links.extend(css_links(style))
        if _DULL.issuperset(attributes):
            continue
        tag = node.tag or ""
        main = _MAIN.get(tag)
        if main and (value := attributes.get(main)) and value[0] not in _SCRIPT_BEGINS and "=" not in value:
            links.append(RawLink(value, tag, node))
            if _DULL_OR_MAIN.issuperset(attributes):
                continue
        else:
            main = ""
        for name, value in attributes.items():
            if not value or name == main or name in _DULL:
                continue
            if name[:2] != "on":
                links.extend(_attribute(node, tag, name, value, level))
            elif "'" in value or '"' in value:
                links.extend(code_links(value, level))
    for node in tree.css(_HELD_AS_TEXT):
        text = node.text()
        if text and not text.isspace():
            links.extend(_held(node.tag or "", text, level))
    return links


def _attribute(node: LexborNode, tag: str, name: str, value: str, level: int) -> list[RawLink]:
    if name in ("href", "src"):
        return _address(node, tag, value, level)
    return list(_other(node, tag, name, value.strip()))


def _address(node: LexborNode, tag: str, href: str, level: int) -> list[RawLink]:
    if _SCRIPTED.match(href):
        return code_links(href.replace("%27", "'").replace("%22", '"'), level)
    links = []
    if tag == "link":
        relation = (node.attributes.get("rel") or "").lower()
        if relation not in _NOT_FOLLOWED:
            links.append(RawLink(href, "css" if "stylesheet" in relation else "link"))
    elif tag != "base":
        links.append(RawLink(href, tag, node if tag in ("a", "area", "img") else None))
    if "=" in href and (viewed := _viewed(href)):
        links.append(RawLink(viewed, tag))
    return links


def _other(node: LexborNode, tag: str, name: str, value: str) -> Iterator[RawLink]:
    """Yield what any other attribute names: known ones, then what is called or looks like an address."""
    attributes = node.attributes
    if tag == "form":
        return  # never sent: what it would do is not known
    if name in ("srcset", "data-srcset", "imagesrcset"):
        yield from (RawLink(found[1], "img") for found in _SET.finditer(value))
    elif name == "content":
        yield from _meta(value, attributes)
    elif name == _FLASH_VARIABLES:
        yield from (RawLink(piece, tag) for piece in read_list(value))
    elif name == "value":
        yield from _value(node, tag, value, attributes)
    elif name == "srcdoc" or ("<" in value and _MARKUP.search(value)):
        yield from fragment_links(value, MAX_NESTED)
    elif "{" in value:
        yield from code_links(value, MAX_NESTED)
    elif may_be_address(value) if name == "data" or names_address(name) else is_address(value, alone=False):
        if name not in _SHADOWS or _is_empty(attributes.get("href") or attributes.get("src") or ""):
            yield RawLink(value, tag, node if tag in ("a", "img") else None)


def _is_empty(address: str) -> bool:
    """Say whether href or src only keeps the place of an address that stands elsewhere."""
    return (
        not address or address.startswith("#") or _SCRIPTED.match(address) is not None or bool(_WAITS.search(address))
    )


def _meta(value: str, attributes: dict[str, str | None]) -> Iterator[RawLink]:
    if (attributes.get("http-equiv") or "").strip().lower() == "refresh":
        found = _REFRESH.match(value)
        if found and not found[1].replace(".", "").isdigit():
            yield RawLink(found[1], "meta-refresh")
    elif is_address(value, alone=False):
        yield RawLink(value, "meta")


def _value(node: LexborNode, tag: str, value: str, attributes: dict[str, str | None]) -> Iterator[RawLink]:
    name = (attributes.get("name") or "").lower()
    if tag == "option":
        if is_address(value) or value.startswith(("/", "./", "../", "http:", "https:")):
            yield RawLink(value, tag, node)
    elif tag == "param" and name == _FLASH_VARIABLES:
        yield from (RawLink(piece, "object") for piece in read_list(value))
    elif tag == "param" and name in _PARAMETERS:
        if may_be_address(value):
            yield RawLink(value, "object")
    elif is_address(value, alone=False):
        yield RawLink(value, "code")


def _viewed(href: str) -> str | None:
    """Return the file that a viewer is told to show (`viewer.html?file=/a.pdf`), or None."""
    found = _VIEWED.search(href)
    if found is None or not is_address(value := unquote(found[1])):
        return None
    if value.startswith(("/", "http:", "https:")):
        return value
    viewer = href.partition("?")[0]
    return viewer[: viewer.rfind("/") + 1] + value


def _held(tag: str, text: str, level: int) -> Iterator[RawLink]:
    """Yield what stands in an element whose content HTML takes as mere text."""
    if tag == "style":
        yield from css_links(text)
    elif tag == "script" and not text.lstrip().startswith("<"):
        yield from code_links(text, level)
    elif tag == "script" and text.lstrip().startswith("<!--"):
        yield from code_links(text, level)
    elif tag == "script":
        # A data island (`type="text/xml"`), or a template that a script shows.
        yield from shown_links(read_xml(text), level) if "<![CDATA[" in text else fragment_links(text, level + 1)
    elif _MARKUP.search(text):
        yield from fragment_links(text, level + 1)
