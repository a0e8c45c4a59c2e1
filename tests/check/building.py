"""A portal of a few lines over real HTTP, and a ledger filled by hand, for the tests of the checks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.check.portal import PortalTarget
from migrate.records import Content, Entry, FileLink, Kind, Outcome, to_json
from migrate.urls import UrlRules

OLD = "www.dahe.example.gov.cn"
NEW = "www.yunxi.example.gov.cn"
RULES = UrlRules(
    host=OLD,
    aliases=frozenset({"dahe.example.gov.cn"}),
    case_sensitive=False,
    keep_query=("id", "page"),
    default_documents=("index.html",),
)
BODY = (
    "<p>各村（居）委会，镇直各单位：</p>"
    "<p>现将大河镇二〇一九年度农村饮水安全巩固提升工程实施方案印发给你们，请认真执行。</p>"
)


@dataclass
class Reply:
    """What the portal says to one address."""

    status: int = 200
    body: bytes = b""
    location: str = ""
    media_type: str = "text/html; charset=utf-8"


@dataclass
class FakePortal:
    """Answers by (host, raw path and query); whatever it does not know is 404. Remembers what it was asked."""

    replies: dict[tuple[str, str], Reply | None] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    refuses_head: bool = False
    port: int = 0
    shaky: dict[str, int] = field(default_factory=dict)
    """Path → how many more times it is answered 503 before it is answered well."""
    target: PortalTarget = field(default_factory=lambda: PortalTarget("", NEW))

    def old(self, path: str, status: int, location: str = "") -> None:
        self.replies[OLD, path] = Reply(status, b"", location)

    def page(self, path: str, html: str, status: int = 200) -> None:
        self.replies[NEW, path] = Reply(status, html.encode())

    def file(self, path: str, body: bytes, media_type: str) -> None:
        self.replies[NEW, path] = Reply(200, body, "", media_type)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    portal: FakePortal

    def do_GET(self) -> None:
        path = self.requestline.split(" ")[1]  # as sent: http.server itself folds leading slashes
        self.portal.asked.append((self.command, self.headers["Host"], path))
        reply = self.portal.replies.get((self.headers["Host"], path), Reply(404, b"<title>404</title>"))
        if self.portal.shaky.get(path, 0) > 0:
            self.portal.shaky[path] -= 1
            reply = Reply(503)
        if self.command == "HEAD" and self.portal.refuses_head:
            reply = Reply(405)
        if reply is None:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.body)))
        if reply.location:
            self.send_header("Location", reply.location)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_HEAD = do_GET

    def log_message(self, *_words: object) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # with five, as usual, the sixth who knocks at once is heard when it knocks again: in 1 s


@contextmanager
def serving(portal: FakePortal) -> Iterator[FakePortal]:
    """Serve the portal on a free port of 127.0.0.1 while the block runs."""
    portal.page("/", "<title>云溪县人民政府</title><h1>云溪县人民政府</h1>")
    handler = type("Handler", (_Handler,), {"portal": portal})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        portal.target = PortalTarget(f"http://127.0.0.1:{server.server_address[1]}", NEW)
        portal.target = replace(portal.target, backoff=0.01)
        portal.port = server.server_address[1]
        try:
            yield portal
        finally:
            server.shutdown()
            thread.join()


def content(title: str, body: str = BODY, published: str = "2019-03-05", **files: tuple[FileLink, ...]) -> Content:
    return Content(
        title=title,
        published=published,
        written_on="",
        source="大河镇人民政府",
        author="",
        document_number="",
        policy_head={},
        body=body,
        attachments=files.get("attachments", ()),
        images=files.get("images", ()),
    )


def entry(path: str, outcome: Outcome, kind: Kind = Kind.ARTICLE, **more: object) -> Entry:
    """Return an entry of the old site; articles that move get content under their title."""
    title = str(more.get("title", ""))
    if kind is Kind.ARTICLE and outcome is Outcome.MOVE and "content" not in more:
        more["content"] = content(title)
    url = f"http://{OLD}{path}"
    return Entry(**{"key": url, "url": url, "kind": kind, "outcome": outcome, "rule": "通知公告"} | more)


def article_page(title: str, body: str = BODY, date: str = "2019-03-05 00:00", after: str = "") -> str:
    return (
        f'<head><title>{title} - 云溪县人民政府</title><meta name="ArticleTitle" content="{title}">'
        f'<meta name="PubDate" content="{date}"></head><body><h1>{title}</h1>'
        f'<article class="article"><div class="body">{body}</div>{after}</article></body>'
    )


def fill(ledger: Ledger, entries: list[Entry], *, linked: tuple[str, ...] = ()) -> None:
    """Write a finished capture that fetched every entry's URL, links, and the entries."""
    stamp = "20261121T093000Z"
    with ledger.transaction() as db:
        db.execute(
            "INSERT INTO captures VALUES (?, 'full', 'finished', ?, ?, '{}')",
            (stamp, "2026-11-21T09:30:00+00:00", "2026-11-21T10:05:00+00:00"),
        )
        for item in entries:
            db.execute(
                "INSERT INTO resources VALUES "
                "(?, ?, ?, 200, 'text/html', 'sha256:0', 1200, 'a.warc.gz', 0, ?, '', '', '', '', '', '')",
                (stamp, item.key, item.url, "2026-11-21T09:31:00+00:00"),
            )
        db.executemany("INSERT INTO links VALUES (?, ?, '', '', 'a', 1)", [(url, int(OLD in url)) for url in linked])
        db.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
            [(item.key, item.kind, item.outcome, item.rule, to_json(item)) for item in entries],
        )


def new_ledger(folder: Path) -> Ledger:
    return Ledger(folder / "ledger.sqlite", create=True)
