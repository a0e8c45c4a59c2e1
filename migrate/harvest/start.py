"""How a harvest begins: the process that reads its pages gets ready while this one imports what fetches them."""

import asyncio
import importlib
import threading
from collections.abc import Callable
from pathlib import Path

from migrate.config import SiteConfig
from migrate.families import Families
from migrate.garbage import seldom_collected
from migrate.harvest import beside
from migrate.harvest.types import HarvestRun, HarvestSummary, Progress


def run_harvest(
    site: SiteConfig, families: Families, folder: Path, options: HarvestRun, progress: Callable[[Progress], None]
) -> HarvestSummary:
    """As `harvest`, for callers without an event loop. Ctrl-C commits what is complete and raises KeyboardInterrupt."""
    # Half of the time it reads certificates, once for each way to check them, and keeps nobody from anything else.
    threading.Thread(target=importlib.import_module, args=("aiohttp",), daemon=True).start()
    with seldom_collected():
        return asyncio.run(_harvest(site, families, folder, options, progress))


async def _harvest(
    site: SiteConfig, families: Families, folder: Path, options: HarvestRun, progress: Callable[[Progress], None]
) -> HarvestSummary:
    rate = site.harvest.rate if options.rate is None else options.rate
    async with beside.started_ahead(wanted=options.source is None and beside.is_wanted(rate)):
        import migrate.harvest.reader  # noqa: F401 (what needs no aiohttp comes first)
        from migrate.harvest.run import harvest  # takes as long as the process to get ready

        return await harvest(site, families, folder, options, progress)
