"""Articles in several pages: one record has the whole text, in order; the further pages lead to it."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.warc import WarcWriter, digest_of
from migrate.config import SiteConfig
from migrate.extract.parts import groups, join, place_of
from migrate.extract.stage import extract_all
from migrate.families import Families
from migrate.http import Response
from migrate.records import Field, FileLink, Kind, Record

HOST = "http://www.dahe.example.gov.cn"
STAMP = "20261121T093000Z"
LATER = "20261122T093000Z"
PDF = b"%PDF-1.4 made up"


@pytest.mark.parametrize(
    ("path", "first", "number"),
    [
        ("/a/12_2.html", "/a/12.html", 2),
        ("/a/t20180301_102_1.html", "/a/t20180301_102.html", 1),
        ("/contents/3/45_10.html", "/contents/3/45.html", 10),
        ("/show.asp?id=12&page=2", "/show.asp?id=12", 2),
        ("/view.php?PageNo=3", "/view.php", 3),
        ("/a/12.html", None, 0),
        ("/a/_2.html", None, 0),
        ("/show.asp?id=12&page=x", None, 0),
        ("/show.asp?id=12", None, 0),
    ],
)
def test_place_of(path: str, first: str | None, number: int) -> None:
    assert place_of(HOST + path) == (None if first is None else (HOST + first, number))


def test_groups_only_where_the_first_page_is_there() -> None:
    keys = {HOST + path for path in ("/12.html", "/12_10.html", "/12_2.html", "/13_2.html", "/14.html")}
    assert groups(keys) == {HOST + "/12.html": [HOST + "/12_2.html", HOST + "/12_10.html"]}


def record(path: str, title: str, body: str, kind: Kind = Kind.ARTICLE, file: str = "") -> Record:
    links = (FileLink(f"{HOST}/{file}", file),) if file else ()
    return Record(f"{HOST}/{path}", kind, title=Field(title, "meta:title", 0.9), body=body, attachments=links)


def test_join() -> None:
    first = record("12.html", "大河镇志", "<p>一</p>", file="a.doc")
    rest = [
        record("12_2.html", "大河镇志（2）", "<p>二</p>", file="b.doc"),
        record("12_3.html", "大河镇年鉴", "<p>另一篇</p>"),
        record("12_4.html", "大河镇志(4)", "<p>四</p>", file="a.doc"),
        record("12_5.html", "大河镇志", "<p>一</p>"),
    ]
    whole, parts, missing = join(first, rest)
    assert whole.body == "<p>一</p>\n<p>二</p>\n<p>四</p>"
    assert [link.name for link in whole.attachments] == ["a.doc", "b.doc"]
    assert [part.key for part in parts] == [f"{HOST}/12_{n}.html" for n in (2, 4, 5)]
    assert {part.reason for part in parts} == {f"part-of:{HOST}/12.html"}
    assert not any(part.body or part.attachments for part in parts) and {part.kind for part in parts} == {Kind.OTHER}
    assert missing == 1


def test_lists_are_not_joined() -> None:
    first = record("list.html", "通知公告", "", Kind.LIST)
    assert join(first, [record("list_2.html", "通知公告", "", Kind.LIST)]) == (first, [], 0)


def page(text: str) -> bytes:
    return (
        "<html><head><title>大河镇志 - 大河镇人民政府</title></head><body><h1>大河镇志</h1>"
        "<div>时间：2020-07-01 来源：文化站</div>"
        f"<div id='zoom'><p>{text}</p></div></body></html>"
    ).encode()


class Archive:
    """A ledger and its WARC, filled capture by capture."""

    def __init__(self, folder: Path, ledger: Ledger, writer: WarcWriter) -> None:
        self.folder, self.ledger, self.writer = folder, ledger, writer

    def capture(self, stamp: str, answers: dict[str, bytes]) -> None:
        self.ledger.db.execute("INSERT INTO captures VALUES (?, 'full', 'finished', '', '', '{}')", (stamp,))
        for path, body in answers.items():
            kind = "text/html" if path.endswith(".html") else "application/octet-stream"
            started = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
            headers = ((b"Content-Type", kind.encode()),)
            response = Response(
                HOST + path, 200, "OK", raw_headers=headers, body=body, request=b"GET / HTTP/1.1\r\n\r\n",
                started_at=started,
            )  # fmt: skip
            place = self.writer.write(response, digest_of(body))
            self.ledger.db.execute(
                "INSERT INTO resources VALUES (?, ?, ?, 200, ?, ?, ?, ?, ?, '', '', '', '', '', '', '')",
                (stamp, HOST + path, HOST + path, kind, place.digest, len(body), place.warc_file, place.warc_offset),
            )
        self.writer.sync()

    def read(self, site: SiteConfig, families: Families) -> tuple[int, int]:
        return extract_all(self.ledger, self.folder, site, families, lambda *_progress: None)


def test_the_stage_joins_and_joins_again(tmp_path: Path, site: SiteConfig, families: Families) -> None:
    with (
        closing(WarcWriter(tmp_path / "warc", STAMP, info={"software": "test"})) as writer,
        Ledger(tmp_path / "ledger.sqlite", create=True) as ledger,
    ):
        archive = Archive(tmp_path, ledger, writer)
        pages = {"/z/12.html": page("第一页的话。"), "/z/12_2.html": page("第二页的话。"), "/z/13.html": page("别的。")}
        archive.capture(STAMP, pages)
        assert archive.read(site, families) == (3, 0)
        assert bodies(ledger) == {
            "12.html": "<p>第一页的话。</p>\n<p>第二页的话。</p>",
            "12_2.html": "",
            "13.html": "<p>别的。</p>",
        }
        before = list(ledger.records())
        assert archive.read(site, families) == (0, 3)
        assert list(ledger.records()) == before

        archive.capture(LATER, {"/z/12_2.html": page("第二页改了。")})
        assert archive.read(site, families) == (2, 1)
        assert bodies(ledger)["12.html"] == "<p>第一页的话。</p>\n<p>第二页改了。</p>"

        ledger.db.execute("DELETE FROM resources WHERE key LIKE '%12_2.html'")
        archive.read(site, families)
        assert bodies(ledger) == {"12.html": "<p>第一页的话。</p>", "13.html": "<p>别的。</p>"}


def bodies(ledger: Ledger) -> dict[str, str]:
    return {record.key.rsplit("/", 1)[-1]: record.body for record in ledger.records()}


def test_records_know_their_files_once_they_are_captured(tmp_path: Path, site: SiteConfig, families: Families) -> None:
    with (
        closing(WarcWriter(tmp_path / "warc", STAMP, info={"software": "test"})) as writer,
        Ledger(tmp_path / "ledger.sqlite", create=True) as ledger,
    ):
        archive = Archive(tmp_path, ledger, writer)
        link = "见附件：<a href='/down.asp?id=3'>计划.doc</a> <a href='http://else.example.com/b.pdf'>b.pdf</a>"
        archive.capture(STAMP, {"/z/1.html": page(link)})
        archive.read(site, families)
        (read,) = ledger.records()
        assert [(file.name, file.length, file.digest) for file in read.attachments] == [
            ("计划.doc", 0, ""),
            ("b.pdf", 0, ""),
        ]

        archive.capture(LATER, {"/down.asp?id=3": PDF})
        assert archive.read(site, families) == (1, 1)  # the page is not read again, the file is looked at
        (read,) = ledger.records()
        known, foreign = read.attachments
        assert (known.media_type, known.length, known.digest) == ("application/pdf", len(PDF), digest_of(PDF))
        assert foreign.digest == ""
