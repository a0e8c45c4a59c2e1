"""What may be fetched: robots.txt, the site file's exclude globs, and traps."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from migrate.config import SiteConfig
from migrate.http.robots import Robots
from migrate.urls import glob_pattern

MAX_DEPTH = 25
"""Folders in a path; deeper ones are made by a broken relative link."""

MAX_REPEATS = 4
"""Times that one folder name may occur in a path."""


FIRST_YEAR = 1990
"""No calendar of a site tells of a day before it."""

_YEAR = re.compile(
    r"(?:^|&)(?:y|yy|year|nian|yr|ym|date|day|rq|riqi)=(\d{4})(?=$|&|[-/.]|\d\d(?:\d\d)?(?:$|&))", re.IGNORECASE
)
_MONTH = re.compile(r"(?:^|&)(?:m|mm|month|yue|yf)=\d|=\d{4}[-/.]?\d")
_CALENDAR = re.compile(r"/(?:calendar|rili|events?)/(?:.*/)?(\d{4})[/-]\d{1,2}(?!\d)", re.IGNORECASE)


class Allowed(NamedTuple):
    """What a scope was made of: with it the same can be allowed again."""

    robots: Literal["obey", "waived"]
    robots_txt: str
    exclude: tuple[str, ...]
    aliases: tuple[str, ...]
    case_sensitive: bool
    last_year: int
    """Of calendars: the year after the harvest's."""


class Scope:
    """Decides, for one site, whether a URL is fetched."""

    def __init__(self, site: SiteConfig, robots: Robots, last_year: int = 0) -> None:
        """`last_year` is the last one of which calendars are fetched; without it, next year."""
        self.allowed = Allowed(
            robots=site.harvest.robots,
            robots_txt=robots.text,
            exclude=site.harvest.exclude,
            aliases=site.site.aliases,
            case_sensitive=site.site.urls.case_sensitive,
            last_year=last_year or datetime.now(UTC).year + 1,
        )
        self._robots = robots if site.harvest.robots == "obey" else None
        sensitive = site.site.urls.case_sensitive
        self._excluded = [glob_pattern(glob, case_sensitive=sensitive) for glob in site.harvest.exclude]

    def refusal(self, key: str, url: str) -> str:
        """Return why a URL is not fetched: `excluded`, `trap`, `robots`; empty if it is."""
        path, query = urlsplit(key)[2:4]
        if self._excluded:
            plain = unquote(path)
            if any(pattern.fullmatch(plain) for pattern in self._excluded):
                return "excluded"
        if is_trap(path) or (query and is_growing(query)) or is_out_of_time(path, query, self.allowed.last_year):
            return "trap"
        if self._robots is not None and not self._robots.allowed(url):
            return "robots"
        return ""


def as_it_was(site: SiteConfig, allowed: Allowed) -> tuple[SiteConfig, Scope]:
    """Return a site file with what it said when this was allowed, and the scope of then."""
    urls = replace(site.site.urls, case_sensitive=allowed.case_sensitive)
    then = replace(
        site,
        site=replace(site.site, aliases=allowed.aliases, urls=urls),
        harvest=replace(site.harvest, robots=allowed.robots, exclude=allowed.exclude),
    )
    return then, Scope(then, Robots.of(allowed.robots_txt), allowed.last_year)


def is_trap(path: str) -> bool:
    """Say whether a path looks like one that a wrong relative link makes longer on every page."""
    folders = [name for name in path.split("/")[:-1] if name]
    if len(folders) <= MAX_REPEATS:
        return False
    return len(folders) > MAX_DEPTH or max(map(folders.count, folders)) > MAX_REPEATS


def is_growing(query: str) -> bool:
    """Say whether a query looks like one that each page makes longer: one name again and again, or an address within
    an address within an address.
    """
    names = Counter(pair.partition("=")[0] for pair in query.split("&"))
    if max(names.values()) > MAX_REPEATS:
        return True
    for _layer in range(2 * MAX_REPEATS):
        query = unquote(query)
    return query.count("?") > MAX_REPEATS


def is_out_of_time(path: str, query: str, last_year: int) -> bool:
    """Say whether an address asks for a month that no site tells of: calendars go on for ever, both ways.

    A year alone is none of a calendar: chronicles and plans have such pages.
    """
    found = (_YEAR.search(query) if _MONTH.search(query) else None) or _CALENDAR.search(path)
    return found is not None and not FIRST_YEAR <= int(found[1]) <= last_year
