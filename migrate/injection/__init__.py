"""Injected links and scripts (暗链): found before the page is read or shown, cut out, and counted by host.

A hidden block with links to foreign hosts, a script from an unknown host, gambling and loan vocabulary on a link or in
the page's title. Ordinary links to other sites in the visible text stay. Must run before sanitising: that drops the
styles which hide.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.injection.elements import Elements, Script
from migrate.injection.hiding import Hidden, Hiding
from migrate.injection.scripts import LONG, is_cloak, loaded, plain_script, written_links
from migrate.injection.words import advertised, bad_words, folded, is_bad_link, may_be_bad_link
from migrate.urls import fold_host, host_of, resolve

MARK_LINKS = "data-cut-links"
MARK_SCRIPTS = "data-cut-scripts"
"""Attributes left where something was cut, so that the body knows whether it stood inside."""

_KNOWN_SCRIPTS = frozenset(
    "gov.cn conac.cn baidu.com bdstatic.com bdimg.com jiathis.com bshare.cn cnzz.com 51.la 51yes.com qq.com "
    "gtimg.cn gtimg.com sina.com.cn sinajs.cn sinaimg.cn weibo.com google-analytics.com googletagmanager.com "
    "googleapis.com google.com gstatic.com jquery.com bootcss.com bootcdn.net bootstrapcdn.com staticfile.org "
    "jsdelivr.net cloudflare.com unpkg.com aliyuncs.com alicdn.com aliapp.org umeng.com tanx.com amap.com "
    "tianditu.com tianditu.gov.cn kaipuyun.cn people.com.cn people.cn xinhuanet.com news.cn cctv.com cntv.cn "
    "edu.cn ac.cn weather.com.cn tianqi.com tq121.com.cn seniverse.com heweather.net qweather.com "
    "thinkpage.cn sharethis.com addthis.com 315safe.com 315safe.com.cn knet.cn trustutn.org anquan.org 360.cn "
    "qhimg.com so.com sogou.com sobot.com 53kf.com bytedance.com bytescm.com toutiao.com microsoft.com "
    "adobe.com macromedia.com youku.com mob.com zhiye.com yonyou.com iflytek.com xfyun.cn cdn.bcebos.com "
    "bcebos.com myqcloud.com 163.com 126.net netease.com sohu.com ifeng.com wx.qq.com hikvision.com "
    "miit.gov.cn beian.gov.cn".split()
)
"""Registered domains of statistics, sharing, maps, weather, libraries and seals that sites put into their own pages."""
_KNOWN_LINKS = _KNOWN_SCRIPTS | frozenset(
    "chinanews.com chinanews.com.cn china.com.cn china.org.cn chinadaily.com.cn youth.cn gmw.cn ce.cn cri.cn "
    "cnr.cn qstheory.cn 12371.cn 12377.cn 12321.cn 12388.gov.cn wenming.cn legaldaily.com.cn mozilla.org "
    "firefox.com.cn apple.com uc.cn opera.com piyao.org.cn xuexi.cn ccdi.gov.cn chinatax.gov.cn court.gov.cn "
    "org.cn".split()
)
"""And of the media, authorities and browsers that closed menus and notes of government sites link to."""
_FRIENDS = re.compile(
    "友情链接|友情连接|相关链接|网站链接|快速链接|常用链接|链接[:：]|"
    "(?:合作|兄弟|直属|下属|部门|媒体|政府|地方|市县|省市|上级|推荐|其他|区县|乡镇)(?:网站|单位|链接|媒体|部门|机构)|"
    "网站(?:群|导航|大全)|(?:分享|转发|关注)(?:到|至|我们)"
)
_MENU = re.compile(
    r"(?:^|[\s_-])(?:select|drop|menu|nav|tab|sub|yqlj|friend|flink|share|bshare|bds|popup|dialog|modal|layer)",
    re.IGNORECASE,
)
_CMS = re.compile(
    r"/plus/\w+\.php|/e/(?:public|action|extend|tool|d)/|/adspace\.jspx|/(?:system/resource|_js|r/cms|eportal|jeecms)/"
)
"""Scripts that the office's own system serves (DedeCMS, EmpireCMS, JEECMS, VSB): the host is its other name."""
_ABSOLUTE = re.compile(r"https?://\w", re.IGNORECASE)
_HOST = re.compile(r"https?://([a-z0-9][a-z0-9.-]*)(?=[/?#]|\Z)", re.IGNORECASE | re.ASCII)
"""The host of an address that is written as nearly all are."""
_SECOND_LEVEL = frozenset({"gov", "com", "net", "org", "edu", "ac"})
_FEW = 3
"""Advertisements in one block from which on all its foreign links are a farm's."""
_SEPARATOR = 4
"""Characters between two links of a row."""
_AROUND = 6
"""Elements around a link that may show nothing else."""
_SHORT = 200
_HEAD_TAGS = frozenset({"keywords", "description"})
_TRADE = re.compile("博彩|彩票|娱乐|娛樂|赌|賭|棋牌|葡京|成人|贷款|私服|porn|casino")
_HIDES = re.compile("none|hidden|indent|absolute|fixed")
"""What the style says of an element that it may hide, in lower case."""
_HIDING = (
    '[style*="none" i], [style*="hidden" i], [style*="indent" i], [style*="absolute" i], [style*="fixed" i], [hidden]'
)
_STYLES = 60
"""Such elements from which on it is faster to look at the page's text first."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page stood: what is foreign to it follows from that."""

    url: str
    """Absolute, as requested."""
    base: str
    """Absolute URL that its links are resolved against."""
    owns: Callable[[str], bool]
    """Says of a host whether it is the site's own."""

    def absolute(self, href: str) -> str:
        """Return the absolute URL of a link on the page; empty if it is none."""
        return resolve(self.base, href) or ""

    def is_foreign(self, url: str) -> bool:
        """Say whether a URL leads to somebody else's host. Government hosts are nobody's farm."""
        return self.is_foreign_host(host_of(url))

    def is_foreign_host(self, host: str) -> bool:
        """Say whether a host, folded, is somebody else's; an empty one is not."""
        if not host or self.owns(host) or host == "gov.cn" or host.endswith(".gov.cn"):
            return False
        return registered_domain(host) != registered_domain(host_of(self.url))


