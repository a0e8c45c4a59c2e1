"""Small experiments on the old server: is this the same address, does that parameter matter, what of a missing page?"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from migrate.harvest.survey.explore import Explorer
from migrate.harvest.survey.sample import Sampler
from migrate.harvest.survey.types import Parameter, Trap, Visit
from migrate.i18n import _
from migrate.records import Kind
from migrate.urls import DEFAULT_DOCUMENTS, PAGE_PARAMETERS

MISSING = "/shangyi-asks-for-a-page-that-is-not-here.html"
"""Nobody has such a page; it says in the server's log who asked."""

_FOLLOWED = frozenset({"a", "area", "frame", "iframe", "option", "pager"})
"""Where links stand that visitors follow: what scripts and counters ask for tells no pages apart."""

_CASES = 2
_PARAMETERS = 12
_CALENDARS = 3
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?=[-/_.]?\d{0,2}(?:\D|$)|\d{4}(?:\D|$))")
_FAR = "2099"
_FAR_YEARS = re.compile(r"(?<!\d)(?:2099|2100)")
_DATED_PATH = re.compile(r"/(?:19|20)\d{2}[-/]?\d{1,2}(?:[-/]?\d{1,2})?/?$")
_DATE_NAMES = frozenset("year date y ym ymd nian riqi rq month day".split())


class Case(NamedTuple):
    """Whether the server tells upper and lower case apart; None where no page could tell."""

    sensitive: bool | None
    evidence: str


