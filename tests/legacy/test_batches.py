"""Many decisions at once: what the preview says is what happens, and undoing leaves nothing behind."""

from collections import Counter

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from wagtail.models import ModelLogEntry

from cms_site.legacy import batches
from cms_site.legacy.models import Decision, DecisionBatch, OldSite, OldUrl
from cms_site.legacy.ruling_files import lines_of
from cms_site.legacy.rulings import Judge, Refused, Ruling, write
from migrate.errors import ShangyiError
from migrate.sheets import TableError
from tests.legacy.conftest import HOST

NOTICES = "/towns/dahe/notices/"
HEAD = "旧网址,去向,栏目,原因,放行\n"


@pytest.fixture
def judge(site) -> Judge:
    return Judge(site)


def shown(site: OldSite, text: str, actor, **options) -> DecisionBatch:
    return batches.preview(site, lines_of((HEAD + text).encode()), "list.csv", actor, **options)


def told(batch: DecisionBatch) -> list[tuple[str, str]]:
    """Return (path, status) of each line."""
    rows = batch.lines.order_by("number")
    return [(row.url.removeprefix(f"http://{HOST}"), row.status) for row in rows]


def state(site: OldSite) -> dict[str, object]:
    """Return all that decisions can change."""
    olds = OldUrl.objects.filter(site=site).values(
        "canonical", "outcome", "reason", "rule", "target_id", "follows_id", "held"
    )
    decisions = Decision.objects.filter(site=site).values(
        "canonical", "outcome", "column", "reason", "release", "apart", "actor_id", "decided_at"
    )
    return {"olds": {row.pop("canonical"): row for row in olds}, "ruled": {r.pop("canonical"): r for r in decisions}}


# one ruling


def test_a_ruling_answers_visitors_at_once(add, ask, judge, superuser, portal):
    add("/a.html", "undecided")
    key = f"http://{HOST}/a.html"
    assert ask("/a.html").status_code == 404
    for ruling, status in ((Ruling("gone", reason="过期"), 410), (Ruling("redirect", NOTICES), 301)):
        write(judge, {key: ruling}, superuser)
        assert ask("/a.html").status_code == status
    assert ask("/a.html")["Location"].endswith(NOTICES)
    assert OldUrl.objects.get().rule == "(decision)"


def test_an_address_that_nobody_knew_answers_as_ruled(ask, judge, superuser, site):
    write(judge, {f"http://{HOST}/new": Ruling("gone", reason="从未发布")}, superuser)
    assert "从未发布" in ask("/new").content.decode()
    write(judge, {f"http://{HOST}/later": Ruling("move", NOTICES)}, superuser)
    assert not OldUrl.objects.filter(canonical__endswith="/later").exists()  # only an import could bring it


def test_a_ruling_wins_over_an_old_redirect(add, ask, judge, superuser, portal):
    leader = add("/a.html", page=portal.live)
    add("/old-a.html", "redirect", follows=leader)
    assert ask("/old-a.html").status_code == 301
    write(judge, {f"http://{HOST}/old-a.html": Ruling("gone", reason="撤")}, superuser)
    assert (ask("/old-a.html").status_code, ask("/a.html").status_code) == (410, 301)


def test_history_tells_who_changed_what(add, judge, superuser, site):
    old = add("/a.html", "undecided", reason="没有规则")
    clerk = get_user_model().objects.create_user("clerk")
    write(judge, {old.canonical: Ruling("gone", reason="过期")}, superuser)
    write(judge, {old.canonical: Ruling("redirect", NOTICES)}, clerk)
    newest, oldest = ModelLogEntry.objects.for_instance(old).order_by("-pk")
    assert (oldest.user, oldest.data["before"]["outcome"]) == (superuser, "undecided")
    assert (newest.user, newest.data["before"]["outcome"]) == (clerk, "gone")
    assert newest.data["after"]["column"] == NOTICES
    assert newest.action == "legacy.decide"


@pytest.mark.parametrize(
    ("ruling", "field"),
    [
        (Ruling("gone", reason=" "), "reason"),
        (Ruling("failed"), "outcome"),
        (Ruling("archive"), "outcome"),
        (Ruling("redirect"), "column"),
        (Ruling("redirect", "http://evil.example/towns/dahe/notices/"), "column"),
        (Ruling("redirect", "//evil.example/"), "column"),
        (Ruling("redirect", "/" + "a" * 5000), "column"),
        (Ruling("move"), "column"),
        (Ruling("move", "/towns/dahe/undecided/"), "column"),
        (Ruling("gone", reason="x" * 501), "reason"),
    ],
)
def test_a_ruling_that_can_not_be_is_refused(add, judge, ruling, field):
    old = add("/a.html", "undecided")
    with pytest.raises(Refused) as refused:
        judge.accept(ruling, old)
    assert refused.value.field == field
    assert refused.value.message


