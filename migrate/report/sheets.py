"""acceptance.xlsx: the summary, the way of every old URL with its custody, and all findings. Written row by row."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from migrate.report import words
from migrate.report.cells import plain, replacing
from migrate.report.context import ReportContext
from migrate.report.figures import Figures, check_named
from migrate.report.worklists import finding_rows

MOST_ROWS = 1_000_000
"""Rows of one sheet; a spreadsheet ends at 1,048,576. What is beyond goes on in a further sheet."""

_URL_HEAD = (
    "旧网址", "规范网址", "类型", "去向", "新网址", "标题", "原栏目", "发布时间", "规则", "原因",
    "采集文件", "字节位置", "校验值", "检查结果",
)  # fmt: skip
_URL_WIDTHS = (48, 48, 8, 8, 48, 36, 16, 18, 18, 24, 28, 12, 24, 40)
_FINDING_HEAD = ("阶段", "级别", "检查项", "网址", "问题", "建议")
_FINDING_WIDTHS = (16, 8, 26, 48, 60, 50)


def write_sheets(context: ReportContext, numbers: Figures, reasons: Sequence[str]) -> Path:
    """Write acceptance.xlsx with the sheets 总表, 网址去向 and 问题; return its path."""
    path = context.folder / "acceptance.xlsx"
    book = Workbook(write_only=True)
    _sheet(book, "总表", ("项目", "内容", "说明"), (28, 24, 80), _summary(context, numbers, reasons))
    _sheet(book, "网址去向", _URL_HEAD, _URL_WIDTHS, _url_rows(context))
    _sheet(book, "问题", _FINDING_HEAD, _FINDING_WIDTHS, finding_rows(context))
    with replacing(path) as part:
        book.save(part)
    return path


def _sheet(
    book: Workbook, title: str, head: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[object]]
) -> None:
    rest = iter(rows)
    for number in range(1, 1000):
        sheet: Worksheet = book.create_sheet(title if number == 1 else f"{title}{number}")
        sheet.freeze_panes = "A2"
        for place, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        sheet.append([_head_cell(sheet, name) for name in head])
        written = 0
        for row in islice(rest, MOST_ROWS):
            sheet.append([_cell(sheet, value) for value in row])
            written += 1
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{written + 1}"
        if written < MOST_ROWS:
            return


def _head_cell(sheet: Worksheet, name: str) -> Cell:
    cell = WriteOnlyCell(sheet, name)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E8EDF3")
    cell.alignment = Alignment(vertical="center")
    return cell


def _cell(sheet: Worksheet, value: object) -> Cell:
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, plain(value))
    cell.data_type = "s"  # text stays text: openpyxl takes a leading = for a formula
    return cell


def _summary(context: ReportContext, numbers: Figures, reasons: Sequence[str]) -> Iterator[tuple[object, ...]]:
    account, site = context.account, context.site.site
    yield "旧站", site.name, site.url
    yield "网站标识码", site.site_code or "未填写", ""
    yield "迁入", context.portal.name, context.channel_url
    yield "报告时间", f"{context.local_time:%Y-%m-%d %H:%M}", "北京时间"
    yield "结论", "尚不能关停" if reasons else "可以关停", " ".join(reasons)
    yield "发现旧网址", account.found, "按采集和链接计数，同一网址只计一次"
    for outcome, name in zip(words.OUTCOMES.values(), _COLUMNS, strict=True):
        yield outcome, getattr(account, name), ""
    yield "账目", "平衡" if account.balanced else "不平衡", "发现 = 迁入 + 并入 + 归档 + 下线 + 待定 + 未取得"
    yield "待审内容", numbers.held, "见 held.csv"
    yield "草稿", numbers.drafts, "见 held.csv"
    for name, title in words.CHECKS.items():
        check = check_named(context, name)
        if check is None:
            yield f"检查：{title}", "未检查", ""
        else:
            told = f"应查 {check.asked + check.skipped}，已查 {check.asked}，通过 {check.passed}，跳过 {check.skipped}"
            yield f"检查：{title}", f"未通过 {check.failed}" if check.failed else "通过", told


_COLUMNS = ("moved", "redirected", "archived", "gone", "undecided", "failed")


def _url_rows(context: ReportContext) -> Iterator[tuple[object, ...]]:
    for entry in context.entries():
        checks = "；".join(
            f"{words.CHECKS.get(name, name)}{'通过' if passed else '未通过'}：{message}"
            for name, passed, message, _at in context.ledger.checks(entry.key)
        )
        kind, outcome = words.KINDS[entry.kind], words.OUTCOMES[entry.outcome]
        reason = entry.reason or words.held(entry.held)
        place = entry.warc_offset if entry.warc_offset >= 0 else ""
        yield (
            entry.url, entry.key, kind, outcome, context.new_url(entry.key), entry.title, entry.column,
            entry.published, words.rule(entry.rule), reason, entry.warc_file, place, entry.digest, checks or "未检查",
        )  # fmt: skip
