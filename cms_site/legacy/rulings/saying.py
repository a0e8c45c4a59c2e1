"""What somebody may say of one old URL."""

from dataclasses import dataclass

from cms_site.legacy.models import Decision, OldUrl

OUTCOMES = tuple(choice for choice in OldUrl.Outcome.values if choice != OldUrl.Outcome.FAILED)
"""`failed` is a state, nothing that anybody decides."""

CHUNK = 500
"""Addresses asked for in one query."""

SAID = ("outcome", "column", "reason", "release", "apart", "accepted", "masks")
"""Columns of a decision that say something."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What somebody says shall become of one old URL."""

    outcome: str
    column: str = ""
    reason: str = ""
    release: bool = False
    apart: bool = False
    accepted: str = ""
    masks: str = ""

    @classmethod
    def of(cls, decision: Decision) -> "Ruling":
        """Return what a decision says."""
        return cls(**{name: getattr(decision, name) for name in SAID})


class Refused(ValueError):
    """A ruling that can't be: which field is wrong, and why, for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
