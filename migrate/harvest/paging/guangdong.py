"""广东省政府信息公开目录管理平台 gkmlpt: the disclosure directory that every Guangdong site has."""

import json
import re
from collections.abc import Iterator
from typing import Any

from migrate.harvest.paging.answers import numbered_answers, pages_after, query_of, read_json, whole
from migrate.harvest.paging.types import MAX_PAGES, Further, ListPage

PER_ANSWER = 100
"""Articles in one answer, as far as seen: five of the pages shown, 20 articles each."""

_SID = re.compile(r"\bSID[\"']?\s*:\s*[\"']?(\d{1,12})")
_TREE = re.compile(r"\bTREE[\"']?\s*:\s*(?=\[)")
_FOLDER = re.compile(r"^[^?#]*?/gkmlpt/")


def gkmlpt(page: ListPage) -> Iterator[Further]:
    """Yield page 1 of every column in `window._CONFIG`, by `/gkmlpt/api/all/{column}?page=1&sid=…`, then the others.

    The answer is `{"classify": {"post_count": …}, "articles": […]}`.
    """
    folder = _FOLDER.match(page.url)
    if folder is None:
        return
    if page.data:
        answer = read_json(page.text)
        articles, classify = answer.get("articles"), answer.get("classify")
        if isinstance(articles, list):
            number = whole(query_of(page.url).get("page", "")) or 1
            total = whole(classify.get("post_count")) if isinstance(classify, dict) else 0
            # A first answer that is not all says itself how many go into one.
            size = len(articles) if number == 1 and len(articles) < total else PER_ANSWER
            yield from numbered_answers(page, "page", pages_after(number, len(articles), size, total))
        return
    sid, tree = _SID.search(page.code), _TREE.search(page.code)
    if sid and tree:
        for column in _columns(page.code[tree.end() :]):
            yield Further(f"{folder[0]}api/all/{column}?page=1&sid={sid[1]}")


def _columns(code: str) -> list[int]:
    """Return the ids of all columns of the tree that begins `code`, save those that only lead elsewhere."""
    try:
        tree, _end = json.JSONDecoder().raw_decode(code)
    except (ValueError, RecursionError):
        return []
    ids: list[int] = []
    left: list[Any] = [tree]
    while left and len(ids) < MAX_PAGES:
        node = left.pop()
        if isinstance(node, list):
            left.extend(reversed(node))
        elif isinstance(node, dict) and not node.get("jump_url"):
            if column := whole(node.get("id")):
                ids.append(column)
            left.append(node.get("children"))
    return ids
