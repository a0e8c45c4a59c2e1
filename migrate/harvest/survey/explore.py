"""From the home page down the menus: lists first, then some articles of each column."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from migrate.families import GENERIC, Families
from migrate.harvest.reading import Named
from migrate.harvest.survey.addresses import list_key, number_in, own_key, same_list
from migrate.harvest.survey.sample import Sampler
from migrate.harvest.survey.types import Visit
from migrate.harvest.survey.words import is_more, is_name
from migrate.records import Kind, Listing
from migrate.urls import UrlRules

MAX_LISTS = 110
"""Requests for lists and landing pages."""

MAX_ARTICLES = 50
"""Requests for articles, single pages included."""

MAX_LEVELS = 3
"""Clicks from the home page down to a list."""

RESERVED = 30
"""Requests kept for the probes."""

_SINGLE_NAME = 8
"""Characters of the name of a single page; what is longer is an article's title."""
_QUESTIONS = 40
"""Columns that the script of one page is asked for."""
_SINGLES = 15
"""Single pages asked for."""
_OFTEN = 0.5
"""Share of the pages read that name an address of the menu."""
_COMMON = 0.3
"""Share of the lists that show a line of a side bar."""
_DATED = 3
_SAMPLES = 2
"""Articles read of each column."""
_BY_SCRIPT = frozenset({"code", "option"})
_NO_MENU = frozenset({"img", "script", "css", "link", "pager"})
"""Where links stand that lead to no column, or to further pages of one."""


@dataclass(slots=True)
class Node:
    """A page that the menus lead to: a list, a landing page, or a column's only page."""

    visit: Visit
    text: str
    """Of the link that led there; empty where it says no name."""
    parent: "Node | None" = None
    answers: list[Visit] = field(default_factory=list)
    """What a script would have asked the server for, where the page itself lists nothing."""

    @property
    def answered(self) -> bool:
        """Whether it is a column that only an answer to a script told of."""
        return self.parent is not None and self.visit is self.parent.visit

    @property
    def url(self) -> str:
        """Return the address of its list."""
        return self.answers[0].url if self.answered else self.visit.url

    @property
    def single(self) -> bool:
        """Whether the menu leads straight to an article."""
        return self.visit.record is not None and self.visit.record.kind is Kind.ARTICLE


