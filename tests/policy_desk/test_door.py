"""The door: what is said twice is written once; pages learn their source; corrections; reminders; the report."""

import json
import re
import smtplib
import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import mail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms_site.policy.models import Correction, Notice, Reminder
from cms_site.policy.report import bounds_of, report_of, told_moment
from cms_site.portal.models import PolicyPage
from cms_site.portal.models.lines import order_of
from migrate.errors import UsageError
from migrate.notices import Change, ChangeKind, NoticeState
from migrate.portal import policy
from migrate.records import Field

from .central import BODY, DAY, MORNING, PUBLISHER, TITLE, Central, checksum_of, key_of, moment, read, seen, sync

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PATH = "/zhengce/1.htm"


def article(central: Central, path: str = PATH, **more: Any) -> None:
    central.article(path, title=TITLE, body=BODY, published=Field("2026-11-20 09:00", "label", 1.0), **more)


@pytest.fixture
def editor(db):
    return get_user_model().objects.create_superuser("editor")


class TestSeeing:
    """Lines of lists."""

    def test_a_row_each_and_no_second_one(self, built):
        for _time in range(2):
            policy.see([seen("/1"), seen("/2")])
        policy.see([seen("/1", source="province", within=HOUR, title="另一个题目")])
        row = Notice.objects.get(key=key_of("/1"))
        assert Notice.objects.count() == 2
        assert (row.source, row.within, row.title) == ("central", DAY, TITLE.value)

    def test_times_become_sharper_and_so_the_deadline(self, built):
        policy.see([seen("/1", published=moment(MORNING - 9 * HOUR, DAY))])
        policy.see([seen("/1", source="province", published=moment(MORNING))])
        row = Notice.objects.get()
        assert row.published == moment() and (row.due, row.due_latest) == (MORNING + DAY, MORNING + DAY)

    def test_known(self, built):
        policy.see([seen("/1")])
        found = policy.known([key_of("/1"), key_of("/2")], MORNING)
        assert list(found) == [key_of("/1")]
        assert (found[key_of("/1")].has_page, found[key_of("/1")].state) == (False, NoticeState.NEW)


class TestTaking:
    """Notices that were read and imported."""

    def test_a_draft_knows_its_source_and_nobody_edited_it(self, central):
        article(central)
        assert sync(central, PATH) == []
        page, row, notice = central.public(PATH), central.row(PATH), central.notice(PATH)
        assert (page.source, page.source_url, page.source_published_at) == (PUBLISHER, key_of(PATH), MORNING)
        assert page.reposted_at is None and not page.live and not row.touched
        newest = page.get_latest_revision_as_object()
        assert (newest.source, newest.source_url) == (PUBLISHER, key_of(PATH))
        assert notice.page_id == page.pk and notice.capture.endswith(":17") and notice.reposted_at is None
        assert policy.known([notice.key], MORNING)[notice.key].state is NoticeState.DRAFTED
        before = page.latest_revision_id
        sync(central, PATH)
        assert central.public(PATH).latest_revision_id == before and Notice.objects.count() == 1

    def test_published_by_the_import_itself(self, central):
        article(central)
        sync(central, PATH, publish=True)
        page, notice = central.public(PATH), central.notice(PATH)
        assert page.live and notice.reposted_at == page.reposted_at is not None
        assert page.published_at == MORNING  # never the time of the repost
        assert not central.row(PATH).touched
        assert central.counts() == {"unchanged": 1}

    def test_a_page_that_tells_the_day_alone_stands_by_the_time_of_the_list(self, central):
        central.article(PATH, title=TITLE, body=BODY, published=Field("2026-11-20", "label", 1.0))
        sync(central, PATH, publish=True)
        page = central.public(PATH)
        assert (page.published_at, page.line.order) == (MORNING, order_of(MORNING))
        assert not central.row(PATH).touched and central.counts() == {"unchanged": 1}

    def test_the_first_time_counts(self, central, editor):
        article(central)
        sync(central, PATH)
        page = central.public(PATH)
        page.get_latest_revision().publish(user=editor)
        first = central.notice(PATH).reposted_at
        assert first is not None and central.public(PATH).reposted_at == first
        page = central.public(PATH)
        page.unpublish(user=editor)
        page.author = "编辑"
        page.reposted_at = None
        page.save_revision(user=editor).publish(user=editor)
        assert central.notice(PATH).reposted_at == central.public(PATH).reposted_at == first

    def test_what_an_editor_wrote_stays(self, central, editor):
        article(central)
        sync(central, PATH)
        page = central.public(PATH)
        page.source = "新华社"
        page.save_revision(user=editor)
        policy.take([read(PATH)])
        assert central.public(PATH).get_latest_revision_as_object().source == "新华社"

    def test_only_a_day_is_shown_as_a_day(self, central):
        day = moment(datetime(2026, 11, 19, 16, tzinfo=UTC), DAY - timedelta(seconds=1))
        article(central)
        policy.see([seen(PATH, published=day)])
        central.run(publish=True)
        policy.take([read(PATH, published=day)])
        assert central.public(PATH).source_published == "2026-11-20"
        assert told_moment(day) == "2026-11-20" and told_moment(moment()) == "2026-11-20 09:00"

    def test_what_nobody_saw_and_what_has_no_page(self, built):
        (finding,) = policy.take([read("/x")])
        assert finding.check == "policy.not-seen" and finding.hint
        policy.see([seen("/x")])
        (finding,) = policy.take([read("/x")])
        assert finding.check == "policy.no-page" and finding.hint

    def test_a_repost_made_by_hand_is_timed_too(self, built, editor):
        from cms_site.portal.models import ColumnPage

        column = ColumnPage.objects.get(url_path="/portal/state-council/")
        page = column.add_child(instance=PolicyPage(title="手工转载", live=False, source_url="https://www.gov.cn/1"))
        page.save_revision(user=editor).publish()
        page.refresh_from_db()
        assert page.reposted_at is not None


