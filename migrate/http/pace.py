"""Good manners: how fast one host may be asked."""


class Pace:
    """A token bucket of one token: requests to one host are at least 1/rate seconds apart.

    Time is handed in (seconds of any monotonic clock), so the arithmetic can be tested without waiting.
    """

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate if rate > 0 else 0.0
        self._next = 0.0

    def reserve(self, now: float) -> float:
        """Take the next free moment; return how many seconds from now it is."""
        start = max(now, self._next)
        self._next = start + self._gap
        return start - now

    def pause(self, until: float) -> None:
        """Let nothing start before `until` (Retry-After)."""
        self._next = max(self._next, until)
