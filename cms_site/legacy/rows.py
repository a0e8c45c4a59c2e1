"""Rows of one table, many at once, straight from their values: making an instance costs more than writing its row.

PostgreSQL gets the rows of a statement as one JSON text, which it reads itself (`json_populate_recordset`) as the types
that the columns have. A statement with a parameter for each value takes both sides longer than the writing.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

Row = Mapping[str, Any]
"""Column (its name on the model: `page_id`, not `page`) → value."""

_AS_IT_IS = frozenset(
    "AutoField BigAutoField BigIntegerField BooleanField CharField ForeignKey IntegerField OneToOneField "
    "PositiveIntegerField PositiveSmallIntegerField SlugField TextField".split()
)
"""Kinds of columns that take a value of their own Python type (a foreign key: the number) on both databases."""

_MOST_ROWS = 500
"""In one statement on SQLite: a list of values may be its compound of selects, which has that many parts at most."""
_STATEMENT = 60_000
"""Characters of rows in one statement on PostgreSQL: what a socket takes at once, so that the server can begin."""


@contextmanager
def unwaiting() -> Iterator[None]:
    """Have PostgreSQL work while Python makes the next statement; what one returns is waited for where it is read.

    An error comes with a later statement, at the latest at the end. How many rows were changed is not known inside.
    """
    if not _takes_json():
        yield
        return
    with connection.wrap_database_errors, connection.connection.pipeline() as pipeline:
        try:
            yield
        except BaseException:
            with suppress(connection.Database.Error):  # of each statement after the wrong one: that it was not done
                pipeline.sync()
            raise


def insert_rows(model: type[models.Model], rows: Iterable[Row], alike: Row | None = None) -> list[int]:
    """Insert rows of a model's own table and return their primary keys, in order.

    All rows name the same columns; `alike` names those in which they don't differ. The others get their default,
    which must not be one for each row.
    """
    key = connection.ops.quote_name(model._meta.pk.column)
    sent = _insert(model, rows, alike or {}, f" RETURNING {key}")
    return [number for cursor in sent for (number,) in cursor.fetchall()]


def add_rows(model: type[models.Model], rows: Iterable[Row], alike: Row | None = None) -> None:
    """As `insert_rows`, for rows whose keys nobody needs: nobody has to wait for them."""
    _insert(model, rows, alike or {})


def put_rows(
    model: type[models.Model], rows: Iterable[Row], alike: Row, *, once: Sequence[str], updated: Sequence[str]
) -> None:
    """As `insert_rows`; where a row with the same values of `once` is there, its columns `updated` are written.

    No two of these rows may have the same values of `once`.
    """
    column = {field.attname: connection.ops.quote_name(field.column) for field in model._meta.local_concrete_fields}
    written = ", ".join(f"{column[name]} = excluded.{column[name]}" for name in updated)
    _insert(model, rows, alike, f" ON CONFLICT ({', '.join(column[name] for name in once)}) DO UPDATE SET {written}")


def _insert(model: type[models.Model], rows: Iterable[Row], alike: Row, ending: str = "") -> list[CursorWrapper]:
    """Insert rows; return where to read what the statements' ending has them return."""
    left = iter(rows)
    first = next(left, None)
    if first is None:
        return []
    insertion, rows = _Insertion(model, first, alike), chain([first], left)
    statements = insertion.of_json(rows) if _takes_json() else insertion.of_values(rows)
    sent = []
    for statement, values in statements:
        sent.append(cursor := connection.cursor())
        cursor.execute(statement + ending, values)
    return sent


