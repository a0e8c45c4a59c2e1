"""From a WARC to what a visitor may see: the stored response of an old URL, its page sanitised, its links rewritten."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from selectolax.lexbor import LexborHTMLParser, LexborNode

from cms_site.legacy.addresses import copy_path, current_address, portal_root, with_targets
from cms_site.legacy.models import OldSite, OldUrl
from migrate.archive.reading import StoredResponse, read_response
from migrate.archive.warc import digest_of
from migrate.embedded import is_data, is_embedded, name_of, unpack
from migrate.encoding import decode
from migrate.errors import ShangyiError
from migrate.families import Families, load_families
from migrate.http import MAX_PAGE
from migrate.injection import Injected, Origin, cut_injected
from migrate.sanitise import clean_html
from migrate.urls import canonical, fragment_of, host_of, resolve

_CHUNK = 500
"""Addresses asked for in one query."""

_STAYS = re.compile(r"#|mailto:|tel:", re.IGNORECASE)


_BLOCKS = re.compile(
    r"<(/?)(address|article|aside|blockquote|center|details|dir|div|dl|fieldset|figure|main|menu|nav|ol|pre"
    r"|section|ul)\b",
    re.IGNORECASE,
)
_DEEPEST = 3_000
"""Most open blocks. HTML parsers take time by the square of the depth; real pages stay under a hundred."""


class Unreadable(Exception):
    """The WARC file is missing or damaged, or its page a trap: there is a copy, but it can't be shown here and now."""


class Pictures(NamedTuple):
    """Where the pictures of a copy are had."""

    stored: Callable[[OldUrl], str]
    """Of pictures with an address of their own; empty where they may not be shown."""
    embedded: Callable[[OldUrl, str], str]
    """Of those that a page carries inside itself, by name."""


PUBLIC = Pictures(copy_path, lambda old, name: reverse("legacy:embedded", args=(old.pk, name)))


class Untrue(Exception):
    """What lies in the WARC is not what was imported: another digest, or no successful answer."""


def stored_response(old: OldUrl) -> StoredResponse:
    """Return what the old server sent for one URL. Raises Unreadable or Untrue."""
    if old.warc_offset is None or Path(old.warc_file).name != old.warc_file:
        raise Untrue(f"{old.warc_file!r} at {old.warc_offset} is no place in a WARC folder")
    try:
        limit = MAX_PAGE if old.is_page else None
        stored = read_response(settings.SHANGYI_ARCHIVES / old.site.slug, old.warc_file, old.warc_offset, limit=limit)
    except (OSError, ShangyiError) as error:
        raise Unreadable(str(error)) from error
    if (found := digest_of(stored.raw_body)) != old.digest:
        raise Untrue(f"digest {found} in {old.warc_file} at {old.warc_offset}, imported was {old.digest}")
    if stored.status != 200:
        raise Untrue(f"{old.warc_file} at {old.warc_offset} holds an answer {stored.status}")
    return stored


def page_body(old: OldUrl, stored: StoredResponse, pictures: Pictures = PUBLIC, *, whole: bool = False) -> SafeString:
    """Return the page's own part (by its family's selectors, else the whole body) as HTML that is safe to show.

    What was hidden on the old page stays hidden: injected links are cut before the sanitiser drops the styles that hid
    them. Beside an article's own part nobody vouches for links to strangers: there they are text.
    Raises Unreadable for a page built to choke parsers, ShangyiError where families.yaml is missing or wrong.
    """
    html, tree, origin, _cut = _opened(old, stored)
    _name_embedded(tree)
    part = None if whole else _own_part(tree, stored.url, html)
    beside = part is None or old.kind != "article"
    shown = ((tree.body.inner_html if tree.body is not None else "") or "") if part is None else part
    fragment = LexborHTMLParser(clean_html(shown))
    if fragment.body is None:
        return SafeString()
    _rewrite(fragment, origin, old, pictures, strangers=not beside)
    return mark_safe(fragment.body.inner_html or "")  # noqa: S308  sanitised above; lexbor escapes what was added


def injected_in(old: OldUrl, stored: StoredResponse) -> Injected:
    """Return what had been injected into a captured page, anywhere on it. Raises Unreadable."""
    return _opened(old, stored).cut


class _Opened(NamedTuple):
    html: str
    tree: LexborHTMLParser
    origin: Origin
    cut: Injected


def _opened(old: OldUrl, stored: StoredResponse) -> _Opened:
    """Return a captured page, what was injected cut out. Raises Unreadable for one built to choke parsers."""
    html = decode(stored.body, stored.headers.get("Content-Type")).text
    if _depth(html) > _DEEPEST:
        raise Unreadable("nested too deeply")
    tree = LexborHTMLParser(html)
    origin = Origin(stored.url, _base(tree, stored.url), old.site.url_rules.owns)
    return _Opened(html, tree, origin, cut_injected(tree, origin))


@lru_cache(maxsize=1)
def _families(path: Path) -> Families:
    return load_families(path)


