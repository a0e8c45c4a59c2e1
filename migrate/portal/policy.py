"""Reposted notices: what the watch over the sources tells the portal, and what it asks.

Everything may be called twice with the same, by two watches at once: it is written once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from migrate.notices import Change, Followed, KnownNotice, Read, Reminding, ReportPaths, Seen, Standing
from migrate.records import Finding


def see(lines: Iterable[Seen]) -> None:
    """Note lines of the sources' lists, a notice each; of known ones, only the times may become sharper."""
    from cms_site.policy import taking

    for line in lines:
        taking.see(line)


def take(readings: Iterable[Read]) -> list[Finding]:
    """Link notices that were read and imported (site `policy`) to their pages, and fill what these say of the source.

    Returns what a person should look at: what has no page or is held, and what may be the same notice.
    """
    from cms_site.policy import taking

    return [finding for reading in readings for finding in taking.take(reading)]


def note_changes(changes: Iterable[Change]) -> None:
    """Note what sources made of notices since: corrections wait for an editor. Unknown notices are passed over."""
    from cms_site.policy import taking

    for change in changes:
        taking.note_change(change)


def note_back(key: str, now: datetime) -> None:
    """Note that a notice is at its source again: a withdrawal that waits for an editor is over."""
    from cms_site.policy import taking

    taking.note_back(key, now)


def followed(now: datetime) -> list[Followed]:
    """Return the notices whose source is to be asked again, with the checksum of what it said last."""
    from cms_site.policy import taking

    found: list[Followed] = taking.followed(now)
    return found


def known(keys: Iterable[str], now: datetime | None = None) -> dict[str, KnownNotice]:
    """Return key → what the portal has of a notice, of those that it knows."""
    from django.utils import timezone

    from cms_site.policy import taking

    found: dict[str, KnownNotice] = taking.known(keys, now or timezone.now())
    return found


def standing(now: datetime, within: timedelta) -> list[Standing]:
    """Return the notices that are due within a time, or overdue and still open, the most urgent first."""
    from cms_site.policy import taking

    found: list[Standing] = taking.standing(now, within)
    return found


def remind(config: Reminding, now: datetime) -> list[Finding]:
    """Send the reminders that are due, each once. Returns a finding for each way that failed; it is tried again."""
    from cms_site.policy import reminders

    found: list[Finding] = reminders.remind(config, now)
    return found


def note_round(findings: Iterable[Finding], now: datetime) -> None:
    """Tell the desk what a round found wrong with the sources; it replaces what the round before found."""
    from cms_site.policy import taking

    taking.note_round(findings, now)


def note_by_hand(key: str, actor: str) -> None:
    """Note in the history of a notice that a person had it reposted; `actor` is a user's name, empty: nobody's."""
    from cms_site.policy import taking

    taking.note_by_hand(key, actor)


def write_report(folder: Path, month: str, now: datetime) -> ReportPaths:
    """Write the report of a month (YYYY-MM) as HTML and XLSX. Raises UsageError where that is no month."""
    from cms_site.policy import report

    paths: ReportPaths = report.write_report(folder, month, now)
    return paths
