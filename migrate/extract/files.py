"""Attachments and images: what a link or picture on the page really is, whatever it looked like."""

import re
from urllib.parse import parse_qs, quote, unquote, urlsplit

from selectolax.lexbor import LexborNode

from migrate.embedded import SETS, is_data, of_srcset, unpack
from migrate.errors import ShangyiError
from migrate.extract.dom import ancestors, attribute, one_line, squeeze, text_before
from migrate.extract.page import Parsed
from migrate.filenames import ENDINGS, is_file_address

_FILE = re.compile(rf"\.(?:{ENDINGS})$", re.IGNORECASE)
_FILE_IN_TEXT = re.compile(rf"[^\s/\\<>\"'|?*]+\.(?:{ENDINGS})(?![A-Za-z0-9])", re.IGNORECASE)
_WRAPPED = re.compile(
    r"""(?:window\.open|location(?:\.href)?|confirm|openFile|downloadFile|download|showPdf)\s*[=(]\s*\\?["']([^"']+)"""
)
_ABSOLUTE = re.compile(r"""https?://[^\s"'<>)\\]+""")
_QUOTED = re.compile(r"""["']([^"'\s]{3,500})["']""")
_ICON = re.compile(
    r"(?:filetypeimages|fileicons?|file_?type|/icons?/?\w*|icon[_-])[^/]*/?(?:icon_)?(?:pdf|docx?|xlsx?|pptx?|rar|zip|txt|jpg|mp4|default|wps)"
    r"\w*\.(?:gif|png|jpe?g|svg)$|/_visitcount|/(?:spacer|blank|space|transparent|pixel)\.(?:gif|png)$",
    re.IGNORECASE,
)
_TYPE_NAMED = re.compile(
    r"/(?:(?:ico|icon|file|type|fj|att|attach|annex)s?[_-]?)?(?:pdf|docx?|word|xlsx?|excel|pptx?|powerpoint|rar|zip|winrar|txt|wps|ofd|acrobat|adobe"
    r"|fujian|attachment|attach|annex|download|down|unknown)(?:[_-]?(?:ico|icon|\d{1,2}))?\.(?:gif|png|jpe?g|svg|bmp)$",
    re.IGNORECASE,
)
"""Pictures called after a type of file: decoration where they stand at a link to a file, or are drawn small."""
_BUTTON = re.compile(
    r"[上下前后]一[张页篇幅]|打印|关闭|返回(?:顶部|首页|列表)?|分享|收藏|放大|缩小|播放|暂停|更多|prev(?:ious)?|next"
)
"""Alternative texts of pictures that are buttons."""
_ICON_SIZE = 48
"""Pixels up to which a picture called after a type of file is its icon."""
_LAZY = ("data-original", "data-src", "data-lazy-src", "data-url", "original", "_src", "lay-src", "oldsrc")
_PLACEHOLDER = re.compile(
    r"(?:loading|lazy|placeholder|grey|blank|nopic_load)\w*\.(?:gif|png|jpe?g|svg)$", re.IGNORECASE
)
_VIEWER_PARAMETERS = ("file", "url", "src", "pdf", "path", "filepath", "furl")
_COUNT = re.compile(
    r"(?:已|共)?下载(?:次数)?[:：]?\s*\d*\s*次?$|^\s*附件\s*\d*\s*(?:[:：]\s*(?=\S)|【(?=[^【】]*\.\w{1,5}】))"
)
_NOT_A_FILE = re.compile(r"原文|来源|链接$|查看|点击|更多|返回|首页|详情")
_NO_NAME = re.compile(
    r"[\[【（(]*(?:请?(?:点击|单击|点此|点这里|直接|立即|本地|高速|在线)*(?:此处|这里)?(?:下载|查看|浏览|预览|打开|阅读)(?:附件|文件|原文|全文|地址|链接|此文件)?"
    r"|附件(?:下载|查看|[一二三四五六七八九十\d]*)|(?:pdf|word|excel|doc|docx)(?:版|格式|文件|下载)*|download|点击这里|点此)[\]】）):：]*",
    re.IGNORECASE,
)
"""What links say of every file: then the file's name stands beside them."""
_LABEL = re.compile(r"^(?:附\s*件|相关附件|附件下载|下载|文件)\s*[一二三四五六七八九十\d]{0,3}\s*[:：.、]?\s*")
_LETTER = re.compile(r"[^\W\d_]")
"""Without one, what stands beside a link is its number in a list."""
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|bmp|tiff?|webp)$", re.IGNORECASE)
_NEARBY = 120
"""Characters before a link in which the name of its file is looked for."""


