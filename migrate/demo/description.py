"""The short description of an old site: `sites/<id>.yaml` (the site) and `sites/<id>/<column>.yaml` (its articles).

A body is written in a few marks, a line a paragraph: `【…】` alone is a heading, `> …` stands on the right,
`| a | b |` is a table row (`<` joins the cell on the left, `^` the one above), `![text](img:name)` a picture (`lazy:`
for one that a script loads), `[text](…)` a link: `file:name` an attachment, `rel:` `abs:` `alias:` `frag:` plus an
article's number one of four ways to spell its address, anything else as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from migrate.config import strict
from migrate.errors import UsageError
from migrate.i18n import _

SITES = Path(__file__).parent / "sites"

Style = Literal["p", "word", "br", "div"]
"""How the editor's tool wrote paragraphs: plain, pasted from Word, non-breaking blanks and breaks, divs with fonts."""
Label = Literal["full", "plain", "short", "none"]
"""The line under the title: date and time, source, author, hits · source, author, 年月日 · [2016/5/3] · nothing."""


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A file for download. The ending of `path` says what it is; of tables each line is a row, cells between `|`."""

    path: str
    text: str = ""
    served_as: str = "application/octet-stream"
    """Content-Type that the server sends; old servers know few."""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """A drawn picture; the ending of `path` says jpg, png or gif."""

    path: str
    scene: Literal["spring", "river", "autumn", "village", "night", "portrait"] = "spring"
    caption: str = ""


@dataclass(frozen=True, slots=True)
class ArticleSpec:
    """One article. What is left out follows its column."""

    id: int
    title: str
    date: str
    """`2016-05-03 09:12`, or the day alone."""
    body: str
    path: str = ""
    source: str | None = None
    author: str = ""
    style: Style | None = None
    label: Label | None = None
    meta: bool | None = None
    head: Mapping[str, str] = field(default_factory=dict)
    """Head table of a policy document: 索引号, 发文机关, 成文日期, 发文字号, 主题词, 有效性."""
    injected: Mapping[str, str] = field(default_factory=dict)
    """Link text → address of links that an intruder hid in the body."""
    charset_header: str = ""
    """A charset that the HTTP header claims, wrongly."""
    traps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OddSpec:
    """A line in a list that leads to no article."""

    id: int
    title: str
    date: str
    becomes: Literal["http", "meta", "missing-page", "asp-error", "dead"]
    """302 or meta refresh to the article `to`; an error page with status 200; nothing but a 404."""
    to: int = 0


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column of the old site."""

    slug: str
    name: str
    folder: str = ""
    """Path of its static pages, e.g. /gzdt/; empty for a column made by list.asp and show.asp."""
    cid: int = 0
    parent: str = ""
    """Slug of the landing page above it."""
    per_page: int = 10
    single: bool = False
    """No list: the menu leads straight to its one page."""
    menu: bool = True
    style: Style = "p"
    label: Label = "full"
    meta: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """A link of the page's frame."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ColumnFile:
    """One column's articles, as its file gives them."""

    articles: tuple[ArticleSpec, ...] = ()
    odd: tuple[OddSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """The whole description; `contents` comes from the columns' own files."""

    id: str
    name: str
    host: str
    aliases: tuple[str, ...]
    site_code: str
    icp: str
    unit: str
    contact: str
    columns: tuple[ColumnSpec, ...]
    sections: Mapping[str, str] = field(default_factory=dict)
    """Slug of a landing page → its name; it lies at /<slug>/."""
    menu_links: tuple[LinkSpec, ...] = ()
    footer_links: tuple[LinkSpec, ...] = ()
    friends: tuple[LinkSpec, ...] = ()
    """Links to other sites, on the home page."""
    carousel: tuple[int, ...] = ()
    """Articles whose first picture turns on the home page."""
    injected: Mapping[str, str] = field(default_factory=dict)
    """Link text → address of links that an intruder hid in the home page."""
    disallow: str = "/admin/"
    files: Mapping[str, FileSpec] = field(default_factory=dict)
    pictures: Mapping[str, PictureSpec] = field(default_factory=dict)
    contents: Mapping[str, ColumnFile] = field(default_factory=dict, metadata={"hidden": True})


def load(site_id: str, folder: Path = SITES) -> SiteSpec:
    """Return the description of one site. Raises UsageError for an unknown id, ConfigError for bad YAML."""
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if site_id not in known:
        raise UsageError(_("There is no demo site “{site}”.").format(site=site_id), strict.did_you_mean(site_id, known))
    site: SiteSpec = strict.load(folder / f"{site_id}.yaml", SiteSpec)
    contents = {
        column.slug: strict.load(folder / site_id / f"{column.slug}.yaml", ColumnFile) for column in site.columns
    }
    return replace(site, contents=contents)
