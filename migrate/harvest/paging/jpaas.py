"""大汉 Hanweb jpaas, the successor of JCMS: parts of a page are asked for one by one, in JSON."""

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from urllib.parse import urlencode

from migrate.harvest.paging.answers import pages_after, query_of, read_json, whole, with_query
from migrate.harvest.paging.types import MAX_CALLS, Further, ListPage

_UNIT = "page/build/unit"
_QUERY = re.compile(r"\bquerydata\s*=\s*(\"[^\"]{0,2000}\"|'[^']{0,2000}')", re.IGNORECASE)
_URL = re.compile(r"\burl\s*=\s*[\"']([^\"'\s]{1,500})[\"']", re.IGNORECASE)
_PAIR = re.compile(r"[\"'](\w{1,40})[\"']\s*:\s*[\"']([^\"']{0,200})[\"']")
_HREF = re.compile(r"\bhref\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
_ROWS = re.compile(r"\brows[\"']?\s*[=:]\s*[\"']?(\d{1,6})", re.IGNORECASE)
_COUNT = re.compile(r"\bcount[\"']?\s*[=:]\s*[\"']?(\d{1,9})", re.IGNORECASE)


def jpaas(page: ListPage) -> Iterator[Further]:
    """Yield what a page's `<script url="…/page/build/unit" queryData="{…}">` asks for, and what its answer leaves.

    The answer is `{"data": {"html": …}}` and has the pager in it: `rows` a page, `count` in all. Further pages are the
    same request with `paramJson={"pageNo":2,"pageSize":<rows>}`.
    """
    if not page.data:
        for query in islice(_QUERY.finditer(page.code), MAX_CALLS):
            url = _URL.search(_tag(page.code, query))
            if url and _UNIT in url[1]:
                yield Further(f"{unescape(url[1])}?{urlencode(_PAIR.findall(unescape(query[1][1:-1])))}")
    elif _UNIT in page.url:
        yield from _answered(page)


def _tag(code: str, attribute: re.Match[str]) -> str:
    """Return the start tag that an attribute stands in, without the attribute."""
    start = code.rfind("<", max(attribute.start() - 1000, 0), attribute.start())
    end = code.find(">", attribute.end(), attribute.end() + 1000)
    return code[start : attribute.start()] + code[attribute.end() : end] if start >= 0 <= end else ""


def _answered(page: ListPage) -> Iterator[Further]:
    data = read_json(page.text).get("data")
    html = data.get("html") if isinstance(data, dict) else None
    if not isinstance(html, str):
        return
    rows, count = _ROWS.search(html), _COUNT.search(html)
    asked = read_json(query_of(page.url).get("paramJson", ""))
    size = whole(asked.get("pageSize", "")) or (int(rows[1]) if rows else 0)
    number = whole(asked.get("pageNo", "")) or 1
    items = len(set(_HREF.findall(html)))
    for further in pages_after(number, items, size, int(count[1]) if count else 0):
        wanted = json.dumps({"pageNo": further, "pageSize": size}, separators=(",", ":"))
        yield Further(with_query(page.url, paramJson=wanted))
