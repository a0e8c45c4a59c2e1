"""A document that an old system exported as HTML: taken as the file that it is, downloaded and never shown."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from cms_site.legacy.models import Imported
from migrate import pipeline, portal
from migrate.config import Project
from migrate.harvest import HarvestRun
from migrate.importer import ImportOptions, Plan, import_entries
from migrate.importer.files import refusal
from tests.importer.sites import SmallSite, payload

Make = Callable[..., SmallSite]
ROOT = Path(__file__).resolve().parents[2]
CELLS = "<tr><td>姓名</td><td>住址</td></tr><tr><td>家庭人口</td><td>村民小组意见</td></tr>"
FORM = f"<html><head><title>申请表</title></head><body><table>{CELLS}</table></body></html>".encode("gbk")
WORD = "application/msword"


def quiet(*_progress: object) -> None:
    """Show nothing."""


def offering(site: SmallSite, body: bytes, media_type: str, path: str = "/f/1.doc") -> None:
    """Put an article on the site that offers a file."""
    site.article("/tzgg/1.html", attachments=[path], body=f'<p><a href="{site.host}{path}">附件</a></p>')
    site.bytes(path, body, media_type)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/f/1.doc", WORD),
        ("/f/1.xls", "application/vnd.ms-excel"),
        ("/f/1.wps", WORD),
        ("/f/1.DOC", "application/x-doc"),
    ],
)
def test_it_is_downloaded_under_its_name(small: Make, path: str, media_type: str) -> None:
    site = small()
    offering(site, FORM, media_type, path)
    assert site.rehearsal() == {"created": 2}
    assert site.counts() == {"created": 2}
    document = site.row(path).document
    assert payload(document) == FORM and document.filename == path.rpartition("/")[2].replace("DOC", "doc")
    answer = Client().get(document.url)
    assert b"".join(answer.streaming_content) == FORM
    assert answer["Content-Disposition"].startswith("attachment") and document.filename in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert "html" not in answer["Content-Type"]
    assert Client().get(document.file.url).status_code == 404  # past that address there is no way to it


@pytest.mark.parametrize(
    "inside",
    [
        b"<script>x()</script>", b"<IFRAME src=/>", b"<p onclick = 'x()'>", b'<a href="javascript: x()">', b"<object>",
        b"<img/onerror=x()>", b'<img src="x"onerror=x()>',
    ],
)  # fmt: skip
def test_what_could_run_in_it_is_told(small: Make, inside: bytes) -> None:
    site = small()
    offering(site, FORM.replace(b"</table>", b" " * 70_000 + inside), WORD)
    assert site.rehearsal() == {"created": 1, "refused": 1}
    assert site.counts() == {"created": 1, "refused": 1}
    (found,) = [found for _stage, found in site.ledger.findings("import") if found.check == "import.refused"]
    assert found.url.endswith("/f/1.doc") and "“1.doc”: It is a web page with scripts" in found.message
    (planned,) = [item for item in site.planned() if item.action == "refused"]
    assert planned.reason == found.message


@pytest.mark.parametrize(
    ("path", "body", "media_type"),
    [
        ("/f/1.pdf", FORM, "application/pdf"),
        ("/f/1.doc", b"<html><body>404</body></html>", WORD),
        ("/f/1.doc", "<html><body><p>对不起，您访问的页面不存在！</p></body></html>".encode(), WORD),
        ("/f/1.doc", b"<?php phpinfo();", WORD),
        ("/f/1.doc", b"<% Response.Write %>", WORD),
        ("/f/1.doc", b"<script>x()</script>", WORD),
    ],
)
def test_what_is_no_such_document_is_refused(small: Make, path: str, body: bytes, media_type: str) -> None:
    site = small()
    offering(site, body, media_type, path)
    assert site.counts() == {"created": 1, "refused": 1}


TEXT = FORM.decode("gbk")
DISGUISED = {
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16, the other way round": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-16 that does not say so": TEXT.encode("utf-16-le"),
    "UTF-8 that says so": b"\xef\xbb\xbf" + TEXT.encode(),
    "a long comment": b"<!--" + b"x" * 3_000 + b"-->" + FORM,
    "a long comment in UTF-16": ("\r\n<!--" + "\u4e00" * 3_000 + "-->" + TEXT).encode("utf-16"),
}
"""Pages that do not begin with a root in their first bytes."""


@pytest.mark.parametrize("page", DISGUISED.values(), ids=DISGUISED)
def test_a_disguised_page_is_one(small: Make, page: bytes) -> None:
    site = small()
    offering(site, page, WORD)
    assert site.counts() == {"created": 2}, "as a document"
    assert refusal("1.txt", page)
    script = "<script>x()</script>"
    wide = "utf-16-be" if page[:2] == b"\xfe\xff" else "utf-16-le" if b"h\0t" in page else ""
    for number, written in enumerate([script.encode(), script.encode(wide)] if wide else [script.encode()]):
        site.bytes("/f/1.doc", page + written + b" " * number, WORD)
        assert site.counts()["refused"] == 1


def test_comments_are_looked_through_once() -> None:
    assert not refusal("a.doc", b"<!---->" * 9_000 + b"x")
    assert refusal("a.doc", b"<!---->" * 9_000 + b"<html>")
    assert refusal("a.doc", b"<!---->" * 100_000 + b"x"), "nobody looks further"
    assert refusal("a.doc", b"<!--" * 200_000), "nobody sees what comes behind"
    assert refusal("a.doc", b"<!-- -->" * 100_000) and refusal("a.doc", b"<!--><html>x-->")
    for odd in (b"<!-->--><html>", b"<!--> x --><html>", b"<!-- a --!> x --><script>"):
        assert refusal("a.doc", odd), "where it ends is read in two ways"
    for cut in range(12):
        assert refusal("a.doc", b"<!--" + b"x" * (65_536 - 7 - cut) + b"--><html><body>")
    assert not refusal("a.txt", b"<!-- a note -->") and not refusal("a.txt", b"<!-- a note")
    for page in ("\x0c<html>", " <svg>"):
        assert refusal("a.doc", page.encode("utf-16-le")) and refusal("a.doc", page.encode("utf-16-be"))
    assert not refusal("a.doc", b"<?xml" * 100_000)
    assert not refusal("a.txt", b" \n" * 100_000 + b"x")


def test_from_a_backup_to_the_portal(built: None, db: None, tmp_path: Path) -> None:
    www = tmp_path / "www"
    page = (
        "<html><head><title>关于申报的通知</title><meta name=PubDate content='2016-05-03'></head><body>"
        "<h1>关于申报的通知</h1><div id=zoom><p>各村民委员会：请于本月底前报送申请表，逾期不予受理。</p>"
        "<p>请如实填写姓名、住址和家庭人口，由村民小组签署意见后交镇民政所。</p>"
        "<p><a href='申请表.doc'>附件：申请表</a></p></div></body></html>"
    )
    (www / "zwgk/tzgg").mkdir(parents=True)
    (www / "zwgk/tzgg/101.html").write_bytes(page.encode())
    (www / "zwgk/tzgg/申请表.doc").write_bytes(FORM)
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    where = pipeline.place(Project(tmp_path), "dahe")
    pipeline.harvest_site(where, HarvestRun(source=www), quiet)
    pipeline.map_site(where, quiet)
    with (
        where.ledger() as ledger,
        portal.open_intake(where.site, where.project.portal(), publish=True) as intake,
    ):
        plan = Plan(ledger, intake.known(), intake.decisions(), ImportOptions(publish=True))
        summary = import_entries(plan, where.folder, intake, quiet)
        findings = [found.message for _stage, found in ledger.findings("import")]
    assert (summary.counts["created"], summary.counts["refused"]) == (2, 0), findings
    row = Imported.objects.get(source_key__endswith=".doc")
    assert payload(row.document) == FORM and row.document.filename == "申请表.doc"
