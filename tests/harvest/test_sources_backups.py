"""A backup of the old server's disk is taken in as if it had been harvested."""

from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.errors import UsageError
from tests.harvest.oldsite import OldSite, config
from tests.harvest.taking import bodies, put, source_findings, taken
from tests.harvest.test_harvest import HOME
from tests.harvest.test_rebuild import same_again


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def test_a_backup_of_the_server(folder: Path, tmp_path: Path) -> None:
    root, outside = tmp_path / "wwwroot", tmp_path / "outside.html"
    outside.write_bytes(b"<html>of this machine</html>")
    put(root, "index.html", "<a href='/zwgk/公开.htm'>公开</a>".encode("gb18030"))
    put(root, "default.htm", b"<html>second choice</html>")
    put(root, "zwgk/公开.htm".encode("gb18030"), b"<html>open</html>")
    put(root, "zwgk/Index.HTML", b"<html>folder</html>")
    put(root, "a b#c%.pdf", b"%PDF-1.4")
    put(root, "photo@night.jpg", b"\xff\xd8\xff")
    put(root, "inc/conn.asp", b'<%@ LANGUAGE="VBSCRIPT" %><% password = "secret" %>')
    put(root, "saved.asp", b"<html><body>what the server made of it</body></html>")
    put(root, "web.config", b"<configuration/>")
    put(root, "data/site.mdb", b"\x00\x01\x00\x00Standard Jet DB")
    put(root, ".git/config", b"[core]")
    put(root, ".htpasswd", b"admin:x")
    put(root, "Thumbs.db", b"\xd0\xcf\x11\xe0")
    (root / "linked.html").symlink_to(outside)
    (root / "linked").symlink_to(tmp_path)
    told = taken(root, folder)
    found = bodies(folder)
    assert found.keys() == {
        "", "index.html", "default.htm", "zwgk/%E5%85%AC%E5%BC%80.htm", "zwgk/", "zwgk/Index.HTML",
        "a%20b%23c%25.pdf", "photo@night.jpg", "saved.asp",
    }  # fmt: skip
    assert found[""] == found["index.html"] and found["zwgk/"] == b"<html>folder</html>"
    assert told.statuses == {"2xx": 9}
    notes = source_findings(folder)
    assert {name: message.split(" ")[0] for name, (message,) in notes.items()} == {
        "hidden": "2", "secret": "2", "script": "1", "link": "1"
    }  # fmt: skip
    with Ledger(folder / "ledger.sqlite") as ledger:
        page = ledger.resource(HOME + "zwgk/%E5%85%AC%E5%BC%80.htm")
        assert page is not None and page.fetched_at == "2014-05-13T16:53:20.000000Z"
        headers = read_response(folder, page.warc_file, page.warc_offset).headers
    assert headers.get("X-Archive-Source") == "zwgk/%B9%AB%BF%AA.htm"
    assert headers.get("Last-Modified") == "Tue, 13 May 2014 16:53:20 GMT"
    same_again(config(OldSite()), folder)
    assert taken(root, folder).state == "unchanged"


def test_where_the_parts_of_a_backup_lay(folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "disk", "wwwroot/a.html", b"<html>a</html>")
    put(tmp_path / "disk", "wwwroot/upload/none.html", b"<html>n</html>")
    put(tmp_path / "disk", "e/upload/f.doc", b"\xd0\xcf\x11\xe0")
    put(tmp_path / "disk", "letters/l.html", b"<html>l</html>")
    put(tmp_path / "disk", "logs/today.html", b"<html>no</html>")
    folders = {"wwwroot": "/", "e/upload": "/files", "letters": "http://dahe.example.gov.cn/box/"}
    taken(tmp_path / "disk", folder, config(OldSite(), folders=folders))
    assert bodies(folder).keys() == {"a.html", "upload/none.html", "files/f.doc", "box/l.html"}
    with pytest.raises(UsageError, match="no folder “htdocs”"):
        taken(tmp_path / "disk", folder, config(OldSite(), folders={"htdocs": "/"}))
