"""WACZ files, judged by the programs that read them: `wacz validate`, and pywb, which replays them."""

import gzip
import json
import random
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from migrate.archive.cdxj import surt
from migrate.archive.wacz import Described, Exported, WaczPage, write_wacz
from migrate.archive.warc import Original, WarcWriter, Written, digest_of
from migrate.http import Response
from tests.archive.judges import judge, replayed

HOST = "http://www.dahe.example.gov.cn"
STAMP = "20261121T093000Z"
PAGE = "<html><title>关于修路的通知</title>大河镇</html>".encode("gb18030")
IMAGE = b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(5000)
LIST = "/module/web/jpage/dataproxy.jsp?startrecord=1&endrecord=45"
FORMS = (b"col=1&webname=%B4%F3%BA%D3&path=%2F", b"col=2&webname=%E5%A4%A7&path=%2F", b"col=3&x=" + b"v" * 5000)
DESCRIBED = Described("大河镇人民政府", "2 captures", f"{HOST}/")


class Archive:
    """A site's archive, written answer by answer, a second apart."""

    def __init__(self, folder: Path, **more: int) -> None:
        self.folder = folder
        self.writer = WarcWriter(folder / "warc", STAMP, info={"software": "shangyi"}, **more)
        self.seconds = 0

    def put(
        self, path: str, body: bytes, *headers: tuple[bytes, bytes], form: bytes = b"", status: int = 200,
        original: Written | None = None,
    ) -> Written:  # fmt: skip
        self.seconds += 1
        head = f"{'POST' if form else 'GET'} {path} HTTP/1.1\r\nHost: www.dahe.example.gov.cn\r\n"
        if form:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n"
        response = Response(
            url=HOST + path,
            status=status,
            reason="OK",
            raw_headers=(*headers, (b"Content-Length", str(len(body)).encode())),
            body=body,
            request=head.encode() + b"\r\n" + form,
            started_at=datetime(2026, 11, 21, 9, 30, self.seconds % 60, 500, tzinfo=UTC),
        )
        at = "2026-11-21T09:30:03.000500Z"
        first = original and Original(HOST + "/a.png", at, original.warc_file, original.warc_offset)
        return self.writer.write(response, digest_of(body), first)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    archive = Archive(tmp_path_factory.mktemp("dahe"), max_file=4000)
    html = (b"Content-Type", b"text/html; charset=gb2312")
    archive.put("/", PAGE, html)
    archive.put("/zip.html", gzip.compress(PAGE), html, (b"Content-Encoding", b"gzip"))
    image = archive.put("/a.png", IMAGE, (b"Content-Type", b"image/png"))
    archive.put("/copy.png", IMAGE, (b"Content-Type", b"image/png"), original=image)
    archive.put("/old.html", b"", (b"Location", b"/zip.html"), status=302)
    archive.put("/%B9%AB%BF%AA.html?B=2&a=1", PAGE + b"escaped", html)
    for number, form in enumerate(FORMS):
        archive.put(LIST, b"<datastore>%d</datastore>" % number, (b"Content-Type", b"text/xml"), form=form)
    archive.put(LIST, b"<datastore>asked</datastore>", (b"Content-Type", b"text/xml"))
    archive.writer.sync()
    archive.writer.close()
    assert len(list((archive.folder / "warc").glob("*.warc.gz"))) > 1
    pages = [WaczPage(f"{HOST}{path}", "2026-11-21T09:30:01Z", "关于修路的通知") for path in ("/", "/zip.html")]
    return write_wacz(archive.folder, archive.folder / "dahe.wacz", DESCRIBED, pages)


def test_wacz_accepts_it(exported: Exported) -> None:
    assert (exported.records, exported.pages, exported.damages) == (10, 2, ())
    done = judge("wacz", "validate", "-f", str(exported.file), folder=exported.file.parent)
    assert done.returncode == 0 and "is valid" in done.stdout, done.stdout + done.stderr


def test_wacz_refuses_one_with_another_byte(exported: Exported, tmp_path: Path) -> None:
    """Otherwise that it accepts ours would mean nothing."""
    changed = tmp_path / "changed.wacz"
    with zipfile.ZipFile(exported.file) as whole, zipfile.ZipFile(changed, "w") as other:
        for name in whole.namelist():
            other.writestr(name, whole.read(name) + (b" " if name == "pages/pages.jsonl" else b""))
    done = judge("wacz", "validate", "-f", str(changed), folder=tmp_path)
    assert "is invalid" in done.stdout


def test_its_parts_are_as_the_specification_wants_them(exported: Exported) -> None:
    with zipfile.ZipFile(exported.file) as parts:
        package = json.loads(parts.read("datapackage.json"))
        for entry in parts.infolist():
            stored = entry.filename.endswith(".gz")
            assert (entry.compress_type == zipfile.ZIP_STORED) is stored, entry.filename
        assert package["wacz_version"] == "1.1.1" and package["title"] == "大河镇人民政府"
        listed = {part["path"]: (part["hash"], part["bytes"]) for part in package["resources"]}
        for name in set(parts.namelist()) - {"datapackage.json", "datapackage-digest.json"}:
            data = parts.read(name)
            assert listed[name] == (f"sha256:{sha256(data).hexdigest()}", len(data))
        digest = json.loads(parts.read("datapackage-digest.json"))
        assert digest["hash"] == f"sha256:{sha256(parts.read('datapackage.json')).hexdigest()}"
        head, *pages = map(json.loads, parts.read("pages/pages.jsonl").splitlines())
        assert head["format"] == "json-pages-1.0"
        assert [page["title"] for page in pages] == ["关于修路的通知"] * 2


