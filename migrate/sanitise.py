"""Old sites are hostile input: the one list of markup that may leave them. For extracted bodies and archived copies.

Scripts, styles, event handlers, forms, frames, `javascript:` and `data:` addresses can't pass. Tables keep their spans,
images their alternative text, lists and headings their structure.
"""

import re
from collections import Counter
from functools import cache

import nh3

TAGS = frozenset(
    "a abbr b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure "
    "font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub sup table tbody "
    "td tfoot th thead tr tt u ul var video audio source".split()
)
ATTRIBUTES = {
    "*": {"lang", "title"},
    "a": {"href", "title", "name", "id"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type"},
    "p": {"align"},
    "div": {"align"},
    "video": {"src", "controls", "poster"},
    "audio": {"src", "controls"},
    "source": {"src", "type"},
}
SCHEMES = {"http", "https", "mailto", "tel"}


_LEAVES_NO_TRACE = frozenset("span font big small bdo center html head body script style link meta o:p form".split())
"""Elements that change nothing around them when they go: all others that are not allowed may have held things apart."""
_PASSES = 8


def clean_html(html: str, *, tags: frozenset[str] = TAGS) -> str:
    """Return HTML with nothing but the allowed tags, attributes and schemes; script and style go with their content.

    Idempotent: what is left where an element went that held others apart (a paragraph in a marquee in a paragraph) is
    read and written again until it stays as it is.
    """
    cleaned = _clean(html, tags)
    if not _leaving(tags).search(html):
        return cleaned
    for _pass in range(_PASSES):
        again = _clean(cleaned, tags)
        if again == cleaned:
            return cleaned
        cleaned = again
    return _TAG.sub("", cleaned)  # markup that never comes to rest: its text, which is escaped already


@cache
def _leaving(tags: frozenset[str]) -> re.Pattern[str]:
    """Return what finds an element that is not allowed and may leave a trace."""
    common = ["p", "span", "br", "td", "a", "div", "strong", "font", "tr", "img"]  # they are asked for first
    names = dict.fromkeys(
        name for name in (*common, *sorted(tags | _LEAVES_NO_TRACE)) if name in tags | _LEAVES_NO_TRACE
    )
    return re.compile(rf"<(?=[a-zA-Z])(?!(?i:{'|'.join(names)})[\s/>])")


def _clean(html: str, tags: frozenset[str]) -> str:
    return _cleaner(tags).clean(html)


@cache
def _cleaner(tags: frozenset[str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(tags),
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        clean_content_tags={"script", "style", "title", "noscript", "iframe", "object", "embed", "form", "template"},
        link_rel=None,
        strip_comments=True,
    )


_TAG = re.compile(r"<(/?)([a-z][a-z0-9:]*)\b(?:[^>\"']++|\"[^\"]*\"|'[^']*')*+>?", re.IGNORECASE)
_NEVER_DEEP = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr path "
    "a p li dt dd td th tr tbody thead tfoot option optgroup colgroup rp rt rb html head body h1 h2 h3 h4 h5 h6".split()
)
"""Elements that hold nothing, or that the next of their kind closes: left open, they don't nest."""
_OTHER = re.compile(r"<(?!/|!|(?:a|li|td|tr|p|br|img)[ >])[a-zA-Z]")
"""Tags but for those that most pages are made of, and that never nest."""
_NAME = re.compile(r"<([a-zA-Z]\w*)")
_LEAF = re.compile(r"<(\w++)(?:[^<>\"']++|\"[^\"<]*\"|'[^'<]*')*+>[^<]*+</\1>")
"""An element with nothing but text in it: of several, one at a time is open."""
_BARRIERS = frozenset("table object applet marquee template button svg math".split())
"""Elements that an end tag of something around them does not close (HTML, "has an element in scope")."""
DEEPEST = 512
"""Most open elements, as in Chromium. HTML parsers take time by the square of the depth; real pages stay under 100."""


def flattened(html: str) -> str:
    """Return HTML without the tags that open an element deeper than DEEPEST; the text stays. Itself where none does."""
    if not _may_be_deep(html):
        return html
    opened: list[str] = []
    cut: list[tuple[int, int]] = []
    ignored: Counter[str] = Counter()
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if name in _NEVER_DEEP:
            continue
        if not tag[1] and len(opened) < DEEPEST:
            opened.append(name)
        elif not tag[1] or ignored[name]:
            ignored[name] += -1 if tag[1] else 1
            cut.append(tag.span())
        else:
            _close(opened, name)
    ends = [0, *(end for _start, end in cut)]
    starts = [*(start for start, _end in cut), len(html)]
    return " ".join(html[end:start] for end, start in zip(ends, starts, strict=True)) if cut else html


def _may_be_deep(html: str) -> bool:
    tags = html.count("<")
    if tags <= DEEPEST or tags - html.count("</") <= DEEPEST or len(_OTHER.findall(html)) <= DEEPEST:
        return False
    return _may_nest(_LEAF.sub("", html)) >= DEEPEST


def _may_nest(html: str) -> int:
    """Return how many elements are opened that can hold others of their kind."""
    names = Counter(_NAME.findall(html))
    return sum(count for name, count in names.items() if name.lower() not in _NEVER_DEEP)


def _close(opened: list[str], name: str) -> None:
    """Close the innermost open element of a name and all inside it, as parsers do; nothing where a barrier stands."""
    for place in range(len(opened) - 1, -1, -1):
        if opened[place] == name:
            del opened[place:]
            return
        if opened[place] in _BARRIERS:
            return
