"""开普 UCAP: static list_2.shtml behind a script, or a list that a script asks the search service for."""

import json

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Article, Column, Fields
from migrate.demo.truth import Answer, Script


class Ucap(Dialect):
    """The pager's script counts from 1 and writes into an element."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/c{100 + column.number}/{article.day:%Y%m}/{article.number:032x}.shtml"

    def list_target(self, column: Column, page: int) -> str:
        return f"/c{100 + column.number}/list{f'_{page}' if page > 1 else ''}.shtml"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        folder = self.article_target(column, article).removesuffix(".shtml")
        return f"{folder}/{'images' if ending == 'jpg' else 'files'}/{article.number:032x}.{ending}"

    def list_page(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        return (
            f'<ul class="list">{self.lines(column, self.listed(column, page))}</ul>\n<div id="page_div"></div>\n'
            f"<script>createPageHTML('page_div',{total}, {page},'list','shtml',{len(column.articles)});</script>"
        )

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f'<h1><ucaptitle>{article.title}</ucaptitle></h1>\n<div class="pages-date"><publishtime>{article.day}'
            f'</publishtime><span class="font">来源：{article.source}</span></div>\n'
            f'<div id="UCAP-CONTENT"><ucapcontent>{self.body(column, article)}</ucapcontent></div>'
        )


class UcapSearch(Ucap):
    """The list is empty until a script has asked for it."""

    folder = "/common/search/"

    def list_pages(self, column: Column) -> int:
        return 1

    def listed(self, column: Column, page: int) -> tuple[Article, ...]:
        return ()

    def list_page(self, column: Column, page: int) -> str:
        return (
            '<ul class="list" id="list"></ul><div id="page_div"></div>\n<script type="text/javascript">\n'
            f'var channelId = "{self.channel(column)}";\nfunction getList(page){{\n'
            f'  $.get("{self.folder}" + channelId, {{page: page, _isJson: true}}, show);\n}}\ngetList(1);\n</script>'
        )

    def channel(self, column: Column) -> str:
        """Return the column's id in the search service."""
        return f"{column.number:032x}"

    def scripts(self) -> dict[str, Script]:
        return {f"{self.folder}{self.channel(column)}": self._search(column) for column in self.town.columns}

    def _search(self, column: Column) -> Script:
        def answer(query: Fields, form: Fields) -> Answer | None:
            if query.get("_isJson") != "true":
                return None
            page, rows = int(query.get("page", "1")), self.town.per_page
            results = [
                {
                    "title": article.title,
                    "url": self.article_target(column, article),
                    "publishedTimeStr": f"{article.day} 09:00:00",
                    "domainMetaList": [{"resultList": [{"key": "source", "value": article.source}]}],
                }
                for article in column.articles[(page - 1) * rows : page * rows]
            ]
            data = {"channelId": query, "page": page, "rows": rows, "total": len(column.articles), "results": results}
            body = json.dumps({"status": 200, "data": data}, ensure_ascii=False).replace("/", "\\/")
            return Answer(200, (("Content-Type", "application/json;charset=UTF-8"),), body.encode())

        return answer


DIALECTS: dict[str, type[Dialect]] = {"ucap": Ucap, "ucap-search": UcapSearch}
