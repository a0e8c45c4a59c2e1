"""PHPCMS v9: index.php?…a=lists&catid=30&page=2, and static 2.html in the column's folder."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import Plain
from migrate.demo.dialects.town import Article, Column
from migrate.demo.truth import Answer


class Phpcms(Plain):
    """Made as they are asked for. The pager has first and last number, and no word for them."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/index.php?m=content&c=index&a=show&catid={column.number}&id={article.number}"

    def list_target(self, column: Column, page: int) -> str:
        further = f"&page={page}" if page > 1 else ""
        return f"/index.php?m=content&c=index&a=lists&catid={column.number}{further}"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/uploadfile/{article.day:%Y/%m%d}/{article.day:%Y%m%d}{article.number}.{ending}"

    def numbered(self, column: Column, page: int) -> str:
        """Return the address that the pager uses, for the first page too."""
        return f"/index.php?m=content&c=index&a=lists&catid={column.number}&page={page}"

    def pager(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        if total == 1:
            return ""

        def link(to: int, word: str) -> str:
            return f'<a href="{self.numbered(column, min(max(to, 1), total))}" class="a1">{word}</a>'

        def number(to: int) -> str:
            return f"<span>{to}</span>" if to == page else link(to, str(to))

        middle = range(max(2, page - 4), min(page + 5, total - 1) + 1)
        dots = ".." if page + 5 < total - 1 else ""
        numbers = " ".join([number(1), *map(number, middle), dots, number(total)])
        return (
            f'<div id="pages" class="text-c"><a class="a1">{len(column.articles)}条</a> '
            f"{link(page - 1, '上一页')} {numbers} {link(page + 1, '下一页')}</div>"
        )

    def statics(self) -> dict[str, Answer]:
        return {
            self.numbered(column, 1): self.page(self.list_page(column, 1))
            for column in self.town.columns
            if self.list_pages(column) > 1
        }


class PhpcmsStatic(Phpcms):
    """Static: the list's page 2 lies beside the folders of its articles."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/html/{column.slug}/{article.day:%Y/%m%d}/{article.number}.html"

    def list_target(self, column: Column, page: int) -> str:
        return f"/html/{column.slug}/" + (f"{page}.html" if page > 1 else "")

    def numbered(self, column: Column, page: int) -> str:
        return f"/html/{column.slug}/{page}.html" if page > 1 else f"/html/{column.slug}/index.html"


DIALECTS: dict[str, type[Dialect]] = {"phpcms": Phpcms, "phpcms-static": PhpcmsStatic}
