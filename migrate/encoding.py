"""Bytes of a legacy page → text. BOM, strict UTF-8, HTTP header, META and detection are weighed.

gb2312 and gbk always decode as gb18030, of which they are subsets. A page that declares one thing and is another is
still read: what the bytes are outweighs what anybody says of them.
"""

import codecs
import re
from dataclasses import dataclass

from resiliparse.parse.encoding import detect_encoding

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_GB = {"gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk", "hz-gb-2312", "cp936", "windows-936"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding it was read with, and on what evidence: `bom`, `utf-8`, `header`, `meta`, `detected`."""

    text: str
    encoding: str
    evidence: str
    damaged: int
    """Characters that could not be read (U+FFFD)."""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Return the page's text; never raises. `content_type` is the HTTP header as sent."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return _read(body[len(bom) :], name, "bom")
    try:
        return Decoded(body.decode("utf-8"), "utf-8", "utf-8", 0)
    except UnicodeDecodeError:
        pass
    for evidence, name in (("header", _declared_header(content_type)), ("meta", _declared_meta(body))):
        if name and name != "utf-8" and not (result := _read(body, name, evidence)).damaged:
            return result
    return _read(body, _python_name(detect_encoding(body)) or "gb18030", "detected")


def _read(body: bytes, name: str, evidence: str) -> Decoded:
    text = body.decode(name, "replace")
    return Decoded(text, name, evidence, text.count("\ufffd"))


def _declared_header(content_type: str) -> str:
    found = _HEADER.search(content_type)
    return _python_name(found[1]) if found else ""


def _declared_meta(body: bytes) -> str:
    found = _META.search(body[:4096])
    return _python_name(found[1].decode("ascii")) if found else ""


def _python_name(label: str | None) -> str:
    """Return Python's name of an encoding label, gb18030 for all of GB; empty for an unknown one."""
    if not label:
        return ""
    if label.lower() in _GB:
        return "gb18030"
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    return "gb18030" if name in _GB else name
