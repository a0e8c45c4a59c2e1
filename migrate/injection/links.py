"""Injected links: hidden ones, advertisements in the visible text and the farms around them, hidden words."""

import re
from collections.abc import Container, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.injection.cutting import Injected, attribute, leave_mark
from migrate.injection.elements import Elements
from migrate.injection.hiding import Hidden, Hiding
from migrate.injection.origin import Origin, absolute_host, is_known_link
from migrate.injection.words import bad_words, folded, is_bad_link, may_be_bad_link
from migrate.urls import host_of

_FRIENDS = re.compile(
    "友情链接|友情连接|相关链接|网站链接|快速链接|常用链接|链接[:：]|"
    "(?:合作|兄弟|直属|下属|部门|媒体|政府|地方|市县|省市|上级|推荐|其他|区县|乡镇)(?:网站|单位|链接|媒体|部门|机构)|"
    "网站(?:群|导航|大全)|(?:分享|转发|关注)(?:到|至|我们)"
)
_MENU = re.compile(
    r"(?:^|[\s_-])(?:select|drop|menu|nav|tab|sub|yqlj|friend|flink|share|bshare|bds|popup|dialog|modal|layer)",
    re.IGNORECASE,
)
_FEW = 3
"""Advertisements in one block from which on all its foreign links are a farm's."""
_SEPARATOR = 4
"""Characters between two links of a row."""
_AROUND = 6
"""Elements around a link that may show nothing else."""
_SHORT = 200
_TRADE = re.compile("博彩|彩票|娱乐|娛樂|赌|賭|棋牌|葡京|成人|贷款|私服|porn|casino")
_HIDES = re.compile("none|hidden|indent|absolute|fixed")
"""What the style says of an element that it may hide, in lower case."""
_HIDING = (
    '[style*="none" i], [style*="hidden" i], [style*="indent" i], [style*="absolute" i], [style*="fixed" i], [hidden]'
)
_STYLES = 60
"""Such elements from which on it is faster to look at the page's text first."""


class Link(NamedTuple):
    """A link to a foreign host."""

    node: LexborNode
    host: str
    known: bool
    """Leads to where honest menus lead."""


def foreign_links(nodes: list[LexborNode], origin: Origin) -> list[Link]:
    """Return those that lead to foreign hosts. Relative ones are not looked at, unless the page's base is foreign."""
    near = not origin.is_foreign(origin.base)
    foreign: dict[str, bool] = {}
    links = []
    for node in nodes:
        href = attribute(node, "href")
        if near and "//" not in href and "\\" not in href and ":" not in href:
            continue
        host = absolute_host(href)
        if host is None:
            host = host_of(origin.absolute(href))
        if host not in foreign:
            foreign[host] = origin.is_foreign_host(host)
        if foreign[host]:
            links.append(Link(node, host, is_known_link(host)))
    return links


def _above(node: LexborNode) -> Iterator[LexborNode]:
    """Yield a node and all around it, up to the body."""
    current: LexborNode | None = node
    while current is not None and current.tag not in ("html", "body"):
        yield current
        current = current.parent


def _cut_all(nodes: list[LexborNode], links: list[Link], injected: Injected) -> list[Link]:
    """Cut nodes out, each once, and return the links that are left: a node inside a cut one must not be touched."""
    wanted = {node.mem_id: node for node in nodes}
    outer = [node for node in wanted.values() if sum(above.mem_id in wanted for above in _above(node)) == 1]
    left = [link for link in links if not any(above.mem_id in wanted for above in _above(link.node))]
    for node in outer:
        leave_mark(node, injected)
    return left


def cut_hidden(tree: LexborHTMLParser, links: list[Link], injected: Injected) -> list[Link]:
    """Cut what is hidden and leads to strangers; return the links that are left."""
    hiding = Hiding.of(tree)
    blocks: dict[int, tuple[LexborNode, Hidden, list[Link]]] = {}
    for link in links:
        node, how = hiding.outermost(link.node)
        how = how or _written_invisibly(hiding, link.node)
        if how:
            found = link.node if node is None else node
            blocks.setdefault(found.mem_id, (found, how, []))[2].append(link)
    cut: list[LexborNode] = []
    strange = {link.node.mem_id for link in links if not link.known}
    for node, how, inside in blocks.values():
        if all(link.known or _is_picture(link.node) for link in inside) or _is_shown_later(node, how, inside, strange):
            continue
        for link in inside:
            injected.count(link.host)
        cut += _to_cut(node, inside)
    return _cut_all(cut, links, injected) if cut else links


