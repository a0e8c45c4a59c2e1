"""Labelled pages: a file of JSON lines, one page a line, with what a person read on it."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from migrate.errors import ConfigError, UsageError
from migrate.i18n import _
from migrate.urls import host_of

TEXTS = ("title", "pub_date", "source", "doc_number", "body_first_30_chars", "body_last_30_chars")
NUMBERS = ("n_attachments", "n_images_in_body")
_NEAR = 0.75
"""How much a key must be like a field's name to be taken for a slip of the pen; further keys are notes."""
_NOTES = frozenset({"path", "url", "site", "cms", "declared_enc", "detected_enc", "column", "notes"})
_LINES_NAMED = 10


@dataclass(frozen=True, slots=True)
class Label:
    """What a person read on one page; a field that is left out was not looked at, null means there is none."""

    line: int
    path: str
    file: Path
    url: str
    """Where the page was; made up of the path where the row does not say."""
    fields: Mapping[str, str | int | None]

    def text(self, name: str) -> str | None:
        """Return a text, None where the page has none."""
        value = self.fields[name]
        return str(value) if value is not None else None

    def number(self, name: str) -> int:
        """Return a count; null is none."""
        return int(self.fields[name] or 0)


def read_labels(truth: Path, root: Path) -> tuple[Label, ...]:
    """Return the rows of a file of labels, whose paths start at `root`.

    Raises UsageError where there is no such file, ConfigError for the first bad row; its hint names the others.
    """
    try:
        text = truth.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError) as error:
        hint = _("Name a file of labelled pages, one JSON object a line; docs/commands.md explains its fields.")
        raise UsageError(_("There is no file “{path}”.").format(path=truth), hint) from error
    except UnicodeDecodeError as error:
        hint = _("Save it as UTF-8 in your editor (Notepad: Save as, Encoding).")
        raise ConfigError(truth, 1, _("The file is not UTF-8."), hint) from error
    labels: list[Label] = []
    bad: list[ConfigError] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            labels.append(_label(truth, root, number, line))
        except ConfigError as error:
            bad.append(error)
    if bad:
        raise _first_of(bad)
    if not labels:
        raise ConfigError(truth, 1, _("The file has no rows."), _("One JSON object a line, for example: {row}").format(
            row='{"path": "t20200701_55.html", "title": "…", "pub_date": "2020-07-01"}'))  # fmt: skip
    return tuple(labels)


def _first_of(bad: list[ConfigError]) -> ConfigError:
    first = bad[0]
    if len(bad) > 1:
        others = ", ".join(str(error.line) for error in bad[1 : 1 + _LINES_NAMED])
        more = _("{n} more rows are bad: lines {lines}").format(n=len(bad) - 1, lines=others)
        first.hint = f"{first.hint} {more}{' …' if len(bad) > 1 + _LINES_NAMED else ''}".strip()
    return first


def _label(truth: Path, root: Path, number: int, line: str) -> Label:
    row = _row(truth, number, line)
    path = row.get("path")
    if not isinstance(path, str) or not path:
        hint = _("Add it: the page's file, as seen from {root}").format(root=root)
        raise ConfigError(truth, number, _("“{key}” is missing.").format(key="path"), hint)
    file = root / path
    if not file.is_file():
        hint = _("Correct `path`, or name with --root the folder that the paths start from.")
        raise ConfigError(truth, number, _("There is no file “{path}”.").format(path=file), hint)
    url = row.get("url") or f"http://saved.invalid/{path}"
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or not host_of(url):
        raise ConfigError(truth, number, _("“{url}” is no web address.").format(url=url), "http://…/")
    fields = {name: _value(truth, number, name, row[name]) for name in (*TEXTS, *NUMBERS) if name in row}
    if not fields:
        hint = _("Label at least one of: {fields}").format(fields=", ".join((*TEXTS, *NUMBERS)))
        raise ConfigError(truth, number, _("The row says nothing of its page."), hint)
    return Label(number, path, file, url, fields)


def _row(truth: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        hint = _("One JSON object a line, texts in straight quotes: {row}").format(row='{"path": "a.html", …}')
        raise ConfigError(truth, number, _("This is no JSON: {error}").format(error=error), hint) from error
    if not isinstance(row, dict):
        raise ConfigError(truth, number, _("This is no JSON object."), '{"path": "a.html", "title": "…"}')
    for key in row.keys() - _NOTES - {*TEXTS, *NUMBERS}:
        near = difflib.get_close_matches(key, (*TEXTS, *NUMBERS), n=1, cutoff=_NEAR)
        if near:
            hint = _("Did you mean “{word}”?").format(word=near[0])
            raise ConfigError(truth, number, _("“{key}” is not known here.").format(key=key), hint)
    return row


def _value(truth: Path, number: int, name: str, value: object) -> str | int | None:
    if value is None:
        return None
    if name in NUMBERS:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        hint = _("Write a number, without quotes: 0, 1, 2 …")
    elif isinstance(value, str) and not value.strip() and name != "title":
        return None
    elif not isinstance(value, str) or not value.strip():
        hint = _("Write a text in quotes, or null where the page has none.")
    elif name == "pub_date" and not _is_day(value):
        hint = _("Write the day as 2018-10-18, or null where the page shows none.")
    else:
        return value
    reason = _("“{value}” is not what “{key}” takes.").format(value=value, key=name)
    raise ConfigError(truth, number, reason, hint)


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value[:10]).isoformat() == value[:10]
    except ValueError:
        return False
