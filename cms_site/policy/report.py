"""The proof of a month: of each notice when it appeared and when it was reposted; shares; what was late or missed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms_site.legacy.addresses import page_address
from cms_site.legacy.intake.content import CHINA
from cms_site.policy.models import Notice
from cms_site.policy.standing import SAME, STATES, with_states
from migrate.errors import UsageError
from migrate.notices import Moment, NoticeState, ReportPaths


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in the report."""

    notice: Notice
    state: str
    told: str
    """The state in words."""
    link: str
    """Address of the repost; empty while it is not public."""

    @property
    def published(self) -> str:
        """Return when the source published it: a time, a day, or two bounds."""
        return told_moment(self.notice.published)

    @property
    def reposted(self) -> str:
        """Return when it was reposted."""
        return f"{localtime(self.notice.reposted_at, CHINA):%Y-%m-%d %H:%M}" if self.notice.reposted_at else ""

    @property
    def due(self) -> str:
        """Return the deadline by the earlier bound."""
        return f"{localtime(self.notice.due, CHINA):%Y-%m-%d %H:%M}"

    @property
    def hours(self) -> str:
        """Return how long the repost took: one figure where the source told the time, else two bounds."""
        found = self.notice.times.hours()
        if found is None:
            return ""
        least, most = (f"{value:.1f}" for value in found)
        return least if least == most else f"{least}–{most}"

    @property
    def only_by_the_later_bound(self) -> bool:
        """Say whether it is in time only if the source published it as late as can be."""
        return self.state == NoticeState.IN_TIME and not self.notice.times.surely_in_time

    @property
    def why(self) -> str:
        """Return what people said: why it is not reposted, or why it was late."""
        return self.notice.waived_reason if self.state == NoticeState.WAIVED else self.notice.explanation


@dataclass(frozen=True, slots=True)
class Report:
    """A month's notices and what they add up to. Each notice of the month is counted once."""

    month: str
    made_at: datetime
    lines: tuple[Line, ...]

    def count(self, *states: str) -> int:
        """Return how many notices are in one of these states."""
        return sum(line.state in states for line in self.lines)

    @property
    def total(self) -> int:
        """Return how many notices the month has, other forms of the same notice left out."""
        return len(self.lines) - self.count(SAME)

    @property
    def in_time(self) -> int:
        """Return how many were in time, those by the later bound alone included."""
        return self.count(NoticeState.IN_TIME)

    @property
    def by_later_bound(self) -> int:
        """Return how many of them were in time only if the source published as late as can be."""
        return sum(line.only_by_the_later_bound for line in self.lines)

    @property
    def late(self) -> int:
        """Return how many were published late."""
        return self.count(NoticeState.LATE)

    @property
    def missed(self) -> int:
        """Return how many were not published, and are overdue."""
        return self.count(NoticeState.MISSED)

    @property
    def waived(self) -> int:
        """Return how many people ruled not to repost."""
        return self.count(NoticeState.WAIVED)

    @property
    def running(self) -> int:
        """Return how many are not due yet."""
        return self.count(NoticeState.NEW, NoticeState.DRAFTED, NoticeState.IN_REVIEW)

    @property
    def same(self) -> int:
        """Return how many are another form of a notice."""
        return self.count(SAME)

    @property
    def settled(self) -> int:
        """Return of how many the share is taken: those that were in time, late or missed."""
        return self.in_time + self.late + self.missed

    @property
    def share(self) -> str:
        """Return the share in time, in percent; empty where nothing was due."""
        return _percent(self.in_time, self.settled)

    @property
    def sure_share(self) -> str:
        """Return the share that was in time by both bounds."""
        return _percent(self.in_time - self.by_later_bound, self.settled)

    @property
    def wanting(self) -> list[Line]:
        """Return what was late or missed."""
        return [line for line in self.lines if line.state in (NoticeState.LATE, NoticeState.MISSED)]

    @property
    def sources(self) -> list[tuple[str, int]]:
        """Return source → how many notices."""
        return Counter(line.notice.publisher or line.notice.source for line in self.lines).most_common()

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Return the account as words and figures."""
        return [
            (_("Notices"), str(self.total)),
            (_("published in time"), str(self.in_time)),
            (_("of these, by the later bound alone"), str(self.by_later_bound)),
            (_("published late"), str(self.late)),
            (_("missed"), str(self.missed)),
            (_("need not be reposted"), str(self.waived)),
            (_("not due yet"), str(self.running)),
            (_("other forms of the same notice"), str(self.same)),
            (_("Share in time"), self.share or "—"),
            (_("Share in time by both bounds"), self.sure_share or "—"),
        ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""


def told_moment(published: Moment) -> str:
    """Return a time of publication as people read it."""
    first, last = localtime(published.earliest, CHINA), localtime(published.latest, CHINA)
    if published.exact:
        return f"{first:%Y-%m-%d %H:%M}"
    whole = first.time() == time() and last - first >= timedelta(hours=23, minutes=59)
    if whole and last - first <= timedelta(days=1):
        return f"{first:%Y-%m-%d}"
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M} – {end}"


def bounds_of(month: str) -> tuple[datetime, datetime]:
    """Return where a month (YYYY-MM) begins and ends in Beijing. Raises UsageError for anything else."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise UsageError(_("“%(month)s” is no month.") % {"month": month}, _("Write it as 2026-11.")) from error
    following = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time(), CHINA), datetime.combine(following, time(), CHINA)


