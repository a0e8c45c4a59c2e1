"""Many sites at once: one process, one event loop, each site at its own pace. One that fails stops no other."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from migrate.config import SiteConfig
from migrate.families import Families
from migrate.garbage import seldom_collected
from migrate.harvest.run import harvest
from migrate.harvest.types import HarvestRun, HarvestSummary, Progress

AT_ONCE = 60
"""Sites harvested at the same time; the others wait for a place. Each holds about a dozen files and connections open,
and many systems give a process 1,024."""

THREADS = 3 * AT_ONCE
"""For what would make all sites wait: one each for a name without an answer, a commit and a large file. They are
started as they are needed."""

Outcome = HarvestSummary | Exception
"""What became of one site's harvest."""


class SiteJob(NamedTuple):
    """One site to harvest, and its archive folder."""

    site: SiteConfig
    folder: Path


def run_many(
    jobs: Iterable[SiteJob],
    families: Families,
    options: HarvestRun,
    progress: Callable[[str, Progress], None],
    ended: Callable[[str, Outcome], None],
) -> None:
    """As `harvest_many`, for callers without an event loop. Ctrl-C commits what is complete of every site and raises
    KeyboardInterrupt.
    """
    with seldom_collected():
        asyncio.run(harvest_many(jobs, families, options, progress, ended))


async def harvest_many(
    jobs: Iterable[SiteJob],
    families: Families,
    options: HarvestRun,
    progress: Callable[[str, Progress], None],
    ended: Callable[[str, Outcome], None],
) -> None:
    """Harvest sites side by side. Tell by site id how each goes on, and once how it ended: its summary or its error."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "harvest"))
    free = asyncio.Semaphore(AT_ONCE)

    async def one(job: SiteJob) -> None:
        name = job.site.site.id
        async with free:
            try:
                outcome: Outcome = await harvest(job.site, families, job.folder, options, partial(progress, name))
            except Exception as error:  # its error is its outcome, whatever it is: the others go on
                outcome = error
        ended(name, outcome)

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(one(job))
