"""大汉 Hanweb: JCMS, whose lists come as XML, and jpaas, its successor, whose parts of pages come as JSON."""

import json
from urllib.parse import quote

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Article, Column, Fields
from migrate.demo.truth import Answer, Script

_XML = (("Content-Type", "text/xml;charset=UTF-8"),)
_WEB = 52
_UNIT = 6101


class Jcms(Dialect):
    """The first records stand in the page as XML, `jpage` asks for all others by POST in windows of three pages."""

    proxy = "/module/web/jpage/dataproxy.jsp"
    group = 3

    def article_target(self, column: Column, article: Article) -> str:
        day = article.day
        return f"/art/{day.year}/{day.month}/{day.day}/art_{column.number}_{article.number}.html"

    def list_target(self, column: Column, page: int) -> str:
        return f"/col/col{column.number}/index.html"

    def list_pages(self, column: Column) -> int:
        return 1

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        if ending == "jpg":
            return f"/picture/0/{article.number:032x}.jpg"
        return f"/module/download/downfile.jsp?classid=0&filename={article.number:032x}.{ending}"

    def list_page(self, column: Column, page: int) -> str:
        unit = self.unit(column)
        return (
            f'<div id="{unit}"><script type="text/xml"><datastore>\n{self.following(column, 1)}'
            f"<recordset>\n{self.records(column, self.listed(column, 1))}</recordset></datastore></script></div>\n"
            f"<script>\n{self.call(column)}\n</script>"
        )

    def call(self, column: Column) -> str:
        """Return the script that starts the pager."""
        return (
            f"$(function(){{$('#{self.unit(column)}').jpage({{themeName:'default',showMode:'full',"
            f"totalRecord:{len(column.articles)},openCookies:false,dataBefore:'',dataAfter:'',groupSize:{self.group},"
            f"proxyUrl:'{self.proxy}',perPage:{self.town.per_page},barPosition:'bottom',"
            f"ajaxParam:{{col:1,appid:'1',webid:{_WEB},path:'/',columnid:{column.number},sourceContentType:1,"
            f"unitid:'{self.unit(column)}',webname:'{self.town.name}',permissiontype:0}}}});}});"
        )

    def unit(self, column: Column) -> int:
        """Return the number of the list's place in the page."""
        return _UNIT + column.number

    def records(self, column: Column, articles: tuple[Article, ...]) -> str:
        """Return articles as records."""
        return "".join(
            f"<record><![CDATA[<a href='{self.article_target(column, a)}' title='{a.title}' target=\"_blank\">{a.title}"
            f"</a><span>{a.day}</span>]]></record>\n"
            for a in articles
        )

    def following(self, column: Column, page: int) -> str:
        """Return the link to the next page of records."""
        href = (
            f"{self.proxy}?page={page}&appid=1&webid={_WEB}&path=/&columnid={column.number}"
            f"&unitid={self.unit(column)}&webname={quote(self.town.name)}&permissiontype=0"
        )
        return f'<nextgroup><![CDATA[<a href="{href}"></a>]]></nextgroup>\n'

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f'<div class="main-txt"><h1 class="title">{article.title}</h1>\n'
            f"<p>发布日期：{article.day} 来源：{article.source}</p>\n"
            f'<div id="zoom">{self.body(column, article)}</div></div>'
        )

    def scripts(self) -> dict[str, Script]:
        return {self.proxy: self._proxy, "/module/download/downfile.jsp": self._download}

    def _proxy(self, query: Fields, form: Fields) -> Answer:
        """Any window of records, for the form alone; what is not a form's is refused, as JCMS 2.6 does."""
        column = self._column(form)
        start, end = int(query.get("startrecord", "0")), int(query.get("endrecord", "0"))
        if column is None or start < 1:
            return Answer(200, _XML, b"<datastore></datastore>")
        records = self.records(column, column.articles[start - 1 : end])
        rest = f"<totalrecord>{len(column.articles)}</totalrecord>{self.following(column, end)}" if records else ""
        return Answer(200, _XML, f"<datastore>{rest}<recordset>{records}</recordset></datastore>".encode())

    def _column(self, fields: Fields) -> Column | None:
        wanted = (fields.get("columnid"), fields.get("unitid"))
        return next((c for c in self.town.columns if wanted == (str(c.number), str(self.unit(c)))), None)

    def _download(self, query: Fields, form: Fields) -> Answer | None:
        return self.files.get(f"/module/download/downfile.jsp?classid=0&filename={query.get('filename', '')}")


class JcmsMore(Jcms):
    """A list over several columns, from morecolumndataproxy.jsp; parameters in a variable."""

    proxy = "/module/web/jpage/morecolumndataproxy.jsp"

    def call(self, column: Column) -> str:
        unit = self.unit(column)
        return (
            f"var param_{unit} = {{col:1,webid:{_WEB},path:'/',columnid:'{column.number}',unitid:'{unit}',"
            f"keyWordCount:30}};\n$('#{unit}').jpage({{totalRecord:{len(column.articles)},proxyUrl:'{self.proxy}',"
            f"groupSize:{self.group},perPage:{self.town.per_page},ajaxParam:param_{unit}}});"
        )


