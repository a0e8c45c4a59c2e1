"""Bigram search on PostgreSQL's tsvector, as a subclass of Wagtail's database backend (modelsearch)."""

from collections.abc import Mapping
from functools import reduce
from typing import Any, ClassVar

from django.contrib.postgres.search import SearchQuery as TSQuery
from django.db.models import F
from modelsearch.backends.database.postgres import postgres as base
from modelsearch.query import Phrase, PlainText, SearchQuery

from cms_site.portal.search.batches import BigramValues, OneUpsert
from cms_site.portal.search.tokens import Phrase as Words
from cms_site.portal.search.tokens import phrases

_NOTHING = "'\ue000'"
"""A private-use character: no text that is indexed holds it, so it finds nothing."""


_MAX_TOKENS = 300_000
"""Characters of the tokens of one value, which are about 100,000 of its text."""


class BigramIndexer(BigramValues, base.ObjectIndexer):
    """Every value goes into the index as bigrams."""

    def prepare_value(self, value: Any) -> str:
        """Return a value as tokens, as many as surely fit: a tsvector holds at most 1 MB."""
        return super().prepare_value(value)[:_MAX_TOKENS]


class BigramIndex(OneUpsert, base.PostgresIndex):
    """Writes a batch with one upsert."""

    indexer_class = BigramIndexer
    unused: ClassVar[Mapping[str, str]] = {"title_text": "", "body_text": ""}  # for fuzzy search


class _BigramQueries:
    """Turns words into phrases of bigrams, for searching and for completing alike."""

    LAST_TERM_IS_PREFIX: bool

    def build_tsquery_content(self, query: SearchQuery, config: Any = None, invert: bool = False) -> Any:
        if not isinstance(query, PlainText | Phrase):
            return super().build_tsquery_content(query, config=config, invert=invert)  # type: ignore[misc]
        found = phrases(query.query_string)
        terms = [
            TSQuery(
                tsquery(phrase, prefix=self.LAST_TERM_IS_PREFIX and phrase is found[-1]),
                search_type="raw",
                config=config,
                invert=invert,
            )
            for phrase in found
        ] or [TSQuery(_NOTHING, search_type="raw", config=config, invert=invert)]
        either = (isinstance(query, PlainText) and query.operator == "or") != invert
        return reduce(lambda a, b: a | b if either else a & b, terms)


def tsquery(phrase: Words, *, prefix: bool) -> str:
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
