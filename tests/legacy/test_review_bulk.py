"""The review queue in the admin: many at once, and taking that back."""

from contextlib import contextmanager

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from cms_site.legacy import review_bulk
from cms_site.legacy.models import Decision, DecisionBatch, Imported, OldUrl
from cms_site.legacy.review_acts import Choice, act_on
from tests.legacy import reviewing
from tests.legacy.conftest import logged_in
from tests.legacy.reviewing import IDENTITY, column, hold, keys, member, reviewer, told

admin, built, held, site = reviewing.admin, reviewing.built, reviewing.held, reviewing.site


@pytest.fixture
def many(site) -> list[Imported]:
    for number in range(1, 8):
        hold(site, f"/tzgg/{number}.html")
    site.captured("/later/9.html", "再议")
    site.run()
    return [site.row(f"/tzgg/{number}.html") for number in range(1, 8)]


def run(client: Client, asked: dict, **said):
    """Press the button of the confirmation, and go on as the browser does until it is done."""
    answer = client.post(reverse("review:bulk"), {**asked, "run": "1", **said})
    while answer.status_code == 200 and "form" not in answer.context_data:
        context = answer.context_data
        going = {name: context[name] for name in ("upto", "after", "done", "left_out", "refused", "number")}
        answer = client.post(reverse("review:bulk"), {**asked, "run": "1", **going, **dict(context["carried"])})
    return answer


def test_marks_are_asked_about_and_dealt_with_together(admin, many, site):
    asked = {"key": [row.pk for row in many[:3]]}
    shown = admin.post(reverse("review:bulk"), asked)
    assert "<strong>3</strong>" in shown.content.decode() and not Decision.objects.exists()
    refused = run(admin, asked, act="outcome", outcome="gone")
    assert refused.status_code == 302 and not Decision.objects.exists(), "each of them says that the reason is missing"
    assert run(admin, asked, act="column").context["form"].errors["column"]
    done = run(admin, asked, act="mask")
    assert done["Location"] == reverse("review:index")
    assert set(Decision.objects.values_list("masks", "actor__username")) == {("identity-number", "李审核")}
    assert Decision.objects.count() == 3 and len(keys(reason="held")) == 4


def test_all_that_match_are_dealt_with_step_by_step(admin, many, site, monkeypatch):
    monkeypatch.setattr(review_bulk, "PER_STEP", 3)
    asked = {"all": "1", "reason": "held"}
    shown = admin.post(reverse("review:bulk"), asked)
    assert shown.context_data["number"] == 7
    hold(site, "/tzgg/late.html")
    site.run()
    done = run(admin, {**asked, "upto": shown.context_data["upto"]}, act="accept")
    assert done["Location"] == reverse("review:index") + "?reason=held"
    assert keys(reason="held") == ["/tzgg/late.html"], "what came after the question was not asked about"
    assert Decision.objects.filter(release=True).count() == 7
    assert "已处理 7 篇" in told(admin.get(done["Location"]))


def test_what_can_not_be_is_left_and_told(admin, many, site):
    Page.objects.filter(pk=many[0].page_id).update(locked=True, locked_by=reviewer("王编辑"))
    done = run(admin, {"all": "1"}, act="accept")
    text = told(admin.get(done["Location"]))
    assert "已处理 6 篇" in text and "2 篇保持原样" in text
    assert sorted(keys()) == ["/later/9.html", "/tzgg/1.html"]


def test_what_somebody_dealt_with_meanwhile_is_left_to_him(admin, many, site, monkeypatch):
    plain = review_bulk.one_at_a_time
    once = iter([many[2]])

    @contextmanager
    def after_another():
        for row in once:  # while the first of them waits for the lock, another reviewer masks the third
            act_on(row.pk, Choice("mask"), reviewer("周审核"))
        with plain():
            yield

    monkeypatch.setattr(review_bulk, "one_at_a_time", after_another)
    done = run(admin, {"key": [row.pk for row in many]}, act="accept")
    text = told(admin.get(done["Location"]))
    assert "已处理 6 篇" in text and "1 篇保持原样" in text and "周审核" in text
    decision = site.decision("/tzgg/3.html")
    assert (decision.masks, decision.actor.username) == ("identity-number", "周审核")
    assert IDENTITY not in site.became("/tzgg/3.html").text


