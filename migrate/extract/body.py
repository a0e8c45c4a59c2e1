"""The body: which element holds what the editor entered, and cutting what the template put around it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from migrate.extract.breadcrumb import is_breadcrumb
from migrate.extract.dates import is_only_date
from migrate.extract.dom import ancestors, attribute, cells, children, is_part, is_typed, squeeze, within
from migrate.extract.heading import Heading, has_chrome_class, is_furniture, is_info
from migrate.extract.outline import Line
from migrate.extract.page import Parsed
from migrate.extract.residue import (
    ATTACHMENT_COUNT,
    explained,
    foot_line,
    has_only_tools,
    is_code_image,
    is_control,
    is_empty_section,
    is_foot,
    is_prose,
    is_section_end,
    is_soft,
    is_sure_foot,
    is_tail_marker,
    may_end,
)
from migrate.filenames import is_file_address, names_file

_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|bmp|webp)$", re.IGNORECASE)
_ENOUGH = 30
"""Characters outside links that make a block the body, when it is found by structure alone."""
_LOOK = 60
"""Lines before and after a line in which the text is looked for that it may interrupt."""


@dataclass(slots=True)
class Container:
    """The element that holds the body, and which lines of the outline are it."""

    node: LexborNode
    start: int
    end: int
    origin: str
    """`selector:#zoom`, `structure` (after the title) or `densest`."""
    trusted: bool
    """Whether only an editor's text is in it: then no title or label line is cut from its head."""
    below_title: bool = False
    """Whether the page's title line stands above it."""
    removed: dict[str, int] = field(default_factory=dict)
    """What was cut out → characters, for the leftover count."""
    lost: int = 0
    """Of these, the characters outside links of lines that nothing explains."""

    def note(self, reason: str, characters: int, lost: int) -> None:
        """Count characters that were cut for a named reason, and how many of them the reason does not explain."""
        self.removed[reason] = self.removed.get(reason, 0) + characters
        self.lost += lost


def find_container(parsed: Parsed, heading: Heading) -> Container | None:
    """Return the body's container: by the site's selectors, the family's, the generic ones, structure, density."""
    chosen = _by_typed_title(parsed, heading) or _by_selectors(parsed, heading)
    if chosen is None:
        chosen = _by_structure(parsed, heading) or _nothing_below(parsed, heading) or _densest(parsed)
    if chosen is not None and not chosen.trusted:
        _cut_labels_below(parsed, chosen, heading)
    return chosen


def _cut_labels_below(parsed: Parsed, container: Container, heading: Heading) -> None:
    """Cut the label line that a template prints under the text, where no more text follows it."""
    first = heading.info[0] if heading.info else 0
    if not (heading.end <= first and container.start < first < container.end):
        return
    if parsed.outline.weight(first + 1, container.end) < _ENOUGH:
        known = len(parsed.outline.lines[first].squeezed)
        cut_from(parsed, container, first, "labels")
        container.lost = max(container.lost - known, 0)


def _by_typed_title(parsed: Parsed, heading: Heading) -> Container | None:
    """Return the element whose content an editor typed, title and label line included: the template prints neither."""
    if heading.title is None or any(rule.startswith("css:") for rule in parsed.site.fields.get("body", ())):
        return None
    title = parsed.outline.lines[heading.title].node
    holder = title.parent
    if holder is None or title.tag == "body" or not is_typed(title):
        return None
    start, end = parsed.outline.span(holder)
    container = Container(holder, start, end, "typed", trusted=False, below_title=True)
    if start < heading.title:
        cut_before(parsed, container, heading.title, "heading", 0)
    return container


def _nothing_below(parsed: Parsed, heading: Heading) -> Container | None:
    """Return a container without text where title and label line are sure and the article ends right under them.

    Pictures inside links make no line: where some stand between, the element around them is the body.
    """
    lines = parsed.outline.lines
    if heading.title is None or not (heading.sure and heading.info) or heading.end >= len(lines):
        return None
    stop = _first_section_end(parsed, heading.end)
    if stop == len(lines) or not all(map(has_only_tools, lines[heading.end : stop])):
        return None
    pictures = _pictures_between(parsed, lines[max(heading.title, *heading.info)].first, lines[stop].first)
    node = pictures or parsed.tree.create_node("div")
    return Container(node, stop, stop, "pictures" if pictures else "empty", trusted=False, below_title=True)


