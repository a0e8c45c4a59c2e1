"""The bytes of attachments and images: read from the archive, named, and looked at before the portal gets them."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from migrate import answers, magic
from migrate.archive.reading import PIECE, StoredFile, read_in_pieces
from migrate.embedded import is_embedded, name_of
from migrate.encoding import decode
from migrate.errors import ShangyiError
from migrate.filenames import office_type, sent_name
from migrate.i18n import _
from migrate.importer.carried import read_carried
from migrate.records import Entry, FileItem, Stored

ALLOWED = frozenset(
    "pdf ofd ceb doc docx dot wps wpt xls xlsx et csv ppt pptx pps ppsx dps rtf txt odt ods odp zip rar 7z gz tar "
    "jpg jpeg jpe jfif png gif bmp tif tiff webp ico mp3 wma wav m4a mp4 m4v mov wmv avi flv mpg mpeg rm rmvb webm "
    "ogg".split()
)
"""Extensions of the documents, archives, pictures, sound and film that the portal takes; and .svg, see `is_svg`."""
_HANDLERS = frozenset("asp aspx ashx asmx php php3 jsp jspx jhtml do action cgi pl htm html shtml xhtml".split())
"""Extensions of programs: they say nothing of what the program sends."""
_RUNS = (b"MZ", b"\x7fELF", b"#!")
_MAY_BE_MARKUP = re.compile(rb"[\s\xef\xbb\xbf]*+<|\xff\xfe|\xfe\xff|\s\0|\0[\s<]")
_BLANK = re.compile(rb"[\s\xef\xbb\xbf]*+")
_BEFORE_ROOT = re.compile(rb"<(?:(?P<comment>!--)|\?xml[^>]*+>)", re.IGNORECASE)
_COMMENT_ENDS = re.compile(rb"--!?>")
_ROOT = re.compile(rb"<(!doctype\s++(?:html|svg)|html|head|body|script|iframe|\?php|%|svg)", re.IGNORECASE)
_UNENDED = b"!--"
"""For a root: comments as far as one looks, or one of which it is not sure where it ends."""
_LOOKED_AT = 1 << 16
"""Bytes at most."""
_LONGEST_ROOT = 50
_FIRST_SIGNS = tuple(bytes([sign]) for sign in b"\t\n\x0b\x0c\r <")
_PAGE_ROOTS = (b"!doctype html", b"html", b"head", b"body", _UNENDED)
_RUNS_IN_PAGES = re.compile(
    rb"<(?:script|iframe|frameset|object|applet)\b|javascript\s*:|<[a-z][^<>]{0,400}?[\s/\"']on[a-z]{3,20}\s*=",
    re.IGNORECASE,
)
_OVERLAP = 500
_LEAST = 10
"""Characters that a document shows; less is what a server says of an error."""


def read_file(entry: Entry, folder: Path) -> FileItem | Stored:
    """Return a file with its bytes; where it is `refused`, or its bytes can't be had (`failed`), the reason.

    May be called from several threads at once.
    """
    if is_embedded(entry.key):
        return _carried_file(entry, folder)
    try:
        answer = read_in_pieces(folder, entry.warc_file, entry.warc_offset)
        name = file_name(entry, answer)
        if is_document_in_html(name, entry.media_type, answer.head):
            why = _said_instead(answer.head) or _could_run(answer)
        else:
            why = refusal(name, answer.head)
    except (OSError, ShangyiError) as error:
        return Stored(entry.key, "failed", str(error))
    if why:
        return _refused(entry, sent_name(answer.headers.get("Content-Disposition")) or name, why)
    return FileItem(replace(entry, name=name), answer.pieces)


def _refused(entry: Entry, name: str, why: str) -> Stored:
    """Say what is refused by the name that readers know: an address of a handler tells nobody which file it is."""
    return Stored(entry.key, "refused", _("The file “{name}”: {reason}").format(name=name, reason=why))


def _carried_file(entry: Entry, folder: Path) -> FileItem | Stored:
    try:
        payload = read_carried(folder, entry.warc_file, entry.warc_offset).get(name_of(entry.key))
    except (OSError, ShangyiError) as error:
        return Stored(entry.key, "failed", str(error))
    if payload is None:
        return Stored(
            entry.key, "failed", _("The page's newest capture does not hold this file. Map again: shangyi map")
        )
    why = refusal(entry.name, payload)
    return _refused(entry, entry.name, why) if why else FileItem(entry, lambda: (payload,))


def file_name(entry: Entry, answer: StoredFile) -> str:
    """Return what a file is called: as its server said, else its link or address; never by its handler's name.

    Raises ShangyiError where its bytes had to be asked and are torn.
    """
    disposition = answer.headers.get("Content-Disposition")
    address = unquote(urlsplit(entry.key).path.rsplit("/", 1)[-1])
    if is_svg(answer.head):
        named = sent_name(disposition) or entry.name or address
        return f"{named.rpartition('.')[0] or named or 'file'}.svg"
    for name in (sent_name(disposition), entry.name, address):
        if extension(name) in ALLOWED:
            return name
    stem, ending = address.rpartition(".")[0] or address, extension(address)
    kind = magic.ending_of(answer.pieces())
    if kind and (not ending or ending in _HANDLERS):
        titled = entry.name if entry.name and not extension(entry.name) else stem
        return f"{titled or 'file'}.{kind}"
    return entry.name or address


def extension(name: str) -> str:
    """Return a file name's extension, lower case; empty where it has none."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


