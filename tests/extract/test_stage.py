"""The stage over a real ledger and WARC: a page that is a trap costs itself only, and is seen."""

import gzip
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.archive.warc import WarcWriter, digest_of
from migrate.config import SiteConfig
from migrate.extract.stage import extract_all
from migrate.families import Families
from migrate.http import Response
from migrate.records import Level

HOST = "http://www.dahe.example.gov.cn"
STAMP = "20261121T093000Z"
BOMB = gzip.compress(b"<html><body><h1>x</h1><p>" + bytes(30_000_000), 1)
ZIPPED = ((b"Content-Encoding", b"gzip"),)


def test_a_page_beyond_the_limit_is_no_article(tmp_path: Path, site: SiteConfig, families: Families) -> None:
    answers = {
        "/a/t20200701_1.html": ("text/html", BOMB, ZIPPED),
        "/a/t20200701_2.html": ("text/html", "<h1>大河镇开展环境整治</h1><div id=zoom>正文。</div>".encode(), ()),
        "/down.asp": ("application/octet-stream", BOMB, ZIPPED),
    }
    with (
        closing(WarcWriter(tmp_path / "warc", STAMP, info={"software": "test"})) as writer,
        Ledger(tmp_path / "ledger.sqlite", create=True) as ledger,
    ):
        ledger.db.execute("INSERT INTO captures VALUES (?, 'full', 'finished', '', '', '{}')", (STAMP,))
        for path, (media_type, body, coding) in answers.items():
            headers = ((b"Content-Type", media_type.encode()), *coding)
            started = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
            request = b"GET / HTTP/1.1\r\n\r\n"
            response = Response(
                HOST + path, 200, "OK", raw_headers=headers, body=body, request=request, started_at=started
            )
            place = writer.write(response, digest_of(body))
            ledger.db.execute(
                "INSERT INTO resources VALUES "
                "(?, ?, ?, 200, ?, ?, 9, ?, ?, '2026-11-21T09:30:00+00:00', '', '', '', '', '', '')",
                (STAMP, HOST + path, HOST + path, media_type, place.digest, place.warc_file, place.warc_offset),
            )
        writer.sync()
        extract_all(ledger, tmp_path, site, families, lambda *_progress: None)
        assert [record.key for record in ledger.records()] == [HOST + "/a/t20200701_2.html"]
        found = [(finding.level, finding.check, finding.url) for _stage, finding in ledger.findings("extract")]
        assert (Level.ERROR, "extract.too-large", HOST + "/a/t20200701_1.html") in found
        assert not [url for _level, _check, url in found if url.endswith("/down.asp")]
