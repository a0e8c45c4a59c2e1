"""苏迪 WebPlus: plain links in .wp_paging, to static list2.htm or dynamic list2.psp."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Article, Column


class Webplus(Dialect):
    """Static pages."""

    ending = "htm"

    def article_target(self, column: Column, article: Article) -> str:
        return f"/{article.day:%Y}/{article.day:%m%d}/c{column.number}a{article.number}/page.{self.ending}"

    def list_target(self, column: Column, page: int) -> str:
        return f"/{column.slug}/list{page if page > 1 else ''}.{self.ending}"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        kind = "images" if ending == "jpg" else "files"
        return f"/_upload/article/{kind}/{article.number % 256:02x}/{article.number:032x}.{ending}"

    def list_page(self, column: Column, page: int) -> str:
        total = self.list_pages(column)

        def step(kind: str, to: int, text: str) -> str:
            href = self.list_target(column, to) if 1 <= to <= total and to != page else "javascript:void(0);"
            return f'<a class="{kind}" href="{href}" target="_self"><span>{text}</span></a>'

        return (
            f'<ul class="wp_article_list">{self.lines(column, self.listed(column, page))}</ul>\n'
            '<div id="wp_paging_w6"><ul class="wp_paging clearfix"><li class="pages_count">'
            f'<span class="per_page">每页&nbsp;<em class="per_count">{self.town.per_page}</em>&nbsp;记录&nbsp;</span>'
            f'<span class="all_count">总共&nbsp;<em class="all_count">{len(column.articles)}</em>&nbsp;记录</span></li>'
            f'<li class="page_nav">{step("first", 1, "第一页")}{step("prev", page - 1, "&lt;&lt;上一页")}'
            f"{step('next', page + 1, '下一页&gt;&gt;')}{step('last', total, '尾页')}</li>"
            f'<li class="page_jump"><span class="pages">页码&nbsp;<em class="curr_page">{page}</em>/'
            f'<em class="all_pages">{total}</em></span><input class="pageNum" type="text" />'
            '<a class="pagingJump" href="javascript:void(0);" target="_self">跳转到&nbsp;</a></li></ul></div>\n'
            f'<script type="text/javascript">$(".pagingJump").click(function() {{ var pageNum = $(".pageNum").val();\n'
            f'window.location.href = "/{column.slug}/list" + pageNum + ".{self.ending}"; }});</script>'
        )

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f'<h1 class="arti_title">{article.title}</h1>\n<p class="arti_metas"><span class="arti_publisher">发布者：'
            f'{article.source}</span><span class="arti_update">发布时间：{article.day}</span></p>\n'
            f"<div class='wp_articlecontent'>{self.body(column, article)}</div>"
        )


class WebplusDynamic(Webplus):
    """Pages made as they are asked for."""

    ending = "psp"


DIALECTS: dict[str, type[Dialect]] = {"webplus": Webplus, "webplus-psp": WebplusDynamic}
