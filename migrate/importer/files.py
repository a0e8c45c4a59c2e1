"""The bytes of attachments and images: read from the archive, and looked at before the portal gets them."""

import re
from pathlib import Path

from migrate.archive.reading import read_response
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.records import Entry, FileItem, Stored

_UNSAFE = frozenset(
    "exe dll bat cmd com scr msi vbs js hta ps1 sh jar php asp aspx jsp cgi htm html shtml xhtml svg swf".split()
)
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|script|\?php|svg)", re.IGNORECASE)


def read_file(entry: Entry, folder: Path) -> FileItem | Stored:
    """Return a file with its bytes; where it is `refused`, or its bytes can't be had (`failed`), the reason."""
    try:
        payload = read_response(folder, entry.warc_file, entry.warc_offset).body
    except (OSError, ShangyiError) as error:
        return Stored(entry.key, "failed", str(error))
    refused = refusal(entry.name, payload)
    return Stored(entry.key, "refused", refused) if refused else FileItem(entry, payload)


def refusal(name: str, payload: bytes) -> str:
    """Return why the portal doesn't take a file, empty if it does. What a browser or computer would run is refused."""
    if not payload:
        return _("The file is empty.")
    if payload[:2] == b"MZ" or name.rpartition(".")[2].lower() in _UNSAFE:
        return _("A file of this kind is not published: it could run in a visitor's browser or computer.")
    if _MARKUP.match(payload[:512]):
        return _("The old server sent a web page instead of the file.")
    return ""
