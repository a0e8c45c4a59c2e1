"""Bigram search on SQLite's FTS5, as a subclass of Wagtail's database backend (modelsearch)."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from django.db.models import FloatField, Func, Model
from modelsearch.backends.database.sqlite import sqlite as base
from modelsearch.backends.database.sqlite.query import Lexeme, SearchQueryExpression
from modelsearch.query import Phrase, PlainText, SearchQuery
from modelsearch.utils import get_content_type_pk

from cms_site.portal.search.tokens import index_text, phrases

_NOTHING = "\ue000"
"""A private-use character: no text that is indexed holds it, so it finds nothing."""


class BigramIndexer(base.ObjectIndexer):
    """Every value goes into the index as bigrams."""

    def prepare_value(self, value: Any) -> str:
        return index_text(super().prepare_value(value))


class BigramIndex(base.SQLiteIndex):
    """Writes a batch with one upsert, and keeps no title norms: ranking weighs columns instead."""

    def _refresh_title_norms(self, full: bool = False) -> None:
        """Do nothing. The base rewrites rows after each write, at a cost that grows with the site."""

    def add_items(self, model: type[Model], objs: Sequence[Model]) -> None:
        if not model.get_search_fields():
            return
        content_type_id = get_content_type_pk(model)
        entries = [
            base.IndexEntry(
                content_type_id=content_type_id,
                object_id=indexer.id,
                title=indexer.title,
                autocomplete=indexer.autocomplete,
                body=indexer.body,
            )
            for indexer in (BigramIndexer(obj, self.backend) for obj in objs)
        ]
        self.entries.bulk_create(
            entries,
            batch_size=200,
            update_conflicts=True,
            unique_fields=["content_type", "object_id"],
            update_fields=["title", "autocomplete", "body"],
        )


class ColumnWeightedBM25(Func):
    """BM25 in which a word in the title outweighs any number of them in the body (best is lowest)."""

    output_field = FloatField()

    def __init__(self) -> None:
        super().__init__()

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:
        # The table's columns are autocomplete, body, title, in this order (wagtailsearch migration 0006).
        return f"bm25({base.SQLiteFTSIndexEntry._meta.db_table}, 1.0, 1.0, 1000.0)", []


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

    def _build_rank_expression(self, vectors: Any, config: Any) -> ColumnWeightedBM25:
        return ColumnWeightedBM25()


class BigramQueryCompiler(_BigramQueries, base.SQLiteSearchQueryCompiler):
    """Searches titles and bodies."""


class BigramAutocompleteQueryCompiler(_BigramQueries, base.SQLiteAutocompleteQueryCompiler):
    """Completes titles."""


class SQLiteBigramBackend(base.SQLiteSearchBackend):
    """Wagtail's SQLite backend with bigrams in the index and phrases of bigrams in the queries."""

    query_compiler_class = BigramQueryCompiler
    autocomplete_query_compiler_class = BigramAutocompleteQueryCompiler
    index_class = BigramIndex