def _is_picture(anchor: LexborNode) -> bool:
    """Say whether a link is a picture: sliders move theirs off the screen, counters show one without scripts."""
    return anchor.css_first("img") is not None and not folded(anchor.text())


def _written_invisibly(hiding: Hiding, anchor: LexborNode) -> Hidden:
    """Return how the one element hides that holds all the text of a link."""
    inner = anchor.css_first("*:not(a)")
    if inner is None or len(folded(inner.text())) < len(folded(anchor.text())) or not folded(anchor.text()):
        return Hidden.NO
    return hiding.of_element(inner)


def _is_shown_later(node: LexborNode, how: Hidden, inside: list[Link], strange: set[int]) -> bool:
    """Say whether a closed block is a menu, a list of friends or a dialog: by its other links, its words, its names.

    `strange` are the links of the page that lead to unknown hosts.
    """
    if how is Hidden.BURIED or any(map(_advertises, inside)):
        return False
    within = [anchor.mem_id in strange for anchor in node.css("a[href]")]
    if within.count(False) > within.count(True):
        return True
    before = node.prev
    while before is not None and not (before.text() or "").strip():
        before = before.prev
    label = "".join(((before.text() if before is not None else "") or "").split())[-20:]
    text = "".join((node.text() or "").split())[:20]
    around = [f"{attribute(above, 'class')} {attribute(above, 'id')}" for above in islice(_above(node), 3)]
    return bool(_FRIENDS.search(label) or _FRIENDS.search(text) or any(map(_MENU.search, around)))


def _to_cut(node: LexborNode, inside: list[Link]) -> list[LexborNode]:
    """Return a hidden block; of one that holds more than links to strangers, only these."""
    text = len("".join((node.text() or "").split()))
    linked = sum(len("".join((link.node.text() or "").split())) for link in inside)
    return [node] if text <= _SHORT or linked * 2 >= text else [link.node for link in inside]


def cut_advertised(links: list[Link], injected: Injected) -> list[Link]:
    """Cut visible links to foreign hosts whose text is a casino's or a loan shark's, and the farm around them.

    Return the links that are left.
    """
    unknown = [link for link in links if not link.known]
    bad = {link.node.mem_id for link in unknown if _advertises(link)}
    likely = bad | {link.node.mem_id for link in unknown if len(unknown) >= _FEW and may_be_bad_link(link.node.text())}
    if not bad and len(likely) < _FEW:
        return links
    cut = {link.node.mem_id: link for link in unknown if link.node.mem_id in bad}
    for group in _groups(unknown) if len(likely) >= _FEW else ():
        if _is_farm(group, bad, likely):
            cut |= {link.node.mem_id: link for link in group}
    for link in cut.values():
        injected.count(link.host)
    return _cut_all(_with_rows(cut.values()), links, injected)


def _advertises(link: Link) -> bool:
    return is_bad_link(link.node.text() + attribute(link.node, "title"), link.host)


def _is_farm(group: list[Link], bad: set[int], likely: set[int]) -> bool:
    """Say whether neighbouring links are a farm: three sure advertisements, or three likely ones to as many hosts and
    no more of any other kind.
    """
    if sum(link.node.mem_id in bad for link in group) >= _FEW:
        return True
    alike = [link.host for link in group if link.node.mem_id in likely]
    return len(set(alike)) >= _FEW and 2 * len(alike) >= len(group)


def _groups(links: list[Link]) -> Iterable[list[Link]]:
    """Return the links that share an element, and those that follow each other with next to nothing between."""
    blocks: dict[int, list[Link]] = {}
    rows: dict[int, list[Link]] = {}
    for link in links:
        for block in _blocks(link.node):
            blocks.setdefault(block, []).append(link)
        unit = _unit(link.node)
        row = rows.pop(_before(unit), [])
        row.append(link)
        rows[unit.mem_id] = row
    return [*blocks.values(), *rows.values()]


