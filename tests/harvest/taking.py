"""What the tests of sources share: sources are written, taken in, and what came of it is read."""

import io
import os
from pathlib import Path
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.archive.verify import verify
from migrate.archive.warc import warc_files
from migrate.config import SiteConfig
from migrate.harvest import HarvestRun, HarvestSummary, run_harvest
from tests.harvest.oldsite import FAMILIES, HOST, OldSite, config
from tests.harvest.test_harvest import HOME, check, rows

EARLY, LATE = "2015-03-01T08:00:00Z", "2016-03-01T08:00:00Z"


def taken(source: Path, folder: Path, asked: SiteConfig | None = None, **options: object) -> HarvestSummary:
    """Take a source in, with the old site switched off; the archive then is as good as any."""
    run = HarvestRun(source=source, **options)  # type: ignore[arg-type]
    told = run_harvest(asked or config(OldSite()), FAMILIES, folder, run, lambda _progress: None)
    if warc_files(folder):
        check(folder)
        with Ledger(folder / "ledger.sqlite") as ledger:
            assert verify(folder, ledger, lambda _done, _of: None).findings == ()
    return told


def bodies(folder: Path) -> dict[str, bytes]:
    """Return URL without host → what a reader of it sees, of all that answered 200."""
    with Ledger(folder / "ledger.sqlite") as ledger:
        return {
            resource.key.removeprefix(HOME): read_response(folder, resource.warc_file, resource.warc_offset).body
            for resource in ledger.newest_resources()
            if resource.ok
        }


def source_findings(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, message in rows(folder, "SELECT name, message FROM findings WHERE stage = 'source' ORDER BY rowid"):
        found.setdefault(name.removeprefix("source."), []).append(message)
    return found


class Written:
    """A WARC file written by warcio: each answer before its request, as most programs have it."""

    def __init__(self, path: Path, *, gzip: bool = True) -> None:
        self._file = path.open("wb")
        self._out = WARCWriter(self._file, gzip=gzip)

    def put(
        self, path: str, body: bytes, *headers: tuple[str, str], date: str = EARLY, status: str = "200 OK",
        host: str = HOST, method: str = "GET", form: bytes = b"", form_type: str = "application/x-www-form-urlencoded",
    ) -> "Written":  # fmt: skip
        url = path if "://" in path else f"http://{host}{path}"
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        answer = self._out.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict={"WARC-Date": date}
        )
        asked = [("Host", host), ("Content-Type", form_type), ("Content-Length", str(len(form)))]
        request = self._out.create_warc_record(
            url,
            "request",
            payload=io.BytesIO(form),
            http_headers=StatusAndHeaders(f"{method} {quote(path)} HTTP/1.1", asked),
        )
        self._out.write_request_response_pair(request, answer)
        return self

    def revisit(self, path: str, digest: str, uri: str = "", at: str = "", *, http: bool = True) -> "Written":
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1") if http else None
        record = self._out.create_revisit_record(
            f"http://{HOST}{path}", digest, uri, at, http_headers=head, warc_headers_dict={"WARC-Date": LATE}
        )
        self._out.write_record(record)
        return self

    def close(self) -> None:
        self._file.close()


HTML = ("Content-Type", "text/html; charset=gb2312")


def put(folder: Path, name: str | bytes, body: bytes) -> None:
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(body)
    os.utime(path, (1_400_000_000, 1_400_000_000))
