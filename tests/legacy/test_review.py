"""The review queue in the admin: who sees what, what is shown of it, and what the buttons do."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page, PageLogEntry

from cms_site.legacy import review_bulk
from cms_site.legacy.models import Decision, Imported, OldSite, OldUrl
from cms_site.legacy.recheck import recheck
from cms_site.legacy.review_acts import Choice, act_on
from cms_site.legacy.review_text import differences, passages, readable, shown
from cms_site.legacy.rows import insert_rows
from cms_site.legacy.work import DecisionBatch, Recheck
from migrate.records import Field
from migrate.ruled import mask_html, mask_text
from tests.importer.sites import picture
from tests.legacy import reviewing
from tests.legacy.reviewing import (
    IDENTITY,
    MOBILES,
    column,
    hold,
    keys,
    member,
    reviewer,
)
from tests.legacy.test_admin import logged_in

built, site = reviewing.built, reviewing.site

PAGE = "/tzgg/1.html"
MASKED = "110*************2X"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def admin(site) -> Client:
    return logged_in(reviewer())


@pytest.fixture
def held(site) -> Imported:
    """One held article."""
    hold(site)
    site.run()
    return site.row(PAGE)


def entry_url(row: Imported, query: str = "") -> str:
    return reverse("review:entry", args=(row.pk,)) + query


def state_of(client: Client, row: Imported) -> str:
    return client.get(entry_url(row)).context["item"].state


def press(client: Client, row: Imported, act: str, query: str = "", **said):
    return client.post(entry_url(row, query), {"act": act, "state": state_of(client, row), **said})


def told(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


# numbers


@pytest.mark.parametrize(
    ("html", "masked"),
    [
        (f"<p>张三，{IDENTITY}。</p>", f"<p>张三，{MASKED}。</p>"),
        ("<p><b>110105</b>19491231<i>002</i>X</p>", "<p><b>110***</b>********<i>**2</i>X</p>"),
        ("<p>110105 19491231 002X</p>", "<p>110*** ******** **2X</p>"),
        ("<p>１１０１０５１９４９１２３１００２Ｘ</p>", "<p>１１０*************２Ｘ</p>"),
        ("<p>11010&#53;19491231002X</p>", f"<p>{MASKED}</p>"),
        (f'<p><a href="/x" title="{IDENTITY}">证</a></p>', f'<p><a href="/x" title="{MASKED}">证</a></p>'),
        ("<td>110105194912310</td><td>02X</td>", "<td>110105194912310</td><td>02X</td>"),
        ("<p>电话 +86 138-1234-5678</p>", "<p>电话 +86 138-****-**78</p>"),
    ],
)
def test_numbers_are_masked_where_a_reader_sees_them(html, masked):
    assert mask_html(html) == masked
    assert mask_html(masked) == masked


def test_only_the_kinds_that_were_named_are_masked():
    text = f"{IDENTITY}，{MOBILES[0]}"
    assert mask_text(text, {"mobile"}) == f"{IDENTITY}，138******70"
    assert len(mask_text(text)) == len(text)


def test_numbers_are_marked_and_masked_unless_revealed():
    html = f"<p><b>110105</b>19491231002X</p><p>{MOBILES[0]}</p>"
    assert "1949" not in shown(html, revealed=False)
    assert shown(html, revealed=True).count('<mark class="held">') == 3
    (first, second) = passages(f"<p>张三：{IDENTITY}。</p><p>{MOBILES[0]}</p>", revealed=False)
    assert (first.before, first.number, first.after, second.kind) == ("张三：", MASKED, "。", "mobile")


def test_differences_are_marked_by_word_and_character():
    (one,) = differences(["各村发放津贴300元", "同样"], ["各村发放补贴1200元", "同样"])
    assert [(p.kind, p.text) for p in one.old] == [
        ("same", "各村发放"), ("gone", "津"), ("same", "贴"), ("gone", "300"), ("same", "元"),
    ]  # fmt: skip
    assert [p.text for p in one.new if p.kind == "new"] == ["补", "1200"]
    assert differences(readable("<p>a<br>b</p>"), readable("<p><b>a</b></p><p>b</p>")) == []
    (gone,) = differences(["x"], [])
    assert gone.new == [] and gone.old[0].kind == "gone"


# the list


def test_the_list_is_filtered(admin, site):
    hold(site)
    site.captured("/tzgg/2.html", "正文", source=Field("党政办", "text:来源", 0.4))
    site.captured("/later/3.html", "再议")
    site.captured("/tzgg/4.html", "好的")
    site.run()

    def listed(**query) -> list[str]:
        page = admin.get(reverse("review:index"), query).context["lines"]
        return [row.source_key.rpartition("/")[2] for row in page.object_list]

    number = OldSite.objects.get().pk
    assert listed() == ["3.html", "1.html", "2.html"]
    assert listed(reason="held") == listed(reason="identity-number") == ["1.html"]
    assert listed(reason="bank-card") == []
    assert listed(reason="undecided") == ["3.html"]
    assert listed(below="0.5") == ["2.html"]
    assert listed(column=column("notices").pk, site=number) == ["1.html", "2.html"]
    assert listed(q="2.html") == ["2.html"]
    for odd in ({"site": "x"}, {"site": "9" * 30}, {"column": "x"}, {"reason": "<b>"}, {"below": "x"}, {"p": "x"}):
        assert admin.get(reverse("review:index"), odd).status_code == 200
    assert "身份证" in admin.get(reverse("review:index")).content.decode()


def test_queries_are_bounded_however_much_was_imported(admin, held, site):
    def cost(address: str) -> tuple[int, int]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert admin.get(address).status_code == 200
        return len(queries)

    addresses = [reverse("review:index"), reverse("review:index") + "?reason=held&p=2", entry_url(held)]
    for address in addresses:
        cost(address)  # what is asked once a process
    few = [cost(address) for address in addresses]
    alike = {
        "site_id": held.site_id, "page_id": held.page_id, "column_id": held.column_id, "state": "draft",
        "content_hash": "h", "evidence": held.evidence, "held": ["identity-number"], "unresolved": [],
    }  # fmt: skip
    rows = ({"source_key": f"{site.host}/n/{n}", "is_held": n % 50 == 0} for n in range(100_000))
    insert_rows(Imported, list(rows), alike)
    assert [cost(address) for address in addresses] == few
    assert max(few) <= 60
    assert admin.get(addresses[0]).context["lines"].paginator.count == 2_001


# one entry


def test_the_entry_shows_why_and_on_what_it_rests(admin, site):
    hold(site, title=Field("公示", "selector:h1", 0.98), source=Field("党政办", "text:来源", 0.4))
    site.run()
    answer = admin.get(entry_url(site.row(PAGE)))
    text = answer.content.decode()
    assert MASKED in text and IDENTITY not in text
    for part in ("selector:h1", "98%", "text:来源", "40%", "党政办", "正文一致", 'sandbox="allow-same-origin"'):
        assert part in text, part
    assert "allow-scripts" not in text and "no-store" in answer["Cache-Control"]


def test_differences_are_shown(admin, held, site):
    page = site.became(PAGE)
    page.body = [("paragraph", "<p>李四，没有号码。</p>")]
    page.save_revision()
    text = admin.get(entry_url(held)).content.decode()
    assert "<ins>" in text and "<del>" in text and "1 处" in text and IDENTITY not in text


def test_frames_run_nothing_and_mask(admin, site):
    hold(site, more=f'<a href="http://elsewhere.example/x">外站</a>{EVIL}', frame=EVIL)
    site.run()
    row = site.row(PAGE)
    assert not site.old_url(PAGE).may_be_shown
    assert Client().get(reverse("legacy:copy", args=(site.old_url(PAGE).pk,))).status_code == 404
    for name in ("old", "new"):
        answer = admin.get(reverse(f"review:{name}", args=(row.pk,)))
        text = answer.content.decode()
        assert MASKED in text.replace('<mark class="held">', "") and IDENTITY not in text, name
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        for bad in ("<script", "onerror", 'href="http', "<form"):
            assert bad not in text.lower(), (name, bad)
        revealed = admin.get(reverse(f"review:{name}", args=(row.pk,)) + "?reveal=1").content.decode()
        assert IDENTITY in revealed
    whole = admin.get(reverse("review:old", args=(row.pk,)) + "?whole=1").content.decode()
    assert "<h1>" in whole and "<script" not in whole


def test_pictures_of_a_held_page_are_had_by_its_reviewers_alone(admin, site):
    site.bytes("/i/1.png", picture(), "image/png")
    hold(site, more=f'<img src="{site.host}/i/1.png" alt="证">', images=())
    site.run()
    OldUrl.objects.filter(canonical__endswith="/i/1.png").update(held=["identity-number"], kind="image")
    old = OldUrl.objects.filter(canonical__endswith="/i/1.png").first()
    assert old is not None
    address = reverse("review:picture", args=(site.row(PAGE).pk, old.pk))
    assert address in admin.get(reverse("review:old", args=(site.row(PAGE).pk,))).content.decode()
    answer = admin.get(address)
    assert answer["Content-Type"] == "image/png" and "no-store" in answer["Cache-Control"]
    assert Client().get(address).status_code == 302
    page = reverse("review:picture", args=(site.row(PAGE).pk, site.old_url(PAGE).pk))
    assert admin.get(page).status_code == 404, "pages are no pictures"


def test_nothing_that_was_injected_runs(admin, site):
    hold(site, title=Field(f"题{EVIL}", "selector:h1", 0.9), source=Field(EVIL, f"text:{EVIL}", 0.2))
    site.run()
    row = site.row(PAGE)
    for address in (reverse("review:index"), entry_url(row), reverse("wagtailadmin_pages:edit", args=(row.page_id,))):
        text = admin.get(address).content.decode()
        assert "<script>alert" not in text and "<img src=x" not in text, address
    text = admin.post(reverse("review:bulk"), {"key": row.pk}).content.decode()
    assert "<script>alert" not in text


def test_without_a_capture_the_entry_still_opens(admin, held):
    OldUrl.objects.update(warc_file="lost.warc.gz")
    assert "没有可以比对的旧页" in admin.get(entry_url(held)).content.decode()
    assert admin.get(reverse("review:old", args=(held.pk,))).status_code == 200
    OldUrl.objects.all().delete()
    assert admin.get(entry_url(held)).status_code == 200


# the buttons


def test_a_decision_leads_to_the_next_under_the_same_filters(admin, site):
    for number in (1, 2, 3):
        hold(site, f"/tzgg/{number}.html")
    site.captured("/later/4.html", "再议")
    site.run()
    first, second, third = (site.row(f"/tzgg/{number}.html") for number in (1, 2, 3))
    done = press(admin, first, "accept", "?reason=held")
    assert done["Location"] == entry_url(second, "?reason=held")
    assert press(admin, third, "mask", "?reason=held")["Location"] == entry_url(second, "?reason=held")
    last = press(admin, second, "outcome", "?reason=held", outcome="archive", why="过期")
    assert last["Location"] == reverse("review:index") + "?reason=held"
    assert keys() == ["/later/4.html"]
    said = dict(Decision.objects.values_list("canonical", "actor__username"))
    assert len(said) == 3 and set(said.values()) == {"李审核"}


def test_what_can_not_be_is_told_and_changes_nothing(admin, held, site):
    policies, hidden = column("policies"), column("undecided")
    for said in (
        {"act": "column", "column": policies.pk}, {"act": "accept", "column": hidden.pk},
        {"act": "outcome", "outcome": "gone"}, {"act": "outcome", "outcome": "redirect"},
        {"act": "outcome", "outcome": ""}, {"act": "outcome", "outcome": "move"},
        {"act": "accept", "column": "99999999"},
    ):  # fmt: skip
        before = state_of(admin, held)
        answer = admin.post(entry_url(held), {"state": before, **said}, follow=True)
        assert told(answer), said
        assert state_of(admin, held) == before and not Decision.objects.exists()
    assert admin.post(entry_url(held), {"act": "nonsense"}).status_code == 302
    site.captured("/tzgg/5.html", "无号码", source=Field("x", "y", 0.1))
    site.run()
    assert "遮盖" in told(admin.post(entry_url(site.row("/tzgg/5.html")), {
        "act": "mask", "state": state_of(admin, site.row("/tzgg/5.html"))}, follow=True))  # fmt: skip


def test_the_second_of_two_reviewers_is_told(admin, held):
    other = logged_in(reviewer("王审核"))
    seen = state_of(other, held)
    press(admin, held, "accept")
    answer = other.post(entry_url(held), {"act": "outcome", "outcome": "archive", "state": seen}, follow=True)
    assert "李审核" in told(answer)
    assert Decision.objects.get().outcome == "move"


def test_a_page_that_was_changed_meanwhile_is_not_published_unseen(admin, held, site):
    seen = state_of(admin, held)
    page = site.became(PAGE)
    page.title = "改过"
    page.save_revision()
    assert told(admin.post(entry_url(held), {"act": "accept", "state": seen}, follow=True))
    assert not site.became(PAGE).live and not Decision.objects.exists()


def test_while_an_import_runs_nothing_is_decided(admin, held, monkeypatch):
    from contextlib import contextmanager

    from migrate.errors import ShangyiError

    @contextmanager
    def taken():
        raise ShangyiError("An import is running.", "")
        yield

    monkeypatch.setattr("cms_site.legacy.intake.lock.import_lock", taken)
    monkeypatch.setattr("cms_site.legacy.intake.lock._PAUSE", 0)
    answer = admin.post(entry_url(held), {"act": "accept", "state": state_of(admin, held)}, follow=True)
    assert "import is running" in told(answer) and not Decision.objects.exists()


def test_a_locked_page_waits_for_who_works_on_it(admin, held):
    Page.objects.filter(pk=held.page_id).update(locked=True, locked_by=reviewer("王编辑"))
    assert told(admin.post(entry_url(held), {"act": "accept", "state": state_of(admin, held)}, follow=True))
    assert not Decision.objects.exists()


def test_the_editor_leads_back_to_the_queue(admin, held):
    answer = admin.get(entry_url(held, "?reason=held"))
    assert answer.context["edit_url"].endswith("next=%2Fadmin%2Freview%2F" + str(held.pk) + "%2F%3Freason%3Dheld")


# who may


def test_nobody_reviews_who_neither_writes_nor_publishes(held):
    looking = logged_in(member("looker", legacy=("view_oldurl",)))
    for address in (reverse("review:index"), entry_url(held), reverse("review:old", args=(held.pk,))):
        assert looking.get(address)["Location"] == reverse("wagtailadmin_home")
    assert looking.post(entry_url(held), {"act": "accept"}).status_code == 302
    assert not Decision.objects.exists()
    assert reverse("review:index") not in looking.get(reverse("wagtailadmin_home")).content.decode()


def test_contributors_see_their_own_channel_and_no_numbers(held, site):
    dahe, xiaohe = (Page.objects.get(url_path__endswith=f"/towns/{town}/") for town in ("dahe", "xiaohe"))
    own = logged_in(member("dahe", "add_page", page=dahe))
    other = logged_in(member("xiaohe", "add_page", "publish_page", page=xiaohe))
    assert own.get(reverse("review:index")).context["lines"].paginator.count == 1
    assert other.get(reverse("review:index")).context["lines"].paginator.count == 0
    frames = [reverse(f"review:{name}", args=(held.pk,)) + "?reveal=1" for name in ("old", "new")]
    for address in (entry_url(held, "?reveal=1"), *frames):
        assert IDENTITY not in own.get(address).content.decode(), address
        assert other.get(address).status_code == 404
    answer = own.post(entry_url(held), {"act": "accept", "state": state_of(own, held)})
    assert answer.status_code == 302 and not Decision.objects.exists()
    assert other.post(entry_url(held), {"act": "accept"}).status_code == 404
    assert "接受并发布" not in own.get(entry_url(held)).content.decode()


def test_who_publishes_in_a_channel_accepts_there_and_nowhere_else(held, site):
    notices = column("notices")
    user = member("editor", "change_page", "publish_page", page=Page.objects.get(pk=notices.pk))
    client = logged_in(user)
    assert "改去向" not in client.get(entry_url(held)).content.decode(), "outcomes need the permission to decide"
    press(client, held, "outcome", outcome="archive")
    press(client, held, "column", column=column("news").pk)
    assert not Decision.objects.exists()
    press(client, held, "accept")
    assert Decision.objects.get().actor == user and site.became(PAGE).live


def test_only_who_may_change_decisions_rules_otherwise_than_another(held, site, admin):
    press(admin, held, "column", column=column("news").pk)
    user = member("editor", "publish_page", page=Page.objects.get(url_path__endswith="/towns/dahe/"))
    press(logged_in(user), held, "accept")
    assert Decision.objects.get().actor == reviewer() and not site.became(PAGE).live


def test_who_looks_at_numbers_is_noted(admin, held):
    admin.get(entry_url(held))
    assert not PageLogEntry.objects.filter(action="legacy.reveal").exists()
    assert IDENTITY in admin.get(entry_url(held, "?reveal=1")).content.decode()
    assert PageLogEntry.objects.get(action="legacy.reveal").user == reviewer()


# many at once


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


# where a page came from


def test_editor_and_explorer_tell_where_a_page_came_from(admin, held, site):
    edit = reverse("wagtailadmin_pages:edit", args=(held.page_id,))
    explorer = reverse("wagtailadmin_explore", args=(held.page_id,))
    for address in (edit, explorer):
        text = admin.get(address).content.decode()
        for part in (
            "大河镇人民政府",
            held.source_key,
            entry_url(held),
            "2026-11-21 17:31",
            "还没有复查过",
            "selector:h1",
        ):
            assert part in text, (address, part)
    recheck(held.site)
    assert "旧网址没有问题" in admin.get(edit).content.decode()
    press(admin, held, "accept")
    Page.objects.filter(pk=held.page_id).update(live=False)
    site.run()
    recheck(OldSite.objects.get())
    assert Recheck.objects.count() == 2
    text = admin.get(edit).content.decode()
    assert "失效 1 个" in text and "李审核" in text
    other = reverse("wagtailadmin_explore", args=(column("notices").pk,))
    assert 'legacy-origin"' not in admin.get(other).content.decode()


def test_numbers_stay_masked_where_a_page_tells_of_its_origin(site):
    hold(site, title=Field(f"公示{IDENTITY}", "selector:h1", 0.9))
    site.run()
    writer = member("dahe", "change_page", page=Page.objects.get(url_path__endswith="/towns/dahe/"))
    text = logged_in(writer).get(reverse("wagtailadmin_pages:edit", args=(site.row(PAGE).page_id,))).content.decode()
    origin = text[text.index('class="legacy-origin"') : text.index("</details>")]
    assert MASKED in origin and IDENTITY not in origin
