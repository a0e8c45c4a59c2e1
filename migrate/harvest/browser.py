"""Pages that a script makes, seen with a real Chromium. It never asks anybody itself: every request that a page makes
is answered by the harvest, so its limits, hosts, pace and archive hold for the browser, too.

Playwright is an optional extra; importing this module doesn't need it.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from migrate.errors import ShangyiError
from migrate.i18n import _

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import Page, Route

PATIENCE = 30.0
"""Seconds that one state of a page may take to come to rest; then it is taken as it is."""

QUIET = 0.2
"""Seconds without a request after which a page is at rest."""

MAX_STATES = 500
"""Pages of one list that are turned by clicking: no longer list was met, and a script may turn for ever."""

_NOWHERE = "http://127.0.0.1:9"
"""Proxy for what would slip through against all care: port 9 discards what it gets (RFC 863)."""

_ARGUMENTS = (
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-gpu", "--no-pings", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)  # fmt: skip

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_TURN = """() => {
  const words = /^(下一页|下页|后页|后一页|next|next page|>|›|»|下一页\\s*[>›»]+)$/i;
  const dead = (e) => e.disabled || e.getAttribute('aria-disabled') === 'true'
    || /(^|[\\s_-])(disabled?|inactive|dis|end)($|[\\s_-])/i.test(
      e.className + ' ' + (e.parentElement || {}).className);
  for (const e of document.querySelectorAll('a, button, li, span, div, td, input[type=button], img')) {
    const text = (e.innerText || e.value || e.alt || e.title || '').trim();
    if (!words.test(text) && !/(^|\\s)btn-next(\\s|$)/.test(e.className)) continue;
    if (e.querySelector && [...e.querySelectorAll('a, button')].some((c) => c.innerText.trim() === text)) continue;
    const link = e.closest('a');
    const href = link ? (link.getAttribute('href') || '').trim() : '';
    if (href && !/^(#|javascript:)/i.test(href)) continue;  // an address: the harvest goes there by itself
    if (dead(e) || !e.getClientRects().length) continue;
    e.click();
    return true;
  }
  return false;
}"""
"""Turn to the next page of a list, where a script does that; say whether there was anything to turn."""


class Asked(NamedTuple):
    """What a page asks for."""

    url: str
    method: str
    form: str
    """Body of a POST."""


class Answer(NamedTuple):
    """What it gets."""

    status: int
    headers: dict[str, str]
    body: bytes
    """Content coding undone."""


Answering = Callable[[Asked], Awaitable[Answer | None]]
"""Answers a request, or None: it is refused."""


def require() -> None:
    """Raise ShangyiError where Playwright is missing or broken: before anything is begun for which it is wanted."""
    try:
        import playwright.async_api  # noqa: F401
    except ImportError as error:
        raise ShangyiError(
            _("Playwright is not installed: pages that scripts make can't be seen."),
            _("Install it: pip install playwright. A Chromium, Chrome or Edge of the system will do."),
        ) from error


class Browser:
    """One Chromium, started with the first page that wants it. Close it when done."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self._chromium: Chromium | None = None

    async def states(self, url: str, answer: Answering) -> AsyncGenerator[str]:
        """Yield the page at `url` as HTML once its scripts are done, then each further page that they turn to.

        Pages are seen one at a time. Raises ShangyiError where no browser can be started, TimeoutError or
        ConnectionError where the page stops it.
        """
        async with self._turn, self._page(url, answer) as view:
            seen: set[int] = set()
            for _number in range(MAX_STATES):
                html, shown = await view.look()
                if shown in seen:
                    return
                seen.add(shown)
                yield html
                if not await view.turn():
                    return

    @asynccontextmanager
    async def _page(self, url: str, answer: Answering) -> "AsyncIterator[_View]":
        from playwright.async_api import Error

        if self._chromium is None:
            self._chromium = await self._start()
        context = await self._chromium.new_context(
            service_workers="block", accept_downloads=False, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        try:
            page = await context.new_page()
            view = _View(page, url, answer)
            await context.route("**/*", view.route)
            await context.route_web_socket("**/*", lambda socket: socket.close())
            await page.goto(url, wait_until="commit", timeout=PATIENCE * 1000)
            yield view
        except Error as error:
            raise ConnectionError(error.message.partition("\n")[0]) from error
        finally:
            with suppress(Error):
                await context.close()

    async def _start(self) -> "Chromium":
        from playwright.async_api import Error, async_playwright

        manager = async_playwright()
        try:
            playwright = await manager.start()
            self._closing.append(playwright.stop)
            chromium = await playwright.chromium.launch(
                executable_path=installed(),
                channel="msedge" if sys.platform == "win32" and not installed() else None,
                args=[*_ARGUMENTS, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])],
                proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
            )
        except Error as error:
            raise ShangyiError(
                _("No Chromium can be started: {reason}").format(reason=error.message.strip().partition("\n")[0]),
                _("Install the package chromium, or Google Chrome; on Windows, Edge is enough."),
            ) from error
        self._closing.append(chromium.close)
        return chromium

    async def close(self) -> None:
        """End the browser, if there is one."""
        while self._closing:
            await self._closing.pop()()


class _View:
    """One page that is looked at."""

    def __init__(self, page: "Page", url: str, answer: Answering) -> None:
        self._page = page
        self._url = url
        self._answer = answer
        self._open = 0
        self._changed = asyncio.Event()

    async def route(self, route: "Route") -> None:
        """Answer one request of the page by the harvest; only its first may be for a page of its own."""
        from playwright.async_api import Error

        request = route.request
        own_page = request.is_navigation_request() and request.frame == self._page.main_frame
        self._open += 1
        self._changed.set()
        try:
            answer = None
            if not own_page or request.url == self._url:
                answer = await self._answer(Asked(request.url, request.method, request.post_data or ""))
            with suppress(Error):  # the page has gone on, or is closed
                if answer is None:
                    await route.abort("blockedbyclient")
                else:
                    await route.fulfill(status=answer.status, headers=answer.headers, body=answer.body)
        finally:
            self._open -= 1
            self._changed.set()

    async def look(self) -> tuple[str, int]:
        """Return (the page as HTML, what tells this state from others) once it is at rest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._rest()
        async with asyncio.timeout(PATIENCE):
            html = await self._page.content()
            shown = await self._page.evaluate(
                "() => document.body ? document.body.innerText + [...document.links].map((a) => a.href).join() : ''"
            )
        return html, hash(shown)

    async def turn(self) -> bool:
        """Turn to the next page; return False where there is none."""
        async with asyncio.timeout(PATIENCE):
            return bool(await self._page.evaluate(_TURN))

    async def _rest(self) -> None:
        await self._page.wait_for_load_state("domcontentloaded")
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(QUIET):
                    await self._changed.wait()
            except TimeoutError:
                if not self._open:
                    return


def installed() -> str | None:
    """Return the path of an installed Chromium, or None: then Playwright's own is taken, or Edge."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def at_hand() -> str:
    """Return the path of the browser that would be started; empty where there is none. Needs Playwright."""
    from playwright.sync_api import sync_playwright

    if found := installed():
        return found
    if sys.platform == "win32":
        folders = (os.environ.get(name) for name in ("ProgramFiles(x86)", "ProgramFiles", "LocalAppData"))
        places = [Path(folder) / "Microsoft/Edge/Application/msedge.exe" for folder in folders if folder]
    else:
        with sync_playwright() as playwright:
            places = [Path(playwright.chromium.executable_path)]
    return next((str(place) for place in places if place.exists()), "")
