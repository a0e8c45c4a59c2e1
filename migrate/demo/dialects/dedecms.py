"""织梦 DedeCMS: static list_30_2.html, and lists made by /plus/list.php."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import WORDS, Plain
from migrate.demo.dialects.town import Article, Column
from migrate.demo.truth import Answer


class Dede(Plain):
    """Static; a list to jump from. The folder's index is the first page too."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/a/{column.slug}/{article.day:%Y/%m%d}/{article.number}.html"

    def list_target(self, column: Column, page: int) -> str:
        return f"/a/{column.slug}/" if page == 1 else self.numbered(column, page)

    def numbered(self, column: Column, page: int) -> str:
        """Return the address that the pager uses, for the first page too."""
        return f"/a/{column.slug}/list_{column.number}_{page}.html"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/uploads/{'allimg' if ending == 'jpg' else 'soft'}/{article.day:%y%m%d}/1-{article.number}.{ending}"

    def pager(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        if total == 1:
            count = len(column.articles)
            return f'<li><span class="pageinfo">共 <strong>1</strong>页<strong>{count}</strong>条记录</span></li>'
        options = self.options(column, page, lambda to: f"list_{column.number}_{to}.html")
        return (
            f'<ul class="pagelist">{self.steps(column, page, WORDS, off="<li>{}</li>")}\n'
            f"{self.numbers(column, page, 5, here='<li class=thisclass>{}</li>')}\n"
            "<li><select name='sldd' onchange='location.href=this.options[this.selectedIndex].value;'>\n"
            f"{options}</select></li>\n"
            f'<li><span class="pageinfo">共 <strong>{total}</strong>页<strong>{len(column.articles)}</strong>条</span>'
            "</li></ul>"
        )

    def statics(self) -> dict[str, Answer]:
        columns = [column for column in self.town.columns if self.list_pages(column) > 1]
        return {self.numbered(column, 1): self.page(self.list_page(column, 1)) for column in columns}


class DedeDynamic(Dede):
    """Made as they are asked for: every link carries the number of articles."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/plus/view.php?aid={article.number}"

    def list_target(self, column: Column, page: int) -> str:
        return f"/plus/list.php?tid={column.number}" if page == 1 else self.numbered(column, page)

    def numbered(self, column: Column, page: int) -> str:
        return f"/plus/list.php?tid={column.number}&TotalResult={len(column.articles)}&PageNo={page}"

    def pager(self, column: Column, page: int) -> str:
        total, pages = len(column.articles), self.list_pages(column)
        if pages == 1:
            return f'<li><span class="pageinfo">共 1 页/{total} 条记录</span></li>'
        return (
            f'<ul class="pagelist"><li><span class="pageinfo">共 <strong>{pages}</strong>页<strong>{total}</strong>条'
            f"</span></li>\n{self.steps(column, page, WORDS)}\n{self.numbers(column, page, 7)}\n"
            "<form name='pagelist' action='/plus/list.php'>"
            f"<input type='hidden' name='tid' value='{column.number}'>"
            f"<input type='hidden' name='TotalResult' value='{total}'>"
            "<input type='text' name='PageNo' style='width:30px'><input type='submit' value='GO'></form></ul>"
        )


DIALECTS: dict[str, type[Dialect]] = {"dedecms": Dede, "dedecms-dynamic": DedeDynamic}
