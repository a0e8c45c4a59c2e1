"""What a person must look at after a harvest, counted from the ledger's rows."""

import json
from collections.abc import Iterator

from migrate.answers import CHALLENGE, ERROR_PAGE, LOGIN_FORM, PARKED, SERVER_ERROR, SOFT_404
from migrate.archive.ledger import Ledger
from migrate.harvest.captures import Capture
from migrate.harvest.changes import GONE, doubt_of, replaced_of
from migrate.harvest.replaced import REPLACED
from migrate.harvest.store import LEARNED, PAGE_CHECKS
from migrate.harvest.verdict import HTML_INSTEAD
from migrate.http import Fault
from migrate.i18n import _
from migrate.records import Finding, Level

MANY_FOREIGN = 10
"""Links to other sites, government sites left out, that are too many for one page: injected, more often than not."""

_OFFICIAL = ("%.gov.cn/%", "%.gov.cn", "%.conac.cn/%", "%.xn--zfr164b/%", "%.xn--55qw42g/%")
"""LIKE patterns of hosts that pages of government sites are expected to name; the last two are .政务 and .公益."""

_NOT_OFFICIAL = " AND ".join(f"target NOT LIKE '{pattern}'" for pattern in _OFFICIAL)

_NEWEST = """SELECT * FROM (
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY capture DESC) AS place FROM frontier
  WHERE capture >= :floor AND key IN (SELECT key FROM frontier WHERE capture >= :floor AND state = :state)
) WHERE place = 1 AND state = :state"""
"""Of a large site most URLs were fetched: only those that ever were in the state are ranked."""


def write_findings(ledger: Ledger, capture: Capture, robots_key: str) -> int:
    """Replace the harvest's findings; return how many there are. Call inside a transaction."""
    about_pages = {
        (finding.check, finding.url, finding.message): finding
        for _stage, finding in ledger.findings("harvest")
        if finding.check in PAGE_CHECKS
    }
    found = [*_dead_links(ledger, robots_key), *_failures(ledger, capture), *_skipped(ledger, capture)]
    found += [*_gone(ledger, capture), *_unreliable(ledger, capture), *_slow_robots(ledger, capture)]
    found += _replaced(ledger, capture)
    found += [*_foreign_scripts(ledger), *_foreign_links(ledger), *_untrue(ledger), *_loops(ledger), *_cases(ledger)]
    found += [*_sessions(ledger), *about_pages.values()]
    return ledger.replace_findings("harvest", found)


def tls_words(code: str) -> str:
    """Return what a code of tls.Fault means."""
    words = {
        "tls-expired": _("Its certificate has expired."),
        "tls-not-yet-valid": _("Its certificate is not valid yet. Is the clock of this machine right?"),
        "tls-self-signed": _("It signed its certificate itself."),
        "tls-wrong-host": _("Its certificate is for another host."),
        "tls-untrusted": _("Nobody whom this machine trusts vouches for its certificate."),
        "tls-old": _("It knows only TLS or ciphers that are too old, or does not speak TLS there."),
    }
    return words.get(code, code)


def tls_hint() -> str:
    """Return how old TLS is allowed."""
    return _("If the owner agrees, write “tls: any” under harvest in the site file.")


def tls_finding(fault: Fault) -> Finding:
    """Return what was put up with at one host."""
    return Finding(
        Level.WARNING,
        "harvest.tls",
        f"https://{fault.host}/",
        f"{tls_words(fault.code)} ({fault.detail})",
        _("“tls: any” allowed it. On the way from there the pages could have been changed: compare a few by eye."),
    )


def _slow_robots(ledger: Ledger, capture: Capture) -> Iterator[Finding]:
    row = ledger.db.execute("SELECT settings FROM captures WHERE stamp = ?", (capture.stamp,)).fetchone()
    gap = json.loads(row["settings"]).get("robots_gap", 0)
    if gap:
        yield Finding(
            Level.NOTE,
            "harvest.robots-rate",
            "",
            _("robots.txt asks for {n} seconds between two requests; they were kept.").format(n=gap),
            _("If the owner allows it, write “robots: waived” under harvest in the site file."),
        )


