"""What is odd about an answer that is taken all the same: for people to look at."""

from collections.abc import Iterator
from typing import NamedTuple

from migrate.harvest.content import BROKEN_OFF, ENDS
from migrate.harvest.reading import MAX_TARGETS, Reading
from migrate.http import MAX_PAGE, Response
from migrate.http.content import CHECKSUM, LOST, UNLABELLED, UNPACKED
from migrate.i18n import _
from migrate.records import Level


class Oddity(NamedTuple):
    """A finding without the room's name and the page's address."""

    level: Level
    name: str
    message: str
    hint: str = ""


def oddities(response: Response, reading: Reading) -> Iterator[Oddity]:
    """Yield what a person should know of an answer with status 200."""
    if not reading.size:
        hint = _("Look at it in a browser; if it is empty there too, nothing is lost.")
        yield Oddity(Level.WARNING, "empty", _("The old site answers with an empty page."), hint)
    if reading.kind and reading.size > MAX_PAGE:
        yield Oddity(
            Level.WARNING,
            "too-large-page",
            _("Larger than {n} MB once unpacked: links were looked for in the first {n} MB only.").format(
                n=MAX_PAGE // 1_000_000
            ),
            _("It is archived whole. Look at it by hand."),
        )
    if reading.crowded:
        yield Oddity(
            Level.WARNING,
            "too-large-page",
            _("It names more than {n} addresses: those behind them were not followed.").format(n=MAX_TARGETS),
            _("It is archived whole. Look at it by hand."),
        )
    if reading.damaged and not response.error and reading.content.fault not in LOST:
        yield Oddity(
            Level.WARNING if reading.damaged >= 10 else Level.NOTE,
            "mojibake",
            _("{n} characters can't be read as {encoding}.").format(
                n=reading.damaged, encoding=reading.encoding.partition(" ")[0]
            ),
            _("Look at the page in a browser; if it is unreadable there too, nothing more can be saved."),
        )
    if reading.garbled:
        yield Oddity(
            Level.WARNING,
            "mojibake",
            _("The page's text is itself garbled, for example “{sample}”: it was stored so.").format(
                sample=reading.garbled
            ),
            _("Look for the text elsewhere: in the paper that it was taken from, in a backup of the database."),
        )
    if reading.stuck:
        yield Oddity(
            Level.WARNING,
            "list-stuck",
            _("The list says that it has {n} pages, but nothing was found that leads to the others.").format(
                n=reading.stuck
            ),
            _("Turn a page in a browser. If its script asks for the next one, harvest again with --browser all."),
        )
    yield from _transfer(response, reading)


def _transfer(response: Response, reading: Reading) -> Iterator[Oddity]:
    """Yield how the server lied about the answer's coding and length."""
    fault, marks = reading.content.fault, reading.content.marks
    if fault and fault not in LOST:
        words = {
            CHECKSUM: _("The check value of its gzip is wrong; it seems to be whole."),
            UNPACKED: _("The server says that it packed the page, but it did not."),
            UNLABELLED: _("The page is packed without the server saying so, or more often than it says."),
        }
        yield Oddity(Level.NOTE, "content-coding", words[fault], _("It was read all the same."))
    if response.error == "truncated" and ENDS in marks:
        yield Oddity(
            Level.NOTE,
            "content-length",
            _("The server announced more bytes than it sent, but the page ends as pages do."),
            _("It was taken as whole."),
        )
    if BROKEN_OFF in marks and not response.error and fault not in LOST:
        yield Oddity(
            Level.WARNING,
            "broken-off",
            _("The page breaks off in the middle: the server announced fewer bytes than it has."),
            _("Browsers show no more of it. Ask whoever runs the server for the rest."),
        )