@dataclass(slots=True)
class Injected:
    """What was cut out of the page: hosts of links, sources of scripts, words that overwrote its title."""

    hosts: dict[str, int] = field(default_factory=dict)
    """Host → number of links."""
    scripts: list[str] = field(default_factory=list)
    """Addresses of scripts and frames; what an inline one does, in words of the source."""
    head: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """`title` or name of a META tag → the words of the trade that stood in it."""
    marked: bool = False
    """Whether a mark was left anywhere: then the tree is not what it was."""

    def count(self, host: str) -> None:
        """Count one link that was cut."""
        self.hosts[host] = self.hosts.get(host, 0) + 1


class _Link(NamedTuple):
    node: LexborNode
    host: str
    known: bool
    """Leads to where honest menus lead."""


def registered_domain(host: str) -> str:
    """Return the part of a host name that somebody owns: example.gov.cn of www.a.example.gov.cn, example.com."""
    labels = host.split(".")
    depth = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-depth:])


def cut_injected(tree: LexborHTMLParser, origin: Origin, found: Elements | None = None) -> Injected:
    """Cut hidden foreign links, foreign scripts and overwritten titles out of the tree.

    Leaves a mark on the element that held a link or script. `found` are the page's elements, where somebody has looked
    already.
    """
    injected = Injected()
    found = found or Elements.of(tree)
    links = _foreign_links(found.all("a", "area"), origin)
    if links:
        links = _cut_advertised(_cut_hidden(tree, links, injected), injected)
    _cut_hidden_words(tree, found, injected)
    _cut_frames(tree, found.all("iframe"), origin, injected)
    if injected.marked:
        found = Elements.of(tree)  # some of them are gone
    _cut_scripts(found.scripts, origin, injected, {registered_domain(link.host) for link in links})
    _cut_head(tree, found.all("title", "meta"), injected)
    return injected


def is_stranger(host: str, origin: Origin) -> bool:
    """Say whether a host is neither the site's own, a government's nor one that honest pages often link to."""
    return origin.is_foreign_host(host) and not _is_known(host, _KNOWN_LINKS)


def take_marks(container: LexborNode) -> tuple[bool, bool]:
    """Return whether links, and whether scripts, were cut inside the container (or right under it)."""
    links = container.css_first(f"[{MARK_LINKS}]") is not None or MARK_LINKS in container.attrs
    scripts = container.css_first(f"[{MARK_SCRIPTS}]") is not None or MARK_SCRIPTS in container.attrs
    return links, scripts


def _attribute(node: LexborNode, name: str) -> str:
    return node.attrs.sget(name, "")  # `attributes` would make a dict of all


def _is_known(host: str, domains: frozenset[str]) -> bool:
    """Say whether a host belongs to one of the domains: itself, or a label in front of it."""
    while host:
        if host in domains:
            return True
        host = host.partition(".")[2]
    return False