def _pictures_between(parsed: Parsed, first: LexborNode, last: LexborNode) -> LexborNode | None:
    """Return the largest element between two nodes that holds a picture, a film or a frame; None where none does."""
    outer = {node.mem_id for node in ancestors(last)} | {last.mem_id}
    node: LexborNode | None = first
    while node is not None:
        while node is not None and node.next is None:
            node = node.parent
        node = node.next if node is not None else None
        while node is not None and node.mem_id in outer:
            if node.mem_id == last.mem_id:
                return None
            node = node.first_child
        if node is not None and node.is_element_node and node.css_first("img, video, iframe, embed, object"):
            return node
    return None


def _by_selectors(parsed: Parsed, heading: Heading) -> Container | None:
    wanted = [rule.removeprefix("css:") for rule in parsed.site.fields.get("body", ()) if rule.startswith("css:")]
    empty: Container | None = None
    for selector in parsed.possible((*wanted, *parsed.families.body_selectors(parsed.detection.family))):
        best: Container | None = None
        for node in parsed.select(selector):
            start, end = (
                parsed.outline.span(node) if node.mem_id in parsed.outline.spans else _inline_span(parsed, node)
            )
            if end > start and end <= (heading.end if heading.info else heading.title or 0):
                continue  # above the article, or a tool of its head: a link that changes the font is called zoom, too
            if best is not None and within(node, best.node):
                continue
            found = Container(node, start, end, f"selector:{selector}", trusted=True)
            if best is None or parsed.outline.characters(start, end) > parsed.outline.characters(best.start, best.end):
                best = found
        if best is None or _is_far_below(parsed, heading, best):
            continue
        if _has_content(parsed, best):
            return _without_head(parsed, best, heading)
        empty = empty or best
    return empty


def _is_far_below(parsed: Parsed, heading: Heading, container: Container) -> bool:
    """Say whether more text stands between the title and a container than in it: it is a cell of a pasted table."""
    outline = parsed.outline
    if not heading.sure or not heading.end < container.start < container.end:
        return False
    between = outline.weight(heading.end, container.start)
    return between > max(100, outline.weight(container.start, container.end))


def _inline_span(parsed: Parsed, node: LexborNode) -> tuple[int, int]:
    """Return the lines in an inline element (`<font id=Zoom>` around whole articles)."""
    inside = [
        number
        for number, line in enumerate(parsed.outline.lines)
        if within(line.first, node)
    ]  # fmt: skip
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _has_content(parsed: Parsed, container: Container) -> bool:
    if parsed.outline.characters(container.start, container.end) >= 2:
        return True
    return container.node.css_first("img, video, iframe, embed, object, a[href]") is not None


def _without_head(parsed: Parsed, container: Container, heading: Heading) -> Container:
    """Cut title and label lines off a container that begins above them."""
    if heading.title is not None and container.start <= heading.title < container.end:
        container.trusted = False
        if heading.end < container.end:
            cut_before(parsed, container, heading.end, "heading", _unexplained_head(parsed, heading))
    return container


def _unexplained_head(parsed: Parsed, heading: Heading) -> int:
    """Return the characters between title and body that are no label, tool or breadcrumb."""
    assert heading.title is not None
    numbers = set(range(heading.title + 1, heading.end)) - set(heading.info)
    lines = [parsed.outline.lines[number] for number in numbers]
    return _unexplained([line for line in lines if not (is_info(line.spaced) or is_breadcrumb(line))], trusted=False)


