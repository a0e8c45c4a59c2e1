"""The portal's own server, for the demo and for trying."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from migrate.errors import ShangyiError
from migrate.i18n import _

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer


@contextmanager
def serving(address: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve the portal from a thread while the block runs; yield its address, e.g. `http://127.0.0.1:8000`."""
    server = _server(address, port)
    thread = threading.Thread(target=server.serve_forever, name="portal", daemon=True)
    thread.start()
    try:
        yield f"http://{address}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def serve_forever(address: str, port: int) -> None:
    """Serve the portal until interrupted. Raises ShangyiError where the port is taken."""
    _server(address, port).serve_forever()


def _server(address: str, port: int) -> "WSGIServer":
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.exceptions import SuspiciousOperation
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.http import Http404, HttpResponseNotFound

    class Quiet(WSGIRequestHandler):  # type: ignore[misc]
        """The development server, without a line on the terminal for every request."""

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet: commands show progress of their own."""

    class Static(StaticFilesHandler):  # type: ignore[misc]
        """Django's handler of static files, with an answer for addresses that lead out of their folder."""

        def serve(self, request: Any) -> Any:
            """Return the file, or 404 without a page: the portal's own page needs the middleware, which isn't run."""
            try:
                return super().serve(request)
            except (Http404, SuspiciousOperation):
                return HttpResponseNotFound(content_type="text/plain")

    try:
        server: WSGIServer = ThreadedWSGIServer((address, port), Quiet)
    except OSError as error:
        raise ShangyiError(
            _("The address {address}:{port} can't be used: {error}").format(address=address, port=port, error=error),
            _("Is another portal running? Name another port: --port 8001"),
        ) from error
    server.set_app(Static(get_wsgi_application()))
    return server
