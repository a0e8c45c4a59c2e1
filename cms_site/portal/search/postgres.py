"""Bigram search on PostgreSQL's tsvector, as a subclass of Wagtail's database backend (modelsearch)."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from django.contrib.postgres.search import SearchQuery as TSQuery
from django.db.models import F, Model
from modelsearch.backends.database.postgres import postgres as base
from modelsearch.query import Phrase, PlainText, SearchQuery
from modelsearch.utils import get_content_type_pk

from cms_site.portal.search.tokens import Phrase as Words
from cms_site.portal.search.tokens import index_text, phrases

_NOTHING = "'\ue000'"
"""A private-use character: no text that is indexed holds it, so it finds nothing."""


class BigramIndexer(base.ObjectIndexer):
    """Every value goes into the index as bigrams."""

    def prepare_value(self, value: Any) -> str:
        # A tsvector holds at most 1 MB; 100,000 characters of one page stay far below it.
        return index_text(super().prepare_value(value)[:100_000])


class BigramIndex(base.PostgresIndex):
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
                title_text="",  # for fuzzy search, which bigrams make superfluous
                body_text="",
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


class _BigramQueries:
    """Turns words into phrases of bigrams, for searching and for completing alike."""

    LAST_TERM_IS_PREFIX: bool

    def build_tsquery_content(self, query: SearchQuery, config: Any = None, invert: bool = False) -> Any:
        if not isinstance(query, PlainText | Phrase):
            return super().build_tsquery_content(query, config=config, invert=invert)  # type: ignore[misc]
        found = phrases(query.query_string)
        terms = [
            TSQuery(
                _tsquery(phrase, prefix=self.LAST_TERM_IS_PREFIX and phrase is found[-1]),
                search_type="raw",
                config=config,
                invert=invert,
            )
            for phrase in found
        ] or [TSQuery(_NOTHING, search_type="raw", config=config, invert=invert)]
        either = (isinstance(query, PlainText) and query.operator == "or") != invert
        return reduce(lambda a, b: a | b if either else a & b, terms)


def _tsquery(phrase: Words, *, prefix: bool) -> str:
    """Return a phrase in PostgreSQL's own words; tokens hold letters and digits alone, so nothing needs escaping."""
    quoted = [f"'{token}'" for token in phrase.tokens]
    if prefix or phrase.open_end:
        quoted[-1] += ":*"
    return " <-> ".join(quoted)


class BigramQueryCompiler(_BigramQueries, base.PostgresSearchQueryCompiler):
    """Searches titles and bodies; a title outweighs any body, whose rank is below 1."""

    def get_index_vectors(self, search_query: Any) -> list[tuple[F, float]]:
        return [(F("index_entries__title"), 1000.0), (F("index_entries__body"), 1.0)]


class BigramAutocompleteQueryCompiler(_BigramQueries, base.PostgresAutocompleteQueryCompiler):
    """Completes titles."""


class PostgresBigramBackend(base.PostgresSearchBackend):
    """Wagtail's PostgreSQL backend with bigrams in the index and phrases of bigrams in the queries."""

    query_compiler_class = BigramQueryCompiler
    autocomplete_query_compiler_class = BigramAutocompleteQueryCompiler
    index_class = BigramIndex
