"""Did each article arrive whole? The old body and the served page, both read by html2text, character for character.

**Kept share.** Both texts are cut into sentences (at 。！？；, line ends, table cells), without white space and
Markdown's own marks. Sentences that both have are paired off. The rest of the old text is walked along: a run of four
characters that the rest of the new text also has, each occurrence used up once, keeps its four characters; a piece
shorter than that is kept where the rest has it anywhere. The share is kept characters of all characters, in percent;
runs that were not kept are the missing passages. So line breaks, moved paragraphs and additions cost nothing or next
to nothing, and a lost sentence costs its length.

**The old page** is compared as it was captured, too: what its body's container said before extraction cleaned it must
be on the new page, in its body or beside it (title, labels, files). So a loss of extraction's is seen, of which the old
body, being extraction's, knows nothing.

**Files** are compared by their bytes: each attachment and picture of the old article that moved must be among what the
new page offers. The portal shows pictures in the size of the page; such a one is known by its name, which begins with
the digest of the picture that it was made from.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from urllib.parse import urljoin, urlsplit

import html2text

from migrate.check.pages import Page, squeeze
from migrate.check.portal import Answer, CheckResult, Portal, PortalTarget, ask_each
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.masking import masked, names_in
from migrate.records import Content, Entry

LEAST_KEPT = 99.0
"""Percent of the text below which an article is a finding."""
RUN = 4
MOST_PASSAGES = 3
PASSAGE_SHOWN = 60
_SHORT = 16
"""Hexadecimal digits by which a picture is known."""

_MARKS = frozenset("#*_|\\`>+-~[]()!.=")
_ENDS = re.compile(r"[\n|]|(?<=[。！？；!?;])")
_FILE_LINKS = 'a[href*="/documents/"], a[href*="/media/"]'
_NAMED = re.compile(r"[0-9a-f]{16,64}(?=\.)")
"""A file name that begins with the digest of its bytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of an old text is in a new one."""

    percent: float
    missing: tuple[str, ...]
    """At most three passages, each at most 60 characters."""


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A file or picture that the new page must offer."""

    name: str
    digests: Callable[[], Iterable[str]]
    """Return `sha256:<hex>` of the captured bytes, as sent and as read: the old server may have compressed them."""


@dataclass(frozen=True, slots=True)
class ExpectedFiles:
    """What of an article's files moved: dead ones and those of other sites can't be there."""

    attachments: tuple[ExpectedFile, ...] = ()
    images: tuple[ExpectedFile, ...] = ()


Captured = Callable[[Entry], Sequence[str]]
"""Return the lines of an entry's old page that stood in its body's container; none where it has none.

Raises ShangyiError where the archive can't be read.
"""


def check_content(
    target: PortalTarget,
    entries: Iterable[Entry],
    files_expected: Callable[[Content], ExpectedFiles],
    captured: Captured = lambda _entry: (),
) -> Iterator[CheckResult]:
    """Yield one result for each entry: moved articles that are published, reached by way of their old address.

    Title and publication time must be the old ones, and the page must offer the files that `files_expected` names.
    Raises ShangyiError where no portal answers.
    """
    shelf = _Shelf()

    async def judge(portal: Portal, entry: Entry) -> CheckResult:
        answer = await _served(portal, entry)
        if isinstance(answer, str):
            problem = _("the page can't be read: {answer}").format(answer=answer)
            return CheckResult(entry.key, False, problem)
        assert entry.content is not None
        page = Page(answer.text)
        percent, problems = compare(entry.content, page)
        try:
            problems += lost_before(captured(entry), page, problems)
        except ShangyiError as error:
            problems.append(error.reason)
        problems += await shelf.missing(portal, answer.url, page, files_expected(entry.content))
        kept = _("{percent} of the text kept").format(percent=f"{percent:.1f} %")
        return CheckResult(entry.key, not problems, "; ".join([kept, *problems]), target=answer.url)

    return ask_each(target, entries, judge)


async def _served(portal: Portal, entry: Entry) -> Answer | str:
    """Return the page that the old address leads to, going the way a visitor goes, or what is in the way."""
    answer = await portal.ask(entry.url)
    if answer.status == 200:
        return _("no redirect")
    if answer.status in (301, 302) and portal.is_portal(answer.location):
        answer = await portal.ask(answer.location)
    return answer if answer.status == 200 else str(answer)


def compare(content: Content, page: Page) -> tuple[float, list[str]]:
    """Return (percent of the text kept, what is wrong) of one served page against the old content."""
    body = page.body_html()
    if body is None:
        return 0.0, [_("the page marks no body")]
    if page.is_masked():
        names = names_in((content.title, content.body))
        content = replace(content, title=masked(content.title, names), body=masked(content.body, names))
    listed = page.texts(_FILE_LINKS)  # files named at the foot of the old text may now be listed below it
    kept = kept_share(sentences(content.body), [*sentences(body), *map(_bare, listed)])
    problems = []
    if kept.percent < LEAST_KEPT:
        passages = " … ".join(f"“{passage}”" for passage in kept.missing)
        problems.append(_("missing: {passages}").format(passages=passages))
    problems += _changed_fields(content, page)
    return kept.percent, problems


def lost_before(captured: Sequence[str], page: Page, told: Sequence[str] = ()) -> list[str]:
    """Return what the old page said as captured and the new one doesn't, but for what was told already."""
    old = [piece for line in captured for piece in map(_bare, _ENDS.split(line)) if piece]
    kept = kept_share(old, [*sentences(page.body_html() or ""), *sentences(page.main_html())])
    passages = [passage for passage in kept.missing if not any(passage in line for line in told)]
    if kept.percent >= LEAST_KEPT or not passages:
        return []
    shown = " … ".join(f"“{passage}”" for passage in passages)
    percent = f"{kept.percent:.1f} %"
    return [
        _("{percent} of the old page as captured; extraction lost: {passages}").format(percent=percent, passages=shown)
    ]


