"""Times the portal's answers in a process of its own: `python -m tests.benchmarks.portal_worker URL PROJECT ROUNDS`.

Says on its last line, as JSON, how many milliseconds each kind of page took: `cold` right after something was
published, when nothing is kept, `warm` after that, `known` for a browser that has the page, and with how many queries.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from migrate import portal
from migrate.config import Project

WORDS = (
    "公开", "通知", "道路养护", "防汛抗旱物资", "修缮村组道路", "镇", "第4321号", "大政发[2016]4320号", "通知 农业补贴",
    "查无此词",
)  # fmt: skip


def pages() -> dict[str, str]:
    """Return an address of each kind of page; the article is in the middle of the longest column."""
    from cms_site.portal.directory import HOME_DEPTH
    from cms_site.portal.models import ColumnPage, ListLine, PolicyPage
    from cms_site.portal.models.tree import LINES_PER_PAGE

    longest = max(ColumnPage.objects.filter(depth__gt=HOME_DEPTH + 1), key=lambda column: column.lines().count())
    own = ColumnPage.objects.get(url_path="/portal/notices/")
    columns = {"channel's column": longest, "gathering column": own}
    channel = longest.get_parent()
    inside = ListLine.objects.filter(column=longest).order_by("order")
    middle = inside[inside.count() // 2].page
    found = {"home": "/", "group": channel.get_parent().get_url(), "channel": channel.get_url()}
    for name, column in columns.items():
        last = -(-column.lines().count() // LINES_PER_PAGE)
        found |= {f"{name}, page {n}": f"{column.get_url()}?page={n}" for n in (1, last // 2, last)}
    found |= {"article": middle.get_url(), "policy document": PolicyPage.objects.live().first().get_url()}
    found |= {"site map": "/sitemap/", "search form": "/search/"}
    found |= {f"search {words}": f"/search/?q={words}" for words in WORDS}
    found |= {"search 通知, page 100": "/search/?q=通知&page=100", "search 通知, 2016": "/search/?q=通知&year=2016"}
    return found


def timed(ask: Callable[[], Any], rounds: int, before: Callable[[], None]) -> float:
    """Return the median of so many times in milliseconds."""
    times = []
    for _round in range(rounds):
        before()
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return round(statistics.median(times) * 1000, 1)


def measured(url: str, rounds: int) -> dict[str, float]:
    """Return the figures of one page. Raises AssertionError where it is not there."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from cms_site.portal.models import Stamp

    client = Client(HTTP_HOST="www.yunxi.example.gov.cn")
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    count = len(queries)  # the next request empties the log
    cold = timed(lambda: client.get(url), rounds, Stamp.renew)
    held = {"HTTP_IF_NONE_MATCH": client.get(url)["ETag"]}
    assert client.get(url, **held).status_code == 304, url
    return {
        "cold": cold,
        "warm": timed(lambda: client.get(url), rounds, lambda: None),
        "known": timed(lambda: client.get(url, **held), rounds, lambda: None),
        "queries": count,
        "kb": round(len(answer.content) / 1000),
    }


def main() -> None:
    """Do what the command line names."""
    url, project, rounds = sys.argv[1:]
    os.environ["DATABASE_URL"] = url
    os.environ["SHANGYI_ALLOWED_HOSTS"] = "*"
    portal.open_portal(Project(Path(project)))
    found = {}
    for name, address in pages().items():
        found[name] = measured(address, int(rounds))
        print(name, found[name], file=sys.stderr)
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
