"""What is a file, by its address, and what its server calls it: Content-Disposition by RFC 6266 and as old servers do.

Real headers hold raw GBK, raw UTF-8, escapes of either, RFC 5987, RFC 2047, quotes and semicolons inside, whole paths.
"""

import re
import unicodedata
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

MAX_NAME = 150
"""Characters of a file name that are kept, its ending included; what is longer is a text, or an attack."""

ENDINGS = (
    "pdf|docx?|xlsx?|pptx?|wps|wpt|et|dps|ofd|ceb|cebx|rtf|txt|csv|zip|rar|7z|tar|gz|mp3|mp4|wmv|avi|flv|wma|wav|mov|"
    "swf|exe|apk|vsdx?|dwg|odt|ods|caj|epub"
)
"""Endings of files that pages offer for download, as a pattern."""

_OFFICE = {
    ending: name
    for name, endings in (
        ("application/msword", "doc dot wps wpt"),
        ("application/vnd.ms-excel", "xls xlt et"),
        ("application/vnd.ms-powerpoint", "ppt pps dps"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
        ("application/rtf", "rtf"),
    )
    for ending in endings.split()
}
"""Ending of an office document → its media type."""

_FILE = re.compile(rf"\.(?:{ENDINGS})$", re.IGNORECASE)
_NAMED = re.compile(rf"\.(?:{ENDINGS})(?![A-Za-z0-9])", re.IGNORECASE)
_HANDLER = re.compile(
    r"(?:download|downfile|down|getfile|openfile|fileview|attach(?:ment)?s?|showfile|readfile)\w*\.(?:jsp|aspx?|php|do|action|ashx)"
    r"|/module/download/|[?&](?:wbfileid|attachid|fileid)=|DownloadAttachUrl",
    re.IGNORECASE,
)
_IN_HANDLERS = ("down", "file", "attach")
"""One of them is in each of these."""
_MAX_HEADER = 4096
"""Characters of a header that are read."""

_EXTENDED = re.compile(r"filename\*\s*=\s*\"?([\w.-]*)'[^']*'([^;\"\s]+)", re.IGNORECASE)
_CONTINUED = re.compile(r"filename\*(\d{1,2})(\*?)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;\"\s]*))", re.IGNORECASE)
"""A piece of a name that is spread over several parameters (RFC 2231 §3): its number, whether it is escaped, itself."""
_QUOTED = re.compile(r"filename\s*=\s*\"(.*?)\"?\s*(?:$|;\s*[\w*-]+\s*=)", re.IGNORECASE)
_BARE = re.compile(r"filename\s*=\s*([^\"\s].*?)\s*(?:$|;\s*[\w*-]+\s*=|;\s*$)", re.IGNORECASE)
_WORDS = re.compile(r"=\?[\w-]+\?[bq]\?[^?]*\?=", re.IGNORECASE)
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_MAX_ENDING = 10


@lru_cache(maxsize=4096)  # menus are the same on every page of a site
def is_file_address(url: str) -> bool:
    """Say whether an address is a file's, by its ending or as a download handler."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return False
    if _FILE.search(unquote(path)):
        return True
    lower = url.lower()
    return any(word in lower for word in _IN_HANDLERS) and _HANDLER.search(url) is not None


def office_type(name: str) -> str:
    """Return the media type of an office document by the end of its name or path; empty for all else.

    Word and Excel save HTML under such names, and old systems export it so: a document all the same.
    """
    return _OFFICE.get(name.rpartition(".")[2].lower(), "")


def names_file(text: str) -> bool:
    """Say whether a file's name stands in a text: what a link says of a handler that has no ending."""
    return _NAMED.search(text) is not None


def sent_name(disposition: str) -> str:
    """Return the file's name in a Content-Disposition header (Latin-1 as HTTP has it); empty if there is none.

    RFC 5987 comes first. Never a path, never blank, no more than MAX_NAME characters, nothing that can't be seen.
    """
    header = decoded(disposition[:_MAX_HEADER].encode("latin-1", "replace"))
    return next(filter(None, map(safe_name, _names(header))), "")


def safe_name(name: str) -> str:
    """Return a name as a file may bear it: no path, nothing invisible, bounded with its ending kept; perhaps empty."""
    seen = "".join(letter for letter in name if unicodedata.category(letter) not in _UNSEEN)
    last = " ".join(re.split(r"[/\\]", seen)[-1].split()).strip(" .\"'")
    stem, dot, ending = last.rpartition(".")
    if len(last) <= MAX_NAME or not dot or len(ending) > _MAX_ENDING:
        return last[:MAX_NAME].strip(" .")
    return f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}"


def decoded(raw: bytes) -> str:
    """Return text in UTF-8, or else in GB 18030: what Chinese servers put into headers and addresses."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _names(header: str) -> Iterator[str]:
    for found in _EXTENDED.finditer(header):
        yield _extended(found[1], unquote_to_bytes(found[2]))
    yield _joined(header)
    for pattern in (_QUOTED, _BARE):
        for found in pattern.finditer(header):
            yield _plain(found[1])


def _joined(header: str) -> str:
    """Return the name that the pieces of a continued one make, whatever their order; empty where one is missing."""
    pieces = {int(number): (star, quoted or bare) for number, star, quoted, bare in _CONTINUED.findall(header)}
    if not pieces or max(pieces) >= len(pieces):
        return ""
    texts = [text if star else quote(re.sub(r"\\(.)", r"\1", text)) for _number, (star, text) in sorted(pieces.items())]
    charset = ""
    if pieces[0][0] and texts[0].count("'") > 1:
        charset, _language, texts[0] = texts[0].split("'", 2)
    return _extended(charset, unquote_to_bytes("".join(texts)))


def _extended(charset: str, raw: bytes) -> str:
    try:
        return raw.decode("gb18030" if charset.lower() in ("gbk", "gb2312") else charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decoded(raw)


def _plain(name: str) -> str:
    """Return a name that a plain parameter spells: encoded words, escapes, or as it stands."""
    name = name.replace('\\"', '"')
    if _WORDS.search(name):
        try:
            return "".join(_extended(charset or "", part) if isinstance(part, bytes) else part
                           for part, charset in decode_header(name))  # fmt: skip
        except (HeaderParseError, ValueError):
            return name
    if re.search(r"%[0-9a-f]{2}", name, re.IGNORECASE):
        # Java's URLEncoder writes blanks as +, and + as %2B.
        return decoded(unquote_to_bytes(name.replace("+", " ")))
    return name
