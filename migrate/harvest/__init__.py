"""Old site → archive: the only stage that needs the old site.

Importing this package doesn't import aiohttp; using what harvests does. The process that reads pages needs none of it.
"""

from typing import TYPE_CHECKING, Any

from migrate.harvest.types import HarvestRun, HarvestSummary, Progress

if TYPE_CHECKING:
    from migrate.harvest.many import Outcome, SiteJob, harvest_many, run_many
    from migrate.harvest.run import harvest
    from migrate.harvest.start import run_harvest

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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    if name == "run_harvest":
        from migrate.harvest.start import run_harvest  # which imports the others when it is time to

        return run_harvest
    from migrate.harvest import many, run

    return getattr(run, name, None) or getattr(many, name)