def _by_structure(parsed: Parsed, heading: Heading) -> Container | None:
    """Return the smallest element around the title that has text after the label line."""
    outline, begin = parsed.outline, heading.end
    if begin == 0 or begin >= len(outline.lines):
        return None
    stop = _first_section_end(parsed, begin)
    chosen: LexborNode | None = None
    weight = 0
    anchor = outline.lines[begin - 1].node
    for node in (anchor, *ancestors(anchor)):
        end = min(outline.span(node)[1], stop)
        here = outline.weight(begin, end) if end > begin else 0
        if here < _ENOUGH and end > begin and (_has_media(parsed, begin, end) or _links_to_files(parsed, begin, end)):
            here = _ENOUGH
        if chosen is not None and not (here > 3 * weight and weight < 200):
            break
        if here >= _ENOUGH or (here and end == stop):
            chosen, weight = node, here
        if node.tag == "body":
            break
    if chosen is None:
        return None
    end = outline.span(chosen)[1]
    container = Container(chosen, outline.span(chosen)[0], end, "structure", trusted=False, below_title=True)
    inner = _sole_content(parsed, chosen, begin, stop)
    if inner is not None:
        container.node, (container.start, container.end) = _with_its_table(inner), outline.span(inner)
        container.lost += _unexplained(outline.lines[max(stop, container.end) : end], trusted=False)
    if container.start < begin:
        lost = _unexplained_head(parsed, heading) if heading.title is not None else 0
        cut_before(parsed, container, begin, "heading", lost)
    return container


def _has_media(parsed: Parsed, begin: int, end: int) -> bool:
    return any(line.media for line in parsed.outline.lines[begin:end])


def _links_to_files(parsed: Parsed, begin: int, end: int) -> bool:
    return any(
        line.anchors
        and (names_file(line.text[-10:]) or any(is_file_address(attribute(link, "href")) for link in line.anchors))
        for line in parsed.outline.lines[begin:end]
    )


def _first_section_end(parsed: Parsed, begin: int) -> int:
    """Return the first line after `begin` that is past the article for sure: previous/next, comments, the foot."""
    lines = parsed.outline.lines
    for number in range(begin, len(lines)):
        line = lines[number]
        if not may_end(line):
            continue
        if is_foot(lines, number):
            ends = True
        else:
            ends = is_section_end(line) and not (is_furniture(line) or is_control(line))
            ends = ends and (bool(line.anchors) or not _is_cell(parsed, line))
        if ends and not _goes_on(parsed, begin, number):
            return number
    return len(lines)


def _goes_on(parsed: Parsed, begin: int, number: int) -> bool:
    """Say whether a line that may end the article stands in the middle of its text: sentences follow it in an element
    that has sentences before it, and neither links nor the page's foot stand between.

    An article about copyright has paragraphs that begin like a foot, and one about websites all the others.
    """
    lines = parsed.outline.lines
    if lines[number].linked:
        return False
    following = list(_prose_after(lines, number))
    if not following:
        return False
    boxes: set[int] = set()
    needed = 1
    for earlier in range(number - 1, max(begin, number - _LOOK) - 1, -1):
        if is_prose(lines[earlier]):
            boxes.add(_box(parsed, lines[earlier]))
    if not boxes:  # the text begins with it
        boxes, needed = {_box(parsed, lines[number])}, 2
    return sum(_box(parsed, line) in boxes for line in following) >= needed


def _prose_after(lines: list[Line], number: int) -> Iterator[Line]:
    """Yield the sentences below a line, up to links or the page's foot."""
    for line in lines[number + 1 : number + _LOOK]:
        if line.linked * 2 >= len(line.squeezed) > 0 or is_sure_foot(line):
            return
        if is_prose(line):
            yield line


def _box(parsed: Parsed, line: Line) -> int:
    """Return the element (mem_id) in which a line stands beside others."""
    for node in (line.node, *ancestors(line.node)):
        start, end = parsed.outline.span(node)
        if end - start > 1:
            return node.mem_id
    return 0


def _is_cell(parsed: Parsed, line: Line) -> bool:
    """Say whether a line is all that a cell says, beside other cells that say something."""
    for node in (line.node, *ancestors(line.node)):
        start, end = parsed.outline.span(node)
        if end - start > 1:
            return node.tag == "tr" and cells(node) > 1
    return False


