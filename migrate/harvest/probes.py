"""Addresses that we make up: what an old server answers to nonsense with status 200 means “not found” elsewhere too."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit, urlunsplit

from migrate.harvest.store import Job
from migrate.harvest.targets import MADE_UP, PROBE

MAX_EARLY_PROBES = 6
"""Requests that are spent on nonsense before anything but the first pages is believed."""

MAX_PROBES = 20
"""The same in a whole capture: shapes that are found deep in a site are asked about when they are met."""

_NUMBER = "987654321"
"""No article has it; larger ones overflow in old scripts and break them in other ways."""
_PAGES = frozenset("html htm shtml shtm asp aspx jsp php do action jhtml".split()) | {""}
_ID = re.compile(
    r"(?:^|(?<=&))(?![^=&]*(?:page|year|month|day|date)|(?:p|pn|pg|offset|start|begin|from|limit|rows|size|num|count|"
    r"y|yy|nian|m|mm|yue|d|dd|ri|rq)=)([^=&]*)=\d+(?=&|$)",
    re.IGNORECASE,
)
"""A number that names something. Not a date's: empty days look alike. Nor that of a list's page: behind their last
page, old scripts show the last.
"""


class Shapes:
    """The shapes of a site's addresses: for which of them something made up was asked for already."""

    def __init__(self, home: str, key: Callable[[str], str], known: Iterable[str]) -> None:
        """`key` returns the canonical URL of an address; `known` are keys of the capture, with those of its probes."""
        self._home = home
        self._key = key
        self._asked = {_shape(one) for one in known if one.endswith(PROBE)}
        self._settled: set[str] = set()
        """Endings of addresses without a query that need no further look: nearly all."""

    def early(self, jobs: Iterable[Job]) -> list[Job]:
        """Return jobs for addresses that can't be, in the commonest shapes of the own ones that `jobs` hold."""
        nonsense = Counter(url for job in jobs if not job.form and (url := _nonsense(self._home, job.url)))
        commonest = {_shape(url): url for url, _times in reversed(nonsense.most_common(MAX_EARLY_PROBES))}
        self._asked.update(commonest)
        return [self._job(url) for url in reversed(commonest.values())]

    def new(self, job: Job) -> Job | None:
        """Return a job for an address that can't be, if this is the first of its shape."""
        ending = job.url[job.url.rfind(".") + 1 :]
        if job.form or ending in self._settled or len(self._asked) >= MAX_PROBES:
            return None
        if "?" not in ending and "/" not in ending:
            self._settled.add(ending)
        url = _nonsense(self._home, job.url)
        if not url or (shape := _shape(url)) in self._asked:
            return None
        self._asked.add(shape)
        return self._job(url)

    def _job(self, url: str) -> Job:
        return Job(self._key(url) + PROBE, url, "", 0, 0)


def _nonsense(home: str, url: str) -> str:
    """Return an address that can't be, in the shape of `url`; empty where that is no page's."""
    parts = urlsplit(url)
    name = parts.path.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in _PAGES:
        return ""
    if _ID.search(parts.query):
        query = _ID.sub(rf"\g<1>={_NUMBER}", parts.query) + f"&{MADE_UP}=1"
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    path = f"/{MADE_UP}" + (f".{ending}" if ending else "" if name else "/")
    return urlunsplit((*urlsplit(home)[:2], path, "", ""))


def numbered_shape(url: str) -> str:
    """Return what all addresses have in common by which one script is asked for a thing by its number; empty for any
    other address.
    """
    parts = urlsplit(url)
    if not _ID.search(parts.query):
        return ""
    names = {pair.partition("=")[0] for pair in parts.query.split("&")} - {MADE_UP}
    return f"{parts.path.lower()}?{'&'.join(sorted(names))}"


def _shape(url: str) -> str:
    return numbered_shape(url) or urlsplit(url).path.lower()
