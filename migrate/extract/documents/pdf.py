"""PDF (ISO 32000-1): the text of its pages, by pypdf, in a process of its own.

A document that makes the parser stall, eat memory or die does it there. What can't be searched is said: pictures of
text, and fonts that don't tell which characters they draw.
"""

import atexit
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from threading import Timer
from typing import IO, TYPE_CHECKING

from migrate import children
from migrate.extract.documents.types import Piece, Unread

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

PATIENCE = 120.0
"""Seconds for one document; fifty pages that place each character by itself take a tenth of that."""

MAX_TEXT = 10_000_000
"""Characters that are read of one document."""

MAX_STREAM = 20_000_000
"""Bytes that one stream may unpack to; a page of text has some thousands."""

MAX_PAGES = 10_000
_MAX_MEMORY = 1_500_000_000
_SHORT = 11
"""Characters of the shortest number that anybody looks for."""
_WRAPPED = re.compile(r"(?<![0-9A-Za-z.-])(\d{1,18}) ?\n ?(\d{1,18}[Xx]?)(?![0-9A-Za-z.-])")
_LONG = range(16, 20)
"""Characters of the numbers that have a check digit: others would be made of any two numbers below each other."""
_LENGTH = 8

_idle: list[subprocess.Popen[bytes]] = []
"""The process that read the last document, for the next one: to start it takes longer than to read most."""


def pages(payload: bytes) -> Iterator[Piece]:
    """Yield the text of the pages, each as soon as it is read.

    Raises Unread where the document is locked, broken or too large, or shows text that can't be read: then after the
    pages that can.
    """
    process = _reader()
    watch = Timer(PATIENCE, process.kill)
    watch.start()
    why = None
    try:
        for place, text in _ask(process, payload):
            if place:
                yield Piece(place, text)
            else:
                why = text
    finally:
        watch.cancel()
        if why is None:  # it has more to say, or died of this
            _end(process)
        else:
            _idle.append(process)
    if why is None:
        raise Unread("too large")
    if why:
        raise Unread(why)


def _ask(process: "subprocess.Popen[bytes]", payload: bytes) -> Iterator[tuple[str, str]]:
    """Yield what the process answers, up to its last word or its end."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(OSError):  # it died: the answer ends at once
        process.stdin.write(len(payload).to_bytes(_LENGTH, "big"))
        process.stdin.write(payload)
        process.stdin.flush()
    for line in process.stdout:
        place, text = json.loads(line)
        yield place, text
        if not place:
            return


def _reader() -> "subprocess.Popen[bytes]":
    """Return a process that reads. Raises Unread where none can be started."""
    while _idle:
        process = _idle.pop()
        if process.poll() is None:
            return process
        _end(process)
    try:
        return subprocess.Popen(  # noqa: S603 (our own)
            children.command(__name__),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=children.environment(),
        )  # fmt: skip
    except OSError as error:
        raise Unread("pdf") from error


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


@atexit.register
def _end_idle() -> None:
    while _idle:
        _end(_idle.pop())


def main() -> None:
    """Read documents from standard input, each behind its length, until there are no more.

    Writes a line of JSON for each page, [place, text], and after the last ["", why not all was read].
    """
    from pypdf import overwrite_configuration

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks, and no document is to blame
    _limit_memory()
    overwrite_configuration(
        maximum_declared_stream_length=MAX_STREAM,
        array_based_stream_maximum_output_length=MAX_STREAM,
        zlib_maximum_output_length=MAX_STREAM,
        lzw_maximum_output_length=MAX_STREAM,
        run_length_maximum_output_length=MAX_STREAM,
        brotli_maximum_output_length=MAX_STREAM,
        page_tree_maximum_entries=MAX_PAGES,
        jbig2dec_binary=None,
    )
    while payload := _document(sys.stdin.buffer):
        for answer in read_pages(payload):
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def _document(stream: IO[bytes]) -> bytes:
    return stream.read(int.from_bytes(stream.read(_LENGTH), "big"))


def _limit_memory() -> None:
    """Let the system refuse more memory, where it can."""
    if sys.platform != "win32":
        import resource

        with suppress(OSError, ValueError):  # an administrator allows less
            resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))


def read_pages(payload: bytes) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of the pages, at last (nothing, why some weren't read; empty if all were)."""
    from pypdf import PdfReader

    reasons: list[str] = []
    try:
        yield from _texts(PdfReader(io.BytesIO(payload)), reasons)
    except Exception as error:  # damage makes pypdf raise whatever there is
        reasons.append(_why(error))
    yield "", reasons[0] if reasons else ""


def _texts(reader: "PdfReader", reasons: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of the pages; add to the reasons why some can't be searched. A damaged one hides no other."""
    left = MAX_TEXT
    seen = False
    for number, page in enumerate(reader.pages, 1):
        try:
            text = "\n".join([page.extract_text(), *_notes(page)])
            covered = len(text.strip()) < _SHORT and _has_pictures(page)
        except Exception as error:  # as above
            reasons.append(_why(error))
            continue
        left -= len(text)
        if left < 0:
            reasons.append("too large")
            return
        seen = seen or bool(text.strip())
        if covered:
            reasons.append("scan")
        elif _is_code(text):
            reasons.append("unmapped")
        yield f"page {number}", text
        yield from ((f"page {number}", wrapped) for wrapped in _wrapped(text))
    if not seen and not reasons:
        reasons.append("scan")


def _wrapped(text: str) -> Iterator[str]:
    """Yield the long numbers that begin at a line's end and go on in the next."""
    for found in _WRAPPED.finditer(text):
        if len(whole := found[1] + found[2]) in _LONG:
            yield whole


def _notes(page: "PageObject") -> Iterator[str]:
    """Yield what stands in notes and in the fields of a form."""
    for reference in page.annotations or ():
        note = reference.get_object()
        for key in ("/Contents", "/V"):
            if key in note and isinstance(value := note[key], str):
                yield value


def _has_pictures(page: "PageObject") -> bool:
    resources = page.get("/Resources")
    return resources is not None and "/XObject" in resources.get_object()


def _is_code(text: str) -> bool:
    """Say whether a text is numbers of glyphs rather than characters: its font is embedded without a map."""
    return sum((sign < " " and sign not in "\t\n\r\f") or sign == "\ufffd" for sign in text) >= _SHORT


def _why(error: Exception) -> str:
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

    if isinstance(error, (DependencyError, FileNotDecryptedError)):
        return "locked"
    return "too large" if isinstance(error, (LimitReachedError, MemoryError)) else "broken"
