"""`mappings/inspection/<year>.yaml`: thresholds by which government sites are inspected, and where each was read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from migrate.config import strict
from migrate.errors import ConfigError
from migrate.i18n import _

Unit = Literal["days", "seconds", "percent", "visits", "columns", "kinds", "items", "points"]
NEEDED = ("news-days", "notice-days", "other-days", "stale-columns", "neglected-columns", "empty-columns")
"""Thresholds that a mapping is held against: no set can do without."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number of the inspection."""

    id: str
    title: str
    limit: float
    unit: Unit
    grade: Literal["V", "P", "R", "A"]
    """V read in the text or a sheet that reproduces it, P in a secondary source, R believed, A our own."""
    source: str
    """Where the number was read."""
    code: str = ""
    """Which of the indicators that fail a site outright; empty for points."""
    warn: float | None = None
    """From where on a warning is due."""
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Inspection:
    """One set of thresholds."""

    document: str
    title: str
    url: str
    valid_from: str
    """ISO date."""
    thresholds: tuple[Threshold, ...]

    def threshold(self, name: str) -> Threshold:
        """Return a threshold by its id; `load_inspection` has made sure of those that are needed."""
        return next(threshold for threshold in self.thresholds if threshold.id == name)


def load_inspection(path: Path) -> Inspection:
    """Return a set of thresholds, checked: each once, those that are needed there, none below nothing.

    Raises ConfigError.
    """
    found: Inspection = strict.load(path, Inspection)
    seen: dict[str, int] = {}
    for threshold in found.thresholds:
        if threshold.id in seen:
            reason = _("The threshold “{id}” stands here a second time.").format(id=threshold.id)
            hint = _("The first is on line {line}. Keep one of them.").format(line=seen[threshold.id])
            raise ConfigError(path, threshold.line, reason, hint)
        seen[threshold.id] = threshold.line
        for key, value in (("limit", threshold.limit), ("warn", threshold.warn)):
            if value is not None and not value > 0:
                reason = _("“{key}” must be more than 0.").format(key=key)
                raise ConfigError(path, threshold.line, reason, strict.keys_hint())
    for name in NEEDED:
        if name not in seen:
            reason = _("The threshold “{id}” is missing.").format(id=name)
            near = [known for known in seen if known not in NEEDED]
            raise ConfigError(path, 1, reason, strict.did_you_mean(name, near))
    return found
