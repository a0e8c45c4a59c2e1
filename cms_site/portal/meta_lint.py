"""Whether a page carries the national META tags as the annex 网页标签规范 asks (国办发〔2017〕47号; domain rules §1.5).

For any page of any portal: it reads bytes as visitors get them, not our models. Tests hold every page type against it,
and a report may.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from selectolax.lexbor import LexborHTMLParser

from migrate.records import Finding, Level

SITE = ("SiteName", "SiteDomain", "SiteIDCode")
COLUMN = ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
ARTICLE = ("ArticleTitle", "PubDate", "ContentSource")
OPTIONAL = ("Keywords", "Author", "Description", "Image", "Url")
COLUMN_TYPES = frozenset(
    "首页 概况信息 机构职能 负责人信息 工作动态 政策文件 信息公开指南 信息公开目录 信息公开年报 依申请公开 数据发布 "
    "数据开放 数据开发 政策解读 回应关切 办事服务 咨询投诉 征集调查 在线访谈".split()
)
"""Values seen; the annex's list ends with 等, so that another one is only worth a look."""

_GENERIC = ("keywords", "author", "description")
"""HTML's own tags, which differ from the national ones by their case alone and are something else."""
_SITE_CODE = re.compile(r"\d{10}|bm\d{8}")
_MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of page must carry, and what it may."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


PLAIN_PAGE = Kind(SITE)
"""The home page, a channel, search: whatever is neither column nor article."""
COLUMN_PAGE = Kind(SITE + COLUMN)
ARTICLE_PAGE = Kind(SITE + COLUMN + ARTICLE, OPTIONAL)
UNDATED_PAGE = Kind(SITE + COLUMN + ("ArticleTitle", "ContentSource"), OPTIONAL)
"""An article of which nobody knows when it was published: none is better than an invented time."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register of government sites says of the portal; empty: not to be compared."""

    host: str = ""
    site_code: str = ""


def lint_meta(html: bytes, url: str, kind: Kind, registered: Registered) -> list[Finding]:
    """Return what is wrong with a page's national META tags, in the order of the annex; nothing if all is well."""
    tags = [
        (node.attributes.get("name") or "", (node.attributes.get("content") or "").strip())
        for node in LexborHTMLParser(html).css("meta[name]")
    ]
    said = [*_names(tags, kind), *_values(dict(tags), registered)]
    return [Finding(Level(level), f"portal.meta-{check}", url, message, hint) for level, check, message, hint in said]


_Said = tuple[str, str, str, str]


def _names(tags: list[tuple[str, str]], kind: Kind) -> Iterator[_Said]:
    allowed = kind.required + kind.optional
    for name in SITE + COLUMN + ARTICLE + OPTIONAL:
        same = [found for found, _content in tags if found.lower() == name.lower() and found not in _GENERIC]
        given = [content for found, content in tags if found == name]
        if len(same) > 1:
            yield "error", "twice", _("{name} stands there {count} times.").format(name=name, count=len(same)), _once()
        elif same and same[0] != name:
            message = _("{name} is spelled {found}.").format(name=name, found=same[0])
            yield "error", "spelling", message, _("Spell it exactly as the annex does.")
        elif name in kind.required and not same:
            yield "error", "missing", _("{name} is missing.").format(name=name), _fill()
        elif same and name not in allowed:
            message = _("{name} does not belong on a page of this kind.").format(name=name)
            yield "error", "misplaced", message, _("Take it away: an inspection would read it as something else.")
        elif given and not given[0]:
            yield "error", "empty", _("{name} is empty.").format(name=name), _fill()


def _values(tags: dict[str, str], registered: Registered) -> Iterator[_Said]:
    code, domain = tags.get("SiteIDCode", ""), tags.get("SiteDomain", "")
    if code and (code != registered.site_code if registered.site_code else not _SITE_CODE.fullmatch(code)):
        message = _("SiteIDCode “{found}” is not the code of the site.").format(found=code)
        yield "error", "site-code", message, _("Enter the registered code in the portal identity.")
    if domain and registered.host and domain != registered.host:
        message = _("SiteDomain “{found}” is not {host}.").format(found=domain, host=registered.host)
        yield "error", "domain", message, _("Correct the host name of the site in the admin.")
    published = tags.get("PubDate", "")
    if published and not _is_minute(published):
        message = _("PubDate “{found}” is no time of the form YYYY-MM-DD HH:MM.").format(found=published)
        yield "error", "pubdate", message, _("Correct the publication time of the page.")
    column_type = tags.get("ColumnType", "")
    if column_type and column_type not in COLUMN_TYPES:
        message = _("ColumnType “{found}” is none that the annex names.").format(found=column_type)
        yield "warning", "column-type", message, _("Choose one of the annex in the column's settings, if one fits.")
    for name in ("Url", "Image"):
        if (found := tags.get(name, "")) and urlsplit(found).scheme not in ("http", "https"):
            message = _("{name} “{found}” is no whole address.").format(name=name, found=found)
            yield "error", "address", message, _("It must begin with http:// or https://.")


def _is_minute(text: str) -> bool:
    try:
        return datetime.strptime(text, _MINUTE).strftime(_MINUTE) == text
    except ValueError:
        return False


def _once() -> str:
    return _("Each tag may stand on a page once.")


def _fill() -> str:
    return _("Fill in what it is made of: the portal identity, the column, or the page.")