def _foreign_links(nodes: list[LexborNode], origin: Origin) -> list[_Link]:
    """Return those that lead to foreign hosts. Relative ones are not looked at, unless the page's base is foreign."""
    near = not origin.is_foreign(origin.base)
    foreign: dict[str, bool] = {}
    links = []
    for node in nodes:
        href = _attribute(node, "href")
        if near and "//" not in href and "\\" not in href and ":" not in href:
            continue
        host = _host_of_absolute(href)
        if host is None:
            host = host_of(origin.absolute(href))
        if host not in foreign:
            foreign[host] = origin.is_foreign_host(host)
        if foreign[host]:
            links.append(_Link(node, host, _is_known(host, _KNOWN_LINKS)))
    return links


@lru_cache(maxsize=4096)  # menus and friends are the same on every page of a site
def _host_of_absolute(href: str) -> str | None:
    """Return the host of an address that means the same on every page; None for any other."""
    if not _ABSOLUTE.match(href):
        return None
    plain = _HOST.match(href)
    return fold_host(plain[1]) if plain else host_of(resolve("http://any.invalid/", href) or "")


def _above(node: LexborNode) -> Iterator[LexborNode]:
    """Yield a node and all around it, up to the body."""
    current: LexborNode | None = node
    while current is not None and current.tag not in ("html", "body"):
        yield current
        current = current.parent


def _cut_all(nodes: list[LexborNode], links: list[_Link], injected: Injected) -> list[_Link]:
    """Cut nodes out, each once, and return the links that are left: a node inside a cut one must not be touched."""
    wanted = {node.mem_id: node for node in nodes}
    outer = [node for node in wanted.values() if sum(above.mem_id in wanted for above in _above(node)) == 1]
    left = [link for link in links if not any(above.mem_id in wanted for above in _above(link.node))]
    for node in outer:
        _leave_mark(node, injected)
    return left


def _cut_hidden(tree: LexborHTMLParser, links: list[_Link], injected: Injected) -> list[_Link]:
    """Cut what is hidden and leads to strangers; return the links that are left."""
    hiding = Hiding.of(tree)
    blocks: dict[int, tuple[LexborNode, Hidden, list[_Link]]] = {}
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


def _is_shown_later(node: LexborNode, how: Hidden, inside: list[_Link], strange: set[int]) -> bool:
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
    around = [f"{_attribute(above, 'class')} {_attribute(above, 'id')}" for above in islice(_above(node), 3)]
    return bool(_FRIENDS.search(label) or _FRIENDS.search(text) or any(map(_MENU.search, around)))


def _to_cut(node: LexborNode, inside: list[_Link]) -> list[LexborNode]:
    """Return a hidden block; of one that holds more than links to strangers, only these."""
    text = len("".join((node.text() or "").split()))
    linked = sum(len("".join((link.node.text() or "").split())) for link in inside)
    return [node] if text <= _SHORT or linked * 2 >= text else [link.node for link in inside]


def _cut_advertised(links: list[_Link], injected: Injected) -> list[_Link]:
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


def _advertises(link: _Link) -> bool:
    return is_bad_link(link.node.text() + _attribute(link.node, "title"), link.host)


def _is_farm(group: list[_Link], bad: set[int], likely: set[int]) -> bool:
    """Say whether neighbouring links are a farm: three sure advertisements, or three likely ones to as many hosts and
    no more of any other kind.
    """
    if sum(link.node.mem_id in bad for link in group) >= _FEW:
        return True
    alike = [link.host for link in group if link.node.mem_id in likely]
    return len(set(alike)) >= _FEW and 2 * len(alike) >= len(group)


def _groups(links: list[_Link]) -> Iterable[list[_Link]]:
    """Return the links that share an element, and those that follow each other with next to nothing between."""
    blocks: dict[int, list[_Link]] = {}
    rows: dict[int, list[_Link]] = {}
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


def _with_rows(links: Iterable[_Link]) -> list[LexborNode]:
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


def _cut_hidden_words(tree: LexborHTMLParser, found: Elements, injected: Injected) -> None:
    """Cut hidden text that is made of such words: the style that hides it goes, the text would show."""
    suspects = [node for node in _may_hide(tree, found) if _is_made_of_words(node.text() or "")]
    if suspects:
        hiding = Hiding.of(tree)
        _cut_all([node for node in suspects if hiding.of_element(node)], [], injected)


def _may_hide(tree: LexborHTMLParser, found: Elements) -> Iterator[LexborNode]:
    """Yield the elements that may hide what is in them, by their style, an attribute or what they are."""
    styled = tree.css("[style], [hidden]")
    if len(styled) <= _STYLES:
        yield from (node for node in styled if _HIDES.search(_attribute(node, "style").lower()) or _is_hidden(node))
    elif _speaks_of_trade(tree.root.text() if tree.root else ""):
        yield from tree.css(_HIDING)
    yield from (node for node in found.all("marquee", "noscript") if node.parent is not None)


