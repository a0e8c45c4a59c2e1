"""Queries asked for every request of an old host: Django writes their SQL once, which costs more than asking them.

Rows become model instances as `django.db.models.query.ModelIterable` makes them (Django 5.2); a test compares both.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators

_M = TypeVar("_M", bound=models.Model)


class Wanted:
    """A place in a query for a value that comes later; it stands there as text or as a number that nothing has."""

    TEXT = "\ue000wanted\ue000"
    NUMBER = -(2**30) - 7


class Prepared(Generic[_M]):
    """One query, whose SQL is made when it is first asked. `build` returns it with `Wanted` in place of its values."""

    def __init__(self, build: Callable[[], "models.QuerySet[_M]"]) -> None:
        self._build = build
        self._made: dict[str, _Made] = {}

    def first(self, *, text: str = "", number: int = 0) -> _M | None:
        """Return the row with these values; None without one."""
        vendor = connection.vendor
        if vendor not in self._made:
            self._made[vendor] = _Made(self._build())
        found: _M | None = self._made[vendor].first({Wanted.TEXT: text, Wanted.NUMBER: number})
        return found


class _Made:
    def __init__(self, query: "models.QuerySet[Any]") -> None:
        self._compiler = query.query.get_compiler(using=query.db)
        self._sql, self._params = self._compiler.as_sql()
        chosen, info = self._compiler.select, self._compiler.klass_info
        self._model, fields = info["model"], info["select_fields"]
        self._own = slice(fields[0], fields[-1] + 1)
        self._names = [column[0].target.attname for column in chosen[self._own]]
        self._related = get_related_populators(info, chosen, query.db)
        self._converters = self._compiler.get_converters([column for column, _sql, _alias in chosen])
        self._db = query.db

    def first(self, values: dict[object, object]) -> Any:
        params = [values.get(param, param) for param in self._params]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            row = cursor.fetchone()
        if row is None:
            return None
        (row,) = self._compiler.apply_converters([row], self._converters)
        found = self._model.from_db(self._db, self._names, row[self._own])
        for populator in self._related:
            populator.populate(row, found)
        for name, place in self._compiler.annotation_col_map.items():
            setattr(found, name, row[place])
        return found
