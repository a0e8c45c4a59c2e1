"""What of a page is noted while it is explained: all its lines before it is cut, and what of them got lost."""

from migrate.extract.body import Container
from migrate.extract.breadcrumb import is_breadcrumb
from migrate.extract.cleaned import Cleaned
from migrate.extract.dom import squeeze
from migrate.extract.heading import Heading, is_furniture, is_info
from migrate.extract.outline import Line
from migrate.extract.page import Parsed
from migrate.extract.residue import explained, is_pager, is_section_end
from migrate.extract.trace import LONGEST, Cut, Trace, Tried


def note_page(trace: Trace, parsed: Parsed, heading: Heading) -> None:
    """Note the page as it is before a body is looked for."""
    trace.title, trace.labels = heading.title, heading.info
    trace.points.clear()
    trace.lines = [
        Cut(_rule(line, number, heading), line.text[:LONGEST]) for number, line in enumerate(parsed.outline.lines)
    ]
    own = [rule.removeprefix("css:") for rule in parsed.site.fields.get("body", ()) if rule.startswith("css:")]
    for selector in (*own, *parsed.families.body_selectors(parsed.detection.family)):
        sizes = [len(squeeze(node.text())) for node in parsed.select(selector)]
        if sizes:
            trace.selectors.append(Tried(selector, max(sizes)))


def note_body(trace: Trace, parsed: Parsed, container: Container, cleaned: Cleaned) -> None:
    """Note what of the body's element was cut, and what got lost."""
    chosen = container.origin.removeprefix("selector:")
    trace.selectors = [Tried(one.selector, one.characters, one.selector == chosen) for one in trace.selectors]
    first, last = parsed.outline.spans.get(container.node.mem_id, (container.start, container.end))
    cut = [*range(first, container.start), *range(container.end, last)]
    trace.removed += [trace.lines[number] for number in cut]
    text = squeeze(cleaned.text)
    inside = parsed.outline.lines[container.start : container.end]
    trace.left = [line.text[:LONGEST] for line in inside if line.squeezed not in text]


def _rule(line: Line, number: int, heading: Heading) -> str:
    """Return which rule explains a line that stands beside the body; empty: none does."""
    rules = (
        ("title", number == heading.title),
        ("label-line", number in heading.info or is_info(line.spaced)),
        ("breadcrumb", is_breadcrumb(line)),
        ("tools", is_furniture(line)),
        ("pager", is_pager(line)),
        ("section", is_section_end(line)),
        ("tail", explained(line, trusted=False)),
    )
    return next((name for name, holds in rules if holds), "")
