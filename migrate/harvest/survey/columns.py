"""What was explored → the columns: names, how many articles, which, and how new."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from migrate.harvest.survey.addresses import list_key
from migrate.harvest.survey.explore import Explorer, Node
from migrate.records import Kind, Listing, OldColumn

_SAME_CRUMB = 3
"""Lists with one breadcrumb from which on it says nothing: a template's mistake."""

_MENU_WORD = 8
"""Characters of a link to a page below a list from which on it is a title, no menu word."""

_TITLES = 20
_ROWS = 200


class Columns:
    """Makes the columns of one explored site."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._rows = explorer.rows
        crumbs = Counter(node.visit.record.breadcrumb for node in explorer.nodes.values() if node.visit.record)
        self._useless = {crumb for crumb, lists in crumbs.items() if lists >= _SAME_CRUMB}
        self._folders = {key: _folder(node.url) for key, node in explorer.nodes.items()}
        self._paths = {key: self._path(node) for key, node in explorer.nodes.items()}

    def all(self) -> tuple[OldColumn, ...]:
        """Return the columns in the order of the menus; those that only articles name come last."""
        lines: dict[str, list[Listing]] = {key: [] for key in self._explorer.nodes}
        for line, owner in self._owned():
            lines[owner].append(line)
        columns = [
            self._single(key, node) if node.single else self._list(key, node, lines[key])
            for key, node in self._explorer.nodes.items()
            if node is not self._explorer.home and not self._is_line(node)
        ]
        unread = [
            OldColumn((*self._path(parent), link.text), link.url, 0, 0, unread=True)
            for link, parent in self._explorer.menu_alone()
        ]
        return tuple(_merged([*columns, *_with_articles(unread, self._named_by_articles(columns))]))

    def _path(self, node: Node) -> tuple[str, ...]:
        """Return a column's names: its breadcrumb if it has one of its own, else the menu's words."""
        record = node.visit.record
        assert record is not None
        crumbs = record.breadcrumb if not node.answered else ()
        if crumbs and crumbs not in self._useless and (not node.single or node.text in ("", crumbs[-1])):
            return crumbs
        above = self._path(node.parent) if node.parent is not None else ()
        name = node.text or (record.title.value if record.title and node.parent else "")
        return (*above, name) if name and name not in above else above

    def _is_line(self, node: Node) -> bool:
        """Say whether a page with a short title that a list leads to is an article of that list and no column."""
        record, parent = node.visit.record, node.parent
        if not node.single or parent is None or record is None:
            return False
        crumbs = record.breadcrumb if not node.answered else ()
        if crumbs and crumbs[-1] != node.text:
            return any(crumbs == path for key, path in self._paths.items() if not self._explorer.nodes[key].single)
        return parent is not self._explorer.home and len(node.text) > _MENU_WORD

    def _owned(self) -> Iterator[tuple[Listing, str]]:
        """Yield each line once, with the list that it belongs to."""
        shown: dict[str, tuple[Listing, list[str]]] = {}
        for key, lines in self._rows.items():
            for line in lines:
                best, keys = shown.setdefault(line.url, (line, []))
                keys.append(key)
                if line.published and not best.published:
                    shown[line.url] = (line, keys)
        for node in self._explorer.nodes.values():
            if self._is_line(node) and node.parent is not None and node.visit.record is not None:
                title = node.visit.record.title
                line = Listing(node.visit.key, title.value if title else node.text)
                shown.setdefault(line.url, (line, [list_key(node.parent.visit.key)]))
        lists = [key for key, lines in self._rows.items() if lines and self._folders[key]]
        for url, (line, keys) in shown.items():
            near = [key for key in lists if _folder(url).startswith(self._folders[key])]
            yield line, max(dict.fromkeys([*keys, *near]), key=lambda key: self._claim(url, key, key in keys))

    def _claim(self, url: str, key: str, shows: bool) -> tuple[int, int, bool, int]:
        """Return how strongly a list claims an article: by its breadcrumb, its folder, by showing it, by its depth."""
        path, crumbs, folder = self._paths[key], self._crumbs(url), self._folders[key]
        named = 0
        if crumbs and path:
            named = 3 if crumbs == path else 2 if crumbs[-1] == path[-1] else 1 if path[-1] in crumbs else 0
        inside = len(folder) if folder and _folder(url).startswith(folder) else 0
        return named, inside, shows, len(path)

    def _crumbs(self, url: str) -> tuple[str, ...]:
        """Return the breadcrumb of an article that was read; empty where it says nothing."""
        visit = self._explorer.visit(url)
        record = visit.record if visit else None
        return record.breadcrumb if record is not None and record.kind is Kind.ARTICLE else ()

    def _single(self, key: str, node: Node) -> OldColumn:
        record = node.visit.record
        assert record is not None
        return OldColumn(
            path=self._paths[key],
            url=node.visit.url,
            articles=1,
            pages=1,
            newest=record.published.value[:10] if record.published else "",
            single=True,
            column_type=_column_type(record.meta),
            rows=(node.visit.key,),
            crumbs=(record.breadcrumb,) if record.breadcrumb else (),
        )

    def _list(self, key: str, node: Node, lines: list[Listing]) -> OldColumn:
        visit = node.visit
        assert visit.record is not None
        read = [found.record for line in lines if (found := self._explorer.visit(line.url)) and found.record]
        dates = [line.published for line in lines if line.published]
        dates += [record.published.value[:10] for record in read if record.published]
        types = (_column_type(record.meta) for record in (visit.record, *read))
        shown = sum(line.url in {row.url for row in self._rows[key]} for line in lines)
        return OldColumn(
            path=self._paths[key],
            url=node.url,
            articles=max(_estimate(shown, _pages(node), _total(node)), len(lines)),
            pages=_pages(node),
            newest=max(dates, default=""),
            column_type=next(filter(None, types), ""),
            rows=tuple(line.url for line in lines[:_ROWS]),
            titles=tuple(line.title for line in lines[:_TITLES]),
            crumbs=tuple(
                crumbs for crumbs, _count in Counter(self._crumbs(line.url) for line in lines).most_common() if crumbs
            ),
        )

    def _named_by_articles(self, known: list[OldColumn]) -> list[OldColumn]:
        """Return the columns that only the breadcrumbs of articles name: of lists that were not reached."""
        names = {name for column in known for name in column.path[-1:]}
        rows = {row for column in known for row in column.rows}
        found: dict[tuple[str, ...], list[str]] = {}
        for visit in self._explorer.visited():
            crumbs = self._crumbs(visit.key)
            if crumbs and visit.key not in rows and not names & set(crumbs):
                found.setdefault(crumbs, []).append(visit.key)
        return [
            OldColumn(crumbs, "", len(keys), 0, rows=tuple(keys), crumbs=(crumbs,)) for crumbs, keys in found.items()
        ]


def _with_articles(unread: list[OldColumn], named: list[OldColumn]) -> Iterator[OldColumn]:
    """Yield the columns that were not looked at, with the articles whose breadcrumb names one; then those that only
    breadcrumbs name.
    """
    by_name = {column.path[-1]: column for column in reversed(named)}
    for column in unread:
        found = by_name.pop(column.path[-1], None)
        if found is None:
            yield column
        else:
            yield replace(column, path=found.path, articles=found.articles, rows=found.rows, crumbs=found.crumbs)
            named.remove(found)
    yield from named


def _merged(columns: list[OldColumn]) -> list[OldColumn]:
    """Leave out what says nothing: no name, or a second list of the same name that was read and has no articles of its
    own.
    """
    kept: dict[tuple[str, ...], OldColumn] = {}
    rest: list[OldColumn] = []
    for column in columns:
        if not column.path:
            continue
        if column.path in kept and not column.rows and not column.unread:
            continue
        if column.path in kept:
            rest.append(column)
        else:
            kept[column.path] = column
    return [*kept.values(), *rest]


def _total(node: Node) -> int:
    """Return how many items a list, or the answer to its script, claims to have."""
    return max(visit.total for visit in (node.answers or [node.visit]))


def _pages(node: Node) -> int:
    """Return how many pages a list has; where a script fills it, how many answers there are."""
    further = {link.key for answer in node.answers for link in answer.links if link.context == "pager"}
    return 1 + len(further - {answer.key for answer in node.answers}) if node.answers else node.visit.pages


def _estimate(rows: int, pages: int, total: int) -> int:
    """Return about how many articles a list has: what it says itself if that can be, else pages times lines.

    The last page of a list is half full, on average.
    """
    if rows and total >= rows and total > (pages - 2) * rows:
        return total
    return rows if pages <= 1 else rows * (pages - 1) + (rows + 1) // 2


def _column_type(meta: Mapping[str, str]) -> str:
    return next((value for name, value in meta.items() if name.lower() == "columntype" and value), "")


def _folder(url: str) -> str:
    """Return the folder of an address, lower case, with its slash; empty for the root."""
    folder = urlsplit(url).path.lower().rpartition("/")[0]
    return f"{folder}/" if folder else ""
