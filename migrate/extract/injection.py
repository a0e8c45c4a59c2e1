"""Injected links and scripts (暗链): found before the page is read, cut out, and counted by host.

A hidden block with links to foreign hosts, a script from an unknown host, gambling and loan vocabulary on a link.
Ordinary links to other sites in the visible text stay.
"""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from migrate.extract.dom import attribute, squeeze
from migrate.extract.page import Parsed
from migrate.i18n import _
from migrate.records import Level
from migrate.urls import host_of

MARK_LINKS = "data-cut-links"
MARK_SCRIPTS = "data-cut-scripts"
"""Attributes left where something was cut, so that the body knows whether it stood inside."""

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|text-indent\s*:\s*-\d{3,}|"
    r"(?:left|top|margin-left|margin-top)\s*:\s*-\d{3,}|"
    r"font-size\s*:\s*[01](?:px|pt)?\s*(?:;|$)|(?<![-\w])(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|$)|"
    r"opacity\s*:\s*0\s*(?:;|$)",
    re.IGNORECASE,
)
_HIDING_WORDS = ("none", "hidden", "indent", "left", "top", "font-size", "height", "width", "opacity")
"""One of them stands in every style that _HIDDEN matches: the tree is asked for these only."""
_STYLE = re.compile(r"style\s*=\s*(?:\"([^\"]*)|'([^']*))")
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


@dataclass(slots=True)
class Injected:
    """What was cut out of the page: hosts of links, sources of scripts."""

    hosts: dict[str, int] = field(default_factory=dict)
    """Host → number of links."""
    scripts: list[str] = field(default_factory=list)


def registered_domain(host: str) -> str:
    """Return the part of a host name that somebody owns: example.gov.cn of www.a.example.gov.cn, example.com."""
    labels = host.split(".")
    depth = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-depth:])


def cut_injected(parsed: Parsed) -> Injected:
    """Cut hidden foreign links and foreign scripts out of the tree; leave a mark on the element that held them."""
    injected = Injected()
    _cut_scripts(parsed, injected)
    _cut_hidden(parsed, injected)
    _cut_vocabulary(parsed, injected)
    return injected


def report_frame(parsed: Parsed, injected: Injected) -> None:
    """Note what was cut outside the body: hosts and numbers."""
    if injected.hosts:
        count = sum(injected.hosts.values())
        hosts = ", ".join(sorted(injected.hosts))
        parsed.find(
            Level.WARNING,
            "safety.injected-frame",
            _("{count} injected links to {n} foreign hosts were cut away: {hosts}").format(
                count=count, n=len(injected.hosts), hosts=hosts
            ),
            _("The old site was tampered with. Tell its owner; nothing of it reaches the portal."),
        )
    if injected.scripts:
        parsed.find(
            Level.WARNING,
            "safety.injected-frame",
            _("{count} scripts from unknown hosts were cut away: {scripts}").format(
                count=len(injected.scripts), scripts=", ".join(injected.scripts)
            ),
            _("The old site was tampered with. Tell its owner; nothing of it reaches the portal."),
        )


def take_marks(container: LexborNode) -> tuple[bool, bool]:
    """Return whether links, and whether scripts, were cut inside the container (or right under it)."""
    links = container.css_first(f"[{MARK_LINKS}]") is not None or MARK_LINKS in container.attributes
    scripts = container.css_first(f"[{MARK_SCRIPTS}]") is not None or MARK_SCRIPTS in container.attributes
    return links, scripts


def _is_foreign(parsed: Parsed, url: str | None) -> bool:
    host = host_of(url or "")
    if not host or parsed.site.url_rules.owns(host):
        return False
    own = registered_domain(host_of(parsed.page.url))
    return registered_domain(host) != own and not host.endswith("gov.cn")


def _is_known_script(host: str) -> bool:
    return any(host == known or host.endswith("." + known) for known in _KNOWN_SCRIPTS)


def _cut_scripts(parsed: Parsed, injected: Injected) -> None:
    for script in parsed.tree.css("script[src]"):
        url = parsed.absolute(attribute(script, "src"))
        if url and _is_foreign(parsed, url) and not _is_known_script(host_of(url)):
            injected.scripts.append(url)
            parent = script.parent
            if parent is not None and parent.tag not in ("head", "html", "body"):
                parent.attrs[MARK_SCRIPTS] = "1"
            script.decompose()


def _cut_hidden(parsed: Parsed, injected: Injected) -> None:
    styles = {found[1] or found[2] or "" for found in _STYLE.finditer(parsed.lower)}
    hiding = {style for style in styles if _HIDDEN.search(style)}
    if "<marquee" not in parsed.lower and not hiding:
        return
    words = {next(word for word in _HIDING_WORDS if word in style) for style in hiding}
    hidden = [
        node
        for word in sorted(words)
        for node in parsed.tree.css(f'[style*="{word}" i]')
        if node.tag != "a" and attribute(node, "style").lower() in hiding
    ]
    hidden += [node for node in parsed.tree.css("marquee") if _is_dot(node)]
    done: set[int] = set()
    for node in hidden:
        if node.mem_id in done:
            continue
        foreign = _foreign_links(parsed, node)
        if not foreign:
            continue
        for host in foreign:
            injected.hosts[host] = injected.hosts.get(host, 0) + 1
        done.update(inner.mem_id for inner in node.css("[style], marquee"))
        _leave_mark(node)


def _is_dot(node: LexborNode) -> bool:
    return any(attribute(node, name).strip() in ("0", "1", "2") for name in ("width", "height"))


def _foreign_links(parsed: Parsed, node: LexborNode) -> list[str]:
    urls = (parsed.absolute(attribute(anchor, "href")) for anchor in node.css("a[href]"))
    return [host_of(url) for url in urls if url and _is_foreign(parsed, url)]


def _cut_vocabulary(parsed: Parsed, injected: Injected) -> None:
    """Cut visible links to foreign hosts whose text is a casino's or a loan shark's."""
    words = [word for word in _VOCABULARY if word in parsed.lower]
    if not words:
        return
    for anchor in parsed.tree.css("a[href]"):
        text = squeeze(anchor.text()) + attribute(anchor, "title").lower()
        if len(text) > 60 or not any(word in text.lower() for word in words):
            continue
        url = parsed.absolute(attribute(anchor, "href"))
        if url and _is_foreign(parsed, url):
            host = host_of(url)
            injected.hosts[host] = injected.hosts.get(host, 0) + 1
            _leave_mark(anchor)


def _leave_mark(node: LexborNode) -> None:
    """Empty an element, take its link, and mark its parent: the parent survives cleaning of the body."""
    parent = node.parent
    if parent is not None and parent.tag not in ("html", "body"):
        parent.attrs[MARK_LINKS] = "1"
    node.decompose()
