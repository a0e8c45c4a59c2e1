"""Asks the portal for one address and reads what comes: all that a walk over links needs of it, wherever it is done."""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from migrate.check.gist import Gist, LinksOf, asks_first, gist
from migrate.check.portal import Answer, Portal
from migrate.filenames import is_file_address
from migrate.records import HTML_TYPES

_NO_PAGE = re.compile(
    r"\.(?:css|js|mjs|json|xml|png|jpe?g|gif|bmp|webp|svg|ico|tiff?|woff2?|ttf|eot|m3u8|webm|ogg|map)\Z", re.IGNORECASE
)
_HEAD_IS_ENOUGH = frozenset({200, 301, 302, 303, 307, 308})


class Found(NamedTuple):
    """What is at an address of the portal."""

    status: int
    error: str
    """Why no answer came (migrate.http)."""
    location: str
    """Absolute URL that the Location header means; empty without one."""
    media_type: str
    gist: Gist | None
    """What a page says; None for anything else."""
    prompts: bool
    """It is a script that asks before somebody leaves."""
    body: bytes = b""
    """Of a page, as it came."""
    content_type: str = ""
    """The header as sent."""


class Asker(NamedTuple):
    """Asks and reads, always in the same way."""

    portal: Portal
    read: Callable[[str], LinksOf]
    alike: bool
    """The likeness of pages is wanted, too."""

    async def ask(self, address: str, *, listed: bool) -> Found:
        """Return what is at an address; `listed` ones are known to be pages. Never raises for what servers do."""
        answer = await self._answer(address, listed=listed)
        there = answer.status == 200
        page = there and answer.body and answer.media_type in HTML_TYPES
        return Found(
            answer.status,
            answer.error,
            answer.location,
            answer.media_type,
            gist(self.read, answer.body, answer.content_type, alike=self.alike) if page else None,
            there and asks_first(_script(answer)),
            answer.body if page else b"",
            answer.content_type,
        )

    async def _answer(self, address: str, *, listed: bool) -> Answer:
        """Ask by HEAD where no page is to be read, and by GET where that fails: some servers answer HEAD wrongly."""
        if not listed and not urlsplit(address).path.endswith(".js") and is_no_page(address):  # a prompt may be in that
            answer = await self.portal.ask(address, "HEAD")
            if answer.status in _HEAD_IS_ENOUGH:
                return answer
        return await self.portal.ask(address)


def is_no_page(address: str) -> bool:
    """Say whether an address is called like something that has no links: a picture, a document."""
    return _NO_PAGE.search(urlsplit(address).path) is not None or is_file_address(address)


def _script(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace") if answer.media_type.endswith("javascript") else ""
