"""SiteServer CMS: channels/12_2.html, with numbers, or with nothing but a list to jump from."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import Plain
from migrate.demo.dialects.town import Article, Column


class SiteServer(Plain):
    """Words and numbers."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/contents/{column.number}/{article.number}.html"

    def list_target(self, column: Column, page: int) -> str:
        return f"/channels/{column.number}{f'_{page}' if page > 1 else ''}.html"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/upload/{'images' if ending == 'jpg' else 'files'}/{article.day:%Y/%-m}/{article.number}.{ending}"

    def pager(self, column: Column, page: int) -> str:
        words = ("首页", "上一页", "下一页", "末页")
        return (
            f'<div class="pageNav">{self.steps(column, page, words, off="<span>{}</span>")}&nbsp;'
            f"{self.numbers(column, page, 9)} 共{self.list_pages(column)}页</div>"
        )


class SiteServerSelect(SiteServer):
    """A list to jump from; its own page has no address there."""

    def pager(self, column: Column, page: int) -> str:
        options = self.options(column, page, lambda to: "" if to == page else self.list_target(column, to))
        name = f"PageSelect_{page}"
        return (
            f'<script language="JavaScript">function {name}_jumpMenu(targ,selObj,restore){{eval(targ+".location=\'"'
            '+selObj.options[selObj.selectedIndex].value+"\'");if (restore) selObj.selectedIndex=0;}</script>'
            f'<select name="{name}" id="{name}" onChange="{name}_jumpMenu(\'self\',this,0)">{options}</select>'
        )


DIALECTS: dict[str, type[Dialect]] = {"siteserver": SiteServer, "siteserver-select": SiteServerSelect}
