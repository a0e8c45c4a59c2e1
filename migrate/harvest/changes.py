"""What a capture says against the ones before it: new, changed, gone, unchanged; and whether it may be believed."""

import json
from dataclasses import replace
from typing import NamedTuple

from migrate.archive.ledger import Ledger
from migrate.harvest.captures import Capture
from migrate.harvest.replaced import REPLACED, replaced
from migrate.harvest.targets import NO_PROBES
from migrate.records import HTML_TYPES, UNRELIABLE, to_json

ANSWERED = 0.8
"""Share of the known pages that must answer at all before anything is concluded to be gone."""

STILL_THERE = 0.5
"""Share of them that must still be there: a server that has lost more is not itself, or it serves another site now."""

_HTML = ", ".join(f"'{name}'" for name in HTML_TYPES)

_BEFORE = """before AS (
  SELECT key, digest, media_type, max(capture) AS capture FROM resources
  WHERE capture >= :floor AND capture < :stamp AND status = 200 AND reason = '' AND instr(key, '#') = 0 GROUP BY key)"""
"""The newest good answer of each address in the captures that this one rests on."""

GONE = "status BETWEEN 400 AND 499 AND status NOT IN (408, 429) AND reason = ''"
"""Of rows of resources: the old server says that it has no such thing (any more)."""


class Changes(NamedTuple):
    """Addresses of one capture against the captures that it rests on."""

    new: int
    changed: int
    gone: int
    unchanged: int


class Doubt(NamedTuple):
    """Why nothing may be concluded to be gone."""

    reason: str
    """`replaced`: the home page or most others have become the same text as others; `home`: the home page failed;
    `answers`: too few known pages answered; `missing`: too few are still there.
    """
    known: int
    """Pages that the old site gave before."""
    answered: int
    there: int


def compare(ledger: Ledger, capture: Capture) -> Changes:
    """Return how many addresses are new, changed, gone and unchanged in a finished capture."""
    row = ledger.db.execute(
        f"""WITH {_BEFORE}, now AS (
              SELECT r.status, r.reason, r.digest, b.digest AS old FROM resources AS r LEFT JOIN before AS b USING (key)
              WHERE r.capture = :stamp AND instr(r.key, '#') = 0)
            SELECT total(old IS NULL AND status = 200 AND reason = ''),
                   total(old IS NOT NULL AND (status = 200 AND digest <> old OR status BETWEEN 300 AND 399)
                         AND reason = ''),
                   total(old IS NOT NULL AND {GONE}),
                   total(digest = old AND status = 200 AND reason = '') + (
                     SELECT count(*) FROM frontier
                     WHERE capture = :stamp AND reason = 'unchanged' AND instr(key, '#') = 0)
            FROM now""",
        {"floor": capture.floor, "stamp": capture.stamp},
    ).fetchone()
    return Changes(*map(int, row))


def answers_by_class(ledger: Ledger, capture: Capture) -> dict[str, int]:
    """Return `2xx`, `3xx` …, or `none` for no answer → URLs of one capture; of unchanged ones as they were before."""
    rows = ledger.db.execute(
        f"""WITH same AS (
             SELECT r.key, r.status, max(r.capture) FROM frontier AS f
             JOIN resources AS r ON r.key = f.key AND r.capture >= :floor AND r.capture < :stamp
             WHERE f.capture = :stamp AND f.reason = 'unchanged' AND f.{NO_PROBES} GROUP BY r.key)
           SELECT status / 100, count(*) FROM (
             SELECT status FROM resources WHERE capture = :stamp AND {NO_PROBES} UNION ALL SELECT status FROM same)
           GROUP BY 1 ORDER BY 1""",
        {"floor": capture.floor, "stamp": capture.stamp},
    )
    return {f"{kind}xx" if kind else "none": number for kind, number in rows}


def conclude(ledger: Ledger, capture: Capture, home: str) -> None:
    """Look whether a capture may be believed where it says that something is gone; if not, its 4xx answers are
    failures, to be tried again, and the capture's settings say why. Call inside the transaction that finishes it.

    A full one says of nothing that it is gone; but a text that took the place of many pages is none of them there, too.
    """
    if capture.kind != "delta":
        if ledger.db.execute("SELECT 1 FROM captures WHERE stamp < ?", (capture.stamp,)).fetchone():
            _leave_out_replaced(ledger, replace(capture, floor=""))
        return
    same = _leave_out_replaced(ledger, capture)
    doubt = _doubt(ledger, capture, home, same)
    if doubt is None:
        return
    said_gone = f"capture = :stamp AND ({GONE} OR key = :home AND status BETWEEN 300 AND 399)"
    names = {"stamp": capture.stamp, "home": home}
    db = ledger.db
    db.execute(
        f"""UPDATE frontier SET state = 'failed', reason = (
              SELECT 'HTTP ' || status FROM resources AS r WHERE r.capture = frontier.capture AND r.key = frontier.key)
            WHERE capture = :stamp AND key IN (SELECT key FROM resources WHERE {said_gone})""",
        names,
    )
    db.execute(f"UPDATE resources SET reason = '{UNRELIABLE}' WHERE {said_gone}", names)
    db.execute(
        "UPDATE captures SET settings = json_set(settings, '$.unreliable', json(?)) WHERE stamp = ?",
        (to_json(doubt._asdict()), capture.stamp),
    )


