"""Did each article arrive whole? The old body and the served page, both read by html2text, character for character.

**Kept share.** Both texts are cut into sentences (at 。！？；, line ends, table cells), without white space and
Markdown's own marks. Sentences that both have are paired off. The rest of the old text is walked along: a run of four
characters that the rest of the new text also has, each occurrence used up once, keeps its four characters; a piece
shorter than that is kept where the rest has it anywhere. The share is kept characters of all characters, in percent;
runs that were not kept are the missing passages. So line breaks, moved paragraphs and additions cost nothing or next
to nothing, and a lost sentence costs its length.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import html2text

from migrate.check.pages import Page, squeeze
from migrate.check.portal import Answer, CheckResult, Portal, PortalTarget, ask_each
from migrate.i18n import _
from migrate.records import Content, Entry

LEAST_KEPT = 99.0
"""Percent of the text below which an article is a finding."""
RUN = 4
MOST_PASSAGES = 3
PASSAGE_SHOWN = 60

_MARKS = frozenset("#*_|\\`>+-~[]()!.=")
_ENDS = re.compile(r"[\n|]|(?<=[。！？；!?;])")
_FILE_LINKS = 'a[href*="/documents/"], a[href*="/media/"]'


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of an old text is in a new one."""

    percent: float
    missing: tuple[str, ...]
    """At most three passages, each at most 60 characters."""


def check_content(
    target: PortalTarget, entries: Iterable[Entry], files_expected: Callable[[Content], tuple[int, int]]
) -> Iterator[CheckResult]:
    """Yield one result for each entry: moved articles that are published, reached by way of their old address.

    `files_expected` returns how many (attachments, images) of the content the old site could still give; the page must
    hold as many. Title and publication time must be the old ones. Raises ShangyiError where no portal answers.
    """

    async def judge(portal: Portal, entry: Entry) -> CheckResult:
        answer = await _served(portal, entry)
        if answer.status != 200:
            problems = [_("the page can't be read: {answer}").format(answer=answer)]
            return CheckResult(entry.key, False, problems[0])
        assert entry.content is not None
        page = Page(answer.text)
        percent, problems = compare(entry.content, page, files_expected(entry.content))
        kept = _("{percent} of the text kept").format(percent=f"{percent:.1f} %")
        return CheckResult(entry.key, not problems, "; ".join([kept, *problems]))

    return ask_each(target, entries, judge)


async def _served(portal: Portal, entry: Entry) -> Answer:
    """Return the page that the old address leads to, going the way a visitor goes."""
    answer = await portal.ask(entry.url)
    if answer.status in (301, 302) and portal.is_portal(answer.location):
        return await portal.ask(answer.location)
    return answer if answer.problem or answer.status != 200 else Answer(answer.url, 0, problem=_("no redirect"))


def compare(content: Content, page: Page, files: tuple[int, int]) -> tuple[float, list[str]]:
    """Return (percent of the text kept, what is wrong) of one served page against the old content."""
    body = page.body_html()
    if body is None:
        return 0.0, [_("the page marks no body")]
    listed = page.texts(_FILE_LINKS)  # files named at the foot of the old text may now be listed below it
    kept = kept_share(sentences(content.body), [*sentences(body), *map(_bare, listed)])
    problems = []
    if kept.percent < LEAST_KEPT:
        passages = " … ".join(f"“{passage}”" for passage in kept.missing)
        problems.append(_("missing: {passages}").format(passages=passages))
    problems += _missing_files(page, Page(body), files)
    problems += _changed_fields(content, page)
    return kept.percent, problems


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


def _missing_files(page: Page, body: Page, files: tuple[int, int]) -> Iterator[str]:
    attachments, images = files
    has_files, has_images = page.count(_FILE_LINKS), body.count("img[src]")
    if has_files < attachments:
        yield _("{has} of {of} attachments").format(has=has_files, of=attachments)
    if has_images < images:
        yield _("{has} of {of} images").format(has=has_images, of=images)


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
