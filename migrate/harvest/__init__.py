"""Old site → archive: the only stage that needs the old site."""

from migrate.harvest.many import Outcome, SiteJob, harvest_many, run_many
from migrate.harvest.run import harvest, run_harvest
from migrate.harvest.types import HarvestRun, HarvestSummary, Progress

__all__ = [
    "HarvestRun",
    "HarvestSummary",
    "Outcome",
    "Progress",
    "SiteJob",
    "harvest",
    "harvest_many",
    "run_harvest",
    "run_many",
]
