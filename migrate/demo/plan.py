"""Where everything of a demo site lies: addresses of articles, lists, files and pictures, and how links spell them."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from migrate.demo.description import ArticleSpec, ColumnSpec, OddSpec, SiteSpec

Item = ArticleSpec | OddSpec
"""A line of a list."""


@dataclass(frozen=True)
class Plan:
    """The description with its addresses. Targets are path and query; every one begins with a slash."""

    spec: SiteSpec

    @cached_property
    def columns(self) -> Mapping[str, ColumnSpec]:
        """Columns by slug."""
        return {column.slug: column for column in self.spec.columns}

    @cached_property
    def items(self) -> Mapping[int, tuple[ColumnSpec, Item]]:
        """Everything that a list line can lead to, by number. Raises ValueError where a number stands twice."""
        found: dict[int, tuple[ColumnSpec, Item]] = {}
        for column in self.spec.columns:
            contents = self.spec.contents[column.slug]
            lines: tuple[Item, ...] = (*contents.articles, *contents.odd)
            for item in lines:
                if item.id in found:
                    raise ValueError(f"{self.spec.id}: number {item.id} stands twice")
                found[item.id] = (column, item)
        return found

    def articles(self) -> Iterator[tuple[ColumnSpec, ArticleSpec]]:
        """Yield all articles, column by column."""
        for column, item in self.items.values():
            if isinstance(item, ArticleSpec):
                yield column, item

    def lines(self, column: ColumnSpec) -> list[Item]:
        """Return a column's list, newest first, of one day by number."""
        contents = self.spec.contents[column.slug]
        numbered: list[Item] = sorted((*contents.articles, *contents.odd), key=lambda item: item.id)
        return sorted(numbered, key=lambda item: item.date, reverse=True)

    def pages(self, column: ColumnSpec) -> list[list[Item]]:
        """Return a column's list, page by page."""
        lines = self.lines(column)
        return [lines[at : at + column.per_page] for at in range(0, len(lines), column.per_page)]

    def target(self, number: int) -> str:
        """Return the address of an article or odd line. Raises KeyError for an unknown number."""
        column, item = self.items[number]
        if isinstance(item, ArticleSpec) and item.path:
            return item.path
        if isinstance(item, OddSpec) and item.becomes == "asp-error":
            return f"/shownews.asp?id={item.id}"
        if not column.folder:
            return f"/show.asp?id={item.id}"
        year, month, day = item.date[:10].split("-")
        return f"{column.folder}{year}/{month}{day}/{item.id}.html"

    def list_target(self, column: ColumnSpec, page: int = 1) -> str:
        """Return the address of one page of a column's list; a single-page column's only page."""
        if column.single:
            return self.target(self.lines(column)[0].id)
        if not column.folder:
            return f"/list.asp?cid={column.cid}&page={page}"
        return column.folder + ("index.html" if page == 1 else f"index_{page}.html")

    def breadcrumb(self, column: ColumnSpec) -> list[tuple[str, str]]:
        """Return (name, address) of a column and the landing page above it, from the top."""
        above = [(self.spec.sections[column.parent], f"/{column.parent}/")] if column.parent else []
        return [*above, (column.name, self.list_target(column))]

    def column_path(self, column: ColumnSpec) -> tuple[str, ...]:
        """Return the names of the breadcrumb."""
        return tuple(name for name, _target in self.breadcrumb(column))

    def absolute(self, target: str) -> str:
        """Return the URL of a target under the main host."""
        return f"http://{self.spec.host}{target}"

    def href(self, page: str, mark: str) -> str:
        """Return what stands in a link on `page` for a mark of the description, e.g. `rel:103#c2`, `file:form.doc`."""
        how, _colon, rest = mark.partition(":")
        name, sign, place = rest.partition("#")
        if how == "file":
            return relative(page, quote_gbk(self.spec.files[name].path))
        if how in ("img", "lazy"):
            return relative(page, self.spec.pictures[name].path)
        if how not in ("rel", "frag", "abs", "alias"):
            return mark
        target = self.target(int(name))
        near = relative(page, target)
        return {
            "rel": near + sign + place,
            "frag": f"{near}#zoom",
            "abs": self.absolute(target),
            "alias": f"http://{self.spec.aliases[0]}{target}",
        }[how]


def relative(page: str, target: str) -> str:
    """Return the link from one page to another as an old editor's tool wrote it: ../../a/b.html."""
    return posixpath.relpath(target, posixpath.dirname(page.partition("?")[0]))


def quote_gbk(target: str) -> str:
    """Return a target with Chinese letters as GBK escapes, as old upload scripts wrote them."""
    return quote(target, safe="/?=&%~!$'()*+,;:@-._", encoding="gbk")