def changed(path: str, text: str, *, at: datetime = MORNING + 2 * DAY, **more: Any) -> Change:
    values = {"kind": ChangeKind.CORRECTED, "reading": read(path, text), "title": TITLE.value, "body": f"<p>{text}</p>"}
    return Change(key=key_of(path), found_at=at, **values | more)


class TestChanges:
    """What sources made of notices since."""

    def test_is_noted_once_and_asked_for_from_then_on(self, central):
        article(central)
        sync(central, PATH)
        now = MORNING + 3 * DAY
        assert [one.checksum for one in policy.followed(now)] == [checksum_of("标题 正文")]
        for _time in range(2):
            policy.note_changes([changed(PATH, "更正")])
        (row,) = Correction.objects.all()
        assert (row.kind, row.state, row.warc_offset) == ("corrected", "open", 17)
        assert [one.checksum for one in policy.followed(now)] == [checksum_of("更正")]
        row.state = Correction.State.DISMISSED
        row.save()
        policy.note_changes([changed(PATH, "更正")])
        row.refresh_from_db()
        assert row.state == "dismissed"

    def test_back_and_forth_is_told_each_time(self, central):
        article(central)
        sync(central, PATH)
        for number, text in enumerate(("更正", "再更正", "更正")):
            policy.note_changes([changed(PATH, text, at=MORNING + (2 + number) * DAY)])
        assert Correction.objects.count() == 2
        assert Correction.objects.first().text == "更正"
        assert policy.followed(MORNING + 9 * DAY)[0].checksum == checksum_of("更正")

    def test_withdrawn_and_unknown(self, central):
        article(central)
        sync(central, PATH)
        gone = Change(key_of(PATH), ChangeKind.WITHDRAWN, MORNING, None, reason="404")
        policy.note_changes([gone, gone, replace(gone, key=key_of("/unknown"))])
        assert Correction.objects.get().reason == "404"

    def test_who_is_not_asked_again(self, central):
        article(central)
        sync(central, PATH)
        assert not policy.followed(MORNING + 400 * DAY)
        Notice.objects.update(waived_at=MORNING)
        assert not policy.followed(MORNING)


@dataclass(frozen=True)
class Config:
    """What policy.yaml says of reminders."""

    mail: tuple[str, ...] = ("duty@yunxi.example.gov.cn",)
    remind: tuple[timedelta, ...] = (8 * HOUR, 2 * HOUR)
    webhook: str = ""