def link_target(parsed: Parsed, anchor: LexborNode) -> str | None:
    """Return where a link really leads: its href, else what a script, a mirror or a viewer hides; None if nowhere."""
    href = attribute(anchor, "href").strip()
    url = parsed.absolute(href)
    if url is not None and not (href.startswith("#") and "onclick" in anchor.attrs):
        return _behind_viewer(parsed, url) or url
    for name in ("oldsrc", "data-href", "data-url"):
        if (value := attribute(anchor, name)) and (hidden := parsed.absolute(value)):
            return hidden
    for script in (unquote(href) if href.lower().startswith("javascript") else "", attribute(anchor, "onclick")):
        if script and (found := script_target(parsed, script)):
            return found
    return url


def script_target(parsed: Parsed, script: str) -> str | None:
    """Return the address that a handler opens: a known call's, an absolute one, else the first that is a file's."""
    found = _WRAPPED.search(script) or _ABSOLUTE.search(script)
    if found and (url := parsed.absolute(found[1] if found.lastindex else found[0])):
        return _behind_viewer(parsed, url) or url
    for quoted in _QUOTED.finditer(script):
        if is_file_address(quoted[1]) and (url := parsed.absolute(quoted[1])):
            return url
    return None


def _behind_viewer(parsed: Parsed, url: str) -> str | None:
    """Return the file that a viewer page shows (`viewer.html?file=/a.pdf`), or None; download handlers are none."""
    query = url.partition("?")[2].partition("#")[0]
    if "=" not in query or is_file_address(url):
        return None
    for name, values in parse_qs(query).items():
        if name.lower() in _VIEWER_PARAMETERS and is_file_address(values[0]):
            return parsed.absolute(values[0])
    return None


def display_name(anchor: LexborNode, url: str) -> str:
    """Return what a reader calls the file: text, title or alt that names a file, else the text, else what stands
    before a link that says no more than 下载, else the last part of the address.
    """
    picture = anchor.css_first("img")
    texts = [one_line(anchor.text()), attribute(anchor, "title"), attribute(anchor, "alt"),
             attribute(anchor, "download"), attribute(anchor, "textvalue"),
             _sudy_title(attribute(anchor, "sudyfile-attr"))]  # fmt: skip
    if picture is not None:
        texts += [attribute(picture, "title"), attribute(picture, "alt")]
    texts = [one_line(_COUNT.sub("", value)).strip(" 【】[]") for value in texts]
    named = next((value for value in texts if _FILE.search(value) and "/" not in value), "")
    telling = next((value for value in texts if value and not _NO_NAME.fullmatch(squeeze(value))), "")
    if named or telling:
        return named or telling
    last = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    if anchor.tag != "a":  # a player: what stands before it is the text
        return next((value for value in texts if value), "") or last
    before = one_line(text_before(anchor, _NEARBY)) or _cell_before(anchor)
    beside = _LABEL.sub("", before).strip(" ：:（(【[，,。;；、")
    if _LETTER.search(beside) and not _NO_NAME.fullmatch(squeeze(beside)):
        return beside
    return next((value for value in texts if value), "") or last


def says_nothing(name: str, url: str) -> bool:
    """Say whether a name tells no more than the address or the word 下载."""
    return name == unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or _NO_NAME.fullmatch(squeeze(name)) is not None


def names_image(url: str) -> bool:
    """Say whether an address ends like a picture's."""
    return _PICTURE.search(urlsplit(url).path) is not None


def _cell_before(anchor: LexborNode) -> str:
    """Return the text of the cell before a link's cell: tables of files have names left and 下载 right."""
    for node in ancestors(anchor):
        if node.tag in ("td", "th"):
            before = node.prev
            while before is not None and (before.tag == "-text" or not squeeze(before.text())):
                before = before.prev
            return one_line(before.text())[:_NEARBY] if before is not None else ""
        if node.tag in ("tr", "table", "body"):
            break
    return ""


