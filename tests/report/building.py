"""A site's ledger and the context of its report, filled by hand with friendly and hostile texts."""

from datetime import UTC, datetime
from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.config import SiteConfig, SiteIdentity
from migrate.config.portal import PortalIdentity
from migrate.records import Account, CheckSummary, Entry, Finding, Kind, Level, Outcome, to_json
from migrate.report.context import ReportContext

OLD = "http://www.dahe.example.gov.cn"
NEW = "http://www.yunxi.example.gov.cn"
HOSTILE = '</table><script>alert("x")</script>'
FORMULA = '=HYPERLINK("http://evil.example.com/","点我")'

SITE = SiteConfig(
    SiteIdentity(
        id="dahe",
        name="大河镇人民政府",
        url=f"{OLD}/",
        channel="/towns/dahe/",
        aliases=("dahe.example.gov.cn",),
        site_code="4113250021",
        unit="大河镇人民政府",
    )
)
PORTAL = PortalIdentity(
    name="云溪县人民政府",
    host="www.yunxi.example.gov.cn",
    unit="云溪县人民政府办公室",
    contact="0377-00000000",
)


def entry(path: str, outcome: Outcome, kind: Kind = Kind.ARTICLE, rule: str = "通知公告", **more: object) -> Entry:
    return Entry(**{"key": OLD + path, "url": OLD + path, "kind": kind, "outcome": outcome, "rule": rule} | more)


CLEAN = [
    entry(
        "/1.html", Outcome.MOVE, title="关于做好防汛工作的通知", target="/towns/dahe/notices/", published="2019-03-05"
    ),
    entry("/2.html", Outcome.MOVE, title="春季防火公告", target="/towns/dahe/notices/"),
    entry("/", Outcome.REDIRECT, Kind.HOME, "首页和列表", target="/towns/dahe/"),
    entry("/zt/1.html", Outcome.ARCHIVE, rule="过期专题", reason="专题已结束"),
    entry("/dead.html", Outcome.GONE, Kind.OTHER, "(built in)", reason="旧站返回 404"),
]
OPEN = [
    *CLEAN,
    entry("/x.html", Outcome.UNDECIDED, title=HOSTILE, column=FORMULA, reason="缺少发布日期"),
    entry("/slow.html", Outcome.FAILED, reason="超时"),
    entry("/names.html", Outcome.MOVE, title=FORMULA, held=("identity-number", "mobile-numbers")),
]
FINDINGS = [
    ("harvest", Finding(Level.ERROR, "harvest.dead-link", f"{OLD}/dead.html", f"首页链接失效 {HOSTILE}", "@SUM(A1)")),
    ("harvest", Finding(Level.WARNING, "harvest.error-page", f"{OLD}/e.html", "状态 200 的错误页")),
    ("check.links", Finding(Level.ERROR, "check.links", f"{NEW}/towns/dahe/", "a “旧闻” to /lost/: answers 404")),
]


def checked(name: str, asked: int, failed: int = 0, **more: object) -> CheckSummary:
    return CheckSummary(
        **{
            "name": name,
            "asked": asked,
            "passed": asked - failed,
            "failed": failed,
            "skipped": 0,
            "checked_at": "2026-11-21T12:00:00+00:00",
        }
        | more
    )


def summaries(entries: int) -> tuple[CheckSummary, ...]:
    links = checked("links", 4, counts={"links": 1234, "external": 56})
    return checked("balance", entries), checked("redirects", entries), links, checked("content", 2)


def fill(ledger: Ledger, entries: list[Entry], findings: list[tuple[str, Finding]] = FINDINGS) -> None:
    with ledger.transaction() as db:
        db.execute(
            "INSERT INTO captures VALUES ('20261121T093000Z', 'full', 'finished', ?, ?, '{}')",
            ("2026-11-21T09:30:00+00:00", "2026-11-21T10:05:00+00:00"),
        )
        for item in entries:
            db.execute(
                "INSERT INTO resources VALUES "
                "('20261121T093000Z', ?, ?, ?, '', '', 250000, '', 0, '', '', '', '', '', '', '')",
                (item.key, item.url, 404 if item.outcome is Outcome.GONE else 200),
            )
        db.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
            [(item.key, item.kind, item.outcome, item.rule, to_json(item)) for item in entries],
        )
        for stage, finding in findings:
            ledger.add_findings(stage, [finding])
        ledger.write_checks("redirects", [(OLD + "/1.html", True, "301 → /towns/dahe/notices/1/", "")])


def account_of(entries: list[Entry]) -> Account:
    counts = [sum(item.outcome is outcome for item in entries) for outcome in Outcome]
    return Account(len(entries), *counts, balanced=True)


def context_for(ledger: Ledger, folder: Path, entries: list[Entry]) -> ReportContext:
    """Return the context of a site with these entries; clean entries and all checks green."""
    return ReportContext(
        ledger=ledger,
        folder=folder / "report",
        site=SITE,
        portal=PORTAL,
        channel_url=f"{NEW}/towns/dahe/",
        account=account_of(entries),
        checks=summaries(len(entries)),
        generated_at=datetime(2026, 11, 21, 20, 15, tzinfo=UTC),
        new_url=lambda key: f"{NEW}/n/{key.rsplit('/', 1)[1]}" if key.endswith(("1.html", "2.html")) else "",
    )