def _dead_links(ledger: Ledger, robots_key: str) -> Iterator[Finding]:
    rows = ledger.db.execute(
        """SELECT r.key, r.status, l.referrer, l.context, l.text FROM (
             SELECT *, row_number() OVER (
               PARTITION BY key ORDER BY (status = 200 AND reason = '') DESC, capture DESC) AS place FROM resources
             WHERE key IN (SELECT key FROM resources WHERE status BETWEEN 400 AND 499)
           ) r LEFT JOIN links l ON l.target = r.key
           WHERE r.place = 1 AND r.status BETWEEN 400 AND 499 AND r.status NOT IN (408, 429)
             AND r.reason = '' AND r.key <> ? AND instr(r.key, '#') = 0
           ORDER BY r.key""",
        (robots_key,),
    )
    for key, status, referrer, context, text in rows:
        # What a script seems to name may never have been an address.
        level = Level.NOTE if context in ("code", "pager") else Level.WARNING
        yield Finding(
            level,
            "harvest.dead-link",
            key,
            _("The old site answers {status}. First named on {referrer} ({context}) {text}")
            .format(status=status, referrer=referrer or "—", context=context or "—", text=f"“{text}”" if text else "")
            .rstrip(),
        )


def _gone(ledger: Ledger, capture: Capture) -> Iterator[Finding]:
    if capture.floor == capture.stamp:
        return  # nothing was before
    rows = ledger.db.execute(
        f"""SELECT now.key, now.status, before.capture AS before FROM (
              SELECT *, max(capture) FROM resources WHERE capture >= :floor GROUP BY key) AS now
            JOIN (SELECT key, max(capture) AS capture FROM resources
                  WHERE capture >= :floor AND status = 200 AND reason = '' AND instr(key, '#') = 0
                  GROUP BY key) AS before USING (key)
            WHERE {GONE} ORDER BY now.key""",
        {"floor": capture.floor},
    )
    for key, status, before in rows:
        yield Finding(
            Level.WARNING,
            "harvest.gone",
            key,
            _("The old site answers {status} now. What capture {before} got is kept.").format(
                status=status, before=before
            ),
            _("If it was withdrawn for good, say so with a rule or decide it in the portal's admin."),
        )


def _unreliable(ledger: Ledger, capture: Capture) -> Iterator[Finding]:
    doubt = doubt_of(ledger, capture.stamp)
    if doubt is None:
        return
    reasons = {
        "home": _("The home page failed in this capture."),
        "answers": _("Only {n} of {of} known pages answered in this capture.").format(n=doubt.answered, of=doubt.known),
        "missing": _("Only {n} of {of} known pages are still there.").format(n=doubt.there, of=doubt.known),
        REPLACED: _("The home page, or most pages, have been replaced by one text."),
    }
    yield Finding(
        Level.WARNING,
        "harvest.unreliable",
        "",
        _("{reason} Nothing is concluded to be gone: what answered 404 or the like counts as failed.").format(
            reason=reasons[doubt.reason]
        ),
        _("Look at the old site in a browser. Run the harvest again when it works: it retries what failed."),
    )


def _replaced(ledger: Ledger, capture: Capture) -> Iterator[Finding]:
    for number, one, other in replaced_of(ledger, capture.stamp):
        yield Finding(
            Level.WARNING,
            "harvest.replaced",
            one,
            _("{n} pages that were unlike each other have become the same text, for example {a} and {b}. What was "
              "captured of them before is kept.").format(n=number, a=one, b=other),
            _("Look at one of them in a browser: is the site closed, in repair, or broken into? Run the harvest again "
              "when it is itself: it asks for them again."),
        )  # fmt: skip


