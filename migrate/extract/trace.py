"""What is noted while a page is read, for `shangyi extract --explain`; nothing is noted where nobody asks."""

from dataclasses import dataclass, field

from migrate.extract.body import Container
from migrate.extract.breadcrumb import is_breadcrumb
from migrate.extract.cleaned import Cleaned
from migrate.extract.dom import squeeze
from migrate.extract.heading import Heading, is_furniture, is_info
from migrate.extract.outline import Line
from migrate.extract.page import Parsed
from migrate.extract.residue import explained, is_pager, is_section_end
from migrate.records import Field

_LONGEST = 200
"""Characters of a text that are noted: enough to know it again."""


@dataclass(frozen=True, slots=True)
class Point:
    """One reason for (above zero) or against taking a page for an article."""

    worth: int
    why: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of the page that did not get into the body, and the rule that took it out; without one it is lost."""

    rule: str
    """`remove:<selector>`, `title`, `label-line`, `breadcrumb`, `tools`, `pager`, `section`, `tail` or empty."""
    text: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A selector for the body that this page has."""

    selector: str
    characters: int
    """Of the largest element that it matches."""
    chosen: bool = False


@dataclass(slots=True)
class Trace:
    """The notes on one page."""

    points: list[Point] = field(default_factory=list)
    candidates: dict[str, list[Field]] = field(default_factory=dict)
    """Field → everything that could be its value, in the order in which it is asked."""
    heading: Heading | None = None
    lines: list[Cut] = field(default_factory=list)
    """Each line of the page with the rule that would cut it: taken before the tree is cut."""
    selectors: list[Tried] = field(default_factory=list)
    removed: list[Cut] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Lines inside the body that reached neither the record nor a named removal."""

    def look(self, parsed: Parsed, heading: Heading) -> None:
        """Note the page as it is before a body is looked for."""
        self.heading = heading
        self.points.clear()
        self.lines = [
            Cut(_rule(line, number, heading), line.text[:_LONGEST]) for number, line in enumerate(parsed.outline.lines)
        ]
        own = [rule.removeprefix("css:") for rule in parsed.site.fields.get("body", ()) if rule.startswith("css:")]
        for selector in (*own, *parsed.families.body_selectors(parsed.detection.family)):
            sizes = [len(squeeze(node.text())) for node in parsed.select(selector)]
            if sizes:
                self.selectors.append(Tried(selector, max(sizes)))

    def dropped(self, selector: str, text: str) -> None:
        """Note what a `remove` selector took out of the page."""
        self.removed.append(Cut(f"remove:{selector}", " ".join(text.split())[:_LONGEST]))

    def keep(self, parsed: Parsed, container: Container, cleaned: Cleaned) -> None:
        """Note what of the body's element was cut, and what got lost."""
        chosen = container.origin.removeprefix("selector:")
        self.selectors = [Tried(one.selector, one.characters, one.selector == chosen) for one in self.selectors]
        first, last = parsed.outline.spans.get(container.node.mem_id, (container.start, container.end))
        cut = [*range(first, container.start), *range(container.end, last)]
        self.removed += [self.lines[number] for number in cut]
        text = squeeze(cleaned.text)
        inside = parsed.outline.lines[container.start : container.end]
        self.left = [line.text[:_LONGEST] for line in inside if line.squeezed not in text]


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
