"""Viewers, players and handlers in a body: links to the files that they show."""

import re

from selectolax.lexbor import LexborNode

from migrate.embedded import is_data, unpack
from migrate.extract.cleaned import Cleaned, add_file
from migrate.extract.dom import ancestors, attribute, squeeze
from migrate.extract.files import display_name, link_target, script_target
from migrate.extract.page import Parsed
from migrate.extract.pictures import HELD, can_unpack, lost_image, picture_of, unpacked
from migrate.filenames import is_file_address
from migrate.i18n import _
from migrate.records import Level, Provenance

FRAMES = "iframe, embed, object, [pdfsrc]"
PLAYERS = "video, audio, source"
"""CSS selectors of what shows or plays a file."""
_PLAYED_FROM = ("src", "data-src", "data-original")
_PLAYED = ("movie", "src", "url", "filename", "file")
_FLASH_FILE = re.compile(r"(?:^|&)(?:file|vcastr_file|src|url|flv|video)=([^&|]+)", re.IGNORECASE)
_FRAME, _HANDLER, _PLAYER = Provenance("frame", 0.9), Provenance("onclick", 0.8), Provenance("player", 0.95)
_POSTER = Provenance("poster", 0.9)


def settle_frames(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    """Turn viewers and players (iframe, embed, object, WebPlus player) into links to the file that they show.

    A link that WebPlus also marks as a player's stays one, with what readers saw of it.
    """
    for node in container.css(FRAMES):
        if node.parent is None or any(above.tag == "object" for above in ancestors(node)):
            continue  # went with the object around it
        sources = _sources(node)
        url = next(filter(None, (_framed_file(parsed, source) for source in sources)), None)
        if url is not None and node.tag == "a" and squeeze(node.text()):
            if link_target(parsed, node) is None:
                node.attrs["href"] = url
        elif url is not None:
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
            unpacked(parsed, sources[0], "extract.data-file")
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
        return source if can_unpack(source) else None
    probe = _bare(parsed)
    probe.attrs["href"] = source
    url = link_target(parsed, probe)
    return url if url and is_file_address(url) and not url.lower().endswith(".swf") else None


def settle_handlers(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
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
        if "title" in node.attrs:
            link.attrs["title"] = attribute(node, "title")
        link.inner_html = node.inner_html or ""
        if node.tag in ("span", "font", "b", "strong", "u", "button", "label"):
            node.replace_with(link)
        else:
            node.inner_html = link.html or ""


def settle_drawings(parsed: Parsed, container: LexborNode) -> None:
    """Make images of what Office calls otherwise (`<v:imagedata src>`) where the page holds them; tell of lost ones."""
    for drawing in container.css("[src], [data-src], [data-original]" if b"data:" in parsed.lower else "[src]"):
        source = next(filter(None, (attribute(drawing, name) for name in _PLAYED_FROM)), "")
        if drawing.tag in ("img", "video", "audio", "source", *FRAMES.split(", ")):
            continue
        if is_data(source) and ("src" in drawing.attrs or not squeeze(drawing.text())):
            image = parsed.tree.create_node("img")
            image.attrs["src"] = source
            drawing.replace_with(image)
        elif source.lower().startswith("file:"):
            lost_image(parsed, source)


def settle_players(parsed: Parsed, container: LexborNode, cleaned: Cleaned) -> None:
    """Make the addresses of films and sounds absolute and note them as attachments."""
    for player in container.css(PLAYERS):
        source = next(filter(None, (attribute(player, name).strip() for name in _PLAYED_FROM)), "")
        url = parsed.absolute(source)
        if url:
            player.attrs["src"] = url
            add_file(cleaned, url, display_name(player, url), _PLAYER)
        elif is_data(source):
            _play_held(parsed, player, cleaned, source)
        elif source:
            lost_image(parsed, source)
        if poster := attribute(player, "poster"):
            _poster(parsed, player, cleaned, poster)


def _poster(parsed: Parsed, player: LexborNode, cleaned: Cleaned, poster: str) -> None:
    """Point a film at the picture before its start; one that the page holds itself is a picture like any other."""
    if url := parsed.absolute(poster):
        player.attrs["poster"] = url
        return
    link = picture_of(parsed, player, poster) if is_data(poster) else None
    if link is None:
        del player.attrs["poster"]
        return
    player.attrs["poster"] = link.url
    cleaned.images.setdefault(link.url, link)
    cleaned.origins.setdefault(link.url, _POSTER)


def _play_held(parsed: Parsed, player: LexborNode, cleaned: Cleaned, source: str) -> None:
    """Make an attachment of the sound or film that a player holds itself."""
    file = unpacked(parsed, source, "extract.data-file")
    if file is None:
        if "src" in player.attrs:
            del player.attrs["src"]
        return
    link = file.link(parsed.page.key, display_name(player, file.name))
    player.attrs["src"] = link.url
    cleaned.origins.setdefault(link.url, HELD)
    cleaned.attachments.setdefault(link.url, link)
