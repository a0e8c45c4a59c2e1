"""How a round is made, and what it tells: plain data, quick to load."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from migrate.config.policy import PolicyConfig
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.pipeline import Place
from migrate.records import Finding

STAGE = "policy"
"""What the findings of a round stand under in the ledger."""


class Busy(ShangyiError):
    """Another round runs."""

    def __init__(self) -> None:
        super().__init__(
            _("Another policy sync is running."), _("Nothing is lost: it does the same. Try again in a minute.")
        )


class Opened(NamedTuple):
    """The project as a round needs it."""

    config: PolicyConfig
    where: Place


@dataclass(frozen=True, slots=True)
class SyncRun:
    """How one round is made."""

    resolve: Mapping[str, str] = field(default_factory=dict)
    due_only: bool = False
    """Only sources whose interval is over: what `--watch` does each time."""
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Synced:
    """What one round did; plain data, so it can be printed as JSON."""

    state: str
    """done; busy: another round runs."""
    lists: int = 0
    """Lists that were asked."""
    unchanged: int = 0
    """Of these as before."""
    lines: int = 0
    new: int = 0
    """Notices that came up."""
    reposted: int = 0
    """Notices that got their page, as a draft or published."""
    waiting: int = 0
    """Notices without a page still: they are tried again."""
    corrected: int = 0
    withdrawn: int = 0
    moved: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def eventful(self) -> bool:
        """Whether anything happened that is worth a file in runs/."""
        return bool(self.new or self.reposted or self.corrected or self.withdrawn or self.moved)
