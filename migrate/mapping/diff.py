"""What a mapping changed against the one before: entry by entry, field by field, as people read it.

The old entries wait in a temporary table on disk; both are read in one pass, so memory stays flat.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from migrate.archive.ledger import Ledger
from migrate.changes import FieldChange, lines_that_differ

Kind = Literal["added", "removed", "changed"]
_SILENT = frozenset("key url warc_file warc_offset content_hash content".split())
"""Fields that say where bytes lie, or that say again what others say."""
_SAID_ABOVE = frozenset("title published evidence".split())
"""Of the content: what the entry itself says, too, and where it was read."""


@dataclass(frozen=True, slots=True)
class Change:
    """One old URL whose entry is new, is no longer there, or says something else."""

    url: str
    """Canonical."""
    change: Kind
    rule: str
    """Which took it; of one that is gone, which had taken it."""
    outcome: str
    title: str
    fields: tuple[FieldChange, ...] = ()


def remember(ledger: Ledger) -> None:
    """Set the entries aside before a mapping replaces them."""
    ledger.db.execute("DROP TABLE IF EXISTS temp.entries_before")
    ledger.db.execute("CREATE TEMP TABLE entries_before (key TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID")
    ledger.db.execute("INSERT INTO temp.entries_before SELECT key, data FROM entries")


def changes(ledger: Ledger) -> Iterator[Change]:
    """Yield what differs from what was remembered, by canonical URL. Needs `remember`."""
    rows = ledger.db.execute(
        """SELECT now.key, old.data, now.data FROM entries AS now
             LEFT JOIN temp.entries_before AS old ON old.key = now.key WHERE old.data IS NOT now.data
           UNION ALL
           SELECT old.key, old.data, NULL FROM temp.entries_before AS old
             WHERE NOT EXISTS (SELECT 1 FROM entries AS now WHERE now.key = old.key)
           ORDER BY 1"""
    )
    for key, old, new in rows:
        before, after = json.loads(old) if old else {}, json.loads(new) if new else {}
        said = after or before
        kind: Kind = "added" if not before else "changed" if after else "removed"
        fields = tuple(_fields(before, after)) if kind == "changed" else ()
        if fields or kind != "changed":
            yield Change(key, kind, said["rule"], said["outcome"], said["title"], fields)


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    is_page = bool(before["content"] or after["content"])
    for name in sorted((before.keys() | after.keys()) - _SILENT):
        if name == "digest" and is_page:
            continue  # a counter in the old page's frame is no change
        old, new = _plain(before.get(name)), _plain(after.get(name))
        if old != new:
            yield FieldChange(name, old, new)
    yield from _content_fields(before["content"] or {}, after["content"] or {})


def _content_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    heads = (before.get("policy_head", {}), after.get("policy_head", {}))
    old, new = ({**content, **head} for content, head in zip((before, after), heads, strict=True))
    for name in sorted((old.keys() | new.keys()) - _SAID_ABOVE - {"policy_head", "body"}):
        one, other = _plain(old.get(name)), _plain(new.get(name))
        if one != other:
            yield FieldChange(name, one, other)
    if before.get("body", "") != after.get("body", ""):
        yield FieldChange("body", diff=tuple(lines_that_differ(before.get("body", ""), after.get("body", ""))))


def _plain(value: Any) -> str:
    """Return a value as a reader wants it: lists in one line, files by name and address."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, Mapping):
        return " ".join(filter(None, (value["name"], value["url"])))
    return str(value)
