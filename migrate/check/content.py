"""Did each article arrive whole? The old body and the served page, both read by html2text, character for character.

**Kept share.** Both texts lose white space and Markdown's own marks. The old text is walked along; a run of four
characters that the new text also has (each occurrence used up once) keeps its four characters. The share is kept
characters of all characters, in percent; runs that were not kept are the missing passages. So line breaks, moved
paragraphs and additions cost nothing, and a lost sentence costs its length.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
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
        kept = _("{percent:.1f} % of the text kept").format(percent=percent)
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
    names = "".join(page.texts(_FILE_LINKS))  # files named at the foot of the old text may now be listed below it
    kept = kept_share(plain_text(content.body), plain_text(body) + squeeze(names))
    problems = []
    if kept.percent < LEAST_KEPT:
        passages = " … ".join(f"“{passage}”" for passage in kept.missing)
        problems.append(_("missing: {passages}").format(passages=passages))
    problems += _missing_files(page, Page(body), files)
    problems += _changed_fields(content, page)
    return kept.percent, problems


def plain_text(html: str) -> str:
    """Return a body as html2text reads it, without white space, links, images and Markdown's marks."""
    reader = html2text.HTML2Text(bodywidth=0)
    reader.unicode_snob = True
    reader.ignore_links = reader.ignore_images = reader.ignore_emphasis = reader.ignore_tables = True
    return "".join(char for char in squeeze(reader.handle(html)) if char not in _MARKS)


def kept_share(old: str, new: str) -> Kept:
    """Return how much of the old text the new one has, as this module's description defines it."""
    if not old:
        return Kept(100.0, ())
    size = min(RUN, len(old))
    there = Counter(new[start : start + size] for start in range(len(new) - size + 1))
    kept = bytearray(len(old))
    for start in range(len(old) - size + 1):
        run = old[start : start + size]
        if there[run] > 0:
            there[run] -= 1
            kept[start : start + size] = b"\1" * size
    return Kept(100.0 * sum(kept) / len(old), _passages(old, kept))


def _passages(old: str, kept: bytearray) -> tuple[str, ...]:
    passages = []
    for was_kept, places in groupby(range(len(old)), key=kept.__getitem__):
        if not was_kept:
            run = list(places)
            passages.append(old[run[0] : run[-1] + 1][:PASSAGE_SHOWN])
    return tuple(passages[:MOST_PASSAGES])


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
