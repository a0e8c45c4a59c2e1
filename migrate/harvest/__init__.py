"""Old site → archive: the only stage that needs the old site."""

from migrate.harvest.run import harvest, run_harvest
from migrate.harvest.types import HarvestRun, HarvestSummary, Progress

__all__ = ["HarvestRun", "HarvestSummary", "Progress", "harvest", "run_harvest"]
