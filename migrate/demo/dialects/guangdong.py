"""广东: the province's platform with plain links to index_2.html, and the disclosure directory gkmlpt."""

import json

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.town import Article, Column, Fields
from migrate.demo.truth import Answer, Script


class Guangdong(Dialect):
    """Ten numbers around the page that one is on, and the next."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/{column.slug}/content/post_{article.number}.html"

    def list_target(self, column: Column, page: int) -> str:
        return f"/{column.slug}/index{f'_{page}' if page > 1 else ''}.html"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        if ending == "jpg":
            return f"/img/0/{article.number // 1000}/{article.number}/{article.number * 7}.jpg"
        return f"/attachment/0/{article.number // 1000}/{article.number * 7}/{article.number}.{ending}"

    def list_page(self, column: Column, page: int) -> str:
        total = self.list_pages(column)
        shown = range(max(1, page - 5), min(total, page + 4) + 1)
        numbers = "".join(
            f"<span>{n}</span>" if n == page else f'<a class="normal" href="{self.list_target(column, n)}">{n}</a>'
            for n in shown
        )
        following = f'<a class="next" href="{self.list_target(column, page + 1)}">&gt;</a>' if page < total else ""
        return f'<ul>{self.lines(column, self.listed(column, page))}</ul>\n<div class="page">{numbers}{following}</div>'

    def article_page(self, column: Column, article: Article) -> str:
        return (
            f'<div class="zw-title">{article.title}</div>\n<div class="zw-info"><span class="time">{article.day}</span>'
            f'<span class="ly">来源：{article.source}</span></div>\n<div class="zw">{self.body(column, article)}</div>'
        )


class Gkmlpt(Guangdong):
    """One page for all columns; its script asks for the articles."""

    sid = "758019"
    api = "/gkmlpt/api/all/"

    def article_target(self, column: Column, article: Article) -> str:
        return f"/gkmlpt/content/{article.number // 1000}/{article.number // 10}/post_{article.number}.html"

    def list_target(self, column: Column, page: int) -> str:
        return "/gkmlpt/index"

    def list_pages(self, column: Column) -> int:
        return 1

    def listed(self, column: Column, page: int) -> tuple[Article, ...]:
        return ()

    def menu(self) -> str:
        return '<ul><li><a href="/">首页</a></li><li><a href="/gkmlpt/index">政府信息公开</a></li></ul>'

    def list_page(self, column: Column, page: int) -> str:
        leaves = [
            {"id": c.number, "name": c.name, "post_count": len(c.articles), "jump_url": "", "children": []}
            for c in self.town.columns
        ]
        tree = [{"id": 1, "name": "法定主动公开内容", "post_count": 0, "jump_url": "", "children": leaves}]
        return (
            f'<div id="app"></div>\n<script>\nwindow._CONFIG = {{ SITE_NAME: "{self.town.name}", SID: \'{self.sid}\',\n'
            f"TREE: {json.dumps(tree)},\nSERVICE_AREA_ID: 3 }};\n</script>"
        )

    def scripts(self) -> dict[str, Script]:
        answers = {f"{self.api}{column.number}": self._column(column) for column in self.town.columns}
        return {**answers, f"{self.api}1": self._column(Column(1, "", "法定主动公开内容", ()))}

    def _column(self, column: Column) -> Script:
        def answer(query: Fields, form: Fields) -> Answer | None:
            if query.get("sid") != self.sid:
                return None
            start, per_answer = (int(query.get("page", "1")) - 1) * self.town.per_page, self.town.per_page
            articles = [
                {
                    "id": article.number,
                    "title": article.title,
                    "publisher": article.source,
                    "created_at": str(article.day),
                    "url": self.absolute(self.article_target(column, article)),
                    "post_url": "",
                    "attachment": [],
                }
                for article in column.articles[start : start + per_answer]
            ]
            classify = {"id": column.number, "name": column.name, "post_count": len(column.articles)}
            body = json.dumps({"classify": classify, "articles": articles}).replace("/", "\\/")
            return Answer(200, (("Content-Type", "application/json"),), body.encode())

        return answer


DIALECTS: dict[str, type[Dialect]] = {"guangdong": Guangdong, "guangdong-gkmlpt": Gkmlpt}
