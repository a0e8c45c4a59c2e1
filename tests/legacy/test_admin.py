"""The admin: who may look, who may act, and what can't be deleted."""

from contextlib import contextmanager

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from wagtail.models import GroupPagePermission, Page, PageLogEntry

from cms_site.legacy.decisions import DecisionForm
from cms_site.legacy.models import Decision, Imported, OldUrl, Receipt, UnknownHit
from cms_site.legacy.work import DecisionBatch
from cms_site.portal.models import ColumnPage
from migrate.errors import ShangyiError
from migrate.records import BUILT_IN, DECISION, MAP_RULE
from tests.legacy.conftest import HOST

LISTS = ["oldurl", "unknownhit", "decision", "oldsite", "imported", "receipt"]


@pytest.fixture
def rows(site, add, portal, superuser) -> OldUrl:
    """One row in every table of the menu."""
    UnknownHit.objects.create(site=site, canonical=f"http://{HOST}/unknown", hits=3)
    Receipt.objects.create(site=site, actor=superuser, counts={"created": 1})
    Decision.objects.create(site=site, canonical=f"http://{HOST}/d", outcome="gone", reason="x", actor=superuser)
    add("/moved.html", page=portal.live, hits=1)
    return add("/zt/1.html", "archive", title="专题", warc_file="x", warc_offset=0, hits=5)


