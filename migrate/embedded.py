"""Files that pages carry inside themselves, as `data:` URLs (RFC 2397): pictures pasted from Word or WeChat.

Such a file is nobody's old address. It is called after the page that carries it, with a fragment that says its bytes:
`http://www.dahe.example.gov.cn/a.html#embedded-0f343b0931126a20.png`. A link that a page spells loses such a fragment
where it is read, so none can pretend to be one; and no server is ever asked for a fragment. The bytes stay where they
are, in the page's capture: whoever wants them reads the page again.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser

from migrate import magic
from migrate.encoding import decode
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.records import FileLink
from migrate.sanitise import flattened
from migrate.urls import UrlRules, canonical

MARK = "#embedded-"
SETS = ("srcset", "data-srcset")
"""Attributes that name one picture in several sizes."""
MOST = 10_000_000
"""Bytes of one such file: it was typed or pasted into a page of at most MAX_PAGE."""
_ADDRESS = re.compile(r"[^#]*#embedded-[0-9a-f]{16}\.[a-z0-9]+")
_IN_SET = re.compile(r"[\s,]*([^\s,]\S*)([^,]*)")
_DENSITY = re.compile(r"([\d.]{1,9})[wx]")
_DATA = re.compile(r"[\x00-\x20]*data:", re.IGNORECASE)
_BASE64 = re.compile(r";[ ]*base64[ ]*$", re.IGNORECASE)
_GAPS = dict.fromkeys(b"\t\n\x0c\r ")
_SPACER = 3
"""Pixels of width and height up to which a picture keeps a place for another, or for nothing."""
_LAST = {"image/png": b"IEND", "image/jpeg": b"\xff\xd9", "image/gif": b";"}
"""What stands in the last bytes of a whole picture."""
_TAIL = 1024


@dataclass(frozen=True, slots=True)
class Embedded:
    """One file that a page carries."""

    payload: bytes
    media_type: str
    """By its first bytes: what the page says of it is not believed."""
    ending: str
    digest: str
    """`sha256:<hex>` of the payload."""

    @property
    def name(self) -> str:
        """Return what it is called where nobody gave it a name."""
        return f"{MARK[1:]}{self.digest[7:23]}.{self.ending}"

    @property
    def is_picture(self) -> bool:
        """Say whether its bytes are a picture's."""
        return self.media_type.startswith("image/")

    @property
    def is_spacer(self) -> bool:
        """Say whether it is a picture that shows nothing: a single dot in the place of another, or of nothing."""
        if self.media_type == "image/png":
            size = self.payload[16:20], self.payload[20:24]
            return len(self.payload) >= 24 and all(int.from_bytes(side, "big") <= _SPACER for side in size)
        size = self.payload[6:8], self.payload[8:10]
        return self.media_type == "image/gif" and all(int.from_bytes(side, "little") <= _SPACER for side in size)

    @property
    def is_torn(self) -> bool:
        """Say whether it is a picture that breaks off before its end: old databases cut long articles."""
        return _LAST.get(self.media_type, b"") not in self.payload[-_TAIL:]

    def link(self, page: str, name: str) -> FileLink:
        """Return the file as a record says it; `page` is the canonical URL of the page under the cautious rules."""
        return FileLink(f"{page}#{self.name}", name, self.media_type, len(self.payload), self.digest)


def is_data(value: str) -> bool:
    """Say whether an attribute's value is a `data:` URL."""
    return _DATA.match(value) is not None


def of_srcset(value: str) -> list[str]:
    """Return the addresses in a `srcset`, the largest picture first (HTML, "parsing a srcset attribute")."""
    found: list[tuple[float, str]] = []
    place = 0
    while candidate := _IN_SET.match(value, place):
        url = candidate[1].rstrip(",")  # a comma right behind an address ends it; one inside belongs to it
        ended = url != candidate[1]
        size = None if ended else _DENSITY.search(candidate[2])
        found.append((float(size[1]) if size and size[1].count(".") < 2 and size[1] != "." else 1.0, url))
        place = candidate.end(1) if ended else candidate.end()
    return [url for _size, url in sorted(found, key=lambda one: -one[0])]


