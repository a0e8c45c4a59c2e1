"""Work that makes nobody else wait: what reads and writes disks runs beside the event loop, which serves many sites."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """Run blocking work in a thread and return what it returns.

    It is waited for even if the caller is cancelled: nobody may close files under it.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        running.exception()  # seen; what was cancelled has nobody to tell it to
        raise