def user_with(*codenames: str):
    user = get_user_model().objects.create_user("clerk", "clerk@example.gov.cn", "pw")
    permissions = [Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")]
    permissions += Permission.objects.filter(content_type__app_label="legacy", codename__in=codenames)
    assert len(permissions) == len(codenames) + 1
    user.user_permissions.set(permissions)
    return user


def logged_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(superuser) -> Client:
    return logged_in(superuser)


# who may look


@pytest.mark.parametrize("name", LISTS)
def test_lists_open_for_a_superuser_and_for_nobody_else(admin, rows, name):
    address = reverse(f"{name}:index")
    assert admin.get(address).status_code == 200
    assert Client().get(address).status_code == 302
    assert logged_in(user_with()).get(address).status_code == 302  # back to the dashboard, refused


@pytest.mark.parametrize(
    ("rule", "told"),
    [(BUILT_IN, "（内置）"), (DECISION, "（裁定）"), (MAP_RULE, "（网址映射表）"), ("通知公告", "通知公告")],
)
def test_a_rule_is_called_as_people_call_it(rows, rule, told):
    rows.rule = rule
    assert rows.get_rule_display() == told


@pytest.mark.parametrize("name", [name for name in LISTS if name != "decision"])
def test_rows_can_be_inspected_and_nothing_else(admin, rows, name):
    pk = {"oldurl": OldUrl, "unknownhit": UnknownHit, "receipt": Receipt}.get(name)
    pk = (
        pk.objects.first().pk
        if pk
        else (rows.site_id if name == "oldsite" else OldUrl.objects.get(imported__isnull=False).imported_id)
    )
    assert admin.get(reverse(f"{name}:inspect", args=(pk,))).status_code == 200
    for act, args in (("add", ()), ("edit", (pk,)), ("delete", (pk,))):
        response = admin.post(reverse(f"{name}:{act}", args=args), {})
        assert response.status_code == 302, act
        assert response["Location"] == reverse("wagtailadmin_home")
    assert admin.get(reverse(f"{name}:index")).status_code == 200


def test_rows_are_shown_in_words(admin, rows):
    row = OldUrl.objects.filter(imported__page__isnull=False).select_related("imported").first()
    Imported.objects.filter(pk=row.imported_id).update(
        held=["identity-number"], evidence={"title": {"value": "题", "origin": "selector:h1", "confidence": 0.98}}
    )
    shown = admin.get(reverse("imported:inspect", args=(row.imported_id,))).content.decode()
    for raw in ("None", "[]", "identity-number", "{&#x27;"):
        assert f">{raw}" not in " ".join(shown.split()).replace("> ", ">"), raw
    assert "selector:h1" in shown and "98" in shown
    assert reverse("wagtailadmin_pages:edit", args=(row.imported.page_id,)) in shown
    receipt = Receipt.objects.first()
    shown = admin.get(reverse("receipt:inspect", args=(receipt.pk,))).content.decode()
    assert date_format(localtime(receipt.opened_at), "DATETIME_FORMAT") in shown
    assert "legacy/admin.css" in shown


def test_a_clerk_who_may_view_sees_and_can_not_act(rows):
    client = logged_in(user_with("view_oldurl"))
    assert client.get(reverse("oldurl:index")).status_code == 200
    assert client.get(reverse("oldurl:inspect", args=(rows.pk,))).status_code == 200
    response = client.post(reverse("oldurl:withdraw", args=(rows.pk,)), {"reason": "x"})
    assert response.status_code == 302
    rows.refresh_from_db()
    assert rows.withdrawn_at is None
    assert client.get(reverse("receipt:index")).status_code == 302


def test_menu_is_shown_to_those_who_may_look(admin, rows):
    assert reverse("oldurl:index") in admin.get(reverse("wagtailadmin_home")).content.decode()
    assert reverse("oldurl:index") not in logged_in(user_with()).get(reverse("wagtailadmin_home")).content.decode()


def test_group_form_offers_only_the_permissions_that_mean_something(admin, rows):
    text = admin.get(reverse("wagtailusers_groups:add")).content.decode()
    ids = {codename: Permission.objects.get(codename=codename).pk for codename in ("view_oldurl", "change_oldurl")}
    offered = [name for name, pk in ids.items() if f'value="{pk}"' in text]
    assert offered == ["view_oldurl", "change_oldurl"]
    hidden = Permission.objects.get(codename="delete_receipt", content_type__app_label="legacy").pk
    assert f'name="permissions" value="{hidden}"' not in text


# lists


def test_old_urls_are_searched_filtered_and_ordered_by_hits(admin, rows):
    def found(query):
        text = admin.get(reverse("oldurl:index") + query).content.decode()
        return [path for path in ("/zt/1.html", "/moved.html") if f"http://{HOST}{path}" in text]

    assert found("") == ["/zt/1.html", "/moved.html"]
    assert found("?outcome=move") == ["/moved.html"]
    assert found("?q=专题") == ["/zt/1.html"]
    assert found(f"?site={rows.site_id}&kind=list") == []
    text = admin.get(reverse("oldurl:index")).content.decode()
    assert text.index("/zt/1.html") < text.index("/moved.html")


# withdrawing


def test_withdraw_and_restore_with_reason_actor_time_and_history(admin, superuser, rows):
    address = reverse("oldurl:withdraw", args=(rows.pk,))
    assert admin.get(address).status_code == 200
    assert admin.post(address, {"reason": " "}).status_code == 200  # no reason, not done
    rows.refresh_from_db()
    assert rows.withdrawn_at is None

    assert admin.post(address, {"reason": "含有个人信息"}).status_code == 302
    rows.refresh_from_db()
    assert (rows.withdrawn_reason, rows.withdrawn_by) == ("含有个人信息", superuser)
    assert rows.withdrawn_at is not None
    assert not rows.may_be_shown

    inspect = admin.get(reverse("oldurl:inspect", args=(rows.pk,))).content.decode()
    assert reverse("oldurl:restore", args=(rows.pk,)) in inspect
    assert admin.post(reverse("oldurl:restore", args=(rows.pk,)), {"reason": "已遮盖"}).status_code == 302
    rows.refresh_from_db()
    assert rows.may_be_shown
    assert rows.withdrawn_by is None

    history = admin.get(reverse("oldurl:history", args=(rows.pk,))).content.decode()
    assert "含有个人信息" in history
    assert "已遮盖" in history


def test_a_clerk_with_the_change_permission_may_withdraw(rows):
    clerk = user_with("change_oldurl")
    client = logged_in(clerk)
    assert client.get(reverse("oldurl:index")).status_code == 200
    assert client.post(reverse("oldurl:withdraw", args=(rows.pk,)), {"reason": "x"}).status_code == 302
    rows.refresh_from_db()
    assert rows.withdrawn_by == clerk


# decisions


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


# pages that old addresses lead to: what shall these do?


def delete(client: Client, page: Page):
    return client.post(reverse("wagtailadmin_pages:delete", args=(page.pk,)), follow=True)


def answer(client: Client, asked, **said: str):
    """Fill in the question that a response holds."""
    context = asked.context
    sent = {"id": context["ids"]} | {name: context[name] for name in ("of", "action", "below", "next")}
    return client.post(reverse("worklist:protect"), sent | said, follow=True)


def unpublish(client: Client, page: Page, **more: str):
    return client.post(reverse("wagtailadmin_pages:unpublish", args=(page.pk,)), more, follow=True)


def move(client: Client, page: Page, to: Page):
    return client.post(reverse("wagtailadmin_pages:move_confirm", args=(page.pk, to.pk)), follow=True)


def stands(page: Page) -> bool:
    return Page.objects.filter(pk=page.pk).exists()


def test_page_with_old_urls_is_not_deleted_until_they_are_ruled(admin, superuser, site, add, portal):
    old = add("/a.html", page=portal.live)
    response = delete(admin, portal.live)
    assert stands(portal.live)
    assert old.canonical in response.content.decode()
    Decision.objects.create(site=site, canonical=old.canonical, outcome="move", actor=superuser)
    delete(admin, portal.live)
    assert stands(portal.live)
    Decision.objects.update(outcome="gone")
    delete(admin, portal.live)
    assert not stands(portal.live)


def test_the_answer_takes_effect_and_the_deletion_goes_on(admin, superuser, add, portal, ask):
    add("/a.html", page=portal.live)
    asked = delete(admin, portal.live)
    then = answer(admin, asked, answer="redirect", column="/towns/dahe/notices/")
    assert then.redirect_chain[-1][0] == reverse("wagtailadmin_pages:delete", args=(portal.live.pk,))
    assert stands(portal.live)  # it is still to be confirmed
    delete(admin, portal.live)
    assert not stands(portal.live)
    assert ask("/a.html")["Location"].endswith("/towns/dahe/notices/")
    batch = DecisionBatch.objects.get()
    assert "关于修路的通知" in batch.source and batch.actor == superuser


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"answer": "gone"}, "reason"),
        ({"answer": "redirect", "column": ""}, "column"),
        ({"answer": "redirect", "column": "/no/such/"}, "column"),
        ({"answer": "redirect", "column": "/towns/dahe/notices/road/"}, "column"),
        ({"answer": "redirect", "column": "/towns/dahe/notices/draft/"}, "column"),
        ({"answer": "follow"}, "answer"),
        ({"answer": "wait"}, "answer"),
        ({"answer": ""}, "answer"),
    ],
)
def test_an_answer_that_can_not_be_is_refused(admin, add, portal, said, field):
    add("/a.html", page=portal.live)
    response = answer(admin, delete(admin, portal.live), **said)
    assert response.context["form"].errors[field]
    assert not Decision.objects.exists()


