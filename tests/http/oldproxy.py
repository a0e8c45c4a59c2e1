"""A small proxy with a password, as counties have it between their offices and the web."""

import http.client
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SECRET = "pr0xy-s3cret"
USER = "clerk"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._let_in():
            return
        parts = urlsplit(self.path)
        address, port = self.server.names[parts.hostname]  # type: ignore[attr-defined]
        onward = http.client.HTTPConnection(address, port, timeout=60)
        kept = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        onward.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=kept)
        answer = onward.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        onward.close()

    def do_CONNECT(self) -> None:
        if not self._let_in():
            return
        host, _colon, _port = self.path.partition(":")
        onward = socket.create_connection(self.server.names[host], timeout=60)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        ends = {self.connection: onward, onward: self.connection}
        while True:
            ready, _writable, _broken = select.select(list(ends), [], [], 5)
            for end in ready:
                data = end.recv(65536)
                if not data:
                    onward.close()
                    self.close_connection = True
                    return
                ends[end].sendall(data)

    def _let_in(self) -> bool:
        server = self.server
        server.asked.append(self.requestline)  # type: ignore[attr-defined]
        if self.headers.get("Proxy-Authorization") == server.authorization:  # type: ignore[attr-defined]
            return True
        self.send_response(407)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def log_message(self, *_arguments: object) -> None:
        pass


class OldProxy(ThreadingHTTPServer):
    """Knows its own way to some host names; remembers what it was asked for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, names: Mapping[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.names = {name: ("127.0.0.1", port) for name, port in names.items()}
        self.asked: list[str] = []
        self.authorization = "Basic Y2xlcms6cHIweHktczNjcmV0"
        self.url = f"http://{USER}:{SECRET}@127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are no error of the proxy's."""


@contextmanager
def proxy(names: Mapping[str, int]) -> Iterator[OldProxy]:
    """Serve a proxy that leads these hosts to these ports of this machine."""
    server = OldProxy(names)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
