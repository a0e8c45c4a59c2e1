"""All that Wagtail keeps of pages and files, row by row, so that two ways of writing the same can be compared.

Only this is made alike, since no two runs have it in common:

- numbers of rows are replaced by what they stand for: a page by its url_path, a file by its sha1, a revision by its
  page and its place in the page's history, a user, type, locale or collection by its name;
- ids of StreamField blocks by their place in the page, the same wherever the page, its revision and the reference
  index name the block; a block without an id stays visible as such;
- times within the run by `now`; times of the old site stay;
- translation keys and UUIDs of log entries by whether there is one.
"""

import json
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Locale, Page, PageLogEntry, ReferenceIndex, Revision
from wagtail.search.models import IndexEntry

from cms_site.portal.models import CONTENT_MODELS

Row = dict[str, Any]
Table = dict[str, Row]
STREAMS = ("body", "attachments")
_LINK = re.compile(r'(<a linktype="(?P<kind>page|document)"|<embed embedtype="(?P<embed>image)") id="(?P<number>\d+)"')
_LONG_AGO = timedelta(hours=1)


class Dump:
    """The tables as they are now, each as name of the row → columns."""

    def __init__(self) -> None:
        self._now = timezone.now()
        self._names = _names()
        self._blocks: dict[str, dict[str, str]] = defaultdict(dict)
        self.tables: dict[str, Table] = {
            "page": self._pages(Page),
            **{name: self._pages(model) for name, model in CONTENT_MODELS.items()},
            "revision": self._revisions(),
            "log": self._logs(),
            "image": self._files(get_image_model(), {"file"}),
            "document": self._files(get_document_model(), {"file"}),
            "reference": self._references(),
            "index": self._index(),
        }
        self.rows = _rows()

    def _name(self, kind: str, number: object) -> str | None:
        """Return what a row stands for; None for none, and a word that no other dump has for one that isn't there."""
        return None if number is None else self._names[kind].get(str(number), f"no {kind} {number}")

    def _pages(self, model: type[Page]) -> Table:
        """Return a page table's own columns, tree and StreamFields included."""
        raw = _raw_streams(model)
        fields = [field for field in model._meta.local_concrete_fields if field.name not in STREAMS]
        table = {}
        for page in model.objects.order_by("path"):
            name = self._names["page"][str(page.pk)]
            table[name] = {field.name: self._value(field, page) for field in fields}
            table[name].pop("id", None)
            for stream, text in raw.get(page.pk, {}).items():
                table[name][stream] = self._stream(name, json.loads(text))
        return table

    def _value(self, field: models.Field, obj: models.Model) -> Any:
        value = field.value_from_object(obj)
        if field.remote_field:
            return self._name(field.related_model._meta.model_name, value)
        if isinstance(value, uuid.UUID):
            return self._uuid(value)
        return self._time(value) if isinstance(value, datetime) else value

    def _uuid(self, value: uuid.UUID | str | None) -> str | None:
        return None if value is None else "a UUID"

    def _time(self, value: datetime | None) -> str | None:
        if value is None:
            return None
        return "now" if abs(self._now - value) < _LONG_AGO else str(value)

    def _stream(self, page: str, blocks: list[Row]) -> list[Any]:
        return [[block.get("type"), self._block(page, block.get("id")), self._told(block["value"])] for block in blocks]

    def _block(self, page: str, number: str | None) -> str | None:
        """Return the name of a block: its place among those of its page, in the order in which they were met."""
        if number is None:
            return None
        return self._blocks[page].setdefault(number, f"block {len(self._blocks[page])}")

    def _told(self, value: Any) -> Any:
        """Return a block's value with names in the place of numbers."""
        if isinstance(value, dict):
            return {
                key: self._name(key, inner) if key in ("image", "document") else self._told(inner)
                for key, inner in value.items()
            }
        if isinstance(value, str):
            return _LINK.sub(lambda found: f"{found[1]} id={self._name(found[2] or found[3], found[4])}", value)
        return value

    def _revisions(self) -> Table:
        kept = ("content_type", "base_content_type", "user", "object_str", "created_at", "approved_go_live_at")
        table = {}
        for revision in Revision.objects.order_by("pk"):
            row = {name: self._value(Revision._meta.get_field(name), revision) for name in kept}
            page = self._name("page", revision.object_id)
            row["content"] = self._content(page, revision)
            table[self._names["revision"][str(revision.pk)]] = row
        return table

    def _content(self, page: str, revision: Revision) -> Row:
        """Return what a revision holds; fields as they stand in its JSON."""
        model = revision.content_type.model_class()
        found: Row = {}
        for name, value in revision.content.items():
            field = None if name == "pk" else model._meta.get_field(name)
            if name == "pk":
                found[name] = self._name("page", value)
            elif name in STREAMS:
                found[name] = self._stream(page, json.loads(value))
            elif field.one_to_many:
                found[name] = value
            elif field.remote_field:
                found[name] = self._name(field.related_model._meta.model_name, value)
            elif isinstance(field, models.UUIDField):
                found[name] = self._uuid(value)
            elif isinstance(field, models.DateTimeField):
                found[name] = self._time(parse_datetime(value)) if value else value
            else:
                found[name] = value
        return found

    def _logs(self) -> Table:
        """Return the history of each page, in the order in which the admin shows it, turned round."""
        table: Table = {}
        counts: Counter[str] = Counter()
        for entry in PageLogEntry.objects.order_by("timestamp", "id"):
            page = str(self._name("page", entry.page_id))
            counts[page] += 1
            table[f"{page} {counts[page]}"] = {
                field.name: self._value(field, entry)
                for field in PageLogEntry._meta.concrete_fields
                if field.name not in ("id", "page")
            }
        return table

    def _files(self, model: type[models.Model], without: set[str]) -> Table:
        fields = [field for field in model._meta.concrete_fields if field.name not in without | {"id"}]
        kind = model._meta.model_name
        return {
            self._names[kind][str(thing.pk)]: {field.name: self._value(field, thing) for field in fields}
            for thing in model.objects.order_by("pk")
        }

    def _references(self) -> Table:
        """Return the references that pages and files make; rows of the old sites' own tables are no page's."""
        rows: Table = {}
        ours = ContentType.objects.filter(app_label="legacy")
        for row in ReferenceIndex.objects.exclude(base_content_type__in=ours).select_related(
            "content_type", "base_content_type", "to_content_type"
        ):
            holder = str(self._name(row.base_content_type.model, row.object_id))
            stream, dot, rest = row.content_path.partition(".")
            number, _dot, inside = rest.partition(".")
            path = f"{stream}.{self._block(holder, number)}.{inside}" if dot and stream in STREAMS else row.content_path
            to = self._name(row.to_content_type.model, row.to_object_id)
            rows[f"{holder} {path} → {to}"] = {
                "types": (str(row.content_type), str(row.base_content_type), str(row.to_content_type)),
                "model_path": row.model_path,
                "hash": row.content_path_hash == ReferenceIndex._get_content_path_hash(row.content_path),
            }
        return rows

    def _index(self) -> Table:
        """Return the search index: the row of each object, the words in it included."""

        rows: Table = {}
        for row in IndexEntry.objects.select_related("content_type"):
            model = row.content_type.model_class()
            kind = "page" if issubclass(model, Page) else row.content_type.model
            rows[f"{self._name(kind, row.object_id)} as {row.content_type.model}"] = {
                field.name: getattr(row, field.attname)
                for field in IndexEntry._meta.concrete_fields
                if field.name not in ("id", "content_type", "object_id")
            }
        return rows


