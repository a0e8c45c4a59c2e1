"""拓尔思 TRS WCM: static pages; a script writes the list's pager."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Article, Column
from migrate.demo.truth import Answer

_LIBRARY = """function createPageHTML(_nPageCount, _nCurrIndex, _sPageName, _sPageExt){
	if(_nPageCount == null || _nPageCount <= 1) return;
	for(var i = 0; i < _nPageCount; i++){
		if(i == _nCurrIndex) document.write("<span>" + (i + 1) + "</span>");
		else if(i == 0) document.write("<a href=\\"" + _sPageName + "." + _sPageExt + "\\">1</a>");
		else document.write("<a href=\\"" + _sPageName + "_" + i + "." + _sPageExt + "\\">" + (i + 1) + "</a>");
	}
}
"""

_WRITTEN = """<SCRIPT LANGUAGE="JavaScript">
//createPageHTML(99, 0, "index", "{ending}");
var currentPage = {current};//所在页从0开始
var prevPage = currentPage-1//上一页
var nextPage = currentPage+1//下一页
var countPage = {count}//共多少页
if(countPage>1&&currentPage>1)
  document.write("<a href=\\"index"+"_" + prevPage + "."+"{ending}\\">上一页</a>");
if(countPage>1&&currentPage!=(countPage-1))
  document.write("<a href=\\"index"+"_" + nextPage + "."+"{ending}\\">下一页</a>");
</SCRIPT>"""


class Trs(Dialect):
    """Four arguments: pages, current page from 0, name, ending."""

    ending = "html"

    def article_target(self, column: Column, article: Article) -> str:
        return f"/{column.slug}/{article.day:%Y%m}/t{article.day:%Y%m%d}_{article.number}.{self.ending}"

    def list_target(self, column: Column, page: int) -> str:
        return f"/{column.slug}/" + (f"index_{page - 1}.{self.ending}" if page > 1 else "")

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        kind = "W" if ending == "jpg" else "P"
        return f"/{column.slug}/{article.day:%Y%m}/{kind}0{article.day:%Y%m%d}{article.number:09d}.{ending}"

    def list_page(self, column: Column, page: int) -> str:
        return (
            f'<ul class="list">{self.lines(column, self.listed(column, page))}</ul>\n'
            f'<script type="text/javascript" src="/images/createpage.js"></script>\n'
            f'<div class="page">{self.pager(column, page)}</div>'
        )

    def pager(self, column: Column, page: int) -> str:
        """Return the script that writes the pager."""
        return f'<script>createPageHTML({self.list_pages(column)}, {page - 1}, "index", "{self.ending}")</script>'

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f"<h1>{article.title}</h1>\n<div>发布时间：{article.day} 来源：{article.source}</div>\n"
            f'<div id="Zoom"><div class="TRS_Editor"><style type="text/css">.TRS_Editor P{{line-height:2}}</style>\n'
            f"{self.body(column, article)}</div></div>"
        )

    def statics(self) -> dict[str, Answer]:
        return {"/images/createpage.js": Answer(200, (("Content-Type", "application/javascript"),), _LIBRARY.encode())}


class TrsRecords(Trs):
    """Five arguments, records first; the numbers stand in variables. GBK, as older sites are."""

    encoding = "gb18030"
    ending = "htm"

    def pager(self, column: Column, page: int) -> str:
        return (
            f"<script>\nvar m_nRecordCount = {len(column.articles)};\nvar m_nPageCount = {self.list_pages(column)};\n"
            f'createPageHTML(m_nRecordCount, m_nPageCount, {page - 1}, "index", "{self.ending}");\n</script>'
        )


class TrsShort(Trs):
    """Two arguments: the library knows the names."""

    ending = "shtml"

    def pager(self, column: Column, page: int) -> str:
        return f"<script>createPageHTML({self.list_pages(column)}, {page - 1})</script>"


class TrsWritten(Trs):
    """No call: the template's own script writes the links."""

    def pager(self, column: Column, page: int) -> str:
        return _WRITTEN.format(current=page - 1, count=self.list_pages(column), ending=self.ending)


DIALECTS: dict[str, type[Dialect]] = {
    "trs": Trs,
    "trs-records": TrsRecords,
    "trs-short": TrsShort,
    "trs-written": TrsWritten,
}
