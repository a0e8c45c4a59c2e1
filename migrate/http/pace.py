"""Good manners: how fast one host may be asked."""

import math

MAX_SLOWER = 64.0
"""How many times slower than agreed a host is asked at most."""

MAX_GAP = 30.0
"""Longest gap that slowing down makes, in seconds; a slower agreed rate stays as it is."""

NOTICEABLE = 0.5
"""Seconds to the first byte below which no server is in trouble: pages that are computed take longer than files."""

_WEIGHT = 0.2
"""What one answer counts in the moving average of the times to the first byte."""

_RELIEF = 0.8
"""The same for the second of two quick answers of a host that has no agreed rate and was slow: a few more bring it
back. One alone may be a picture between slow pages."""

_ANEW = 0.75
"""Share of the gap to which it must shrink before who waits may go earlier."""

_WARM_UP = 10
"""Answers before a server's usual time is known."""

_STAYS = 10
"""Slow answers, the average staying doubled, after which the rate is halved."""

_SPELLS = 3
"""Times one after the other that this must be seen. All that is on its way while a server draws breath comes late
together: that is one time, and says nothing of how fast it may be asked."""

_CALM = 20
"""Quiet answers after which the host is asked a little faster again."""

_FASTER = 1.25

_CREEP = 1.005
"""How fast a longer time becomes the usual one, an answer: twice as long after 140. Otherwise a column of slow pages
would be fetched at a snail's pace to its end, though it is not our asking that makes them slow."""

MIN_SPEED = 5_000
"""Bytes a second that a body must come with on the average, once it has had its time: the slowest lines out of county
machine rooms are quicker, and a drip of a byte a minute would go on for ever."""


def too_slow(seconds: float, size: int, patience: float) -> bool:
    """Say whether `size` bytes are too few for a body that has taken so long; `patience` seconds are free."""
    return seconds > patience and size < MIN_SPEED * (seconds - patience)


class Pace:
    """A token bucket of one token: requests to one host are at least 1/rate seconds apart.

    A host that refuses (429, 503), or takes twice its usual time for a while, is asked half as often, again and again;
    after quiet answers slowly faster, up to the rate. What was asked before the last change says nothing about it.
    Without a rate, it is asked as often as it answers: as soon as it is quick again, that is often.
    Time is handed in (seconds of any monotonic clock), so the arithmetic can be tested without waiting.
    """

    def __init__(self, rate: float, *, adapts: bool = True) -> None:
        """Ask `rate` times a second at most; 0: no limit. Without `adapts`, slow answers make it no slower."""
        self._adapts = adapts
        self._agreed = 1 / rate if rate > 0 else 0.0
        self._slower = 1.0
        self._next = 0.0
        self._changed = -math.inf
        self._average = 0.0
        self._usual = math.inf
        self._answers = self._high = self._spells = self._calm = self._quick = 0
        self._spell = self._paused = -math.inf
        self.plan = 0
        """Changes where moments that were reserved are so no longer: who waits for one has to reserve another."""

    @property
    def gap(self) -> float:
        """Return the seconds between two requests."""
        if self._slower == 1:
            return self._agreed
        # Where there is no rate to halve, the time of an answer stands for it: as if there were one connection.
        agreed = self._agreed or self._average
        return max(self._agreed, min(agreed * self._slower, MAX_GAP))

    def limit(self, rate: float) -> None:
        """Never ask faster than this many times a second (robots.txt)."""
        self._agreed = max(self._agreed, 1 / rate)

    def reserve(self, now: float) -> float:
        """Take the next free moment; return how many seconds from now it is."""
        start = max(now, self._next)
        self._next = start + self.gap
        return start - now

    def pause(self, until: float) -> None:
        """Let nothing start before `until` (Retry-After)."""
        self._paused = max(self._paused, until)
        self._next = max(self._next, until)

    def answered(self, asked: float, now: float) -> None:
        """Take note that the first byte came, or was given up, at `now`."""
        before, seconds = self.gap, now - asked
        relieved = self._slower > 1 and not self._agreed and self._is_quick_again(asked, seconds)
        self._average += (seconds - self._average) * ((_RELIEF if relieved else _WEIGHT) if self._answers else 1)
        self._answers += 1
        if self._adapts and self._answers >= _WARM_UP and asked >= self._changed:
            self._judge(asked, now)
        if self.gap < _ANEW * before:
            self._plan_anew(now)

    def _is_quick_again(self, asked: float, seconds: float) -> bool:
        if asked < self._changed:
            return False
        self._quick = self._quick + 1 if seconds <= max(2 * self._usual, NOTICEABLE) else 0
        return self._quick > 1

    def _judge(self, asked: float, now: float) -> None:
        seconds = now - asked
        self._usual = min(self._average, self._usual * _CREEP)
        trouble = max(2 * self._usual, NOTICEABLE)
        if min(seconds, self._average) > trouble:
            self._calm = 0
            self._high += 1
            if asked >= self._spell:
                self._spells += 1
                self._spell = now
            if self._high >= _STAYS and self._spells >= _SPELLS:
                self._slow_down(now)
        elif self._average <= trouble:
            self._high = self._spells = 0
            self._calm += 1
            if self._calm >= _CALM:
                self._calm = 0
                self._slower = max(1.0, self._slower / _FASTER)

    def _plan_anew(self, now: float) -> None:
        """Let who waits go earlier: moments were reserved while the host was slow, up to minutes ahead."""
        self._next = max(now, self._paused)
        self.plan += 1

    def refused(self, asked: float, now: float) -> None:
        """Take note that the host asked us to slow down (429, 503)."""
        if asked >= self._changed:
            self._slow_down(now)

    def _slow_down(self, now: float) -> None:
        self._slower = min(self._slower * 2, MAX_SLOWER)
        self._changed = now
        self._high = self._spells = self._calm = self._quick = 0
