"""The HTML of a body before and after it is sanitised: elements that browsers treat alike, empty ones, its text."""

import re
from html import unescape

from selectolax.lexbor import LexborNode

from migrate.extract.dom import BLOCKS, ancestors, one_line, squeeze

_ALIGN = re.compile(r"text-align\s*:\s*(center|right)", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_EMPTY = re.compile(
    r"<(p|div|strong|b|em|i|u|s|sup|sub|h[1-6]|small|big|mark|section|blockquote|ul|ol|li|dl)(?: [^>]*)?>"
    r"(?:[\s\u200b\ufeff]|&nbsp;|<br ?/?>)*+</\1>"
)
_SPLIT = re.compile(r"</(strong|b|em|i|u)>(\s*)<\1>")
_EMPTY_LINK = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_INDENT = re.compile(r"(<(?:p|div|td|th|li|h[1-6])(?: [^>]*)?>)(?:[\s\u200b]|&nbsp;)++")
_BREAKS = re.compile(r"<br ?/?>\s*(?:<br ?/?>\s*){2,}")  # begins with letters: only where they are it is tried
_OFFICE = re.compile(r"<\?xml[^>]*>|<!\[if[^\]]*\]>|<!\[endif\]>", re.IGNORECASE)
_REST = r"[^>\"]*+(?:\"[^\"]*\"[^>\"]*+)*+>"
_CELL_END = re.compile(r"</t[dh]>")
_LINE = re.compile(rf"</?(?:br|p|div|li|tr|h[1-6]|table|dd|dt|pre|blockquote)(?=[\s/>]){_REST}")
"""A tag that ends a line of text."""
_TAG = re.compile(rf"<{_REST}")
_STYLING = re.compile(rf"</?(?:span|font)(?=[\s>]){_REST}")
_FEW_STYLES = 30
_INSTEAD = {
    **dict.fromkeys("section article header footer main aside nav address fieldset legend".split(), "div"),
    **dict.fromkeys("details summary marquee hgroup".split(), "div"),
    **dict.fromkeys(("dir", "menu"), "ul"),
    **dict.fromkeys(("xmp", "listing", "plaintext"), "pre"),
}
"""Blocks that the body has no tag for: as `div` they still begin a new line. WeChat's articles are all sections."""
_OTHER = re.compile(rf"<(/?)(?=[adfhlmnsx]|pl)({'|'.join(_INSTEAD)})\b")
_CENTER = re.compile(r"<center\b[^>]*>")
_MAY_BE_BOLD = frozenset({"span", "font", "p", "div", "td"})
_INNER_BLOCKS = "p, div, table, ul, ol, li, h1, h2, h3, h4, h5, h6, td, section, blockquote"


def without_styling(html: str) -> str:
    """Return HTML without the spans and fonts that sanitising drops, where many of them would have to be read again."""
    return _STYLING.sub("", html) if html.count("<span") + html.count("<font") > _FEW_STYLES else html


def with_known_blocks(html: str) -> str:
    """Return HTML whose elements that the body has no tag for are those that show the same."""
    if "<?" in html or "<![" in html:
        html = _OFFICE.sub("", html)
    html = _OTHER.sub(lambda tag: f"<{tag[1]}{_INSTEAD[tag[2]]}", html)
    return _CENTER.sub('<div align="center">', html).replace("</center>", "</div>") if "center>" in html else html


def tidy(html: str) -> str:
    """Return sanitised HTML without empty elements, hand-made indents and runs of breaks."""
    previous = None
    while previous != html:
        previous = html
        html = _SPLIT.sub(r"\2", _EMPTY.sub("", html))
    html = _EMPTY_LINK.sub(r"\1", html)
    return _BREAKS.sub("<br><br>", "".join(_INDENT.split(html))).strip()


def html_text(html: str) -> str:
    """Return the text of sanitised HTML, one line a block; cells stand apart, or their numbers would run together."""
    html = _TAG.sub("", _CELL_END.sub(" ", _LINE.sub("\n", html)))
    html = html.replace("&nbsp;", "\xa0")  # nearly all there is to unescape, which calls a function for each
    pieces = (unescape(html) if "&" in html else html).split("\n")
    return "\n".join(line for line in map(one_line, pieces) if line)


def keep_structure(container: LexborNode) -> None:
    """Write what styles said of structure as elements and attributes, and drop them, with the spans that have nothing
    else to say; open forms.

    Half of a body pasted from Word is styles: what is sanitised shall not be read again for them.
    """
    forms = []
    for node in container.css("[style], form"):
        tag, attributes = node.tag, node.attrs
        if tag == "form":
            forms.append(node)
            continue
        style = attributes.sget("style", "")
        if "text-align" in style or "font-weight" in style:
            _keep_style(node, style)
        del attributes["style"]
        if tag == "span" and node.mem_id != container.mem_id:
            node.unwrap()
    for form in forms:
        form.unwrap()


def _keep_style(node: LexborNode, style: str) -> None:
    if node.tag in ("p", "div", "td", "th"):
        align = _ALIGN.search(style)
        if align and "align" not in node.attrs:
            node.attrs["align"] = align[1].lower()
    if node.tag in _MAY_BE_BOLD and _BOLD.search(style) and squeeze(node.text()):
        _embolden(node)


def _embolden(node: LexborNode) -> None:
    if node.css_first("b, strong, " + _INNER_BLOCKS) is not None:
        return
    for above in ancestors(node):
        if above.tag in ("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"):
            return
        if above.tag in BLOCKS:
            break
    node.inner_html = f"<strong>{node.inner_html or ''}</strong>"
