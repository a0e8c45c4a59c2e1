"""Decisions in the admin: what a form takes, what takes effect at once, and what comes back without them."""

from contextlib import contextmanager

import pytest
from django.test import Client
from django.urls import reverse

from cms_site.legacy.decisions import DecisionForm
from cms_site.legacy.models import Decision, OldUrl, UnknownHit
from migrate.errors import ShangyiError
from tests.legacy.conftest import HOST, logged_in, user_with


def test_decision_is_written_with_its_actor_and_a_canonical_address(rows):
    clerk = user_with("add_decision", "change_decision")
    client = logged_in(clerk)
    sent = {
        "site": rows.site_id,
        "canonical": "HTTP://dahe.example.gov.cn:80/A.HTML?utm=1&id=2",
        "outcome": "gone",
        "reason": "过期",
        "actor": 1,
    }
    assert client.post(reverse("decision:add"), sent).status_code == 302
    decision = Decision.objects.get(canonical=f"http://{HOST}/a.html?id=2")
    assert (decision.actor, decision.outcome, decision.release) == (clerk, "gone", False)


@pytest.mark.parametrize("name", ["add", "edit", "delete"])
def test_no_decision_is_written_or_taken_back_beside_an_import(admin, rows, monkeypatch, name):
    @contextmanager
    def taken():
        raise ShangyiError("An import is running.", "Wait for it.")
        yield

    monkeypatch.setattr("cms_site.legacy.intake.lock._PAUSE", 0)
    monkeypatch.setattr("cms_site.legacy.intake.lock.import_lock", taken)
    before = list(Decision.objects.values())
    address = reverse(f"decision:{name}", args=() if name == "add" else (Decision.objects.get().pk,))
    sent = {"site": rows.site_id, "canonical": f"http://{HOST}/a.html?id=2", "outcome": "gone", "reason": "x"}
    answer = admin.post(address, sent, follow=True)
    assert answer.status_code == 200 and "An import is running." in answer.content.decode()
    assert list(Decision.objects.values()) == before


def test_editing_a_decision_changes_its_actor(rows, add):
    decision = Decision.objects.get()
    add("/d", "gone", warc_file="x", warc_offset=0)
    clerk = user_with("change_decision")
    sent = {"site": rows.site_id, "canonical": decision.canonical, "outcome": "archive", "reason": "仍有人看"}
    assert logged_in(clerk).post(reverse("decision:edit", args=(decision.pk,)), sent).status_code == 302
    decision.refresh_from_db()
    assert (decision.actor, decision.outcome) == (clerk, "archive")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"canonical": "http://evil.example/a"}, "canonical"),
        ({"canonical": "http://["}, "canonical"),
        ({"canonical": f"http://{HOST}/" + "a" * 2040}, "canonical"),
        ({"outcome": "failed"}, "outcome"),
        ({"outcome": "gone", "reason": ""}, "reason"),
        ({"outcome": "redirect"}, "column"),
        ({"outcome": "move"}, "column"),
        ({"outcome": "move", "column": "/towns/dahe/"}, "column"),
        ({"outcome": "move", "column": "/towns/dahe/undecided/"}, "column"),
        ({"outcome": "redirect", "column": "/no/such/"}, "column"),
        ({"canonical": f"http://{HOST}/D"}, "__all__"),  # ruled already
    ],
)
def test_a_decision_that_can_not_be_is_refused(admin, rows, change, field):
    sent = {"site": rows.site_id, "canonical": f"http://{HOST}/new", "outcome": "archive", "reason": "x"} | change
    response = admin.post(reverse("decision:add"), sent)
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("outcome", "target", "good"),
    [
        ("redirect", "https://www.example.org.cn/a", True),
        ("redirect", "https://evil.example/a", False),
        ("redirect", "javascript://www.example.org.cn/%0aalert(1)", False),
        ("gone", "https://www.example.org.cn/a", False),
    ],
)
def test_a_decision_may_lead_to_a_host_that_the_site_allows(rows, outcome, target, good):
    rows.site.target_hosts = ["www.example.org.cn"]
    rows.site.save()
    data = {"site": rows.site_id, "canonical": rows.url, "outcome": outcome, "column": target, "reason": "x"}
    form = DecisionForm(data)
    assert form.is_valid() == good
    assert good or "column" in form.errors


