"""What may be fetched: robots.txt, the site file's exclude globs, and traps."""

from urllib.parse import unquote, urlsplit

from migrate.config import SiteConfig
from migrate.http.robots import Robots
from migrate.urls import glob_pattern

MAX_DEPTH = 25
"""Folders in a path; deeper ones are made by a broken relative link."""

MAX_REPEATS = 4
"""Times that one folder name may occur in a path."""


class Scope:
    """Decides, for one site, whether a URL is fetched."""

    def __init__(self, site: SiteConfig, robots: Robots) -> None:
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


def is_trap(path: str) -> bool:
    """Say whether a path looks like one that a wrong relative link makes longer on every page."""
    folders = [name for name in path.split("/")[:-1] if name]
    if len(folders) <= MAX_REPEATS:
        return False
    return len(folders) > MAX_DEPTH or max(map(folders.count, folders)) > MAX_REPEATS
