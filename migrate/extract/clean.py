"""The body's HTML: links made absolute, viewers made links, Word paste undone, then sanitised. Nothing else leaves."""

import re
from dataclasses import dataclass, field
from html import unescape
from operator import itemgetter

from selectolax.lexbor import LexborNode

from migrate.embedded import Embedded, is_data, is_embedded, unpack
from migrate.errors import ShangyiError
from migrate.extract.dom import BLOCKS, ancestors, attribute, is_part, one_line, squeeze, text_before
from migrate.extract.files import (
    dead_file,
    display_name,
    image_source,
    is_emoji_sized,
    is_icon,
    link_target,
    names_image,
    says_nothing,
    script_target,
)
from migrate.extract.office import undo_office
from migrate.extract.page import Parsed
from migrate.filenames import is_file_address, names_file
from migrate.i18n import _
from migrate.records import FileLink, Level, Provenance
from migrate.sanitise import TAGS, clean_html

_BODY_TAGS = TAGS - {"span", "font", "big", "small", "bdo", "center"}
"""Spans and fonts carry nothing once their styles are gone; what they said of structure is kept as elements before."""
_ALIGN = re.compile(r"text-align\s*:\s*(center|right)", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_EMPTY = re.compile(
    r"<(p|div|strong|b|em|i|u|s|sup|sub|h[1-6]|small|big|mark|section|blockquote|ul|ol|li|dl)(?: [^>]*)?>"
    r"(?:[\s\u200b\ufeff]|&nbsp;|<br ?/?>)*+</\1>"
)
_SPLIT = re.compile(r"</(strong|b|em|i|u)>(\s*)<\1>")
_EMPTY_LINK = re.compile(r"<a(?: (?:name|id)=\"[^\"]*\")*>(.*?)</a>", re.DOTALL)
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
_FRAMES = "iframe, embed, object, [pdfsrc]"
_PLAYERS = "video, audio, source"
_ODD = f"{_FRAMES}, {_PLAYERS}, [onclick], :not(img)[src], :not(img)[data-src], :not(img)[data-original]"
"""What shows or opens a file and is neither a link nor a picture."""
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
_LABEL_REACH = 20
_LARGER = re.compile(r"[大原]图|查看|点击")
"""What links to a larger copy of a picture say."""
_LOCAL = re.compile(r"file:|[a-z]:[\\/]|\\\\", re.IGNORECASE)
_PLAYED_FROM = ("src", "data-src", "data-original")
_PLAYED = ("movie", "src", "url", "filename", "file")
_FLASH_FILE = re.compile(r"(?:^|&)(?:file|vcastr_file|src|url|flv|video)=([^&|]+)", re.IGNORECASE)


@dataclass(slots=True)
class Cleaned:
    """A body ready to be stored, with the files and pictures that it uses."""

    html: str = ""
    attachments: dict[str, FileLink] = field(default_factory=dict)
    images: dict[str, FileLink] = field(default_factory=dict)
    text: str = ""
    """Its text with line breaks between blocks."""
    removed: dict[str, int] = field(default_factory=dict)
    """What was cut out → characters: Office's settings, marks of lists, what players show in vain."""
    added: int = 0
    """Characters that were no text before: names of files whose links showed none."""
    origins: dict[str, Provenance] = field(default_factory=dict)
    """Address of an attachment or image → where it stood."""


def clean_body(parsed: Parsed, container: LexborNode) -> Cleaned:
    """Return the container's content as sanitised HTML. Changes the tree."""
    cleaned = Cleaned()
    cleaned.removed = undo_office(parsed.tree, container, parsed.lower)
    is_odd = container.css_first(_ODD) is not None  # few are
    if is_odd:
        _frames(parsed, container, cleaned)
        _handlers(parsed, container, cleaned)
    _links(parsed, container, cleaned)
    if is_odd:
        _drawings(parsed, container)
    _images(parsed, container, cleaned)
    if is_odd:
        _players(parsed, container, cleaned)
    _drop_bare_links(container)
    _structure(container)
    content = container.html if is_part(container) else container.inner_html
    cleaned.html = tidy(clean_html(_renamed(_plain(content or "")), tags=_BODY_TAGS))
    cleaned.text = html_text(cleaned.html)
    return cleaned


def _plain(html: str) -> str:
    """Return HTML without the spans and fonts that sanitising drops, where many of them would have to be read again."""
    return _STYLING.sub("", html) if html.count("<span") + html.count("<font") > _FEW_STYLES else html


def _renamed(html: str) -> str:
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
    return _BREAKS.sub("<br><br>", _INDENT.sub(itemgetter(1), html)).strip()


def html_text(html: str) -> str:
    """Return the text of sanitised HTML, one line a block; cells stand apart, or their numbers would run together."""
    html = _TAG.sub("", _CELL_END.sub(" ", _LINE.sub("\n", html)))
    html = html.replace("&nbsp;", "\xa0")  # nearly all there is to unescape, which calls a function for each
    pieces = (unescape(html) if "&" in html else html).split("\n")
    return "\n".join(line for line in map(one_line, pieces) if line)


_LINK, _NAMED_FILE, _DEAD = Provenance("link", 0.95), Provenance("link:text", 0.8), Provenance("link:dead", 0.4)
_FRAME, _HANDLER, _PLAYER = Provenance("frame", 0.9), Provenance("onclick", 0.8), Provenance("player", 0.95)
_HELD, _POSTER = Provenance("data", 0.95), Provenance("poster", 0.9)
_IMG, _LAZY_IMG = Provenance("img", 0.95), Provenance("img:lazy", 0.9)
"""Where files stand: in a link by its address, in one whose text names them, in one that leads nowhere …"""


def _add_file(cleaned: Cleaned, url: str, name: str, origin: Provenance) -> None:
    """Note an attachment; of several links to it the first that names it does."""
    known = cleaned.attachments.get(url)
    cleaned.origins.setdefault(url, origin)
    if known is None or (says_nothing(known.name, url) and not says_nothing(name, url)):
        cleaned.attachments[url] = FileLink(url, name)


def _frames(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    """Turn viewers and players (iframe, embed, object, WebPlus player) into links to the file that they show."""
    for node in container.css(_FRAMES):
        if node.parent is None or any(above.tag == "object" for above in ancestors(node)):
            continue  # went with the object around it
        sources = _sources(node)
        url = next(filter(None, (_framed_file(parsed, source) for source in sources)), None)
        if url is not None:
            shown = unpack(url).name if is_data(url) else url
            name = display_name(node, shown)
            inside = squeeze(node.text())
            if inside:
                cleaned.removed["player"] = cleaned.removed.get("player", 0) + len(inside)
                name = name if squeeze(name) != inside else display_name(_bare(parsed), shown)
            cleaned.added += len(squeeze(name))
            cleaned.origins.setdefault(url, _FRAME)
            link = parsed.tree.create_node("a")
            link.attrs["href"] = url
            link.insert_child(name)
            node.replace_with(link)
        elif sources and is_data(sources[0]):
            _unpack(parsed, sources[0], "extract.data-file")
        elif node.tag in ("iframe", "embed", "object") and sources:
            parsed.find(
                Level.NOTE,
                "extract.frame-dropped",
                _("The body shows another page in a frame, which can't be moved: {url}").format(url=sources[0][:200]),
            )


def _bare(parsed: Parsed) -> LexborNode:
    return parsed.tree.create_node("a")


def _sources(node: LexborNode) -> list[str]:
    """Return all addresses that a frame or player may show, most telling first."""
    found = [attribute(node, name) for name in ("pdfsrc", "src", "data", "data-src")]
    for inner in (node, *(node.css("embed") if node.tag == "object" else ())):
        found += [attribute(inner, "src"), *_FLASH_FILE.findall(attribute(inner, "flashvars"))]
    if node.tag == "object":
        for parameter in node.css("param"):
            name, value = attribute(parameter, "name").lower(), attribute(parameter, "value")
            if name in _PLAYED:
                found.append(value)
            elif name == "flashvars":
                found += _FLASH_FILE.findall(value)
    return list(dict.fromkeys(value.strip() for value in found if value.strip()))


def _framed_file(parsed: Parsed, source: str) -> str | None:
    if is_data(source):
        return source if _can_unpack(source) else None
    probe = _bare(parsed)
    probe.attrs["href"] = source
    url = link_target(parsed, probe)
    return url if url and is_file_address(url) and not url.lower().endswith(".swf") else None


def _handlers(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    """Make links of what opens a file by a script and is no link: `<span onclick="down('/a.doc')">`."""
    for node in container.css("[onclick]"):
        if node.tag in ("a", "img", "tr", "table", "body") or node.css_first("a, p, div, table") is not None:
            continue
        url = script_target(parsed, attribute(node, "onclick"))
        if url is None or not is_file_address(url) or not squeeze(node.text()):
            continue
        cleaned.origins.setdefault(url, _HANDLER)
        link = parsed.tree.create_node("a")
        link.attrs["href"] = url
        link.inner_html = node.inner_html or ""
        if node.tag in ("span", "font", "b", "strong", "u", "button", "label"):
            node.replace_with(link)
        else:
            node.inner_html = link.html or ""


def _links(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    follows = False
    previous_block = 0
    for anchor in container.css("a"):
        if not any(name in anchor.attrs for name in ("href", "onclick", "oldsrc")):
            continue
        url = link_target(parsed, anchor)
        if url is None and is_data(attribute(anchor, "href")):
            follows = False
            _point_at_held(parsed, anchor, cleaned)
            continue
        if url is None:
            follows = _after_attachment_word(anchor) or (follows and _alone(anchor, previous_block))
            url = _dead_link(parsed, anchor, follows)
            follows = url is not None
        else:
            follows = False
        if url is None:
            _unlink(anchor)
            continue
        anchor.attrs["href"] = url
        if follows or is_file_address(url) or _names_a_file(anchor, url):
            origin = _DEAD if follows else _LINK if is_file_address(url) else _NAMED_FILE
            _add_file(cleaned, url, display_name(anchor, url), origin)
        previous_block = anchor.parent.mem_id if anchor.parent is not None else 0


def _point_at_held(parsed: Parsed, anchor: LexborNode, cleaned: Cleaned) -> None:
    """Make an attachment of a file that a link holds itself; without it, its text stays."""
    file = _unpack(parsed, attribute(anchor, "href"), "extract.data-file")
    if file is None:
        _unlink(anchor)
        return
    link = file.link(parsed.page.key, display_name(anchor, file.name))
    anchor.attrs["href"] = link.url
    cleaned.origins.setdefault(link.url, _HELD)
    cleaned.attachments.setdefault(link.url, link)


def _names_a_file(anchor: LexborNode, url: str) -> bool:
    """Say whether a link's text is a file's name although its address is not, or its target a picture that it names."""
    text = one_line(anchor.text()) if anchor.first_child is not None else ""
    if not text or len(text) > 200:
        return False
    if names_file(text[-10:]):
        return True
    return names_image(url) and anchor.css_first("img") is None and _LARGER.search(text) is None


def _dead_link(parsed: Parsed, anchor: LexborNode, follows: bool) -> str | None:
    """Return the address that a link to nowhere stands for, where it named a file; say what was lost."""
    href = attribute(anchor, "href").strip()
    local = href if _LOCAL.match(href) else ""
    url = dead_file(parsed, anchor, follows)
    if url is not None:
        parsed.find(
            Level.WARNING,
            "extract.dead-attachment",
            _("The attachment “{name}” is named, but its link leads nowhere.").format(name=display_name(anchor, url)),
            _("Ask the old office for the file, or look for it in a backup."),
        )
    elif local:
        parsed.find(
            Level.WARNING,
            "extract.local-source",
            _("A link leads to a file on the author's own computer: {source}").format(source=local[:200]),
            _("Visitors never saw it. Ask the author, or remove the reference."),
        )
    return url


def _after_attachment_word(anchor: LexborNode) -> bool:
    """Say whether the text before a link on its line, or the line above, says 附件."""
    text = squeeze(text_before(anchor, _LABEL_REACH)) or _line_above(anchor)
    return text.startswith("附件") and len(text) <= 12


def _line_above(anchor: LexborNode) -> str:
    """Return the text of the block above a link's block, if it is short; of the line above, where `<br>` parts them."""
    block = anchor
    while block.parent is not None and block.parent.tag not in BLOCKS:
        block = block.parent
    above = block.prev
    while above is not None and above.tag == "-text" and not squeeze(above.text_content):
        above = above.prev
    if above is not None and above.tag == "br":
        return squeeze(text_before(above, _LABEL_REACH))
    block = block if block.tag in BLOCKS else block.parent or block
    above = block.prev
    while above is not None and not squeeze(above.text()):
        above = above.prev
    return squeeze(above.text()) if above is not None else ""


def _alone(anchor: LexborNode, previous_block: int) -> bool:
    """Say whether a link is in the block of the link before, or all of the line right under it."""
    block = anchor.parent
    if block is None or block.mem_id == previous_block:
        return block is not None
    if len(squeeze(block.text())) > len(squeeze(anchor.text())) + 4:
        return False
    above = block.prev
    while above is not None and not squeeze(above.text()):
        above = above.prev
    return above is not None and above.mem_id == previous_block


def _unlink(anchor: LexborNode) -> None:
    """Take the address off a dead link; its text stays."""
    for name in ("href", "onclick"):
        if name in anchor.attrs:
            del anchor.attrs[name]


def _images(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    for image in container.css("img"):
        source = attribute(image, "src").strip()
        url = image_source(parsed, image)
        if url is None:
            _lost_image(parsed, source)
            image.decompose()
        elif is_icon(image, url) or is_emoji_sized(image) or (link := _picture(parsed, image, url)) is None:
            image.decompose()
        else:
            image.attrs["src"] = link.url
            cleaned.images.setdefault(link.url, link)
            cleaned.origins.setdefault(link.url, _image_origin(parsed, source, link.url))
            if is_embedded(link.url):
                cleaned.attachments.pop(link.url, None)  # the picture is its own larger copy


def _image_origin(parsed: Parsed, source: str, url: str) -> Provenance:
    if is_embedded(url):
        return _HELD
    return _IMG if parsed.absolute(source) == url else _LAZY_IMG


def _drawings(parsed: Parsed, container: LexborNode) -> None:
    """Make images of what Office calls otherwise (`<v:imagedata src>`) where the page holds them; tell of lost ones."""
    for drawing in container.css("[src], [data-src], [data-original]" if b"data:" in parsed.lower else "[src]"):
        source = next(filter(None, (attribute(drawing, name) for name in _PLAYED_FROM)), "")
        if drawing.tag in ("img", "video", "audio", "source", *_FRAMES.split(", ")):
            continue
        if is_data(source) and ("src" in drawing.attrs or not squeeze(drawing.text())):
            image = parsed.tree.create_node("img")
            image.attrs["src"] = source
            drawing.replace_with(image)
        elif source.lower().startswith("file:"):
            _lost_image(parsed, source)


def _picture(parsed: Parsed, image: LexborNode, url: str) -> FileLink | None:
    """Return a picture as the record names it; None for one that the page holds itself and that shows nothing."""
    name = one_line(attribute(image, "alt") or attribute(image, "title"))
    if not is_data(url):
        return FileLink(url, name)
    file = _unpack(parsed, url, "extract.data-image")
    if file is None:
        return None
    if not file.is_picture:
        parsed.find(
            Level.WARNING,
            "extract.data-image",
            _("What the page holds as a picture is none by its bytes, but {kind}.").format(kind=file.media_type),
            _("It was left out and stays in the archive. Look at the old page."),
        )
        return None
    if file.is_spacer:
        parsed.find(
            Level.NOTE,
            "extract.data-image",
            _("A picture that the page holds is no more than a dot and was left out."),
            _("If a picture is missing here, a script put it in the dot's place: look at the old page."),
        )
        return None
    return file.link(parsed.page.key, name)


def _unpack(parsed: Parsed, url: str, check: str) -> Embedded | None:
    """Return a file that the page holds itself; None where it can't be had, and say why."""
    try:
        file = unpack(url)
    except ShangyiError as error:
        parsed.find(Level.WARNING, check, error.reason, error.hint)
        return None
    if file.is_torn:
        parsed.find(
            Level.WARNING,
            check,
            _("A picture that the page holds breaks off before its end; it was kept as far as it goes."),
            _("Ask the author for the whole picture, or remove it."),
        )
    return file


def _can_unpack(url: str) -> bool:
    try:
        unpack(url)
    except ShangyiError:
        return False
    return True


def _players(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    for player in container.css(_PLAYERS):
        source = next(filter(None, (attribute(player, name).strip() for name in _PLAYED_FROM)), "")
        url = parsed.absolute(source)
        if url:
            player.attrs["src"] = url
            _add_file(cleaned, url, display_name(player, url), _PLAYER)
        elif is_data(source):
            _play_held(parsed, player, cleaned, source)
        elif source:
            _lost_image(parsed, source)
        if poster := attribute(player, "poster"):
            _poster(parsed, player, cleaned, poster)


def _poster(parsed: Parsed, player: LexborNode, cleaned: Cleaned, poster: str) -> None:
    """Point a film at the picture before its start; one that the page holds itself is a picture like any other."""
    if url := parsed.absolute(poster):
        player.attrs["poster"] = url
        return
    link = _picture(parsed, player, poster) if is_data(poster) else None
    if link is None:
        del player.attrs["poster"]
        return
    player.attrs["poster"] = link.url
    cleaned.images.setdefault(link.url, link)
    cleaned.origins.setdefault(link.url, _POSTER)


def _play_held(parsed: Parsed, player: LexborNode, cleaned: Cleaned, source: str) -> None:
    """Make an attachment of the sound or film that a player holds itself."""
    file = _unpack(parsed, source, "extract.data-file")
    if file is None:
        if "src" in player.attrs:
            del player.attrs["src"]
        return
    link = file.link(parsed.page.key, display_name(player, file.name))
    player.attrs["src"] = link.url
    cleaned.origins.setdefault(link.url, _HELD)
    cleaned.attachments.setdefault(link.url, link)


def _lost_image(parsed: Parsed, source: str) -> None:
    if not source:
        return
    if _LOCAL.match(source):
        parsed.find(
            Level.WARNING,
            "extract.local-source",
            _("A picture lies on the author's own computer: {source}").format(source=source[:200]),
            _("Visitors never saw it. Ask the author, or remove the reference."),
        )
    else:
        parsed.find(
            Level.WARNING,
            "extract.dead-source",
            _("The address of a picture or film leads nowhere: {source}").format(source=source[:200]),
            _("Visitors never saw it. Ask the author, or remove the reference."),
        )


def _drop_bare_links(container: LexborNode) -> None:
    """Drop links that show nothing, or nothing any more since their icon went: files are listed under the body."""
    for anchor in container.css("a[href]"):
        if "name" in anchor.attrs or "id" in anchor.attrs or squeeze(anchor.text()):
            continue
        if anchor.css_first("img, video, audio") is None:
            anchor.decompose()


def _structure(container: LexborNode) -> None:
    """Write what styles said of structure as elements and attributes, before styles are dropped; open forms."""
    for node in container.css("[style]"):
        style = attribute(node, "style")
        if "text-align" not in style and "font-weight" not in style:
            continue
        if node.tag in ("p", "div", "td", "th"):
            align = _ALIGN.search(style)
            if align and "align" not in node.attrs:
                node.attrs["align"] = align[1].lower()
        if node.tag in _MAY_BE_BOLD and _BOLD.search(style) and squeeze(node.text()):
            _embolden(node)
    for node in container.css("form"):
        node.unwrap()


def _embolden(node: LexborNode) -> None:
    if node.css_first("b, strong, " + _INNER_BLOCKS) is not None:
        return
    for above in ancestors(node):
        if above.tag in ("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"):
            return
        if above.tag in BLOCKS:
            break
    node.inner_html = f"<strong>{node.inner_html or ''}</strong>"