def test_a_line_of_the_index_leads_to_its_record(exported: Exported) -> None:
    with zipfile.ZipFile(exported.file) as parts:
        index = gzip.decompress(parts.read("indexes/index.cdx.gz")).decode()
        lines = index.splitlines()
        assert lines == sorted(lines)
        for line in lines:
            entry = json.loads(line.split(" ", 2)[2])
            packed = parts.read(f"archive/{entry['filename']}")[int(entry["offset"]) :][: int(entry["length"])]
            record = gzip.decompress(packed)  # one member, whole
            assert f"WARC-Target-URI: {entry['url']}\r\n".encode() in record
            assert entry["digest"].encode() in record or entry["status"] == "302"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    """An archive whose index has more than one block."""
    archive = Archive(tmp_path_factory.mktemp("many"))
    for number in range(2500):
        archive.put(f"/{number}.html", b"page %d" % number, (b"Content-Type", b"text/html"))
    with closing(archive.writer):
        yield write_wacz(archive.folder, archive.folder / "many.wacz", DESCRIBED, ())


def test_the_index_of_the_index_leads_to_blocks(many: Exported) -> None:
    assert many.records == 2500
    with zipfile.ZipFile(many.file) as parts:
        blocks = parts.read("indexes/index.cdx.gz")
        head, *rows = parts.read("indexes/index.idx").decode().splitlines()
        assert json.loads(head.split(" ", 2)[2]) == {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
        assert len(rows) == 3
        for row in rows:
            key, time, place = row.split(" ", 2)
            told = json.loads(place)
            block = blocks[told["offset"] :][: told["length"]]
            assert told["digest"] == f"sha256:{sha256(block).hexdigest()}"
            assert gzip.decompress(block).decode().startswith(f"{key} {time} {{")
    assert judge("wacz", "validate", "-f", str(many.file), folder=many.file.parent).returncode == 0


def test_pywb_replays_it(exported: Exported, tmp_path: Path) -> None:
    with replayed(exported.file, tmp_path) as replay:
        assert replay.ask(f"{HOST}/") == (200, PAGE)
        assert replay.ask(f"{HOST}/zip.html") == (200, PAGE), "content coding undone for who can not"
        assert replay.ask(f"{HOST}/a.png") == (200, IMAGE)
        assert replay.ask(f"{HOST}/copy.png") == (200, IMAGE), "a revisit leads to the bytes"
        assert replay.ask(f"{HOST}/old.html") == (302, b"/zip.html")
        assert replay.ask(f"{HOST}/%B9%AB%BF%AA.html?a=1&B=2") == (200, PAGE + b"escaped")
        for number, form in enumerate(FORMS):
            assert replay.ask(HOST + LIST, form) == (200, b"<datastore>%d</datastore>" % number)
        assert replay.ask(HOST + LIST) == (200, b"<datastore>asked</datastore>")
        assert replay.ask(f"{HOST}/never.html")[0] == 404


ODD = (
    "http://www.dahe.example.gov.cn", "HTTP://WWW2.Dahe.example.gov.cn:80/a/../b/./c//d/", "http://d.example:8080/a?",
    "https://d.example:443/A%20b?x=1&B=2&a", "http://d.example/%E5%85%AC/%B9%AB", "http://d.example/公开?k=公",
    "http://d.example/a%2541", "http://d.example/x/(S(abcdefghijklmnopqrstuvwx))/p.aspx?a=1", "http://10.0.0.1/x",
    "http://d.example/?jsessionid=0123456789abcdef0123456789abcdef&b=1", "http://u:p@d.example/a;b?c=d=e&&g#h",
    "http://d.example/?b=1&phpsessid=0123456789abcdef0123456789abcdef", "http://d..example/../../x", "urn:uuid:1",
)  # fmt: skip


def test_keys_are_those_that_pywb_looks_up(tmp_path: Path) -> None:
    dice, letters = random.Random(1), "abA/.%?&=+-_~;,:@!$'()*[]|^`{}\\\"<> 公%41%b9#"
    made = ["http://www.d.example/" + "".join(dice.choices(letters, k=dice.randrange(25))) for _url in range(3000)]
    urls = [*ODD, *made]
    code = "import json, sys, surt; print(json.dumps([surt.surt(url) for url in json.load(sys.stdin)]))"
    done = judge("python", "-c", code, folder=tmp_path, given=json.dumps(urls))
    assert dict(zip(urls, json.loads(done.stdout), strict=True)) == {url: surt(url) for url in urls}


def test_a_damaged_file_goes_in_as_it_is_and_is_told_of(exported: Exported, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "dahe")
    for number in range(3):
        place = archive.put(f"/{number}.html", random.Random(number).randbytes(900), (b"Content-Type", b"text/html"))
    archive.writer.close()
    path = tmp_path / "dahe" / "warc" / place.warc_file
    data = bytearray(path.read_bytes())
    data[-300] ^= 1
    path.write_bytes(data)
    told = write_wacz(tmp_path / "dahe", tmp_path / "out" / "dahe.wacz", replace(DESCRIBED, title="x"), ())
    assert told.records == 2
    assert [(name, damage.offset, damage.reason) for name, damage in told.damages] == [
        (place.warc_file, place.warc_offset, "data")
    ]
    with zipfile.ZipFile(told.file) as parts:
        assert parts.read(f"archive/{place.warc_file}") == data
    assert list(told.file.parent.iterdir()) == [told.file]
