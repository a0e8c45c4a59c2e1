"""The index of an archive, for programs that replay it: CDXJ lines under SURT keys, as pywb looks them up.

A line is `<key> <14-digit time> <JSON>`; the key is the address turned round (`cn,gov,example,dahe)/zwgk/1.html`), so
that all of a host stands together. The answer to a form is found under its address with the form's fields added
(Webrecorder, "CDXJ Format", "Request Body Canonicalization").
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_plus, unquote_to_bytes

from migrate.archive.stream import Damage, Record, records

MAX_FORM = 4096
"""Characters of a form that go into a key; pywb cuts there, too."""

_INDEXED = frozenset({"response", "revisit", "resource"})
_MAX_HTTP_HEAD = 1 << 18
_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_URL = re.compile(
    r"(https?)://(?:[^/?#@]*@)?([^/?#]*?)(?::(\d*))?(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
_PORTS = {"http": "80", "https": "443"}
_WWW = re.compile(r"www\d*\.")
_PATH_SESSION = re.compile(rb"/\((?:(?:[a-z]\([0-9a-z]{24}\))+|[0-9a-z]{24})\)/(?=[^?]+\.aspx)")
_QUERY_SESSION = re.compile(
    rb"(?:(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|cfid=[^&]+&cftoken=[^&]+)(?:&|$)",
    re.IGNORECASE,
)


def surt(url: str) -> str:
    """Return the SURT key of an http(s) address, as the library that pywb uses makes it; others stay as they are."""
    found = _URL.fullmatch("".join(url.split("\n")).replace("\t", "").replace("\r", "").strip())
    if found is None:
        return url
    scheme, host, port, path, query = found.groups(default="")
    host = _WWW.sub("", host.lower().replace("..", ".").strip("."), count=1)
    if not host.isascii():
        host = host.encode("idna").decode()
    key = ",".join(reversed(host.split(".")))
    if port and port != _PORTS[scheme.lower()]:
        key += f":{port}"
    key += ")" + _path_key(path)
    if query:
        key += _query_key(query)
    return key


def _path_key(path: str) -> str:
    kept: list[bytes] = []
    for piece in _unescaped(path).split(b"/")[1:]:
        if piece == b".." and kept:
            kept.pop()
        elif piece != b".":
            kept.append(piece)
    plain = b"/" + b"/".join([*filter(None, kept[:-1]), *kept[-1:]])
    lower = _PATH_SESSION.sub(b"/", _escaped(plain).lower().encode()).decode()
    return lower[:-1] if lower.endswith("/") and len(lower) > 1 else lower


def _query_key(query: str) -> str:
    plain = _QUERY_SESSION.sub(b"", _escaped(_unescaped(query)).encode()).lower()
    fields = sorted(tuple(field.split(b"=", 1)) for field in plain.split(b"&"))
    joined = b"&".join(b"=".join(field) for field in fields)
    return "?" + joined.decode() if joined else ""


def _unescaped(text: str) -> bytes:
    raw, last = unquote_to_bytes(text), b""
    while raw != last:
        raw, last = unquote_to_bytes(raw), raw
    return raw


def _escaped(raw: bytes) -> str:
    return quote_from_bytes(raw, safe=_SAFE)


def form_fields(content_type: str, body: bytes) -> str:
    """Return what a form adds to the key of its answer, as pywb has it; empty for none."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        try:
            return unquote_plus(body.decode("utf-8"))[:MAX_FORM]
        except UnicodeDecodeError:
            pass
    return f"__wb_post_data={b64encode(body).decode()}"[:MAX_FORM] if body else ""


def cdxj_lines(path: Path, damages: list[Damage]) -> Iterator[str]:
    """Yield the lines of one WARC file, in the order of its records; places that can't be read go into `damages`."""
    request: tuple[str, bytes] = "", b""
    with path.open("rb") as file:
        for record in records(file, damages.append):
            if record.kind == "request":
                request = record.fields.get("warc-concurrent-to", ""), _block(record)
                continue
            if record.kind not in _INDEXED:
                continue
            http = b"" if record.kind == "resource" else _http_head(record)
            if record.whole():
                mine = request[0] == record.fields.get("warc-record-id")
                yield _line(record, path.name, http, request[1] if mine else b"")


def _line(record: Record, name: str, http: bytes, request: bytes) -> str:
    fields = record.fields
    url = fields.get("warc-target-uri", "").strip("<>")
    status, media_type = _answer(http)
    entry = {
        "url": url,
        "mime": {"revisit": "warc/revisit", "resource": fields.get("content-type", "")}.get(record.kind, media_type),
        "status": status or ("200" if record.kind == "resource" else "-"),
        "digest": fields.get("warc-payload-digest") or f"sha256:{sha256(b'').hexdigest()}",
        "length": str(record.end - record.offset),
        "offset": str(record.offset),
        "filename": name,
    }
    key = surt(url)
    method = request[:8].partition(b" ")[0].decode("latin-1").upper()
    if method in ("POST", "PUT"):
        form = _form(request)
        key = surt(f"{url}{'&' if '?' in url else '?'}__wb_method={method}{'&' if form else ''}{form}")
        entry |= {"method": method, "requestBody": form}
    time = "".join(filter(str.isdigit, fields.get("warc-date", "")))[:14]
    return f"{key} {time} {json.dumps(entry)}\n"


def _form(request: bytes) -> str:
    head, _mark, body = request.partition(b"\r\n\r\n")
    return form_fields(_header(head, b"content-type"), body)


def _answer(head: bytes) -> tuple[str, str]:
    """Return (status, media type) of an HTTP answer."""
    parts = head.split(maxsplit=2)
    status = parts[1].decode("latin-1") if len(parts) > 1 else ""
    return status if len(status) == 3 and status.isdecimal() else "", _header(head, b"content-type").split(";")[
        0
    ].strip()


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(name + b":"):
            return line.partition(b":")[2].strip().decode("latin-1")
    return ""


def _http_head(record: Record) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _MAX_HTTP_HEAD and (more := record.read()):
        head += more
    return head.partition(b"\r\n\r\n")[0]


def _block(record: Record) -> bytes:
    """Return a request's block: what is larger than any form is cut."""
    block = b""
    while len(block) < _MAX_HTTP_HEAD and (more := record.read()):
        block += more
    return block
