"""Rows of one table, many at once, straight from their values: making an instance costs more than writing its row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection, models

Row = Mapping[str, Any]
"""Column (its name on the model: `page_id`, not `page`) → value."""

_AS_IT_IS = frozenset(
    "AutoField BigAutoField BigIntegerField BooleanField CharField ForeignKey IntegerField OneToOneField "
    "PositiveIntegerField PositiveSmallIntegerField SlugField TextField".split()
)
"""Kinds of columns that take a value of their own Python type (a foreign key: the number) on both databases."""


def insert_rows(model: type[models.Model], rows: Sequence[Row], alike: Row | None = None) -> list[int]:
    """Insert rows of a model's own table and return their primary keys, in order.

    All rows name the same columns; `alike` names those in which they don't differ. The others get their default,
    which must not be one for each row.
    """
    numbers: list[int] = []
    if not rows:
        return numbers
    statement = _Statement(model, rows[0], alike or {})
    size = max(1, connection.ops.bulk_batch_size(statement.fields, rows))
    key = connection.ops.quote_name(model._meta.pk.column)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            values = [value for row in some for value in statement.values(row)]
            cursor.execute(f"{statement.insert(len(some))} RETURNING {key}", values)
            numbers += [number for (number,) in cursor.fetchall()]
    return numbers


def put_rows(
    model: type[models.Model], rows: Iterable[Row], alike: Row, *, once: Sequence[str], updated: Sequence[str]
) -> None:
    """As `insert_rows`; where a row with the same values of `once` is there, its columns `updated` are written."""
    rows = list(rows)
    if not rows:
        return
    statement = _Statement(model, rows[0], alike)
    column = {field.attname: connection.ops.quote_name(field.column) for field in statement.fields}
    written = ", ".join(f"{column[name]} = excluded.{column[name]}" for name in updated)
    conflict = f" ON CONFLICT ({', '.join(column[name] for name in once)}) DO UPDATE SET {written}"
    with connection.cursor() as cursor:
        cursor.executemany(statement.insert(1) + conflict, map(statement.values, rows))


def update_rows(model: type[models.Model], rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Save these columns of rows that exist: one statement, run for each. `bulk_update` writes one as long as all."""
    if not rows:
        return
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.local_concrete_fields if field.attname in names]
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    key = model._meta.pk
    sql = f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE {quote(key.column)} = %s"
    readers = [_reader(field) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(sql, ([*(read(row) for read in readers), row.pk] for row in rows))


class _Statement:
    """How rows that name the same columns are inserted."""

    def __init__(self, model: type[models.Model], example: Row, alike: Row) -> None:
        blank = model(**alike)
        options = model._meta
        self._table = options.db_table
        self.fields = [f for f in options.local_concrete_fields if f.attname in example or not f.primary_key]
        self._columns: list[tuple[str, Callable[[Any], Any], Any]] = [
            (field.attname, _prepared(field), None)
            if field.attname in example
            else ("", _same, field.get_db_prep_save(field.pre_save(blank, add=True), connection))
            for field in self.fields
        ]

    def insert(self, count: int) -> str:
        """Return the SQL of so many rows."""
        quote = connection.ops.quote_name
        columns = ", ".join(quote(field.column) for field in self.fields)
        values = ", ".join([f"({', '.join(['%s'] * len(self.fields))})"] * count)
        return f"INSERT INTO {quote(self._table)} ({columns}) VALUES {values}"

    def values(self, row: Row) -> list[Any]:
        """Return a row's values as the database takes them."""
        return [prepared(row[name]) if name else alike for name, prepared, alike in self._columns]


def _prepared(field: models.Field) -> Callable[[Any], Any]:
    """Return what makes a Python value one of the database."""
    if field.get_internal_type() in _AS_IT_IS:
        return _same
    return lambda value: field.get_db_prep_save(value, connection)


def _same(value: Any) -> Any:
    return value


def _reader(field: models.Field) -> Callable[[models.Model], Any]:
    """Return what reads a column of an instance as a value of the database."""
    if field.get_internal_type() in _AS_IT_IS:
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(field.pre_save(row, add=False), connection)
