"""Hand-made ASP.NET WebForms: only the first page of a list has an address, the others are asked for by its form."""

from abc import abstractmethod
from base64 import b64decode, b64encode
from collections.abc import Mapping
from html import escape
from typing import NamedTuple

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import Plain
from migrate.demo.dialects.town import Article, Column
from migrate.demo.truth import Answer, Script

_POST_BACK = """<script type="text/javascript">
//<![CDATA[
var theForm = document.forms['form1'];
function __doPostBack(eventTarget, eventArgument) {
    theForm.__EVENTTARGET.value = eventTarget;
    theForm.__EVENTARGUMENT.value = eventArgument;
    theForm.submit();
}
//]]>
</script>"""
_REFUSED = Answer(500, (("Content-Type", "text/html"),), b"<h1>Invalid postback or callback argument.</h1>")


class Step(NamedTuple):
    """A link that sends the form."""

    word: str
    target: str
    argument: str
    to: int


class AspNet(Plain):
    """The server takes, as ASP.NET does, only what the page that is sent back has a link for.

    The form also has a search button and a login; the page a link that deletes. Whoever uses one gets an error.
    """

    def article_target(self, column: Column, article: Article) -> str:
        return f"/NewsShow.aspx?id={article.number}"

    def list_target(self, column: Column, page: int) -> str:
        return f"/NewsList.aspx?ClassID={column.number}"

    def list_pages(self, column: Column) -> int:
        return 1

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/upfile/{article.day:%Y%m%d}/{article.number}.{ending}"

    @abstractmethod
    def steps_on(self, column: Column, page: int) -> list[Step]:
        """Return the pager's links on one page."""

    def pager(self, column: Column, page: int) -> str:
        return f'<div class="pages">{self.shown(page, self.steps_on(column, page))}</div>'

    def shown(self, page: int, steps: list[Step]) -> str:
        """Return the pager's links, the page itself as a number that is no link."""
        links = {step: f'<a href="{escape(self.link(step))}">{step.word}</a>' for step in steps}
        before = [link for step, link in links.items() if step.word.isdecimal() and int(step.word) < page]
        after = [link for step, link in links.items() if step.word.isdecimal() and int(step.word) > page]
        words = {step.word + str(step.to > page): link for step, link in links.items() if not step.word.isdecimal()}
        order = ("首页False", "上一页False", "...False"), ("...True", "下一页True", "尾页True")
        first, last = (" ".join(words[word] for word in part if word in words) for part in order)
        return f"{first} {' '.join(before)} <span>{page}</span> {' '.join(after)} {last}"

    def link(self, step: Step) -> str:
        """Return what a link of the pager does."""
        return f"javascript:__doPostBack('{step.target}','{step.argument}')"

    def list_page(self, column: Column, page: int) -> str:
        state = b64encode(f"{column.number}|{page}|{'liuhe' * 40}".encode()).decode()
        lines = self.lines(column, self.town.pages(column)[page - 1])
        return (
            f'<form name="form1" method="post" action="{escape(self.list_target(column, 1)[1:])}" id="form1">\n'
            '<input type="hidden" name="__EVENTTARGET" id="__EVENTTARGET" value="" />\n'
            '<input type="hidden" name="__EVENTARGUMENT" id="__EVENTARGUMENT" value="" />\n'
            f'<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="{state}" />\n{_POST_BACK}\n'
            '<input name="txtKey" type="text" /><input type="submit" name="btnSearch" value="搜索" />\n'
            '<input name="txtUser" type="text" /><input name="txtPassword" type="password" />'
            "<a href=\"javascript:__doPostBack('lbLogin','')\">登录</a>\n"
            f'<h2>{column.name}</h2>\n<ul class="list">{lines}</ul>\n{self.pager(column, page)}\n'
            "<a href=\"javascript:__doPostBack('lbDelete','2')\">删除</a></form>"
        )

    def scripts(self) -> dict[str, Script]:
        return {"/NewsList.aspx": self._answer}

    def _answer(self, query: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        column = next((c for c in self.town.columns if str(c.number) == query.get("ClassID")), None)
        if column is None or (form and not {"__VIEWSTATE", "__EVENTTARGET", "__EVENTARGUMENT"} <= set(form)):
            return _REFUSED
        if not form:
            return self.page(self.list_page(column, 1))
        came_from = int(b64decode(form["__VIEWSTATE"]).decode().split("|")[1])
        asked = (form["__EVENTTARGET"], form["__EVENTARGUMENT"])
        to = {(step.target, step.argument): step.to for step in self.steps_on(column, came_from)}.get(asked)
        if to is None or "btnSearch" in form or form.get("txtPassword"):
            return _REFUSED
        return self.page(self.list_page(column, to))

    def numbered(self, column: Column, page: int, width: int) -> list[tuple[str, int]]:
        """Return (word, page) of the block of numbers around a page, with … before and behind it."""
        total = len(self.town.pages(column))
        first = (page - 1) // width * width + 1
        last = min(first + width - 1, total)
        found = [("...", first - 1)] if first > 1 else []
        found += [(str(to), to) for to in range(first, last + 1) if to != page]
        return found + ([("...", last + 1)] if last < total else [])


class AspNetPager(AspNet):
    """The AspNetPager control: each page by its number, with words and a box to type it into."""

    def steps_on(self, column: Column, page: int) -> list[Step]:
        total = len(self.town.pages(column))
        steps = [(word, to) for word, to in (("首页", 1), ("上一页", page - 1)) if 1 <= to < page]
        steps += self.numbered(column, page, 5)
        steps += [(word, to) for word, to in (("下一页", page + 1), ("尾页", total)) if page < to <= total]
        return [Step(word, "ctl00$AspNetPager1", str(to), to) for word, to in steps]

    def pager(self, column: Column, page: int) -> str:
        box = f'<input type="text" value="{page}" name="ctl00$AspNetPager1_input" id="AspNetPager1_input" />'
        return (
            "<!-- AspNetPager 7.4.5 Copyright:2003-2013 Webdiyer (www.webdiyer.com) -->\n"
            f'<div id="AspNetPager1">共{len(column.articles)}条 {super().pager(column, page)} 转到{box}页'
            '<input type="submit" value="Go" name="ctl00$AspNetPager1" /></div>'
        )


class GridView(AspNet):
    """A GridView's own pager: `Page$2`, blocks of five."""

    def steps_on(self, column: Column, page: int) -> list[Step]:
        return [Step(word, "ctl00$GridView1", f"Page${to}", to) for word, to in self.numbered(column, page, 5)]


class DataGrid(AspNet):
    """A DataGrid's pager: the third button is page 3, or 8, or 13."""

    def steps_on(self, column: Column, page: int) -> list[Step]:
        row = len(self.town.pages(column)[page - 1]) + 4
        numbered = self.numbered(column, page, 5)
        return [Step(word, f"DataGrid1:_ctl{row}:_ctl{place}", "", to) for place, (word, to) in enumerate(numbered)]


class Buttons(AspNet):
    """Buttons that say 下一页, whatever page is shown."""

    def steps_on(self, column: Column, page: int) -> list[Step]:
        total = len(self.town.pages(column))
        steps = (
            ("首页", "lbFirst", 1),
            ("上一页", "lbPrev", page - 1),
            ("下一页", "lbNext", page + 1),
            ("尾页", "lbLast", total),
        )
        return [Step(word, target, "", to) for word, target, to in steps if 1 <= to <= total and to != page]


DIALECTS: dict[str, type[Dialect]] = {
    "generic-aspnetpager": AspNetPager,
    "generic-gridview": GridView,
    "generic-datagrid": DataGrid,
    "generic-aspnet-buttons": Buttons,
}
