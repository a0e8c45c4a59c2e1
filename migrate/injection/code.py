"""Injected scripts and frames, and titles that were overwritten for search engines."""

import re
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.injection.cutting import MARK_SCRIPTS, Injected, attribute, leave_mark
from migrate.injection.elements import Script
from migrate.injection.hiding import Hiding
from migrate.injection.origin import Origin, absolute_host, is_known_link, is_known_script, registered_domain
from migrate.injection.scripts import LONG, is_cloak, loaded, plain_script, written_links
from migrate.injection.words import advertised, bad_words, folded, is_bad_link
from migrate.urls import host_of

_CMS = re.compile(
    r"/plus/\w+\.php|/e/(?:public|action|extend|tool|d)/|/adspace\.jspx|/(?:system/resource|_js|r/cms|eportal|jeecms)/"
)
"""Scripts that the office's own system serves (DedeCMS, EmpireCMS, JEECMS, VSB): the host is its other name."""
_HEAD_TAGS = frozenset({"keywords", "description"})
_NEAR = 200
"""Characters of a script behind `document.title` that may be the new one."""
_SUSPECT = ("write", "referrer", "userAgent", "fromCharCode", "\\x", ".src", "document.title")


class _Script(NamedTuple):
    """What an inline script does, wherever it stands."""

    loaded: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    does: tuple[str, ...] = ()
    """In words of the source."""


def cut_frames(tree: LexborHTMLParser, frames: list[LexborNode], origin: Origin, injected: Injected) -> None:
    """Cut hidden frames from unknown hosts; count the links in the text for browsers without frames, which goes."""
    hiding: Hiding | None = None
    for frame in frames:
        if frame.parent is None:
            continue  # went with a hidden block
        for link, _text in written_links(frame.text() or ""):
            if origin.is_foreign(origin.absolute(link)):
                injected.count(host_of(origin.absolute(link)))
        url = origin.absolute(attribute(frame, "src"))
        if not origin.is_foreign(url) or is_known_link(host_of(url)):
            continue
        hiding = hiding or Hiding.of(tree)
        if hiding.outermost(frame)[1]:
            injected.scripts.append(url)
            leave_mark(frame, injected, MARK_SCRIPTS)


def cut_scripts(scripts: list[Script], origin: Origin, injected: Injected, linked: set[str]) -> None:
    """Cut scripts from unknown hosts. A host that visible links lead to, too, is the office's other name."""
    for script, text in scripts:
        source = script.attrs.get("src")
        if source is None:
            found = _inline(text, origin, injected)
        elif (host := absolute_host(source)) is not None and not _is_strange(host, origin):
            continue
        elif "//" in source or "\\" in source or ":" in source:
            found = [origin.absolute(source)]
        else:
            continue
        unknown = [url for url in found if url.startswith("(") or _is_unknown(url, origin, linked)]
        if unknown:
            injected.scripts += unknown
            leave_mark(script, injected, MARK_SCRIPTS)


def _is_unknown(url: str, origin: Origin, linked: set[str]) -> bool:
    host = host_of(url)
    return _is_strange(host, origin) and registered_domain(host) not in linked and not _CMS.search(url)


def _is_strange(host: str, origin: Origin) -> bool:
    return origin.is_foreign_host(host) and not is_known_script(host)


@lru_cache(maxsize=256)  # of a site's pages most have the same
def _read_script(text: str) -> _Script:
    if not any(mark in text for mark in _SUSPECT):
        return _Script()
    plain = plain_script(text)
    does = ["(document.referrer)"] if is_cloak(plain) else []
    if "document.title" in plain and bad_words(plain[plain.index("document.title") :][:_NEAR]):
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


def cut_head(tree: LexborHTMLParser, nodes: list[LexborNode], injected: Injected) -> None:
    """Cut title and META tags that were overwritten for search engines: nothing on the page says so."""
    for node in nodes:
        named = attribute(node, "name") or attribute(node, "http-equiv")
        name = "title" if node.tag == "title" else named.lower()
        if name != "title" and name not in _HEAD_TAGS:
            continue
        words = advertised(node.text() if node.tag == "title" else attribute(node, "content"))
        if words and not any(word in _shown(tree) for word in words):
            injected.head[name] = tuple(sorted(words))
            node.decompose()


def _shown(tree: LexborHTMLParser) -> str:
    body = tree.body
    return folded(body.text()) if body is not None else ""
