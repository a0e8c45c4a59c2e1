"""Walks the site's part of the portal: each page is read once, each address asked for once, however many name it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urljoin, urlsplit

from migrate import answers
from migrate.check import outside
from migrate.check.memory import Memory, PageRead, Ref, Seen
from migrate.check.portal import Answer, Portal, PortalTarget, open_portal
from migrate.filenames import is_file_address
from migrate.http import Client
from migrate.urls import ascii_url, glob_pattern, host_of, resolve

CONCURRENCY = 16
"""Questions to the portal under way at once."""
OUTSIDE = 32
"""Other sites asked at once, each at its own pace."""
MOST_FURTHER = 10_000
"""Pages under the site's path that nobody named beforehand (pages of lists): more are a trap, not a site."""

_SURE = frozenset(
    "a area img script iframe frame embed object video audio source track input link css option meta-refresh "
    "body table tr th td".split()
)
"""Contexts in which what the link reader finds is an address. Elsewhere (scripts, META tags, attributes of programs) it
guesses: right for a harvest, wrong for a complaint."""
_CLICKED = frozenset({"a", "area", "option"})
"""Contexts that a visitor follows."""
_PICTURES = frozenset({"img"})
_FIXED = ("/", "http://", "https://")
_NO_PAGE = re.compile(
    r"\.(?:css|js|mjs|json|xml|png|jpe?g|gif|bmp|webp|svg|ico|tiff?|woff2?|ttf|eot|m3u8|webm|ogg|map)\Z", re.IGNORECASE
)
_FILE = re.compile(r"\s*file\s*:", re.IGNORECASE)
_WEB = re.compile(r"(?:https?:|//)", re.IGNORECASE)
_HEAD_IS_ENOUGH = frozenset({200, 301, 302, 303, 307, 308})
_ID = re.compile(r"(?<![\w-])id\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_NAME = re.compile(r"<a\s[^<>]*?(?<![\w-])name\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
PROMPT = re.compile(
    r"(?:即将|将要|正在|您要|确定|确认|是否)(?:离开|跳转|访问外部|前往外部)|非政府网站.{0,20}(?:链接|跳转|访问)"
)
"""How sites ask before somebody leaves: 您访问的链接即将离开“…”门户网站，是否继续？"""
_OFFICIAL = re.compile(r"(?:\A|\.)(?:gov\.cn|mil\.cn|conac\.cn|xn--zfr164b|xn--55qw42g)\Z")
"""Hosts of government, forces, 政务 and 公益."""
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


@dataclass(frozen=True, slots=True)
class PortalPage:
    """One page of the portal whose links are to be checked."""

    url: str
    """Portal path or absolute URL on the portal host."""
    key: str = ""
    """Canonical old URL of the entry that it came from; empty for columns and other pages of the portal's own."""


@dataclass(frozen=True, slots=True)
class LinkJob:
    """Which links are checked, and how."""

    target: PortalTarget
    read: Callable[[str], LinksOf]
    """Text of a page → what it names."""
    scope: str = ""
    """Portal path of the site: what is found below it is walked as well, e.g. the further pages of a list."""
    old_hosts: Collection[str] = ()
    """Host names of every site to be closed."""
    include: tuple[str, ...] = ()
    """Globs of portal paths, or of whole addresses if they have `://`: only links to these are checked."""
    exclude: tuple[str, ...] = ()
    external: bool = False
    """Other sites are asked, too."""
    external_rate: float = outside.RATE
    """Requests a second to one of their hosts."""
    new_address: Callable[[str], str] = lambda _url: ""
    """Old address → where that content is in the portal now; empty where nobody knows."""


@dataclass(slots=True)
class Walk:
    """One walk under way; `run` it, then ask `memory`."""

    job: LinkJob
    memory: Memory
    tell: Callable[[int, int], None] = lambda _done, _total: None
    """Called with how many pages have been read, and of how many that are known."""
    listed: frozenset[str] = frozenset()
    nonsense: str = ""
    """Likeness of the portal's answer to an address that was made up, where that was 200."""
    _portal: Portal = field(init=False)
    _others: Client = field(init=False)
    _old_hosts: frozenset[str] = field(init=False)
    _queues: Mapping[str, "asyncio.Queue[str]"] = field(init=False)
    _asked: set[str] = field(default_factory=set)
    _pages: set[str] = field(default_factory=set)
    _done: int = 0
    _sound: set[str] = field(default_factory=set)
    """Hrefs that say from the root on where they lead, and lead to something sound: most of a page's."""
    _pictures: set[str] = field(default_factory=set)
    """The same of pictures."""

    async def run(self, pages: Iterable[PortalPage]) -> None:
        """Ask for all pages and all that they name. Raises ShangyiError where the portal does not answer."""
        job = self.job
        self._old_hosts = frozenset(host.lower() for host in job.old_hosts)
        self.listed = frozenset(address_of(job.target, page) for page in pages)
        self._queues = {"portal": asyncio.Queue(), "outside": asyncio.Queue()}
        options = outside.options(job.external_rate, dict(job.target.resolve), job.target.backoff)
        async with open_portal(job.target, CONCURRENCY) as self._portal, Client(options) as self._others:
            probe = await self._portal.ask(f"http://{job.target.portal_host}{job.scope or '/'}shangyi-no-such-page/")
            self.nonsense = likeness(probe.text) if probe.status == 200 else ""
            self._asked.update(self.memory.seen)
            for address in sorted(self.listed):
                self._enqueue(address)
            for address, page in list(self.memory.pages.items()):  # of an interrupted walk
                if page.walked:
                    self._count(address)
                self._queue_refs(page.refs)
            await self._drain()

    async def _drain(self) -> None:
        workers = [asyncio.create_task(self._work(self._queues["portal"], self._ask)) for _n in range(CONCURRENCY)]
        if self.job.external:
            workers += [asyncio.create_task(self._work(self._queues["outside"], self._look)) for _n in range(OUTSIDE)]
        both = asyncio.create_task(self._finished())
        try:
            await asyncio.wait({both, *workers}, return_when=asyncio.FIRST_COMPLETED)
            for task in (*workers, both):
                if task.done():
                    task.result()  # raises what went wrong
        finally:
            for task in (both, *workers):
                task.cancel()
            await asyncio.gather(both, *workers, return_exceptions=True)

    async def _finished(self) -> None:
        await self._queues["portal"].join()
        await self._queues["outside"].join()

    @staticmethod
    async def _work(queue: "asyncio.Queue[str]", do: Callable[[str], Awaitable[None]]) -> None:
        while True:
            address = await queue.get()
            await do(address)
            queue.task_done()

    def _enqueue(self, address: str) -> None:
        if address in self._asked:
            return
        if self._portal.is_portal(address):
            self._asked.add(address)
            self._queues["portal"].put_nowait(address)
            if address in self.listed:
                self._pages.add(address)
        elif self.job.external and host_of(address) not in self._old_hosts:
            self._asked.add(address)
            self._queues["outside"].put_nowait(address)

    def _is_ours(self, address: str) -> bool:
        """Say whether an address is a page of the site, and so to be walked."""
        if address in self.listed:
            return True
        scope = self.job.scope
        return bool(scope) and urlsplit(address).path.startswith(scope) and len(self._pages) < self._most

    @property
    def _most(self) -> int:
        return len(self.listed) + MOST_FURTHER

    async def _ask(self, address: str) -> None:
        answer = await self._answer(address)
        seen = Seen(answer.status, answer.error, "", answer.media_type)
        page = None
        if answer.status == 200 and answer.body and (text := answer.text):
            ours = self._is_ours(address)
            page = self._read(address, text) if ours else PageRead(False, title_of(text), anchors_of(text))
            seen = self._judged(seen, text, len(page.refs) if ours else 0)
        elif 300 <= answer.status < 400 and answer.location:
            seen = seen._replace(location=_plain(answer.location))
            self._follow(seen.location)
        elif answer.status == 200 and PROMPT.search(_script(answer)):
            seen = seen._replace(sign="prompt")
        self.memory.add(address, seen, page)
        if page is not None and page.walked:
            self._count(address)

    def _count(self, address: str) -> None:
        self._pages.add(address)
        self._done += 1
        self.tell(self._done, len(self._pages))

    async def _answer(self, address: str) -> Answer:
        """Ask by HEAD where no page is to be read, and by GET where that fails: some servers answer HEAD wrongly."""
        path = urlsplit(address).path
        script = path.endswith(".js")  # to be read: the prompt may be in it
        if address not in self.listed and not script and (_NO_PAGE.search(path) or is_file_address(address)):
            answer = await self._portal.ask(address, "HEAD")
            if answer.status in _HEAD_IS_ENOUGH:
                return answer
        return await self._portal.ask(address)

    async def _look(self, address: str) -> None:
        page = not (_NO_PAGE.search(urlsplit(address).path) or is_file_address(address))
        self.memory.add(address, await outside.look(self._others, address, page=page))

    def _follow(self, location: str) -> None:
        if host_of(location):
            self._enqueue(location)

    def _judged(self, seen: Seen, text: str, links: int) -> Seen:
        if self.nonsense and likeness(text) == self.nonsense:
            return seen._replace(sign=answers.SOFT_404, what=title_of(text))
        sign = answers.recognise(text) if answers.may_be_sign(text, links) else None
        return seen._replace(sign=sign.kind, what=sign.what) if sign else seen

    # reading a page

    def _read(self, address: str, text: str) -> PageRead:
        found = self.job.read(text)
        base = (resolve(address, found.base) if found.base else None) or address
        fixed = self._portal.is_portal(base)
        # The hot loop: of a page's hundreds of links nearly all are known to be sound.
        hrefs = {link.href for link in found.links if link.context in _SURE}
        fresh = hrefs - self._sound if fixed else hrefs
        refs: dict[Ref, None] = {}
        outside_links = 0
        if fresh or not self._pictures.issuperset({link.href for link in found.links if link.context in _PICTURES}):
            for link in found.links:
                if link.context not in _SURE or not (link.href in fresh or link.context in _PICTURES):
                    continue
                if link.context in _PICTURES and fixed and link.href in self._pictures:
                    continue
                ref = self._ref(address, base, link, fixed=fixed)
                if ref is None or not found.is_written(link):
                    continue
                ref = ref._replace(text=found.text(link))
                outside_links += self._is_outside(ref)
                refs.setdefault(ref)
        prompts = True
        scripts: tuple[str, ...] = ()
        if any(self._is_strange(ref) for ref in refs):
            prompts = PROMPT.search(text) is not None
            scripts = () if prompts else tuple(self._scripts(base, found.links))
        self._queue_refs(refs)
        return PageRead(
            True, title_of(text), anchors_of(text), len(hrefs), outside_links, prompts, scripts, tuple(refs)
        )

    def _ref(self, address: str, base: str, link: Named, *, fixed: bool) -> Ref | None:
        """Return a link that has yet to be judged; None for a sound one and for what is no link."""
        href, mark, fragment = link.href.strip().partition("#")
        target = _resolved(base, href) if href else address
        if target is None:
            code = "own-disk" if _FILE.match(href) else "no-address" if _WEB.match(href) else ""
            return Ref(link.context, link.href.strip()[:200], "", "", code) if code else None
        if not self._is_wanted(target):
            return None
        ref = Ref(link.context, target, fragment, "")
        if mark and fragment in ("", "top") and target == address:
            return None
        if not fragment and fixed and self._is_sound(ref):
            if link.href.startswith(_FIXED):
                (self._pictures if link.context in _PICTURES else self._sound).add(link.href)
            return None
        return ref

    def _is_sound(self, ref: Ref) -> bool:
        seen = self.memory.seen.get(ref.address)
        if seen is None or seen.status != 200 or (seen.sign and seen.sign != "prompt"):
            return False
        if not self._portal.is_portal(ref.address):
            return False  # it may need a prompt, and counts as external
        return not wrong_kind(ref, seen)

    def _is_wanted(self, address: str) -> bool:
        job = self.job
        if job.exclude and any(_fits(glob, address, self._portal) for glob in job.exclude):
            return False
        return not job.include or any(_fits(glob, address, self._portal) for glob in job.include)

    def _is_outside(self, ref: Ref) -> bool:
        if ref.code:
            return False
        return not self._portal.is_portal(ref.address) and host_of(ref.address) not in self._old_hosts

    def _is_strange(self, ref: Ref) -> bool:
        return ref.context in _CLICKED and self._is_outside(ref) and not is_official(host_of(ref.address))

    def _scripts(self, base: str, links: Sequence[Named]) -> Iterable[str]:
        for link in links:
            if link.context == "script" and (target := _resolved(base, link.href)) and self._portal.is_portal(target):
                self._enqueue(target)
                yield target

    def _queue_refs(self, refs: Iterable[Ref]) -> None:
        for ref in refs:
            if not ref.code:
                self._enqueue(ref.address)


def address_of(target: PortalTarget, page: PortalPage) -> str:
    """Return a page's absolute address on the portal."""
    return ascii_url(urljoin(f"http://{target.portal_host}/", page.url))


def is_official(host: str) -> bool:
    """Say whether a host is a government's: no prompt is asked for before one goes there (domain rule PG-11)."""
    return _OFFICIAL.search(host) is not None


def wrong_kind(ref: Ref, seen: Seen) -> str:
    """Return what is wrong with what is there, for this link: a picture that is none, a page instead of a file."""
    if ref.context in _PICTURES and not seen.media_type.startswith("image/"):
        return "no-image"
    if seen.media_type == "text/html" and ref.context in _CLICKED and _names_file(ref.address):
        return "no-file"
    return ""


def _names_file(address: str) -> bool:
    path = urlsplit(address).path
    return bool(re.search(r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|rar|zip|7z|ofd)\Z", path, re.IGNORECASE))


def _resolved(base: str, href: str) -> str | None:
    target = resolve(base, href)
    try:
        return ascii_url(target) if target else None
    except ValueError:
        return None


def _plain(location: str) -> str:
    try:
        return ascii_url(location.partition("#")[0])
    except ValueError:
        return location


def _fits(glob: str, address: str, portal: Portal) -> bool:
    if "://" in glob:
        return glob_pattern(glob, case_sensitive=False).fullmatch(address) is not None
    return portal.is_portal(address) and (
        glob_pattern(glob, case_sensitive=False).fullmatch(unquote(urlsplit(address).path)) is not None
    )


def _script(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace") if answer.media_type.endswith("javascript") else ""


def title_of(text: str) -> str:
    """Return the window title of a page, in one line."""
    found = _TITLE.search(text)
    return " ".join(unescape(found[1]).split()) if found else ""


def anchors_of(text: str) -> tuple[str, ...]:
    """Return every name that a fragment can point to. One too many hides a fault, one too few would invent one."""
    names = {unescape(double or single or bare) for double, single, bare in (*_ID.findall(text), *_NAME.findall(text))}
    return tuple(sorted(names - {""}))


def likeness(text: str) -> str:
    """Return what a page says but for addresses, numbers and dates: its Chinese, or all but its digits."""
    chinese = text.encode("utf-8", "replace").translate(None, _ASCII)
    return chinese.decode() if len(chinese) >= _ENOUGH else re.sub(r"\d|https?://\S+|/[\w./-]+", "", text)
