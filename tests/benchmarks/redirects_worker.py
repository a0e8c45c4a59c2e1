"""One table of old addresses, timed in a process of its own: `python -m tests.benchmarks.redirects_worker COUNT`.

Fills the table of the portal that the environment names, if it is empty. Says on its last line how many milliseconds
the application took for one answer (median, of addresses drawn at random), by what it answers, and the most queries.
"""

import io
import json
import random
import statistics
import sys
import time
from typing import Any

import django

HOST = "www.dahe.example.gov.cn"
ASKED = 1500
KINDS = {"move": "301", "redirect": "301", "gone": "410", "unknown": "404"}
"""What is asked for → the status that it must have."""


def fill(count: int) -> None:
    """Build the portal and write `count` addresses: a page that moved, a redirect and one that is gone, in turn."""
    from django.core.management import call_command
    from django.db import connection

    from cms_site.legacy.models import Imported, OldHost, OldSite, OldUrl
    from cms_site.portal.build import build_portal
    from cms_site.portal.models import ArticlePage, ChannelPage, ColumnPage
    from tests.importer.synthetic import PORTAL

    call_command("migrate", interactive=False, verbosity=0)
    build_portal(PORTAL)
    channel = ChannelPage.objects.first()
    column = ColumnPage.objects.descendant_of(channel).first()
    page = column.add_child(instance=ArticlePage(title="关于修路的通知", slug="road"))
    site = OldSite.objects.create(
        slug="dahe", name="大河镇", url=f"http://{HOST}/", channel=channel, target_hosts=["www.example.gov.cn"]
    )
    OldHost.objects.create(name=HOST, site=site)
    thing = Imported.objects.create(site=site, source_key="x", content_hash="x", state="live", page=page)
    models: dict[str, dict[str, Any]] = {
        "move": {"imported": thing},
        "redirect": {"target_url": "https://www.example.gov.cn/new"},
        "gone": {"reason": "功能已停用", "title": "网上投票"},
    }
    for outcome, values in models.items():
        key = f"http://{HOST}/model/{outcome}"
        OldUrl.objects.create(site=site, canonical=key, url=key, kind="article", outcome=outcome, **values)
    quote = connection.ops.quote_name  # `column` is a word of SQL
    names = [field.column for field in OldUrl._meta.local_concrete_fields if field.column != "id"]
    address = "'http://' || %s || '/' || m.outcome || '/' || n.i || '/content.html'"
    chosen = ", ".join(address if name in ("canonical", "url") else f"m.{quote(name)}" for name in names)
    numbers = {
        "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s) SELECT i FROM n)",
        "postgresql": "(SELECT generate_series(0, %s - 1) AS i)",
    }[connection.vendor]
    sql = (
        f"INSERT INTO legacy_oldurl ({', '.join(map(quote, names))}) SELECT {chosen} FROM {numbers} n, legacy_oldurl m"
        " WHERE m.canonical LIKE %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [HOST, HOST, count // 3, f"http://{HOST}/model/%"])
        cursor.execute("ANALYZE")


def timed(application: Any, path: str, status: str) -> tuple[float, float]:
    """Return the milliseconds of one answer: by the clock, and of the processor, which other work does not stretch.

    Raises RuntimeError where the answer has another status.
    """
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "RAW_URI": path, "QUERY_STRING": "", "HTTP_HOST": HOST,
        "SERVER_NAME": HOST, "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
    }  # fmt: skip
    began, busy = time.perf_counter(), time.process_time()
    answer = application(environ, lambda line, _headers: said.append(line))
    b"".join(answer)
    took = (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000
    answer.close()
    if not said[0].startswith(status):
        raise RuntimeError(f"{path}: {said[0]}")
    return took


def main() -> None:
    """Fill the table if need be, then ask."""
    django.setup()
    from django.core.wsgi import get_wsgi_application
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    count = int(sys.argv[1])
    if "legacy_oldurl" not in connection.introspection.table_names():
        fill(count)
    application = get_wsgi_application()
    drawn = random.Random(7)
    known = [kind for kind in KINDS if kind != "unknown"]
    took: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for number in range(ASKED + 100):
        kind = known[number % 3]
        path = f"/{kind}/{drawn.randrange(count // 3)}/content.html"
        one = timed(application, path, KINDS[kind])
        if number >= 100:  # the first ones load templates and open the database
            took[kind].append(one)
    took["unknown"] = [timed(application, "/unknown.html", KINDS["unknown"]) for _ in range(200)]
    most = 0
    for kind in known:
        # gunicorn ends each request so; a connection that is closed counts nothing
        with CaptureQueriesContext(connection) as queries:
            timed(application, f"/{kind}/5/content.html", KINDS[kind])
        most = max(most, len(queries))
    said: dict[str, float] = {"queries": most}
    for kind, found in took.items():
        said[f"{kind} clock"] = statistics.median(clock for clock, _busy in found)
        said[f"{kind} processor"] = statistics.median(busy for _clock, busy in found)
    print(json.dumps(said))


if __name__ == "__main__":
    main()
