"""Queries asked for every request of an old host: Django writes their SQL once, which costs more than asking them.

PostgreSQL spends more time on planning them than on all the rest: there they are prepared statements, planned once a
connection (PREPARE; Django has no word for it). Where a pooler hands connections around, they are asked as ever.

Rows become model instances as `django.db.models.query.ModelIterable` makes them (Django 5.2); a test compares both.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection, models
from django.db.backends.utils import CursorWrapper
from django.db.models.query import get_related_populators

_M = TypeVar("_M", bound=models.Model)


class Wanted:
    """A place in a query for a value that comes later; it stands there as text or as a number that nothing has."""

    TEXT = "\ue000wanted\ue000"
    NUMBER = -(2**30) - 7


_NOT_PREPARED = ("26000", "42P05")
"""SQLSTATE: there is no such prepared statement; there is one already. A pooler gave us another connection."""


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
        self._statements: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        """Connection → name of the statement there; empty where there can be none."""

    def first(self, values: dict[object, object]) -> Any:
        with connection.cursor() as cursor:
            if connection.vendor != "postgresql" or not self._executed(cursor, values):
                cursor.execute(self._sql, [values.get(param, param) for param in self._params])
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

    def _executed(self, cursor: CursorWrapper, values: dict[object, object]) -> bool:
        """Ask by the prepared statement; say whether there is one."""
        here = connection.connection
        try:
            if here not in self._statements:
                self._statements[here] = self._prepare(here)
            if not self._statements[here]:
                return False
            cursor.execute(f"EXECUTE {self._statements[here]} (%s, %s)", [values[Wanted.TEXT], values[Wanted.NUMBER]])
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _NOT_PREPARED:
                raise
            self._statements[here] = ""
            return False
        return True

    def _prepare(self, here: Any) -> str:
        sql = connection.ops.compose_sql(self._sql, self._params)
        sql = sql.replace(f"'{Wanted.TEXT}'", "$1").replace(str(Wanted.NUMBER), "$2")
        name = f"shangyi_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
        with connection.wrap_database_errors, here.cursor() as cursor:  # no query of the request: once a connection
            cursor.execute(f"PREPARE {name} (text, bigint) AS {sql}")
        return name