def update_rows(model: type[models.Model], rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Save these columns of rows that exist. `bulk_update` writes a statement whose length is the square of theirs."""
    if not rows:
        return
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.local_concrete_fields if field.attname in names]
    columns = [quote(field.column) for field in fields]
    readers = [_reader(field) for field in fields]
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    with connection.cursor() as cursor:
        if _takes_json():
            written = ", ".join(f"{column} = new.{column}" for column in columns)
            named = [model._meta.pk.column, *(field.column for field in fields)]
            new = (dict(zip(named, (row.pk, *(read(row) for read in readers)), strict=True)) for row in rows)
            source = f"json_populate_recordset(NULL::{table}, %s) AS new"
            for some in _recordsets(new):
                cursor.execute(f"UPDATE {table} SET {written} FROM {source} WHERE {table}.{key} = new.{key}", [some])
        else:
            written = ", ".join(f"{column} = %s" for column in columns)
            values = ([*(read(row) for read in readers), row.pk] for row in rows)
            cursor.executemany(f"UPDATE {table} SET {written} WHERE {key} = %s", values)


def delete_rows(model: type[models.Model], name: str, values: Sequence[Any]) -> None:
    """Delete the rows whose column has one of these values. Tells no listener, and nothing may refer to such rows."""
    quote = connection.ops.quote_name
    column = quote(model._meta.get_field(name).column)
    with connection.cursor() as cursor:
        for start in range(0, len(values), _MOST_ROWS):
            some = values[start : start + _MOST_ROWS]
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(f"DELETE FROM {quote(model._meta.db_table)} WHERE {column} IN ({marks})", some)


class _Insertion:
    """How rows that name the same columns are inserted."""

    def __init__(self, model: type[models.Model], example: Row, alike: Row) -> None:
        quote = connection.ops.quote_name
        options, blank = model._meta, model(**alike)
        fields = [field for field in options.local_concrete_fields if field.attname in example or not field.primary_key]
        self._differ = [(field.attname, _prepared(field)) for field in fields if field.attname in example]
        self._alike = [_prepared(f)(f.pre_save(blank, add=True)) for f in fields if f.attname not in example]
        self._fields = sorted(fields, key=lambda field: field.attname in example)
        self._table = quote(options.db_table)
        self._columns = ", ".join(quote(field.column) for field in self._fields)
        self._into = f"INSERT INTO {self._table} ({self._columns})"

    def of_json(self, rows: Iterable[Row]) -> Iterator[tuple[str, list[Any]]]:
        """Yield statements and their values: what is alike, and how each row differs."""
        names = [field.column for field in self._fields]
        alike = dict(zip(names, self._alike, strict=False))
        source = f"json_populate_recordset(json_populate_record(NULL::{self._table}, %s), %s)"
        new = (dict(zip(names[len(alike) :], self._differing(row), strict=True)) for row in rows)
        for some in _recordsets(new):
            yield f"{self._into} SELECT {self._columns} FROM {source}", [_json(alike), some]

    def of_values(self, rows: Iterable[Row]) -> Iterator[tuple[str, list[Any]]]:
        """Yield statements, none with more values than the database takes: what is alike once, then each row's own."""
        width = len(self._differ)
        size = min(_MOST_ROWS, (connection.features.max_query_params - len(self._alike)) // width)
        one = f"({', '.join(['%s'] * width)})"
        named = ", ".join([*["%s"] * len(self._alike), *(f"column{number}" for number in range(1, width + 1))])
        left = iter(rows)
        while some := list(islice(left, size)):
            values = [*self._alike, *(value for row in some for value in self._differing(row))]
            # without the condition a following ON would be taken for a join's
            yield f"{self._into} SELECT {named} FROM (VALUES {', '.join([one] * len(some))}) WHERE true", values

    def _differing(self, row: Row) -> list[Any]:
        return [prepared(row[name]) for name, prepared in self._differ]


def _takes_json() -> bool:
    return connection.vendor == "postgresql"


def _recordsets(rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows as JSON, as many together as make a statement if all are about as long as the first of them."""
    left = iter(rows)
    for first in left:
        most = _STATEMENT // len(_json(first))
        yield _json([first, *islice(left, most)])


def _json(rows: Any) -> str:
    return json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False)


def _prepared(field: models.Field) -> Callable[[Any], Any]:
    """Return what makes a Python value one of the database, or of the JSON that goes there."""
    kind = field.get_internal_type()
    if kind in _AS_IT_IS:
        return _same
    if kind == "JSONField":
        return field.get_prep_value if _takes_json() else _written(field)
    if _takes_json() and kind == "DateTimeField":  # the encoder would cut microseconds off
        return lambda value: _iso(field.get_db_prep_save(value, connection))
    return lambda value: field.get_db_prep_save(value, connection)


def _written(field: models.Field) -> Callable[[Any], str | None]:
    """Return what makes JSON of a value. Wagtail's stream makes a field of JSON, and that an encoder, at each value."""
    encode = (getattr(field, "json_field", field).encoder or json.JSONEncoder)().encode
    return lambda value: None if value is None else encode(field.get_prep_value(value))


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None


def _same(value: Any) -> Any:
    return value


def _reader(field: models.Field) -> Callable[[models.Model], Any]:
    """Return what reads a column of an instance as a value of the database."""
    if field.get_internal_type() in _AS_IT_IS:
        return attrgetter(field.attname)
    prepared = _prepared(field)
    return lambda row: prepared(field.pre_save(row, add=False))