def _failures(ledger: Ledger, capture: Capture) -> Iterator[Finding]:
    words = _useless()
    rows = ledger.db.execute(
        f"SELECT key, reason FROM ({_NEWEST}) WHERE reason <> '{REPLACED}'",
        {"floor": capture.floor, "state": "failed"},
    )
    for key, reason in rows:
        hint = tls_hint() if reason.startswith("tls-") else _("Run the harvest again: it retries what failed.")
        message, hint = words.get(reason, (_("Could not be fetched: {reason}").format(reason=reason), hint))
        yield Finding(
            Level.WARNING,
            f"harvest.{reason}" if reason in words else "harvest.failed",
            key,
            message,
            hint,
        )


def _useless() -> dict[str, tuple[str, str]]:
    """Return reason → what is wrong with an answer that came, but not with what was asked for; and what to do."""
    return {
        CHALLENGE: (
            _("A firewall answered instead of the site."),
            _("Ask whoever runs the firewall to let this machine through; then run the harvest again."),
        ),
        SERVER_ERROR: (
            _("The server says with status 200 that it is in trouble."),
            _("Run the harvest again: it retries what failed."),
        ),
        LOGIN_FORM: (
            _("The page asks to log in."),
            _("Does it need to be saved? Then ask its owner how to read it without a password."),
        ),
        PARKED: (
            _("The host is there, but not the site: a page of the server or of its provider."),
            _("Is the address right? Is the site still on that server? Then run the harvest again."),
        ),
        HTML_INSTEAD: (
            _("The old site answers with a page where a file should be."),
            _("Does the file open in a browser that comes from the article? Then fetch it by hand."),
        ),
    }


def _untrue(ledger: Ledger) -> Iterator[Finding]:
    rows = ledger.db.execute(
        """SELECT r.key, r.reason, l.referrer FROM (
             SELECT *, row_number() OVER (PARTITION BY key ORDER BY (reason = '') DESC, capture DESC) AS place
             FROM resources WHERE key IN (SELECT key FROM resources WHERE reason IN (:soft, :error))
           ) r LEFT JOIN links l ON l.target = r.key
           WHERE r.place = 1 AND r.reason IN (:soft, :error) AND instr(r.key, '#') = 0 ORDER BY r.key""",
        {"soft": SOFT_404, "error": ERROR_PAGE},
    )
    words = {
        SOFT_404: _("Not there, though the old site says so with status 200. First named on {referrer}"),
        ERROR_PAGE: _("A script of the old site breaks here, with status 200. First named on {referrer}"),
    }
    for key, reason, referrer in rows:
        yield Finding(
            Level.WARNING,
            f"harvest.{reason}",
            key,
            words[reason].format(referrer=referrer or "—"),
            _("Does a browser show it? Then decide in the portal's admin what becomes of it."),
        )


def _loops(ledger: Ledger) -> Iterator[Finding]:
    """Yield one finding for each ring of addresses that redirect to each other."""
    rows = ledger.db.execute(
        "SELECT key, location, max(capture) FROM resources WHERE location NOT IN ('', key) GROUP BY key ORDER BY key"
    )
    leads = {key: location for key, location, _capture in rows}
    while leads:
        path = [next(iter(leads))]
        while (following := leads.pop(path[-1], "")) and following not in path:
            path.append(following)
        if following:
            ring = path[path.index(following) :]
            yield Finding(
                Level.WARNING,
                "harvest.redirect-loop",
                ring[0],
                _("{n} addresses redirect to each other: {urls}").format(n=len(ring), urls=" → ".join(ring[:5])),
                _("Nothing can be had there. Does a browser with cookies get further?"),
            )


