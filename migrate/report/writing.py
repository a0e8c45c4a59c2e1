"""Writes all documents of one site's report."""

from migrate.report.acceptance import acceptance_html
from migrate.report.cells import write_text
from migrate.report.context import ReportContext, ReportFiles
from migrate.report.figures import figures, reasons_against
from migrate.report.notice import notice_html, notice_text
from migrate.report.sheets import write_sheets
from migrate.report.worklists import write_worklists


def write_report(context: ReportContext) -> ReportFiles:
    """Write acceptance report, worklists, redirect map and closing notice; return where they are.

    The files of an earlier report are replaced, each as a whole. Raises ShangyiError where one can't be written.
    """
    context.folder.mkdir(parents=True, exist_ok=True)
    numbers = figures(context)
    reasons = reasons_against(context, numbers)
    acceptance, notice = context.folder / "acceptance.html", context.folder / "closing-notice"
    write_text(acceptance, acceptance_html(context, numbers, reasons))
    write_text(notice.with_suffix(".html"), notice_html(context, reasons))
    write_text(notice.with_suffix(".txt"), notice_text(context, reasons))
    redirects, undecided, held, findings = write_worklists(context)
    return ReportFiles(
        acceptance_html=acceptance,
        acceptance_xlsx=write_sheets(context, numbers, reasons),
        redirects_csv=redirects,
        undecided_csv=undecided,
        held_csv=held,
        findings_csv=findings,
        notice_html=notice.with_suffix(".html"),
        notice_txt=notice.with_suffix(".txt"),
        may_close=not reasons,
        reasons=reasons,
        earliest_closing=context.earliest_closing,
    )
