"""Injected links and scripts (暗链): found before the page is read or shown, cut out, and counted by host.

A hidden block with links to foreign hosts, a script from an unknown host, gambling and loan vocabulary on a link.
Ordinary links to other sites in the visible text stay. Must run before sanitising: that drops the styles which hide.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.urls import host_of, resolve

MARK_LINKS = "data-cut-links"
MARK_SCRIPTS = "data-cut-scripts"
"""Attributes left where something was cut, so that the body knows whether it stood inside."""

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|text-indent\s*:\s*-\d{3,}|"
    r"(?:left|top|right|bottom|margin-left|margin-top)\s*:\s*-\d{3,}|"
    r"font-size\s*:\s*[01](?:px|pt|em)?\s*(?:[;!]|$)|"
    r"(?<![-\w])(?:max-)?(?:height|width)\s*:\s*[01](?:px|pt|em)?\s*(?:[;!]|$)|"
    r"opacity\s*:\s*0?\.?0\d*\s*(?:[;!]|$)",
    re.IGNORECASE,
)
_HIDING_WORDS = (
    "none", "hidden", "indent", "left", "top", "right", "bottom", "font-size", "height", "width", "opacity",
)  # fmt: skip
"""One of them stands in every style that _HIDDEN matches: the tree is asked for these only."""
_STYLE = re.compile(r"style\s*=\s*(?:\"([^\"]*)|'([^']*)|([^\s\"'>]+))")
_TRICKS = ("<marquee", " hidden")
"""What else hides a block: the source is searched for them before the tree is."""
_ZERO_WIDTH = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF])
# Words that offices write themselves (彩票, 赌博, 办证, 小额贷款) are not among them: they stand in honest links.
_VOCABULARY = (
    "博彩", "赌场", "彩票平台", "彩票网", "时时彩", "六合彩", "百家乐", "老虎机", "娱乐城", "棋牌平台",
    "棋牌游戏", "真人娱乐", "澳门金沙", "澳门银河", "威尼斯人", "葡京", "太阳城", "现金网", "网上贷款",
    "无抵押贷款", "代开发票", "私服", "外挂", "成人视频", "成人电影", "成人网", "一夜情", "裸聊", "av在线",
    "毛片", "替考", "casino", "betting", "porn", "viagra",
)  # fmt: skip
_KNOWN_SCRIPTS = (
    "gov.cn", "conac.cn", "baidu.com", "bdstatic.com", "bdimg.com", "jiathis.com", "bshare.cn", "cnzz.com",
    "51.la", "qq.com", "gtimg.cn", "gtimg.com", "sina.com.cn", "sinajs.cn", "weibo.com",
    "google-analytics.com", "googletagmanager.com", "googleapis.com", "jquery.com", "bootcss.com",
    "staticfile.org", "jsdelivr.net", "cdnjs.cloudflare.com", "unpkg.com", "aliyuncs.com", "alicdn.com",
    "amap.com", "tianditu.com", "kaipuyun.cn", "people.com.cn", "xinhuanet.com", "news.cn", "edu.cn",
    "weather.com.cn", "tianqi.com", "tq121.com.cn",
)  # fmt: skip
_SECOND_LEVEL = frozenset({"gov", "com", "net", "org", "edu", "ac"})


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
        host = host_of(url)
        if not host or self.owns(host) or host == "gov.cn" or host.endswith(".gov.cn"):
            return False
        return registered_domain(host) != registered_domain(host_of(self.url))


@dataclass(slots=True)
class Injected:
    """What was cut out of the page: hosts of links, sources of scripts."""

    hosts: dict[str, int] = field(default_factory=dict)
    """Host → number of links."""
    scripts: list[str] = field(default_factory=list)

    def count(self, url: str) -> None:
        """Count one link that was cut."""
        host = host_of(url)
        self.hosts[host] = self.hosts.get(host, 0) + 1


def registered_domain(host: str) -> str:
    """Return the part of a host name that somebody owns: example.gov.cn of www.a.example.gov.cn, example.com."""
    labels = host.split(".")
    depth = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-depth:])


def cut_injected(tree: LexborHTMLParser, source: str, origin: Origin) -> Injected:
    """Cut hidden foreign links and foreign scripts out of the tree; leave a mark on the element that held them.

    `source` is the page's text in lower case, for cheap looks before the tree is searched.
    """
    injected = Injected()
    _cut_scripts(tree, origin, injected)
    _cut_hidden(tree, source, origin, injected)
    _cut_vocabulary(tree, source, origin, injected)
    return injected


def take_marks(container: LexborNode) -> tuple[bool, bool]:
    """Return whether links, and whether scripts, were cut inside the container (or right under it)."""
    links = container.css_first(f"[{MARK_LINKS}]") is not None or MARK_LINKS in container.attributes
    scripts = container.css_first(f"[{MARK_SCRIPTS}]") is not None or MARK_SCRIPTS in container.attributes
    return links, scripts


def _attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def _is_known_script(host: str) -> bool:
    return any(host == known or host.endswith("." + known) for known in _KNOWN_SCRIPTS)


def _cut_scripts(tree: LexborHTMLParser, origin: Origin, injected: Injected) -> None:
    for script in tree.css("script[src]"):
        url = origin.absolute(_attribute(script, "src"))
        if origin.is_foreign(url) and not _is_known_script(host_of(url)):
            injected.scripts.append(url)
            parent = script.parent
            if parent is not None and parent.tag not in ("head", "html", "body"):
                parent.attrs[MARK_SCRIPTS] = "1"
            script.decompose()


def _cut_hidden(tree: LexborHTMLParser, source: str, origin: Origin, injected: Injected) -> None:
    done: set[int] = set()
    for node in _hidden(tree, source):
        if node.mem_id in done:
            continue
        urls = [origin.absolute(_attribute(anchor, "href")) for anchor in node.css("a[href]")]
        foreign = [url for url in urls if origin.is_foreign(url)]
        if not foreign:
            continue
        for url in foreign:
            injected.count(url)
        done.update(inner.mem_id for inner in node.css("[style], [hidden], marquee"))
        _leave_mark(node)


def _hidden(tree: LexborHTMLParser, source: str) -> list[LexborNode]:
    """Return the elements that nobody sees: by their style, their `hidden`, or as a marquee of one dot."""
    found = (match[1] or match[2] or match[3] or "" for match in _STYLE.finditer(source))
    hiding = {style for style in map(unescape, set(found)) if _HIDDEN.search(style)}
    words = {next(word for word in _HIDING_WORDS if word in style) for style in hiding}
    hidden = [
        node
        for word in sorted(words)
        for node in tree.css(f'[style*="{word}" i]')
        if _attribute(node, "style").lower() in hiding
    ]
    if any(trick in source for trick in _TRICKS):
        hidden += [node for node in tree.css("marquee") if _is_dot(node)] + list(tree.css("[hidden]"))
    return hidden


def _is_dot(node: LexborNode) -> bool:
    return any(_attribute(node, name).strip().removesuffix("px") in ("0", "1", "2") for name in ("width", "height"))


def _cut_vocabulary(tree: LexborHTMLParser, source: str, origin: Origin, injected: Injected) -> None:
    """Cut visible links to foreign hosts whose text is a casino's or a loan shark's."""
    if not any(word in source for word in _VOCABULARY):
        return
    for anchor in tree.css("a[href]"):
        text = "".join((anchor.text() + _attribute(anchor, "title")).lower().split()).translate(_ZERO_WIDTH)
        if len(text) > 60 or not any(word in text for word in _VOCABULARY):
            continue
        url = origin.absolute(_attribute(anchor, "href"))
        if origin.is_foreign(url):
            injected.count(url)
            _leave_mark(anchor)


def _leave_mark(node: LexborNode) -> None:
    """Cut an element out and mark its parent: the parent survives cleaning of the body."""
    parent = node.parent
    if parent is not None and parent.tag not in ("html", "body"):
        parent.attrs[MARK_LINKS] = "1"
    node.decompose()