def _sole_content(parsed: Parsed, node: LexborNode, begin: int, stop: int) -> LexborNode | None:
    """Return the innermost child that holds all text of the article, if there is one."""
    outline = parsed.outline
    found: LexborNode | None = None
    while True:
        holder = None
        for child in children(found or node):
            start, end = outline.spans.get(child.mem_id, (0, 0))
            if end > start >= begin and start < stop and outline.weight(start, min(end, stop)):
                if holder is not None:
                    return found
                holder = child
        if holder is None or _has_linked_pictures(children(found or node), holder):
            return found
        start, end = outline.span(holder)
        outer = outline.span(found) if found is not None else (begin, min(outline.span(node)[1], stop))
        outside = [*range(max(outer[0], begin), start), *range(end, min(outer[1], stop))]
        if any(not _is_chrome(outline.lines[number]) for number in outside):
            return found
        found = holder


def _has_linked_pictures(siblings: list[LexborNode], holder: LexborNode) -> bool:
    """Say whether pictures that are links to larger ones, or to files, stand under the text: they make no line."""
    below = siblings[[node.mem_id for node in siblings].index(holder.mem_id) + 1 :]
    links = (link for node in below if node.is_element_node for link in node.css("a[href]") if link.css_first("img"))
    targets = (attribute(link, "href") for link in links)
    return any(is_file_address(target) or _PICTURE.search(target) for target in targets)


def _with_its_table(node: LexborNode) -> LexborNode:
    """Return the table that a part of one belongs to, where it holds data: rows are nothing without it."""
    table = next((above for above in ancestors(node) if above.tag == "table"), None)
    return table if node.tag in ("tbody", "tr") and table is not None and is_part(table) else node


def _is_chrome(line: Line) -> bool:
    return is_tail_marker(line, trusted=False) or is_info(line.spaced) or is_breadcrumb(line)


def _densest(parsed: Parsed) -> Container | None:
    """Return the deepest element that still holds three fifths of the page's text outside links."""
    outline = parsed.outline
    node = parsed.tree.body
    if node is None or not outline.lines:
        return None
    foot = foot_line(outline.lines)
    total = outline.weight(0, foot)
    if total < _ENOUGH:
        return None
    while True:
        best: LexborNode | None = None
        for child in children(node):
            start, end = outline.spans.get(child.mem_id, (0, 0))
            if min(end, foot) > start and outline.weight(start, min(end, foot)) >= 0.6 * total:
                best = child
        if best is None:
            break
        node = best
    start, end = outline.span(node)
    return Container(node, start, end, "densest", trusted=False)


def trim(parsed: Parsed, container: Container, title: str) -> None:
    """Cut template text off the container's head and tail. A title that the editor typed again above stays."""
    begin = _head(parsed, container, title)
    if container.start < begin < container.end:
        cut_before(parsed, container, begin, "head", 0)
    if container.trusted and _holds_foot(parsed, container):
        container.trusted = False
    if not container.trusted:
        stop = _first_section_end(parsed, container.start)
        if container.start < stop < container.end:
            cut_from(parsed, container, _with_lead(parsed, container, stop), "after the article")
    tail = _tail(parsed, container)
    if tail < container.end:
        cut_from(parsed, container, tail, "tail")


def _head(parsed: Parsed, container: Container, title: str) -> int:
    """Return the first line after what the template put above the body: a repeated title, labels, tools, breadcrumb."""
    bare = "" if "heading" in container.removed or container.below_title else squeeze(title)
    begin = container.start
    while begin < container.end:
        line = parsed.outline.lines[begin]
        repeated = bool(bare) and not container.trusted and line.squeezed == bare
        datum = is_only_date(line.spaced) and _is_cell(parsed, line)
        label = is_breadcrumb(line) or (not container.trusted and not datum and is_info(line.spaced))
        following = begin + 1 if repeated or label else _past_tools(parsed, container, begin)
        if following == begin:
            break
        begin = following
    return begin


