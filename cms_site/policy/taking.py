"""What the watch over the sources says, taken into the portal: notices seen, notices read, what changed since.

Everything may be said twice, by two watches at once: keys are unique, and each notice is written in one transaction
that holds its row.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from wagtail.log_actions import log

from cms_site.legacy.intake.content import CHINA
from cms_site.legacy.models import Imported
from cms_site.policy.alike import note_likenesses
from cms_site.policy.clock import sharpened
from cms_site.policy.models import Correction, LastRound, Notice
from cms_site.policy.publication import first_public, note_publication, write_beside
from cms_site.policy.standing import open_notices, with_states
from cms_site.portal.models import PolicyPage
from migrate.config.sites import POLICY_SITE
from migrate.i18n import _
from migrate.notices import Change, ChangeKind, Followed, KnownNotice, Moment, NoticeState, Read, Seen, Standing
from migrate.records import Finding, Level

FOLLOWED = timedelta(days=365)
"""After its publication: how long the source of a notice is asked again."""


def see(line: Seen) -> None:
    """Note a line of a source's list. Of a notice that is known, only the times may become sharper."""
    with transaction.atomic():
        fresh = {
            "url": line.url[:2200], "source": line.source, "title": line.title[:500], "within": line.within,
            "published_earliest": line.published.earliest, "published_latest": line.published.latest,
            "first_seen": line.first_seen, "column": line.column,
        }  # fmt: skip
        _row, created = Notice.objects.get_or_create(key=line.key, defaults=fresh)
        if created:
            return
        row = Notice.objects.select_for_update().get(key=line.key)
        if (sharper := sharpened(row.published, line.published)) != row.published:
            row.published = sharper
            row.save()


def take(reading: Read) -> list[Finding]:
    """Link a notice that was read and imported to its page, and tell the page where it comes from.

    Returns what a person should look at.
    """
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(key=reading.key).first()
        row = _imported(reading.key)
        if notice is None:
            message = _("It was read, but no list has named it.")
            hint = _("Let the lists be read first: shangyi policy sync")
            return [Finding(Level.WARNING, "policy.not-seen", reading.key, message, hint)]
        if row is None or row.page is None:
            message = _("It was read, but the portal has no page of it.")
            hint = _("Repost it by hand, or waive it in the admin under 政策转载.")
            return [Finding(Level.WARNING, "policy.no-page", reading.key, message, hint)]
        _note_reading(notice, reading, row)
        _tell_page(notice, row)
        if row.page.live:
            note_publication(row.page, first_public(row.page) or timezone.now())
            notice.refresh_from_db()
        return [*_held(row), *_likenesses(notice)]


def _imported(key: str) -> Imported | None:
    rows = Imported.objects.filter(site__slug=POLICY_SITE, source_key=key)
    return rows.select_related("page", "same_as").first()


def _note_reading(notice: Notice, reading: Read, row: Imported) -> None:
    notice.page = row.page
    notice.url, notice.publisher = reading.url[:2200], reading.publisher[:200]
    notice.published = sharpened(notice.published, reading.published)
    if not notice.checksum:  # what the source said later is a correction, and never lost by reading it twice
        notice.checksum, notice.files_checksum, notice.text = reading.checksum, reading.files, reading.text
        _note_capture(notice, reading)
    if row.same_as is not None and notice.same_as_id is None:
        first = Notice.objects.filter(key=row.same_as.source_key).exclude(pk=notice.pk).first()
        notice.same_as = first
    notice.save()


def _note_capture(row: Notice | Correction, reading: Read) -> None:
    row.warc_file, row.warc_offset, row.digest = reading.warc_file, reading.warc_offset, reading.digest
    row.fetched_at = parse_datetime(reading.fetched_at) if reading.fetched_at else None


def _tell_page(notice: Notice, row: Imported) -> None:
    """Write source, address and time into a page; into one that an editor changed only what is empty there."""
    page = PolicyPage.objects.filter(pk=row.page_id).first()
    if page is None or row.same_as_id is not None:
        return
    wanted: dict[str, Any] = {
        "source_url": notice.url if len(notice.url) <= 500 else "",
        "source": notice.publisher,
        "source_published_at": shown_time(notice.published),
    }
    if notice.published.exact:  # the list may tell the time where the page tells the day alone
        wanted["published_at"] = notice.published.earliest
    newest = page.get_latest_revision_as_object()
    touched = row.touched
    values = {
        name: value for name, value in wanted.items()
        if value and value != getattr(newest, name) and not (touched and getattr(newest, name))
    }  # fmt: skip
    if values:
        write_beside(page.pk, values)


def shown_time(published: Moment) -> datetime:
    """Return the time that visitors are told: where only the day is known, its first minute, which stands for it."""
    if published.exact:
        return published.earliest
    return datetime.combine(published.earliest.astimezone(CHINA).date(), time(), CHINA)


