"""What a check of links takes from a page: a pure function, so that it can run in another process."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from typing import NamedTuple, Protocol

from migrate import answers
from migrate.encoding import decode
from migrate.http import MAX_PAGE

PICTURES = frozenset({"img"})
SURE = frozenset(
    "a area img script iframe frame embed object video audio source track input link css option meta-refresh "
    "body table tr th td".split()
)
"""Contexts in which what the link reader finds is an address. Elsewhere (scripts, META tags, attributes of programs) it
guesses: right for a harvest, wrong for a complaint."""
_PROMPT = re.compile(
    r"(?:即将|将要|正在|您要|确定|确认|是否)(?:离开|跳转|访问外部|前往外部)|非政府网站.{0,20}(?:链接|跳转|访问)"
)
"""How sites ask before somebody leaves: 您访问的链接即将离开“…”门户网站，是否继续？"""
_LEAVING = ("离开", "跳转", "外部", "非政府网站")
"""What has none of these has no such question: quicker to look for."""

_VALUE = re.compile(r"[\s=]+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_IDS = {b"id=": ("id=", "ID=", "Id="), b"id =": ("id =", "ID =")}
_NAMES = {b"name=": ("name=", "NAME=", "Name="), b"name =": ("name =", "NAME =")}
"""Attributes that fragments point to, as they are spelled: to look for either case takes ten times longer."""
_LOWER = bytes(range(256)).lower()
_NOT_ASCII = bytes([0, *range(128, 256)])
_TITLE = re.compile(r"<title\b[^<>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_ENOUGH = 12
_ASCII = bytes(range(128))


class Named(Protocol):
    """One address as a page spells it."""

    @property
    def href(self) -> str:
        """Return it as written."""

    @property
    def context(self) -> str:
        """Return its element."""


class LinksOf(NamedTuple):
    """What a page's markup names."""

    base: str
    """The href of `<base>`; empty without one."""
    links: Sequence[Named]
    text: Callable[..., str]
    """What a reader sees of one of the links, asked for in their order."""
    is_written: Callable[..., bool] = lambda _link: True
    """Whether one of the links stands where the markup's links stand, not in an attribute of some program."""


class Gist(NamedTuple):
    """What a page says and names."""

    base: str
    hrefs: tuple[str, ...]
    """Each spelling once."""
    pictures: tuple[str, ...]
    """Those of them that are shown."""
    scripts: tuple[str, ...]
    """Those of them that are run; only where the page has no prompt of its own."""
    title: str
    anchors: tuple[str, ...]
    prompts: bool
    """It asks before somebody leaves, or has no link by which one could."""
    sign: str
    """What it is instead of a page (migrate.answers)."""
    what: str
    likeness: str


def gist(read: Callable[[str], LinksOf], body: bytes, content_type: str, *, alike: bool) -> Gist:
    """Return what a page says and names, with its likeness if `alike`; never raises for what servers send."""
    text = decode(body[:MAX_PAGE], content_type).text
    found = read(text)
    hrefs = {link.href for link in found.links if link.context in SURE}
    pictures = {link.href for link in found.links if link.context in PICTURES}
    prompts = not _may_leave("\n".join((found.base, *hrefs))) or asks_first(text)
    scripts = () if prompts else {link.href for link in found.links if link.context == "script"}
    sign = answers.recognise(text) if answers.may_be_sign(text, len(hrefs)) else None
    return Gist(
        found.base,
        tuple(hrefs),
        tuple(pictures),
        tuple(scripts),
        title_of(text),
        anchors_of(text, body),
        prompts,
        sign.kind if sign else "",
        sign.what if sign else "",
        likeness(text) if alike else "",
    )


def asks_first(text: str) -> bool:
    """Say whether a page or script asks before somebody leaves."""
    return any(word in text for word in _LEAVING) and _PROMPT.search(text) is not None


def title_of(text: str) -> str:
    """Return the window title of a page, in one line."""
    found = _TITLE.search(text)
    return " ".join(unescape(found[1]).split()) if found else ""


def anchors_of(text: str, body: bytes) -> tuple[str, ...]:
    """Return every name that a fragment can point to. One too many hides a fault, one too few would invent one.

    `body` is what the text was read from: which spellings it has is seen sooner there.
    """
    names = set()
    plain = body.translate(_LOWER, _NOT_ASCII)
    for spellings in (_IDS, _NAMES):
        for spelled in _occurring(spellings, text, plain):
            at = text.find(spelled)
            while at >= 0:
                end = at + len(spelled)
                if (found := _VALUE.match(text, end - 1)) and _is_attribute(text, at, of_links=spellings is _NAMES):
                    names.add(unescape(found[1] or found[2] or found[3] or ""))
                at = text.find(spelled, end)
    return tuple(sorted(names - {""}))


def _occurring(spellings: Mapping[bytes, Sequence[str]], text: str, plain: bytes) -> Iterator[str]:
    for lower, spelled in spellings.items():
        left = plain.count(lower)
        for one in spelled:
            if left:
                left -= text.count(one)
                yield one


def _may_leave(hrefs: str) -> bool:
    """Say whether one of the addresses may lead to another host: else no prompt has to be looked for."""
    return ":" in hrefs or "//" in hrefs or "\\" in hrefs


def _is_attribute(text: str, at: int, *, of_links: bool) -> bool:
    """Say whether an attribute of its own begins at `at`; `of_links`: of `<a>`, nothing else is found by its name."""
    if not (text[at - 1].isspace() or text[at - 1] in "\"'/"):
        return False
    if not of_links:
        return True
    opening = text.rfind("<", 0, at)
    return text[opening + 1 : opening + 3].lower().rstrip() == "a"


def likeness(text: str) -> str:
    """Return the beginning of what a page says but for addresses, numbers and dates: its Chinese, or the rest of it."""
    chinese = text.encode("utf-8", "replace").translate(None, _ASCII)
    if len(chinese) >= _ENOUGH:
        return f"{len(chinese)} {chinese[:600].decode('utf-8', 'ignore')}"
    return re.sub(r"\d|https?://\S+|/[\w./-]+", "", text)[:600]
