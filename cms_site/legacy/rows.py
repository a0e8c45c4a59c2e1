"""Rows by the hundred thousand: one prepared statement, run for each. `bulk_create` costs ten times as much."""

from collections.abc import Iterable, Sequence

from django.db import connection, models


def insert_rows(
    model: models.Model,
    names: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    once: Sequence[str] = (),
    updated: Sequence[str] = (),
) -> None:
    """Insert one row for each tuple of `rows`, the values of the attributes `names`; all others are the model's.

    Values are written as the database takes them: text, numbers, None. Where a row with the same `once` is there, its
    `updated` attributes are written instead.
    """
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    places = {name: place for place, name in enumerate(names)}
    quote = connection.ops.quote_name
    columns = {field.attname: quote(field.column) for field in fields}
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns.values())})"
    sql += f" VALUES ({', '.join(['%s'] * len(fields))})"
    if once:
        written = ", ".join(f"{columns[name]} = excluded.{columns[name]}" for name in updated)
        sql += f" ON CONFLICT ({', '.join(columns[name] for name in once)}) DO UPDATE SET {written}"
    fixed = [
        None if field.attname in places else field.get_db_prep_save(getattr(model, field.attname), connection)
        for field in fields
    ]
    moving = [(number, places[field.attname]) for number, field in enumerate(fields) if field.attname in places]
    values = []
    for row in rows:
        whole = fixed.copy()
        for number, place in moving:
            whole[number] = row[place]
        values.append(whole)
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)