def test_what_has_no_capture_is_asked_again(admin, add, archive, portal):
    add("/a.html", page=portal.live, **archive("/a.html", b"<p>x</p>"))
    bare = add("/b.html", page=portal.live)
    OldUrl.objects.filter(pk=bare.pk).update(imported=OldUrl.objects.get(canonical__endswith="/a.html").imported)
    again = answer(admin, delete(admin, portal.live), answer="archive")
    assert [old.canonical for old in again.context["shown"]] == [bare.canonical]
    assert stands(portal.live)
    answer(admin, again, answer="gone", reason="没有存档")
    delete(admin, portal.live)
    outcomes = dict(OldUrl.objects.values_list("canonical", "outcome"))
    assert outcomes == {f"http://{HOST}/a.html": "archive", f"http://{HOST}/b.html": "gone"}


def test_column_that_lists_redirect_to_and_parents_are_guarded(admin, add, portal):
    add("/list.html", "redirect", target=portal.notices)
    for page in (portal.notices, portal.channel, portal.home):
        delete(admin, page)
        assert stands(page)


def test_an_undecided_address_whose_page_was_published_is_asked_about(admin, add, portal):
    add("/a.html", "undecided", page=portal.live)
    asked = delete(admin, portal.live)
    assert stands(portal.live)
    answer(admin, asked, answer="undecided")
    delete(admin, portal.live)
    assert not stands(portal.live)