def month_of(moment: datetime) -> str:
    """Return the month that it is in Beijing."""
    return f"{localtime(moment, CHINA):%Y-%m}"


def report_of(month: str, now: datetime) -> Report:
    """Return the report of a month: the notices that a source published in it, by the earlier bound.

    Raises UsageError where that is no month.
    """
    first, end = bounds_of(month)
    rows = with_states(now).filter(published_earliest__gte=first, published_earliest__lt=end).defer("text")
    found = rows.select_related("page", "waived_by", "explained_by").order_by("published_earliest", "pk")
    return Report(month, now, tuple(_lines(found)))


def _lines(rows: Iterable[Notice]) -> Iterable[Line]:
    for row in rows:
        overdue = row.state in (NoticeState.NEW, NoticeState.DRAFTED, NoticeState.IN_REVIEW)
        told = STATES[row.state] if not overdue else _("not due yet: %(state)s") % {"state": STATES[row.state]}
        yield Line(row, row.state, str(told), page_address(_live(row.page)))


def _live(page: Page | None) -> Page | None:
    return page if page is not None and page.live else None


# files


def html_of(report: Report) -> str:
    """Return the report as an HTML page that needs nothing else."""
    return render_to_string("policy/report.html", {"report": report, "lines": report.lines, "alone": True})


def xlsx_of(report: Report) -> bytes:
    """Return the report as a spreadsheet: the account, all notices, what was late or missed."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    account = book.create_sheet(_("Account"))
    _write(account, [(_("Month"), report.month), (_("Made at"), f"{localtime(report.made_at, CHINA):%Y-%m-%d %H:%M}")])
    _write(account, [*report.figures, *((name, str(number)) for name, number in report.sources)])
    every = book.create_sheet(_("Notices"))
    _write(every, [_headings(), *(_cells(line) for line in report.lines)])
    wanting = book.create_sheet(_("Late and missed"))
    _write(wanting, [_headings(), *(_cells(line) for line in report.wanting)])
    data = BytesIO()
    book.save(data)
    return data.getvalue()


def _headings() -> tuple[str, ...]:
    return (
        _("source"), _("title"), _("original published at"), _("due"), _("reposted at"), _("Hours"), _("State"),
        _("link"), _("address of the original"), _("checksum of the source's text"), _("Capture"),
        _("digest of the stored body"), _("reason"),
    )  # fmt: skip


def _cells(line: Line) -> tuple[str, ...]:
    row = line.notice
    return (
        row.publisher or row.source, row.title, line.published, line.due, line.reposted, line.hours, line.told,
        line.link, row.url, row.checksum, row.capture, row.digest, line.why,
    )  # fmt: skip


def _write(sheet: object, rows: Iterable[Iterable[str]]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for row in rows:
        cells = [WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value)) for value in row]
        for cell in cells:
            cell.data_type = "s"  # a title may begin with =
        sheet.append(cells)


def write_report(folder: Path, month: str, now: datetime) -> ReportPaths:
    """Write a month's report as HTML and XLSX into a folder. Raises UsageError where that is no month."""
    report = report_of(month, now)
    folder.mkdir(parents=True, exist_ok=True)
    paths = ReportPaths(folder / f"policy-{month}.html", folder / f"policy-{month}.xlsx")
    paths.html.write_text(html_of(report), encoding="utf-8")
    paths.xlsx.write_bytes(xlsx_of(report))
    return paths
