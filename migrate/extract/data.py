"""Data of lists: what the scripts of old pages ask for in XML or JSON, and news feeds. No page, and no attachment.

Shapes: Hanweb's `<datastore>` (also sent as text/html), RSS and Atom, JSON of UCAP, gkmlpt and jpaas, JSONP (domain
rules, legacy CMS signatures). What such an answer lists is evidence like the lines of a list page: `as_list` makes
those of it, so that one reader reads both.
"""

import json
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

_XML_ROOTS = "datastore|recordset|nextgroup|totalrecord|rss|feed|rdf:RDF|urlset|sitemapindex"
_BEGINS = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:[{\[]|<\?xml|<(?:" + _XML_ROOTS.encode() + rb")\b|[\w.$]{1,60}\s*\(\s*[{\[])"
)
_XML = re.compile(
    rf"\A\s*(?:<\?xml[^>]{{0,200}}>\s*)?(?:<\?[^>]{{0,300}}>\s*|<!--[^>]{{0,300}}-->\s*)*<(?:{_XML_ROOTS})\b"
)
_CALL = re.compile(r"\A\s*[\w.$]{1,60}\s*\(\s*(?=[{\[])")
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|div|p|br|hr|a|b|i|u|h[1-6]|table|t[dr]|span|font|center|"
    r"img|ul|ol|li|dl|form|frameset|iframe|strong|em|pre)\b[^<]*>",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"(?:/\*[^*]*\*/\s*|@[\w-]+[^{};]{0,200};\s*)*[^{};<=]{1,200}\{\s*(?:[\w-]+\s*:[^{};]{1,200}[;}]|\})"
)
_ROOT = re.compile(r"(?:<\?[^>]{0,300}>\s*|<!--[^>]{0,300}-->\s*)*<([A-Za-z][\w:.-]*)")
_PAGE_ROOTS = frozenset(
    "html head body title meta link base script style noscript div p span font center table tr td a b i br hr img ul "
    "ol li dl h1 h2 h3 h4 h5 h6 strong em pre form iframe frameset article section main header nav marquee".split()
)
_BUILT = re.compile(r"<(?:!doctype\s+html|html|body|div|p|br|table|td|span)[\s/>]", re.IGNORECASE)
"""What pages are built of: whatever they begin with, data has none of it."""
_CODE = re.compile(
    r"(?:/\*[^*]*\*/\s*|//[^\n]*\n\s*)*(?:[\"']use strict|(?:var|let|const|function)\s+[\w$]+|[!;]?\(?function\b|"
    r"(?:window|document|\$|jQuery)[.(\[])"
)
_CALL_ENDS = re.compile(r"\)\s*;?\s*\Z")
_ITEM = re.compile(r"<(?:item|entry|url)\b")
_FEED_TITLE = re.compile(r"<title\b[^>]{0,200}>(.{0,1000}?)</title", re.DOTALL)
_FEED_LINK = re.compile(r"<(?:link|loc)\b[^>]{0,200}?(?:href=[\"']([^\"']{1,2000})|>([^<]{1,2000}))", re.DOTALL)
_FEED_DATE = re.compile(r"<(?:pubDate|published|updated|dc:date|lastmod)\b[^>]{0,100}>([^<]{1,100})")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_STRING = re.compile(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"")
_ESCAPED = re.compile(r"\\(.)")
_ADDRESS = (
    "url", "post_url", "link", "href", "linkurl", "pageurl", "docpuburl", "infourl", "visiturl", "staticurl", "arturl",
    "contenturl", "htmlurl", "redirecturl",
)  # fmt: skip
_TITLE = ("title", "infotitle", "doctitle", "showtitle", "maintitle", "headline", "subject", "titlename", "name")
_DATE = (
    "publishedtimestr", "publishedtime", "display_publish_time", "publish_time", "publishtime", "publishdate",
    "publish_date", "pubdate", "pubtime", "docreltime", "docpubtime", "infodate", "releasedate", "releasetime",
    "showdate", "date", "created_at", "createtime", "createdate", "addtime",
)  # fmt: skip
"""Keys of JSON answers, lower case, best first. None of them ever holds 成文日期 (`writedate`)."""


def may_be_data(body: bytes) -> bool:
    """Say whether an answer begins like one in XML or JSON: worth the full look."""
    return _BEGINS.match(body[:500]) is not None


def no_page(text: str) -> str:
    """Return what a text is that browsers would show, but that nobody wrote as a page: `json-data`, `xml-data`,
    `style-sheet`, `script`, or `plain-text` where it has no markup at all; empty for a page.
    """
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        root = _ROOT.match(text)
        known = root is None or root[1].lower() in _PAGE_ROOTS or _BUILT.search(text)
        return "" if known else "xml-data"
    if text.startswith(("{", "[")) and _is_json(text):
        return "json-data"
    if not text or _HTML.search(text):
        return ""
    if _RULE.match(text):
        return "style-sheet"
    return "script" if _CODE.match(text) else "plain-text"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def as_list(text: str) -> str | None:
    """Return what the data lists as lines in HTML, perhaps none; None for a text that is no such data."""
    text = text.lstrip("\ufeff \t\r\n")
    if _XML.match(text):
        return "".join(_of_xml(text))
    if call := _CALL.match(text):
        text = _CALL_ENDS.sub("", text[call.end() :])
    if not text.startswith(("{", "[")):
        return None
    try:
        return "".join(_of_json(json.loads(text)))
    except (ValueError, RecursionError):
        return None


def written_lists(scripts: str) -> str:
    """Return the lines that a page's scripts hold, as HTML: records of a data island, strings with links in them."""
    records = scripts.split("<![CDATA[")[1:] if "<record" in scripts else []
    if records:
        return "".join(f"<div>{record.partition(']]>')[0]}</div>\n" for record in records)
    strings = (found[1] or found[2] or "" for found in _STRING.finditer(scripts))
    return "".join("<div>" + _ESCAPED.sub(r"\1", text) + "</div>\n" for text in strings if "<a " in text)


def _line(address: str, title: str, day: str) -> str:
    return f'<li><a href="{escape(address)}">{escape(title)}</a> <span>{escape(day)}</span></li>\n'


def _of_xml(text: str) -> Iterator[str]:
    items = _ITEM.split(text)[1:]
    for item in items:
        title, link, day = _FEED_TITLE.search(item), _FEED_LINK.search(item), _FEED_DATE.search(item)
        if link:
            address = _bare(link[1] or link[2])
            yield _line(address, _bare(title[1]) if title else address, day[1] if day else "")
    if not items:
        for piece in text.split("<![CDATA[")[1:]:
            yield f"<div>{piece.partition(']]>')[0]}</div>\n"
        if "<![CDATA[" not in text and "&lt;a" in text:
            yield unescape(text)


def _bare(text: str) -> str:
    return unescape(_CDATA.sub("", text)).strip()


def _of_json(data: Any) -> Iterator[str]:
    """Yield a line for each object that has an address and a title, and the texts that are HTML as they are."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and "<a" in value:
            yield f"<div>{value}</div>\n"
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            fields = {str(key).lower(): text for key, text in value.items()}
            address, title = _first(fields, _ADDRESS), _first(fields, _TITLE)
            if address and title:
                yield _line(address, unescape(title), _first(fields, _DATE))
            waiting.extend(reversed([text for text in value.values() if isinstance(text, (str, list, dict))]))


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of the fields that says something in one line."""
    values = (str(fields[name]).strip() for name in names if isinstance(fields.get(name), (str, int)))
    return next((value for value in values if value and len(value) < 2000), "")