def _is_hidden(node: LexborNode) -> bool:
    return "hidden" in node.attrs


def _is_made_of_words(text: str) -> bool:
    return len(text) <= 20 * _SHORT and _speaks_of_trade(text) and len(bad_words(text)) > 1


def _speaks_of_trade(text: str) -> bool:
    return _TRADE.search(text) is not None


def _cut_frames(tree: LexborHTMLParser, frames: list[LexborNode], origin: Origin, injected: Injected) -> None:
    """Cut hidden frames from unknown hosts; count the links in the text for browsers without frames, which goes."""
    hiding: Hiding | None = None
    for frame in frames:
        if frame.parent is None:
            continue  # went with a hidden block
        for link, _text in written_links(frame.text() or ""):
            if origin.is_foreign(origin.absolute(link)):
                injected.count(host_of(origin.absolute(link)))
        url = origin.absolute(_attribute(frame, "src"))
        if not origin.is_foreign(url) or _is_known(host_of(url), _KNOWN_LINKS):
            continue
        hiding = hiding or Hiding.of(tree)
        if hiding.outermost(frame)[1]:
            injected.scripts.append(url)
            _leave_mark(frame, injected, MARK_SCRIPTS)


def _cut_scripts(scripts: list[Script], origin: Origin, injected: Injected, linked: set[str]) -> None:
    """Cut scripts from unknown hosts. A host that visible links lead to, too, is the office's other name."""
    for script, text in scripts:
        source = script.attrs.get("src")
        if source is None:
            found = _inline(text, origin, injected)
        elif (host := _host_of_absolute(source)) is not None and not _is_strange(host, origin):
            continue
        elif "//" in source or "\\" in source or ":" in source:
            found = [origin.absolute(source)]
        else:
            continue
        unknown = [url for url in found if url.startswith("(") or _is_unknown(url, origin, linked)]
        if unknown:
            injected.scripts += unknown
            _leave_mark(script, injected, MARK_SCRIPTS)


def _is_unknown(url: str, origin: Origin, linked: set[str]) -> bool:
    host = host_of(url)
    return _is_strange(host, origin) and registered_domain(host) not in linked and not _CMS.search(url)


def _is_strange(host: str, origin: Origin) -> bool:
    return origin.is_foreign_host(host) and not _is_known(host, _KNOWN_SCRIPTS)


_SUSPECT = ("write", "referrer", "userAgent", "fromCharCode", "\\x", ".src", "document.title")


class _Script(NamedTuple):
    """What an inline script does, wherever it stands."""

    loaded: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    does: tuple[str, ...] = ()
    """In words of the source."""


@lru_cache(maxsize=256)  # of a site's pages most have the same
def _read_script(text: str) -> _Script:
    if not any(mark in text for mark in _SUSPECT):
        return _Script()
    plain = plain_script(text)
    does = ["(document.referrer)"] if is_cloak(plain) else []
    if "document.title" in plain and bad_words(plain[plain.index("document.title") :][:_SHORT]):
        does.append("(document.title)")
    return _Script(tuple(loaded(plain)), tuple(written_links(plain)), tuple(does))


def _inline(text: str, origin: Origin, injected: Injected) -> list[str]:
    """Return what an inline script loads from elsewhere; count the foreign links that it writes."""
    script = _read_script(text[:LONG])
    found = [origin.absolute(url) for url in script.loaded]
    for url, words in script.links:
        host = host_of(origin.absolute(url))
        if origin.is_foreign_host(host) and is_bad_link(words, host):
            injected.count(host)
            found.append("(document.write)")
    return list(dict.fromkeys([*found, *script.does]))


def _cut_head(tree: LexborHTMLParser, nodes: list[LexborNode], injected: Injected) -> None:
    """Cut title and META tags that were overwritten for search engines: nothing on the page says so."""
    for node in nodes:
        named = _attribute(node, "name") or _attribute(node, "http-equiv")
        name = "title" if node.tag == "title" else named.lower()
        if name != "title" and name not in _HEAD_TAGS:
            continue
        words = advertised(node.text() if node.tag == "title" else _attribute(node, "content"))
        if words and not any(word in _shown(tree) for word in words):
            injected.head[name] = tuple(sorted(words))
            node.decompose()


def _shown(tree: LexborHTMLParser) -> str:
    body = tree.body
    return folded(body.text()) if body is not None else ""


def _leave_mark(node: LexborNode, injected: Injected, mark: str = MARK_LINKS) -> None:
    """Cut an element out and mark its parent: the parent survives cleaning of the body."""
    injected.marked = True
    parent = node.parent
    if parent is not None and parent.tag not in ("html", "body", "head"):
        parent.attrs[mark] = "1"
    node.decompose()
