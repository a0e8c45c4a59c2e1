"""Bigram search on SQLite's FTS5, as a subclass of Wagtail's database backend (modelsearch)."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.db.models import Field, IntegerField, Model, QuerySet
from modelsearch.backends.database.sqlite import sqlite as base
from modelsearch.backends.database.sqlite.query import Lexeme, MatchExpression, SearchQueryExpression
from modelsearch.index import AutocompleteField
from modelsearch.query import MatchAll, Not, Phrase, PlainText, SearchQuery
from modelsearch.utils import get_descendants_content_types_pks

from cms_site.portal.search.batches import BigramValues, OneUpsert
from cms_site.portal.search.tokens import phrases

_NOTHING = "\ue000"
"""A private-use character: no text that is indexed holds it, so it finds nothing."""


class BigramIndexer(BigramValues, base.ObjectIndexer):
    """Every value goes into the index as bigrams."""

    def texts(self) -> tuple[str, str, str]:
        """Return title, autocomplete and body. The base walks through all fields for each of them."""
        title, autocomplete, body = list[str](), list[str](), list[str]()
        for field in self.search_fields:
            for part, tokens in self.prepare_field(self.obj, field):
                words = title if part.field_name == "title" else body
                (autocomplete if isinstance(part, AutocompleteField) else words).append(tokens)
        return " ".join(title), " ".join(autocomplete), " ".join(body)


class BigramIndex(OneUpsert, base.SQLiteIndex):
    """Writes a batch with one upsert."""

    indexer_class = BigramIndexer
    at_once = 200

    def upsert(self, content_type_id: int, indexers: Sequence[BigramIndexer]) -> list[CursorWrapper]:
        """Write the entries of these objects, there or not. Returns where to read each object's id and its entry's."""
        rows = [(content_type_id, one.id, *one.texts()) for one in indexers]
        statement = (
            f"INSERT INTO {self.entries.model._meta.db_table} "
            "(content_type_id, object_id, title_norm, title, autocomplete, body) "
            f"VALUES {', '.join(['(%s, %s, 1, %s, %s, %s)'] * len(rows))} "
            "ON CONFLICT (content_type_id, object_id) DO UPDATE SET "
            "title = excluded.title, autocomplete = excluded.autocomplete, body = excluded.body RETURNING object_id, id"
        )
        cursor = self.write_connection.cursor()
        cursor.execute(statement, [value for row in rows for value in row])
        return [cursor]


def _best_first(table: str) -> str:
    """Return BM25 in which a word in the title outweighs any number of them in the body; the best is the lowest.

    The table's columns are autocomplete, body, title, in this order (wagtailsearch migration 0006).
    """
    return f"bm25({table}, 1.0, 1.0, 1000.0)"


class _BigramQueries:
    """Turns words into phrases of bigrams, for searching and for completing alike."""

    LAST_TERM_IS_PREFIX: bool

    def build_search_query_content(self, query: SearchQuery, config: Any = None) -> Any:
        if not isinstance(query, PlainText | Phrase):
            return super().build_search_query_content(query, config=config)  # type: ignore[misc]
        found = phrases(query.query_string)
        if not found:
            return SearchQueryExpression(Lexeme(_NOTHING), config=config)
        lexemes = [
            Lexeme(
                " ".join(phrase.tokens), prefix=phrase.open_end or (self.LAST_TERM_IS_PREFIX and phrase is found[-1])
            )
            for phrase in found
        ]
        either = isinstance(query, PlainText) and query.operator == "or"
        return SearchQueryExpression(reduce(lambda a, b: a | b if either else a & b, lexemes), config=config)

    def search(self, config: Any, start: int | None, stop: int | None, score_field: str | None = None) -> QuerySet:
        """Return the objects that match, best first.

        The base asks for the score in a correlated subquery, which SQLite answers with one full-text search per row
        found: minutes at 20,000 pages. Here the full-text table drives the join and is read once.
        """
        query = base.normalize(self.query)
        model = self.queryset.model
        if isinstance(query, MatchAll | Not) or not isinstance(_key_field(model), IntegerField):
            return super().search(config, start, stop, score_field=score_field)  # type: ignore[misc]
        words, entries = base.SQLiteFTSIndexEntry._meta.db_table, base.IndexEntry._meta.db_table
        compiler = self.queryset.query.get_compiler(self.queryset.db)
        match = MatchExpression(self.fields or self.FTS_TABLE_FIELDS, self.build_search_query(query, config=config))
        where, params = match.as_sql(compiler, compiler.connection)
        types = ", ".join(str(int(key)) for key in get_descendants_content_types_pks(model))
        found = self.queryset.extra(  # noqa: S610  names are the models' own, the words are parameters
            tables=[words, entries],
            where=[
                where,
                f'"{entries}"."id" = "{words}"."rowid"',
                f'"{entries}"."content_type_id" IN ({types})',
                f'"{model._meta.db_table}"."{model._meta.pk.column}" = CAST("{entries}"."object_id" AS INTEGER)',
            ],
            params=params,
            select={score_field or "_score": _best_first(words)},
        )
        if self.order_by_relevance:
            found = found.order_by(score_field or "_score", "-pk")
        elif not found.query.order_by:
            found = found.order_by("-pk")  # pages of results must not overlap
        return found[start:stop]


def _key_field(model: type[Model]) -> Field:
    field = model._meta.pk
    return field.target_field if field.remote_field else field


class BigramQueryCompiler(_BigramQueries, base.SQLiteSearchQueryCompiler):
    """Searches titles and bodies."""


class BigramAutocompleteQueryCompiler(_BigramQueries, base.SQLiteAutocompleteQueryCompiler):
    """Completes titles."""


class SQLiteBigramBackend(base.SQLiteSearchBackend):
    """Wagtail's SQLite backend with bigrams in the index and phrases of bigrams in the queries."""

    query_compiler_class = BigramQueryCompiler
    autocomplete_query_compiler_class = BigramAutocompleteQueryCompiler
    index_class = BigramIndex
