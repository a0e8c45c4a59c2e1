"""What a source gives, whatever it is."""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from migrate.http import Response
from migrate.records import Finding


class Answer(NamedTuple):
    """One answer that a source holds."""

    response: Response
    """As the client would have given it; `url` is ASCII. Who takes it discards it."""
    form: str = ""
    """Form that was posted; empty: GET."""


@dataclass(slots=True)
class Notes:
    """What a source says besides its answers; filled while they are read."""

    foreign: Counter[str] = field(default_factory=Counter)
    """Host → answers of other sites, which are not taken."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Why something is not taken → how often: see findings.py for the words."""
    examples: dict[str, str] = field(default_factory=dict)
    """Why → one example."""
    findings: list[Finding] = field(default_factory=list)
    """Damage, each with file and offset."""

    def leave_out(self, why: str, example: str) -> None:
        """Count something that is not taken."""
        self.left_out[why] += 1
        self.examples.setdefault(why, example)


class Source(Protocol):
    """Something that holds answers of the old site."""

    kind: str
    """`warc`, `wacz`, `httrack` or `folder`."""
    notes: Notes

    def answers(self) -> Generator[Answer, None, None]:
        """Yield all that belongs to the site, in an order that is the same each time."""

    def leads_to(self, key: str) -> str:
        """Return the URL that a rewritten link stands for; empty where a URL is none. Known once all was read."""
