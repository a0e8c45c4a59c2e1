"""Bigram search on PostgreSQL's tsvector, as a subclass of Wagtail's database backend (modelsearch)."""

import json
from collections.abc import Sequence
from functools import reduce
from typing import Any

from django.contrib.postgres.search import SearchQuery as TSQuery
from django.db.backends.utils import CursorWrapper
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


_Text = tuple[str, str]
"""Tokens and the weight (A to D) that they have in their vector."""
_VECTORS = ("title", "autocomplete", "body")


class BigramIndexer(BigramValues, base.ObjectIndexer):
    """Every value goes into the index as bigrams."""

    def prepare_value(self, value: Any) -> str:
        """Return a value as tokens, as many as surely fit: a tsvector holds at most 1 MB."""
        return super().prepare_value(value)[:_MAX_TOKENS]

    def as_vector(self, texts: list[_Text], for_autocomplete: bool = False) -> list[_Text]:
        """Return the texts of a vector as they are: the database makes it, of a whole batch at once."""
        return texts


class BigramIndex(OneUpsert, base.PostgresIndex):
    """Writes a batch with one upsert: an ORM expression for each vector costs more than to make and store it."""

    indexer_class = BigramIndexer
    at_once = 25  # it begins with the first while the next are being made (`cms_site.legacy.rows.unwaiting`)

    def upsert(self, content_type_id: int, indexers: Sequence[BigramIndexer]) -> list[CursorWrapper]:
        """Write the entries of these objects, there or not. Returns where to read each object's id and its entry's.

        One statement writes all with as many texts of the same weights: all objects of a model but for those with tags.
        """
        alike: dict[tuple[_Text, ...], list[dict[str, str]]] = {}
        for indexer in indexers:
            found = [(column, *text) for column in _VECTORS for text in getattr(indexer, column)]
            shape = tuple((column, weight) for column, _tokens, weight in found)
            texts = {f"text{place}": tokens for place, (_column, tokens, _weight) in enumerate(found)}
            alike.setdefault(shape, []).append({"object_id": indexer.id, **texts})
        sent = []
        for shape, rows in alike.items():
            sent.append(cursor := self.write_connection.cursor())
            cursor.execute(self._statement(shape), [content_type_id, json.dumps(rows, ensure_ascii=False)])
        return sent

    def _statement(self, shape: tuple[_Text, ...]) -> str:
        """Return the upsert of rows whose texts go into these columns with these weights."""
        parts: dict[str, list[str]] = {column: [] for column in _VECTORS}
        for place, (column, weight) in enumerate(shape):
            config = self.backend.autocomplete_config if column == "autocomplete" else self.backend.config
            parts[column].append(f"setweight(to_tsvector('{config}', text{place}), '{weight}')")
        vectors = [" || ".join(parts[column]) or "''::tsvector" for column in _VECTORS]
        texts = "".join(f", text{place} text" for place in range(len(shape)))
        return (
            f"INSERT INTO {self.entries.model._meta.db_table} "
            f"(content_type_id, object_id, title_norm, title_text, body_text, {', '.join(_VECTORS)}) "
            f"SELECT %s, object_id, 1, '', '', {', '.join(vectors)} "
            f"FROM json_to_recordset(%s) AS new (object_id text{texts}) "
            "ON CONFLICT (content_type_id, object_id) DO UPDATE SET "
            + ", ".join(f"{column} = excluded.{column}" for column in _VECTORS)
            + " RETURNING object_id, id"
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
