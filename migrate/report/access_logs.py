"""Access logs of the old server → hits per old address: which addresses people really ask for.

Read are nginx's and Apache's common and combined logs (with a virtual host before them or fields behind) and the W3C
extended log of IIS, plain or gzipped, whatever the file is called. Lines stream by; what was counted lies in a
database on disk, so that neither a long log nor a log of a million different addresses takes memory. Lines are written
by visitors: nothing in them is believed, and a line that can't be read is counted as such.
"""

import gzip
import hashlib
import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_from_bytes

from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.noise import is_noise, is_robot
from migrate.urls import UrlRules, canonical, host_of

LONGEST_LINE = 65_536
"""Bytes of a line; servers stop at 8 to 16 KB of address, and log two more of referrer and agent."""
_SPILL = 50_000
"""Addresses counted in memory before they go to disk."""
_READ = 1 << 20
_GZIP = b"\x1f\x8b"

_ANSWERED = frozenset((200, 206, 301, 302, 303, 304, 307, 308))
"""With these the old server gave something. What was dead there already is nobody's work here."""

_TEXT = rb'(?:[^"\\]|\\.)*'
_COMBINED = re.compile(
    rb"(?P<head>[^\[\"]{1,600})\[[^\]\"]{1,80}\] "
    rb'"(?P<request>' + _TEXT + rb')" (?P<status>\d{3}) \S+'
    rb'(?: "' + _TEXT + rb'" "(?P<agent>' + _TEXT + rb')")?'
)
_HOST = re.compile(rb"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*", re.IGNORECASE)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_KEPT = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


_is_robot = lru_cache(maxsize=4096)(is_robot)


class Request(NamedTuple):
    """One line of a log, as much of it as counts."""

    host: str
    """As the server noted it; empty where its log has no hosts."""
    method: str
    target: str
    """Path and query, ASCII: what is none is escaped byte by byte."""
    status: int
    agent: str | None
    """None where the log has none."""


class LineParser:
    """Reads one log's lines, whichever format each is in; what `#Fields:` says holds until it says otherwise."""

    def __init__(self) -> None:
        self._fields: list[bytes] = []

    def parse(self, line: bytes) -> Request | None:
        """Return what a line says; None for a directive. Raises ValueError for a line that is no request."""
        if line.startswith(b"#"):
            name, _colon, rest = line.partition(b":")
            if name == b"#Fields":
                self._fields = rest.split()[:100]
            return None
        found = _COMBINED.match(line)
        if found is not None:
            return _combined(found)
        if self._fields:
            return self._w3c(line.split())
        raise ValueError("neither combined nor W3C")

    def _w3c(self, values: list[bytes]) -> Request:
        if len(values) != len(self._fields):
            raise ValueError("not as many fields as #Fields has")
        row = dict(zip(self._fields, values, strict=True))
        stem, query, agent = row[b"cs-uri-stem"], row.get(b"cs-uri-query", b"-"), row.get(b"cs(User-Agent)")
        target = stem.replace(b"+", b"%20") + (b"?" + query if query != b"-" else b"")  # IIS writes blanks as +
        return Request(
            host=_ascii(row.get(b"cs-host", b"")).strip("-"),
            method=_ascii(row.get(b"cs-method", b"GET")),
            target=_ascii(target),
            status=int(row[b"sc-status"]),
            agent=None if agent is None else agent.replace(b"+", b" ").decode("utf-8", "replace"),
        )


def _combined(found: re.Match[bytes]) -> Request:
    method, _blank, rest = _unescaped(found["request"]).partition(b" ")
    target, blank, protocol = rest.rpartition(b" ")
    if not blank or not protocol.startswith(b"HTTP/"):
        target = rest  # HTTP/0.9, or somebody's attempt at a request
    agent = found["agent"]
    return Request(
        host=_virtual_host(found["head"].split()),
        method=_ascii(method),
        target=_ascii(target),
        status=int(found["status"]),
        agent=None if agent is None else agent.decode("utf-8", "replace"),
    )


def _virtual_host(head: list[bytes]) -> str:
    """Return the host that stands before the visitor's address (Apache's vhost_combined); empty without one."""
    if len(head) < 4:
        return ""
    name = head[0].rpartition(b":")[0] or head[0]
    return name.decode("ascii", "replace") if _HOST.fullmatch(name) else ""


def _unescaped(text: bytes) -> bytes:
    """Undo what servers do to bytes that would break a log's lines: `\\xB4`, `\\"`, `\\\\`."""
    if b"\\" not in text:
        return text
    return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]) if escape[1] else escape[2], text)


def _ascii(text: bytes) -> str:
    return quote_from_bytes(text, safe=_KEPT)


@dataclass(slots=True)
class LogCount:
    """What one log said. `lines` is all of them: those of `counts`, `hits` among them."""

    name: str
    digest: str
    """Of the text, unpacked."""
    size: int
    counts: dict[str, int]
    """`hits`, and what was left out by reason: robot, noise, failed, method, foreign, malformed, directive, again."""
    follows: str = ""
    """Digest of the earlier log that this one begins with: it has grown since, and only what is new counts."""
    torn: bool = False
    """The compressed file ends before its end; what came before it is counted."""


