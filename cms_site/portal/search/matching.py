"""Which rows of the search index hold all the words, in the words of the database that the portal runs on."""

from typing import NamedTuple

from django.db import connection

from cms_site.portal.search.tokens import Phrase, phrases


class Match(NamedTuple):
    """A piece of SQL each: where the rows are, which of them hold all words, and which hold them all in the title."""

    rows: str
    key: str
    holds: str
    holds_params: list[str]
    in_title: str
    in_title_params: list[str]


def match(query: str) -> Match | None:
    """Return what finds a visitor's words; None where there is no letter, digit or Chinese character among them."""
    words = phrases(query)
    if not words:
        return None
    return _postgres(words) if connection.vendor == "postgresql" else _sqlite(words)


_FTS = "wagtailsearch_indexentry_fts"


def _sqlite(words: list[Phrase]) -> Match:
    # tokens hold letters and digits alone: nothing needs escaping
    spelled = " AND ".join(f'"{" ".join(word.tokens)}"{" *" if word.open_end else ""}' for word in words)
    return Match(
        rows=_FTS,
        key=f"{_FTS}.rowid",
        holds=f"{_FTS} MATCH %s",
        holds_params=[f"{{title body}} : ({spelled})"],
        in_title=f"{_FTS}.rowid IN (SELECT rowid FROM {_FTS} WHERE {_FTS} MATCH %s)",
        in_title_params=[f"{{title}} : ({spelled})"],
    )


def _postgres(words: list[Phrase]) -> Match:
    from cms_site.portal.search.postgres import tsquery

    spelled = [tsquery(word, prefix=False) for word in words]
    either = "(entry.title @@ to_tsquery('simple', %s) OR entry.body @@ to_tsquery('simple', %s))"
    return Match(
        rows="wagtailsearch_indexentry AS entry",
        key="entry.id",
        holds=" AND ".join([either] * len(spelled)),
        holds_params=[word for word in spelled for _column in range(2)],
        in_title="entry.title @@ to_tsquery('simple', %s)",
        in_title_params=[" & ".join(f"({word})" for word in spelled)],
    )
