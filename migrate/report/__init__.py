"""Acceptance report, worklists, the closing notice: the proof with which a site may be closed."""

from migrate.report.context import ReportContext, ReportFiles
from migrate.report.writing import write_report

__all__ = ["ReportContext", "ReportFiles", "write_report"]
