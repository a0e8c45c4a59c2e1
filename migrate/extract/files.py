"""Attachments and images: what a link or picture on the page really is, whatever it looked like."""

import re
from urllib.parse import parse_qs, quote, unquote, urlsplit

from selectolax.lexbor import LexborNode

from migrate.extract.dom import attribute, one_line, squeeze
from migrate.extract.page import Parsed
from migrate.filenames import ENDINGS, is_file_address

_FILE = re.compile(rf"\.(?:{ENDINGS})$", re.IGNORECASE)
_FILE_IN_TEXT = re.compile(rf"[^\s/\\<>\"'|?*]+\.(?:{ENDINGS})(?![A-Za-z0-9])", re.IGNORECASE)
_WRAPPED = re.compile(
    r"""(?:window\.open|location(?:\.href)?|confirm|openFile|downloadFile|download|showPdf)\s*[=(]\s*\\?["']([^"']+)"""
)
_ABSOLUTE = re.compile(r"""https?://[^\s"'<>)\\]+""")
_ICON = re.compile(
    r"(?:filetypeimages|fileicons?|file_?type|/icons?/?\w*|icon[_-])[^/]*/?(?:icon_)?(?:pdf|docx?|xlsx?|pptx?|rar|zip|txt|jpg|mp4|default|wps)"
    r"\w*\.(?:gif|png|jpe?g|svg)$|/_visitcount|/(?:spacer|blank|space|transparent|pixel)\.(?:gif|png)$",
    re.IGNORECASE,
)
_LAZY = ("data-original", "data-src", "data-lazy-src", "data-url", "original", "_src", "lay-src", "oldsrc")
_PLACEHOLDER = re.compile(
    r"(?:loading|lazy|placeholder|grey|blank|nopic_load)\w*\.(?:gif|png|jpe?g|svg)$", re.IGNORECASE
)
_VIEWER_PARAMETERS = ("file", "url", "src", "pdf", "path", "filepath", "furl")
_COUNT = re.compile(r"(?:已|共)?下载(?:次数)?[:：]?\s*\d*\s*次?$|^\s*附件\s*\d*\s*[:：]\s*(?=\S)")
_NOT_A_FILE = re.compile(r"原文|来源|链接$|查看|点击|更多|返回|首页|详情")


def link_target(parsed: Parsed, anchor: LexborNode) -> str | None:
    """Return where a link really leads: its href, else what a script, a mirror or a viewer hides; None if nowhere."""
    attributes = anchor.attributes
    href = (attributes.get("href") or "").strip()
    url = parsed.absolute(href)
    if url is not None:
        return _behind_viewer(parsed, url) or url
    for name in ("oldsrc", "data-href", "data-url"):
        if attributes.get(name) and (url := parsed.absolute(attributes[name] or "")):
            return url
    for script in (unquote(href) if href.lower().startswith("javascript") else "", attributes.get("onclick") or ""):
        found = _WRAPPED.search(script) or _ABSOLUTE.search(script)
        if found and (url := parsed.absolute(found[1] if found.lastindex else found[0])):
            return url
    return None


def _behind_viewer(parsed: Parsed, url: str) -> str | None:
    """Return the file that a viewer page shows (`viewer.html?file=/a.pdf`), or None."""
    parts = urlsplit(url)
    if not parts.query or "viewer" not in parts.path.lower():
        return None
    for name, values in parse_qs(parts.query).items():
        if name.lower() in _VIEWER_PARAMETERS and is_file_address(values[0]):
            return parsed.absolute(values[0])
    return None


def display_name(anchor: LexborNode, url: str) -> str:
    """Return what a reader calls the file: text, title or alt that names a file, else the text, else the last part of
    the address.
    """
    attributes = anchor.attributes
    text = one_line(anchor.text())
    texts = [text, attributes.get("title") or "", attributes.get("alt") or "", attributes.get("download") or "",
             _sudy_title(attributes.get("sudyfile-attr") or "")]  # fmt: skip
    texts = [one_line(_COUNT.sub("", value)).strip(" 【】[]") for value in texts]
    named = next((value for value in texts if _FILE.search(value) and "/" not in value), "")
    return named or next((value for value in texts if value), "") or unquote(urlsplit(url).path.rsplit("/", 1)[-1])


def _sudy_title(value: str) -> str:
    found = re.search(r"['\"]title['\"]\s*:\s*['\"]([^'\"]+)", value)
    return found[1] if found else ""


def dead_file(parsed: Parsed, anchor: LexborNode, follows_attachment: bool) -> str | None:
    """Return the address that a dead link to a file would have had, or None where it is no attachment.

    Mirrors and broken templates leave `href="javascript:;"`; the page still names the file, so the move must account
    for it. The address is the one that the name spells on this page: nothing was ever captured there.
    """
    attributes = anchor.attributes
    text = one_line(anchor.text())
    if len(text) > 200:
        return None
    for value in (text, attributes.get("alt") or "", attributes.get("title") or ""):
        if _FILE_IN_TEXT.search(value) and _FILE.search(value.strip()):
            return parsed.absolute(value if value.startswith("/") else quote(value.strip(), safe=""))
    marked = "attachment" in (attributes.get("class") or "") or "attachment-id" in attributes
    if marked or (follows_attachment and text and not _NOT_A_FILE.search(text)):
        return parsed.absolute(quote(squeeze(text), safe=""))
    return None


def image_source(parsed: Parsed, image: LexborNode) -> str | None:
    """Return an image's real address: the lazy attribute where `src` is missing or a placeholder."""
    attributes = image.attributes
    source = (attributes.get("src") or "").strip()
    url = parsed.absolute(source)
    if url is not None and not _PLACEHOLDER.search(urlsplit(url).path):
        return url
    for name in _LAZY:
        value = attributes.get(name)
        if value and (lazy := parsed.absolute(value)):
            return lazy
    return url


def is_icon(url: str) -> bool:
    """Say whether an image is decoration of a link (file-type icon), a counter or a spacer."""
    return _ICON.search(urlsplit(url).path) is not None


def is_emoji_sized(image: LexborNode) -> bool:
    """Say whether the page itself draws the image at 3 pixels or less: counters and spacers."""
    sizes = [attribute(image, name).strip().removesuffix("px") for name in ("width", "height")]
    return any(size.isdigit() and int(size) <= 3 for size in sizes)
