"""What may be fetched: robots.txt, the site file's exclude globs, and traps."""

from dataclasses import replace
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from migrate.config import SiteConfig
from migrate.http.robots import Robots
from migrate.urls import glob_pattern

MAX_DEPTH = 25
"""Folders in a path; deeper ones are made by a broken relative link."""

MAX_REPEATS = 4
"""Times that one folder name may occur in a path."""


class Allowed(NamedTuple):
    """What a scope was made of: with it the same can be allowed again."""

    robots: Literal["obey", "waived"]
    robots_txt: str
    exclude: tuple[str, ...]
    aliases: tuple[str, ...]
    case_sensitive: bool


class Scope:
    """Decides, for one site, whether a URL is fetched."""

    def __init__(self, site: SiteConfig, robots: Robots) -> None:
        self.allowed = Allowed(
            site.harvest.robots, robots.text, site.harvest.exclude, site.site.aliases, site.site.urls.case_sensitive
        )
        self._robots = robots if site.harvest.robots == "obey" else None
        sensitive = site.site.urls.case_sensitive
        self._excluded = [glob_pattern(glob, case_sensitive=sensitive) for glob in site.harvest.exclude]

    def refusal(self, key: str, url: str) -> str:
        """Return why a URL is not fetched: `excluded`, `trap`, `robots`; empty if it is."""
        path = urlsplit(key).path
        if self._excluded:
            plain = unquote(path)
            if any(pattern.fullmatch(plain) for pattern in self._excluded):
                return "excluded"
        if is_trap(path):
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
    return then, Scope(then, Robots.of(allowed.robots_txt))


def is_trap(path: str) -> bool:
    """Say whether a path looks like one that a wrong relative link makes longer on every page."""
    folders = [name for name in path.split("/")[:-1] if name]
    if len(folders) <= MAX_REPEATS:
        return False
    return len(folders) > MAX_DEPTH or max(map(folders.count, folders)) > MAX_REPEATS