def _cases(ledger: Ledger) -> Iterator[Finding]:
    """Yield what there is to say of addresses that differ in nothing but upper and lower case."""
    rows = ledger.db.execute(
        """SELECT same, count(*), sum(times - 1), min(first), min(last) FROM (
             SELECT count(DISTINCT digest) = 1 AS same, count(*) AS times, min(key) AS first, max(key) AS last
             FROM (SELECT key, digest, max(capture) FROM resources
                   WHERE status = 200 AND reason = '' AND digest <> '' AND instr(key, '#') = 0 GROUP BY key)
             GROUP BY lower(key) HAVING count(*) > 1)
           GROUP BY same"""
    )
    for same, addresses, more, first, last in rows:
        if same:
            yield Finding(
                Level.NOTE,
                "harvest.case",
                "",
                _("{n} addresses differ from others in case alone and give the same, for example {a} and {b}").format(
                    n=more, a=first, b=last
                ),
                _("They count as one unless the site file says “case_sensitive: true” under urls."),
            )
        else:
            yield Finding(
                Level.WARNING,
                "harvest.case-matters",
                "",
                _("{n} addresses give something else in another case, for example {a} and {b}").format(
                    n=addresses, a=first, b=last
                ),
                _("If they differ truly, write “case_sensitive: true” under urls in the site file."),
            )


def _sessions(ledger: Ledger) -> Iterator[Finding]:
    for name in json.loads(ledger.get(LEARNED) or "{}").get("sessions", ()):
        yield Finding(
            Level.NOTE,
            "harvest.session",
            "",
            _("The query parameter “{name}” is a session id: it was left out of the addresses.").format(name=name),
            _("Under urls in the site file, keep_query lists the parameters that count; leave this one out."),
        )


def _skipped(ledger: Ledger, capture: Capture) -> Iterator[Finding]:
    rows = ledger.db.execute(
        f"SELECT reason, count(*), min(key) FROM ({_NEWEST}) GROUP BY reason",
        {"floor": capture.floor, "state": "skipped"},
    )
    hints = {
        "robots": _("If the owner allows it, write “robots: waived” under harvest in the site file."),
        "limit": _("Raise the limit and run the harvest again."),
        "max-total": _("Raise max_total under harvest in the site file and run the harvest again."),
        "trap": _("A wrong relative link, or a calendar or script without an end, makes these addresses; look at one."),
        "endless": _("Redirects without an end lead there; look at one of them in a browser."),
        "session": _("Addresses with a session id in them; each was fetched without it."),
        "repeats": _("These lists have a next page after the last one; look whether one of them ends too early."),
        "too-large": _("Raise max_bytes under harvest in the site file and run again with --delta."),
    }
    for reason, count, example in rows:
        yield Finding(
            Level.NOTE if reason in ("excluded", "repeats", "robots", "session") else Level.WARNING,
            f"harvest.{reason}",
            "",
            _("{n} addresses were not fetched ({reason}), for example {example}").format(
                n=count, reason=reason, example=example
            ),
            hints.get(reason, ""),
        )


def _foreign_scripts(ledger: Ledger) -> Iterator[Finding]:
    rows = ledger.db.execute(
        f"""SELECT target, referrer, count FROM links
            WHERE own = 0 AND context IN ('script', 'iframe', 'frame') AND {_NOT_OFFICIAL} ORDER BY target"""
    )
    for target, referrer, count in rows:
        yield Finding(
            Level.WARNING,
            "harvest.foreign-script",
            referrer,
            _("{n} pages run a script or frame of another site: {target}").format(n=count, target=target),
            _("It is not fetched and never reaches the portal. If nobody knows it, the old site was tampered with."),
        )


def _foreign_links(ledger: Ledger) -> Iterator[Finding]:
    rows = ledger.db.execute(
        f"""SELECT referrer, count(*), min(target) FROM links WHERE own = 0 AND context IN ('a', 'area')
            AND {_NOT_OFFICIAL} GROUP BY referrer HAVING count(*) >= ? ORDER BY referrer""",
        (MANY_FOREIGN,),
    )
    for referrer, count, example in rows:
        yield Finding(
            Level.WARNING,
            "harvest.foreign-links",
            referrer,
            _("The page links to {n} addresses of other sites, for example {example}").format(n=count, example=example),
            _("Links that nobody placed there are injected; they are dropped where they stand outside the body."),
        )
