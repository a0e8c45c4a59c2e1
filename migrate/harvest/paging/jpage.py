"""大汉 Hanweb JCMS: the list's first records stand in the page, the others come as XML from dataproxy.jsp."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import chain, islice
from urllib.parse import urlencode, urlsplit

from migrate.harvest.paging.answers import query_of, whole, with_query
from migrate.harvest.paging.types import MAX_CALLS, MAX_PAGES, Further, ListPage

_CALL = re.compile(r"\.jpage\s{0,9}\(\s{0,9}\{")
_END = re.compile(r"\}\s{0,9}\)")
_PAIR = re.compile(r"\b(\w{1,40})[\"']?\s*:\s*(?:'([^']{0,300})'|\"([^\"]{0,300})\"|([\w.]{1,60}))")
_INLINE = re.compile(r"\bajaxParam\s*:\s*\{([^{}]{0,2000})")
_RECORD = re.compile(r"<record\b", re.IGNORECASE)
_TOTAL_PAGES = re.compile(r"<totalpage>\s*(\d{1,9})", re.IGNORECASE)
_NEXT = re.compile(r"<nextgroup>.{0,200}?href\s*=\s*[\"']([^\"']{1,1000})", re.DOTALL | re.IGNORECASE)

MAX_OPTIONS = 5_000
"""Characters of one call's options."""

_PROXY = "dataproxy.jsp"


def jpage(page: ListPage) -> Iterator[Further]:
    """Yield the record windows that `$('#1').jpage({totalRecord:…, perPage:…, ajaxParam:{…}})` asks for, by POST.

    A window is groupSize pages of perPage records. Where a page has no such call, or has its parameters elsewhere, the
    `<nextgroup>` of its first records leads on by GET, one page at a time.
    """
    if page.data:
        yield from _answered(page)
        return
    lists = [_windows(page.code, call.end()) for call in islice(_CALL.finditer(page.code), MAX_CALLS)]
    yield from chain.from_iterable(lists)
    if not lists or not all(lists):
        for found in islice(_NEXT.finditer(page.code), MAX_CALLS):
            yield Further(unescape(found[1]))


def _windows(code: str, start: int) -> list[Further]:
    """Return the windows that the call whose options begin at `start` will ask for; none where it says too little."""
    end = _END.search(code, start, start + MAX_OPTIONS)
    call = code[start : end.start()] if end else ""
    inline = _INLINE.search(call)
    options = _pairs(_INLINE.sub("", call))
    if inline:
        fields = _pairs(inline[1])
    else:
        given = re.search(rf"\b{re.escape(options.get('ajaxParam', '-'))}\s*=\s*\{{([^{{}}]{{1,2000}})", code)
        fields = _pairs(given[1]) if given else {}
    per_page = whole(options.get("perPage", "15"))
    size = per_page * (whole(options.get("groupSize", "3")) or 1)
    proxy = _proxy(options.get("proxyUrl", "")) or _proxy(code)
    if not (fields and size and proxy):
        return []
    total = min(whole(options.get("totalRecord", "")), MAX_PAGES * size)
    form = urlencode(fields)
    return [
        Further(f"{proxy}?startrecord={start}&endrecord={start + size - 1}&perpage={per_page}", form)
        for start in range(1, total + 1, size)
    ]


def _proxy(code: str) -> str:
    """Return the first address of a dataproxy.jsp; empty if there is none: jpage is a library that others use too."""
    at = code.find(_PROXY)
    if at < 0:
        return ""
    folder = re.split(r"[^\w/.:-]", code[max(at - 200, 0) : at])[-1]
    return folder + _PROXY


def _pairs(literal: str) -> dict[str, str]:
    return {name: single or double or word for name, single, double, word in _PAIR.findall(literal)}


def _answered(page: ListPage) -> Iterator[Further]:
    """Yield what comes after an answer that is full: the count in the page may lie."""
    records = len(_RECORD.findall(page.text))
    query = query_of(page.url)
    start, end = whole(query.get("startrecord", "")), whole(query.get("endrecord", ""))
    if "dataproxy" not in urlsplit(page.url).path or not records:
        return
    if end >= start > 0:
        size = end - start + 1
        if records >= size and end < MAX_PAGES * size:
            yield Further(with_query(page.url, startrecord=str(end + 1), endrecord=str(end + size)), page.form)
        return
    number, pages = whole(query.get("page", "")), _TOTAL_PAGES.search(page.text)
    following = _NEXT.search(page.text)
    if following and number < min(int(pages[1]) if pages else MAX_PAGES, MAX_PAGES):
        yield Further(unescape(following[1]))
