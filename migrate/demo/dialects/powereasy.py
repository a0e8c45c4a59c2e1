"""动易 PowerEasy: SiteWeaver in ASP, with made and with static lists, and SiteFactory in ASP.NET."""

from migrate.demo.dialects.dialect import Dialect
from migrate.demo.dialects.plain import WORDS, Plain
from migrate.demo.dialects.town import Article, Column


class SiteWeaver(Plain):
    """Lists made as they are asked for, in GBK; a box to type the page into."""

    encoding = "gb18030"
    base = 1
    """Number of the first page in addresses."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/Article/ShowArticle.asp?ArticleID={article.number}"

    def list_target(self, column: Column, page: int) -> str:
        further = f"&page={page - 1 + self.base}" if page > 1 else ""
        return f"/Article/ShowClass.asp?ClassID={column.number}{further}"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/Article/UploadFiles/{article.day:%Y%m}/{article.number}.{ending}"

    def pager(self, column: Column, page: int) -> str:
        total, box = self.list_pages(column), page - 1 + self.base
        return (
            f'<div class="showpage">共 <b>{len(column.articles)}</b> 篇文章&nbsp;&nbsp;'
            f"{self.steps(column, page, WORDS)}&nbsp;页次：<strong><font color=red>{page}</font>/{total}</strong>页 "
            f"&nbsp;<b>{self.town.per_page}</b>篇文章/页&nbsp;转到："
            f"<Input type='text' name='page' size='3' maxlength='5' value='{box}' onKeyPress=\"if (event.keyCode==13) "
            f"window.location='{self.list_target(column, 1)}&page=' + this.value;\"></div>"
        )


class SiteWeaverFromZero(SiteWeaver):
    """The same where the first page is number 0."""

    base = 0


class SiteWeaverStatic(SiteWeaver):
    """Static lists, counted backwards: the last page is List_1.shtml."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/{column.slug}/{article.number}.shtml"

    def list_target(self, column: Column, page: int) -> str:
        return f"/{column.slug}/" + (f"List_{self.list_pages(column) - page + 1}.shtml" if page > 1 else "")

    def pager(self, column: Column, page: int) -> str:
        total, folder = self.list_pages(column), f"/{column.slug}/"
        return (
            f'<div class="showpage">共 <b>{len(column.articles)}</b> 篇通知&nbsp;&nbsp;'
            f"{self.steps(column, page, WORDS)} | {self.numbers(column, page, 9)} &nbsp;转到第"
            f"<Input type='text' name='page' size='3' value='{page}' onKeyPress=\"gopage(this.value,{total})\">页"
            "<script language='javascript'>\nfunction gopage(page,totalpage){ if (event.keyCode==13){\n"
            "  if(Math.abs(page)>totalpage) page=totalpage;\n"
            f"  if(Math.abs(page)>1) window.location='{folder}List_'+(totalpage-Math.abs(page)+1)+'.shtml';\n"
            f"  else window.location='{folder}';\n}} }}\n</script></div>"
        )


class SiteFactory(Plain):
    """The later system: pages are Index_2.aspx of the category's folder."""

    def article_target(self, column: Column, article: Article) -> str:
        return f"/Item/{article.number}.aspx"

    def list_target(self, column: Column, page: int) -> str:
        return f"/Category_{column.number}/Index{f'_{page}' if page > 1 else ''}.aspx"

    def file_target(self, column: Column, article: Article, ending: str) -> str:
        return f"/UploadFiles/{article.day:%Y/%m}/{article.number}.{ending}"

    def pager(self, column: Column, page: int) -> str:
        total = self.list_pages(column)

        def link(to: int, text: str) -> str:
            shown = min(max(to, 1), total)
            return f'<a href="{self.list_target(column, shown).rpartition("/")[2]}">{text}</a>'

        around = range(max(1, page - 4), min(page + 10, total) + 1)
        numbers = " ".join(f"<b>{link(to, str(to))}</b>" if to == page else link(to, str(to)) for to in around)
        return (
            '<div class="page"><span id="pe100_page_通用信息列表_普通式" class="pagecss"><!--{pe.begin.pagination}-->\n'
            f"{link(1, '首页')}\n{link(page - 1, '上一页')}\n{numbers}\n{link(page + 1, '下一页')}\n"
            f"{link(total, '尾页')}\n<!--{{pe.end.pagination}}--></span></div>"
        )


DIALECTS: dict[str, type[Dialect]] = {
    "powereasy": SiteWeaver,
    "powereasy-from-zero": SiteWeaverFromZero,
    "powereasy-static": SiteWeaverStatic,
    "sitefactory": SiteFactory,
}
