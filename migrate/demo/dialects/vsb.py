"""西安博达 VSB: lists numbered from their end."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Article, Column
from migrate.demo.truth import Answer

_LIBRARY = b"function _simple_list_gotopage_fun(totalpage, nameId, type){ /* asks, then goes to totalpage-page+1 */ }"


class Vsb(Dialect):
    """Plain links to neighbours and ends; page P of a list of N is numbered N-P+1."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/info/{1000 + column.number}/{article.number}.htm"

    def list_target(self, column: Column, page: int) -> str:
        return f"/{column.slug}.htm" if page == 1 else f"/{column.slug}/{self.list_pages(column) - page + 1}.htm"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/__local/{article.number % 16:X}/{article.number:032X}.{ending}"

    def list_page(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        return (
            f'<ul class="list">{self.lines(column, self.listed(column, page))}</ul>\n'
            '<script language="javascript" src="/system/resource/js/gotopage.js"></script>'
            '<script type="text/javascript">function a203020_gopage_fun()'
            f"{{_simple_list_gotopage_fun({total},'a203020GOPAGE',2)}}</script>"
            f'<table class="headStyle610q0knxnv"><tr><td nowrap align="left" id="fanye203020">'
            f"共{len(column.articles)}条&nbsp;&nbsp;{page}/{total}&nbsp;</td><td><div>{self.steps(column, page)}</div>"
            "</td></tr></table>"
        )

    def steps(self, column: Column, page: int) -> str:
        """Return the links to the neighbours and the ends."""
        total = self.list_pages(column)
        steps = (("首页", 1, "Prev"), ("上页", page - 1, "Prev"), ("下页", page + 1, "Next"), ("尾页", total, "Next"))
        return "".join(
            f'<a href="{self.list_target(column, to)}" class="{kind}">{text}</a>'
            if 1 <= to <= total and to != page
            else f'<span class="{kind}Disabled">{text}</span>'
            for text, to, kind in steps
        )

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f'<form name="_newscontent_fromname"><h1>{article.title}</h1>\n'
            f'<div>{article.day} {article.source} 点击：[<script>_showDynClicks("wbnews", 1676231333, '
            f'{article.number})</script>]</div>\n<div id="vsb_content"><div class="v_news_content">\n'
            f"{self.body(column, article)}</div></div></form>"
        )

    def statics(self) -> dict[str, Answer]:
        kind = (("Content-Type", "application/javascript"),)
        return {"/system/resource/js/gotopage.js": Answer(200, kind, _LIBRARY)}


class VsbScript(Vsb):
    """Only the box to type a page into: no link leads on."""

    def steps(self, column: Column, page: int) -> str:
        return '<input id="a203020GOPAGE"><a href="javascript:a203020_gopage_fun()">转到</a>'


DIALECTS: dict[str, type[Dialect]] = {"vsb": Vsb, "vsb-script": VsbScript}