@pytest.fixture
def hook():
    """A webhook that says what it was told, and answers with `status`."""
    told: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        status = 200

        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(Handler.status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_said):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook?x=1", told, Handler
    server.shutdown()
    thread.join()
    server.server_close()


class TestReminders:
    """Each once, by each way; what fails is told and tried again."""

    def test_each_once(self, roles):
        group = Group.objects.get(name="政策编辑")
        get_user_model().objects.create_user("zc", "zc@yunxi.example.gov.cn").groups.add(group)
        get_user_model().objects.create_user("gone", "gone@example.gov.cn", is_active=False).groups.add(group)
        policy.see([seen("/1"), seen("/2", published=moment(MORNING + 5 * DAY))])
        due = MORNING + DAY
        for now, sent in ((due - 9 * HOUR, 0), (due - 8 * HOUR, 1), (due - 5 * HOUR, 1), (due - HOUR, 2),
                          (due - HOUR, 2), (due + HOUR, 3), (due + 2 * HOUR, 3), (due + 9 * HOUR, 3)):  # fmt: skip
            assert policy.remind(Config(), now) == []
            assert len(mail.outbox) == sent, now
        assert mail.outbox[0].to == ["duty@yunxi.example.gov.cn", "zc@yunxi.example.gov.cn"]
        assert "超时" in mail.outbox[2].subject and TITLE.value in mail.outbox[2].body
        assert key_of("/1") in mail.outbox[0].body and key_of("/2") not in mail.outbox[0].body
        assert list(Reminder.objects.values_list("kind", flat=True).order_by("pk")) == ["8h", "2h", "overdue"]

    def test_nobody_is_reminded_of_what_is_done(self, roles):
        policy.see([seen("/1"), seen("/2"), seen("/3")])
        Notice.objects.filter(key=key_of("/1")).update(reposted_at=MORNING)
        Notice.objects.filter(key=key_of("/2")).update(waived_at=MORNING)
        Notice.objects.filter(key=key_of("/3")).update(same_as=Notice.objects.first())
        assert policy.remind(Config(), MORNING + 9 * DAY) == [] and not mail.outbox

    def test_a_failure_is_told_and_tried_again(self, roles, monkeypatch):
        policy.see([seen("/1")])
        now = MORNING + DAY

        def refuse(*_args: Any, **_more: Any) -> None:
            raise smtplib.SMTPServerDisconnected("connection unexpectedly closed")

        with monkeypatch.context() as patch:
            patch.setattr("django.core.mail.EmailMessage.send", refuse)
            (finding,) = policy.remind(Config(), now)
        assert finding.check == "policy.not-reminded" and "unexpectedly" in finding.message and finding.hint
        assert policy.remind(Config(), now) == [] and len(mail.outbox) == 1

    def test_a_claim_that_was_never_confirmed(self, roles):
        policy.see([seen("/1")])
        now = MORNING + DAY
        row = Reminder.objects.create(notice=Notice.objects.get(), kind="2h", way="mail", claimed_at=now)
        policy.remind(Config(), now)
        assert not mail.outbox, "another sync is sending it"
        policy.remind(Config(), now + HOUR / 2)  # overdue by now
        assert len(mail.outbox) == 1
        Reminder.objects.filter(kind="overdue").delete()
        Reminder.objects.create(notice=row.notice, kind="overdue", way="mail", claimed_at=now)
        policy.remind(Config(), now + HOUR)
        assert len(mail.outbox) == 2

    def test_the_webhook(self, roles, hook):
        url, told, handler = hook
        policy.see([seen("/1")])
        config = Config(webhook=url)
        handler.status = 503
        (finding,) = policy.remind(config, MORNING + DAY)
        assert "503" in finding.message
        handler.status = 302
        (finding,) = policy.remind(config, MORNING + DAY)
        assert "302" in finding.message  # followed nowhere
        handler.status = 204
        assert policy.remind(config, MORNING + DAY) == policy.remind(config, MORNING + DAY) == []
        assert len(told) == 3 and len(mail.outbox) == 1
        (reminder,) = told[-1]["reminders"]
        assert (reminder["kind"], reminder["url"], reminder["title"]) == ("2h", key_of("/1"), TITLE.value)
        (finding,) = policy.remind(Config(webhook="ftp://x/"), MORNING + 2 * DAY)
        assert finding.check == "policy.not-reminded"

    def test_nobody_to_remind(self, roles):
        policy.see([seen("/1")])
        (finding,) = policy.remind(Config(mail=()), MORNING + DAY)
        assert finding.check == "policy.no-recipient" and finding.hint


