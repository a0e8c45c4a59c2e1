"""Walks the site's part of the portal: each page is read once, each address asked for once, however many name it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from migrate import answers
from migrate.check import outside
from migrate.check.memory import Memory, PageRead, Ref, Seen
from migrate.check.portal import Answer, Portal, PortalTarget, open_portal
from migrate.check.verdicts import PICTURES, PROMPTS, Judge, is_bare, is_official, opens, wrong_kind
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
_FIXED = ("/", "http://", "https://")
_NO_PAGE = re.compile(
    r"\.(?:css|js|mjs|json|xml|png|jpe?g|gif|bmp|webp|svg|ico|tiff?|woff2?|ttf|eot|m3u8|webm|ogg|map)\Z", re.IGNORECASE
)
_DISK = re.compile(r"\s*file\s*:", re.IGNORECASE)
_WEB = re.compile(r"(?:https?:|//)", re.IGNORECASE)
_HEAD_IS_ENOUGH = frozenset({200, 301, 302, 303, 307, 308})
_VALUE = re.compile(r"[\s=]+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_IDS = ("id=", "ID=", "Id=", "id =", "ID =")
_NAMES = ("name=", "NAME=", "Name=", "name =", "NAME =")
"""Attributes that fragments point to, as they are spelled: to look for either case takes ten times longer."""
_TITLE = re.compile(r"<title\b[^<>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
PROMPT = re.compile(
    r"(?:即将|将要|正在|您要|确定|确认|是否)(?:离开|跳转|访问外部|前往外部)|非政府网站.{0,20}(?:链接|跳转|访问)"
)
"""How sites ask before somebody leaves: 您访问的链接即将离开“…”门户网站，是否继续？"""
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


class Aim(NamedTuple):
    """Where a link leads."""

    address: str
    """Absolute, without fragment; as written where it is no web address."""
    fragment: str
    where: str
    """`portal`, `old` (a site to be closed), `outside`; empty where it is no web address."""
    code: str = ""
    """What is wrong with it whatever its address answers."""


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
    _aims: dict[str, Aim | None] = field(default_factory=dict)
    """Where such hrefs lead, each resolved once."""
    _judge: Judge = field(init=False)

    async def run(self, pages: Iterable[PortalPage]) -> None:
        """Ask for all pages and all that they name. Raises ShangyiError where the portal does not answer."""
        job = self.job
        self._old_hosts = frozenset(host.lower() for host in job.old_hosts)
        self.listed = frozenset(address_of(job.target, page) for page in pages)
        self._queues = {name: asyncio.Queue() for name in ("portal", "outside", "again")}
        self._judge = Judge(self.memory, job.target.portal_host, job.old_hosts)
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
                    self._pending(self._aims_of(address, address, page.pending), True, "a")
                    self._pending(self._aims_of(address, address, page.pictures), True, "img")
            await self._drain()
            for address, page in self.memory.pages.items():
                if page.walked and page.refs is None and self._is_suspect(address, page):
                    self._queues["again"].put_nowait(address)
            await self._drain()

    async def _drain(self) -> None:
        handlers = {"portal": self._ask, "outside": self._look, "again": self._ask_again}
        workers = [
            asyncio.create_task(self._work(queue, handlers[name]))
            for name, queue in self._queues.items()
            for _number in range(OUTSIDE if name == "outside" else CONCURRENCY)
        ]
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
        for queue in self._queues.values():  # the first fills the second; the third is filled when both are done
            await queue.join()

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
            seen = self._judged(seen, text, page.links)
        elif 300 <= answer.status < 400 and answer.location:
            seen = seen._replace(location=_plain(answer.location))
            self._follow(seen.location)
        elif answer.status == 200 and PROMPT.search(_script(answer)):
            seen = seen._replace(sign=PROMPTS)
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
        """The hot loop: a page has hundreds of links, and most are known to be sound or asked for already. So only
        their spellings are looked at; which of them is a broken one's is found when the page is read again.
        """
        found = self.job.read(text)
        base = _base(address, found.base)
        hrefs = {link.href for link in found.links if link.context in _SURE}
        shown = {link.href for link in found.links if link.context in PICTURES}
        fixed = self._portal.is_portal(base)
        others = self._aims_of(address, base, (hrefs - shown - self._sound) if fixed else hrefs - shown)
        pictures = self._aims_of(address, base, (shown - self._pictures) if fixed else shown)
        outside_aims = [aim for aim in (*others.values(), *pictures.values()) if aim.where == "outside"]
        prompts, scripts = True, []
        if any(not is_official(host_of(aim.address)) for aim in outside_aims):
            prompts = PROMPT.search(text) is not None
            scripts = [] if prompts else self._scripts(address, base, found.links)
        return PageRead(
            True,
            title_of(text),
            anchors_of(text),
            len(hrefs),
            len(outside_aims),
            prompts,
            tuple(scripts),
            self._pending(others, fixed, "a"),
            self._pending(pictures, fixed, "img"),
        )

    def _aims_of(self, address: str, base: str, hrefs: Iterable[str]) -> dict[str, Aim]:
        return {href: aim for href in hrefs if (aim := self._aim(address, base, href))}

    def _pending(self, aims: Mapping[str, Aim], fixed: bool, context: str) -> tuple[str, ...]:
        """Queue what is not known yet; return the spellings of all that is not known to be sound."""
        pending = []
        sound = self._pictures if context in PICTURES else self._sound
        for href, aim in aims.items():
            everywhere = fixed and href.startswith(_FIXED)
            if aim.where == "portal" and not aim.fragment:
                seen = self.memory.seen.get(aim.address)
                if seen and opens(seen) and not wrong_kind(Ref(context, aim.address), seen):
                    if everywhere:
                        sound.add(href)
                    continue
            if not aim.code:
                self._enqueue(aim.address)
            pending.append(href if everywhere or aim.code else _spelled(aim))
        return tuple(pending)

    def _aim(self, address: str, base: str, href: str) -> Aim | None:
        """Return where a link on a page leads; None where there is nothing to check."""
        everywhere = href.startswith(_FIXED)
        if everywhere and href in self._aims:
            return self._aims[href]
        aim = self._aimed(address, base, href)
        if everywhere and self._portal.is_portal(base):
            self._aims[href] = aim
        return aim

    def _aimed(self, address: str, base: str, href: str) -> Aim | None:
        path, mark, fragment = href.strip().partition("#")
        target = _resolved(base, path) if path else address
        if target is None:
            code = "own-disk" if _DISK.match(path) else "no-address" if _WEB.match(path) else ""
            return Aim(href.strip()[:200], "", "", code) if code else None
        if not self._is_wanted(target) or (mark and fragment in ("", "top") and target == address):
            return None
        if self._portal.is_portal(target):
            return Aim(target, fragment, "portal")
        return Aim(target, fragment, "old" if host_of(target) in self._old_hosts else "outside")

    def _is_wanted(self, address: str) -> bool:
        job = self.job
        if job.exclude and any(_fits(glob, address, self._portal) for glob in job.exclude):
            return False
        return not job.include or any(_fits(glob, address, self._portal) for glob in job.include)

    def _scripts(self, address: str, base: str, links: Sequence[Named]) -> list[str]:
        aims = [self._aim(address, base, link.href) for link in links if link.context == "script"]
        scripts = [aim.address for aim in aims if aim and aim.where == "portal"]
        for script in scripts:
            self._enqueue(script)
        return scripts

    # reading a page again

    def _is_suspect(self, address: str, page: PageRead) -> bool:
        """Say whether one of a page's links may be broken, now that all addresses were asked for."""
        return any(self._may_be_broken(address, page, href, "a", self._sound) for href in page.pending) or any(
            self._may_be_broken(address, page, href, "img", self._pictures) for href in page.pictures
        )

    def _may_be_broken(self, address: str, page: PageRead, href: str, context: str, sound: set[str]) -> bool:
        if href in sound or (aim := self._aim(address, address, href)) is None:
            return False
        if aim.code or (aim.where == "outside" and is_bare(host_of(aim.address))):
            return True
        if self._judge.verdict(page, Ref(context, aim.address, aim.fragment)).code:
            return True
        if aim.where == "portal" and href.startswith(_FIXED):
            sound.add(href)
        return False

    async def _ask_again(self, address: str) -> None:
        page = self.memory.pages[address]
        answer = await self._portal.ask(address)
        there = answer.status == 200
        refs = self._refs(address, page, answer.text) if there else self._nameless(address, page)
        self.memory.add(address, self.memory.seen[address], page._replace(refs=refs))

    def _refs(self, address: str, page: PageRead, text: str) -> tuple[Ref, ...]:
        """Return the broken links of a page, each once, with their texts."""
        found = self.job.read(text)
        base = _base(address, found.base)
        refs: dict[Ref, str] = {}
        for link in found.links:
            if link.context not in _SURE or (aim := self._aim(address, base, link.href)) is None:
                continue
            ref = Ref(link.context, aim.address, aim.fragment, "", aim.code)
            if ref not in refs and self._judge.verdict(page, ref).code and found.is_written(link):
                refs[ref] = found.text(link)
        return tuple(ref._replace(text=text) for ref, text in refs.items())

    def _nameless(self, address: str, page: PageRead) -> tuple[Ref, ...]:
        """Return what is known of the broken links of a page that could not be read a second time."""
        spelled = [*(("a", href) for href in page.pending), *(("img", href) for href in page.pictures)]
        aims = ((context, self._aim(address, address, href)) for context, href in spelled)
        refs = [Ref(context, aim.address, aim.fragment, "", aim.code) for context, aim in aims if aim]
        return tuple(ref for ref in refs if self._judge.verdict(page, ref).code)


