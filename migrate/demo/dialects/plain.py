"""What systems with plain pages share: an article without a system's own shape, a list and its pager."""

from abc import abstractmethod
from collections.abc import Callable

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Article, Column


class Plain(Dialect):
    """A subclass gives addresses and the pager."""

    @abstractmethod
    def pager(self, column: Column, page: int) -> str:
        """Return the pager under a list."""

    def list_page(self, column: Column, page: int) -> str:
        lines = self.lines(column, self.listed(column, page))
        return f'<h2>{column.name}</h2>\n<ul class="list">{lines}</ul>\n{self.pager(column, page)}'

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f"<h1>{article.title}</h1>\n<p>发布时间：{article.day} 来源：{article.source}</p>\n"
            f'<div class="content">{self.body(column, article)}</div>'
        )

    def steps(self, column: Column, page: int, words: tuple[str, str, str, str], *, off: str = "{}") -> str:
        """Return links to the first page, the neighbours and the last; `off` shows a word that leads nowhere."""
        total = self.list_pages(column)
        steps = zip(words, (1, page - 1, page + 1, total), strict=True)
        return " ".join(
            f'<a href="{self.list_target(column, to)}">{word}</a>'
            if 1 <= to <= total and to != page
            else off.format(word)
            for word, to in steps
        )

    def numbers(self, column: Column, page: int, width: int, *, here: str = "<b>{}</b>") -> str:
        """Return links to the pages around one, at most `width`; `here` shows the page itself."""
        total = self.list_pages(column)
        first = max(1, min(page - width // 2, total - width + 1))
        return " ".join(
            here.format(to) if to == page else f'<a href="{self.list_target(column, to)}">{to}</a>'
            for to in range(first, min(first + width, total + 1))
        )

    def options(self, column: Column, page: int, values: Callable[[int], str], text: str = "{}") -> str:
        """Return the lines of a list to jump from; `values` gives the value of each page."""
        return "".join(
            f'<option value="{values(to)}"{" selected" if to == page else ""}>{text.format(to)}</option>'
            for to in range(1, self.list_pages(column) + 1)
        )


WORDS = ("首页", "上一页", "下一页", "尾页")
