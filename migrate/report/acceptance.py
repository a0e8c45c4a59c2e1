"""The acceptance report: one HTML file, fit to be printed on A4 and signed. Says what was checked and what was not."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from migrate.records import Level
from migrate.report import words
from migrate.report.context import BEIJING, NOTICE_DAYS, ReportContext
from migrate.report.figures import Capture, Figures, check_named
from migrate.report.html import document, facts, link, listing, paragraph, table, text

MOST_FINDINGS = 60
"""Findings shown in the report itself; all of them are in findings.csv and acceptance.xlsx."""
MOST_RULES = 40

_NUMBERS = "一二三四五六七八九十"


def acceptance_html(context: ReportContext, numbers: Figures, reasons: Sequence[str]) -> str:
    """Return the acceptance report as HTML."""
    parts = (
        ("结论", _verdict(context, reasons)),
        ("网址账目", _account(context)),
        ("采集情况", _captures(numbers)),
        ("迁移去向", _destinations(numbers)),
        ("检查结果", _checks(context)),
        ("待办事项", _open_work(context, numbers)),
        ("发现的问题", _findings(context, numbers)),
        ("确认", _signatures(context)),
    )
    title = f"{context.site_title}迁移验收报告"
    sections = "".join(
        f"<section>\n<h2>{number}、{heading}</h2>\n{body}</section>\n"
        for number, (heading, body) in zip(_NUMBERS, parts, strict=False)
    )
    made = f"报告时间：{context.local_time:%Y-%m-%d %H:%M}（北京时间）"
    head = f'<h1>{text(title)}</h1>\n<p class="subtitle">{text(made)}</p>\n{_identity(context)}'
    return document(title, head + sections)


def _identity(context: ReportContext) -> str:
    site, portal = context.site.site, context.portal
    return facts(
        [
            ("旧站名称", text(site.name)),
            ("旧站网址", link(site.url) + "".join(f"<br>{text(alias)}" for alias in site.aliases)),
            ("网站标识码", text(site.site_code or "未填写")),
            ("主办单位", text(context.unit)),
            ("迁入门户", text(portal.name)),
            ("所在频道", link(context.channel_url)),
        ]
    )


def _verdict(context: ReportContext, reasons: Sequence[str]) -> str:
    if reasons:
        body = "<p><strong>尚不能关停</strong></p>\n" + paragraph("原因如下：") + listing(reasons)
        return f'<div class="verdict not">\n{body}</div>\n'
    body = "<p><strong>可以关停</strong></p>\n" + paragraph(
        "账目平衡，没有待定网址，各项检查均已完成并通过。",
        f"关停公告须在旧站首页显著位置挂满 {NOTICE_DAYS} 日。公告如在本报告日挂出，"
        f"最早可于{words.chinese_date(context.earliest_closing)}关停。",
    )
    return f'<div class="verdict may">\n{body}</div>\n'


def _account(context: ReportContext) -> str:
    account = context.account
    figures = (
        account.moved, account.redirected, account.archived, account.gone, account.undecided, account.failed,
    )  # fmt: skip
    names = tuple(words.OUTCOMES.values())
    total = sum(figures)
    sign = "=" if total == account.found else "≠"
    sums = " + ".join(f"{name} {number:,}" for name, number in zip(names, figures, strict=True))
    body = table(("发现", *names, "账目"), [(account.found, *figures, "平衡" if account.balanced else "不平衡")])
    body += f'<p class="equation">{text(f"发现 {account.found:,} {sign} {sums}")}</p>\n'
    body += (
        '<div class="note">'
        + paragraph("“发现”按采集和链接计数，不按去向计数；同一网址的不同写法只计一次。")
        + "</div>\n"
    )
    if account.missing:
        body += "<h3>发现过而没有去向的网址（举例）</h3>\n" + listing(account.missing)
    if account.extra:
        body += "<h3>有去向而从未发现的网址（举例）</h3>\n" + listing(account.extra)
    return body


def _captures(numbers: Figures) -> str:
    if not numbers.captures:
        return paragraph("尚未采集。")
    head = ("批次", "方式", "开始", "结束", "应答", "其中成功", "与此前相同", "大小")
    return table(head, map(_capture, numbers.captures))


def _capture(capture: Capture) -> tuple[object, ...]:
    kind = words.CAPTURES.get(capture.kind, capture.kind)
    end = _local(capture.finished_at) if capture.finished else "未完成"
    size = f"{capture.size / 1_000_000:,.1f} MB"
    numbers = capture.answers, capture.good, capture.unchanged
    return capture.stamp, kind, _local(capture.started_at), end, *numbers, size


def _destinations(numbers: Figures) -> str:
    outcomes = [outcome for outcome in words.OUTCOMES if any(key[1] == outcome for key in numbers.kinds)]
    rows = [
        (title, *(numbers.kinds.get((kind, outcome), 0) for outcome in outcomes))
        for kind, title in words.KINDS.items()
        if any(key[0] == kind for key in numbers.kinds)
    ]
    body = "<h3>按类型</h3>\n" + table(("类型", *(words.OUTCOMES[outcome] for outcome in outcomes)), rows)
    by_rule = [
        (words.rule(rule), words.OUTCOMES[outcome], number) for rule, outcome, number in numbers.rules[:MOST_RULES]
    ]
    body += "<h3>按规则</h3>\n" + table(("规则", "去向", "网址数"), by_rule)
    if len(numbers.rules) > MOST_RULES:
        body += paragraph(f"另有 {len(numbers.rules) - MOST_RULES} 行未列出，见 acceptance.xlsx。")
    if numbers.columns:
        body += "<h3>按栏目</h3>\n" + table(
            ("门户栏目", "迁入文章"), [(path or "—", number) for path, number in numbers.columns]
        )
    return body


def _checks(context: ReportContext) -> str:
    rows: list[tuple[object, ...]] = []
    for name, title in words.CHECKS.items():
        check = check_named(context, name)
        if check is None:
            rows.append((title, "未检查", "—", "—", "—", "—", "—"))
            continue
        state = "未通过" if check.failed else "通过"
        rows.append((title, state, check.asked, check.passed, check.failed, check.skipped, _local(check.checked_at)))
    body = table(("检查", "结果", "已查", "合格", "不合格", "跳过", "检查时间"), rows)
    links, redirects = check_named(context, "links"), check_named(context, "redirects")
    notes = ["跳过的是草稿和待审内容，访问者看不到，因而没有检查。"]
    if redirects:
        notes.append(f"旧网址跳转：按原来的写法共访问 {redirects.counts.get('addresses', redirects.asked):,} 次。")
    if links:
        seen, outside = links.counts.get("links", 0), links.counts.get("external", 0)
        told = "已逐一访问" if links.counts.get("outside") else "只计数、不访问，是否有效未检查"
        notes.append(f"链接：共 {seen:,} 处，其中站外 {outside:,} 处{told}。")
    return body + _note(*notes)


def _open_work(context: ReportContext, numbers: Figures) -> str:
    return table(
        ("事项", "数量", "清单"),
        [
            ("去向待定或未取得的旧网址", context.account.undecided + context.account.failed, "undecided.csv"),
            ("因安全或个人信息原因待审的内容", numbers.held, "held.csv"),
            ("尚为草稿的内容", numbers.drafts, "held.csv"),
            ("问题", sum(row[-1] for row in numbers.findings), "findings.csv"),
        ],
    )


def _findings(context: ReportContext, numbers: Figures) -> str:
    if not numbers.findings:
        return paragraph("没有记录到问题。")
    counted = [
        (words.STAGES.get(stage, stage), name, words.LEVELS[level], number)
        for stage, name, level, number in numbers.findings
    ]
    body = "<h3>汇总</h3>\n" + table(("阶段", "检查项", "级别", "数量"), counted)
    errors = list(islice(_errors(context), MOST_FINDINGS + 1))
    if errors:
        body += "<h3>错误明细</h3>\n" + table(("阶段", "网址", "问题"), errors[:MOST_FINDINGS], "findings")
    if len(errors) > MOST_FINDINGS:
        body += paragraph(f"此处只列前 {MOST_FINDINGS} 条，全部问题见 findings.csv 和 acceptance.xlsx。")
    return body


def _errors(context: ReportContext) -> Iterator[tuple[str, str, str]]:
    for stage, finding in context.ledger.findings():
        if finding.level is Level.ERROR:
            yield words.STAGES.get(stage, stage), finding.url, finding.message


def _signatures(context: ReportContext) -> str:
    taker = context.portal.unit or context.portal.name
    old = paragraph(f"主办单位：{context.unit}（盖章）", "负责人签字：", "日期：")
    new = paragraph(f"承接单位：{taker}（盖章）", "技术负责人签字：", "日期：")
    return (
        paragraph("以上内容由迁移工具根据采集记录、门户应答和检查结果生成，附件为网址去向表和各项清单。")
        + f'<div class="sign">\n<div>{old}</div>\n<div>{new}</div>\n</div>\n'
    )


def _note(*lines: str) -> str:
    return f'<div class="note">{paragraph(*lines)}</div>\n'


def _local(stamp: str) -> str:
    return f"{datetime.fromisoformat(stamp).astimezone(BEIJING):%Y-%m-%d %H:%M}" if stamp else "—"
