"""The manifest of a built site: fields from the description, links from what the pages really say."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape

from migrate.demo import bodies
from migrate.demo.description import ArticleSpec, ColumnSpec, OddSpec
from migrate.demo.files import MEDIA_TYPES
from migrate.demo.pages import policy_head
from migrate.demo.plan import Plan, quote_gbk
from migrate.demo.truth import Answer, Forward, Manifest, TrueArticle, TrueFile, TrueLink, TrueList, fold
from migrate.urls import host_of, resolve

_LINK = re.compile(r"(?:href|src|data-src|action)=\"([^\"]*)\"|url\(([^)]+)\)|;url=([^\"]+)\"", re.IGNORECASE)
_PICTURES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}


def manifest(plan: Plan, answers: Mapping[str, Answer]) -> Manifest:
    """Return what is true of the site that gives these answers."""
    spec = plan.spec
    own = _OwnLinks(plan, answers)
    articles = tuple(_article(plan, answers, own, column, item) for column, item in plan.articles())
    lists = tuple(_lists(plan))
    injected = {*spec.injected.values(), *(url for _c, item in plan.articles() for url in item.injected.values())}
    dead = own.where(lambda target: target not in own.known)
    soft = [i for _c, i in plan.items.values() if isinstance(i, OddSpec) and i.becomes in ("missing-page", "asp-error")]
    return Manifest(
        site=spec.id,
        name=spec.name,
        url=plan.absolute("/"),
        aliases=spec.aliases,
        site_code=spec.site_code,
        articles=articles,
        lists=lists,
        dead_links=dead,
        soft_errors=tuple(own.first(plan.target(item.id)) for item in soft),
        forwards=tuple(_forwards(plan)),
        injected_links=tuple(link for link in own.foreign if link.url in injected),
        foreign_links=tuple(link for link in own.foreign if link.url not in injected),
        disallowed=own.where(lambda target: spec.disallow in target),
        counts=_counts(articles, lists, own, dead, len(soft)),
    )


class _OwnLinks:
    """Every link of every page: on own hosts by folded address, the others as they are."""

    def __init__(self, plan: Plan, answers: Mapping[str, Answer]) -> None:
        self.plan = plan
        self.known = {self.fold(plan.absolute(target)) for target in answers}
        self.found: dict[str, dict[str, str]] = {}
        """Folded address → spelling → first page that has it."""
        foreign: dict[str, str] = {}
        for target, answer in sorted(answers.items()):
            page = plan.absolute(target)
            for url in _links(page, answer):
                if host_of(url) in (plan.spec.host, *plan.spec.aliases):
                    self.found.setdefault(self.fold(url), {}).setdefault(url, page)
                else:
                    foreign.setdefault(url, page)
        self.foreign = tuple(TrueLink(url, page) for url, page in sorted(foreign.items()))

    def fold(self, url: str) -> str:
        """Return the one address behind all spellings and aliases."""
        return fold(self.plan.spec.host, "/" + url.split("/", 3)[3])

    def where(self, wanted: Callable[[str], bool]) -> tuple[TrueLink, ...]:
        """Return one link to each address that is wanted."""
        return tuple(
            TrueLink(*min(spelled.items())) for target, spelled in sorted(self.found.items()) if wanted(target)
        )

    def first(self, target: str) -> TrueLink:
        """Return one link to a target. Raises KeyError if no page has one."""
        return TrueLink(*min(self.found[self.fold(self.plan.absolute(target))].items()))

    def spellings(self, url: str) -> tuple[str, ...]:
        """Return the other URLs by which pages link to an address."""
        return tuple(sorted(set(self.found.get(self.fold(url), {})) - {url}))


def _links(page: str, answer: Answer) -> Iterator[str]:
    kind = answer.headers[0][1] if answer.status == 200 else ""
    if not kind.startswith(("text/html", "text/css")):
        return
    for match in _LINK.finditer(answer.body.decode("gb18030")):
        url = resolve(page, unescape(match[1] or match[2] or match[3] or ""))
        if url is not None:
            yield url


def _article(
    plan: Plan, answers: Mapping[str, Answer], own: _OwnLinks, column: ColumnSpec, item: ArticleSpec
) -> TrueArticle:
    url = plan.absolute(plan.target(item.id))
    meta = column.meta if item.meta is None else item.meta
    label = item.label or column.label
    named = meta or label in ("full", "plain")
    blocks = bodies.parse(item.body)
    spans = bodies.spans(blocks)
    return TrueArticle(
        url=url,
        spellings=own.spellings(url),
        title=item.title,
        published=(item.date if meta or label == "full" else item.date[:10]).replace(" ", "T"),
        source=(column.source if item.source is None else item.source) if named else "",
        author=item.author if named else "",
        document_number=item.head.get("发文字号", ""),
        policy_head=policy_head(item),
        column=plan.column_path(column),
        text=bodies.plain(blocks),
        attachments=tuple(_attachment(plan, answers, span) for span in spans if span.target.startswith("file:")),
        images=tuple(_image(plan, answers, span) for span in spans if span.picture),
        traps=item.traps,
    )


def _attachment(plan: Plan, answers: Mapping[str, Answer], span: bodies.Span) -> TrueFile:
    name = span.target.removeprefix("file:")
    url = plan.absolute(quote_gbk(plan.spec.files[name].path))
    return TrueFile(url, span.text, MEDIA_TYPES[name.rpartition(".")[2]], _digest(answers, url))


def _image(plan: Plan, answers: Mapping[str, Answer], span: bodies.Span) -> TrueFile:
    name = span.target.partition(":")[2]
    url = plan.absolute(plan.spec.pictures[name].path)
    return TrueFile(url, span.text, _PICTURES[name.rpartition(".")[2]], _digest(answers, url))


def _digest(answers: Mapping[str, Answer], url: str) -> str:
    answer = answers.get("/" + url.split("/", 3)[3])
    return f"sha256:{hashlib.sha256(answer.body).hexdigest()}" if answer else ""


def _lists(plan: Plan) -> Iterator[TrueList]:
    for slug, name in plan.spec.sections.items():
        yield TrueList(plan.absolute(f"/{slug}/"), (name,), 0, ())
    for column in plan.spec.columns:
        if column.single:
            continue
        for number, items in enumerate(plan.pages(column), 1):
            listed = tuple(plan.absolute(plan.target(item.id)) for item in items if isinstance(item, ArticleSpec))
            yield TrueList(plan.absolute(plan.list_target(column, number)), plan.column_path(column), number, listed)


def _forwards(plan: Plan) -> Iterator[Forward]:
    for _column, item in plan.items.values():
        if isinstance(item, OddSpec) and item.becomes in ("http", "meta"):
            yield Forward(plan.absolute(plan.target(item.id)), plan.absolute(plan.target(item.to)), item.becomes)


def _counts(
    articles: tuple[TrueArticle, ...],
    lists: tuple[TrueList, ...],
    own: _OwnLinks,
    dead: tuple[TrueLink, ...],
    soft: int,
) -> dict[str, int]:
    counts = {
        "articles": len(articles),
        "lists": len(lists),
        "images": len({image.url for article in articles for image in article.images if image.sha256}),
        "attachments": len({file.url for article in articles for file in article.attachments if file.sha256}),
        "dead_links": len(dead),
        "soft_errors": soft,
        "addresses": len(own.found),
    }
    for article in articles:
        name = f"column:{article.column[-1]}"
        counts[name] = counts.get(name, 0) + 1
    return counts
