"""Addresses that we make up: what an old server answers to nonsense with status 200 means “not found” elsewhere too."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit, urlunsplit

from migrate.harvest.store import Job
from migrate.harvest.targets import MADE_UP, PROBE

MAX_PROBES = 6
"""Requests that are spent on nonsense in a capture."""

_NUMBER = "987654321"
"""No article has it; larger ones overflow in old scripts and break them in other ways."""
_PAGES = frozenset("html htm shtml shtm asp aspx jsp php do action jhtml".split()) | {""}
_ID = re.compile(r"=\d+(?=&|$)")


def made_up(home: str, jobs: Iterable[Job], key: Callable[[str], str]) -> list[Job]:
    """Return jobs for addresses that can't be, in the commonest shapes of the own ones that `jobs` hold.

    `key` returns the canonical URL of an address.
    """
    shapes = Counter(url for job in jobs if not job.form for url in _nonsense(home, job.url))
    return [Job(key(url) + PROBE, url, "", 0, 0) for url, _times in shapes.most_common(MAX_PROBES)]


def _nonsense(home: str, url: str) -> Iterator[str]:
    parts = urlsplit(url)
    name = parts.path.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in _PAGES:
        return
    if _ID.search(parts.query):
        query = _ID.sub("=" + _NUMBER, parts.query) + f"&{MADE_UP}=1"
        yield urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
        return
    path = f"/{MADE_UP}" + (f".{ending}" if ending else "" if name else "/")
    yield urlunsplit((*urlsplit(home)[:2], path, "", ""))