def is_svg(head: bytes) -> bool:
    """Say by its first bytes whether a file is a drawing in SVG. It may hold scripts: the portal takes it as a file to
    download, under a name that says so, and never shows it.
    """
    return _root(head).endswith(b"svg")


def is_document_in_html(name: str, media_type: str, head: bytes) -> bool:
    """Say whether a file that begins so is an office document in HTML, as old systems export it, and meant as one.

    The portal has documents downloaded under their names, never shown: Word or Excel opens it, not the browser.
    """
    if not office_type(name) or not media_type.startswith("application/") or "html" in media_type:
        return False
    return _root(head) in _PAGE_ROOTS


def _root(head: bytes) -> bytes:
    """Return what markup that begins so holds behind its comments, in lower case (`html`, `!doctype html`, `svg`, …);
    empty for every other file.
    """
    if not _MAY_BE_MARKUP.match(head):
        return b""
    text = b"".join(_narrow([head[:_LOOKED_AT]], _wide(head)))
    is_cut = len(head) > _LOOKED_AT
    place = begun = _after_blank(text, 0)
    while found := _BEFORE_ROOT.match(text, place):
        end: re.Match[bytes] | None = found
        if found["comment"]:
            end = _COMMENT_ENDS.search(text, found.end() - len("--"))  # <!--> is a whole one
        if end is None:
            return _UNENDED if is_cut else b""
        if found["comment"] and (end.start() < found.end() or b"!" in end[0]):
            return _UNENDED  # some programs read on to the next -->
        place = _after_blank(text, end.end())
    if is_cut and begun < place and len(text) - place < _LONGEST_ROOT:
        return _UNENDED
    root = _ROOT.match(text, place)
    return b" ".join(root[1].lower().split()) if root else b""


def _after_blank(text: bytes, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


def _wide(head: bytes) -> str:
    """Return in which order a file that begins so has the two bytes of UTF-16; empty where it is no such text."""
    first, second = head[:1], head[1:2]
    if head.startswith(codecs.BOM_UTF16_LE) or (second == b"\0" and first in _FIRST_SIGNS):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE) or (first == b"\0" and second in _FIRST_SIGNS):
        return "utf-16-be"
    return ""


def _narrow(pieces: Iterable[bytes], wide: str) -> Iterator[bytes]:
    """Yield the pieces of a text so that ASCII in it stands in single bytes."""
    decoder = codecs.getincrementaldecoder(wide)("replace") if wide else None
    for piece in pieces:
        for start in range(0, len(piece), PIECE):
            some = piece[start : start + PIECE]
            yield decoder.decode(some).encode() if decoder else some


def _said_instead(head: bytes) -> str:
    """Return why a document in HTML that begins so isn't taken, empty where it says something of its own."""
    source = decode(head).text[: answers.MAX_SOURCE]
    page = answers.shown(source)
    if len(page.plain) + page.linked >= _LEAST and answers.recognise(source) is None:
        return ""
    return _("The old server sent a web page instead of the file.")


def _could_run(answer: StoredFile) -> str:
    """Return why a document in HTML isn't taken, empty where it holds nothing that a browser would run."""
    wide = _wide(answer.head)
    if _runs(_narrow(answer.pieces(), "")) or (wide and _runs(_narrow(answer.pieces(), wide))):
        return _("It is a web page with scripts under the name of a document: ask the old office for the document.")
    return ""


def _runs(pieces: Iterable[bytes]) -> bool:
    before = b""
    for piece in pieces:
        if _RUNS_IN_PAGES.search(before + piece):
            return True
        before = piece[-_OVERLAP:]
    return False


def refusal(name: str, head: bytes) -> str:
    """Return why the portal doesn't take a file that begins so, empty if it does.

    What a browser or computer would run is refused.
    """
    if not head:
        return _("The file is empty.")
    if head.startswith(_RUNS):
        return _("A file of this kind is not published: it could run in a visitor's browser or computer.")
    if is_svg(head) and extension(name) == "svg":
        return ""
    if _root(head):
        return _("The old server sent a web page instead of the file.")
    if extension(name) not in ALLOWED:
        return _("A file of this kind is not published: it could run in a visitor's browser or computer.")
    return ""
