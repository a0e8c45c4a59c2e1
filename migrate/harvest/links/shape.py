"""Is a string an address? Asked of strings whose place doesn't say so, or says so only half.

Nothing is lost by asking for what is there, but each made-up address is a request to a weak server and a dead link in
the report: dates, media types, expressions, names for display, templates that nobody filled in.
"""

import re

MAX_HREF = 2048
"""Longest string that is looked at: longer ones are no addresses (see urls.MAX_URL)."""

HOLE = "\ufdd0"
"""Stands where a script puts in something that we don't know. A noncharacter: no page has it."""

_ALONE = frozenset(
    "html htm shtml shtm xhtml asp aspx ashx jsp jspx jhtml php php3 phtml cfm psp nsf mht mhtml wml vsb "
    "pdf doc docx xls xlsx ppt pptx wps wpt dps ofd ceb cebx rtf txt csv zip rar 7z exe apk epub caj odt ods dwg "
    "jpg jpeg gif png bmp webp svg ico tif tiff "
    "swf flv f4v mp3 mp4 m3u8 wmv wma wav avi mov mpg mpeg rmvb asf ogg webm".split()
)
"""Extensions by which a file name is known even without a folder."""
_IN_FOLDER = _ALONE | frozenset("do action cgi pl dll js css xml json htc et rm ram tar gz mid".split())

_ODD = re.compile(r"[\s\"'<>\\^`|{}$*\x00-\x1f\ufdd0，。；：！？“”、（）《》【】]")
"""What no address in a script has; full-width punctuation is a sentence's."""
_HOST = re.compile(r"(?:https?:)?//(?:[\w-]+\.)+[a-z0-9-]{2,}(?::\d+)?(?:[/?#]|\Z)", re.IGNORECASE)
_EXTENSION = re.compile(r"[\w%)\]~-]\.(\w{2,6})\Z")
_DOMAIN = re.compile(r"www\.|[\w.-]+\.(?:com|cn|net|org|gov|edu)\Z", re.IGNORECASE)
_NAME = re.compile(r"\w[\w.%~+,()=-]*\Z", re.ASCII)
_FOLDER = re.compile(r"/(?=.*[a-z])[\w.%~@+,()=&/-]{3,}\Z", re.IGNORECASE | re.ASCII)
_ASSETS = re.compile(
    r"(?:images?|img|pics?|icons?|css|js|scripts?|styles?|skins?|themes?|uploads?|uploadfiles?|plugins?|libs?|fonts?"
    r"|flash|static|resources?|public|assets|player)/\Z",
    re.IGNORECASE,
)
_MEDIA_TYPE = re.compile(r"(?:text|image|video|audio|application|font|multipart|message)/[\w.+-]+\Z", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{|\$\{|\{[$#%]|<[%?]|\[!--|\ufdd0")
_IMPOSSIBLE = re.compile(r"[<>\"'{}|\n\t*\ufdd0]|\[!--|\Awww\.")
_NO_LINK = ("#", "javascript:", "about:", "data:", "mailto:", "tel:")
_WORDS = frozenset("get post put head blank true false null none undefined self parent top auto on off yes no".split())


def is_address(text: str, *, alone: bool = True) -> bool:
    """Say whether a string is plainly an address, wherever it stands: full, from the root, or of a known kind of file.

    Without `alone`, a mere file name is none: it may be there to be read.
    """
    if not 3 < len(text) <= MAX_HREF or _ODD.search(text):
        return False
    if "//" in text[:8]:
        return _HOST.match(text) is not None
    path = text.partition("?")[0].partition("#")[0]
    if ":" in path:
        return False
    folder, slash, name = path.rpartition("/")
    found = _EXTENSION.search(name)
    if found and found[1].lower() in _IN_FOLDER:
        if slash:
            return folder[:1] in ("", "/", ".") or not _DOMAIN.match(folder.partition("/")[0])
        return alone and found[1].lower() in _ALONE and _NAME.match(name) is not None and not _DOMAIN.match(name)
    return path[:1] == "/" and _FOLDER.match(path) is not None and not _ASSETS.search(path)


def may_be_address(text: str) -> bool:
    """Say whether a string may be an address where one belongs: `location=`, `open()`, `"url":`."""
    if is_address(text):
        return True
    if not 0 < len(text) <= MAX_HREF or text.lower().startswith(_NO_LINK) or text.lower().lstrip("_") in _WORDS:
        return False
    path = text.partition("?")[0]
    if _IMPOSSIBLE.search(text) or _MEDIA_TYPE.match(text) or (" " in text and not _EXTENSION.search(path)):
        return False
    if not any(sign in text for sign in "/.?=") or _ASSETS.search(text):
        return False
    return text[0] in "/?" or any(map(str.isalpha, text))


def is_template(href: str) -> bool:
    """Say whether an href was left for a program to fill in: `{{url}}`, `<%=path%>`, `[!--show.url--]`."""
    return _TEMPLATE.search(href) is not None


_NAMES_ADDRESS = re.compile(
    r"(?:url|link|href|src|path|uri|file|pic|img|image|thumb|video|poster|pdf|swf|original|lazyload|echo|background"
    r"|cite|longdesc|data-bg)s?_?\d*\Z|\Aurl",
    re.IGNORECASE,
)


def names_address(name: str) -> bool:
    """Say whether a property or attribute is called like what holds an address: linkurl, imgsrc, file_path."""
    return _NAMES_ADDRESS.search(name) is not None
