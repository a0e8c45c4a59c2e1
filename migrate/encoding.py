"""Bytes of a legacy page → text. BOM, what the bytes are, HTTP header, META and detection are weighed, in this order.

gb2312 and gbk always decode as gb18030, of which they are subsets. A page that declares one thing and is another is
still read: what the bytes are outweighs what anybody says of them. In doubt a Chinese site is Chinese: a short GBK
title looks Greek to a detector.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

_GB = "gb18030"
_UTF8 = "utf-8"
_WESTERN = "cp1252"
_BIG5 = "big5hkscs"
_WIDE = frozenset({_GB, _BIG5, "shift_jis", "euc_jp", "euc_kr"})
_BOMS = (
    (codecs.BOM_UTF8, _UTF8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", _GB),
)
_HEAD = 4096
"""Bytes in which a page may declare its encoding. Browsers look at 1024; old pages begin with long comments."""
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,24})", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']\s*([\w.:-]{2,24})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,24})", re.IGNORECASE)
_GB_LABELS = ("gb", "csgb", "xgb", "cngb", "chinese", "cp936", "ms936", "windows936", "euccn", "isoir58")
_UTF8_LABELS = ("utf", "uft", "ut8", "unicode", "ucs2")
"""A label that can be read byte by byte doesn't stand in UTF-16 (HTML, prescan); UTF-7 would be an attack."""

_HIGH = re.compile(rb"[\x80-\xff]+")
_UTF8_RUN = re.compile(rb"(?:[\xe3-\xe9\xef][\x80-\xbf]{2}){2}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+")
_PIECES = re.compile(rb"(?=[<\n])")
_CUT_OFF = ("incomplete", "unexpected end", "truncated")
"""How Python's decoders call a character whose end is missing."""

SAMPLE = 60
"""Words, or runs of bytes above ASCII, by which a decoding is judged."""
LIKELY = 0.6
"""Share of usual letters: Chinese text has over nine in ten, what was read wrongly less than half."""

_SIGNS = frozenset("©®°·×±«»§¶µ²³½÷\xa0éèüöä")
"""Signs that stand alone in a page: two bytes of UTF-8, or one Chinese character."""
_MISREAD = "锛銆鐨鏄鍏鍙"
"""What ，。的是关可 begin with when their UTF-8 is read as GBK; no Chinese text needs these characters."""

