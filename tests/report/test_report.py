"""The documents: what they conclude, what they escape, and that they claim nothing that was not checked."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from migrate.archive.ledger import Ledger
from migrate.errors import ShangyiError
from migrate.records import Entry, Finding, Kind, Level, Outcome
from migrate.report import cells, sheets
from migrate.report.context import ReportContext, ReportFiles
from migrate.report.writing import write_report
from tests.report.building import (
    CLEAN,
    FINDINGS,
    FORMULA,
    HOSTILE,
    NEW,
    OLD,
    OPEN,
    checked,
    context_for,
    entry,
    fill,
    summaries,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def clean(ledger: Ledger, tmp_path: Path) -> ReportContext:
    fill(ledger, CLEAN, [])
    return context_for(ledger, tmp_path, CLEAN)


@pytest.fixture
def unsettled(ledger: Ledger, tmp_path: Path) -> ReportContext:
    fill(ledger, OPEN)
    return context_for(ledger, tmp_path, OPEN)


def html_of(files: ReportFiles) -> str:
    return files.acceptance_html.read_text(encoding="utf-8")


def rows_of(path: Path) -> list[list[str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_settled_site_may_be_closed_and_the_report_says_from_when(clean: ReportContext) -> None:
    files = write_report(clean)
    assert (files.may_close, files.reasons) == (True, ())
    text = html_of(files)
    assert "可以关停" in text
    assert "尚不能关停" not in text
    assert "2026年12月22日" in text  # the report's day is already the 22nd in Beijing
    assert "发现 5 = 迁入 2 + 并入 1 + 归档 1 + 下线 1 + 待定 0 + 未取得 0" in text
    assert "其中站外 56 处只计数、不访问，是否有效未检查" in text


def test_articles_that_were_folded_into_one_are_a_reason(clean: ReportContext) -> None:
    note = Finding(Level.WARNING, "map.same-address", OLD + "/2.html", "2 addresses")
    clean.ledger.add_findings("map", [note])
    assert write_report(clean).may_close
    clean.ledger.add_findings("map", [replace(note, level=Level.ERROR, url=OLD + "/1.html")])
    files = write_report(clean)
    assert not files.may_close
    (reason,) = files.reasons
    assert reason.startswith("有 1 个旧网址由内容不同的多篇文章或多个附件合并而成")
    assert reason in html_of(files)


def test_every_open_end_is_a_reason(unsettled: ReportContext) -> None:
    files = write_report(replace(unsettled, drafts={f"{OLD}/2.html"}))
    assert not files.may_close
    assert files.reasons == (
        "有 1 个旧网址去向待定。",
        "有 1 个旧网址未能取得内容，须再次采集。",
        "有 1 个旧网址的内容因安全或个人信息原因待人工审核。",
        "有 1 个旧网址迁入的内容仍是草稿，尚未发布。",
    )
    text = html_of(files)
    assert "尚不能关停" in text
    assert "可以关停" not in text
    assert all(reason in text for reason in files.reasons)


def test_a_check_that_was_not_run_is_said_to_be_unchecked(clean: ReportContext) -> None:
    files = write_report(replace(clean, checks=summaries(5)[:2]))
    assert files.reasons == ("“链接”未检查。", "“内容一致性”未检查。")
    assert html_of(files).count("<td>未检查</td>") == 2


def test_failed_old_and_partial_checks_keep_the_site_open(clean: ReportContext) -> None:
    balance, _redirects, _links, content = summaries(5)
    stale = replace(content, checked_at="2026-11-21T09:59:00+00:00")
    files = write_report(replace(clean, checks=(balance, checked("redirects", 3), checked("links", 4, 2), stale)))
    assert files.reasons == (
        "“旧网址跳转”只检查了 3 个旧网址，共 5 个。",
        "“链接”检查有 2 个页面未通过。",
        "“内容一致性”检查早于最近一次采集，须重新检查。",
    )


def test_an_account_that_does_not_balance_is_shown_plainly(clean: ReportContext) -> None:
    account = replace(clean.account, found=6, balanced=False, missing=(f"{OLD}/lost.html",))
    files = write_report(replace(clean, account=account))
    assert files.reasons[0].startswith("网址账目不平")
    text = html_of(files)
    assert "<td>不平衡</td>" in text
    assert "发现 6 ≠ 迁入 2" in text
    assert f"<li>{OLD}/lost.html</li>" in text


def test_nothing_harvested_or_a_capture_under_way_never_looks_finished(
    clean: ReportContext, ledger: Ledger, tmp_path: Path
) -> None:
    with ledger.transaction() as db:
        db.execute(
            "INSERT INTO captures VALUES ('20261122T000000Z', 'delta', 'running', '2026-11-22T00:00:00Z', '', '{}')"
        )
    assert write_report(clean).reasons == ("采集尚未完成。",)
    with Ledger(tmp_path / "empty" / "ledger.sqlite", create=True) as empty:
        reasons = write_report(context_for(empty, tmp_path, [])).reasons
    assert reasons == ("没有发现任何旧网址：尚未采集，或采集没有取得内容。", "采集尚未完成。")


def test_hostile_titles_stay_text_everywhere(unsettled: ReportContext) -> None:
    files = write_report(replace(unsettled, site=_renamed(unsettled, HOSTILE)))
    for path in (files.acceptance_html, files.notice_html):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in text


def test_the_documents_load_nothing_and_hold_no_script(unsettled: ReportContext) -> None:
    files = write_report(unsettled)
    for path in (files.acceptance_html, files.notice_html):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|link|img|iframe)\b|url\(|@import|\bsrc=", text)
        assert 'name="viewport"' in text
        assert "@page" in text


def test_the_same_context_gives_the_same_documents(unsettled: ReportContext) -> None:
    def read() -> dict[str, bytes]:
        write_report(unsettled)
        return {path.name: path.read_bytes() for path in unsettled.folder.iterdir() if path.suffix != ".xlsx"}

    first = read()
    assert read() == first
    assert set(first) == {
        "acceptance.html", "closing-notice.html", "closing-notice.txt", "redirects.csv", "undecided.csv", "held.csv",
        "findings.csv",
    }  # fmt: skip


def test_worklists_hold_what_is_theirs(unsettled: ReportContext) -> None:
    files = write_report(replace(unsettled, drafts={f"{OLD}/2.html"}))
    redirects = rows_of(files.redirects_csv)
    assert redirects[0] == ["旧网址", "去向", "新网址", "原因"]
    assert sorted(redirects[1:]) == sorted(
        [item.url, name, unsettled.new_url(item.key), item.reason]
        for item, name in zip(OPEN, ["迁入", "迁入", "并入", "归档", "下线", "待定", "未取得", "迁入"], strict=True)
    )
    assert [row[0] for row in rows_of(files.undecided_csv)[1:]] == [f"{OLD}/slow.html", f"{OLD}/x.html"]
    held = {row[0]: row[4:6] for row in rows_of(files.held_csv)[1:]}
    assert held == {
        f"{OLD}/2.html": ["尚未发布", "草稿"],
        f"{OLD}/names.html": ["含身份证号码、含多个手机号码", "不展示"],
    }
    assert [row[2] for row in rows_of(files.findings_csv)[1:]] == [finding.check for _stage, finding in FINDINGS]


def test_no_cell_of_a_csv_is_a_formula(unsettled: ReportContext) -> None:
    files = write_report(unsettled)
    every = [cell for path in unsettled.folder.glob("*.csv") for row in rows_of(path) for cell in row]
    assert "'" + FORMULA in every
    assert "'@SUM(A1)" in every
    assert not [cell for cell in every if cell.lstrip()[:1] in ("=", "+", "-", "@")]
    assert files.findings_csv.read_bytes().count(b"\r\n") == len(FINDINGS) + 1


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@x", "\t=1", " =1", "＝1", "\r\n=1", "=\x00cmd"])
def test_what_a_spreadsheet_would_run_is_guarded(text: str) -> None:
    assert cells.guarded(text).startswith("'")


@pytest.mark.parametrize("text", ["通知", "2019-03-05", "http://x/?a=1", "a-b", "", "'x"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert cells.guarded(text) == text


def test_the_workbook_opens_and_holds_every_old_url_as_text(unsettled: ReportContext) -> None:
    files = write_report(unsettled)
    book = openpyxl.load_workbook(files.acceptance_xlsx)
    assert book.sheetnames == ["总表", "网址去向", "问题"]
    urls = list(book["网址去向"].values)
    assert [row[1] for row in urls[1:]] == sorted(item.key for item in OPEN)
    assert {cell.data_type for row in book["网址去向"].iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert next(row for row in urls if row[1] == f"{OLD}/names.html")[5] == FORMULA
    assert next(row for row in urls if row[1] == f"{OLD}/1.html")[13].startswith("旧网址跳转通过")
    assert next(row for row in urls if row[1] == f"{OLD}/2.html")[13] == "未检查"
    summary = {row[0]: row[1] for row in book["总表"].values}
    assert (summary["结论"], summary["发现旧网址"], summary["账目"]) == ("尚不能关停", 8, "平衡")
    assert len(list(book["问题"].values)) == len(FINDINGS) + 1


def test_a_sheet_that_is_full_goes_on_in_the_next(clean: ReportContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 4)
    book = openpyxl.load_workbook(write_report(clean).acceptance_xlsx)
    assert [sheet.max_row for sheet in book if sheet.title.startswith("网址去向")] == [5, 2]


def test_the_notice_says_what_the_guide_asks_for(clean: ReportContext) -> None:
    files = write_report(clean)
    assert files.earliest_closing == date(2026, 12, 22)
    for path in (files.notice_html, files.notice_txt):
        text = path.read_text(encoding="utf-8")
        wanted = (
            "关于关停大河镇人民政府网站的公告", "国办发〔2017〕47号", "云溪县人民政府", f"{NEW}/", f"{NEW}/towns/dahe/",
            "自2026年11月22日起挂出，公示 30 日", "自2026年12月22日起", "0377-00000000", "大河镇人民政府", "4113250021",
        )  # fmt: skip
        assert [words for words in wanted if words not in text] == []
        assert "草稿" not in text
    assert f'<a href="{NEW}/towns/dahe/">' in files.notice_html.read_text(encoding="utf-8")
    assert files.notice_txt.read_text(encoding="utf-8").endswith("大河镇人民政府\n2026年11月22日\n")


def test_the_notice_of_an_unsettled_site_is_marked_as_a_draft(unsettled: ReportContext) -> None:
    files = write_report(unsettled)
    assert files.notice_txt.read_text(encoding="utf-8").startswith("【草稿：验收尚未通过，请勿发布。")
    assert 'class="draft"' in files.notice_html.read_text(encoding="utf-8")


def test_the_day_is_counted_in_beijing_across_the_end_of_a_year(clean: ReportContext) -> None:
    late = replace(clean, generated_at=datetime(2027, 1, 30, 15, 59, tzinfo=UTC))
    assert late.earliest_closing == date(2027, 3, 1)
    assert replace(late, generated_at=datetime(2027, 1, 30, 16, 0, tzinfo=UTC)).earliest_closing == date(2027, 3, 2)


def test_decisions_are_laid_over_the_entries(unsettled: ReportContext) -> None:
    def ruled(item: Entry) -> Entry:
        return replace(item, outcome=Outcome.GONE, held=(), reason="已裁定")

    files = write_report(replace(unsettled, decided=ruled))
    assert {row[1] for row in rows_of(files.redirects_csv)[1:]} == {"下线"}
    assert rows_of(files.undecided_csv)[1:] == []
    assert rows_of(files.held_csv)[1:] == []


def test_a_flood_of_findings_is_counted_and_cut_in_print_but_whole_in_the_lists(
    unsettled: ReportContext, ledger: Ledger
) -> None:
    with ledger.transaction():
        many = (Finding(Level.ERROR, "check.redirects", f"{OLD}/{n}", "answers 404") for n in range(500))
        ledger.replace_findings("check.redirects", many)
    files = write_report(unsettled)
    text = html_of(files)
    assert '<td class="number">500</td>' in text
    assert "此处只列前 60 条" in text
    assert text.count("answers 404") <= 60
    assert len(rows_of(files.findings_csv)) == 504


def test_control_characters_and_endless_texts_break_no_file(ledger: Ledger, tmp_path: Path) -> None:
    odd = [entry("/odd", Outcome.UNDECIDED, Kind.OTHER, title="响\x07铃\x00" + "长" * 50_000)]
    fill(ledger, odd, [])
    files = write_report(context_for(ledger, tmp_path, odd))
    title = rows_of(files.undecided_csv)[1][1]
    assert title.startswith("响铃长")
    assert len(title) == cells.LONGEST
    assert openpyxl.load_workbook(files.acceptance_xlsx)["网址去向"]["F2"].value == title


def test_a_file_that_is_open_elsewhere_is_a_clear_message(
    clean: ReportContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(clean)
    before = (clean.folder / "redirects.csv").read_bytes()

    def locked(_self: Path, _target: Path) -> Path:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", locked)  # as Windows does while a spreadsheet has the file open
    with pytest.raises(ShangyiError) as caught:
        cells.write_csv(clean.folder / "redirects.csv", ("a",), [("b",)])
    assert "Close it there" in caught.value.hint
    assert (clean.folder / "redirects.csv").read_bytes() == before
    assert list(clean.folder.glob("*.part")) == []


def _renamed(context: ReportContext, name: str):
    return replace(context.site, site=replace(context.site.site, name=name, unit=name))
