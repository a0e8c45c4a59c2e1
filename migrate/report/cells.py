"""Table files for people with a spreadsheet: text of old sites is hostile, and must stay text there."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from migrate.errors import ShangyiError
from migrate.i18n import _

LONGEST = 32_000
"""Characters of one cell; spreadsheets end at 32,767."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def plain(value: object) -> str:
    """Return a value as text that every file format can hold: no control characters, not longer than a cell."""
    return _CONTROL.sub("", str(value))[:LONGEST]


def guarded(value: object) -> str:
    """Return a CSV cell that no spreadsheet runs as a formula: an apostrophe goes before =, +, -, @ (OWASP, CSV)."""
    text = plain(value)
    return "'" + text if _FORMULA.match(text) else text


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV that Excel opens as it is: UTF-8 with BOM, one row after the other."""
    with replacing(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([guarded(cell) for cell in row] for row in rows)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", errors="replace", newline="\n")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, which takes the place of `path` at the end. Raises ShangyiError where it can't."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    except PermissionError as error:
        raise ShangyiError(
            _("{path} can't be written.").format(path=path),
            _("Is it open in another program, such as a spreadsheet? Close it there and try again."),
        ) from error
    finally:
        part.unlink(missing_ok=True)
