"""JEECMS: index_2.jhtml, reached by onclick and a list to jump from; no link has an address."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import Plain
from migrate.demo.dialects.town import Article, Column


class Jeecms(Plain):
    """As its own template has it."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/{column.slug}/{article.number}.jhtml"

    def list_target(self, column: Column, page: int) -> str:
        return f"/{column.slug}/index{f'_{page}' if page > 1 else ''}.jhtml"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/u/cms/www/{article.day:%Y%m}/{article.number:08d}.{ending}"

    def pager(self, column: Column, page: int) -> str:
        total = self.list_pages(column)

        def step(word: str, to: int) -> str:
            if to == page or not 1 <= to <= total:
                return f'<a disabled="disabled">{word}</a>'
            name = "index.jhtml" if to == 1 else f"index_{to}.jhtml"
            return f'<a href="#" onclick="location.href=encodeURI(\'{name}\');">{word}</a>'

        options = self.options(column, page, str)
        change = (
            "if(this.value==1){location.href=encodeURI('index.jhtml')}"
            "else{location.href=encodeURI('index_'+this.value+'.jhtml')}this.disabled='disabled'"
        )
        return (
            f'<div class="Flip">共{len(column.articles)}条记录 {page}/{total}页 &nbsp;{step("首页", 1)} '
            f"{step('上一页', page - 1)}&nbsp;{step('下一页', page + 1)} {step('尾页', total)} &nbsp;"
            f'第<select onchange="{change}">{options}</select>页</div>'
        )


DIALECTS: dict[str, type[Dialect]] = {"jeecms": Jeecms}