class Explorer:
    """Finds the columns of one site."""

    def __init__(self, sampler: Sampler, rules: UrlRules, families: Families, home: Visit) -> None:
        self._sampler = sampler
        self._rules = rules
        self._families = families
        self.home = Node(home, "")
        self.nodes: dict[str, Node] = {list_key(home.key): self.home}
        """Address of a list without page number → node, in the order of the menus."""
        self._left: dict[str, tuple[Named, Node]] = {}
        """Address → (link, page that names it) of columns that were not asked for, in the order of the menus."""
        self._failed: dict[str, tuple[Named, Node]] = {}
        """The same of columns whose page did not come when it was asked for."""
        self.rows: dict[str, list[Listing]] = {}
        """Node → its lines, by canonical URL, without those of side bars, which many lists show."""
        self._names: dict[str, str] = {}
        """Address of a list → the first name that a menu gives it: a frame or picture may have led there."""
        self._dialects = {GENERIC}
        self._articles: dict[str, bool] = {}
        self._learn(home)

    @property
    def unseen(self) -> tuple[str, ...]:
        """Return the names of columns that were not asked for."""
        return tuple(link.text for key, (link, _node) in self._left.items() if key not in self.nodes)

    async def lists(self) -> None:
        """Follow the menus down, level by level."""
        level = [self.home]
        for _level in range(MAX_LEVELS):
            wanted = self._candidates(level)
            found = await self._ask(wanted, MAX_LISTS - len(self.nodes))
            level = [node for node in found if not node.single]
        self._forget_titles()
        self._name()
        await self._scripted()
        self.rows = self._all_lines()

    async def rest(self) -> None:
        """Ask for columns that were left out, as far as the requests go that nothing else needs any more."""
        left = {link.url: (link, node) for key, (link, node) in self._left.items() if key not in self.nodes}
        visits = {visit.key: visit for visit in await self._sampler.get_all(left, self._sampler.left)}
        for link, parent in left.values():
            if (visit := visits.get(link.key)) is not None:
                del self._left[list_key(link.key)]
                await self._settle(visit, link, parent)
        self._name()
        self.rows = self._all_lines()

    def menu_alone(self) -> Iterator[tuple[Named, Node]]:
        """Yield the columns that only menus tell of, with the page that names each: by the look of their addresses, or
        because every page names them. What has a short name besides may be an article.
        """
        named = Counter(link.key for visit in self.visited() for link in visit.links)
        often = max(2, _OFTEN * len(self.visited()))
        for key, (link, node) in (self._left | self._failed).items():
            listing = any(self._families.is_listing(name, link.url) for name in self._dialects)
            if key not in self.nodes and (listing or named[link.key] >= often):
                yield link, node

    def _name(self) -> None:
        for key, node in self.nodes.items():
            node.text = node.text or self._names.get(key, "")

    def _candidates(self, level: list[Node]) -> list[tuple[Named, Node]]:
        """Return the links to columns on pages of one level, those with a name first."""
        found: dict[str, tuple[Named, Node]] = {}
        for node in level:
            for link in self.column_links(node.visit):
                key = list_key(link.key)
                if is_name(link.text):
                    self._names.setdefault(key, link.text)
                if key not in self.nodes and (key not in found or not is_name(found[key][0].text)):
                    found[key] = (link, node)
        lists = [item for item in found.values() if not self.is_article(item[0].url)]
        pages = [item for item in found.values() if self.is_article(item[0].url)]
        return sorted(lists, key=lambda item: not is_name(item[0].text)) + pages[:_SINGLES]

    def column_links(self, visit: Visit) -> Iterator[Named]:
        """Yield the links of a page that may lead to a column."""
        lines = visit.record.listings if visit.record else ()
        dated = {own_key(line.url, self._rules) for line in lines if line.published}
        for link in visit.links:
            if not link.own or link.form or link.context in _NO_MENU or link.key in dated:
                continue
            if link.context in _BY_SCRIPT:
                if not self._families.is_listing(GENERIC, link.url):
                    continue
            elif link.text and not is_more(link.text) and not is_name(link.text):
                continue
            if self.is_article(link.url) and not (visit is self.home.visit and is_name(link.text, _SINGLE_NAME)):
                continue
            if self._sampler.may_ask(link.url) and not _is_page_of(visit.key, link.key):
                yield link

    def is_article(self, url: str) -> bool:
        """Say whether an address is an article's in any dialect seen here, and no list's in another."""
        if url not in self._articles:
            others = (name for name in self._families.families if name != GENERIC)
            self._articles[url] = any(self._families.is_detail(name, url) for name in self._dialects) and not any(
                self._families.is_listing(name, url) for name in others
            )
        return self._articles[url]

    async def _ask(self, wanted: list[tuple[Named, Node]], most: int) -> list[Node]:
        by_url = {link.url: (link, node) for link, node in wanted}
        room = min(most, self._sampler.left - RESERVED - MAX_ARTICLES)
        visits = {visit.key: visit for visit in await self._sampler.get_all(by_url, max(room, 0))}
        found: list[Node] = []
        for link, parent in wanted:
            visit = visits.get(link.key)
            if visit is not None:
                found += await self._settle(visit, link, parent)
            elif is_name(link.text) and self._sampler.may_ask(link.url) and link.key not in self._sampler.visits:
                self._left.setdefault(list_key(link.key), (link, parent))
        return found

    async def _settle(self, visit: Visit, link: Named, parent: Node) -> list[Node]:
        if visit.ok:
            return await self._place(visit, link, parent)
        if is_name(link.text) and (visit.error or visit.status >= 500):
            self._failed.setdefault(list_key(link.key), (link, parent))
        return []

    async def _place(self, visit: Visit, link: Named, parent: Node) -> list[Node]:
        """Put a page into the tree; what only leads on is followed."""
        assert visit.record is not None
        reason, _colon, target = visit.record.reason.partition(":")
        if reason == "meta-refresh" and self._sampler.left > RESERVED and self._sampler.may_ask(target):
            visit = await self._sampler.get(urljoin(visit.url, target))
        key = list_key(visit.key)
        if key in self.nodes or not visit.ok or visit.record is None or visit.record.kind is Kind.OTHER:
            return []
        self.nodes[key] = Node(visit, link.text if is_name(link.text) else "", parent)
        self._learn(visit)
        return [self.nodes[key]]

    def _learn(self, visit: Visit) -> None:
        """Take note of the system that a page speaks for: its addresses tell articles from lists."""
        if visit.detection is not None and visit.detection.family not in self._dialects:
            self._dialects.add(visit.detection.family)
            self._articles.clear()

    def _forget_titles(self) -> None:
        """Forget the articles with a short title that only the home page names: single pages are in the menu of all."""
        named = Counter(link.key for visit in self.visited() for link in visit.links)
        often = max(2, _OFTEN * len(self.visited()))
        for key, node in list(self.nodes.items()):
            if node.single and self.is_article(node.visit.url) and named[node.visit.key] < often:
                del self.nodes[key]

    async def _scripted(self) -> None:
        """Ask what a script would ask for, for each list that shows nothing by itself.

        A page whose script asks for several columns becomes one node for each that has a name.
        """
        for node in list(self._lists().values()):
            if self._lines(node):
                continue
            for asked in self._questions(node.visit):
                if self._sampler.left <= RESERVED + MAX_ARTICLES:
                    return
                answer = await self._sampler.answer(asked)
                if answer.column:
                    self.nodes[answer.key] = Node(node.visit, answer.column, node, [answer])
                else:
                    node.answers.append(answer)

    def _questions(self, visit: Visit) -> list[Named]:
        """Return what the script of a page asks the server for first, once for each script that answers."""
        found: dict[str, Named] = {}
        for link in visit.links:
            if link.own and link.context == "pager" and self._sampler.may_ask(link.url):
                found.setdefault(urlsplit(link.url).path, link)
        return list(found.values())[:_QUESTIONS]

    def _lists(self) -> dict[str, Node]:
        return {key: node for key, node in self.nodes.items() if node is not self.home and not node.single}

    def visit(self, url: str) -> Visit | None:
        """Return what a canonical URL said, if it was asked for."""
        return self._sampler.visits.get(url)

    def visited(self) -> list[Visit]:
        """Return all pages that were read."""
        return [visit for visit in self._sampler.visits.values() if visit.ok]

    async def articles(self) -> None:
        """Read some articles of each column: the newest and the oldest line of its first page, in turns."""
        visits = [visit for node in self.nodes.values() for visit in (node.visit, *node.answers)]
        spelled = {link.key: link.url for visit in visits for link in visit.links if link.own}
        rows = {key: [spelled[line.url] for line in lines] for key, lines in self.rows.items()}
        wanted: dict[str, None] = {}
        for turn in range(_SAMPLES):
            for urls in rows.values():
                if urls:
                    wanted[urls[0] if turn % 2 == 0 else urls[-1]] = None
        await self._sampler.get_all(wanted, min(MAX_ARTICLES, self._sampler.left - RESERVED))

    def _all_lines(self) -> dict[str, list[Listing]]:
        lines = {key: self._lines(node) for key, node in self._lists().items()}
        shown = Counter(url for found in lines.values() for url in {line.url for line in found})
        most = max(_DATED, _COMMON * len(lines))
        return {key: [line for line in found if shown[line.url] < most] for key, found in lines.items()}

    def _lines(self, node: Node) -> list[Listing]:
        """Return a list's lines: from the first with a date to the last, else all that may be articles."""
        record = node.visit.record
        assert record is not None
        own = self._own(node.visit)
        columns = {link.key for link in self.column_links(node.visit)}
        lines = [
            Listing(key, line.title, line.published)
            for line in record.listings
            if (key := own_key(line.url, self._rules)) in own and key not in columns
        ]
        dated = [place for place, line in enumerate(lines) if line.published]
        if len(dated) >= _DATED:
            return lines[max(dated[0] - 1, 0) : dated[-1] + 1]
        named = {key: link for key, link in own.items() if self.is_article(link.url)}
        for answer in node.answers:
            named |= {key: link for key, link in self._own(answer).items() if link.context != "pager"}
        listed = {line.url for line in lines}
        return lines + [Listing(key, link.text) for key, link in named.items() if key not in listed]

    def _own(self, visit: Visit) -> dict[str, Named]:
        """Return canonical URL → link, of links to pages of the site."""
        return {
            link.key: link for link in visit.links if link.own and not link.form and self._sampler.may_ask(link.url)
        }


def _is_page_of(key: str, other: str) -> bool:
    """Say whether an address is a further page of a list."""
    return key != other and number_in(other) > 0 and same_list(key, other)