def _base(address: str, href: str) -> str:
    return (resolve(address, href) if href else None) or address


def _spelled(aim: Aim) -> str:
    return f"{aim.address}#{aim.fragment}" if aim.fragment else aim.address


def address_of(target: PortalTarget, page: PortalPage) -> str:
    """Return a page's absolute address on the portal."""
    parts = urlsplit(page.url)
    query = f"?{parts.query}" if parts.query else ""
    return ascii_url(f"http://{target.portal_host}{parts.path or '/'}{query}")


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
    names = set()
    for spelled in (*_IDS, *_NAMES):
        at = text.find(spelled)
        while at >= 0:
            end = at + len(spelled)
            if (found := _VALUE.match(text, end - 1)) and _is_attribute(text, at, of_links=spelled in _NAMES):
                names.add(unescape(found[1] or found[2] or found[3] or ""))
            at = text.find(spelled, end)
    return tuple(sorted(names - {""}))


def _is_attribute(text: str, at: int, *, of_links: bool) -> bool:
    """Say whether an attribute of its own begins at `at`; `of_links`: of `<a>`, nothing else is found by its name."""
    if not (text[at - 1].isspace() or text[at - 1] in "\"'/"):
        return False
    if not of_links:
        return True
    opening = text.rfind("<", 0, at)
    return text[opening + 1 : opening + 3].lower().rstrip() == "a"


def likeness(text: str) -> str:
    """Return what a page says but for addresses, numbers and dates: its Chinese, or all but its digits."""
    chinese = text.encode("utf-8", "replace").translate(None, _ASCII)
    return chinese.decode() if len(chinese) >= _ENOUGH else re.sub(r"\d|https?://\S+|/[\w./-]+", "", text)
