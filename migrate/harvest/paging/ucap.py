"""开普 UCAP: lists that a script asks the search service for."""

import re
from collections.abc import Iterator
from itertools import islice

from migrate.harvest.paging.answers import numbered_answers, pages_after, query_of, read_json, whole
from migrate.harvest.paging.types import MAX_CALLS, Further, ListPage

_CHANNEL = r"[0-9a-f]{32}"
_ADDRESS = re.compile(rf"[\"']([\w/.:-]{{0,200}}/search(?:List)?/{_CHANNEL})(?:\?([^\"'\s]{{0,500}}))?[\"']")
_FOLDER = re.compile(r"[\"']([\w/.:-]{0,200}/search(?:List)?/)[\"']\s*\+")
_ID = re.compile(rf"\bchannelId[\"']?\s*[:=]\s*[\"']({_CHANNEL})[\"']", re.IGNORECASE)
_QUERY = "_isAgg=true&_isJson=true&_pageSize=15&_template=index&page=1"


def ucap_search(page: ListPage) -> Iterator[Further]:
    """Yield page 1 of the list that a script reads from `/common/search/{channelId}`, then what the answer leaves.

    The answer is `{"data": {"page": 1, "rows": 15, "total": …, "results": […]}}`; `page=` in the query asks for others.
    """
    if page.data:
        yield from _answered(page)
        return
    for found in islice(_ADDRESS.finditer(page.code), MAX_CALLS):
        yield Further(f"{found[1]}?{_asking(found[2] or '')}")
    channel, folder = _ID.search(page.code), _FOLDER.search(page.code)
    if channel and folder:
        yield Further(f"{folder[1]}{channel[1]}?{_QUERY}")


def _asking(query: str) -> str:
    """Return the query of a first page: as the page has it, but for JSON."""
    if not query or "_isJson=true" not in query:
        return _QUERY
    return query if re.search(r"(?:^|&)page=\d", query) else re.sub(r"(?:^|&)page=[^&]*$", "", query) + "&page=1"


def _answered(page: ListPage) -> Iterator[Further]:
    data = read_json(page.text).get("data")
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(results, list):
        return
    number = whole(query_of(page.url).get("page", "")) or whole(data.get("page")) or 1
    size = whole(data.get("rows")) or whole(query_of(page.url).get("_pageSize", ""))
    yield from numbered_answers(page, "page", pages_after(number, len(results), size, whole(data.get("total"))))
