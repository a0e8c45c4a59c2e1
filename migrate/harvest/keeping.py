"""How an answer gets into the WARC files."""

from functools import partial

from migrate.archive.warc import Made, Written
from migrate.harvest.aside import aside
from migrate.harvest.store import Store
from migrate.http import Response


async def write_answer(store: Store, response: Response, digest: str, made: Made | None = None) -> Written:
    """Write an answer, as a revisit where its payload (`digest`) is stored already. Call while holding `store.writing`.

    `made` is its record, where the reader made it. Raises ShangyiError where the disk is full.
    """
    writer = store.writer
    assert writer is not None
    # Errors come and go; only answers that stay are referred to.
    original = store.original(digest) if digest and response.status < 400 and not response.error else None
    if response.spool and original is None:  # a second or more for a large one
        return await aside(partial(writer.write, response, digest))
    return writer.write(response, digest, original, made)
