"""An old site whose server knows versions, its harvests, and what they leave in the archive."""

from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from migrate.archive.reading import iter_records
from migrate.harvest import HarvestRun, HarvestSummary, run_harvest
from tests.harvest.oldsite import FAMILIES, Answer, OldSite, config
from tests.harvest.test_harvest import HOME, rows

DELTA = HarvestRun(delta=True)
OLD = "Tue, 03 May 2016 09:12:00 GMT"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


@dataclass
class Versioned(OldSite):
    """An old site whose server knows versions."""

    etags: dict[str, str] = field(default_factory=dict)
    modified: dict[str, str] = field(default_factory=dict)
    deaf: bool = False
    """It sends entity tags and doesn't look at those it gets."""
    liar: bool = False
    """It answers 304 to whatever is conditional."""
    asked: list[tuple[str, Message]] = field(default_factory=list)

    def answer(self, path: str, request: BaseHTTPRequestHandler) -> Answer:
        self.asked.append((path, request.headers))
        found = super().answer(path, request)
        etag, modified = self.etags.get(path, ""), self.modified.get(path, "")
        own = {name: value for name, value in (("ETag", etag), ("Last-Modified", modified)) if value}
        wanted = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
        known = self._knows(wanted, etag, modified) if any(wanted) and not self.deaf else False
        return Answer(status=304, type="", headers=own) if known else replace(found, headers=found.headers | own)

    def _knows(self, wanted: tuple[str | None, str | None], etag: str, modified: str) -> bool:
        if self.liar:
            return True
        if wanted[0]:
            return wanted[0].removeprefix("W/") == etag.removeprefix("W/")
        return wanted[1] == modified

    def conditional(self) -> set[str]:
        """Paths that were asked for under a condition since `asked` was emptied."""
        return {path for path, heads in self.asked if "If-None-Match" in heads or "If-Modified-Since" in heads}


def run(site: OldSite, folder: Path, asked: HarvestRun | None = None, **settings: object) -> HarvestSummary:
    if isinstance(site, Versioned):
        site.asked.clear()
    return run_harvest(config(site, **settings), FAMILIES, folder, asked or HarvestRun(), lambda _progress: None)


def figures(summary: HarvestSummary) -> tuple[int, int, int, int]:
    return summary.new, summary.changed, summary.gone, summary.unchanged


def held(folder: Path, summary: HarvestSummary) -> set[str]:
    """What a capture holds: addresses with a row of their own."""
    found = rows(folder, f"SELECT key FROM resources WHERE capture = '{summary.capture}'")
    return {key.removeprefix(HOME) for (key,) in found}


def revisits(folder: Path, summary: HarvestSummary) -> dict[str, tuple[str, dict[str, str]]]:
    """Path → (profile, fields) of the revisit records of a capture."""
    found = {}
    for path in sorted((folder / "warc").glob(f"{summary.capture}-*")):
        for record in iter_records(path):
            if record.kind == "revisit":
                found[record.fields["warc-target-uri"].removeprefix(HOME)] = (
                    record.fields["warc-profile"], record.fields)  # fmt: skip
    return found


def snapshot(folder: Path, capture: str) -> list[Any]:
    tables = ("captures WHERE stamp", "frontier WHERE capture", "resources WHERE capture")
    stored = [rows(folder, f"SELECT * FROM {table} = '{capture}'") for table in tables]
    return [*stored, [path.read_bytes() for path in sorted((folder / "warc").glob(f"{capture}-*"))]]
