"""Groups, permissions and the review, as the build makes them: each role with what it may and may not do."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection, GroupPagePermission, Page, Site, WorkflowPage

from cms_site.editors.models import Shelf
from cms_site.editors.roles import build_roles
from cms_site.legacy.models import OldSite, OldUrl
from cms_site.portal.models import ArticlePage, ColumnPage, HomePage

from .conftest import PEOPLE, build, client_of, column, config, person, place

pytestmark = pytest.mark.django_db


def write(path: str, title: str, *, by: str = "", live: bool = False) -> ArticlePage:
    """Return a page in a column, with a revision as the editor makes one."""
    parent = place(path)
    owner = person(by) if by else None
    page = parent.add_child(instance=parent.content_model(title=title, live=live, owner=owner))
    page.save_revision(user=owner)
    return page


# the build


def test_building_twice_changes_nothing(portal):
    before = list(GroupPagePermission.objects.order_by("pk").values())
    result = build_roles(config())
    assert (result.created, result.updated) == ([], [])
    assert list(GroupPagePermission.objects.order_by("pk").values()) == before


def test_what_people_changed_in_a_group_stays(portal):
    group = Group.objects.get(name="大河镇 · 供稿")
    group.page_permissions.filter(permission__codename="change_page").delete()
    extra = Permission.objects.get(codename="view_oldurl")
    group.permissions.add(extra)
    group.name = "大河宣传办"
    group.save()
    WorkflowPage.objects.all().delete()
    build()
    group.refresh_from_db()
    assert group.name == "大河宣传办"
    assert [p.permission.codename for p in group.page_permissions.all()] == ["add_page"]
    assert extra in group.permissions.all()
    assert not WorkflowPage.objects.exists()


def test_a_new_column_and_a_rebuilt_one_bring_their_permissions(portal):
    home = HomePage.objects.get()
    home.add_child(instance=ColumnPage(title="热点回应", slug="hot", template="notice"))
    assert build_roles(config()).updated == ["栏目编辑"]
    held = GroupPagePermission.objects.filter(group__name="栏目编辑", page__slug="hot")
    assert held.count() == 2


def test_a_deleted_group_is_made_anew(portal):
    Group.objects.get(name="初审").delete()
    assert build_roles(config()).created == ["初审"]


def test_the_review_has_three_steps_on_every_page(portal):
    workflow = place("/towns/dahe/notices/").get_workflow()
    assert workflow.name == "三审三校"
    groups = [[group.name for group in task.specific.groups.all()] for task in workflow.tasks]
    assert groups == [["初审"], ["复审"], ["终审"]]


# a table of what each may do

EVERYONE = set(PEOPLE)
KEEPERS = {"administrator"}
REVIEWERS = {"first", "second", "third"}
WRITERS = {"contributor", "neighbour", "column editor", "policy editor"}


def can_open(client: Client, address: str) -> bool:
    return client.get(address).status_code == 200


def adding(path: str) -> str:
    parent = column(path)
    model = parent.content_model._meta
    return reverse("wagtailadmin_pages:add", args=(model.app_label, model.model_name, parent.pk))


def editing(path: str) -> str:
    return reverse("wagtailadmin_pages:edit", args=(place(path).pk,))


SCREENS = {
    "dashboard": (lambda: reverse("wagtailadmin_home"), EVERYONE),
    "add in the channel": (lambda: adding("/towns/dahe/notices/"), {"contributor", "administrator"}),
    "add in another channel": (lambda: adding("/towns/hebei/notices/"), {"neighbour", "administrator"}),
    "add in the county's column": (lambda: adding("/notices/"), {"column editor", "administrator"}),
    "add in the policy column": (lambda: adding("/policies/"), {"policy editor", "administrator"}),
    "edit a column": (lambda: editing("/towns/dahe/notices/"), KEEPERS),
    "edit the channel": (lambda: editing("/towns/dahe/"), KEEPERS),
    "edit the county's column": (lambda: editing("/notices/"), KEEPERS),
    "edit the home page": (lambda: editing("/"), KEEPERS),
    "add a column": (
        lambda: reverse("wagtailadmin_pages:add", args=("portal", "columnpage", place("/towns/dahe/").pk)), KEEPERS,
    ),
    "delete a column": (
        lambda: reverse("wagtailadmin_pages:delete", args=(place("/towns/dahe/plans/").pk,)), KEEPERS,
    ),
    "edit what is in the channel": (lambda: editing("/towns/dahe/notices/draft/"), {"contributor", "administrator"}),
    "read its history": (
        lambda: reverse("wagtailadmin_pages:history", args=(place("/towns/dahe/notices/draft/").pk,)),
        {"contributor", "administrator"},
    ),
    "look at the draft": (
        lambda: reverse("wagtailadmin_pages:view_draft", args=(place("/towns/dahe/notices/draft/").pk,)),
        {"contributor", "administrator"},
    ),
    "the portal's identity": (
        lambda: reverse("wagtailsettings:edit", args=("portal", "portalidentity", Site.objects.get().pk)), KEEPERS,
    ),
    "users": (lambda: reverse("wagtailusers_users:index"), KEEPERS),
    "groups": (lambda: reverse("wagtailusers_groups:index"), KEEPERS),
    "workflows": (lambda: reverse("wagtailadmin_workflows:index"), KEEPERS),
    "collections": (lambda: reverse("wagtailadmin_collections:index"), KEEPERS),
    "review queue": (lambda: reverse("review:index"), EVERYONE - {"first", "second"}),
    "old addresses": (lambda: reverse("oldurl:index"), KEEPERS),
    "decisions": (lambda: reverse("decision:index"), KEEPERS),
    "worklist": (lambda: reverse("worklist:index"), KEEPERS),
    "Wagtail's sites": (lambda: reverse("wagtailsites:index"), set()),
}  # fmt: skip


@pytest.fixture
def draft(portal):
    parent = column("/towns/dahe/notices/")
    page = parent.add_child(instance=ArticlePage(title="还没公开的通知", slug="draft", live=False))
    page.save_revision()
    return page


@pytest.fixture
def plans(portal):
    """An empty column that the build did not make."""
    place("/towns/dahe/").add_child(instance=ColumnPage(title="规划计划", slug="plans", template="plan"))


@pytest.mark.parametrize("what", SCREENS)
def test_each_opens_what_is_theirs_and_nothing_else(draft, plans, what):
    address, who = SCREENS[what]
    assert {name for name in PEOPLE if can_open(client_of(name), address())} == who


# what nobody but the administrator does


def test_a_contributor_submits_and_can_not_publish(portal):
    page = write("/towns/dahe/notices/", "关于停水的通知", by="contributor")
    client = client_of("contributor")
    data = form_of(client, page)
    client.post(reverse("wagtailadmin_pages:edit", args=(page.pk,)), data | {"action-publish": "1"})
    page.refresh_from_db()
    assert not page.live
    client.post(reverse("wagtailadmin_pages:edit", args=(page.pk,)), data | {"action-submit": "1"})
    page.refresh_from_db()
    assert page.current_workflow_task.name == "初审（一校）"
    assert not page.live


def form_of(client: Client, page: Page) -> dict[str, str]:
    from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

    assert client.get(reverse("wagtailadmin_pages:edit", args=(page.pk,))).status_code == 200
    body = {"body": streamfield([("paragraph", rich_text("<p>正文</p>"))]), "attachments": streamfield([])}
    return nested_form_data({"title": page.title, "slug": page.slug, "published_at": "2026-11-20 09:00", **body}) | {
        "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0", "comments-MAX_NUM_FORMS": "1000",
    }  # fmt: skip


def review(name: str, page: Page, action: str = "approve") -> bool:
    """Have somebody approve or reject; say whether it took effect."""
    page.refresh_from_db()
    state = page.current_workflow_task_state
    if state is None:
        return False
    address = reverse("wagtailadmin_pages:workflow_action", args=(page.pk, action, state.pk))
    client_of(name).post(address, {"comment": "请核对时间"})
    state.refresh_from_db()
    return state.status != "in_progress"


def test_a_policy_editor_publishes_reposts_and_nothing_else(portal):
    editor = person("policy editor")
    may = {path for path in ("/state-council/", "/policies/", "/notices/", "/towns/dahe/policies/")
           if column(path).permissions_for_user(editor).can_publish_subpage()}  # fmt: skip
    assert may == {"/state-council/"}


def test_three_reviews_by_three_people_publish_and_none_may_act_out_of_turn(portal):
    page = write("/towns/dahe/notices/", "关于停电的通知", by="contributor")
    client = client_of("contributor")
    client.post(reverse("wagtailadmin_pages:edit", args=(page.pk,)), form_of(client, page) | {"action-submit": "1"})
    for step, name in enumerate(("first", "second", "third")):
        others = {"first", "second", "third", "contributor", "neighbour", "column editor", "policy editor"} - {name}
        assert [other for other in sorted(others) if review(other, page)] == [], f"step {step}"
        page.refresh_from_db()
        assert not page.live
        assert review(name, page)
    page.refresh_from_db()
    assert page.live
    assert "正文" in page.body[0].value.source


def test_while_it_is_reviewed_the_writer_can_not_change_it_and_gets_it_back_when_rejected(portal):
    page = write("/towns/dahe/notices/", "关于修路的通知", by="contributor")
    client = client_of("contributor")
    edit = reverse("wagtailadmin_pages:edit", args=(page.pk,))
    data = form_of(client, page)
    client.post(edit, data | {"action-submit": "1"})
    client.post(edit, data | {"title": "改过的标题"})
    page.refresh_from_db()
    assert page.get_latest_revision_as_object().title == "关于修路的通知"
    assert review("first", page, "reject")
    client.post(edit, data | {"title": "改过的标题"})
    page.refresh_from_db()
    assert page.get_latest_revision_as_object().title == "改过的标题"


def test_reviewers_see_nothing_that_is_not_before_them(portal):
    page = write("/towns/dahe/notices/", "草稿一份", by="contributor")
    for name in sorted(REVIEWERS):
        assert not can_open(client_of(name), reverse("wagtailadmin_pages:edit", args=(page.pk,)))


SECRET = "河北乡内部草稿"


def test_titles_of_others_drafts_appear_nowhere(portal):
    write("/towns/hebei/notices/", SECRET)
    client = client_of("contributor")
    places = [
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_pages:search") + "?q=" + SECRET[:5],
        reverse("wagtailadmin_explore", args=(place("/towns/hebei/notices/").pk,)),
        reverse("wagtailadmin_choose_page_child", args=(place("/towns/hebei/notices/").pk,)),
        reverse("wagtailadmin_choose_page_search") + "?q=" + SECRET[:5],
        reverse("wagtailadmin_reports:site_history"),
    ]
    for address in places:
        shown = client.get(address, follow=True).content.decode()
        assert SECRET not in shown, address


# files


def test_files_of_another_channel_can_not_be_seen_or_changed(portal):
    other = Shelf.objects.get(path="/towns/hebei/").collection
    image = get_image_model().objects.create(title="河北乡照片", file=get_test_image_file(), collection=other)
    paper = get_document_model().objects.create(
        title="河北乡名单", file=ContentFile(b"x", name="a.pdf"), collection=other
    )
    client = client_of("contributor")
    for address in (
        reverse("wagtailimages:edit", args=(image.pk,)), reverse("wagtailimages:delete", args=(image.pk,)),
        reverse("wagtaildocs:edit", args=(paper.pk,)), reverse("wagtaildocs:delete", args=(paper.pk,)),
    ):  # fmt: skip
        assert not can_open(client, address), address
    for name in ("images:index", "docs:index", "images_chooser:choose", "docs_chooser:choose"):
        shown = client.get(reverse(f"wagtail{name}")).content.decode()
        assert "河北乡照片" not in shown, name
        assert "河北乡名单" not in shown, name
    assert can_open(client_of("neighbour"), reverse("wagtailimages:edit", args=(image.pk,)))


def test_an_upload_lands_in_the_channels_own_collection(portal):
    client, root = client_of("contributor"), Collection.get_first_root_node()
    client.post(
        reverse("wagtaildocs:add_multiple"),
        {"files[]": ContentFile(b"%PDF-1.4", name="通知.pdf"), "title": "通知", "collection": root.pk},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    assert [found.collection.name for found in get_document_model().objects.all()] == ["大河镇"]


# nobody makes himself more than he is


def test_the_administrator_makes_accounts_and_no_superuser(portal, django_user_model):
    client = client_of("administrator")
    form = client.get(reverse("wagtailusers_users:add")).content.decode()
    assert 'name="is_superuser"' not in form
    data = {
        "username": "zhang", "email": "zhang@example.gov.cn", "first_name": "某", "last_name": "张",
        "password1": "another long word 7", "password2": "another long word 7",
        "groups": [Group.objects.get(name="大河镇 · 供稿").pk], "is_superuser": "on",
    }  # fmt: skip
    client.post(reverse("wagtailusers_users:add"), data)
    made = django_user_model.objects.get(username="zhang")
    assert not made.is_superuser
    assert [group.name for group in made.groups.all()] == ["大河镇 · 供稿"]


def test_a_superusers_account_is_closed_to_the_administrator(portal, django_user_model):
    root = django_user_model.objects.create_superuser("root", "root@example.gov.cn", "pw")
    client = client_of("administrator")
    edit = reverse("wagtailusers_users:edit", args=(root.pk,))
    assert not can_open(client, edit)
    client.post(edit, {"username": "root", "password1": "taken over 123", "password2": "taken over 123"})
    bulk = reverse("wagtail_bulk_action", args=("auth", "user", "set_active_state"))
    client.post(f"{bulk}?id={root.pk}", {"mark_as_active": ""})
    root.refresh_from_db()
    assert root.is_active
    assert root.check_password("pw")


def test_old_sites_are_not_shown_to_those_who_may_not_look(portal):
    site = OldSite.objects.create(slug="dahe", name="旧站名称", url="http://www.dahe.example.gov.cn/")
    OldUrl.objects.create(site=site, canonical="http://www.dahe.example.gov.cn/a", outcome="undecided")
    for name in sorted(EVERYONE - KEEPERS):
        assert "旧站名称" not in client_of(name).get(reverse("wagtailadmin_home")).content.decode()
