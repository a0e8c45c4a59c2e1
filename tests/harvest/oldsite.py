"""A small old site over real HTTP on loopback, reached under its own host name by a resolve map."""

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from migrate.config import HarvestOptions, SiteConfig, SiteIdentity
from migrate.families import load_families
from migrate.harvest.targets import MADE_UP

HOST = "www.dahe.example.gov.cn"
FAMILIES = load_families(Path(__file__).resolve().parents[2] / "mappings" / "families.yaml")


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = False
    raw: bytes | None = None
    """Written to the socket as it is, then the connection is closed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """A form's answer is kept under path, blank, form."""
        self.path += " " + self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.do_GET()

    def do_GET(self) -> None:
        site: OldSite = self.server.site  # type: ignore[attr-defined]
        if MADE_UP not in self.path:
            site.counts[self.path] += 1
        lines = [f"{name}: {value}\n" for name, value in self.headers.items()]
        site.heads.append(self.raw_requestline + "".join(lines).encode() + b"\n")
        answer = site.answer(self.path, self)
        if answer.raw is not None:
            self.wfile.write(answer.raw)
            self.close_connection = True
            return
        self.send_response(answer.status)
        if answer.type:
            self.send_header("Content-Type", answer.type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(answer.body), 100):
                piece = answer.body[start : start + 100]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        else:
            if "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    def log_message(self, *_arguments: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, site: "OldSite") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.open: set[socket.socket] = set()

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no error of the server's."""


@dataclass
class OldSite:
    pages: dict[str, Answer | Callable[["OldSite"], Answer]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """Requests by path; those for addresses that the harvest makes up are not counted."""
    heads: list[bytes] = field(default_factory=list)
    port: int = 0

    def answer(self, path: str, request: BaseHTTPRequestHandler) -> Answer:
        found = self.pages.get(path)
        if found is None:
            return Answer(b"<html><body>not here</body></html>", 404)
        return found(self) if callable(found) else found

    def html(self, path: str, body: str, encoding: str = "utf-8") -> None:
        text = f"<html><head><meta charset={encoding}></head><body>{body}</body></html>"
        self.pages[path] = Answer(text.encode(encoding))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @contextmanager
    def served(self, tls: ssl.SSLContext | None = None) -> Iterator["OldSite"]:
        server = _Server(self)
        if tls is not None:  # each connection shakes hands in its own thread
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            for connection in list(server.open):
                with_closed(connection)
            server.server_close()


def with_closed(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def config(site: OldSite, **harvest: object) -> SiteConfig:
    """The site file of an old site served here."""
    settings: dict[str, object] = {"rate": 0.0, "timeout": 30.0, "resolve": {HOST: site.address}} | harvest
    return SiteConfig(
        site=SiteIdentity(
            id="dahe",
            name="大河镇人民政府",
            url=f"http://{HOST}/",
            channel="/towns/dahe/",
            aliases=("dahe.example.gov.cn",),
        ),
        harvest=HarvestOptions(**settings),  # type: ignore[arg-type]
    )


def generated(pages: int) -> OldSite:
    """A site of many pages: lists, articles with images, a shared menu, repeated payloads, dead links."""
    site = OldSite()
    menu = "".join(f'<a href="/l/{n}.html">栏目{n}</a>' for n in range(12))
    site.html("/", menu + '<link rel=stylesheet href="/s.css">')
    site.pages["/s.css"] = Answer(b"body{background:url(bg.gif)}", type="text/css")
    site.pages["/bg.gif"] = Answer(b"GIF89a" + bytes(200), type="image/gif")
    for number in range(12):
        links = "".join(f'<a href="../a/{n}.html">第{n}号通知</a>' for n in range(number, pages, 12))
        site.html(f"/l/{number}.html", menu + links, "gb18030")
    for number in range(pages):
        text = f"关于第{number}号事项的通知。" * 60
        image = f'<img src="/i/{number % 40}.png"><img src="/bg.gif">'
        dead = '<a href="gone.html">x</a>' if number % 50 == 0 else ""
        site.html(f"/a/{number}.html", menu + f"<h1>{number}</h1><p>{text}</p>{image}{dead}", "gb18030")
    for number in range(40):
        # Every payload stands at two addresses, so that there is something to revisit.
        site.pages[f"/i/{number}.png"] = Answer(b"\x89PNG" + bytes([number // 2]) * 900, type="image/png")
    return site