def _sudy_title(value: str) -> str:
    found = re.search(r"['\"]title['\"]\s*:\s*['\"]([^'\"]+)", value)
    return found[1] if found else ""


def dead_file(parsed: Parsed, anchor: LexborNode, follows_attachment: bool) -> str | None:
    """Return the address that a dead link to a file would have had, or None where it is no attachment.

    Mirrors and broken templates leave `href="javascript:;"`; the page still names the file, so the move must account
    for it. The address is the one that the name spells on this page: nothing was ever captured there.
    """
    text = one_line(anchor.text())
    if len(text) > 200:
        return None
    for value in (text, attribute(anchor, "alt"), attribute(anchor, "title")):
        if _FILE_IN_TEXT.search(value) and _FILE.search(value.strip()):
            return parsed.absolute(value if value.startswith("/") else quote(value.strip(), safe=""))
    marked = "attachment" in attribute(anchor, "class") or "attachment-id" in anchor.attrs
    if marked or (follows_attachment and text and not _NOT_A_FILE.search(text)):
        return parsed.absolute(quote(squeeze(text), safe=""))
    return None


def image_source(parsed: Parsed, image: LexborNode) -> str | None:
    """Return an image's real address: the lazy attribute where `src` is missing, a placeholder or no address, and the
    largest of a `srcset` where that says nothing either.

    Where the page itself holds the picture, that is its `data:` URL.
    """
    source = attribute(image, "src").strip()
    url = parsed.absolute(source)
    others = [value for name in _LAZY if (value := attribute(image, name))] + _in_sizes(image)
    held = [value for value in others if is_data(value)]
    if url is not None and not held and not _PLACEHOLDER.search(urlsplit(url).path):
        return url
    if found := next(filter(None, map(parsed.absolute, others)), None):
        return found
    held += [source] if is_data(source) else []
    shown = next(filter(_is_shown, held), None) if url or len(held) > 1 else None
    return shown or url or next(iter(held), None)


def _in_sizes(image: LexborNode) -> list[str]:
    """Return the addresses of one picture in several sizes: its own, and those of the `<picture>` around it."""
    holder = image.parent
    sources = holder.css("source") if holder is not None and holder.tag == "picture" else []
    sets = (attribute(node, name) for node in (image, *sources) for name in SETS)
    return [url for value in sets if value for url in of_srcset(value)]


def _is_shown(url: str) -> bool:
    """Say whether a `data:` URL is a picture, and not a dot that keeps its place."""
    try:
        file = unpack(url)
    except ShangyiError:
        return False
    return file.is_picture and not file.is_spacer


def is_icon(image: LexborNode, url: str) -> bool:
    """Say whether an image is decoration: an icon for a type of file, a button, a counter, a spacer."""
    path = "" if is_data(url) else urlsplit(url).path
    if _ICON.search(path) or _is_button(image):
        return True
    return _TYPE_NAMED.search(path) is not None and (_is_drawn_small(image) or _is_beside_file(image))


def _is_button(image: LexborNode) -> bool:
    said = attribute(image, "alt") or attribute(image, "title")
    if _BUTTON.fullmatch(squeeze(said).lower()) is None:
        return False
    parent = image.parent
    return "onclick" in image.attrs or (parent is not None and parent.tag == "a")


def _is_drawn_small(image: LexborNode) -> bool:
    sizes = [attribute(image, name).strip().removesuffix("px") for name in ("width", "height")]
    return any(size.isdigit() and int(size) <= _ICON_SIZE for size in sizes)


def _is_beside_file(image: LexborNode) -> bool:
    """Say whether an image stands inside a link, or is followed by one."""
    parent = image.parent
    if parent is not None and parent.tag == "a":
        return True
    following = image.next
    while following is not None and following.tag == "-text" and not squeeze(following.text_content):
        following = following.next
    return following is not None and following.tag == "a"


def is_emoji_sized(image: LexborNode) -> bool:
    """Say whether the page itself draws the image at 3 pixels or less: counters and spacers."""
    sizes = [attribute(image, name).strip().removesuffix("px") for name in ("width", "height")]
    return any(size.isdigit() and int(size) <= 3 for size in sizes)
