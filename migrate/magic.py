"""What a file is by its first bytes: servers and names lie, magic numbers don't."""

from collections.abc import Iterable

_TYPES = (
    (b"%PDF", "pdf", "application/pdf"),
    (b"\x89PNG", "png", "image/png"),
    (b"GIF8", "gif", "image/gif"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"Rar!", "rar", "application/vnd.rar"),
    (b"7z\xbc\xaf", "7z", "application/x-7z-compressed"),
    (b"{\\rtf", "rtf", "application/rtf"),
    (b"ID3", "mp3", "audio/mpeg"),
    (b"II*\x00", "tif", "image/tiff"),
    (b"MM\x00*", "tif", "image/tiff"),
    (b"\x00\x00\x01\x00", "ico", "image/x-icon"),
    (b"\xd0\xcf\x11\xe0", "doc", "application/x-ole-storage"),
    (b"PK\x03\x04", "zip", "application/zip"),
)
"""First bytes → ending, media type."""

_INSIDE = {
    "doc": (("Workbook".encode("utf-16-le"), "xls"), ("PowerPoint".encode("utf-16-le"), "ppt")),
    "zip": ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"), (b"OFD.xml", "ofd")),
}
"""What stands somewhere in a container, and the ending that it speaks for."""
_LONGEST = max(len(mark) for marks in _INSIDE.values() for mark, _ending in marks)


def ending(payload: bytes) -> str:
    """Return the ending that a file's bytes speak for, without a dot; empty where they say nothing."""
    return ending_of((payload,))


def ending_of(pieces: Iterable[bytes]) -> str:
    """As `ending`, of a file that is read in pieces."""
    rest = iter(pieces)
    piece = next(rest, b"")
    kind = _kind(piece)[0]
    marks = _INSIDE.get(kind, ())
    found = {better for mark, better in marks if mark in piece}
    for following in rest if marks else ():
        seam = piece[-_LONGEST:] + following[:_LONGEST]
        found |= {better for mark, better in marks if mark in seam or mark in following}
        piece = following
    return next((better for _mark, better in marks if better in found), kind)


def media_type(head: bytes) -> str:
    """Return the media type that a file's first bytes speak for; empty where they say nothing. Office files that
    Word made before 2007 are OLE storages, later ones zip archives.
    """
    return _kind(head)[1]


def _kind(head: bytes) -> tuple[str, str]:
    if head[4:8] == b"ftyp":
        return "mp4", "video/mp4"
    if head[:2] == b"BM" and head[6:10] == bytes(4):  # two letters alone may begin a text
        return "bmp", "image/bmp"
    if head[:4] == b"RIFF":
        return {b"WEBP": ("webp", "image/webp"), b"WAVE": ("wav", "audio/wav")}.get(head[8:12], ("avi", "video/avi"))
    return next(((kind, name) for magic, kind, name in _TYPES if head.startswith(magic)), ("", ""))