def test_archived_needs_a_capture_of_its_own(add, archive, judge):
    captured = add("/a.html", "undecided", **archive("/a.html", b"<p>x</p>"))
    assert judge.accept(Ruling("archive"), captured).outcome == "archive"
    led = add("/b.html", "redirect", follows=captured, warc_file="x", warc_offset=0)
    for old in (None, add("/c.html", "undecided"), led):
        with pytest.raises(Refused):
            judge.accept(Ruling("archive"), old)


def test_a_held_article_needs_no_column_and_a_file_none_at_all(add, judge, portal):
    old = add("/a.html", page=portal.draft)
    old.imported.column = portal.notices
    assert judge.accept(Ruling("move", release=True), old).column == ""
    assert judge.accept(Ruling("move"), add("/a.doc", "undecided", kind="attachment")).column == ""


def test_an_address_of_the_portal_is_its_path(judge):
    address = f"http://www.yunxi.example.gov.cn{NOTICES}"
    assert judge.accept(Ruling("redirect", address), None).column == NOTICES


@pytest.mark.parametrize(
    "url",
    ["/A.html", f"{HOST}/a.HTML", f"https://{HOST}:8443/a.html#x", "HTTP://dahe.example.gov.cn/a.html?utm_source=1"],
)
def test_any_spelling_is_one_address(judge, url):
    assert judge.fold(url) == f"http://{HOST}/a.html"


# the preview


def test_preview_says_what_each_line_would_do_and_does_nothing(add, site, superuser, portal):
    add("/undecided.html", "undecided")
    add("/moved.html", page=portal.live)
    for path, outcome in (("/ruled.html", "gone"), ("/other.html", "gone")):
        key = f"http://{HOST}{path}"
        Decision.objects.create(site=site, canonical=key, outcome=outcome, reason="旧", actor=superuser)
    before = state(site)
    batch = shown(
        site,
        "/undecided.html,并入,/towns/dahe/notices/,,\n"
        "/moved.html,下线,,过期,\n"
        "/ruled.html,下线,,旧,\n"
        "/other.html,下线,,新,\n"
        "/undecided.html,下线,,重复,\n"
        "/UNDECIDED.html,并入,towns/dahe/notices,,\n"
        "http://evil.example/a,下线,,x,\n"
        "/nothing.html,归档,,,\n"
        "/blank.html,,,,\n"
        "/still.html,待定,,,\n",
        superuser,
    )
    assert told(batch) == [
        ("/undecided.html", "new"),
        ("/moved.html", "new"),
        ("/ruled.html", "same"),
        ("/other.html", "changed"),
        ("/undecided.html", "conflicting"),
        ("/UNDECIDED.html", "same"),
        ("http://evil.example/a", "refused"),
        ("/nothing.html", "refused"),
        ("/still.html", "same"),
    ]
    assert batch.counts == {"new": 2, "same": 3, "changed": 1, "conflicting": 1, "refused": 2}
    assert all(row.message for row in batch.lines.filter(status__in=("conflicting", "refused")))
    assert state(site) == before


def test_of_lines_that_contradict_each_other_what_loses_least_stands(add, site, superuser):
    batch = shown(
        site, "/a,下线,,一,\n/a,并入,/towns/dahe/notices/,,\n/a,待定,,,\n/b,下线,,一,\n/b,下线,,二,\n", superuser
    )
    assert [row.status for row in batch.lines.order_by("number")] == [
        "conflicting",
        "new",
        "conflicting",
        "new",
        "conflicting",
    ]
    batches.apply(batch, superuser)
    ruled = dict(Decision.objects.values_list("canonical", "outcome"))
    assert ruled == {f"http://{HOST}/a": "redirect", f"http://{HOST}/b": "gone"}
    assert Decision.objects.get(canonical__endswith="/b").reason == "一"


def test_gbk_escapes_and_utf8_are_one_line(add, site, superuser):
    add("/%E5%A4%A7.html", "undecided")
    batch = shown(site, "/%B4%F3.html,下线,,一,\n/大.html,下线,,一,\n", superuser)
    assert told(batch) == [("/%B4%F3.html", "new"), ("/大.html", "same")]


@pytest.mark.parametrize("text", ["", "网址\n/a", "去向\n下线", "a,b\nc,d"])
def test_a_file_without_known_heads_is_told(text):
    with pytest.raises(TableError) as error:
        list(lines_of(text.encode()))
    assert "旧网址" in error.value.public_hint


def test_lines_of_formulas_and_odd_words_are_refused(site, superuser):
    batch = shown(site, "/a,下线,,=1+1,\n/b,删除,,x,\n/c,下线,,x,也许\n/d,迁入,/towns/dahe/notices/,,是\n", superuser)
    assert [status for _path, status in told(batch)] == ["refused", "refused", "refused", "new"]
    assert batch.lines.get(number=5).ruling["release"] is True


# keep, overwrite, undo


@pytest.fixture
def ruled(add, site, superuser) -> OldUrl:
    """One address on which somebody ruled."""
    old = add("/ruled.html", "undecided", warc_file="x", warc_offset=0)
    write(Judge(site), {old.canonical: Ruling("gone", reason="旧")}, superuser)
    return old


