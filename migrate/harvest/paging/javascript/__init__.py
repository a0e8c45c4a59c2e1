"""As much JavaScript as turning pages takes: what a page's own script would do at a click, worked out and not run."""

from migrate.harvest.paging.javascript.machine import Machine, Outcome
from migrate.harvest.paging.javascript.parser import MAX_SOURCE

__all__ = ["MAX_SOURCE", "Machine", "Outcome"]
