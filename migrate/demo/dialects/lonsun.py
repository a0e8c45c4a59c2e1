"""龙讯 Lonsun: a script draws the pager; pages are ?pageIndex=N of the column's address."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Article, Column


class Lonsun(Dialect):
    """Columns of the site proper."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/content/article/{article.number}"

    def list_target(self, column: Column, page: int) -> str:
        return f"/content/column/{6700 + column.number}" + (f"?pageIndex={page}" if page > 1 else "")

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/group1/M00/{article.number % 100:02d}/{article.number:032x}.{ending}"

    def list_page(self, column: Column, page: int) -> str:
        return (
            f'<ul class="doc_list">{self.lines(column, self.listed(column, page))}</ul>\n<div id="page_6795"></div>\n'
            f"<script>Ls.pagination('#page_6795', function(context, pageIndex) {{\n"
            f"  window.location.href = '{self.absolute(self.list_target(column, 1))}?pageIndex=' + pageIndex;\n}}, "
            f"{{currPage: {page}, pageCount:{self.list_pages(column)}, pageSize: {self.town.per_page}}});</script>"
        )

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f'<div class="wzy_position">当前位置：首页 > {column.name}</div>\n'
            f'<h1 class="newstitle">{article.title}</h1>\n'
            f'<div class="newsinfo">发布时间：{article.day} 来源：{article.source}</div>\n'
            f'<div class="wzcon fontContent j-fontContent">{self.body(column, article)}</div>'
        )


class LonsunPublic(Lonsun):
    """The disclosure directory: the list's own parameters stay."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/public/content/{article.number}"

    def list_target(self, column: Column, page: int) -> str:
        further = f"&pageIndex={page}" if page > 1 else ""
        return f"/public/column/12?type=4&catId={6700 + column.number}&action=list&nav=3{further}"


DIALECTS: dict[str, type[Dialect]] = {"lonsun": Lonsun, "lonsun-public": LonsunPublic}
