"""Rows of one table, many at once, straight from their values: making an instance costs more than writing its row."""

from collections.abc import Callable, Mapping, Sequence
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
    blank = model(**(alike or {}))
    fields = [field for field in model._meta.local_concrete_fields if field.attname in rows[0] or not field.primary_key]
    own = [(field.attname, _prepared(field)) if field.attname in rows[0] else None for field in fields]
    fixed = [None if mine else field.get_db_prep_save(field.pre_save(blank, add=True), connection)
             for field, mine in zip(fields, own, strict=True)]  # fmt: skip
    columns = list(zip(own, fixed, strict=True))
    size = max(1, connection.ops.bulk_batch_size(fields, rows))
    with connection.cursor() as cursor:
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            cursor.execute(
                _insert(model, fields, len(some)),
                [mine[1](row[mine[0]]) if mine else value for row in some for mine, value in columns],
            )
            numbers += [number for (number,) in cursor.fetchall()]
    return numbers


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


def _insert(model: type[models.Model], fields: Sequence[models.Field], count: int) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    key = quote(model._meta.pk.column)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {values} RETURNING {key}"


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