def _names() -> dict[str, dict[str, str]]:
    """Return kind → number of a row, as text → what it stands for."""
    names: dict[str, dict[str, str]] = {"page": {str(page.pk): page.url_path for page in Page.objects.all()}}
    for model in (get_image_model(), get_document_model()):
        names[model._meta.model_name] = {str(pk): sha for pk, sha in model.objects.values_list("pk", "file_hash")}
    names["contenttype"] = {str(one.pk): f"{one.app_label}.{one.model}" for one in ContentType.objects.all()}
    names["locale"] = {str(one.pk): one.language_code for one in Locale.objects.all()}
    names["collection"] = {str(one.pk): one.name for one in Collection.objects.all()}
    names["user"] = {str(one.pk): one.get_username() for one in get_user_model().objects.all()}
    names["revision"] = dict(_revision_names(names["page"]))
    return names


def _revision_names(pages: dict[str, str]) -> Iterator[tuple[str, str]]:
    counts: Counter[str] = Counter()
    for pk, number in Revision.objects.order_by("created_at", "pk").values_list("pk", "object_id"):
        counts[number] += 1
        yield str(pk), f"{pages.get(number, number)} revision {counts[number]}"


def _raw_streams(model: type[Page]) -> dict[int, dict[str, str]]:
    """Return page → the JSON of its StreamFields as the table holds it: reading them by the ORM would give ids out."""
    names = [field.name for field in model._meta.local_concrete_fields if field.name in STREAMS]
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {model._meta.pk.column}, {', '.join(names)} FROM {model._meta.db_table}")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor.fetchall()}


def _rows() -> Row:
    """Return how many rows each table of Wagtail and the portal has; the old sites' own tables are import's."""
    own = {"legacy", "sessions", "contenttypes"}
    return {
        model._meta.db_table: model._base_manager.count()
        for model in apps.get_models()
        if model._meta.app_label not in own and model is not ReferenceIndex and model._meta.managed
    }


def differences(one: Table, other: Table, wanted: Callable[[str], bool] = lambda _name: True) -> list[str]:
    """Return what differs between the rows of two tables whose names are wanted, column by column."""
    lines = []
    for name in filter(wanted, sorted(one.keys() | other.keys())):
        if name not in one or name not in other:
            lines.append(f"{name}: only in the {'first' if name in one else 'second'}")
            continue
        here, there = one[name], other[name]
        lines += [
            f"{name}: {column}: {here.get(column)!r} != {there.get(column)!r}"
            for column in sorted(here.keys() | there.keys())
            if here.get(column) != there.get(column)
        ]
    return lines