def is_embedded(url: str) -> bool:
    """Say whether an address is that of a file which a page carries."""
    return _ADDRESS.fullmatch(url) is not None


def apart(url: str) -> tuple[str, str]:
    """Return an address and its fragment, a place in what is there; that of a file in a page is part of its address."""
    address, _mark, fragment = (url, "", "") if is_embedded(url) else url.partition("#")
    return address, fragment


def page_of(url: str) -> str:
    """Return the page that carries a file."""
    return url.partition("#")[0]


def name_of(url: str) -> str:
    """Return what the file at such an address is called where nobody gave it a name."""
    return url.partition("#")[2]


def key_under(url: str, rules: UrlRules) -> str:
    """Return such an address as it is under a site's rules: only the site's hosts are folded, for the harvest's keys
    do no more. Raises ValueError where the page's address can't be canonical.
    """
    return f"{canonical(page_of(url), rules.cautious())}#{name_of(url)}"


def unpack(url: str) -> Embedded:
    """Return the file that a `data:` URL holds: in base64 or in escapes, and by its bytes a picture (never SVG, which
    may run scripts), a document, an archive, sound or film.

    Raises ShangyiError where it can't be read, or is nothing of that kind.
    """
    head, comma, data = _DATA.sub("", url, count=1).partition(",")
    data = data.partition("#")[0]
    if len(data) > 3 * MOST:
        raise _too_large()
    try:
        payload = _payload(data, in_base64=_BASE64.search(head) is not None) if comma else b""
    except (binascii.Error, ValueError):
        payload = b""
    if not payload:
        raise ShangyiError(
            _("What a page says to hold as a file can't be decoded."),
            _("Visitors never saw it. Ask the author, or remove the reference."),
        )
    if len(payload) > MOST:
        raise _too_large()
    media_type = magic.media_type(payload[:64])
    if not media_type:
        raise ShangyiError(
            _("A file that the page holds is by its bytes no picture and no document: {kind}").format(
                kind=_said(head) or "-"
            ),
            _("It was left out and stays in the archive. Look at the old page; put the file in by hand as PNG or PDF."),
        )
    digest = "sha256:" + hashlib.sha256(payload).hexdigest()
    return Embedded(payload, media_type, magic.ending(payload), digest)


def carried(body: bytes, content_type: str) -> dict[str, bytes]:
    """Return name → bytes of every file that a page carries; `content_type` is the header it was sent with."""
    tree = LexborHTMLParser(flattened(decode(body, content_type).text))
    found: dict[str, bytes] = {}
    for node in tree.css("*"):
        for name, written in node.attributes.items():
            for value in of_srcset(written or "") if name in SETS else [written]:
                if not value or not is_data(value):
                    continue
                try:
                    file = unpack(value)
                except ShangyiError:
                    continue  # extraction has told of it; no record names it
                found[file.name] = file.payload
    return found


def _payload(data: str, *, in_base64: bool) -> bytes:
    """Return what the part after the comma holds, read as browsers do (WHATWG: `data:` URL processor, forgiving
    base64). Raises binascii.Error, or ValueError for letters that neither way of writing has.
    """
    if not in_base64:
        return unquote_to_bytes(data.translate(dict.fromkeys(b"\t\n\r")))
    letters = unquote_to_bytes(data).decode("ascii").translate(_GAPS)
    if len(letters) % 4 == 0:
        letters = letters.removesuffix("=").removesuffix("=")
    return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)


def _said(head: str) -> str:
    """Return the media type that the page claims, as far as it may be shown."""
    return re.sub(r"[^\w/+.-]", "", head.partition(";")[0])[:60]


def _too_large() -> ShangyiError:
    return ShangyiError(
        _("A file that the page holds is larger than {n} MB.").format(n=MOST // 1_000_000),
        _("It was left out and stays in the archive. Look at the old page; put the file in by hand."),
    )
