"""What waits for a decision: ranked by hits, without noise, ruled on together; and the nightly look at everything."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cms_site.legacy import worklist
from cms_site.legacy.finding import pasted
from cms_site.legacy.intake.sites import _rekey
from cms_site.legacy.models import BrokenOldUrl, Decision, DecisionBatch, LogFile, OldUrl, Recheck, UnknownHit
from cms_site.legacy.recheck import recheck
from cms_site.legacy.rulings import Judge, Ruling, write
from cms_site.portal.models import ColumnPage
from tests.legacy.conftest import HOST, logged_in, user_with

NOTICES = "/towns/dahe/notices/"
H = f"http://{HOST}"


@pytest.fixture
def admin(superuser):
    return logged_in(superuser)


def log(name="access.log", digest="sha256:1", size=100, follows=""):
    return {"name": name, "digest": digest, "size": size, "counts": {"hits": 1}, "follows": follows}


def listed(**asked) -> list[tuple[str, int]]:
    return [(row["canonical"].removeprefix(H), row["total"]) for row in worklist.open_rows(**asked)]


# the list


def test_undecided_failed_and_unknown_are_one_list_by_hits(site, add, portal):
    add("/a.html", "undecided", hits=2, log_hits=3)
    add("/b.html", "failed", log_hits=9)
    add("/c.html", "undecided")
    UnknownHit.objects.create(site=site, canonical=f"{H}/u.html", hits=4, log_hits=4)
    add("/moved.html", page=portal.live, hits=99)
    add("/gone.html", "gone", hits=99)
    assert listed() == [("/b.html", 9), ("/u.html", 8), ("/a.html", 5), ("/c.html", 0)]
    assert listed(wanted=True) == [("/b.html", 9), ("/u.html", 8), ("/a.html", 5)]
    assert listed(outcome="failed") == [("/b.html", 9)]
    assert listed(outcome="unknown") == [("/u.html", 8)]
    assert listed(outcome="gone") == [("/gone.html", 99)]


def test_noise_and_what_follows_something_else_is_left_out(site, add):
    leader = add("/a.html", "undecided")
    add("/led.html", "undecided", follows=leader, hits=5)
    add("/p.jpg", "undecided", kind="image", hits=5)
    for path in ("/wp-login.php", "/images/logo.gif", "/real.html"):
        UnknownHit.objects.create(site=site, canonical=H + path, hits=7)
    assert listed() == [("/real.html", 7), ("/a.html", 0)]
    assert UnknownHit.objects.filter(noise=True).count() == 2


def test_what_is_decided_waits_no_more(site, add, superuser):
    for path in ("/a.html", "/b.html", "/c.html"):
        add(path, "undecided")
    UnknownHit.objects.create(site=site, canonical=f"{H}/u.html", hits=1)
    rulings = {
        f"{H}/a.html": Ruling("gone", reason="x"),
        f"{H}/b.html": Ruling("move", NOTICES),
        f"{H}/c.html": Ruling("undecided", reason="再看"),
        f"{H}/u.html": Ruling("redirect", NOTICES),
    }
    write(Judge(site), rulings, superuser)
    assert listed() == [("/c.html", 0)]


def test_words_stand_in_address_or_title(site, add):
    add("/a.html", "undecided", title="低保办理指南")
    add("/b.html", "undecided", title="其他")
    assert listed(words="低保") == [("/a.html", 0)]
    assert listed(words="B.HTML") == [("/b.html", 0)]
    assert listed(words="%") == []


# logs


def test_hits_of_logs_go_to_known_and_unknown_addresses(site, add):
    add("/a.html", "undecided", log_hits=1)
    add("/moved.html", "gone")
    hits = [(f"{H}/a.html", 5), (f"{H}/u.html", 3), (f"{H}/moved.html", 2), (f"{H}/.env", 2)]
    assert worklist.add_log_hits(site, hits, [log()]) == {"known": 2, "unknown": 1, "left_out": 0}
    assert listed() == [("/a.html", 6), ("/u.html", 3)]
    assert OldUrl.objects.get(canonical__endswith="/moved.html").log_hits == 2
    worklist.add_log_hits(site, [(f"{H}/u.html", 4)], [log(digest="sha256:2", size=200)])
    assert listed()[0] == ("/u.html", 7)
    assert worklist.logs_read(site) == {100: "sha256:1", 200: "sha256:2"}


def test_a_log_that_grew_takes_the_place_of_its_beginning(site):
    worklist.add_log_hits(site, [], [log()])
    worklist.add_log_hits(site, [], [log(digest="sha256:2", size=300, follows="sha256:1")])
    assert [(row.digest, row.size) for row in LogFile.objects.all()] == [("sha256:2", 300)]


def test_unknown_addresses_are_bounded_and_the_most_wanted_kept(site, monkeypatch):
    monkeypatch.setattr(worklist, "UNKNOWN_LIMIT", 2)
    hits = [(f"{H}/{number}.html", 9 - number) for number in range(4)]
    assert worklist.add_log_hits(site, hits, [log()]) == {"known": 0, "unknown": 2, "left_out": 2}
    assert listed() == [("/0.html", 9), ("/1.html", 8)]


def test_hits_stay_together_when_addresses_become_one(site, add):
    add("/a.html", "undecided", hits=1, log_hits=2)
    add("/a.html?x=1", "undecided", hits=3, log_hits=4)
    for query, hits in (("?x=1", 1), ("?x=2", 2)):
        UnknownHit.objects.create(site=site, canonical=f"{H}/u.html{query}", hits=hits, log_hits=hits)
    _rekey(site, site.url_rules)
    assert listed() == [("/a.html", 10), ("/u.html", 6)]


def test_robots_are_no_hits(site, ask, add):
    add("/a.html", "undecided")
    for path in ("/a.html", "/unknown.html"):
        ask(path, HTTP_USER_AGENT="Mozilla/5.0 (compatible; Baiduspider/2.0)")
        ask(path, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0; Win64; x64)")
    assert listed() == [("/a.html", 1), ("/unknown.html", 1)]


# pasting


@pytest.mark.parametrize(
    "text",
    [
        f"{HOST}/A.html", f"  https://{HOST}:443/a.HTML?utm=1#top \n", "“http://dahe.example.gov.cn/a.html”。",
        f"HTTP://{HOST.upper()}/x/../a.html", f"网址：http://{HOST}/a.html", f"view-source:http://{HOST}/a.html",
        f"ｈｔｔｐ：／／{HOST}／ａ.html", f"http：//{HOST}/a.html", f"ｗｗｗ{HOST.removeprefix('www')}/a.html",
        rf"\\{HOST}\a.html", f"{HOST}/a.html?u=http://other.example/",
    ],
)  # fmt: skip
def test_any_spelling_that_is_pasted_is_found(site, text, client):
    assert pasted(text)[:2] == (site, f"{H}/a.html")
    assert client.get("/old-address/", {"url": text}).context["site"] == site


def test_full_width_letters_of_a_name_stay(site):
    assert pasted(f"{HOST}/（一）.html").canonical == f"{H}/%EF%BC%88%E4%B8%80%EF%BC%89.html"


@pytest.mark.parametrize(
    "text", ["", "低保", "a.html", "http://[", "http://elsewhere.example/a.html", "\0", "http://" + "a" * 3000]
)
def test_other_texts_are_words(site, text):
    assert pasted(text) is None


def test_an_address_pasted_opens_what_is_known_of_it(admin, add, site):
    old = add("/a.html", "undecided")
    ask = lambda url: admin.get(reverse("worklist:index"), {"q": url})  # noqa: E731
    assert ask(f"https://{HOST}/A.html")["Location"] == reverse("oldurl:inspect", args=(old.pk,))
    unknown = ask(f"{HOST}/nobody.html")["Location"]
    assert unknown.startswith(reverse("decision:add")) and "nobody.html" in unknown
    text = admin.get(reverse("oldurl:index"), {"q": "dahe.example.gov.cn/A.html?x=1"}).content.decode()
    assert old.canonical in text


# the screens


def test_all_that_the_filters_let_through_are_decided_at_once(admin, add, site, monkeypatch):
    monkeypatch.setattr("cms_site.legacy.work_views.PER_PAGE", 2)
    for number in range(5):
        add(f"/old/{number}.html", "undecided")
    add("/other.html", "undecided")
    shown = admin.get(reverse("worklist:index"), {"q": "old", "p": 2}).content.decode()
    assert "查到的全部 5 条" in shown and '<input type="hidden" name="q" value="old">' in shown
    asked = admin.post(reverse("worklist:decide"), {"all": "1", "q": "old"})
    assert asked.context["number"] == len(asked.context["keys"]) == 5
    ruled = {"key": asked.context["keys"], "outcome": "gone", "reason": "过期"}
    assert admin.post(reverse("worklist:decide"), ruled).status_code == 302
    assert OldUrl.objects.filter(outcome="gone").count() == 5
    assert listed() == [("/other.html", 0)]


def test_worklist_shows_filters_and_pages(admin, add, site, monkeypatch):
    monkeypatch.setattr("cms_site.legacy.work_views.PER_PAGE", 2)
    for number in range(5):
        add(f"/{number}.html", "undecided", title=f"标题{number}", hits=number)
    first = admin.get(reverse("worklist:index"), {"outcome": "undecided"}).content.decode()
    assert first.index("标题4") < first.index("标题3") and "标题2" not in first
    assert "outcome=undecided&amp;p=2" in first
    for query in ({"p": "x"}, {"outcome": "nonsense"}, {"site": "999"}, {"q": "\0"}, {"site": site.pk, "wanted": "on"}):
        assert admin.get(reverse("worklist:index"), query).status_code == 200


def test_marks_are_ruled_on_together_and_the_batch_is_undone(admin, add, site):
    rows = [add(f"/{number}.html", "undecided") for number in range(3)]
    unknown = UnknownHit.objects.create(site=site, canonical=f"{H}/u.html", hits=1)
    keys = [f"old-{row.pk}" for row in rows[:2]] + [f"unknown-{unknown.pk}", "odd", "old-x", "old-99999"]
    shown = admin.post(reverse("worklist:decide"), {"key": keys})
    assert shown.status_code == 200 and shown.context["number"] == 3
    assert not Decision.objects.exists()
    refused = admin.post(reverse("worklist:decide"), {"key": keys, "outcome": "gone"})
    assert refused.context["form"].errors["reason"] and not Decision.objects.exists()
    done = admin.post(reverse("worklist:decide"), {"key": keys, "outcome": "gone", "reason": "计数器"})
    batch = DecisionBatch.objects.get()
    assert done["Location"] == reverse("decisionbatch:inspect", args=(batch.pk,))
    assert Decision.objects.count() == 3
    assert listed() == [("/2.html", 0)]
    assert "撤销整批" in admin.get(done["Location"]).content.decode()
    admin.post(done["Location"], {"act": "undo"})
    assert len(listed()) == 4 and not Decision.objects.exists()


def test_a_file_is_shown_before_it_counts(admin, add, site):
    add("/a.html", "undecided")
    file = SimpleUploadedFile("去向.csv", "旧网址,去向,原因\n/a.html,下线,过期\n/b,归档,x\n".encode("gbk"))
    answer = admin.post(reverse("worklist:upload"), {"site": site.pk, "file": file})
    batch = DecisionBatch.objects.get()
    assert (answer["Location"], batch.source) == (reverse("decisionbatch:inspect", args=(batch.pk,)), "去向.csv")
    text = admin.get(answer["Location"]).content.decode()
    assert "/a.html" in text and not Decision.objects.exists()
    assert "/a.html" not in admin.get(answer["Location"], {"status": "refused"}).content.decode()
    admin.post(answer["Location"], {"act": "keep"})
    assert Decision.objects.get().outcome == "gone"
    admin.post(answer["Location"], {"act": "keep"})  # pressed twice
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 100])
def test_a_file_that_is_none_is_told_in_the_form(admin, site, data):
    answer = admin.post(reverse("worklist:upload"), {"site": site.pk, "file": SimpleUploadedFile("x.xlsx", data)})
    assert answer.status_code == 200 and answer.context["form"].errors["file"]
    assert not DecisionBatch.objects.exists()


def test_a_preview_is_thrown_away(admin, site, superuser):
    batch = DecisionBatch.objects.create(site=site, source="x", actor=superuser)
    admin.post(reverse("decisionbatch:inspect", args=(batch.pk,)), {"act": "discard"})
    assert not DecisionBatch.objects.exists()


# who may not


@pytest.fixture
def batch(site, superuser) -> DecisionBatch:
    return DecisionBatch.objects.create(site=site, source="x", actor=superuser)


def test_without_permission_nothing_opens(batch, admin):
    clerk = logged_in(user_with())
    for name, args in (
        ("worklist:index", ()), ("worklist:upload", ()), ("worklist:decide", ()), ("worklist:protect", ()),
        ("decisionbatch:index", ()), ("decisionbatch:inspect", (batch.pk,)), ("brokenoldurl:index", ()),
    ):  # fmt: skip
        assert clerk.get(reverse(name, args=args)).status_code == 302, name
        if name != "worklist:protect":
            assert admin.get(reverse(name, args=args)).status_code in (200, 302), name
    assert reverse("worklist:index") not in clerk.get(reverse("wagtailadmin_home")).content.decode()


def test_who_only_looks_does_not_decide(batch, add, site):
    old = add("/a.html", "undecided")
    clerk = logged_in(user_with("view_oldurl", "view_decision"))
    text = clerk.get(reverse("worklist:index")).content.decode()
    assert "/a.html" in text and 'name="key"' not in text
    sent = {"key": [f"old-{old.pk}"], "outcome": "gone", "reason": "x"}
    assert clerk.post(reverse("worklist:decide"), sent)["Location"] == reverse("wagtailadmin_home")
    for act in ("keep", "overwrite", "discard", "undo", "", "nonsense"):
        clerk.post(reverse("decisionbatch:inspect", args=(batch.pk,)), {"act": act})
    batch.refresh_from_db()
    assert batch.state == "preview" and not Decision.objects.exists()


def test_who_adds_decisions_does_not_replace_them(add, site, superuser):
    old = add("/a.html", "undecided")
    write(Judge(site), {old.canonical: Ruling("gone", reason="旧")}, superuser)
    clerk = logged_in(user_with("add_decision"))
    clerk.post(reverse("worklist:decide"), {"key": [f"old-{old.pk}"], "outcome": "redirect", "column": NOTICES})
    assert Decision.objects.get().outcome == "gone"
    mine = DecisionBatch.objects.get()
    for act in ("undo", "overwrite"):
        clerk.post(reverse("decisionbatch:inspect", args=(mine.pk,)), {"act": act})
    mine.refresh_from_db()
    assert mine.state == "applied" and Decision.objects.get().outcome == "gone"


# the nightly look


def problems() -> dict[str, str]:
    return {row.old_url.canonical.removeprefix(H): row.problem for row in BrokenOldUrl.objects.all()}


@pytest.fixture
def county(site, add, archive, portal, document) -> None:
    """One old URL of every kind, all well."""
    leader = add("/moved.html", page=portal.live)
    add("/led.html", "redirect", follows=leader)
    add("/list.asp", "redirect", target=portal.notices)
    add("/form.pdf", document=document, kind="attachment")
    add("/zt/1.html", "archive", **archive("/zt/1.html", b"<p>x</p>"))
    add("/gone.html", "gone", reason="x")
    add("/undecided.html", "undecided")
    add("/draft.html", page=portal.draft)
    add("/held.html", "archive", held=["bank-card"], warc_file="x", warc_offset=0)


def test_what_is_well_is_not_broken(county, site):
    found = recheck(site)
    assert (found.asked, found.broken, found.waiting) == (9, {}, 3)
    assert Recheck.objects.get().finished_at is not None


def test_what_breaks_is_found_and_what_is_mended_goes(county, site, portal, settings, tmp_path, superuser):
    portal.live.unpublish()
    portal.live.refresh_from_db()
    portal.live.first_published_at = timezone.now()
    portal.live.save()
    found = recheck(site)
    assert problems() == {"/moved.html": "offline", "/led.html": "offline"}
    assert (found.new, found.mended) == (2, 0)
    since = BrokenOldUrl.objects.get(old_url__canonical__endswith="/moved.html").since
    portal.live.save_revision().publish()
    found = recheck(site)
    assert (found.broken, found.mended) == ({}, 2)
    ColumnPage.objects.filter(pk=portal.notices.pk).update(hidden=True)
    settings.SHANGYI_ARCHIVES = tmp_path / "nowhere"
    recheck(site)
    assert problems() == {
        "/moved.html": "hidden", "/led.html": "hidden", "/list.asp": "hidden", "/zt/1.html": "unreadable"
    }  # fmt: skip
    assert BrokenOldUrl.objects.get(old_url__canonical__endswith="/moved.html").since > since


def test_a_picture_without_its_page_is_broken_and_that_of_a_new_draft_waits(add, site, portal, image):
    add("/a.png", image=image, kind="image")
    portal.draft.body = [("image", {"image": image, "caption": "", "alt": ""})]
    portal.draft.save()
    assert (recheck(site).broken, recheck(site).waiting) == ({}, 1)
    portal.draft.save_revision().publish()
    assert (recheck(site).broken, recheck(site).waiting) == ({}, 0)
    portal.draft.refresh_from_db()
    portal.draft.unpublish()
    recheck(site)
    assert problems() == {"/a.png": "offline"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda old, site: OldUrl.objects.filter(pk=old.pk).update(digest="sha256:" + "0" * 64), "untrue"),
        (lambda old, site: OldUrl.objects.filter(pk=old.pk).update(warc_offset=None), "no-capture"),
        (lambda old, site: OldUrl.objects.filter(pk=old.pk).update(warc_file=""), "no-capture"),
        (lambda old, site: OldUrl.objects.filter(pk=old.pk).update(outcome="redirect"), "deleted"),
        (lambda old, site: OldUrl.objects.filter(pk=old.pk).update(outcome="move"), "deleted"),
        (lambda old, site: OldUrl.objects.filter(pk=old.pk).update(follows=old), "loop"),
    ],
)
def test_each_way_of_being_broken(add, archive, site, change, problem):
    old = add("/zt/1.html", "archive", **archive("/zt/1.html", b"<p>x</p>"))
    change(old, site)
    recheck(site)
    assert problems() == {"/zt/1.html": problem}


def test_a_missing_file_and_a_decision_without_effect_are_found(add, site, document, superuser):
    add("/form.pdf", document=document, kind="attachment")
    old = add("/a.html", "undecided")
    Decision.objects.create(site=site, canonical=old.canonical, outcome="gone", reason="x", actor=superuser)
    document.file.storage.delete(document.file.name)
    recheck(site)
    assert problems() == {"/form.pdf": "no-file", "/a.html": "unapplied"}


def test_a_withdrawn_copy_is_no_break(add, site, superuser):
    add("/zt/1.html", "archive", withdrawn_at=timezone.now(), withdrawn_reason="x")
    assert recheck(site).broken == {}


def test_the_look_costs_few_queries(site, add, portal, django_assert_max_num_queries):
    for number in range(40):
        add(f"/{number}.html", "redirect", target=portal.notices)
    with django_assert_max_num_queries(20):
        recheck(site)


def test_broken_ones_are_listed_and_lead_to_a_decision(admin, add, site):
    old = add("/a.html", "redirect")
    recheck(site)
    text = admin.get(reverse("brokenoldurl:index")).content.decode()
    assert old.canonical in text and reverse("oldurl:inspect", args=(old.pk,)) in text
    assert reverse("decision:add") in text
    assert "失效的旧网址 1 条" in admin.get(reverse("worklist:index")).content.decode()
