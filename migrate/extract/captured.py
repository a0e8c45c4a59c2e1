"""What an article's body said on the old page, before anything was cleaned away: the check of content compares it."""

from migrate.config import SiteConfig
from migrate.extract.body import find_container
from migrate.extract.heading import find_heading
from migrate.extract.page import Page, parse, prepare
from migrate.extract.residue import explained, has_only_tools
from migrate.extract.screening import cut_foreign
from migrate.families import Families


def captured_lines(page: Page, site: SiteConfig, families: Families) -> tuple[str, ...]:
    """Return the lines of a page's body container as captured; none where the page has no body.

    Left out is what nobody wrote: injected links, and the lines that templates are known to print into the container
    (share bars, pagers, previous and next).
    """
    parsed = parse(page, site, families)
    cut_foreign(parsed)
    prepare(parsed)
    container = find_container(parsed, find_heading(parsed))
    if container is None:
        return ()
    lines = parsed.outline.lines[container.start : container.end]
    written = (line for line in lines if not explained(line, trusted=container.trusted) and not has_only_tools(line))
    return tuple(line.text for line in written if line.squeezed)
