"""The bytes of attachments and images: read from the archive, named, and looked at before the portal gets them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from migrate.archive.reading import read_response
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.records import Entry, FileItem, Stored

ALLOWED = frozenset(
    "pdf ofd ceb doc docx dot wps wpt xls xlsx et csv ppt pptx pps ppsx dps rtf txt odt ods odp zip rar 7z gz tar "
    "jpg jpeg jpe jfif png gif bmp tif tiff webp ico mp3 wma wav m4a mp4 m4v mov wmv avi flv mpg mpeg rm rmvb webm "
    "ogg".split()
)
"""Extensions of the documents, archives, pictures, sound and film that the portal takes."""
_HANDLERS = frozenset("asp aspx ashx asmx php php3 jsp jspx jhtml do action cgi pl htm html shtml xhtml".split())
"""Extensions of programs: they say nothing of what the program sends."""
_TYPES = (
    (b"%PDF", "pdf"), (b"\x89PNG", "png"), (b"GIF8", "gif"), (b"\xff\xd8\xff", "jpg"), (b"BM", "bmp"), (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"), (b"{\\rtf", "rtf"), (b"ID3", "mp3"), (b"II*\x00", "tif"), (b"MM\x00*", "tif"),
)  # fmt: skip
_INSIDE = {
    b"\xd0\xcf\x11\xe0": (
        ("Workbook".encode("utf-16-le"), "xls"), ("PowerPoint".encode("utf-16-le"), "ppt"), (b"", "doc"),
    ),
    b"PK\x03\x04": ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"), (b"OFD.xml", "ofd"), (b"", "zip")),
}  # fmt: skip
_RUNS = (b"MZ", b"\x7fELF", b"#!")
_MARKUP = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    rb"<(?:!doctype (?:html|svg)|html|head|body|script|iframe|\?php|%|svg)",
    re.IGNORECASE | re.DOTALL,
)
_EXTENDED = re.compile(r"filename\*\s*=\s*\"?[\w.-]*'[^']*'([^;\"\s]+)", re.IGNORECASE)
_PLAIN = re.compile(r"filename\s*=\s*(?:\"([^\"]*)\"|([^;]*))", re.IGNORECASE)


def read_file(entry: Entry, folder: Path) -> FileItem | Stored:
    """Return a file with its bytes; where it is `refused`, or its bytes can't be had (`failed`), the reason."""
    try:
        answer = read_response(folder, entry.warc_file, entry.warc_offset)
    except (OSError, ShangyiError) as error:
        return Stored(entry.key, "failed", str(error))
    name = file_name(entry, answer.headers.get("Content-Disposition"), answer.body)
    refused = refusal(name, answer.body)
    return Stored(entry.key, "refused", refused) if refused else FileItem(replace(entry, name=name), answer.body)


def file_name(entry: Entry, disposition: str, payload: bytes) -> str:
    """Return what a file is called: as its server said, else its link or address; never by its handler's name.

    `disposition` is the header Content-Disposition (RFC 6266) as Latin-1.
    """
    address = unquote(urlsplit(entry.key).path.rsplit("/", 1)[-1])
    names = [*_names_sent(disposition), entry.name, address]
    for name in names:
        if extension(name) in ALLOWED:
            return name
    stem, ending = address.rpartition(".")[0] or address, extension(address)
    kind = sniff(payload)
    if kind and (not ending or ending in _HANDLERS):
        titled = entry.name if entry.name and not extension(entry.name) else stem
        return f"{titled or 'file'}.{kind}"
    return entry.name or address


def _names_sent(disposition: str) -> Iterator[str]:
    """Yield the file names of a header: RFC 5987 first, then plain ones, raw or escaped, in UTF-8 or GBK."""
    header = _decoded(disposition.encode("latin-1", "replace"))
    found = [match[1] for match in _EXTENDED.finditer(header)]
    found += [match[1] or match[2] or "" for match in _PLAIN.finditer(header)]
    for name in found:
        text = _decoded(unquote_to_bytes(name)) if "%" in name else name
        yield re.split(r"[/\\]", text.strip())[-1]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def extension(name: str) -> str:
    """Return a file name's extension, lower case; empty where it has none."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


def sniff(payload: bytes) -> str:
    """Return the extension that the bytes speak for, or nothing."""
    for magic, inside in _INSIDE.items():
        if payload.startswith(magic):
            return next(kind for mark, kind in inside if mark in payload)
    if payload[4:8] == b"ftyp":
        return "mp4"
    return next((kind for magic, kind in _TYPES if payload.startswith(magic)), "")


def refusal(name: str, payload: bytes) -> str:
    """Return why the portal doesn't take a file, empty if it does. What a browser or computer would run is refused."""
    if not payload:
        return _("The file is empty.")
    if payload.startswith(_RUNS):
        return _("A file of this kind is not published: it could run in a visitor's browser or computer.")
    if _MARKUP.match(payload[:2048]):
        return _("The old server sent a web page instead of the file.")
    if extension(name) not in ALLOWED:
        return _("A file of this kind is not published: it could run in a visitor's browser or computer.")
    return ""