def test_bulk_reaches_no_further_than_its_user(many, site):
    user = member("xiaohe", "publish_page", page=Page.objects.get(url_path__endswith="/towns/xiaohe/"))
    client = logged_in(user)
    run(client, {"key": [row.pk for row in many], "all": "1"}, act="accept")
    writer = logged_in(member("dahe", "add_page", page=Page.objects.get(url_path__endswith="/towns/dahe/")))
    run(writer, {"all": "1"}, act="accept")
    assert not Decision.objects.exists()
    assert client.post(reverse("review:bulk"), {"key": ["x", "9" * 30]}).status_code == 302
    assert client.get(reverse("review:bulk")).status_code == 302


# taking back what was done together


def undo(client) -> None:
    for batch in DecisionBatch.objects.filter(state="applied"):
        answer = client.post(reverse("decisionbatch:inspect", args=(batch.pk,)), {"act": "undo"})
        assert answer.status_code == 302


def seen(row) -> tuple:
    """Return what there is of an entry: its page, as visitors and editors have it, its notes, its address."""
    row.refresh_from_db()
    page = Page.objects.get(pk=row.page_id).specific
    old = OldUrl.objects.get(canonical=row.source_key)
    text = str(type(page).objects.get(pk=page.pk).get_latest_revision_as_object().body.get_prep_value())
    return (
        page.live, page.get_parent().pk, page.slug, text, old.outcome, old.target_id, tuple(row.held), row.is_held,
        row.column_id, row.state, row.content_hash, row.touched, keys(),
    )  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        {"act": "accept"},
        {"act": "mask"},
        {"act": "column", "column": "news"},
        {"act": "accept", "column": "news"},
        {"act": "outcome", "outcome": "gone", "why": "重复"},
    ],
    ids=str,
)
def test_what_was_done_together_can_be_taken_back(admin, many, site, said):
    rows = many[:3]
    before = [seen(row) for row in rows]
    if "column" in said:
        said = said | {"column": column(said["column"]).pk}
    run(admin, {"key": [row.pk for row in rows]}, **said)
    after = [seen(row) for row in rows]
    assert all(now != then for now, then in zip(after, before, strict=True))
    batch = DecisionBatch.objects.get()
    assert (batch.counts["written"], batch.lines.count(), str(batch.actor)) == (3, 3, "李审核")
    undo(admin)
    assert [seen(row) for row in rows] == before
    assert not Decision.objects.exists()
    assert site.counts(publish=True).keys() <= {"unchanged", "held"}, "import finds what it left"


def test_what_somebody_changed_since_stays(admin, many):
    run(admin, {"key": [row.pk for row in many[:2]]}, act="accept")
    page = many[0].page.specific
    page.title = "改过的标题"
    page.save_revision().publish()
    undo(admin)
    many[0].page.refresh_from_db()
    many[1].page.refresh_from_db()
    assert (many[0].page.live, many[0].page.title, many[1].page.live) == (True, "改过的标题", False)
    assert Decision.objects.get().canonical == many[0].source_key
    assert DecisionBatch.objects.get().counts["kept"] == 1


def test_steps_go_into_one_batch_and_nothing_done_leaves_none(admin, many, monkeypatch):
    monkeypatch.setattr(review_bulk, "PER_STEP", 3)
    run(admin, {"all": "1", "reason": "held"}, act="outcome", outcome="gone")
    assert not DecisionBatch.objects.exists()
    run(admin, {"all": "1", "reason": "held"}, act="accept")
    batch = DecisionBatch.objects.get()
    assert (batch.counts["written"], batch.lines.count(), batch.state) == (7, 7, "applied")
