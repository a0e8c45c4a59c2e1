"""What all dialects share: from a town to answers and the manifest."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from html import escape

from migrate.demo.dialects.town import Article, Column, Town
from migrate.demo.files import MEDIA_TYPES, make_file
from migrate.demo.pictures import make_strip
from migrate.demo.truth import Answer, DemoSite, Manifest, Script, TrueArticle, TrueFile, TrueLink, TrueList

_CHARSETS = {"gb18030": "gb2312"}
"""What pages call an encoding that they go beyond."""


class Dialect(ABC):
    """One system's way to publish a town: a subclass gives addresses (path and query) and the shape of pages.

    Articles are reached through lists alone: no previous and next, so that what a list does not lead to is lost.
    """

    encoding = "utf-8"

    def __init__(self, of: Town) -> None:
        self.town = of
        self.files = {
            target: answer
            for column in of.columns
            for article in column.articles
            for target, answer in self._files(column, article).items()
        }
        """Address → attachment or picture."""

    # what a system decides

    @abstractmethod
    def article_target(self, column: Column, article: Article) -> str:
        """Return the address of an article."""

    @abstractmethod
    def list_target(self, column: Column, page: int) -> str:
        """Return the address of page 1, 2 … of a list."""

    @abstractmethod
    def list_page(self, column: Column, page: int) -> str:
        """Return the content of a list page."""

    @abstractmethod
    def article_page(self, column: Column, article: Article) -> str:
        """Return the content of an article's page."""

    @abstractmethod
    def file_target(self, column: Column, article: Article, ending: str) -> str:
        """Return the address of an article's attachment or picture."""

    def list_pages(self, column: Column) -> int:
        """Return how many pages of the list have an address of their own; the others only a script can get."""
        return len(self.town.pages(column))

    def statics(self) -> dict[str, Answer]:
        """Return what else lies on the server: script libraries of pagers."""
        return {}

    def scripts(self) -> dict[str, Script]:
        """Return path → what the server computes there."""
        return {}

    # what they have in common

    def site(self) -> DemoSite:
        """Return the whole site."""
        answers = {
            "/": self.page(self.home()),
            "/robots.txt": Answer(404, (("Content-Type", "text/html"),), b"<h1>404</h1>"),
            **self.statics(),
            **self.files,
        }
        for column in self.town.columns:
            for page in range(1, self.list_pages(column) + 1):
                answers[self.list_target(column, page)] = self.page(self.list_page(column, page))
            for article in column.articles:
                answers[self.article_target(column, article)] = self.page(self.article_page(column, article))
        return DemoSite(
            host=self.town.host,
            aliases=(),
            answers=answers,
            folded={},
            not_found=Answer(404, (("Content-Type", "text/html"),), b"<h1>404 Not Found</h1>"),
            truth=self._manifest(answers),
            scripts=self.scripts(),
        )

    def page(self, content: str) -> Answer:
        """Return a page around some content, in the site's encoding."""
        charset = _CHARSETS.get(self.encoding, self.encoding)
        text = (
            f"<!DOCTYPE html>\n<html>\n<head>\n"
            f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">\n'
            f'<meta name="SiteName" content="{self.town.name}">\n<title>{self.town.name}</title>\n</head>\n<body>\n'
            f"{self.menu()}\n{content}\n</body>\n</html>\n"
        )
        return Answer(200, (("Content-Type", "text/html"),), text.encode(self.encoding))

    def menu(self) -> str:
        """Return the links that all pages have: the home page and page 1 of each list."""
        columns = "".join(
            f'<li><a href="{escape(self.list_target(c, 1))}">{c.name}</a></li>' for c in self.town.columns
        )
        return f'<ul class="nav"><li><a href="/">首页</a></li>{columns}</ul>'

    def home(self) -> str:
        """Return the content of the home page."""
        return f"<h1>{self.town.name}</h1>"

    def listed(self, column: Column, page: int) -> tuple[Article, ...]:
        """Return the articles on page 1, 2 … of a list."""
        return self.town.pages(column)[page - 1]

    def lines(self, column: Column, articles: tuple[Article, ...]) -> str:
        """Return the list's lines for some articles."""
        return "\n".join(
            f'<li><a href="{escape(self.article_target(column, a))}" title="{a.title}" target="_blank">{a.title}</a>'
            f"<span>{a.day}</span></li>"
            for a in articles
        )

    def body(self, column: Column, article: Article) -> str:
        """Return an article's paragraphs, picture and attachment."""
        parts = [f"<p>{paragraph}</p>" for paragraph in article.paragraphs]
        if article.picture:
            source = escape(self.file_target(column, article, "jpg"))
            parts.append(f'<p align="center"><img src="{source}" alt="现场" /></p>')
        if article.attachment:
            target = escape(self.file_target(column, article, article.attachment))
            parts.append(f'<p>附件：<a href="{target}">{article.title}</a></p>')
        return "\n".join(parts)

    def absolute(self, target: str) -> str:
        """Return the URL of an address."""
        return f"http://{self.town.host}{target}"

    def _files(self, column: Column, article: Article) -> dict[str, Answer]:
        files = {}
        if article.picture:
            picture = make_strip("jpg", 40 + article.number % 40, 30, ((47, 125, 50), (220, 238, 215)))
            files[self.file_target(column, article, "jpg")] = Answer(200, (("Content-Type", "image/jpeg"),), picture)
        if article.attachment and not article.dead:
            ending = article.attachment
            body = make_file(ending, "\n".join((article.title, *article.paragraphs)))
            files[self.file_target(column, article, ending)] = Answer(
                200, (("Content-Type", "application/octet-stream"),), body
            )
        return files

    # the truth

    def _manifest(self, answers: Mapping[str, Answer]) -> Manifest:
        articles = tuple(self._true_articles(answers))
        lists = tuple(self._true_lists())
        dead = tuple(self._dead())
        used = [file.url for article in articles for file in (*article.attachments, *article.images) if file.sha256]
        return Manifest(
            site="liuhe",
            name=self.town.name,
            url=self.absolute("/"),
            aliases=(),
            site_code="",
            articles=articles,
            lists=lists,
            dead_links=dead,
            soft_errors=(),
            forwards=(),
            injected_links=(),
            foreign_links=(),
            disallowed=(),
            counts={
                "articles": len(articles), "lists": len(lists), "files": len(used), "dead_links": len(dead)
            },
        )  # fmt: skip

    def _true_articles(self, answers: Mapping[str, Answer]) -> Iterator[TrueArticle]:
        for column in self.town.columns:
            for article in column.articles:
                endings = [article.attachment] if article.attachment else []
                yield TrueArticle(
                    url=self.absolute(self.article_target(column, article)),
                    spellings=(),
                    title=article.title,
                    published=article.day.isoformat(),
                    source=article.source,
                    author="",
                    document_number="",
                    policy_head={},
                    column=(column.name,),
                    text="\n".join(article.paragraphs),
                    attachments=tuple(self._true_file(answers, column, article, ending) for ending in endings),
                    images=(self._true_file(answers, column, article, "jpg"),) if article.picture else (),
                    traps=(),
                )

    def _true_file(self, answers: Mapping[str, Answer], column: Column, article: Article, ending: str) -> TrueFile:
        target = self.file_target(column, article, ending)
        digest = f"sha256:{hashlib.sha256(answers[target].body).hexdigest()}" if target in answers else ""
        name = "现场" if ending == "jpg" else article.title
        return TrueFile(self.absolute(target), name, MEDIA_TYPES.get(ending, "image/jpeg"), digest)

    def _true_lists(self) -> Iterator[TrueList]:
        for column in self.town.columns:
            for page in range(1, self.list_pages(column) + 1):
                listed = tuple(
                    self.absolute(self.article_target(column, article)) for article in self.listed(column, page)
                )
                yield TrueList(self.absolute(self.list_target(column, page)), (column.name,), page, listed)

    def _dead(self) -> Iterator[TrueLink]:
        for column in self.town.columns:
            for article in column.articles:
                if article.attachment and article.dead:
                    target = self.file_target(column, article, article.attachment)
                    yield TrueLink(self.absolute(target), self.absolute(self.article_target(column, article)))
