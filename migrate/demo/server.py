"""Old servers on 127.0.0.1: real HTTP for many host names at once, told apart by the Host header."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

from aiohttp import web
from multidict import CIMultiDict

from migrate.demo.truth import Answer, DemoSite
from migrate.errors import ShangyiError
from migrate.i18n import _

OldServer = Callable[[str], Answer | None]
"""Takes path and query exactly as the client sent them, of a POST a blank and the form after them.

None means the server has no such thing: 404, or 405 for a form.
"""

_NOT_FOUND = Answer(404, (("Content-Type", "text/html"),), b"<h1>404 Not Found</h1>")
_BAD_HOST = Answer(400, (("Content-Type", "text/html"),), b"<h1>Bad Request (Invalid Hostname)</h1>")
_NOT_ALLOWED = Answer(405, (("Content-Type", "text/html"), ("Allow", "GET, HEAD")), b"<h1>405</h1>")


class LegacyServer:
    """Serves while the `with` block runs. `hosts` maps each lower-case host name to what answers for it."""

    def __init__(self, hosts: Mapping[str, OldServer], *, delay: float = 0.0) -> None:
        """Prepare a server; `delay` is the seconds that each response takes longer than it must."""
        self.hosts = dict(hosts)
        self.delay = delay
        self.hits: Counter[str] = Counter()
        """Requests so far by `http://<host><target>`, as sent; HEAD counts like GET; a form follows after a blank."""
        self.port = 0
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="legacy-server", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def address(self) -> str:
        """Return `127.0.0.1:<port>`."""
        return f"127.0.0.1:{self.port}"

    @property
    def resolve(self) -> dict[str, str]:
        """Return host → address of this server, for the harvest's `resolve`."""
        return dict.fromkeys(self.hosts, self.address)

    def __enter__(self) -> "LegacyServer":
        """Start serving. Raises ShangyiError where no port can be opened."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise ShangyiError(
                _("The old site can't be served on this machine: {error}").format(error=self._failure)
            ) from self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # handed to __enter__, which raises it in the caller's thread
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        runner = web.ServerRunner(web.Server(self._respond, access_log=None), shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.port = runner.addresses[0][1]
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            self._ready.set()
            await self._stop.wait()
        finally:
            await runner.cleanup()

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.headers.get("Host", "").rsplit(":", 1)[0].lower()
        target = request.raw_path
        if request.method == "POST":
            target += " " + (await request.read()).decode("latin-1")
        self.hits[f"http://{host}{target}"] += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        answer = self._answer(request, host, target)
        headers = CIMultiDict(answer.headers)
        headers.setdefault("Server", "Microsoft-IIS/6.0")
        return web.Response(status=answer.status, headers=headers, body=answer.body)

    def _answer(self, request: web.BaseRequest, host: str, target: str) -> Answer:
        server = self.hosts.get(host)
        if server is None:
            return _BAD_HOST
        if request.method not in ("GET", "HEAD", "POST"):
            return _NOT_ALLOWED
        answer = server(target) or (_NOT_ALLOWED if request.method == "POST" else _NOT_FOUND)
        if request.headers.get("If-None-Match") in {value for name, value in answer.headers if name == "ETag"}:
            return Answer(304, tuple(pair for pair in answer.headers if pair[0] == "ETag"), b"")
        return answer


def serve(sites: Iterable[DemoSite], *, delay: float = 0.0) -> LegacyServer:
    """Return a server, not yet started, for the sites under their own host names and aliases."""
    hosts: dict[str, OldServer] = {}
    for site in sites:
        hosts |= dict.fromkeys((site.host, *site.aliases), site.answer)
    return LegacyServer(hosts, delay=delay)
