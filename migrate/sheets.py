"""Tables that people send, CSV and XLSX, as rows of text. Whoever made the file may mean ill: everything is bounded.

Nothing is computed: a formula is no value, and the row that has one says so. Macros, links and other sheets are not
looked at.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from migrate.errors import ShangyiError
from migrate.i18n import _, public

MAX_BYTES = 64_000_000
"""Of the file as sent."""
MAX_UNPACKED = 400_000_000
"""Of an XLSX, unpacked: three hundred thousand rows of long addresses take 150 MB."""
MAX_RATIO = 200
"""How many times its size a part of an XLSX may unpack to; sheets of text stay under 30."""
MAX_PARTS = 2_000
MAX_ROWS = 300_000
"""Rows with something in them."""
MAX_COLUMNS = 20
MAX_CELL = 10_000
"""Characters of one cell; longer ones are cut, and no address is that long."""

_LAST_LINE = 1_048_576
"""Rows of a sheet of Excel, empty ones among them."""
_XLSX, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_GUARDED = re.compile(r"'\s*[=+\-@＝＋－＠]|'[\t\r\n]")


Say = Callable[[Callable[[str], str]], tuple[str, str]]
"""Given a translation, reason and hint in its language."""


class TableError(ShangyiError):
    """A table that can't be taken. Said in the interface language, and for people at the portal in Chinese."""

    def __init__(self, say: Say) -> None:
        super().__init__(*say(_))
        self.public_reason, self.public_hint = say(public)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that has something in it."""

    number: int
    """Line in the file, from 1."""
    cells: tuple[str, ...]
    formula: bool = False
    """One of its cells is computed: its value is anybody's guess."""


def read_rows(data: bytes) -> Iterator[Row]:
    """Yield the rows of a CSV (UTF-8, UTF-16 or GBK; comma, tab or semicolon) or of an XLSX's first sheet.

    Raises ShangyiError where it is neither, is damaged, or goes beyond what a table of decisions can be.
    """
    if len(data) > MAX_BYTES:
        raise _too_large(f"{MAX_BYTES // 1_000_000} MB")
    if data.startswith(_XLS):
        raise TableError(
            lambda _: (
                _("This is a workbook of the old kind (.xls)."),
                _("Save it in the spreadsheet as .xlsx or as CSV."),
            )
        )
    return _bounded(_xlsx_rows(data) if data.startswith(_XLSX) else _csv_rows(data))


def _too_large(limit: str) -> TableError:
    return TableError(
        lambda _: (
            _("The table is too large: more than {limit}.").format(limit=limit),
            _("Divide it into several files, and delete empty rows and other sheets."),
        )
    )


def _damaged(error: object) -> TableError:
    return TableError(
        lambda _: (
            _("The table can't be read: {error}").format(error=error),
            _("Save it anew in the spreadsheet, as CSV."),
        )
    )


def _broken() -> TableError:
    return TableError(
        lambda _: (
            _("This workbook can't be opened: it is damaged, locked with a password, or did not arrive whole."),
            _("Send it again; if that does not help, open it in the spreadsheet and save it anew, as .xlsx or as CSV."),
        )
    )


def _endless(line: int) -> TableError:
    return TableError(
        lambda _: (
            _("The table can't be read from line {line} on: a cell does not end.").format(line=line),
            _("Look for a quotation mark that is opened there and never closed, or save the table as .xlsx."),
        )
    )


def _bounded(rows: Iterable[Row]) -> Iterator[Row]:
    kept = 0
    for row in rows:
        if not any(row.cells) and not row.formula:
            continue
        kept += 1
        if kept > MAX_ROWS:
            raise _too_large(f"{MAX_ROWS} 行 / rows")
        yield row


def _text(value: object) -> str:
    """Return a cell as text: no control characters, not endless, without the apostrophe that keeps formulas at bay."""
    text = _CONTROL.sub("", str(value)[:MAX_CELL]).strip()
    return text[1:] if _GUARDED.match(text) else text


def _csv_rows(data: bytes) -> Iterator[Row]:
    text = _decoded(data)
    head = text[:10_000].partition("\n")[0]
    separator = max(",\t;，", key=head.count)
    if separator == "，":
        raise _damaged("，")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            kept = tuple(_text(cell) for cell in cells[:MAX_COLUMNS])
            yield Row(reader.line_num, kept, any(cell.lstrip().startswith(("=", "＝")) for cell in cells))
    except csv.Error as error:  # longer than any cell: the only thing that the reader takes offence at
        raise _endless(reader.line_num) from error


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _damaged("UTF-8, GB 18030?")


def _xlsx_rows(data: bytes) -> Iterator[Row]:
    _look_into(data)
    try:
        yield from _sheet_rows(io.BytesIO(data))
    except ShangyiError:
        raise
    except Exception as error:  # openpyxl raises whatever the damaged part made of it
        raise _broken() from error


def _look_into(data: bytes) -> None:
    """Raise ShangyiError for a ZIP that is no honest workbook: too much in it, or entities in its XML."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise _too_large(f"{MAX_UNPACKED // 1_000_000} MB (unzip)")
            for part in parts:
                if part.file_size > 1_000_000 and part.file_size > MAX_RATIO * max(1, part.compress_size):
                    raise _too_large(f"{MAX_RATIO}:1 (zip)")
                with archive.open(part) as file:
                    _refuse_entities(file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _broken() from error


def _refuse_entities(file: IO[bytes]) -> None:
    head = file.read(4096).replace(b"\0", b"").lower()
    if b"<!doctype" in head or b"<!entity" in head:
        raise _damaged("<!ENTITY>")


def _sheet_rows(file: IO[bytes]) -> Iterator[Row]:
    from openpyxl import load_workbook

    book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is not believed
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
            if number > _LAST_LINE:
                raise _too_large(f"{_LAST_LINE} 行 / rows")
            formula = any(cell.data_type == "f" for cell in cells)
            yield Row(number, tuple("" if cell.value is None else _text(cell.value) for cell in cells), formula)
    finally:
        book.close()
