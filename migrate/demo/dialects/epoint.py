"""新点 Epoint: static 2.html beside the list, parts of a page filled by script, and the older ASP.NET lists."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import Plain
from migrate.demo.dialects.town import Article, Column


class Epoint(Plain):
    """Static: page 1 is subpage.html, page k is k.html; only neighbours, the last page and 1/13."""

    def article_target(self, column: Column, article: Article) -> str:
        return (
            f"{self.folder(column)}{article.day:%Y%m%d}/{article.number:08x}-9f6e-4c0a-8d2b-{article.number:012x}.html"
        )

    def folder(self, column: Column) -> str:
        """Return the folder of a column: its number, below that of its parent."""
        return f"/xxgk/002/0020{column.number}/"

    def list_target(self, column: Column, page: int) -> str:
        return f"{self.folder(column)}{page if page > 1 else 'subpage'}.html"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/EpointWebBuilder/Attach/{article.number:08x}.{ending}"

    def step(self, column: Column, page: int, word: str) -> str:
        """Return what leads to a page."""
        return f'<a href="{self.list_target(column, page)}">{word}</a>'

    def pager(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        steps = "".join(
            f'<li class="ewb-page-li ewb-page-hover">{self.step(column, to, word)}</li>'
            for word, to in (("首页", 1), ("&lt;", page - 1), ("下页 &gt;", page + 1), ("末页", total))
            if 1 <= to <= total and to != page
        )
        return (
            f'<div class="ewb-page"><ul class="ewb-page-items clearfix">{steps}'
            f'<li class="ewb-page-li ewb-page-noborder ewb-page-num"><span>{page}/{total}</span></li></ul></div>'
        )


class EpointAjax(Epoint):
    """The script fills a part of the page; the server gives the whole page for ?pageing=2."""

    def list_target(self, column: Column, page: int) -> str:
        return self.folder(column) + (f"?pageing={page}" if page > 1 else "")

    def step(self, column: Column, page: int, word: str) -> str:
        call = f"ShowAjaxNewPage(window.location.pathname,'categorypagingcontent',{page})"
        return f'<a href="javascript:void(0)" onclick="{call}">{word}</a>'

    def list_page(self, column: Column, page: int) -> str:
        return f'<div id="categorypagingcontent">{super().list_page(column, page)}</div>'


DIALECTS: dict[str, type[Dialect]] = {"epoint": Epoint, "epoint-ajax": EpointAjax}