def test_a_decision_names_a_column_of_the_portal(admin, rows):
    sent = {
        "site": rows.site_id,
        "canonical": f"http://{HOST}/new",
        "outcome": "redirect",
        "column": "towns/dahe/notices",
    }
    assert admin.post(reverse("decision:add"), sent).status_code == 302
    assert Decision.objects.get(canonical__endswith="/new").column == "/towns/dahe/notices/"


def test_worklists_lead_to_a_decision_with_the_address_filled_in(admin, rows):
    hit = UnknownHit.objects.get()
    text = admin.get(reverse("unknownhit:index")).content.decode()
    address = f"{reverse('decision:add')}?site={hit.site_id}&amp;canonical=http%3A%2F%2F{HOST}%2Funknown"
    assert address in text
    form = admin.get(address.replace("&amp;", "&")).content.decode()
    assert f'value="{hit.canonical}"' in form


def test_history_of_an_address_tells_what_was_decided(rows, admin):
    sent = {"site": rows.site_id, "canonical": rows.canonical, "outcome": "gone", "reason": "过期"}
    assert logged_in(user_with("add_decision")).post(reverse("decision:add"), sent).status_code == 302
    text = admin.get(reverse("oldurl:history", args=(rows.pk,))).content.decode()
    assert "归档 → 下线（过期）" in text and "clerk" in text
    rows.refresh_from_db()
    assert (rows.outcome, rows.reason) == ("gone", "过期")


# taking a decision away


def take_away(client: Client) -> None:
    assert client.post(reverse("decision:delete", args=(Decision.objects.get().pk,)), follow=True).status_code == 200
    assert not Decision.objects.exists()


@pytest.mark.parametrize("overruled", [False, True])
def test_without_its_decision_an_address_answers_at_once_as_before(admin, site, add, portal, ask, overruled):
    old = add("/a.html", page=portal.live)
    decide = {"site": site.pk, "canonical": old.canonical}
    for reason in ("内容已过期", "另有规定")[: 1 + overruled]:
        admin.post(reverse("decision:add"), decide | {"outcome": "gone", "reason": reason})
        admin.post(
            reverse("decision:edit", args=(Decision.objects.get().pk,)), decide | {"outcome": "gone", "reason": reason}
        )
    assert ask("/a.html").status_code == 410
    OldUrl.objects.update(reason="迁入时写的")  # an import has been here since
    take_away(admin)
    assert ask("/a.html")["Location"].endswith("/towns/dahe/notices/road/")
    history = admin.get(reverse("oldurl:history", args=(old.pk,))).content.decode()
    assert "内容已过期" in history and "撤销" in history


def test_an_address_that_only_the_decision_made_goes_with_it(admin, site, ask):
    admin.post(
        reverse("decision:add"),
        {"site": site.pk, "canonical": f"http://{HOST}/b.html", "outcome": "gone", "reason": "x"},
    )
    assert ask("/b.html").status_code == 410
    take_away(admin)
    assert ask("/b.html").status_code == 404 and not OldUrl.objects.exists()


def test_an_address_of_which_nobody_noted_what_it_was_is_undecided(admin, superuser, site, add, portal, ask):
    add("/a.html", "redirect", target=portal.notices, rule="(redirect map)", kind="other")
    Decision.objects.create(
        site=site, canonical=f"http://{HOST}/a.html", outcome="redirect", column="/towns/dahe/notices/", actor=superuser
    )
    take_away(admin)
    assert ask("/a.html").status_code == 404
    assert OldUrl.objects.get().outcome == "undecided"
