"""Where a page stood, and which hosts are somebody else's: neither the site's own nor one that honest pages use."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from migrate.urls import fold_host, host_of, resolve

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
_ABSOLUTE = re.compile(r"https?://\w", re.IGNORECASE)
_HOST = re.compile(r"https?://([a-z0-9][a-z0-9.-]*)(?=[/?#]|\Z)", re.IGNORECASE | re.ASCII)
"""The host of an address that is written as nearly all are."""
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
        return self.is_foreign_host(host_of(url))

    def is_foreign_host(self, host: str) -> bool:
        """Say whether a host, folded, is somebody else's; an empty one is not."""
        if not host or self.owns(host) or host == "gov.cn" or host.endswith(".gov.cn"):
            return False
        return registered_domain(host) != registered_domain(host_of(self.url))


def registered_domain(host: str) -> str:
    """Return the part of a host name that somebody owns: example.gov.cn of www.a.example.gov.cn, example.com."""
    labels = host.split(".")
    depth = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-depth:])


def is_stranger(host: str, origin: Origin) -> bool:
    """Say whether a host is neither the site's own, a government's nor one that honest pages often link to."""
    return origin.is_foreign_host(host) and not is_known_link(host)


def is_known_link(host: str) -> bool:
    """Say whether a host is one that honest pages link to."""
    return _is_known(host, _KNOWN_LINKS)


def is_known_script(host: str) -> bool:
    """Say whether a host is one whose scripts sites put into their own pages."""
    return _is_known(host, _KNOWN_SCRIPTS)


def _is_known(host: str, domains: frozenset[str]) -> bool:
    """Say whether a host belongs to one of the domains: itself, or a label in front of it."""
    while host:
        if host in domains:
            return True
        host = host.partition(".")[2]
    return False


@lru_cache(maxsize=4096)  # menus and friends are the same on every page of a site
def absolute_host(href: str) -> str | None:
    """Return the host of an address that means the same on every page; None for any other."""
    if not _ABSOLUTE.match(href):
        return None
    plain = _HOST.match(href)
    return fold_host(plain[1]) if plain else host_of(resolve("http://any.invalid/", href) or "")