def _leave_out_replaced(ledger: Ledger, capture: Capture) -> set[str]:
    """Let pages that have become the same count as failed; return them. The capture's settings tell of them."""
    groups = replaced(ledger, capture, _known(ledger, capture)[0])
    keys = {key for group in groups for key in group.keys}
    if groups:
        rows = [(capture.stamp, key) for key in keys]
        db = ledger.db
        db.executemany(
            f"UPDATE frontier SET state = 'failed', reason = '{REPLACED}' WHERE capture = ? AND key = ?", rows
        )
        db.executemany(f"UPDATE resources SET reason = '{UNRELIABLE}' WHERE capture = ? AND key = ?", rows)
        told = [[len(group.keys), group.keys[0], group.keys[-1]] for group in groups]
        db.execute(
            f"UPDATE captures SET settings = json_set(settings, '$.{REPLACED}', json(?)) WHERE stamp = ?",
            (to_json(told), capture.stamp),
        )
    return keys


def replaced_of(ledger: Ledger, stamp: str) -> list[tuple[int, str, str]]:
    """Return (how many, one, another) of each group of pages that became the same in a finished capture."""
    row = ledger.db.execute("SELECT settings FROM captures WHERE stamp = ?", (stamp,)).fetchone()
    return [(number, one, other) for number, one, other in json.loads(row[0]).get(REPLACED, ())]


def doubt_of(ledger: Ledger, stamp: str) -> Doubt | None:
    """Return why a finished capture is not believed; None where it is."""
    row = ledger.db.execute("SELECT settings FROM captures WHERE stamp = ?", (stamp,)).fetchone()
    told = json.loads(row[0]).get("unreliable")
    return Doubt(**told) if told else None


def _known(ledger: Ledger, capture: Capture) -> tuple[int, int, int]:
    """Return how many pages the old site gave before, how many of them answered now, and how many are still there."""
    # What a capture did not ask for is as the last one that did has left it.
    row = ledger.db.execute(
        f"""WITH {_BEFORE},
              settled AS (SELECT key, state, reason, max(capture) FROM frontier WHERE capture >= :floor GROUP BY key),
              latest AS (SELECT key, status, max(capture) FROM resources WHERE capture >= :floor GROUP BY key)
            SELECT count(*) FILTER (WHERE media_type IN ({_HTML})) AS known,
                   count(*) FILTER (WHERE media_type IN ({_HTML}) AND (state = 'fetched' OR reason = '{REPLACED}'))
                     AS answered,
                   count(*) FILTER (WHERE media_type IN ({_HTML}) AND state = 'fetched' AND status < 400) AS there
            FROM before JOIN settled USING (key) JOIN latest USING (key)""",
        {"floor": capture.floor, "stamp": capture.stamp},
    ).fetchone()
    known, answered, there = row
    return known, answered, there


def _doubt(ledger: Ledger, capture: Capture, home: str, same: set[str]) -> Doubt | None:
    known, answered, there = _known(ledger, capture)
    if home in same or (same and there < STILL_THERE * known):
        return Doubt(REPLACED, known, answered, there)
    if _home_failed(ledger, capture, home):
        return Doubt("home", known, answered, there)
    if answered < ANSWERED * known:
        return Doubt("answers", known, answered, there)
    if there < STILL_THERE * known:
        return Doubt("missing", known, answered, there)
    return None


def _home_failed(ledger: Ledger, capture: Capture, home: str) -> bool:
    """Say whether the home page gave no page, or sends on where it used to give one: that is how sites are closed."""
    row = ledger.db.execute(
        """SELECT f.state, r.status, (
             SELECT count(*) FROM resources
             WHERE key = :home AND capture >= :floor AND capture < :stamp AND status = 200 AND reason = '') AS good
           FROM frontier AS f JOIN resources AS r USING (key)
           WHERE key = :home AND f.capture >= :floor AND r.capture >= :floor
           ORDER BY f.capture DESC, r.capture DESC LIMIT 1""",
        {"floor": capture.floor, "stamp": capture.stamp, "home": home},
    ).fetchone()
    return row is None or row["state"] != "fetched" or row["status"] >= (300 if row["good"] else 400)
