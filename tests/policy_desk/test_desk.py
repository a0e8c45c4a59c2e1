"""The desk in the admin: who may what, what each screen shows, and what its buttons do."""

import io
import sys
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission, Page

from cms_site.editors.roles import build_roles
from cms_site.policy import versions
from cms_site.policy.models import Correction, Likeness, Notice
from cms_site.policy.views import months
from cms_site.portal.models import ColumnPage, PolicyPage
from migrate.config.portal import POLICY_EDITORS
from migrate.errors import ShangyiError
from migrate.notices import Change, ChangeKind
from migrate.portal import policy
from migrate.records import Field, Finding, Level
from tests.editors.conftest import PEOPLE, client_of, person
from tests.importer.sites import PORTAL

from .central import BODY, DAY, MORNING, NUMBER, TITLE, Central, key_of, moment, read, seen, sync

pytestmark = pytest.mark.django_db
PATH = "/zhengce/1.htm"
AT_THE_DESK = ("administrator", "policy editor")
OTHERS = ("column editor", "contributor", "first", "second", "third")
NEW_BODY = BODY.replace("不得擅自调减", "不得擅自调减、不得弄虚作假")


@pytest.fixture
def desk(central: Central, roles: None) -> Central:
    """A drafted notice, published by its source today."""
    central.article(
        PATH, title=TITLE, body=BODY, document_number=NUMBER, published=Field("2026-11-20 09:00", "label", 1.0)
    )
    sync(central, PATH, published=moment(timezone.now() - DAY / 12))
    return central


def address(desk: Central) -> str:
    return reverse("policy_desk:notice", args=(desk.notice(PATH).pk,))