def test_earlier_decisions_are_kept_unless_they_are_to_be_overwritten(ruled, site, superuser):
    text = f"/ruled.html,并入,{NOTICES},,\n/new.html,下线,,x,\n"
    kept = batches.apply(shown(site, text, superuser), superuser)
    assert (kept.counts["written"], Decision.objects.get(canonical=ruled.canonical).outcome) == (1, "gone")
    over = batches.apply(shown(site, text, superuser), superuser, overwrite=True)
    assert (over.counts["written"], Decision.objects.get(canonical=ruled.canonical).outcome) == (1, "redirect")


def test_undo_puts_everything_back(ruled, add, site, superuser, portal):
    add("/moved.html", page=portal.live)
    leader = OldUrl.objects.get(canonical__endswith="/moved.html")
    add("/led.html", "redirect", follows=leader)
    add("/held.html", "undecided", held=["identity-number"])
    before = state(site)
    text = (
        f"/ruled.html,并入,{NOTICES},,\n/new.html,下线,,x,\n/moved.html,下线,,x,\n/led.html,下线,,x,\n"
        f"/held.html,并入,{NOTICES},,是\n/unknown.html,迁入,{NOTICES},,\n"
    )
    batch = batches.apply(shown(site, text, superuser), superuser, overwrite=True)
    assert batch.counts["written"] == 6
    assert state(site) != before
    clerk = get_user_model().objects.create_user("clerk")
    assert batches.undo(batch, clerk) == 0
    assert state(site) == before
    batch.refresh_from_db()
    assert (batch.state, batch.undone_by) == ("undone", clerk)
    entries = ModelLogEntry.objects.for_instance(leader).order_by("-pk")
    assert (entries[0].user, entries[0].data["undone"]) == (clerk, True)


def test_undo_leaves_what_somebody_ruled_since(ruled, site, superuser):
    batch = batches.apply(shown(site, "/a,下线,,一,\n/b,下线,,一,\n", superuser), superuser)
    write(Judge(site), {f"http://{HOST}/a": Ruling("gone", reason="二")}, superuser)
    assert batches.undo(batch, superuser) == 1
    assert Decision.objects.get(canonical__endswith="/a").reason == "二"
    assert not Decision.objects.filter(canonical__endswith="/b").exists()


def test_undo_does_not_touch_what_an_import_made_of_it_since(add, site, superuser):
    old = add("/a.html", "undecided")
    batch = batches.apply(shown(site, "/a.html,下线,,一,\n", superuser), superuser)
    OldUrl.objects.filter(pk=old.pk).update(outcome="archive")
    batches.undo(batch, superuser)
    old.refresh_from_db()
    assert old.outcome == "archive"


def test_a_batch_is_applied_once_and_undone_once(site, superuser):
    batch = batches.apply(shown(site, "/a,下线,,一,\n", superuser), superuser)
    with pytest.raises(ShangyiError):
        batches.apply(batch, superuser)
    batches.undo(batch, superuser)
    for act in (batches.apply, batches.undo):
        with pytest.raises(ShangyiError):
            act(batch, superuser)


def test_what_was_ruled_after_the_preview_is_left_alone(site, superuser, admin):
    batch = shown(site, "/a,下线,,文件,\n/b,下线,,文件,\n", superuser)
    write(Judge(site), {f"http://{HOST}/a": Ruling("gone", reason="当面")}, superuser)
    batch = batches.apply(batch, superuser, overwrite=True)
    assert (batch.counts["written"], batch.counts["outdated"]) == (1, 1)
    assert Decision.objects.get(canonical__endswith="/a").reason == "当面"
    counts = admin.get(reverse("decisionbatch:inspect", args=(batch.pk,))).context["counts"]
    assert [number for _key, _name, number in counts] == [1, 0, 0, 1, 0]  # one of the new ones is conflicting now


def test_a_page_that_went_after_the_preview_is_no_target(site, superuser, portal):
    batch = shown(site, "/a,并入,/towns/dahe/notices/road/,,\n", superuser)
    portal.live.delete()
    batch = batches.apply(batch, superuser)
    assert (batch.counts["written"], batch.counts["outdated"]) == (0, 1)


def test_many_lines_cost_few_queries(site, superuser, django_assert_max_num_queries):
    text = "".join(f"/{number}.html,下线,,过期,\n" for number in range(1200))
    with django_assert_max_num_queries(150):
        batch = batches.apply(shown(site, text, superuser), superuser)
    assert batch.counts["written"] == 1200
    with django_assert_max_num_queries(100):
        batches.undo(batch, superuser)
    assert not Decision.objects.exists() and not OldUrl.objects.exists()


def test_ruling_alike_on_many_is_a_batch(add, site, superuser):
    keys = [add(f"/{number}.html", "undecided").canonical for number in range(3)]
    batch = batches.decide_together(
        site, [*keys, "http://evil.example/"], Ruling("gone", reason="x"), "待办", superuser
    )
    assert Counter(batch.lines.values_list("status", flat=True)) == {"new": 3, "refused": 1}
    assert set(OldUrl.objects.values_list("outcome", flat=True)) == {"gone"}
