"""CSV worklists: what is still undecided, what is held back, what was found, and where every old URL leads."""

from collections.abc import Iterator
from pathlib import Path

from migrate.records import Outcome
from migrate.report import words
from migrate.report.cells import write_csv
from migrate.report.context import ReportContext

_OPEN = (Outcome.UNDECIDED, Outcome.FAILED)


def write_worklists(context: ReportContext) -> tuple[Path, Path, Path, Path]:
    """Write redirects.csv, undecided.csv, held.csv and findings.csv; return their paths in this order."""
    folder = context.folder
    paths = tuple(folder / f"{name}.csv" for name in ("redirects", "undecided", "held", "findings"))
    write_csv(paths[0], ("旧网址", "去向", "新网址", "原因"), _redirects(context))
    write_csv(paths[1], ("旧网址", "标题", "类型", "原栏目", "去向", "原因", "规则"), _undecided(context))
    write_csv(paths[2], ("旧网址", "标题", "类型", "去向", "待审原因", "门户中", "新网址"), _held(context))
    write_csv(paths[3], ("阶段", "级别", "检查项", "网址", "问题", "建议"), finding_rows(context))
    return paths[0], paths[1], paths[2], paths[3]


def finding_rows(context: ReportContext) -> Iterator[tuple[str, ...]]:
    """Yield (stage, level, check, URL, message, hint) of every finding, in the order found."""
    for stage, finding in context.ledger.findings():
        name, level = words.STAGES.get(stage, stage), words.LEVELS[finding.level]
        yield name, level, finding.check, finding.url, finding.message, finding.hint


def _redirects(context: ReportContext) -> Iterator[tuple[str, ...]]:
    for entry in context.entries():
        yield entry.url, words.OUTCOMES[entry.outcome], context.new_url(entry.key), entry.reason


def _undecided(context: ReportContext) -> Iterator[tuple[str, ...]]:
    for entry in context.entries():
        if entry.outcome in _OPEN:
            kind, outcome = words.KINDS[entry.kind], words.OUTCOMES[entry.outcome]
            yield entry.url, entry.title, kind, entry.column, outcome, entry.reason, words.rule(entry.rule)


def _held(context: ReportContext) -> Iterator[tuple[str, ...]]:
    for entry in context.entries():
        is_draft = entry.key in context.drafts
        if entry.held or is_draft:
            kind, outcome = words.KINDS[entry.kind], words.OUTCOMES[entry.outcome]
            state = "草稿" if is_draft else "不展示"
            reason = words.held(entry.held) or entry.reason or "尚未发布"
            yield entry.url, entry.title, kind, outcome, reason, state, context.new_url(entry.key)
