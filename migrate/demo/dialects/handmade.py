"""Hand-made ASP, PHP and JSP: lists as each county's one programmer wrote them."""

from collections.abc import Mapping
from html import escape

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import WORDS, Plain
from migrate.demo.dialects.town import Article, Column
from migrate.demo.truth import Answer, Script


class HandMade(Plain):
    """news.asp?lm=30&page=2 by plain links."""

    encoding = "gb18030"

    def article_target(self, column: Column, article: Article) -> str:
        return f"/show.asp?id={article.number}"

    def list_target(self, column: Column, page: int) -> str:
        return f"/news.asp?lm={column.number}" + (f"&page={page}" if page > 1 else "")

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/upfile/{article.day:%Y%m%d}{article.number}.{ending}"

    def pager(self, column: Column, page: int) -> str:
        return f"共{self.list_pages(column)}页 当前第{page}页 {self.steps(column, page, WORDS)}"


class Called(HandMade):
    """A function makes the address: no link has one."""

    def pager(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        steps = zip(WORDS, (1, page - 1, page + 1, total), strict=True)
        links = " ".join(
            f'<a href="javascript:toPage({to})">{word}</a>' if 1 <= to <= total and to != page else word
            for word, to in steps
        )
        return (
            f"<script>var lm = '{column.number}';\nfunction toPage(n) {{\n"
            f"  if (n < 1 || n > {total}) {{ alert('没有这一页'); return; }}\n"
            "  var url = 'news.asp?lm=' + lm;\n  if (n > 1) url += '&page=' + n;\n  window.location.href = url;\n}\n"
            f"</script>{links} 第{page}/{total}页"
        )


class Written(HandMade):
    """A script writes the links, from two numbers that the server put into it."""

    def pager(self, column: Column, page: int) -> str:
        return (
            f"<script>\nvar totalPage = {self.list_pages(column)}, curPage = {page}, i;\n"
            "document.write('第' + curPage + '页 ');\n"
            "for (i = curPage - 2; i <= curPage + 2; i++)\n"
            "  if (i > 0 && i <= totalPage && i != curPage)\n"
            f"    document.write('<a href=\"news.asp?lm={column.number}' + (i == 1 ? '' : '&page=' + i) + '\">' "
            "+ i + '</a> ');\n"
            "if (curPage < totalPage)\n"
            f"  document.write('<a href=\"news.asp?lm={column.number}&page=' + (curPage + 1) + '\">下一页</a>');\n"
            "</script>"
        )


class Offset(HandMade):
    """The address counts articles, not pages."""

    def list_target(self, column: Column, page: int) -> str:
        further = f"&offset={(page - 1) * self.town.per_page}" if page > 1 else ""
        return f"/viewCmsCac.do?cacId={column.number}{further}"

    def pager(self, column: Column, page: int) -> str:
        return f"{self.steps(column, page, WORDS)} {self.numbers(column, page, 5)}"


class Posted(HandMade):
    """The pager sets a hidden field and sends the form: only the first page has an address."""

    def list_target(self, column: Column, page: int) -> str:
        return f"/list.jsp?lm={column.number}"

    def list_pages(self, column: Column) -> int:
        return 1

    def pager(self, column: Column, page: int) -> str:
        total = len(self.town.pages(column))
        links = " ".join(
            f'<a href="#" onclick="gotoPage({to});return false;">{word}</a>'
            for word, to in zip(WORDS, (1, page - 1, page + 1, total), strict=True)
            if 1 <= to <= total and to != page
        )
        return (
            f'<form name="pageForm" method="post" action="{escape(self.list_target(column, 1))}">\n'
            f'<input type="hidden" name="cpage" value="{page}" />'
            f'<input type="hidden" name="lmmc" value="{column.name}" /></form>\n'
            "<script>function gotoPage(n){ document.pageForm.cpage.value = n; document.pageForm.submit(); }</script>\n"
            f"{links} 第{page}页/共{total}页"
        )

    def list_page(self, column: Column, page: int) -> str:
        lines = self.lines(column, self.town.pages(column)[page - 1])
        return f'<h2>{column.name}</h2>\n<ul class="list">{lines}</ul>\n{self.pager(column, page)}'

    def scripts(self) -> dict[str, Script]:
        return {"/list.jsp": self._answer}

    def _answer(self, query: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        column = next(c for c in self.town.columns if str(c.number) == query["lm"])
        return self.page(self.list_page(column, int(form.get("cpage", 1))))


class Endless(HandMade):
    """There always is a next page; behind the last one it shows the last one again."""

    def pager(self, column: Column, page: int) -> str:
        return f'第{page}页 <a href="{self._page(column, max(page - 1, 1))}">上一页</a> {self.onward(column, page + 1)}'

    def onward(self, column: Column, page: int) -> str:
        """Return the link to the next page."""
        return f'<a href="{self._page(column, page)}">下一页</a>'

    def list_target(self, column: Column, page: int) -> str:
        return self._page(column, page)

    def _page(self, column: Column, page: int) -> str:
        return f"/news.asp?lm={column.number}&page={page}"

    def scripts(self) -> dict[str, Script]:
        return {"/news.asp": self._answer}

    def _answer(self, query: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        column = next(c for c in self.town.columns if str(c.number) == query["lm"])
        page = int(query["page"])
        shown = min(page, self.list_pages(column))
        lines = self.lines(column, self.listed(column, shown))
        return self.page(f'<h2>{column.name}</h2>\n<ul class="list">{lines}</ul>\n{self.pager(column, page)}')


class EndlessScript(Endless):
    """The same by script; behind the last page there is nothing."""

    def onward(self, column: Column, page: int) -> str:
        return (
            f"<script>function go(n) {{ location.href = 'news.asp?lm={column.number}&page=' + n }}</script>"
            f'<a href="javascript:go({page})">下一页</a>'
        )

    def _answer(self, query: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        column = next(c for c in self.town.columns if str(c.number) == query["lm"])
        page = int(query["page"])
        lines = self.lines(column, self.listed(column, page)) if page <= self.list_pages(column) else ""
        return self.page(f'<h2>{column.name}</h2>\n<ul class="list">{lines}</ul>\n{self.pager(column, page)}')


DIALECTS: dict[str, type[Dialect]] = {
    "generic": HandMade,
    "generic-called": Called,
    "generic-written": Written,
    "generic-offset": Offset,
    "generic-posted": Posted,
    "generic-endless": Endless,
    "generic-endless-script": EndlessScript,
}