class Probes:
    """The experiments of one survey. Each asks for few pages, and none without a budget."""

    def __init__(self, sampler: Sampler, explorer: Explorer, home: Visit) -> None:
        self._sampler = sampler
        self._explorer = explorer
        self._home = home

    async def _ask(self, url: str) -> Visit | None:
        if self._sampler.left < 1 or not self._sampler.may_ask(url):
            return None
        return await self._sampler.get(url)

    async def case(self) -> Case:
        """Ask for some pages in the other case."""
        for visit in self._lettered():
            parts = urlsplit(visit.url)
            other = urlunsplit(parts._replace(path=parts.path.swapcase()))
            answer = await self._ask(other)
            if answer is None or answer.status >= 500 or answer.status == 0:
                continue
            if same(visit, answer):
                return Case(False, _("{url} answers as {other}").format(url=other, other=visit.url))
            return Case(True, _("{url} is not {other}").format(url=other, other=visit.url))
        return Case(None, "")

    def _lettered(self) -> Iterator[Visit]:
        pages = [visit for visit in self._explorer.visited() if re.search("[a-zA-Z]", urlsplit(visit.url).path)]
        # One file and one script: a server may treat them differently, a file system shows at once.
        pages.sort(key=lambda visit: ("?" in visit.url, visit.record is None or visit.record.kind is not Kind.ARTICLE))
        yield from pages[:_CASES]

    async def default_documents(self) -> tuple[str, ...]:
        """Return the file names that links use and that are their folder."""
        named = Counter(
            name.lower()
            for visit in self._explorer.visited()
            for link in visit.links
            if link.own and (name := urlsplit(link.url).path.rpartition("/")[2]).lower() in DEFAULT_DOCUMENTS
        )
        found = []
        for name, _links in named.most_common(3):
            folder = await self._ask(urljoin(self._home.url, "/"))
            document = await self._ask(urljoin(self._home.url, f"/{name}"))
            if folder and document and same(folder, document):
                found.append(name)
        return tuple(found)

    async def missing_page(self) -> Trap | None:
        """Return what the server does with an address that it can't have; None where it answers 404 as it should."""
        visit = await self._ask(urljoin(self._home.url, MISSING))
        if visit is None or visit.status in (0, 404, 410):
            return None
        if visit.status == 200:
            told = visit.record is not None and visit.record.reason == "error-page"
            note = (
                _("Missing pages answer with status 200; they are known by their words.")
                if told
                else _("Missing pages answer with status 200 and look like others: dead links will pass for pages.")
            )
            return Trap("soft-404", visit.url, note)
        note = _("Missing pages answer with status {status}.").format(status=visit.status)
        return Trap("soft-404", visit.url, note)

    async def parameters(self) -> tuple[Parameter, ...]:
        """Return the query parameters that links use: which tell pages apart, and which are noise."""
        found: dict[str, Parameter] = {}
        tried = 0
        for name, url in self._with_parameter():
            if name not in found or not found[name].matters:
                tried += 1
                found[name] = await self._parameter(name, url if tried <= _PARAMETERS else "")
        return tuple(found[name] for name in sorted(found))

    def _with_parameter(self) -> Iterator[tuple[str, str]]:
        """Yield (parameter, an address that has it), for each script; those of pages already read first."""
        links = [
            link.url
            for visit in self._explorer.visited()
            for link in visit.links
            if link.own and not link.form and link.context in _FOLLOWED
        ]
        urls = [visit.url for visit in self._explorer.visited()] + links
        seen: set[tuple[str, str]] = set()
        for url in urls:
            parts = urlsplit(url)
            for name, _value in parse_qsl(parts.query):
                if (parts.path.lower(), name.lower()) not in seen and self._sampler.may_ask(url):
                    seen.add((parts.path.lower(), name.lower()))
                    yield name.lower(), url

    async def _parameter(self, name: str, url: str) -> Parameter:
        if name in PAGE_PARAMETERS:
            return Parameter(name, True, _("numbers the pages of lists"))
        if not url:
            return Parameter(name, True, _("not tried: there are too many"))
        parts = urlsplit(url)
        rest = "&".join(part for part in parts.query.split("&") if part.partition("=")[0].lower() != name)
        bare = urlunsplit(parts._replace(query=rest))
        whole = await self._ask(url)
        answer = await self._ask(bare) if whole is not None and whole.said else None
        if whole is None or answer is None:
            return Parameter(name, True, _("not tried: {url}").format(url=url))
        if same(whole, answer):
            return Parameter(name, False, _("{url} answers the same without it").format(url=url))
        return Parameter(name, True, _("{url} is another page without it").format(url=url))

    async def calendars(self) -> list[Trap]:
        """Return calendars without an end: pages that in 2099, too, lead on to further months."""
        found: list[Trap] = []
        tried: set[str] = set()
        nodes = self._explorer.nodes
        columns = {urlsplit(nodes[key].visit.url).path for key, lines in self._explorer.rows.items() if lines}
        for url in self._dated_links():
            group = _DIGITS.sub("", url)
            if group in tried or len(tried) >= _CALENDARS:
                continue
            tried.add(group)
            visit = await self._ask(_YEAR.sub(_FAR, url))
            if visit is None or visit.status != 200:
                continue
            if any(_DIGITS.sub("", link.url) == group and _FAR_YEARS.search(link.url) for link in visit.links):
                path = urlsplit(url).path
                folder = _YEAR.split(path)[0]
                exclude = "" if path in columns else path if folder == path else f"{folder}**"
                note = _("A calendar without an end: each month leads on to the next.")
                found.append(Trap("calendar", url, note, exclude))
        return found

    def _dated_links(self) -> Iterator[str]:
        """Yield addresses that say a year as scripts for calendars do: as a parameter, or as the end of the path."""
        for visit in self._explorer.visited():
            for link in visit.links:
                if not link.own or link.form or self._explorer.is_article(link.url):
                    continue
                parts = urlsplit(link.url)
                if any(
                    _YEAR.match(value) and name.lower() in _DATE_NAMES for name, value in parse_qsl(parts.query)
                ) or _DATED_PATH.search(parts.path):
                    yield link.url


def same(one: Visit, other: Visit) -> bool:
    """Say whether two answers are one page: byte for byte, or in title, text and lines."""
    if one.status != 200 or other.status != 200:
        return False
    if one.digest == other.digest:
        return True
    return bool(one.said) and one.said == other.said