def _past_tools(parsed: Parsed, container: Container, begin: int) -> int:
    """Return the line after a run of tools; the same line where there is none. Words that may be an editor's, too,
    are tools beside one that shows that it is.
    """
    lines = parsed.outline.lines
    end, sure = begin, begin
    while end < container.end and _in_data(lines[end], container) is None:
        if is_furniture(lines[end]) or (is_control(lines[end]) and bool(lines[end].anchors or not container.trusted)):
            sure = end + 1
        elif container.trusted or not has_only_tools(lines[end]):
            break
        end += 1
    return sure


def _holds_foot(parsed: Parsed, container: Container) -> bool:
    """Say whether the page's foot is inside an editor's container: something in the text was closed too rarely."""
    lines = parsed.outline.lines
    half = (container.start + container.end) // 2
    return any(has_chrome_class(lines[n]) and is_foot(lines, n) for n in range(half, container.end))


def _tail(parsed: Parsed, container: Container) -> int:
    """Return the first line of the tail: a known marker from which on nothing but markers and links follows.

    A table or list is never cut open, and goes as a whole only where each of its lines is a marker or a link.
    """
    lines = parsed.outline.lines
    cut = container.end
    for number in range(container.end - 1, container.start - 1, -1):
        line = lines[number]
        inner = _in_data(line, container)
        if is_tail_marker(line, trusted=container.trusted) or ATTACHMENT_COUNT.match(line.squeezed):
            if inner is None or parsed.outline.span(inner)[0] == number:
                cut = number
        elif not is_soft(line) or _links_to_files(parsed, number, number + 1):
            break
    return _with_lead(parsed, container, cut) if cut < container.end else cut


def _with_lead(parsed: Parsed, container: Container, cut: int) -> int:
    """Return the line from which to cut where the page's QR code or the heading of no links stands right above."""
    lines = parsed.outline.lines
    while cut > container.start + 1 and (is_code_image(lines[cut - 1]) or is_empty_section(lines[cut - 1])):
        cut -= 1
    return cut


def _in_data(line: Line, container: Container) -> LexborNode | None:
    """Return the outermost table or list of the container that a line is in; None for the page's own layout.

    Outside trusted containers, rows of one cell are layout: old templates put title, body and tail into such rows.
    """
    found: LexborNode | None = None
    row: LexborNode | None = None
    for node in (line.node, *ancestors(line.node)):
        if node.mem_id == container.node.mem_id:
            break
        if node.tag == "tr":
            row = node
        elif node.tag in ("ul", "ol") or (
            node.tag == "table" and (container.trusted or (row is not None and cells(row) > 1))
        ):
            found = node
    return found


def cut_before(parsed: Parsed, container: Container, number: int, reason: str, lost: int) -> None:
    """Remove everything in the container that stands before a line; `lost` of its characters are unexplained."""
    container.note(reason, parsed.outline.characters(container.start, number), lost)
    container.start = number
    _clear(parsed.outline.lines[number].first, container.node, forward=False)


def cut_from(parsed: Parsed, container: Container, number: int, reason: str) -> None:
    """Remove a line and everything in the container that stands after it."""
    lost = _unexplained(parsed.outline.lines[number : container.end], trusted=container.trusted)
    container.note(reason, parsed.outline.characters(number, container.end), lost)
    container.end = number
    line = parsed.outline.lines[number]
    inner = _in_data(line, container)
    first = inner if inner is not None and parsed.outline.span(inner)[0] == number else line.first
    _clear(first, container.node, forward=True)
    first.decompose()


def _unexplained(lines: list[Line], *, trusted: bool) -> int:
    """Return the characters outside links in lines that no known piece of a template explains."""
    return sum(len(line.squeezed) - line.linked for line in lines if not explained(line, trusted=trusted))


def _clear(node: LexborNode, container: LexborNode, *, forward: bool) -> None:
    """Remove the siblings after (or before) a node, and those of each ancestor up to the container."""
    wanted = container.mem_id
    current: LexborNode | None = node
    while current is not None and current.mem_id != wanted:
        sibling = current.next if forward else current.prev
        while sibling is not None:
            following = sibling.next if forward else sibling.prev
            sibling.decompose()
            sibling = following
        current = current.parent
