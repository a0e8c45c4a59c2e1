"""Office documents that are written in HTML are files, wherever they come from; pages under their names are not."""

from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES, Answer, OldSite, config
from tests.harvest.taking import HTML, Written, bodies, put, taken
from tests.harvest.test_harvest import HOME, rows
from tests.harvest.test_rebuild import same_again

FORM = "<html><head><title>申请表</title></head><body><table><tr><td>姓名</td></tr></table></body></html>".encode("gbk")
SAVED = "<html xmlns:o='urn:schemas-microsoft-com:office:office'><body><p>附表</p></body></html>".encode("gbk")
MISSING = b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>"
STATES = "SELECT key, state, reason FROM frontier"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def types(folder: Path) -> dict[str, str]:
    """Return URL without host → media type, of all that can be relied on."""
    with Ledger(folder / "ledger.sqlite") as ledger:
        return {found.key.removeprefix(HOME): found.media_type for found in ledger.newest_resources() if found.ok}


def states(folder: Path) -> dict[str, tuple[str, str]]:
    return {key.removeprefix(HOME): (state, reason) for key, state, reason in rows(folder, STATES)}


@pytest.mark.parametrize("place", ["a", "z"], ids=["before the page that names it", "after it"])
def test_in_a_backup(folder: Path, tmp_path: Path, place: str) -> None:
    files = {
        "表.doc": (FORM, "application/msword"),
        "saved.doc": (SAVED, "application/msword"),
        "t.xls": (FORM, "application/vnd.ms-excel"),
        "t.wps": (FORM, "application/msword"),
    }
    root = tmp_path / "wwwroot"
    links = "".join(f"<a href='/{place}/{name}'>附件</a>" for name in (*files, "gone.doc", "page.pdf"))
    put(root, "m/1.html", f"<html><h1>通知</h1><p>正文</p>{links}</html>".encode("gb18030"))
    for name, (body, _kind) in files.items():
        put(root, f"{place}/{name}", body)
    put(root, f"{place}/gone.doc", MISSING)
    put(root, f"{place}/page.pdf", FORM)
    taken(root, folder)
    names = {name: f"{place}/{name}".replace("表", "%E8%A1%A8") for name in files}
    found, kinds = bodies(folder), types(folder)
    for name, (body, kind) in files.items():
        assert (found[names[name]], kinds[names[name]]) == (body, kind)
        assert states(folder)[names[name]] == ("fetched", "")
    assert states(folder)[f"{place}/gone.doc"] == ("fetched", "soft-404")
    assert states(folder)[f"{place}/page.pdf"] == ("failed", "html-instead-of-file")
    same_again(config(OldSite()), folder)
    assert taken(root, folder).state == "unchanged"


def test_in_a_warc_what_was_no_file_is_not_lost_sight_of(folder: Path, tmp_path: Path) -> None:
    out = Written(tmp_path / "made.warc.gz")
    out.put("/f/page.doc", FORM, HTML)
    out.put("/f/form.doc", FORM, ("Content-Type", "application/msword"))
    out.put("/", b"<a href='/f/page.doc'>x</a><a href='/f/form.doc'>y</a>", HTML)
    out.close()
    taken(tmp_path / "made.warc.gz", folder)
    assert states(folder)["f/page.doc"] == ("failed", "html-instead-of-file")
    assert types(folder) == {"": "text/html", "f/form.doc": "application/msword"}
    same_again(config(OldSite()), folder)


def test_from_the_old_site(folder: Path) -> None:
    site = OldSite()
    site.html(
        "/", "<a href='/a.doc'>a</a><a href='/b.wps'>b</a><a href='/c.doc'>c</a><a href='/down.asp?id=1'>d.xls</a>"
    )
    site.pages["/a.doc"] = Answer(SAVED, type="text/html")
    site.pages["/b.wps"] = Answer(FORM, type="application/octet-stream")
    site.pages["/c.doc"] = Answer(FORM, type="text/html")
    named = {"Content-Disposition": "attachment; filename=d.xls"}
    site.pages["/down.asp?id=1"] = Answer(FORM, type="application/octet-stream", headers=named)
    with site.served():
        run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert {name: kind for name, kind in types(folder).items() if name} == {
        "a.doc": "application/msword", "b.wps": "application/msword", "down.asp?id=1": "application/vnd.ms-excel",
    }  # fmt: skip
    assert states(folder)["c.doc"] == ("failed", "html-instead-of-file")