@dataclass(slots=True)
class _Shelf:
    """The files of the portal, each fetched once: address → by what it is known."""

    _known: "dict[str, asyncio.Task[frozenset[str]]]" = field(default_factory=dict)

    async def missing(self, portal: Portal, url: str, page: Page, expected: ExpectedFiles) -> list[str]:
        """Return which files that should be on a page are not, one line a kind."""
        problems = []
        if expected.attachments:
            offered = await self._all(portal, url, page.values(_FILE_LINKS, "href"))
            if names := _not_among(expected.attachments, offered):
                told = _("{has} of {of} attachments; missing: {names}")
                problems.append(_counted(told, expected.attachments, names))
        if expected.images:
            shown = await self._all(portal, url, Page(page.body_html() or "").values("img[src]", "src"))
            if names := _not_among(expected.images, shown):
                problems.append(_counted(_("{has} of {of} images; missing: {names}"), expected.images, names))
        return problems

    async def _all(self, portal: Portal, url: str, hrefs: Iterable[str]) -> frozenset[str]:
        addresses = {urljoin(url, href).partition("#")[0] for href in hrefs}
        found = [await self._marks(portal, address) for address in sorted(addresses) if portal.is_portal(address)]
        return frozenset().union(*found)

    async def _marks(self, portal: Portal, address: str) -> frozenset[str]:
        if address not in self._known:
            self._known[address] = asyncio.ensure_future(_known_by(portal, address))
        return await asyncio.shield(self._known[address])


async def _known_by(portal: Portal, address: str) -> frozenset[str]:
    """Return the digest of what is at an address and, of a picture, the beginning of the digest in its name."""
    answer = await portal.ask(address)
    if answer.status != 200:
        return frozenset()
    name = _NAMED.match(urlsplit(address).path.rpartition("/")[2])
    named = {f"sha256:{name[0][:_SHORT]}"} if name and answer.media_type.startswith("image/") else set()
    return frozenset({answer.digest, *named})


def _not_among(expected: Sequence[ExpectedFile], found: frozenset[str]) -> list[str]:
    return [file.name for file in expected if not any(_is_known(digest, found) for digest in file.digests())]


def _is_known(digest: str, found: frozenset[str]) -> bool:
    return digest in found or digest[: len("sha256:") + _SHORT] in found


def _counted(told: str, expected: Sequence[ExpectedFile], names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_PASSAGES])
    return told.format(has=len(expected) - len(names), of=len(expected), names=shown)


def sentences(html: str) -> list[str]:
    """Return a body as html2text reads it, in sentences, without white space, links, images and Markdown's marks."""
    reader = html2text.HTML2Text(bodywidth=0)
    reader.unicode_snob = True
    reader.ignore_links = reader.ignore_images = reader.ignore_emphasis = True
    return [piece for piece in map(_bare, _ENDS.split(reader.handle(html))) if piece]


def _bare(text: str) -> str:
    return "".join(char for char in squeeze(text) if char not in _MARKS)


def kept_share(old: Sequence[str], new: Sequence[str]) -> Kept:
    """Return how much of the old sentences the new ones have, as this module's description defines it."""
    total = sum(map(len, old))
    unpaired = Counter(old) - Counter(new)
    spare = Counter(new) - Counter(old)
    rest = "".join(_taken(new, spare))
    runs = Counter(rest[start : start + RUN] for start in range(len(rest) - RUN + 1))
    lost, passages = 0, []
    for piece in old:
        if unpaired[piece] > 0:
            unpaired[piece] -= 1
            missing = _missing(piece, rest, runs)
            lost += sum(map(len, missing))
            passages += missing
    shown = tuple(passage[:PASSAGE_SHOWN] for passage in passages[:MOST_PASSAGES])
    return Kept(100.0 * (total - lost) / total if total else 100.0, shown)


def _taken(pieces: Sequence[str], spare: Counter[str]) -> Iterator[str]:
    """Yield the spare pieces in their own order: what was cut otherwise in the old text still joins up."""
    for piece in pieces:
        if spare[piece] > 0:
            spare[piece] -= 1
            yield piece


def _missing(piece: str, rest: str, runs: Counter[str]) -> list[str]:
    """Return the parts of a piece that `rest` lacks; uses up its runs."""
    if len(piece) < RUN:
        return [] if piece in rest else [piece]
    kept = bytearray(len(piece))
    for start in range(len(piece) - RUN + 1):
        run = piece[start : start + RUN]
        if runs[run] > 0:
            runs[run] -= 1
            kept[start : start + RUN] = b"\1" * RUN
    groups = groupby(range(len(piece)), key=kept.__getitem__)
    return ["".join(piece[place] for place in places) for was_kept, places in groups if not was_kept]


def _changed_fields(content: Content, page: Page) -> Iterator[str]:
    title = page.meta("ArticleTitle") or next(iter(page.titles()), "")
    if squeeze(title) != squeeze(content.title):
        yield _("the title has become “{title}”").format(title=title)
    date = page.meta("PubDate").replace("T", " ")
    wanted = content.published.replace("T", " ")[:16]
    if date[: len(wanted)] != wanted or (date and not wanted):
        yield _("the publication time has become {date}, it was {wanted}").format(
            date=date or "—", wanted=wanted or "—"
        )