def test_unpublishing_asks_and_may_wait(admin, add, portal, ask):
    add("/a.html", page=portal.live)
    asked = unpublish(admin, portal.live)
    portal.live.refresh_from_db()
    assert portal.live.live
    then = answer(admin, asked, answer="wait")
    assert then.redirect_chain[-1][0] == reverse("wagtailadmin_pages:unpublish", args=(portal.live.pk,))
    unpublish(admin, portal.live)
    portal.live.refresh_from_db()
    assert not portal.live.live
    assert ask("/a.html").status_code == 404 and not Decision.objects.exists()


def test_what_stands_below_is_asked_about_where_it_goes_too(admin, add, portal):
    add("/a.html", page=portal.live)
    unpublish(admin, portal.notices)
    portal.notices.refresh_from_db()
    assert not portal.notices.live
    portal.notices.save_revision().publish()
    asked = unpublish(admin, portal.notices, include_descendants="on")
    assert asked.context["number"] == 1
    portal.notices.refresh_from_db()
    assert portal.notices.live


def test_moving_asks_and_addresses_follow(admin, add, portal, ask):
    add("/a.html", page=portal.live)
    news = portal.channel.add_child(instance=ColumnPage(title="动态", slug="news", template="notice"))
    asked = move(admin, portal.live, news)
    assert asked.context["action"] == "move" and asked.context["form"]["answer"].initial == "follow"
    answer(admin, asked, answer="follow")
    move(admin, portal.live, news)
    assert Page.objects.get(pk=portal.live.pk).get_parent() == news.page_ptr
    assert ask("/a.html")["Location"].endswith("/towns/dahe/news/road/")


def test_an_answer_is_for_one_page_and_one_action(admin, add, portal):
    add("/a.html", page=portal.live)
    answer(admin, move(admin, portal.live, portal.channel), answer="follow")
    assert unpublish(admin, portal.live).context["action"] == "unpublish"
    assert delete(admin, portal.live).context["action"] == "delete"


def test_in_bulk_the_same_is_asked(admin, add, portal):
    add("/a.html", page=portal.live)
    for act in ("delete", "unpublish"):
        address = reverse("wagtail_bulk_action", args=("wagtailcore", "page", act))
        asked = admin.post(f"{address}?id={portal.live.pk}&id={portal.draft.pk}&next=/admin/", follow=True)
        assert asked.context["action"] == act
    assert Page.objects.filter(pk__in=(portal.live.pk, portal.draft.pk)).count() == 2
    address = reverse("wagtail_bulk_action", args=("wagtailcore", "page", "delete"))
    admin.post(f"{address}?id={portal.draft.pk}&next=/admin/")
    assert not stands(portal.draft)


