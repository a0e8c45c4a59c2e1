"""Word, PowerPoint and Excel since 2007 (ECMA-376): zip archives of XML, read as a stream and only so far."""

import io
import posixpath
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from migrate.extract.documents.types import Piece, Unread

MAX_UNPACKED = 100_000_000
"""Bytes of XML that are read of one document, all parts together: no real one has more."""
_MAX_PARTS = 10_000
_DAMAGE = (
    expat.ExpatError, zlib.error, BadZipFile, LookupError, NotImplementedError, OSError, EOFError, ValueError,
)  # fmt: skip
"""What reading a damaged part raises."""
_CHUNK = 1 << 16
_TEXT_PARTS = re.compile(
    r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|ppt/(?:slides|notesSlides)/[^/]+\.xml"
)
_COMMENTS = re.compile(r"xl/(?:comments|threadedComments)(?:\d*|/[^/]+)\.xml")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_SHORT = 11
"""Characters of the shortest number that anybody looks for: shorter shared strings need not be kept."""


_INSTEAD = {"tab": " ", "br": " ", "cr": " ", "noBreakHyphen": "-"}


@dataclass(slots=True)
class _Block:
    """An element of the kind that was asked for, and what it says."""

    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


class _Package:
    """An opened document; counts what is unpacked."""

    def __init__(self, payload: bytes) -> None:
        try:
            self.zip = ZipFile(io.BytesIO(payload))
        except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise Unread("broken") from error
        self.names = self.zip.namelist()
        self.left = MAX_UNPACKED
        if len(self.names) > _MAX_PARTS:
            raise Unread("too large")

    def blocks(self, name: str, *tags: str) -> Iterator[_Block]:
        """Yield the elements of a part as they end; of one inside another only its own text. Raises Unread."""
        opened: list[_Block] = []
        inside = ""
        for what, word, attributes in self._events(name):
            if what == "text":
                if opened and inside:
                    (opened[-1].values if inside == "v" else opened[-1].texts).append(word)
            elif what == "start":
                if word in tags:
                    opened.append(_Block(attributes))
                elif opened and word in _INSTEAD:
                    opened[-1].texts.append(_INSTEAD[word])
                elif word in ("t", "text", "v"):
                    inside = word
            elif word in tags and opened:
                yield opened.pop()
            elif word == inside:
                inside = ""

    def _events(self, name: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Yield (start or end, element without its prefix, attributes) and (text, it, nothing); builds no tree."""
        found: list[tuple[str, str, dict[str, str]]] = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda tag, attributes: found.append(("start", _local(tag), attributes))
        parser.EndElementHandler = lambda tag: found.append(("end", _local(tag), {}))
        parser.CharacterDataHandler = lambda text: found.append(("text", text, {}))
        parser.StartDoctypeDeclHandler = _refuse
        try:
            with self.zip.open(name) as part:
                while chunk := part.read(_CHUNK):
                    self.left -= len(chunk)
                    if self.left < 0:
                        raise Unread("too large")
                    parser.Parse(chunk)
                    yield from found
                    found.clear()
                parser.Parse(b"", True)
        except _DAMAGE as error:
            raise Unread("broken") from error
        except RuntimeError as error:
            raise Unread("locked") from error


def _refuse(*_declared: object) -> None:
    """The standard forbids document types: their entities only serve to blow a parser up, or to read other files."""
    raise Unread("broken")


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def paragraphs(payload: bytes) -> Iterator[Piece]:
    """Yield the paragraphs of a text document or of slides."""
    package = _Package(payload)
    for name in filter(_TEXT_PARTS.fullmatch, package.names):
        where = posixpath.basename(name).removesuffix(".xml")
        for number, block in enumerate(package.blocks(name, "p"), 1):
            if block.texts:
                yield Piece(f"{where} paragraph {number}", block.text)


def cells(payload: bytes) -> Iterator[Piece]:
    """Yield the cells and comments of a workbook."""
    package = _Package(payload)
    shared = _shared_strings(package)
    for name, sheet in _sheets(package):
        for number, cell in enumerate(package.blocks(name, "c"), 1):
            if text := _value(cell, shared):
                yield Piece(f"{sheet}!{cell.attributes.get('r') or number}", text)
    for name in filter(_COMMENTS.fullmatch, package.names):
        for comment in package.blocks(name, "comment", "threadedComment"):
            yield Piece(f"comment {comment.attributes.get('ref') or ''}".strip(), comment.text)


def _shared_strings(package: _Package) -> list[str]:
    """Return the workbook's texts by number; those too short to hold anything are empty."""
    if "xl/sharedStrings.xml" not in package.names:
        return []
    texts = (block.text for block in package.blocks("xl/sharedStrings.xml", "si"))
    return [text if len(text) >= _SHORT else "" for text in texts]


def _sheets(package: _Package) -> list[tuple[str, str]]:
    """Return (part, name) of the sheets; a part that the workbook does not name goes by its file name."""
    targets: dict[str, str] = {}
    if "xl/_rels/workbook.xml.rels" in package.names:
        for relation in package.blocks("xl/_rels/workbook.xml.rels", "Relationship"):
            target = relation.attributes.get("Target") or ""
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            targets[relation.attributes.get("Id") or ""] = part
    names: dict[str, str] = {}
    if "xl/workbook.xml" in package.names:
        for sheet in package.blocks("xl/workbook.xml", "sheet"):
            relation_id = next((value for key, value in sheet.attributes.items() if key.endswith(":id")), "")
            names[targets.get(relation_id, "")] = sheet.attributes.get("name") or ""
    parts = [name for name in package.names if name.startswith("xl/worksheets/") and name.endswith(".xml")]
    return [(name, names.get(name) or posixpath.basename(name).removesuffix(".xml")) for name in parts]


def _value(cell: _Block, shared: list[str]) -> str:
    kind = cell.attributes.get("t") or "n"
    value = "".join(cell.values)
    if kind == "inlineStr":
        return cell.text
    if kind == "s":
        number = int(value) if value.isdecimal() and len(value) < 10 else len(shared)
        return shared[number] if number < len(shared) else ""
    if kind == "n" and _NUMBER.fullmatch(value) and not value.isdecimal():
        number_as_float = float(value)
        return str(int(number_as_float)) if number_as_float.is_integer() else value
    return value
