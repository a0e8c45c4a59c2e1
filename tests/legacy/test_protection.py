"""Pages and files that old addresses lead to are not taken away until somebody says what these shall do."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page, PageLogEntry

from cms_site.legacy.models import Decision, DecisionBatch, OldUrl
from cms_site.portal.models import ColumnPage
from tests.legacy.conftest import HOST, logged_in, user_with

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