def _blocks(node: LexborNode) -> Iterable[int]:
    """Return the ids of the element around a link and of that around it, which a farm shares."""
    parent = node.parent
    if parent is None or parent.tag in ("body", "html"):
        return ()
    above = parent.parent
    if above is None or above.tag in ("body", "html") or parent.tag not in ("li", "td", "span", "p", "dd"):
        return (parent.mem_id,)
    rows = above.parent if above.tag == "tr" else None
    return (parent.mem_id, above.mem_id, *([rows.mem_id] if rows is not None else ()))


def _unit(node: LexborNode) -> LexborNode:
    """Return the outermost element that shows a link and nothing else: the item of a list, a row of one cell."""
    for above in islice(_above(node), 1, _AROUND):
        if not (_is_edge(node.prev, forward=False) and _is_edge(node.next, forward=True)):
            break
        node = above
    return node


def _is_edge(sibling: LexborNode | None, *, forward: bool) -> bool:
    """Say whether nothing but blanks stands from a node on to the end (or beginning) of the element around it."""
    while sibling is not None and sibling.tag == "-text" and not (sibling.text_content or "").strip():
        sibling = sibling.next if forward else sibling.prev
    return sibling is None


def _before(unit: LexborNode) -> int:
    """Return the element (mem_id) before one, if no more than a separator stands between; 0 if there is none."""
    before = unit.prev
    while before is not None and (before.tag == "br" or (before.tag == "-text" and _is_separator(before.text_content))):
        before = before.prev
    return before.mem_id if before is not None else 0


def _is_separator(text: str | None) -> bool:
    return len("".join((text or "").split())) <= _SEPARATOR


def _with_rows(links: Iterable[Link]) -> list[LexborNode]:
    """Return what to cut for links: each with the element that shows nothing else, and the rows of which no more than
    separators would be left.
    """
    units = {unit.mem_id: unit for unit in (_unit(link.node) for link in links)}
    rows = {unit.parent.mem_id: unit.parent for unit in units.values() if unit.parent is not None}
    empty = [
        row
        for row in rows.values()
        if row.tag not in ("html", "body") and all(map(partial(_goes, units=units), row.iter(include_text=True)))
    ]
    return [*units.values(), *empty]


def _goes(node: LexborNode, units: Container[int]) -> bool:
    """Say whether a node is cut, or says nothing by itself."""
    return (
        node.mem_id in units
        or node.tag in ("br", "-comment")
        or (node.tag == "-text" and not folded(node.text_content or ""))
    )


def cut_hidden_words(tree: LexborHTMLParser, found: Elements, injected: Injected) -> None:
    """Cut hidden text that is made of such words: the style that hides it goes, the text would show."""
    suspects = [node for node in _may_hide(tree, found) if _is_made_of_words(node.text() or "")]
    if suspects:
        hiding = Hiding.of(tree)
        _cut_all([node for node in suspects if hiding.of_element(node)], [], injected)


def _may_hide(tree: LexborHTMLParser, found: Elements) -> Iterator[LexborNode]:
    """Yield the elements that may hide what is in them, by their style, an attribute or what they are."""
    styled = tree.css("[style], [hidden]")
    if len(styled) <= _STYLES:
        yield from (node for node in styled if _HIDES.search(attribute(node, "style").lower()) or _is_hidden(node))
    elif _speaks_of_trade(tree.root.text() if tree.root else ""):
        yield from tree.css(_HIDING)
    yield from (node for node in found.all("marquee", "noscript") if node.parent is not None)


def _is_hidden(node: LexborNode) -> bool:
    return "hidden" in node.attrs


def _is_made_of_words(text: str) -> bool:
    return len(text) <= 20 * _SHORT and _speaks_of_trade(text) and len(bad_words(text)) > 1


def _speaks_of_trade(text: str) -> bool:
    return _TRADE.search(text) is not None
