"""Checks the links of a static copy, in a process of its own: the walk and the judging that `shangyi check` does."""

import sys
from collections import Counter
from pathlib import Path

from migrate import children
from migrate.check.links import LinkJob, PortalPage, check_links
from migrate.check.memory import Memory
from migrate.check.portal import PortalTarget
from migrate.pipeline.checking import links_of


def main(base_url: str, listing: str) -> None:
    """Check every page of a list, one address a line; print what was counted."""
    pages = [PortalPage(line) for line in Path(listing).read_text().split()]
    target = PortalTarget(base_url, base_url.partition("//")[2].partition(":")[0])
    job = LinkJob(target, links_of, helper=tuple(children.command("migrate.pipeline.link_process")), concurrency=64)
    counts: Counter[str] = Counter()
    with Memory(Path("unfinished.sqlite"), "benchmark") as memory:
        for page in check_links(job, pages, memory):
            counts["pages"] += 1
            counts["links"] += page.links
            counts["broken"] += len(page.problems)
        counts["addresses"] = len(memory.seen)
    print(dict(counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
