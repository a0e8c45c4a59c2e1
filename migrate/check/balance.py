"""Does the account balance? found = moved + redirected + archived + gone + undecided + failed (design §1)."""

from collections.abc import Iterator, Mapping

from migrate.archive.ledger import Ledger
from migrate.records import Account, Entry, Outcome, entry_from_json
from migrate.urls import UrlRules, canonical, host_of

EXAMPLES = 20

_FIGURES = {
    "moved": Outcome.MOVE,
    "redirected": Outcome.REDIRECT,
    "archived": Outcome.ARCHIVE,
    "gone": Outcome.GONE,
    "undecided": Outcome.UNDECIDED,
    "failed": Outcome.FAILED,
}


def account(ledger: Ledger, rules: UrlRules, decisions: Mapping[str, Outcome] | None = None) -> Account:
    """Return the account of one site. What was found is counted from captures and links, never from the entries.

    `decisions` are what people ruled in the portal: canonical URL → outcome; they change columns, not the balance.
    """
    collect_found(ledger, rules)
    found = _number(ledger, "SELECT count(DISTINCT key) FROM temp.found_urls")
    missing = "FROM (SELECT DISTINCT key FROM temp.found_urls) AS f WHERE key NOT IN (SELECT key FROM entries)"
    extra = "FROM entries WHERE key NOT IN (SELECT key FROM temp.found_urls)"
    counts = _outcomes(ledger, decisions or {})
    lost, invented = _number(ledger, f"SELECT count(*) {missing}"), _number(ledger, f"SELECT count(*) {extra}")
    return Account(
        found=found,
        **{name: counts[outcome] for name, outcome in _FIGURES.items()},
        balanced=not lost and not invented and found == sum(counts.values()),
        missing=_examples(ledger, missing),
        extra=_examples(ledger, extra),
    )


def collect_found(ledger: Ledger, rules: UrlRules) -> None:
    """Fill the temporary table found_urls (key under the site's rules, spelling): on disk, so memory stays flat."""
    ledger.db.execute("DROP TABLE IF EXISTS temp.found_urls")
    ledger.db.execute("CREATE TEMP TABLE found_urls (key TEXT, url TEXT, PRIMARY KEY (key, url)) WITHOUT ROWID")
    ledger.db.executemany("INSERT OR IGNORE INTO temp.found_urls VALUES (?, ?)", _found(ledger, rules))


def spelled_entries(ledger: Ledger) -> Iterator[Entry]:
    """Yield the entry of every address found, once for each spelling, with that spelling as its `url`.

    Needs `collect_found`. Two addresses that the site's rules fold into one must both be answered.
    """
    rows = ledger.db.execute(
        """SELECT json_set(e.data, '$.url', f.url) FROM entries AS e
           JOIN (SELECT key, url FROM temp.found_urls
                 UNION SELECT key, json_extract(data, '$.url') FROM entries) AS f ON f.key = e.key
           ORDER BY e.key, f.url"""
    )
    for (data,) in rows:
        yield entry_from_json(data)


def _found(ledger: Ledger, rules: UrlRules) -> Iterator[tuple[str, str]]:
    for key, url in ledger.found():
        if not rules.owns(host_of(key)):
            continue  # URLs of other sites are not counted
        try:
            yield canonical(key, rules), url
        except ValueError:
            yield key, url  # too long for the rules, and yet it was found: it must have an entry all the same


def _outcomes(ledger: Ledger, decisions: Mapping[str, Outcome]) -> dict[Outcome, int]:
    counts = dict.fromkeys(Outcome, 0)
    for outcome, number in ledger.db.execute("SELECT outcome, count(*) FROM entries GROUP BY outcome"):
        counts[Outcome(outcome)] += number
    for key, ruled in decisions.items():
        row = ledger.db.execute("SELECT outcome FROM entries WHERE key = ?", (key,)).fetchone()
        if row:
            counts[Outcome(row[0])] -= 1
            counts[ruled] += 1
    return counts


def _number(ledger: Ledger, sql: str) -> int:
    return int(ledger.db.execute(sql).fetchone()[0])


def _examples(ledger: Ledger, source: str) -> tuple[str, ...]:
    rows = ledger.db.execute(f"SELECT key {source} ORDER BY key LIMIT ?", (EXAMPLES,))
    return tuple(row[0] for row in rows)