class JcmsOld(Jcms):
    """JCMS 2.5, in GBK: records in an array of the script, the oldest path, one page a window."""

    encoding = "gb18030"
    proxy = "/module/jslib/jquery/jpage/dataproxy.jsp"
    group = 1

    def list_page(self, column: Column, page: int) -> str:
        first = self.listed(column, 1)
        data = ",".join(f"'<a href=\"{self.article_target(column, a)}\">{a.title}</a>[{a.day}]'" for a in first)
        return (
            f'<div id="{self.unit(column)}"></div>\n'
            f"<script>var InitData{self.unit(column)}=[{data}];{self.call(column)}</script>"
        )


class JcmsGroups(Jcms):
    """Numbers of columns and places are encrypted: the next group's address is all there is, by GET."""

    group = 0

    def call(self, column: Column) -> str:
        return f"$('#{self.unit(column)}').jpage({{totalRecord:{len(column.articles)},perPage:{self.town.per_page}}});"

    def following(self, column: Column, page: int) -> str:
        href = f"{self.proxy}?page={page}&appid=1&webid={_WEB}&path=/&columnid={self._secret(column)}"
        return f'<nextgroup><![CDATA[<a href="{href}"></a>]]></nextgroup>\n'

    def _secret(self, column: Column) -> str:
        return f"aE9zQ{column.number:04d}%3D"

    def _proxy(self, query: Fields, form: Fields) -> Answer:
        column = next((c for c in self.town.columns if f"aE9zQ{c.number:04d}=" == query.get("columnid")), None)
        page = int(query.get("page", "0"))
        size = self.town.per_page
        found = column.articles[page * size : (page + 1) * size] if column else ()
        if column is None or not found:
            return Answer(200, _XML, b"<datastore><recordset></recordset></datastore>")
        records = self.records(column, found)
        body = f"<datastore>{self.following(column, page + 1)}<recordset>{records}</recordset></datastore>"
        return Answer(200, (("Content-Type", "text/html;charset=UTF-8"),), body.encode())


class Jpaas(Dialect):
    """Pages are frames; each part is asked for by the script element's own attributes."""

    unit = "/api-gateway/jpaas-publish-server/front/page/build/unit"

    def article_target(self, column: Column, article: Article) -> str:
        return f"/col/col{column.number}/art/{article.day.year}/art_{article.number:032x}.html"

    def list_target(self, column: Column, page: int) -> str:
        return f"/col/col{column.number}/index.html"

    def list_pages(self, column: Column) -> int:
        return 1

    def listed(self, column: Column, page: int) -> tuple[Article, ...]:
        return ()

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/cms_files/jcms1/web{_WEB}/site/attach/0/{article.number:032x}.{ending}"

    def list_page(self, column: Column, page: int) -> str:
        query = (
            f"{{'parseType':'bulidstatic','webId':'{_WEB}','tplSetId':'quSyqDUrFfjv1nGRQhEEH','pageType':'column',"
            f"'tagId':'信息列表','editType':'null','pageId':'{column.number}'}}"
        )
        return (
            f'<div id="信息列表"></div>\n<script src="/script/jquery.js" type="text/javascript"></script>\n'
            f'<script parseType="bulidstatic" url="{self.unit}" queryData="{query}" charset="utf-8"></script>'
        )

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f'<div class="main-txt"><h1>{article.title}</h1>\n<p>发布日期：{article.day} 来源：{article.source}</p>\n'
            f'<div id="zoom">{self.body(column, article)}</div></div>'
        )

    def statics(self) -> dict[str, Answer]:
        return {"/script/jquery.js": Answer(200, (("Content-Type", "application/javascript"),), b"/*! jQuery */")}

    def scripts(self) -> dict[str, Script]:
        return {self.unit: self._unit}

    def _unit(self, query: Fields, form: Fields) -> Answer | None:
        column = next((c for c in self.town.columns if str(c.number) == query.get("pageId")), None)
        if column is None or query.get("tagId") != "信息列表":
            return None
        asked = json.loads(query.get("paramJson") or f'{{"pageNo":1,"pageSize":{self.town.per_page}}}')
        size = asked["pageSize"]
        found = column.articles[(asked["pageNo"] - 1) * size : asked["pageNo"] * size]
        html = (
            f'<div class="page-content"><ul>{self.lines(column, found)}</ul></div>'
            f'<div class="pagination" rows="{size}" count="{len(column.articles)}" pageNo="{asked["pageNo"]}"></div>'
        )
        answer = {"code": "200", "success": True, "data": {"html": html, "count": len(found)}}
        return Answer(200, (("Content-Type", "application/json"),), json.dumps(answer, ensure_ascii=False).encode())


DIALECTS: dict[str, type[Dialect]] = {
    "hanweb": Jcms,
    "hanweb-more": JcmsMore,
    "hanweb-old": JcmsOld,
    "hanweb-groups": JcmsGroups,
    "hanweb-jpaas": Jpaas,
}