class Tally:
    """Hits per canonical URL, on disk beyond the first thousands."""

    def __init__(self) -> None:
        self._memory: Counter[str] = Counter()
        self._disk = sqlite3.connect("")  # a temporary file, gone with the connection
        self._disk.execute("CREATE TABLE hits (url TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")

    def add(self, url: str) -> None:
        """Count one hit."""
        self._memory[url] += 1
        if len(self._memory) >= _SPILL:
            self._spill()

    def add_all(self, other: "Tally") -> None:
        """Count what another tally has counted."""
        for url, hits in other:
            self._memory[url] += hits
            if len(self._memory) >= _SPILL:
                self._spill()

    def clear(self) -> None:
        """Forget all hits."""
        self._memory.clear()
        self._disk.execute("DELETE FROM hits")

    def _spill(self) -> None:
        self._disk.executemany(
            "INSERT INTO hits VALUES (?, ?) ON CONFLICT (url) DO UPDATE SET n = n + excluded.n", self._memory.items()
        )
        self._memory.clear()

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Yield (canonical URL, hits), the most wanted first."""
        self._spill()
        yield from self._disk.execute("SELECT url, n FROM hits ORDER BY n DESC, url")

    def close(self) -> None:
        """Give the disk back."""
        self._disk.close()


def count_log(path: Path, rules: UrlRules, seen: Mapping[int, str], tally: Tally) -> LogCount:
    """Add the hits of one log to `tally`; return what it said.

    `seen` are the logs counted earlier: size → digest. A log that begins with one of them counts from its end on, one
    that is one of them not at all. Raises ShangyiError where the file can't be read.
    """
    own = Tally()
    reader = _Reader(path.name, rules, seen, own)
    try:
        with _opened(path) as file:
            found = reader.read(file)
    except OSError as error:
        raise ShangyiError(
            _("{path} can't be read: {error}").format(path=path, error=error.strerror or error),
            _("Look at the path; a log is a file, plain or gzipped."),
        ) from error
    finally:
        if reader.complete:
            tally.add_all(own)
        own.close()
    return found


def _opened(path: Path) -> BufferedIOBase:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return gzip.open(path, "rb") if packed else path.open("rb")


@dataclass
class _Reader:
    """One log on its way through: its digest so far, its place, its counts."""

    name: str
    rules: UrlRules
    seen: Mapping[int, str]
    tally: Tally
    complete: bool = False
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _size: int = 0
    _counts: Counter[str] = field(default_factory=Counter)
    _follows: str = ""

    def __post_init__(self) -> None:
        self._parser = LineParser()
        self._key = lru_cache(maxsize=_SPILL)(self._canonical)

    def read(self, file: BufferedIOBase) -> LogCount:
        """Count all lines; a compressed file that is torn counts as far as it goes."""
        torn = False
        try:
            rest = self._read(file)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            rest, torn = b"", True
        if rest:
            self._count(rest)
        self.complete = True
        counts = {name: number for name, number in sorted(self._counts.items()) if number}
        return LogCount(self.name, self._digest(), self._size, counts, self._follows, torn)

    def _read(self, file: BufferedIOBase) -> bytes:
        """Count all lines but the last, if it has no end; return that."""
        rest, cut = b"", False
        while block := file.read1(self._room()):
            self._hash.update(block)
            self._size += len(block)
            if cut:  # inside the line that an earlier log ended with
                cut = b"\n" not in block
                block = block.partition(b"\n")[2]
            rest = self._lines(rest + block)
            if self.seen.get(self._size) == self._digest():
                rest, cut = self._forget(), cut or bool(rest)
        return rest

    def _room(self) -> int:
        """Return how much to read: never beyond the end of an earlier log that this one may begin with."""
        return min([_READ, *(end - self._size for end in self.seen if end > self._size)])

    def _digest(self) -> str:
        return "sha256:" + self._hash.hexdigest()

    def _forget(self) -> bytes:
        """All up to here was counted earlier, a line without its end as well."""
        again = sum(self._counts.values())
        self._follows = self._digest()
        self.tally.clear()
        self._counts.clear()
        self._counts["again"] = again
        return b""

    def _lines(self, data: bytes) -> bytes:
        """Count the whole lines of `data`; return what is left of the last one, nothing of one that has no end."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._count(line)
        return rest[: LONGEST_LINE + 1]

    def _count(self, line: bytes) -> None:
        self._counts[self._verdict(line.rstrip(b"\r"))] += 1

    def _verdict(self, line: bytes) -> str:
        """Count a line's hit and return `hits`; else return why it is none."""
        if not line.strip():
            return "directive"
        if len(line) > LONGEST_LINE:
            return "malformed"
        try:
            request = self._parser.parse(line)
        except (ValueError, KeyError):
            return "malformed"
        if request is None:
            return "directive"
        return self._left_out(request) or self._hit(request)

    def _left_out(self, request: Request) -> str:
        if request.method != "GET":
            return "method"
        if request.status not in _ANSWERED:
            return "failed"
        return "robot" if request.agent is not None and _is_robot(request.agent) else ""

    def _hit(self, request: Request) -> str:
        if request.host and not self.rules.owns(request.host):
            return "foreign"
        key = self._key(request.target)
        if key.startswith("http"):
            self.tally.add(key)
            return "hits"
        return key

    def _canonical(self, target: str) -> str:
        """Return the canonical URL of a request's target; noise, foreign or malformed for others."""
        if is_noise(target):
            return "noise"
        if target.startswith("/"):
            target = f"http://{self.rules.host}{target}"
        elif not target.startswith(("http://", "https://")):
            return "malformed"
        try:
            if not self.rules.owns(host_of(target)):
                return "foreign"
            return canonical(target, self.rules)
        except ValueError:
            return "malformed"


def count_logs(paths: Iterable[Path], rules: UrlRules, seen: Mapping[int, str], tally: Tally) -> Iterator[LogCount]:
    """Yield what each log said, one after the other; the same log twice among them counts once."""
    known = dict(seen)
    for path in paths:
        found = count_log(path, rules, known, tally)
        known[found.size] = found.digest
        yield found