def do(desk: Central, who: str, act: str, **more: Any) -> str:
    """Press a button; return what the screen says then."""
    answer = client_of(who).post(address(desk), {"act": act, **more}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def correct(desk: Central, body: str = NEW_BODY, title: str = TITLE.value) -> Correction:
    reading = read(PATH, "更正后的文本")
    policy.note_changes([Change(key_of(PATH), ChangeKind.CORRECTED, timezone.now(), reading, title=title, body=body)])
    return Correction.objects.get(kind="corrected")


def take_publishing_away():
    """Let policy editors send reposts to review, as a county may choose."""
    GroupPagePermission.objects.filter(group__name=POLICY_EDITORS, permission__codename="publish_page").delete()


def publish(desk: Central) -> PolicyPage:
    page = desk.public(PATH)
    page.get_latest_revision().publish()
    return desk.public(PATH)


class TestRoles:
    """Least privilege."""

    @pytest.mark.parametrize("who", AT_THE_DESK)
    def test_who_sits_at_the_desk(self, desk, who):
        client = client_of(who)
        for url in (reverse("policy_desk:index"), address(desk), reverse("policy_desk:repost"),
                    reverse("policy_desk:report")):  # fmt: skip
            assert client.get(url).status_code == 200, url
        home = client.get(reverse("wagtailadmin_home")).content.decode()
        assert "国务院政策转载" in home and TITLE.value in home and reverse("policy_desk:index") in home

    @pytest.mark.parametrize("who", OTHERS)
    def test_who_does_not(self, desk, who):
        client = client_of(who)
        for url in (reverse("policy_desk:index"), address(desk), reverse("policy_desk:repost"),
                    reverse("policy_desk:report"), reverse("policy_desk:report") + "?as=xlsx"):  # fmt: skip
            assert client.get(url).status_code in (302, 403), url
        assert client.post(address(desk), {"act": "waive", "reason": "x"}).status_code in (302, 403)
        assert desk.notice(PATH).waived_at is None
        home = client.get(reverse("wagtailadmin_home")).content.decode()
        assert "国务院政策转载" not in home and reverse("policy_desk:index") not in home

    def test_all_roles_are_asked(self):
        assert set(AT_THE_DESK) | set(OTHERS) == set(PEOPLE) - {"neighbour"}

    def test_who_may_only_look(self, desk):
        from django.contrib.auth.models import Group, Permission

        reader = person("column editor")
        reader.groups.add(Group.objects.create(name="看"))
        Group.objects.get(name="看").permissions.add(Permission.objects.get(codename="view_notice"))
        client = client_of("column editor")
        shown = client.get(address(desk)).content.decode()
        assert TITLE.value in shown and "确定不转载" not in shown
        client.post(address(desk), {"act": "waive", "reason": "x"})
        assert desk.notice(PATH).waived_at is None
        assert client.get(reverse("policy_desk:repost")).status_code in (302, 403)

    def test_nobody_is_asked_for_what_was_taken_away(self, desk):
        """What a build gave once it does not give again."""
        from django.contrib.auth.models import Group, Permission

        group = Group.objects.get(name="政策编辑")
        group.permissions.remove(Permission.objects.get(codename="change_notice"))
        build_roles(PORTAL)
        assert not group.permissions.filter(codename="change_notice").exists()

    def test_strangers_and_odd_requests(self, desk):
        assert Client().get(reverse("policy_desk:index")).status_code == 302
        client = client_of("policy editor")
        for act in ("", "x", "get_context_data", "_waive", "correction"):
            assert client.post(address(desk), {"act": act}).status_code in (302, 403), act
        for number in ("", "x", "9" * 30, "0", "²"):
            assert client.post(address(desk), {"act": "take", "number": number}).status_code == 404
        assert client.get(reverse("policy_desk:notice", args=(10**9,))).status_code == 404
        for month in ("x", "2026-13", "0000-01"):
            assert client.get(reverse("policy_desk:report"), {"month": month}).status_code == 404
        assert client.get(reverse("policy_desk:index"), {"state": "x", "month": "y", "p": "z"}).status_code == 200


class TestList:
    """What there is, by state, source, month and words."""

    def test_filters(self, desk):
        policy.see([seen("/old", title="旧通知", published=moment(MORNING - 90 * DAY), source="province")])
        policy.see([seen("/waived", title="不转载的", published=moment(timezone.now()))])
        Notice.objects.filter(key=key_of("/waived")).update(waived_at=MORNING)
        correct(desk)
        client, url = client_of("policy editor"), reverse("policy_desk:index")

        def titles(**asked: str) -> set[str]:
            return {row.title for row in client.get(url, asked).context["lines"].object_list}

        everything = {TITLE.value, "旧通知", "不转载的"}
        assert titles() == everything
        assert titles(state="todo") == {TITLE.value, "旧通知"}
        assert titles(state="overdue") == titles(state="missed") == {"旧通知"}
        assert titles(state="drafted") == titles(state="corrections") == {TITLE.value}
        assert titles(state="waived") == {"不转载的"}
        assert titles(source="province") == titles(month="2026-08") == titles(q="旧 通知") == {"旧通知"}
        assert titles(q="nothing") == set()
        assert f"{MORNING - 90 * DAY:%Y-%m}" in months()
        shown = client.get(url).content.decode()
        assert "已超时" in shown and "更正 1" in shown

    def test_queries_do_not_grow(self, desk, django_assert_max_num_queries):
        client, url = client_of("policy editor"), reverse("policy_desk:index")
        client.get(url)
        policy.see([seen(f"/{number}") for number in range(40)])
        with django_assert_max_num_queries(30):
            client.get(url)


class TestClock:
    """Waived and explained: with a reason, an actor and a time."""

    def test_waive_and_take_back(self, desk):
        do(desk, "policy editor", "waive", reason="  ")
        assert desk.notice(PATH).waived_at is None
        shown = do(desk, "policy editor", "waive", reason="与本县无关")
        row = desk.notice(PATH)
        assert row.waived_reason == "与本县无关" and row.waived_by == person("policy editor") and row.waived_at
        assert "与本县无关" in shown and "恢复计时" in shown
        shown = do(desk, "administrator", "unwaive")
        assert desk.notice(PATH).waived_at is None
        assert shown.count("policy-editor") == 1 and "administrator" in shown  # the history keeps both
        publish(desk)
        do(desk, "policy editor", "waive", reason="太晚了")
        assert desk.notice(PATH).waived_at is None

    def test_explain(self, desk):
        Notice.objects.update(published_earliest=MORNING, published_latest=MORNING, due=MORNING, due_latest=MORNING)
        do(desk, "policy editor", "explain", reason="")
        shown = do(desk, "policy editor", "explain", reason="节日无人值班")
        row = desk.notice(PATH)
        assert "节日无人值班" in shown and row.explained_by == person("policy editor") and row.explained_at


class TestCorrections:
    """What the source changed: seen, then taken or not, through the page's own permissions."""

    def test_an_administrator_takes_it_and_it_is_published(self, desk):
        page = publish(desk)
        row = correct(desk)
        shown = client_of("administrator").get(address(desk)).content.decode()
        assert "、不得弄虚作假</ins>" in shown and "采纳并发布" in shown
        first = desk.notice(PATH).reposted_at
        do(desk, "administrator", "take", number=row.pk, latest=page.latest_revision_id)
        page = desk.public(PATH)
        row.refresh_from_db()
        assert "弄虚作假" in page.text and page.live and page.title == TITLE.value
        assert (row.state, row.actor) == ("taken", person("administrator")) and row.settled_at
        notice = desk.notice(PATH)
        assert notice.checksum == row.checksum and notice.reposted_at == page.reposted_at == first
        assert page.revisions.count() == 2

    def test_who_may_not_publish_takes_it_and_it_goes_into_review(self, desk):
        take_publishing_away()
        page = publish(desk)
        row = correct(desk)
        shown = do(desk, "policy editor", "take", number=row.pk, latest=page.latest_revision_id)
        page = desk.public(PATH)
        assert "弄虚作假" not in page.text and page.workflow_in_progress
        assert "弄虚作假" in page.get_latest_revision_as_object().text
        assert "审核中" in shown

    def test_a_draft_is_corrected_before_it_is_published(self, desk):
        row = correct(desk, title="国务院关于加强粮食生产的若干意见")
        do(desk, "policy editor", "take", number=row.pk, latest=desk.public(PATH).latest_revision_id)
        page = desk.public(PATH)
        assert not page.live and "弄虚作假" in page.get_latest_revision_as_object().text
        assert page.get_latest_revision_as_object().title == "国务院关于加强粮食生产的若干意见"

    def test_what_an_editor_changed_is_shown_and_kept(self, desk):
        page = publish(desk)
        page = page.get_latest_revision_as_object()
        page.body = [("paragraph", "<p>编辑自己写的。</p>")]
        page.save_revision(user=person("administrator")).publish()
        row, latest = correct(desk), desk.public(PATH).latest_revision_id
        shown = client_of("administrator").get(address(desk)).content.decode()
        assert "本站编辑改过什么" in shown and "编辑" in shown and "来源改了什么" in shown
        assert shown.count("review-differences") == 2
        do(desk, "administrator", "take", number=row.pk, latest=latest)
        assert "编辑自己写的" in desk.public(PATH).text  # nobody said that it may be replaced
        do(desk, "administrator", "take", number=row.pk, latest=latest, sure="1")
        page = desk.public(PATH)
        assert "弄虚作假" in page.text
        assert any("编辑自己写的" in one.as_object().text for one in page.revisions.all())

    def test_what_changed_meanwhile(self, desk):
        page = publish(desk)
        row, seen_then = correct(desk), page.latest_revision_id
        page.save_revision(user=person("administrator"))
        do(desk, "administrator", "take", number=row.pk, latest=seen_then)
        row.refresh_from_db()
        assert row.state == "open" and "弄虚作假" not in desk.public(PATH).text

    def test_a_second_correction_is_no_editors_change(self, desk):
        page = publish(desk)
        row = correct(desk)
        do(desk, "administrator", "take", number=row.pk, latest=page.latest_revision_id)
        reading = read(PATH, "第三个文本")
        policy.note_changes([
            Change(key_of(PATH), ChangeKind.CORRECTED, timezone.now(), reading, title=TITLE.value, body="<p>三。</p>")
        ])  # fmt: skip
        compared = versions.compared(Correction.objects.get(state="open"))
        assert compared.known and compared.by_editors == [] and not compared.edited
        shown = client_of("administrator").get(address(desk)).content.decode()
        assert "本站编辑改过" not in shown
        latest = desk.public(PATH).latest_revision_id
        do(desk, "administrator", "take", number=Correction.objects.get(state="open").pk, latest=latest)
        assert desk.public(PATH).text == "三。"

    def test_dismiss(self, desk):
        row = correct(desk)
        before = desk.public(PATH).latest_revision_id
        do(desk, "policy editor", "dismiss", number=row.pk)
        row.refresh_from_db()
        assert (row.state, row.actor) == ("dismissed", person("policy editor"))
        assert desk.public(PATH).latest_revision_id == before

    def test_withdrawn(self, desk):
        take_publishing_away()
        page = publish(desk)
        policy.note_changes([Change(key_of(PATH), ChangeKind.WITHDRAWN, timezone.now(), None, reason="404")])
        row = Correction.objects.get()
        do(desk, "policy editor", "take", number=row.pk, latest=page.latest_revision_id)
        assert desk.public(PATH).live, "who may not publish may not take offline"
        do(desk, "administrator", "take", number=row.pk, latest=page.latest_revision_id)
        assert not desk.public(PATH).live and desk.notice(PATH).reposted_at is not None

    def test_moved(self, desk):
        page = publish(desk)
        moved = read(PATH, url=key_of("/new/1.htm"))
        policy.note_changes([Change(key_of(PATH), ChangeKind.MOVED, timezone.now(), moved)])
        shown = client_of("administrator").get(address(desk)).content.decode()
        assert key_of("/new/1.htm") in shown
        do(desk, "administrator", "take", number=Correction.objects.get().pk, latest=page.latest_revision_id)
        page = desk.public(PATH)
        assert page.source_url == key_of("/new/1.htm") and BODY.count("粮食") <= page.text.count("粮食")
        assert policy.followed(timezone.now())[0].url == key_of("/new/1.htm")

    def test_a_locked_page(self, desk):
        row = correct(desk)
        page = desk.public(PATH)
        Page.objects.filter(pk=page.pk).update(locked=True, locked_by=person("first"))
        do(desk, "administrator", "take", number=row.pk, latest=page.latest_revision_id)
        row.refresh_from_db()
        assert row.state == "open"


class TestCandidates:
    """Shown beside the notice; a person says what they are."""

    @pytest.fixture
    def likeness(self, desk: Central) -> Likeness:
        column = ColumnPage.objects.get(url_path="/portal/policies/")
        column.add_child(
            instance=PolicyPage(
                title="转发国务院意见", document_number=NUMBER.value, body=[("paragraph", "<p>本县的话。</p>")]
            )
        )
        publish(desk)
        policy.take([read(PATH)])
        return Likeness.objects.get()

    def test_beside_each_other_and_ruled(self, desk, likeness):
        shown = client_of("policy editor").get(address(desk)).content.decode()
        assert "疑似同一件" in shown and "本县的话。" in shown and "是同一件" in shown
        do(desk, "policy editor", "same", number=likeness.pk)
        likeness.refresh_from_db()
        assert (likeness.verdict, likeness.actor) == ("same", person("policy editor"))
        assert not Page.objects.get(pk=likeness.page_id).live and desk.public(PATH).live

    def test_not_the_same(self, desk, likeness):
        do(desk, "policy editor", "other", number=likeness.pk)
        likeness.refresh_from_db()
        assert likeness.verdict == "other" and Page.objects.get(pk=likeness.page_id).live
        assert client_of("policy editor").post(
            address(desk), {"act": "same", "number": likeness.pk}
        ).status_code == 404, "what was ruled is not ruled twice"  # fmt: skip


class TestRepost:
    """An address pasted by hand."""

    @pytest.fixture
    def pipeline(self, monkeypatch):
        import migrate.pipeline

        asked: list[tuple[str, str]] = []

        def repost(project: Any, url: str, *, actor: str) -> tuple[str, list[Finding]]:
            asked.append((url, actor))
            if "evil" in url:
                raise ShangyiError("不在允许的网站之列。", "写进 policy.yaml。")
            policy.see([seen("/pasted", title="粘贴的通知")])
            return key_of("/pasted"), [Finding(Level.WARNING, "policy.x", url, "有一张图片没有取到。", "重试。")]

        module = ModuleType("migrate.pipeline.policy")
        module.repost = repost
        monkeypatch.setitem(sys.modules, "migrate.pipeline.policy", module)
        monkeypatch.setattr(migrate.pipeline, "policy", module, raising=False)
        return asked

    def test_becomes_a_notice(self, desk, pipeline):
        client, url = client_of("policy editor"), reverse("policy_desk:repost")
        answer = client.post(url, {"url": "https://www.central.example.gov.cn/pasted"}, follow=True)
        assert "粘贴的通知" in answer.content.decode() and "有一张图片没有取到" in answer.content.decode()
        assert pipeline == [("https://www.central.example.gov.cn/pasted", "policy-editor")]

    def test_what_can_not_be_had_is_said(self, desk, pipeline):
        client, url = client_of("policy editor"), reverse("policy_desk:repost")
        assert "不在允许的网站之列" in client.post(url, {"url": "https://evil.example/"}).content.decode()
        for odd in ("", "x y", "javascript:alert(1)"):
            assert client.post(url, {"url": odd}).status_code == 200
        assert len(pipeline) == 1

    def test_only_those_who_may(self, desk, pipeline):
        client_of("column editor").post(reverse("policy_desk:repost"), {"url": "https://www.gov.cn/1"})
        assert not pipeline


class TestReport:
    """On the screen and as files."""

    def test_screen_and_files(self, desk):
        publish(desk)
        client, url = client_of("policy editor"), reverse("policy_desk:report")
        month = f"{timezone.localtime(desk.notice(PATH).published_earliest):%Y-%m}"
        assert TITLE.value in client.get(url, {"month": month}).content.decode()
        sheet = client.get(url, {"month": month, "as": "xlsx"})
        assert f"policy-{month}.xlsx" in sheet["Content-Disposition"]
        book = openpyxl.load_workbook(io.BytesIO(sheet.content))
        assert book.worksheets[1].cell(2, 2).value == TITLE.value
        page = client.get(url, {"month": month, "as": "html"}).content.decode()
        assert page.startswith("<!DOCTYPE html>") and desk.public(PATH).get_full_url() in page
        assert TITLE.value not in client.get(url, {"month": "2020-01"}).content.decode()


def test_refusals_are_no_errors(desk):
    """A button for what cannot be done tells why."""
    from cms_site.policy import acts

    with pytest.raises(acts.Refused) as refused:
        acts.waive(desk.notice(PATH), "", person("policy editor"))
    assert refused.value.reason and refused.value.hint
    assert not issubclass(acts.Refused, PermissionDenied)
