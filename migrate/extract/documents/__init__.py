"""The text of attachments, piece by piece, each with its place: what personal data is looked for in.

Word, Excel and PowerPoint of both generations, RTF, plain text and PDF are read; a document is hostile input, so sizes
are bounded and nothing outside it is loaded. Whatever can't be read says so: nobody has looked into it then.
"""

from collections.abc import Iterator

from migrate import magic
from migrate.extract.documents import ooxml, pdf, plain, rtf, slides, word, xls
from migrate.extract.documents.types import Piece, Unread

__all__ = ["Piece", "Unread", "read_document"]

_READERS = {
    "docx": ooxml.paragraphs,
    "pptx": ooxml.paragraphs,
    "xlsx": ooxml.cells,
    "xls": xls.cells,
    "doc": word.paragraphs,
    "ppt": slides.texts,
    "pdf": pdf.pages,
    "rtf": rtf.paragraphs,
    "": plain.lines,
}


def read_document(payload: bytes) -> Iterator[Piece]:
    """Yield the pieces of a document. Raises Unread where no reader fits, or it is locked, broken or too large."""
    kind = magic.ending(payload)
    if kind not in _READERS:
        raise Unread(kind)
    yield from _READERS[kind](payload)
