"""Whether this process ran all the time: what is stopped, starved or asleep takes answers late that came in time."""

import asyncio
import math

BEAT = 0.25
"""Seconds between two beats. What comes twice as late was held up: less than that says nothing (pace.NOTICEABLE)."""


class Pulse:
    """Beats as long as the event loop does. `stop` it when done."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._held_up = -math.inf
        """When it was last seen that nothing had run for a while."""
        self._last = self._loop.time()
        self._beat()

    def _beat(self) -> None:
        now = self._loop.time()
        self._look(now)
        self._last = now
        self._next = self._loop.call_at(now + BEAT, self._beat)

    def _look(self, now: float) -> None:
        if now - self._last > 2 * BEAT:
            self._held_up = now

    def steady_since(self, began: float) -> bool:
        """Say whether nothing held this process up since a moment of the event loop's clock."""
        self._look(self._loop.time())
        return began > self._held_up

    def stop(self) -> None:
        """Beat no more."""
        self._next.cancel()
