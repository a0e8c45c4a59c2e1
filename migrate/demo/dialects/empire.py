"""帝国 EmpireCMS: static index_2.html with a list to jump from, and ListInfo, whose first page is 0."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import WORDS, Plain
from migrate.demo.dialects.town import Article, Column
from migrate.demo.truth import Answer


class Empire(Plain):
    """Static."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/{column.slug}/{article.day:%Y-%m-%d}/{article.number}.html"

    def list_target(self, column: Column, page: int) -> str:
        return f"/{column.slug}/index{f'_{page}' if page > 1 else ''}.html"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/d/file/{column.slug}/{article.day:%Y-%m-%d}/{article.number:032x}.{ending}"

    def pager(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        options = self.options(column, page, lambda to: self.list_target(column, to), "第 {} 页")
        return (
            f"<p>页次：{page}/{total}&nbsp;每页{self.town.per_page}&nbsp;总数{len(column.articles)}&nbsp;&nbsp;"
            f'{self.steps(column, page, WORDS)}&nbsp;&nbsp;转到:<select name="select" '
            f'onchange="self.location.href=this.options[this.selectedIndex].value">{options}</select></p>'
        )


class EmpireDynamic(Empire):
    """Made as they are asked for; `page` counts from 0, and the list's own address is page 0 too."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/e/action/ShowInfo.php?classid={column.number}&id={article.number}"

    def list_target(self, column: Column, page: int) -> str:
        if page == 1:
            return f"/e/action/ListInfo/?classid={column.number}"
        return f"/e/action/ListInfo/index.php?page={page - 1}&classid={column.number}"

    def pager(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        if total == 1:
            return ""

        def link(to: int, word: str) -> str:
            if to == page or not 1 <= to <= total:
                return ""
            target = self._from_zero(column) if to == 1 else self.list_target(column, to)
            return f'<a href="{target}">{word}</a>'

        around = range(max(1, page - 2), min(page + 7, total) + 1)
        numbers = "&nbsp;".join(f"<b>{to}</b>" if to == page else link(to, str(to)) for to in around)
        return (
            f'<div class="page"><a title="总数">&nbsp;<b>{len(column.articles)}</b> </a>&nbsp;&nbsp;{link(1, "首页")}'
            f"{link(page - 1, '上一页')}{numbers}&nbsp;{link(page + 1, '下一页')}&nbsp;{link(total, '尾页')}</div>"
        )

    def statics(self) -> dict[str, Answer]:
        return {self._from_zero(column): self.page(self.list_page(column, 1)) for column in self.town.columns}

    def _from_zero(self, column: Column) -> str:
        return f"/e/action/ListInfo/index.php?page=0&classid={column.number}"


DIALECTS: dict[str, type[Dialect]] = {"empire": Empire, "empire-dynamic": EmpireDynamic}
