"""The rule from a file's path to its address, and what of a folder is no part of a site.

Mirroring programs write addresses as file names: wget puts `?` (on Windows `@`) before the query and may add `.html`;
what a file system can't hold is escaped with %. File names are bytes: UTF-8 or GBK, both lead to the same URL.
"""

import re
from pathlib import PurePosixPath
from urllib.parse import quote_from_bytes

_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")
_PAGE = rb"\.(?:s?html?|aspx?|jspx?|php\d?|do|action|cgi|cfm|psp)"
_SCRIPT = rb"\.(?:aspx?|jspx?|php\d?|do|action|cgi|cfm|psp)"
_ANY = re.IGNORECASE | re.DOTALL
_QUERY = re.compile(rb"(?P<name>.*?)\?(?P<query>.*)|(?P<page>.+?" + _PAGE + rb")@(?P<rest>.*)", _ANY)
_ADDED = re.compile(rb"(.+?" + _SCRIPT + rb"(?:[?@].*)?|.+?\?.*)\.html", _ANY)
_SAFE = "!$&'()*+,;=:@/~-._%"

_HIDDEN = frozenset({"thumbs.db", "desktop.ini", "backblue.gif", "fade.gif", "cookies.txt"})
_SECRET = frozenset({
    ".accdb", ".asa", ".asax", ".ascx", ".bak", ".cfg", ".conf", ".config", ".cs", ".db", ".dll", ".env", ".inc",
    ".ini", ".java", ".key", ".ldb", ".ldf", ".log", ".mdb", ".mdf", ".old", ".pem", ".pfx", ".properties", ".sql",
    ".sqlite", ".swp", ".vb", ".war",
})  # fmt: skip
_SCRIPTS = frozenset({".asp", ".aspx", ".ashx", ".asmx", ".jsp", ".jspx", ".php", ".php3", ".php5", ".cgi", ".pl"})
_SOURCE = re.compile(rb"<%[@=!\s]|<\?php|<jsp:|runat=[\"']?server|^#!", re.IGNORECASE)


def path_of(relative: bytes, *, html: bool) -> str:
    """Return path and query of the address that a file below a site's root was saved from.

    `html`: its content is a page; to others no program adds `.html`.
    """
    folder, slash, name = relative.rpartition(b"/")
    if html and (added := _ADDED.fullmatch(name)):
        name = added[1]
    query = b""
    if found := _QUERY.fullmatch(name):
        name, query = found["name"] or found["page"] or b"", found["query"] or found["rest"] or b""
    path = "/" + _quoted(folder + slash + name)
    return f"{path}?{_quoted(query)}" if query else path


def literal_path(relative: bytes) -> str:
    """Return the path under which a file's name stands in links that a mirroring program wrote."""
    return "/" + quote_from_bytes(relative, safe=_SAFE.replace("%", ""))


def _quoted(text: bytes) -> str:
    return quote_from_bytes(_ESCAPE.sub(b"%25", text), safe=_SAFE)


def refusal(name: str, beginning: bytes) -> str:
    """Return why a file is no answer of the site: `hidden`, `secret`, `script`; empty if it is one."""
    lower = name.lower()
    suffix = PurePosixPath(re.split(r"[?@]", lower, maxsplit=1)[0]).suffix
    if lower.startswith((".", "hts-")) or lower in _HIDDEN:
        return "hidden"
    if suffix in _SECRET:
        return "secret"
    if suffix in _SCRIPTS and _SOURCE.search(beginning):
        return "script"  # what visitors got is what the server made of it, and it may hold passwords
    return ""
