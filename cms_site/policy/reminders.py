"""Reminders of deadlines: by e-mail to the policy editors and by a webhook, each of them once.

A reminder is claimed before it is sent and confirmed afterwards, so that of two watches at once only one sends it, and
one that could not be sent is tried again by the next.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import localtime

from cms_site.editors.models import Role
from cms_site.policy.models import Notice, Reminder
from cms_site.policy.standing import open_notices
from migrate.i18n import _
from migrate.notices import Reminding
from migrate.records import Finding, Level

OVERDUE = "overdue"
_CLAIMED = timedelta(minutes=10)
"""After that a claim without a confirmation is given up: whoever made it broke off."""
_TIMEOUT = 10
"""Seconds for mail server and webhook."""

Due = list[tuple[Notice, str]]
"""Notices, each with the kind of reminder that is due."""


def remind(config: Reminding, now: datetime) -> list[Finding]:
    """Send what is due and was not sent yet. Returns a finding for each way that failed."""
    due = [(row, kind) for row in _within_reach(config, now) if (kind := kind_of(row.due, config.remind, now))]
    if not due:
        return []
    findings = []
    if addresses := recipients(config):
        findings += _send(Reminder.way.field.choices[0][0], due, now, lambda rows: _mail(addresses, rows, now))
    else:
        message = _("Nobody is to be reminded by mail: no policy editor has an address.")
        hint = _("Give the members of 政策编辑 their addresses in the admin, or name some in policy.yaml (mail).")
        findings.append(Finding(Level.WARNING, "policy.no-recipient", "", message, hint))
    if config.webhook:
        findings += _send("webhook", due, now, lambda rows: _post(config.webhook, rows))
    return findings


def _within_reach(config: Reminding, now: datetime) -> Iterable[Notice]:
    return open_notices(now, max(config.remind, default=timedelta())).defer("text")


def kind_of(due: datetime, before: Iterable[timedelta], now: datetime) -> str:
    """Return which reminder is due for a deadline: overdue, or the last of those before it; empty: none yet."""
    if now > due:
        return OVERDUE
    reached = [step for step in before if now >= due - step]
    return f"{min(reached).total_seconds() / 3600:g}h" if reached else ""


def recipients(config: Reminding) -> list[str]:
    """Return the addresses of all active policy editors, and those that policy.yaml names."""
    groups = Role.objects.filter(key="policies").values("group")
    users = get_user_model().objects.filter(is_active=True, groups__in=groups).exclude(email="")
    return sorted({*users.values_list("email", flat=True), *config.mail})


def _send(way: str, due: Due, now: datetime, send: Callable[[Due], str]) -> list[Finding]:
    """Send by one way what nobody else sends; `send` returns what went wrong, or nothing."""
    claimed = [(row, kind) for row, kind in due if _claim(row, kind, way, now)]
    if not claimed:
        return []
    reminders = Reminder.objects.filter(way=way, notice__in=[row for row, _kind in claimed], sent_at=None)
    if not (wrong := send(claimed)):
        reminders.update(sent_at=now)
        return []
    reminders.filter(claimed_at=now).delete()
    message = _("The reminder could not be sent by {way}: {error}").format(way=way, error=wrong)
    hint = _("It is tried again with the next sync. Check the mail settings, or webhook in policy.yaml.")
    return [Finding(Level.ERROR, "policy.not-reminded", "", message, hint)]


@transaction.atomic
def _claim(row: Notice, kind: str, way: str, now: datetime) -> bool:
    claim, created = Reminder.objects.get_or_create(notice=row, kind=kind, way=way, defaults={"claimed_at": now})
    if created:
        return True
    given_up = Reminder.objects.filter(pk=claim.pk, sent_at=None, claimed_at__lt=now - _CLAIMED)
    return bool(given_up.update(claimed_at=now))


def _mail(addresses: list[str], due: Due, now: datetime) -> str:
    overdue = sum(kind == OVERDUE for _row, kind in due)
    rows = [
        {"notice": row, "overdue": kind == OVERDUE, "due": localtime(row.due), "url": admin_address(row)}
        for row, kind in due
    ]
    text = render_to_string("policy/reminder.txt", {"rows": rows, "now": localtime(now), "overdue": overdue})
    title = f"政策转载：{overdue} 条已超时" if overdue else f"政策转载：{len(due)} 条即将到期"
    try:
        connection = get_connection(timeout=_TIMEOUT)
        EmailMessage(title, text, settings.DEFAULT_FROM_EMAIL, addresses, connection=connection).send()
    except (OSError, SMTPException) as error:
        return str(error) or type(error).__name__
    return ""


def admin_address(row: Notice) -> str:
    """Return where a notice stands in the admin."""
    return settings.WAGTAILADMIN_BASE_URL.rstrip("/") + reverse("policy_desk:notice", args=(row.pk,))


def _post(url: str, due: Due) -> str:
    """Post the reminders as JSON. Redirects are not followed: the county names the place itself."""
    body = json.dumps({"reminders": [_told(row, kind) for row, kind in due]}, ensure_ascii=False).encode()
    parts = urlsplit(url)
    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        return _("{url} is no web address.").format(url=url)
    connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=_TIMEOUT)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Content-Type": "application/json; charset=utf-8"})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return "" if status < 300 else f"HTTP {status}"


def _told(row: Notice, kind: str) -> dict[str, str]:
    return {
        "kind": kind, "title": row.title, "url": row.url, "due": row.due.isoformat(), "state": row.state,
        "admin": admin_address(row),
    }  # fmt: skip