_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_HALVES = "\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€"
_MARKS = _MISREAD + "锟烫ïÃâåæçÖµ£\ufffd"
_GARBLED = re.compile(
    f"锟斤|斤拷|烫烫烫|\ufffd|[{_MISREAD}].{{0,40}}?[{_MISREAD}]"
    f"|ï»¿|â€[œ\u009d™˜]|(?:[ÃÂâ][{_HALVES}]){{2}}|(?:[ä-é][{_HALVES}]{{2}}){{2}}"
    "|(?:[\u00b0-\u00f7][\u00a1-\u00fe]){4}",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding it was read with, and on what evidence.

    Evidence: `bom`; `utf-8` (valid, whatever it declares); `header`, `xml`, `meta` (declared, and it fits); `ascii`
    (nothing declared, nothing needed); `zeros` (UTF-16 by its zero bytes); `mixed` (pieces of it were read as UTF-8
    or GB 18030 instead); `detected`.
    """

    text: str
    encoding: str
    evidence: str
    damaged: int
    """Characters that could not be read (U+FFFD). One cut off at the very end is none."""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Return the page's text; never raises. `content_type` is the HTTP header as sent."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            body = body[len(bom) :]
            if name != _UTF8 or _strict(body, name) is not None:
                return _read(body, name, "bom")
    if wide := _by_zeros(body):
        return _read(body, wide, "zeros")
    if body.isascii():
        name, evidence = next(_declared(body, content_type), (_UTF8, "ascii"))
        return Decoded(body.decode("ascii"), name, evidence, 0)
    text = _strict(body, _UTF8)
    if text is None or (len(body) - len(text) < 40 and _rather_chinese(body, text, content_type)):
        return _legacy(body, content_type)
    return Decoded(text, _UTF8, "utf-8", 0)


def garbled(text: str) -> str:
    """Return a sample of mojibake that was saved with a page's text, which no choice of encoding mends; or empty.

    What was read in a wrong encoding and stored again: 锟斤拷 (UTF-8 that was lost in GBK), ï»¿ and Ã¤ (UTF-8 as
    Latin-1), 鏄 (UTF-8 as GBK), ÖÐ¹ú (GBK as Latin-1), U+FFFD. Only what a reader sees: names of fonts often are.
    """
    if not any(mark in text for mark in _MARKS):
        return ""
    seen = _UNSEEN.sub(" ", text)
    found = _GARBLED.search(seen)
    return " ".join(seen[max(0, found.start() - 6) : found.end() + 12].split()) if found else ""


def _legacy(body: bytes, content_type: str) -> Decoded:
    """Decode what isn't valid UTF-8: as declared, if that fits, else as what suits the bytes best."""
    declared = list(_declared(body, content_type))
    for name, evidence in (*declared, (_GB, "detected")):
        if name not in (_UTF8, _WESTERN) and (text := _strict(body, name)) is not None and _is_usual(text, name):
            return Decoded(text, name, evidence, 0)  # nearly all pages
    guess = _name(detect_encoding(body)) or _GB
    if guess not in _WIDE and _is_western(body):
        return _read(body, _WESTERN, next((evidence for name, evidence in declared if name == _WESTERN), "detected"))
    tried: dict[str, Decoded] = {}
    for name, evidence in (*declared, (_UTF8, "detected"), (_GB, "detected"), (guess, "detected")):
        if name not in tried and name != _WESTERN and (name != _UTF8 or _UTF8_RUN.search(body)):
            tried[name] = _read(body, name, evidence)
    best = max(tried.values(), key=_score)
    return _mixed(body, best) if best.damaged or _has_misread(best.text) else best


def _score(decoded: Decoded) -> float:
    """Return how much a text looks like one: the share of usual letters, less that of damage."""
    return _usual(decoded.text, decoded.encoding) - 2 * decoded.damaged / (len(_NOT_ASCII.findall(decoded.text)) or 1)


def _mixed(body: bytes, whole: Decoded) -> Decoded:
    """Read each piece between tags as UTF-8 or GB 18030, whichever it is, and what is neither as the page.

    Files of another encoding are included into pages, and programs cut titles in the middle of a character.
    """
    texts = []
    foreign = damaged = 0
    for piece in _PIECES.split(body):
        found = Decoded(piece.decode("ascii"), "", "", 0) if piece.isascii() else _piece(piece, whole.encoding)
        foreign += found.encoding not in ("", whole.encoding)
        damaged += found.damaged
        texts.append(found.text)
    if not foreign:
        return whole
    return Decoded("".join(texts), whole.encoding, "mixed", damaged)


def _piece(piece: bytes, usual: str) -> Decoded:
    for name in (_UTF8, _GB):
        try:
            text = piece.decode(name)
        except UnicodeDecodeError:
            continue
        if name == usual or (_WORDS.search(text) and _usual(text, name) > LIKELY):
            return Decoded(text, name, "", 0)
    text = piece.decode(usual, "replace")
    return Decoded(text, usual, "", text.count("\ufffd"))


def _with_euro(error: UnicodeError) -> tuple[str, int]:
    """Read the lone byte 0x80 as code page 936 and browsers do; Python's decoder doesn't know it."""
    assert isinstance(error, UnicodeDecodeError)
    return ("€" if error.object[error.start] == 0x80 else "\ufffd"), error.end


codecs.register_error("shangyi.gb", _with_euro)


def _read(body: bytes, name: str, evidence: str) -> Decoded:
    text = codecs.getincrementaldecoder(name)("shangyi.gb" if name == _GB else "replace").decode(body)
    return Decoded(text, name, evidence, text.count("\ufffd"))


def _strict(body: bytes, name: str) -> str | None:
    """Return the text if all of it can be read, but for a character that is cut off at the end; else None."""
    if name == _GB:
        with suppress(UnicodeDecodeError):
            return body.decode("gbk")  # nearly always enough; it reads the same, and faster
    try:
        return body.decode(name)
    except UnicodeDecodeError as error:
        return body[: error.start].decode(name) if error.reason.startswith(_CUT_OFF) else None


def _by_zeros(body: bytes) -> str:
    """Return which UTF-16 a body without BOM is, or empty: of its tags every other byte is zero."""
    head = body[:2000]
    if b"\x00" not in head:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) * 20 > max(even, odd) or max(even, odd) * 10 < len(head):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _rather_chinese(body: bytes, text: str, content_type: str) -> bool:
    """Say whether a few bytes that happen to be valid UTF-8 are Chinese characters: 通知 is Hebrew and a macron."""
    high = set(_NOT_ASCII.findall(text))
    names = {name for name, _evidence in _declared(body, content_type)}
    if high <= _SIGNS or max(high) >= "\u0800" or (_GB not in names and (names or min(high) < "\u0180")):
        return False
    chinese = _strict(body, _GB)
    return chinese is not None and _usual(chinese, _GB) > LIKELY