def test_who_may_not_decide_reads_why_and_goes_no_further(add, portal):
    add("/a.html", page=portal.live)
    clerk = user_with("add_decision")
    group = Group.objects.create(name="编辑")
    clerk.groups.add(group)
    for act in ("change_page", "publish_page"):
        permission = Permission.objects.get(codename=act, content_type__app_label="wagtailcore")
        GroupPagePermission.objects.create(group=group, page=portal.channel, permission=permission)
    client = logged_in(clerk)
    asked = delete(client, portal.live)
    assert "没有裁定旧网址的权限" in asked.content.decode()
    for said in ("gone", "redirect", "undecided", "wait"):
        answer(client, asked, answer=said, reason="x", column="/towns/dahe/notices/")
    delete(client, portal.live)
    assert stands(portal.live) and not Decision.objects.exists()
    answer(client, unpublish(client, portal.live), answer="wait")  # that decides nothing
    unpublish(client, portal.live)
    portal.live.refresh_from_db()
    assert not portal.live.live


def test_the_question_is_only_for_those_who_may_act_on_the_page(add, portal, admin):
    add("/a.html", page=portal.live)
    asked = delete(admin, portal.live)
    stranger = logged_in(user_with("add_decision", "change_decision"))
    answer(stranger, asked, answer="gone", reason="x")
    assert not Decision.objects.exists()
    query = f"?id={portal.live.pk}&action=delete&below=1&next="
    for bad in ("https://evil.example/", "//evil.example/", ""):
        assert admin.get(reverse("worklist:protect") + query + bad).status_code == 302


def test_page_without_old_urls_is_deleted_as_ever(admin, add, portal):
    add("/archived.html", "archive")
    delete(admin, portal.live)
    assert not stands(portal.live)
    assert PageLogEntry.objects.filter(action="wagtail.delete", page_id=portal.live.pk).exists()


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


# files that old addresses lead to


@pytest.fixture(params=["document", "image"])
def file(request):
    return request.getfixturevalue(request.param)


def delete_file(client: Client, file):
    kind = file._meta.model_name
    name = {"document": "wagtaildocs:delete", "image": "wagtailimages:delete"}[kind]
    return client.post(reverse(name, args=(file.pk,)), follow=True)


def is_there(file) -> bool:
    return type(file).objects.filter(pk=file.pk).exists()


def test_a_file_with_old_addresses_is_not_deleted_until_they_are_ruled(admin, add, portal, ask, file):
    add("/uploadfile/%E7%94%B3%E8%AF%B7%E8%A1%A8.doc", kind="attachment", **{file._meta.model_name: file})
    asked = delete_file(admin, file)
    assert is_there(file) and "/uploadfile/申请表.doc" in asked.content.decode()
    assert [key for key, _name in asked.context["form"].fields["answer"].choices] == [
        "redirect", "archive", "gone", "undecided",
    ]  # fmt: skip
    answer(admin, asked, answer="gone", reason="表格已停用")
    delete_file(admin, file)
    assert not is_there(file)
    assert "表格已停用" in ask("/uploadfile/申请表.doc").content.decode()


def test_a_redirect_to_the_files_own_address_counts(admin, add, document):
    add("/down.html", "redirect", target_url=f"http://www.yunxi.example.gov.cn{document.url}")
    delete_file(admin, document)
    assert is_there(document)


def test_files_are_asked_about_in_bulk_and_others_go(admin, add, document, image):
    add("/x.doc", kind="attachment", document=document)
    for kind, file in (("document", document), ("image", image)):
        model = type(file)._meta
        address = reverse("wagtail_bulk_action", args=(model.app_label, model.model_name, "delete"))
        asked = admin.post(f"{address}?id={file.pk}&next=/admin/", follow=True)
        assert is_there(file) is (kind == "document")
        assert (asked.context.get("of") == "document") is (kind == "document")


def test_the_question_about_a_file_is_only_for_those_who_may_delete_it(add, admin, document):
    add("/x.doc", kind="attachment", document=document)
    asked = delete_file(admin, document)
    answer(logged_in(user_with("add_decision", "change_decision")), asked, answer="gone", reason="x")
    assert not Decision.objects.exists()


def test_a_file_without_old_addresses_is_deleted_as_ever(admin, file):
    delete_file(admin, file)
    assert not is_there(file)
