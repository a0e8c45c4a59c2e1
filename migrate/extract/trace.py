"""What is noted while a page is read, for `shangyi extract --explain`; nothing is noted where nobody asks."""

from dataclasses import dataclass, field

from migrate.records import Field

LONGEST = 200
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
    title: int | None = None
    """Number of the line that is the title."""
    labels: tuple[int, ...] = ()
    """Numbers of the label lines."""
    lines: list[Cut] = field(default_factory=list)
    """Each line of the page with the rule that would cut it: taken before the tree is cut."""
    selectors: list[Tried] = field(default_factory=list)
    removed: list[Cut] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Lines inside the body that reached neither the record nor a named removal."""

    def dropped(self, selector: str, text: str) -> None:
        """Note what a `remove` selector took out of the page."""
        self.removed.append(Cut(f"remove:{selector}", " ".join(text.split())[:LONGEST]))