def _held(row: Imported) -> list[Finding]:
    if not row.held:
        return []
    message = _("Screening holds it: {reasons}. It stays a draft.").format(reasons=", ".join(row.held))
    hint = _("Look at the page and publish it, or waive the notice, in the admin under 政策转载.")
    return [Finding(Level.WARNING, "policy.held", row.source_key, message, hint)]


def _likenesses(notice: Notice) -> list[Finding]:
    if notice.same_as_id is not None or not (fresh := note_likenesses(notice)):
        return []
    message = _("{n} pages may be the same notice.").format(n=len(fresh))
    hint = _("Say in the admin under 政策转载 whether they are.")
    return [Finding(Level.NOTE, "policy.candidates", notice.key, message, hint)]


def note_change(change: Change) -> None:
    """Note what a source has made of a notice; what was noted before only if something else came between."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(key=change.key).first()
        if notice is None:
            return
        reading = change.reading
        checksum, files = (reading.checksum, reading.files) if reading is not None else ("", "")
        newest = notice.corrections.filter(kind=change.kind.value).first()
        row = notice.corrections.filter(kind=change.kind.value, checksum=checksum, files_checksum=files).first()
        over = row is not None and row.state == Correction.State.DISMISSED and row.actor_id is None  # see note_back
        if row is not None and ((row == newest and not over) or row.found_at >= change.found_at):
            return
        row = row or Correction(notice=notice, kind=change.kind.value, checksum=checksum, files_checksum=files)
        row.found_at, row.state, row.actor, row.settled_at = change.found_at, Correction.State.OPEN, None, None
        row.title, row.body, row.reason = change.title[:500], change.body, change.reason[:200]
        row.files = None if change.attachments is None else [[link.url, link.name] for link in change.attachments]
        if reading is not None:
            row.text, row.url = reading.text, reading.url[:2200]
            _note_capture(row, reading)
        row.save()


def note_back(key: str, now: datetime) -> None:
    """Dismiss withdrawals of a notice that wait for an editor; nobody did it, its source has it again."""
    waiting = Correction.objects.filter(notice__key=key, kind=ChangeKind.WITHDRAWN.value, state=Correction.State.OPEN)
    waiting.update(state=Correction.State.DISMISSED, settled_at=now, actor=None)


def note_round(findings: Iterable[Finding], now: datetime) -> None:
    """Keep what a round found wrong, for the desk; what an earlier one found is over. Notes are left out."""
    kept = [
        {"check": found.check, "url": found.url, "message": found.message, "hint": found.hint}
        for found in findings
        if found.level is not Level.NOTE
    ]
    LastRound.objects.update_or_create(pk=1, defaults={"ended_at": now, "findings": kept})


def note_by_hand(key: str, actor: str) -> None:
    """Write into the history of a notice who had it reposted; without an account's name, the command line did."""
    notice = Notice.objects.filter(key=key).first()
    if notice is None:
        return
    user = get_user_model().objects.filter(**{get_user_model().USERNAME_FIELD: actor}).first() if actor else None
    log(instance=notice, action="policy.repost", user=user, title=notice.title[:255])


def followed(now: datetime) -> list[Followed]:
    """Return the notices whose source is to be asked again, each with the checksum of what it said last."""
    rows = Notice.objects.filter(
        published_latest__gte=now - FOLLOWED, waived_at=None, page__isnull=False, same_as=None
    ).exclude(checksum="")
    said = Correction.objects.filter(notice__in=rows).exclude(checksum="").order_by("found_at", "pk")
    newest = {pk: told for pk, *told in said.values_list("notice", "checksum", "files_checksum")}  # the last one wins
    columns = ("pk", "key", "url", "checksum", "files_checksum")
    return [
        Followed(key, url, *newest.get(pk, told)) for pk, key, url, *told in rows.order_by("pk").values_list(*columns)
    ]


def known(keys: Iterable[str], now: datetime) -> dict[str, KnownNotice]:
    """Return key → what the portal has of a notice, of those that it knows."""
    wanted = list(dict.fromkeys(keys))
    found = {}
    for start in range(0, len(wanted), 500):
        rows = with_states(now).filter(key__in=wanted[start : start + 500]).defer("text")
        found |= {
            row.key: KnownNotice(row.key, row.page_id is not None, row.checksum, plain_state(row)) for row in rows
        }
    return found


def plain_state(row: Notice) -> NoticeState:
    """Return the state of a row of `with_states`; of another form of a notice, what its own times say."""
    if row.state in tuple(NoticeState):
        return NoticeState(row.state)
    if row.reposted_at is None:
        return NoticeState.WAIVED if row.waived_at else NoticeState.DRAFTED
    return NoticeState.IN_TIME if row.reposted_at <= row.due_latest else NoticeState.LATE


def standing(now: datetime, within: timedelta) -> list[Standing]:
    """Return the notices that are due within a time, or overdue, the most urgent first."""
    return [
        Standing(row.key, row.title, row.source, plain_state(row), row.published, row.due, row.due_latest)
        for row in open_notices(now, within).defer("text")
    ]