def _depth(html: str) -> int:
    """Return how many blocks are open at most, roughly: per tag, so that closing one does not hide another."""
    opened: Counter[str] = Counter()
    deepest = 0
    for mark in _BLOCKS.finditer(html):
        name = mark[2].lower()
        opened[name] = max(0, opened[name] + (-1 if mark[1] else 1))
        deepest = max(deepest, opened[name])
    return deepest


def _own_part(tree: LexborHTMLParser, url: str, html: str) -> str | None:
    """Return the body by the selectors of the page's family; None where none of them finds one."""
    families = _families(settings.PROJECT_ROOT / "mappings" / "families.yaml")
    for selector in families.body_selectors(families.detect(url, html).family):
        node = tree.css_first(selector)
        if node is not None and (node.text(strip=True) or node.css_first("img") is not None):
            return node.html or ""
    return None


def _base(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    return (resolve(url, node.attributes.get("href") or "") if node is not None else None) or url


def _name_embedded(tree: LexborHTMLParser) -> None:
    """Name the pictures that a page carries inside itself: no `data:` address gets through the sanitiser."""
    for node in tree.css("img[src]"):
        source = node.attributes.get("src") or ""
        if not is_data(source):
            continue
        try:
            file = unpack(source)
        except ShangyiError:
            continue  # extraction has told of it; here it is one of the pictures that are missing
        if file.is_picture:
            node.attrs["src"] = f"#{file.name}"


def _rewrite(fragment: LexborHTMLParser, origin: Origin, old: OldUrl, place: Pictures, *, strangers: bool) -> None:
    """Make every address in the fragment lead to the portal or openly abroad; nothing is loaded from elsewhere.

    Without `strangers`, links to foreign hosts become their text.
    """
    base = origin.base
    for node in fragment.css("video, audio"):
        _as_link(fragment, node)
    links = [(node, resolve(base, node.attributes.get("href") or "")) for node in fragment.css("a[href]")]
    pictures = [(node, node.attributes.get("src") or "") for node in fragment.css("img")]
    images = [(node, resolve(base, source)) for node, source in pictures if not is_embedded(source)]
    own = _own(old.site, (url for _, url in links + images if url))
    root = portal_root(old.site)
    for node, url in links:
        if not strangers and url is not None and origin.is_foreign(url):
            node.unwrap()
        elif not _STAYS.match((node.attributes.get("href") or "").strip()):
            _relink(node, url, own, lambda target: current_address(target, root) if target.is_page else "")
    for node, url in images:
        _reimage(node, own.get(url or ""), place)
    for node, source in pictures:
        if is_embedded(source):
            node.attrs["src"] = place.embedded(old, name_of(source))
            node.attrs["loading"] = "lazy"


def _as_link(fragment: LexborHTMLParser, node: LexborNode) -> None:
    """Replace a player by a link to its file: the file is served as a download only."""
    source = node if node.attributes.get("src") else node.css_first("source[src]")
    address = source.attributes.get("src") if source is not None else None
    link = fragment.create_node("a")
    link.inner_html = "〔视频〕" if node.tag == "video" else "〔音频〕"
    if address:
        link.attrs["href"] = address
    node.replace_with(link)


def _own(site: OldSite, urls: Iterable[str]) -> dict[str, OldUrl | None]:
    """Return, for the addresses that are the site's own, what is known of each: the old URL or None."""
    rules = site.url_rules
    keys: dict[str, str] = {}
    for url in urls:
        if rules.owns(host_of(url)):
            try:
                keys[url] = canonical(url, rules)
            except ValueError:  # longer than any address that is kept
                keys[url] = ""
    wanted = sorted(set(keys.values()))
    known: dict[str, OldUrl] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = with_targets().filter(site=site, canonical__in=wanted[start : start + _CHUNK])
        known |= {row.canonical: row for row in rows}
    return {url: known.get(key) for url, key in keys.items()}


def _relink(node: LexborNode, url: str | None, own: dict[str, OldUrl | None], current: Callable[[OldUrl], str]) -> None:
    fragment = fragment_of(node.attributes.get("href") or "")
    if url is not None and url not in own:
        node.attrs["href"] = url + fragment
        node.attrs["rel"] = "nofollow noopener"
        return
    old = own.get(url or "")
    here = (current(old) or copy_path(old) or "") if old is not None else ""
    if here:
        node.attrs["href"] = here + fragment
        return
    del node.attrs["href"]  # an address that leads nowhere is text, with what it was
    node.attrs["class"] = "legacy-unresolved"
    if url:
        node.attrs["title"] = f"原网址：{url}"


def _reimage(node: LexborNode, old: OldUrl | None, place: Pictures) -> None:
    here = place.stored(old) if old is not None and not old.is_page else ""
    if here:
        node.attrs["src"] = here
        node.attrs["loading"] = "lazy"
    else:
        node.replace_with(f"〔图片：{node.attributes.get('alt') or '未归档'}〕")
