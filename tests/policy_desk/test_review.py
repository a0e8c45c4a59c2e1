"""What the desk hears of the sources, who reposted by hand, many waived at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cms_site.policy.models import LastRound, Notice
from migrate.portal import policy
from migrate.records import Finding, Level
from tests.editors.conftest import client_of, person

from .central import DAY, moment, seen

pytestmark = pytest.mark.django_db
DOWN = Finding(Level.ERROR, "policy.source-down", "http://central.example/list.json", "HTTP 503", "Wait.")


def home(who: str) -> str:
    return client_of(who).get(reverse("wagtailadmin_home")).content.decode()


def waive(who: str, numbers: list[int], reason: str, query: str = "?state=todo") -> Any:
    sent = {"number": numbers, "reason": reason}
    return client_of(who).post(reverse("policy_desk:index") + query, sent, follow=True)


class TestSources:
    """What is wrong with them, on the dashboard."""

    def test_the_editor_sees_it_until_a_round_finds_it_well(self, roles):
        policy.note_round([DOWN, Finding(Level.NOTE, "policy.busy", "", "nothing of note")], timezone.now())
        assert "HTTP 503" in home("policy editor")
        assert "nothing of note" not in home("policy editor")
        assert "HTTP 503" not in home("contributor")
        policy.note_round([], timezone.now())
        assert LastRound.objects.count() == 1
        assert "HTTP 503" not in home("policy editor")

    def test_a_watch_that_stands_still_is_told(self, roles):
        policy.note_round([], timezone.now() - timedelta(hours=5))
        assert "没有同步过来源" in home("policy editor")
        policy.note_round([], timezone.now())
        assert "没有同步过来源" not in home("policy editor")


class TestByHand:
    """Who had it reposted stands in the notice's history."""

    def test_a_user_and_the_command_line(self, roles):
        policy.see([seen("/1")])
        row = Notice.objects.get()
        policy.note_by_hand(row.key, person("policy editor").get_username())
        policy.note_by_hand(row.key, "")
        policy.note_by_hand("http://central.example/unknown", "policy-editor")
        text = client_of("policy editor").get(reverse("policy_desk:notice", args=(row.pk,))).content.decode()
        assert f"{person('policy editor')}：" in text
        assert "命令行：" in text
        assert text.count("Reposted by hand") + text.count("手工转载") == 2


class TestWaivingMany:
    """One reason for all that are ticked."""

    @pytest.fixture
    def rows(self, roles) -> list[Notice]:
        late = moment(timezone.now() - 3 * DAY)
        policy.see([seen(f"/{number}", published=late, title=f"第{number}号通知") for number in range(1, 5)])
        return list(Notice.objects.order_by("key"))

    def test_each_has_reason_actor_and_history(self, rows):
        Notice.objects.filter(pk=rows[3].pk).update(reposted_at=timezone.now())
        answer = waive("policy editor", [rows[0].pk, rows[1].pk, rows[3].pk], "开始监测前已过期")
        assert answer.request["QUERY_STRING"] == "state=todo"
        waived = Notice.objects.exclude(waived_at=None).order_by("key")
        assert [row.pk for row in waived] == [rows[0].pk, rows[1].pk]
        assert {(row.waived_reason, row.waived_by.username) for row in waived} == {
            ("开始监测前已过期", "policy-editor")
        }
        text = client_of("policy editor").get(reverse("policy_desk:notice", args=(rows[0].pk,))).content.decode()
        assert text.count("开始监测前已过期") >= 2

    def test_not_without_a_reason_nor_by_others(self, rows):
        waive("policy editor", [rows[0].pk], "  ")
        for who in ("contributor", "first"):
            waive(who, [rows[0].pk], "x")
        assert waive("policy editor", ["one"], "x").status_code == 404
        assert not Notice.objects.exclude(waived_at=None).exists()
