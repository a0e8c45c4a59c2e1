"""Acceptance report, worklists, the closing notice: the proof with which a site may be closed."""
