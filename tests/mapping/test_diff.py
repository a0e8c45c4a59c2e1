"""What a mapping changed against the one before: per entry and field, bodies as people read them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.changes import readable
from migrate.mapping.diff import Change, FieldChange, changes, remember
from migrate.records import Field, Record
from tests.mapping.building import HOST, RULES, Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.article("/tzgg/1.html", attachments=["/a.doc"])
    site.file("/a.doc", "application/msword")
    site.article("/gzdt/1.html")
    site.map()
    yield site
    site.ledger.close()


def compared(site: Site, rules: str | None = None) -> list[Change]:
    remember(site.ledger)
    site.map(rules)
    return list(changes(site.ledger))


def rewritten(site: Site, path: str, **fields: object) -> None:
    """Let extraction have read something else from an article."""
    record = site.ledger.record(site.key(path))
    assert record is not None
    values = {name: getattr(record, name) for name in Record.__slots__} | fields
    site.ledger.write_record(Record(**values), f"sha256:{path}", "recipe")


def test_nothing_changed(site: Site) -> None:
    assert compared(site) == []


def test_another_column(site: Site) -> None:
    [change] = compared(site, RULES.replace("column: notices", "column: news"))
    assert (change.url, change.change, change.rule) == (f"{HOST}/tzgg/1.html", "changed", "公告")
    assert change.fields == (
        FieldChange("target", "/towns/dahe/notices/", "/towns/dahe/news/"),
        FieldChange("template", "notice", "dynamic_news"),
    )


def test_a_body_is_compared_as_text(site: Site) -> None:
    rewritten(site, "/tzgg/1.html", body="<p>各村委会：</p><p>“春耕”——开始了</p>")
    [change] = compared(site)
    assert change.fields == (FieldChange("body", diff=("+", "+“春耕”——开始了")),)
    rewritten(site, "/tzgg/1.html", body='<p class="x">各村委会：</p><p>“春耕”——开始了</p>')
    [change] = compared(site)
    assert change.fields == (FieldChange("body"),)


def test_fields_and_files(site: Site) -> None:
    rewritten(
        site,
        "/tzgg/1.html",
        title=Field("新题目", "h1", 1.0),
        attachments=(),
        policy_head={"issuer": Field("镇政府", "head", 1)},
    )
    found = {change.url.removeprefix(HOST): change for change in compared(site)}
    fields = {field.field: (field.before, field.after) for field in found["/tzgg/1.html"].fields}
    assert fields == {
        "title": ("关于修路的通知", "新题目"),
        "attachments": (f"a.doc {HOST}/a.doc", ""),
        "issuer": ("", "镇政府"),
    }
    assert "used_by" in {field.field for field in found["/a.doc"].fields}


def test_where_the_bytes_lie_is_no_change(site: Site) -> None:
    site.db.execute("UPDATE resources SET warc_file = 'b.warc.gz', warc_offset = 77")
    site.db.execute("UPDATE resources SET digest = 'sha256:frame' WHERE key LIKE '%html'")
    assert compared(site) == []


def test_new_and_gone_entries(site: Site) -> None:
    site.article("/tzgg/2.html")
    site.db.execute("DELETE FROM resources WHERE key LIKE '%gzdt%'")
    site.db.execute("DELETE FROM records WHERE key LIKE '%gzdt%'")
    assert [(change.change, change.url.removeprefix(HOST), change.outcome) for change in compared(site)] == [
        ("removed", "/gzdt/1.html", "move"),
        ("added", "/tzgg/2.html", "move"),
    ]


def test_readable_keeps_chinese_punctuation_and_long_lines() -> None:
    line = "大河镇“三变”改革——" * 20
    assert readable(f"<p>{line}</p>") == line