def _is_western(body: bytes) -> bool:
    """Say whether most letters above ASCII stand alone between ASCII ones; Chinese bytes come in pairs."""
    runs = [len(run[0]) for run in islice(_HIGH.finditer(body), SAMPLE)]
    return 2 * runs.count(1) > len(runs)


def _is_usual(text: str, name: str) -> bool:
    """Say whether a text has enough letters to tell, and most of them are usual in its encoding."""
    letters = _letters(text)
    return len(letters) > 20 and _count(letters, name) > LIKELY * len(letters) and not _has_misread(text)


def _has_misread(text: str) -> bool:
    return sum(mark in text for mark in _MISREAD) > 1


def _usual(text: str, name: str) -> float:
    """Return the share of the letters in a text that texts in this encoding use, from 0 to 1; 0.5 without letters."""
    letters = _letters(text)
    return _count(letters, name) / len(letters) if letters else 0.5


def _count(letters: str, name: str) -> int:
    return sum(map(_usual_letters(name).__contains__, letters))


def _letters(text: str) -> str:
    return "".join(word[0] for word in islice(_WORDS.finditer(text), SAMPLE))


@cache
def _usual_letters(name: str) -> frozenset[str]:
    """Return the first level of GB 2312 and of Big5: the letters that each standard's makers found usual."""
    gb = ((lead, trail) for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF))
    big5 = ((lead, trail) for lead in range(0xA4, 0xC7) for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    ours = {
        _GB: [(_GB, gb)],
        _BIG5: [(_BIG5, big5)],
        _UTF8: [(_GB, gb), (_BIG5, big5)],
    }.get(name)
    if ours is None:  # Japanese, Korean …: by their own letters; the Chinese ones are everybody's
        return frozenset(map(chr, (*range(0x3040, 0x3100), *range(0xAC00, 0xD7A4))))
    return frozenset("".join(bytes(pair).decode(codec, "ignore") for codec, pairs in ours for pair in pairs))


def _declared(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    """Yield (encoding, who says so) of all labels that name one."""
    if (found := _HEADER.search(content_type)) and (name := _name(found[1])):
        yield name, "header"
    head = body[:_HEAD]
    for evidence, pattern in (("xml", _XML), ("meta", _META)):
        if (said := pattern.search(head)) and (name := _name(said[1].decode("latin-1"))):
            yield name, evidence


def _name(label: str | None) -> str:
    """Return Python's name of what browsers mean by a label, misspelt ones too; empty for an unknown one."""
    plain = re.sub(r"[^a-z0-9]", "", (label or "").lower())
    if plain.startswith(_GB_LABELS):
        return _GB
    if plain.startswith(_UTF8_LABELS):
        return _UTF8
    if "big5" in plain or plain.endswith("950"):
        return _BIG5
    # Nothing but what browsers know: Python's other codecs are no text, or slow by design.
    known = map_encoding_to_html5(label or "", fallback_utf8=False)
    try:
        return codecs.lookup(known).name if known else ""
    except LookupError:
        return ""
