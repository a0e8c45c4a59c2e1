"""The numbers of the acceptance report, counted from the ledger; and whether they allow the site to be closed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from migrate.records import CheckSummary, Kind, Level, Outcome
from migrate.report import words
from migrate.report.context import ReportContext


@dataclass(frozen=True, slots=True)
class Capture:
    """One harvest in numbers."""

    stamp: str
    kind: str
    finished: bool
    started_at: str
    finished_at: str
    answers: int
    good: int
    """Answers that gave the old server's bytes."""
    unchanged: int
    """URLs that answered as before: nothing is stored of them again."""
    size: int
    """Bytes of the bodies stored."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers of one report."""

    captures: tuple[Capture, ...]
    entries: int
    kinds: Mapping[tuple[str, str], int]
    """(kind, outcome) → old URLs."""
    rules: tuple[tuple[str, str, int], ...]
    """(rule, outcome, old URLs), most first."""
    columns: tuple[tuple[str, int], ...]
    """(portal path, articles moved there), most first."""
    findings: tuple[tuple[str, str, str, int], ...]
    """(stage, check, level, findings)."""
    held: int
    drafts: int

    @property
    def merged(self) -> int:
        """Return how many old URLs stand for different articles or files, of which only one was taken."""
        return sum(row[-1] for row in self.findings if row[1:3] == ("map.same-address", Level.ERROR))


def figures(context: ReportContext) -> Figures:
    """Return the numbers of one site, in one walk over its entries."""
    kinds: Counter[tuple[str, str]] = Counter()
    rules: Counter[tuple[str, str]] = Counter()
    columns: Counter[str] = Counter()
    held = 0
    for entry in context.entries():
        kinds[entry.kind, entry.outcome] += 1
        rules[entry.rule, entry.outcome] += 1
        held += bool(entry.held)
        if entry.outcome is Outcome.MOVE and entry.kind is Kind.ARTICLE:
            columns[entry.target] += 1
    return Figures(
        captures=tuple(_captures(context)),
        entries=kinds.total(),
        kinds=kinds,
        rules=tuple((*names, number) for names, number in rules.most_common()),
        columns=tuple(columns.most_common()),
        findings=tuple(_findings(context)),
        held=held,
        drafts=len(context.drafts),
    )


def check_named(context: ReportContext, name: str) -> CheckSummary | None:
    """Return the summary of one check, or None where it was not run."""
    return next((check for check in context.checks if check.name == name), None)


def reasons_against(context: ReportContext, numbers: Figures) -> tuple[str, ...]:
    """Return why the site may not be closed yet; empty if every condition is met and every check was run."""
    return (*_open_account(context), *_open_work(numbers), *_open_checks(context, numbers))


def _open_account(context: ReportContext) -> Iterator[str]:
    account = context.account
    if not account.balanced:
        yield "网址账目不平：有旧网址下落不明，或有来历不明的条目。"
    if not account.found:
        yield "没有发现任何旧网址：尚未采集，或采集没有取得内容。"
    if account.undecided:
        yield f"有 {account.undecided} 个旧网址去向待定。"
    if account.failed:
        yield f"有 {account.failed} 个旧网址未能取得内容，须再次采集。"


def _open_work(numbers: Figures) -> Iterator[str]:
    if not numbers.captures or not all(capture.finished for capture in numbers.captures):
        yield "采集尚未完成。"
    if numbers.merged:
        yield f"有 {numbers.merged} 个旧网址由内容不同的多篇文章或多个附件合并而成，须修改网址规则后重新映射。"
    if numbers.held:
        yield f"有 {numbers.held} 个旧网址的内容因安全或个人信息原因待人工审核。"
    if numbers.drafts:
        yield f"有 {numbers.drafts} 个旧网址迁入的内容仍是草稿，尚未发布。"


def _open_checks(context: ReportContext, numbers: Figures) -> Iterator[str]:
    finished = max((capture.finished_at for capture in numbers.captures if capture.finished_at), default="")
    for name, title in words.CHECKS.items():
        check = check_named(context, name)
        if check is None:
            yield f"“{title}”未检查。"
            continue
        if check.failed:
            yield f"“{title}”检查有 {check.failed} {words.CHECK_UNITS[name]}未通过。"
        if finished and datetime.fromisoformat(check.checked_at) < datetime.fromisoformat(finished):
            yield f"“{title}”检查早于最近一次采集，须重新检查。"
        if name == "redirects" and check.asked < numbers.entries:
            yield f"“{title}”只检查了 {check.asked} 个旧网址，共 {numbers.entries} 个。"


def _captures(context: ReportContext) -> Iterator[Capture]:
    rows = context.ledger.db.execute(
        """SELECT c.stamp, c.kind, c.state, c.started_at, c.finished_at, count(r.key),
                  count(r.key) FILTER (WHERE r.status = 200 AND r.reason = ''),
                  (SELECT count(*) FROM frontier AS f WHERE f.capture = c.stamp AND f.reason = 'unchanged'),
                  total(r.length)
           FROM captures AS c LEFT JOIN resources AS r ON r.capture = c.stamp GROUP BY c.stamp ORDER BY c.stamp"""
    )
    for stamp, kind, state, started, finished, answers, good, unchanged, size in rows:
        yield Capture(stamp, kind, state == "finished", started, finished, answers, good, unchanged, int(size))


def _findings(context: ReportContext) -> Iterator[tuple[str, str, str, int]]:
    rows = context.ledger.db.execute(
        "SELECT stage, name, level, count(*) FROM findings GROUP BY 1, 2, 3 ORDER BY min(rowid)"
    )
    yield from rows