class TestStanding:
    """What `policy status` asks."""

    def test_the_most_urgent_first(self, built):
        policy.see([
            seen("/later", published=moment(MORNING + 5 * HOUR)), seen("/soon"),
            seen("/far", published=moment(MORNING + 9 * DAY)), seen("/missed", published=moment(MORNING - 9 * DAY)),
        ])  # fmt: skip
        now = MORNING + 23 * HOUR
        found = policy.standing(now, 8 * HOUR)
        assert [line.key for line in found] == [key_of(path) for path in ("/missed", "/soon", "/later")]
        assert [line.state for line in found] == [NoticeState.MISSED, NoticeState.NEW, NoticeState.NEW]
        assert [line.overdue(now) for line in found] == [True, False, False]


lines = st.lists(
    st.tuples(
        st.integers(-20, 45 * 24),
        st.sampled_from([0, 24]),
        st.none() | st.integers(-2, 60),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


class TestReport:
    """A month's proof."""

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(lines, st.integers(0, 60 * 24))
    def test_it_adds_up(self, built, rows, age):
        Notice.objects.all().delete()
        start = bounds_of("2026-11")[0]
        now = start + age * HOUR
        for number, (hours, width, took, waived, same) in enumerate(rows):
            first = start + hours * HOUR
            policy.see([seen(f"/{number}", published=moment(first, width * HOUR))])
            row = Notice.objects.get(key=key_of(f"/{number}"))
            row.reposted_at = first + took * HOUR if took is not None else None
            row.waived_at = now if waived else None
            row.same_as = Notice.objects.exclude(pk=row.pk).first() if same else None
            row.save()
        report = report_of("2026-11", now)
        inside = [hours for hours, *_rest in rows if 0 <= hours < 30 * 24]
        assert len(report.lines) == len(inside) == report.total + report.same
        settled = report.in_time + report.late + report.missed
        assert report.total == settled + report.waived + report.running
        assert 0 <= report.by_later_bound <= report.in_time and settled == report.settled
        assert len(report.wanting) == report.late + report.missed
        if settled:
            assert float(report.share[:-1]) == pytest.approx(100 * report.in_time / settled, abs=0.06)
            assert float(report.sure_share[:-1]) <= float(report.share[:-1])
        assert sum(Counter(line.state for line in report.lines).values()) == len(report.lines)

    def test_files(self, central, tmp_path):
        article(central)
        sync(central, PATH, publish=True)
        policy.see([seen("/missed", title="=1+1")])
        row = Notice.objects.get(key=key_of("/missed"))
        row.explanation = "节日无人值班"
        row.save()
        now = MORNING + 5 * DAY
        paths = policy.write_report(tmp_path / "report", "2026-11", now)
        page = paths.html.read_text(encoding="utf-8")
        for words in (TITLE.value, "节日无人值班", checksum_of("标题 正文"), ":17", "2026-11-20 09:00"):
            assert words in page
        assert "http://" not in re.sub(r'href="[^"]*"|sha256:\w+', "", page.split("<body>")[0])  # needs nothing else
        book = openpyxl.load_workbook(paths.xlsx)
        notices = [[cell.value or "" for cell in line] for line in book.worksheets[1].iter_rows()]
        assert (len(notices) == 3 and notices[1][1:3] == [TITLE.value, "2026-11-20 09:00"]) or notices[2][
            1
        ] == TITLE.value
        assert {line[1] for line in notices[1:]} == {TITLE.value, "=1+1"}
        assert all(cell.data_type != "f" for sheet in book for line in sheet.iter_rows() for cell in line)
        wanting = [[cell.value or "" for cell in line] for line in book.worksheets[2].iter_rows()]
        assert any(line[-1] == "节日无人值班" for line in wanting)

    @pytest.mark.parametrize("month", ["", "2026-13", "2026-1", "x", "2026-11-01"])
    def test_no_month(self, built, tmp_path, month):
        with pytest.raises(UsageError):
            policy.write_report(tmp_path, month, MORNING)
