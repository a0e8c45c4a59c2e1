"""Challenge pages that keep coming: go slower, and stop before they fill the archive."""

import asyncio

from migrate.answers import CHALLENGE
from migrate.errors import ShangyiError
from migrate.harvest.reading import Reading
from migrate.harvest.verdict import Verdict
from migrate.i18n import _

PATIENT = 3
"""Challenges that are borne before the run slows down."""

ENOUGH = 25
"""Challenges that end it. A page that is one after all halves their number: some firewalls let every other through."""

_LONGEST = 60.0
"""Times the backoff that is rested at most."""


class Firewall:
    """Counts the challenges of one run."""

    def __init__(self) -> None:
        self._met = 0
        self._what = ""

    def take(self, verdict: Verdict, reading: Reading | str | None) -> None:
        """Take note of an answer."""
        if not isinstance(reading, Reading) or reading.kind != "html":
            return  # firewalls let pictures pass
        if verdict.reason == CHALLENGE:
            self._met += 1
            self._what = reading.content.what
        elif verdict == Verdict("fetched", ""):
            self._met //= 2

    async def rest(self, backoff: float) -> None:
        """Rest as long as it takes, `backoff` seconds and more. Raises ShangyiError once there were too many."""
        if self._met >= ENOUGH:
            raise ShangyiError(
                _("A firewall answers instead of the old site ({firewall}): {n} challenges, hardly a page.").format(
                    firewall=self._what, n=self._met
                ),
                _(
                    "What was fetched is safe. Ask whoever runs the firewall to let this machine through, or wait and "
                    "lower the rate; the same command goes on where it stopped."
                ),
            )
        if self._met > PATIENT:
            await asyncio.sleep(backoff * min(2.0 ** (self._met - PATIENT), _LONGEST))
