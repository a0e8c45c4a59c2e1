"""The admin's lists: who may look, what is shown, and withdrawing a copy."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from cms_site.legacy.models import Imported, OldUrl, Receipt, UnknownHit
from migrate.records import BUILT_IN, DECISION, MAP_RULE
from tests.legacy.conftest import HOST, logged_in, user_with

LISTS = ["oldurl", "unknownhit", "decision", "oldsite", "imported", "receipt"]


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
