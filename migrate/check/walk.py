"""Walks the site's part of the portal: each page is read once, each address asked for once, however many name it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from migrate import answers
from migrate.check import outside
from migrate.check.aims import Aim, Aims, Spellings, base_of, is_fixed
from migrate.check.asking import Asker, Found, is_no_page
from migrate.check.gist import SURE, Gist, likeness
from migrate.check.helper import MANY, Helper
from migrate.check.job import LinkJob, PortalPage, address_of
from migrate.check.kept import Kept
from migrate.check.memory import Memory, PageRead, Ref, Seen
from migrate.check.portal import OpenPortal, Portal
from migrate.check.verdicts import PROMPTS, Judge, is_bare, is_official
from migrate.http import Client
from migrate.urls import ascii_url, host_of

OUTSIDE = 32
"""Other sites asked at once, each at its own pace."""
AHEAD = 2
"""Questions that the helper is given, for each that may be under way: it shall never have to wait for one."""
MOST_FURTHER = 10_000
"""Pages under the site's path that nobody named beforehand (pages of lists): more are a trap, not a site."""

MADE_UP = "shangyi-no-such-page"
"""Stands in the address that is made up: whoever reads the server's log shall know whence it came."""


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
    _links: "Spellings" = field(default_factory=lambda: Spellings("a"))
    _pictures: "Spellings" = field(default_factory=lambda: Spellings("img"))
    _aims: Aims = field(init=False)
    _judge: Judge = field(init=False)
    _asker: Asker = field(init=False)
    _helper: Helper | None = None
    _kept: Kept = field(init=False)

    async def run(self, pages: Iterable[PortalPage]) -> None:
        """Ask for all pages and all that they name. Raises ShangyiError where the portal does not answer."""
        job = self.job
        self._old_hosts = frozenset(host.lower() for host in job.old_hosts)
        self.listed = frozenset(address_of(job.target, page) for page in pages)
        self._queues = {name: asyncio.Queue() for name in ("portal", "outside", "again")}
        self._judge = Judge(self.memory, job.target.portal_host, job.old_hosts)
        options = outside.options(job.external_rate, dict(job.target.resolve), job.target.backoff)
        async with OpenPortal(job.target, job.concurrency) as self._portal, Client(options) as self._others:
            with Kept(self.memory.folder) as self._kept:
                await self._walk()

    async def _walk(self) -> None:
        """Ask and read until nothing is left."""
        self._aims = Aims(self.job, self._portal)
        await self._probe()
        self._asked.update(self.memory.seen)
        for address in sorted(self.listed):
            self._enqueue(address)
        for address, page in list(self.memory.pages.items()):  # of an interrupted walk
            if page.walked:
                self._count(address)
                self._wait_again(address, page)
        self._asker = Asker(self._portal, self.job.read, bool(self.nonsense))
        async with self._helped(len(self.listed) - len(self.memory.pages)):
            await self._drain()
        for address, page in self.memory.pages.items():
            if page.walked and page.refs is None and self._is_suspect(address, page):
                self._queues["again"].put_nowait(address)
        await self._drain()

    @asynccontextmanager
    async def _helped(self, pages: int) -> AsyncIterator[None]:
        """Have most questions asked by another process if there are enough to be worth it, and the portal is asked
        as fast as it answers: two would not keep one pace.
        """
        job = self.job
        if job.helper and pages >= MANY and not job.target.rate:
            self._helper = await Helper.start(job.helper)
            self._helper.set_to_work(job.target, self._helped_with, alike=bool(self.nonsense))
        try:
            yield
        finally:
            if self._helper is not None:
                await self._helper.close()
                self._helper = None

    @property
    def _helped_with(self) -> int:
        """How many questions the helper has under way: fewer are left to who also gathers what comes of all."""
        return self.job.concurrency * 3 // 4

    async def _probe(self) -> None:
        """Ask for what nobody ever made: a portal that answers 200 to that says so of every dead link."""
        probe = await self._portal.ask(f"http://{self.job.target.portal_host}{self.job.scope or '/'}{MADE_UP}/")
        self.nonsense = likeness(probe.text) if probe.status == 200 else ""

    async def _drain(self) -> None:
        concurrency = self.job.concurrency
        helped = self._helper is not None
        handlers = (
            ("portal", self._ask, concurrency - self._helped_with if helped else concurrency),
            ("portal", self._have_asked, AHEAD * concurrency if helped else 0),
            ("outside", self._look, OUTSIDE),
            ("again", self._ask_again, concurrency),
        )
        workers = [
            asyncio.create_task(self._work(self._queues[name], handler))
            for name, handler, count in handlers
            for _number in range(count)
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
        self._take(address, await self._asker.ask(address, listed=address in self.listed))

    async def _have_asked(self, address: str) -> None:
        found = None
        if self._helper is not None:
            with suppress(OSError):  # it was ended by somebody: then all is asked for here
                found = await self._helper.ask(address, listed=address in self.listed)
        self._take(address, found or await self._asker.ask(address, listed=address in self.listed))

    def _take(self, address: str, found: Found) -> None:
        seen = Seen(found.status, found.error, "", found.media_type)
        page = None
        if (said := found.gist) is not None:
            ours = self._is_ours(address)
            page = self._read(address, said) if ours else PageRead(False, said.title, said.anchors)
            seen = self._judged(seen, said)
        elif 300 <= found.status < 400 and found.location:
            seen = seen._replace(location=_plain(found.location))
            self._follow(seen.location)
        elif found.prompts:
            seen = seen._replace(sign=PROMPTS)
        self.memory.add(address, seen, page)
        if page is not None and (page.pending or page.pictures):
            self._kept.add(address, found.body, found.content_type)
        self._links.settle(address, seen)
        self._pictures.settle(address, seen)
        if page is not None and page.walked:
            self._count(address)

    def _count(self, address: str) -> None:
        self._pages.add(address)
        self._done += 1
        self.tell(self._done, len(self._pages))

    async def _look(self, address: str) -> None:
        self.memory.add(address, await outside.look(self._others, address, page=not is_no_page(address)))

    def _follow(self, location: str) -> None:
        if host_of(location):
            self._enqueue(location)

    def _judged(self, seen: Seen, said: Gist) -> Seen:
        if self.nonsense and said.likeness == self.nonsense:
            return seen._replace(sign=answers.SOFT_404, what=said.title)
        return seen._replace(sign=said.sign, what=said.what)

    # reading a page

    def _read(self, address: str, said: Gist) -> PageRead:
        """The hot loop: a page has hundreds of links, and most are known to be sound or asked for already. So only
        their spellings are looked at; which of them is a broken one's is found when the page is read again.
        """
        base = base_of(address, said.base)
        hrefs, shown = set(said.hrefs), set(said.pictures)
        outside_aims: list[Aim] = []
        pending = self._pending(address, base, hrefs - shown, self._links, outside_aims)
        pictures = self._pending(address, base, shown, self._pictures, outside_aims)
        strange = any(not is_official(host_of(aim.address)) for aim in outside_aims)
        scripts = self._scripts(address, base, said.scripts) if strange else []
        return PageRead(
            walked=True,
            title=said.title,
            anchors=said.anchors,
            links=len(hrefs),
            external=len(outside_aims),
            prompts=said.prompts or not strange,
            scripts=tuple(scripts),
            pending=pending,
            pictures=pictures,
        )

    def _pending(
        self, address: str, base: str, hrefs: set[str], known: "Spellings", outside_aims: list[Aim]
    ) -> tuple[str, ...]:
        """Queue what is new; return the spellings of all that is not known to be sound. Adds the aims at other sites to
        `outside_aims`.
        """
        fixed = self._portal.is_portal(base)
        fresh = hrefs - known.sound if fixed else hrefs
        waiting = fresh & known.waiting if fixed else set()
        pending = list(waiting)
        for href in fresh - waiting:
            aim = self._aims.of(address, base, href)
            if aim is None:
                continue
            everywhere = fixed and is_fixed(href)
            if aim.where == "portal" and not aim.fragment:
                seen = self.memory.seen.get(aim.address)
                if everywhere:
                    known.add(href, aim.address, seen)
                if seen and known.are_sound(aim.address, seen):
                    continue
            elif aim.where == "outside":
                outside_aims.append(aim)
            if not aim.code:
                self._enqueue(aim.address)
            pending.append(href if everywhere or aim.code else _spelled(aim))
        return tuple(pending)

    def _wait_again(self, address: str, page: PageRead) -> None:
        """Queue what a page that was read before an interruption waits for."""
        self._pending(address, address, set(page.pending), self._links, [])
        self._pending(address, address, set(page.pictures), self._pictures, [])

    def _scripts(self, address: str, base: str, hrefs: Iterable[str]) -> list[str]:
        aims = [self._aims.of(address, base, href) for href in hrefs]
        scripts = [aim.address for aim in aims if aim and aim.where == "portal"]
        for script in scripts:
            self._enqueue(script)
        return scripts

    # reading a page again

    def _is_suspect(self, address: str, page: PageRead) -> bool:
        """Say whether one of a page's links may be broken, now that all addresses were asked for."""
        spelled = ((self._links, page.pending), (self._pictures, page.pictures))
        return any(
            href not in known.sound and self._may_be_broken(address, page, href, known)
            for known, hrefs in spelled
            for href in hrefs
        )

    def _may_be_broken(self, address: str, page: PageRead, href: str, known: "Spellings") -> bool:
        if (aim := self._aims.of(address, address, href)) is None:
            return False
        if aim.code or (aim.where == "outside" and is_bare(host_of(aim.address))):
            return True
        if self._judge.verdict(page, Ref(known.context, aim.address, aim.fragment)).code:
            return True
        if aim.where == "portal" and is_fixed(href):
            known.sound.add(href)
        return False

    async def _ask_again(self, address: str) -> None:
        """Read a page again: it is asked for a second time only where it was not kept, as after an interruption."""
        page = self.memory.pages[address]
        text = self._kept.text(address)
        if text is None:
            answer = await self._portal.ask(address)
            text = answer.text if answer.status == 200 else None
        refs = self._nameless(address, page) if text is None else self._refs(address, page, text)
        self.memory.add(address, self.memory.seen[address], page._replace(refs=refs))

    def _refs(self, address: str, page: PageRead, text: str) -> tuple[Ref, ...]:
        """Return the broken links of a page, each once, with their texts."""
        found = self.job.read(text)
        base = base_of(address, found.base)
        refs: dict[Ref, str] = {}
        for link in found.links:
            if link.context not in SURE or (aim := self._aims.of(address, base, link.href)) is None:
                continue
            ref = Ref(link.context, aim.address, aim.fragment, "", aim.code)
            if ref not in refs and self._judge.verdict(page, ref).code and found.is_written(link):
                refs[ref] = found.text(link)
        return tuple(ref._replace(text=text) for ref, text in refs.items())

    def _nameless(self, address: str, page: PageRead) -> tuple[Ref, ...]:
        """Return what is known of the broken links of a page that could not be read a second time."""
        spelled = [*(("a", href) for href in page.pending), *(("img", href) for href in page.pictures)]
        aims = ((context, self._aims.of(address, address, href)) for context, href in spelled)
        refs = [Ref(context, aim.address, aim.fragment, "", aim.code) for context, aim in aims if aim]
        return tuple(ref for ref in refs if self._judge.verdict(page, ref).code)


def _spelled(aim: Aim) -> str:
    return f"{aim.address}#{aim.fragment}" if aim.fragment else aim.address


def _plain(location: str) -> str:
    try:
        return ascii_url(location.partition("#")[0])
    except ValueError:
        return location
