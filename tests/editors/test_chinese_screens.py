"""Every screen of the admin is Chinese to its last label, shown or read aloud; and every mail that it sends."""

import datetime
import html as markup
import re
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from playwright.sync_api import Page as Tab
from wagtail.models import Collection, Comment, PageViewRestriction

from cms_site.legacy.models import Decision, Imported, OldSite, OldUrl, Receipt
from migrate.portal import policy
from migrate.records import Field
from tests.legacy.reviewing import IDENTITY, hold, in_folder
from tests.legacy.test_review_browser import signed_in
from tests.policy_desk.central import BODY, MORNING, TITLE, Central, moment, read, seen
from tests.portal.chromium import browser, needs_chromium  # noqa: F401  a fixture
from tests.portal.conftest import every_type

from .conftest import PASSWORD, build, column, person, place
from .screens import english

PAGES = "wagtailadmin_pages:"
DATA = ("contributor", "dahe", "policy-0", "selector:", "label:", "text:", "action-")
"""What the portal of these tests holds itself: ids, user names, origins of fields."""
_WAY = re.compile(r"[\"'](/admin/[^\"'?#\s\\]*/)")
BULK = {
    ("wagtailcore", "page"): ("move", "publish", "unpublish", "delete"),
    ("wagtailimages", "image"): ("add_to_collection", "add_tags", "delete"),
    ("wagtaildocs", "document"): ("add_to_collection", "add_tags", "delete"),
    ("auth", "user"): ("assign_role", "set_active_state", "delete"),
}
OLD = {"oldurl": OldUrl, "decision": Decision, "oldsite": OldSite, "imported": Imported, "receipt": Receipt}


@pytest.fixture
def world(transactional_db, tmp_path, settings):
    """A portal in which everything has happened: one page of each type, what waits, what is locked, hidden, planned."""
    build()
    typed = every_type()
    site = in_folder(tmp_path, settings)
    hold(site)
    site.captured("/tzgg/91.html", f"正文{IDENTITY}", source=Field("党政办", "text:来源", 0.4))
    site.captured("/later/1.html", "再议的事")
    site.run()
    (tmp_path / "central").mkdir()
    central = Central(tmp_path / "central")
    central.article("/zhengce/1.htm", title=TITLE, body=BODY, published=Field("2026-11-20 09:00", "label", 1.0))
    policy.see([seen("/zhengce/1.htm", TITLE.value, published=moment(MORNING))])
    central.run(publish=False)
    policy.take([read("/zhengce/1.htm", TITLE.value)])
    boss = get_user_model().objects.create_superuser("王主任", "boss@yunxi.example.gov.cn", PASSWORD)
    happen(typed, boss)
    yield SimpleNamespace(boss=boss, **typed)
    site.ledger.close()
    central.ledger.close()


def happen(typed: dict, boss) -> None:
    """Let happen to pages what can."""
    typed["article"].save_revision(user=boss)
    typed["article"].save_revision(user=boss)
    typed["policy"].save_revision(user=boss)
    typed["policy"].get_workflow().start(typed["policy"], person("contributor"))
    Comment.objects.create(page=typed["article"], user=boss, text="请核对日期", contentpath="title")
    planned, locked = typed["service"], typed["letter"]
    planned.go_live_at = timezone.now() + datetime.timedelta(days=3)
    planned.save_revision(user=boss, approved_go_live_at=planned.go_live_at)
    planned.save()
    locked.locked, locked.locked_by, locked.locked_at = True, boss, timezone.now()
    locked.save()
    typed["leader"].create_alias(update_slug="bieming", parent=column("/disclosure/leaders/"))
    typed["report"].unpublish(user=boss)
    PageViewRestriction.objects.create(page=typed["interview"].page_ptr, restriction_type="password", password="x")


class Reader:
    """Opens screens and remembers what was not Chinese."""

    def __init__(self, user=None) -> None:
        self.client, self.wrong, self.screens = Client(), {}, 0
        if user is not None:
            self.client.force_login(user)

    def note(self, name: str, html: str) -> None:
        self.screens += 1
        for text, where in english(html, *DATA):
            self.wrong.setdefault(text, f"{name} {where}")

    def take(self, name: str, response) -> str:
        """Read an answer: a page, or what a dialog is made of. Returns its markup."""
        kind = response.headers.get("Content-Type", "")
        if "json" in kind:
            found = response.json()
            parts = [found[part] for part in ("html", "toast") if part in found] if isinstance(found, dict) else []
            html = "".join(f"<div>{part}</div>" for part in parts)
        else:
            html = response.content.decode() if "html" in kind and not response.streaming else ""
        if html:
            self.note(name, html)
        return html

    def open(self, address: str) -> str:
        return self.take(address, self.client.get(address, follow=True))

    def send(self, address: str, **fields: str) -> None:
        self.take(f"POST {address}", self.client.post(address, fields, follow=True))


def ways(html: str) -> list[str]:
    """Return the addresses to which a screen leads, those in its menus and dialogs included."""
    return _WAY.findall(markup.unescape(html))


def view_of(address: str) -> tuple[str, ...] | None:
    """Return what is the same of addresses whose screens are; None of what is none."""
    try:
        match = resolve(address)
    except Resolver404:
        return None
    if match.view_name in ("wagtailadmin_logout", "wagtailadmin_sprite", "wagtailadmin_javascript_catalog"):
        return None
    more = (
        tuple(map(str, match.args[:2])) + tuple(map(str, match.kwargs.values()))[:2] if "add" in match.view_name else ()
    )
    return match.view_name, *more


def walk(reader: Reader, first: list[str]) -> set[str]:
    """Open a screen of every view to which links lead; return the views' names."""
    queue, known = list(first), {}
    for address in first:
        known[(address,)] = address
    while queue:
        address = queue.pop()
        for way in ways(reader.open(address)):
            view = view_of(way)
            if view is not None and view not in known:
                known[view] = way
                queue.append(way)
    return {view[0] for view in known}


def apart(world) -> list[str]:
    """Return the addresses of screens to which no plain link leads."""
    article, waiting = world.article, world.policy
    task = waiting.current_workflow_state.current_task_state.pk
    image, paper = world.leader.photo_id, world.article.attachments[0].value["document"].pk
    shelf = Collection.objects.exclude(depth=1).first().pk
    group = Group.objects.first().pk
    pks = {
        "page": (article.pk, world.letter.pk, world.report.pk), "image": (image,), "document": (paper,),
        "user": (world.boss.pk,),
    }  # fmt: skip
    alias = world.leader.aliases.get().pk
    parts = [
        *(("workflow_action", waiting.pk, act, task) for act in ("approve", "reject")),
        *(("collect_workflow_action_data", waiting.pk, act, task) for act in ("approve", "reject")),
        ("confirm_workflow_cancellation", waiting.pk), ("convert_alias", alias), ("edit", alias),
        ("set_privacy", article.pk), ("set_privacy", world.interview.pk),
        ("move_confirm", article.pk, column("/news/").pk), ("revisions_compare", article.pk, "earliest", "latest"),
        ("revisions_revert", article.pk, article.revisions.first().pk),
        ("revisions_unschedule", world.service.pk, world.service.latest_revision_id),
    ]  # fmt: skip
    links = "allow_external_link=true&allow_email_link=true&allow_phone_link=true&allow_anchor_link=true"
    return [
        *(reverse(PAGES + name, args=args) for name, *args in parts),
        *(reverse(PAGES + "edit", args=(page.pk,)) for name, page in vars(world).items() if name != "boss"),
        *(
            f"{reverse('wagtail_bulk_action', args=(app, kind, act))}?{'&'.join(f'id={pk}' for pk in pks[kind])}"
            for (app, kind), acts in BULK.items() for act in acts
        ),
        *(
            f"/admin/{name}/{kind}/{model.objects.values_list('pk', flat=True).first()}/"
            for name, model in OLD.items() if model.objects.exists()
            for kind in ("inspect", "edit", "history", "delete")
        ),
        reverse("wagtailadmin_collections:delete", args=(shelf,)),
        reverse("wagtailadmin_collections:set_privacy", args=(shelf,)),
        *(reverse(f"wagtailusers_groups:{name}", args=(group,)) for name in ("edit", "delete", "usage")),
        *(reverse(f"wagtailsites:{name}", args=(1,)) for name in ("edit", "delete", "history", "usage")),
        reverse("wagtailadmin_workflows:task_chooser"), reverse("wagtailimages:delete", args=(image,)),
        reverse("wagtaildocs:delete", args=(paper,)), reverse("wagtailimages:add"), reverse("wagtaildocs:add"),
        f"/admin/choose-page/?page_type=wagtailcore.page&{links}", "/admin/choose-page/search/?q=zz",
        *(f"/admin/choose-{name}-link/" for name in ("external", "email", "phone", "anchor")),
        "/admin/images/chooser/?select_format=true", f"/admin/images/chooser/{image}/select_format/",
        "/admin/documents/chooser/", "/admin/documents/chooser/results/?q=查无此件", "/admin/embeds/chooser/",
        "/admin/images/?q=查无此图", "/admin/pages/search/?q=防汛", f"/admin/pages/{place('/').pk}/?ordering=ord",
        "/admin/nothing/", "/admin/pages/99999/edit/",
    ]  # fmt: skip


def refused(world) -> dict[str, dict[str, str]]:
    """Return forms that are sent with nothing, or with nonsense, in them."""
    nonsense = {
        "username": "", "email": "x", "password1": "1", "password2": "2", "name": "", "hostname": "", "title": "",
        "new_title": "", "new_slug": "x y", "new_parent_page": str(world.article.get_parent().pk),
    }  # fmt: skip
    added = [
        reverse("wagtailusers_users:add"), reverse("wagtailsites:add"),
        reverse("wagtailadmin_collections:add"),
        reverse("wagtailadmin_workflows:add_task", args=("wagtailcore", "groupapprovaltask")),
        reverse("wagtailsettings:edit", args=("portal", "portalidentity", 1)), reverse("wagtailadmin_account"),
        reverse("wagtailusers_users:edit", args=(world.boss.pk,)), reverse("decision:add"),
        reverse("wagtailimages:edit", args=(world.leader.photo_id,)),
        reverse(PAGES + "set_privacy", args=(world.article.pk,)), reverse(PAGES + "copy", args=(world.article.pk,)),
    ]  # fmt: skip
    needed = {"external": "url", "email": "email_address", "phone": "phone_number"}
    links = {f"/admin/choose-{name}-link/": f"{name}-link-chooser-{field}" for name, field in needed.items()}
    return dict.fromkeys(added, nonsense) | {address: {name: "x"} for address, name in links.items()}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_every_screen_and_mail_is_chinese(world, refilled):
    reader = Reader(world.boss)
    views = walk(reader, ["/admin/"])
    assert len(views) > 120, "the walk has lost its way"
    for address in apart(world):
        reader.open(address)
    for address, fields in refused(world).items():
        reader.send(address, **fields)
    done(reader, world)
    stranger(reader)
    mails(reader)
    assert not reader.wrong, "\n".join(f"{text}: {where}" for text, where in reader.wrong.items())


def done(reader: Reader, world) -> None:
    """Do what is answered with a message."""
    article, waiting = world.article, world.policy
    task = waiting.current_workflow_state.current_task_state.pk
    reader.send(reverse(PAGES + "lock", args=(article.pk,)))
    reader.send(reverse(PAGES + "unlock", args=(article.pk,)))
    reader.send(reverse(PAGES + "move_confirm", args=(world.topic_article.pk, column("/news/").pk)))
    reader.send(reverse(PAGES + "unpublish", args=(world.consultation.pk,)))
    reader.send(reverse(PAGES + "workflow_action", args=(waiting.pk, "reject", task)), comment="请改")


def stranger(reader: Reader) -> None:
    """Read what is said to somebody who is not logged in, or has forgotten his password."""
    boss, reader.client = reader.client, Client()
    for name in ("login", "password_reset", "password_reset_done", "password_reset_complete"):
        reader.open(reverse(f"wagtailadmin_{name}"))
    reader.send(reverse("wagtailadmin_login"), username="谁", password="x")
    reader.send(reverse("wagtailadmin_password_reset"), email="boss@yunxi.example.gov.cn")
    (link,) = [word for sent in mail.outbox for word in sent.body.split() if "/confirm/" in word]
    form = reader.client.get(urlsplit(link).path, follow=True)
    reader.take("a new password", form)
    reader.send(form.request["PATH_INFO"], new_password1="1", new_password2="2")
    reader.send(form.request["PATH_INFO"], new_password1=PASSWORD, new_password2=PASSWORD)
    reader.open(urlsplit(link).path)  # a second time: the link has served
    reader.client = boss


def mails(reader: Reader) -> None:
    """Read all mails that were sent."""
    assert len(mail.outbox) >= 3
    for sent in mail.outbox:
        reader.note(f"mail {sent.subject}", f"<h1>{sent.subject}</h1><p>{markup.escape(sent.body)}</p>")
        for part, _kind in getattr(sent, "alternatives", ()):
            reader.note(f"mail {sent.subject}", part)


@pytest.mark.django_db
def test_what_is_refused_or_breaks_says_so_in_chinese(client, settings, monkeypatch):
    build()
    reader = Reader(get_user_model().objects.create_user("无权的人", "x@yunxi.example.gov.cn", PASSWORD))
    reader.open("/admin/")
    reader.client = Client(raise_request_exception=False)
    reader.client.force_login(get_user_model().objects.create_superuser("王主任", "b@yunxi.example.gov.cn", PASSWORD))
    assert reader.client.get("/admin/failwhale/").status_code == 500
    reader.open("/admin/failwhale/")
    assert reader.screens == 2
    assert not reader.wrong, "\n".join(f"{text}: {where}" for text, where in reader.wrong.items())


def dialogs(tab: Tab, read: Callable[[str], None]) -> None:
    """Open each kind of chooser that an editor offers, with all its tabs."""
    seen_of = set()
    for chooser in tab.locator("[data-chooser-url]").all():
        kind = urlsplit(chooser.get_attribute("data-chooser-url")).path
        if kind in seen_of:
            continue
        seen_of.add(kind)
        chooser.locator("[data-chooser-action-choose]").first.evaluate("button => button.click()")
        tab.wait_for_selector(".modal-dialog .modal-body")
        tab.wait_for_load_state("networkidle")
        read(kind)
        for way in tab.locator(".modal-dialog [role=tab]").all():
            way.click()
            read(kind)
        tab.locator(".modal-dialog .close").first.click()
        tab.wait_for_selector(".modal-dialog", state="detached")


def work_in(tab: Tab, read: Callable[[str], None]) -> None:
    """Open what an editor's screen holds: menus, pickers, side panels, dialogs."""
    read("editor")
    for toggle in tab.locator("[data-side-panel-toggle]:visible").all():
        toggle.click()
        tab.wait_for_timeout(200)
        read("side panel")
    for name in ("published_at", "written_on"):
        if tab.locator(f"#id_{name}").is_visible():
            tab.focus(f"#id_{name}")
    tab.locator("button.c-sf-add-button:visible").first.click()
    read("blocks to insert")
    tab.locator("[role=option]").nth(2).click()
    tab.wait_for_selector(".handsontable td")
    tab.locator(".handsontable .ht_master td").first.click(button="right")
    tab.wait_for_timeout(300)
    read("table")
    tab.keyboard.press("Escape")
    tab.locator("button.c-sf-add-button:visible").first.click()
    tab.locator("[role=option]").nth(0).click()
    tab.locator(".public-DraftEditor-content:visible").first.click()
    tab.keyboard.type("/")
    tab.wait_for_timeout(300)
    read("text")
    tab.keyboard.press("Backspace")
    tab.locator("footer [data-w-dropdown-target=toggle]:visible").first.click()
    read("foot")
    tab.keyboard.press("Escape")
    dialogs(tab, read)


@needs_chromium
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_opens_under_the_hand_is_chinese(live_server, browser, world):  # noqa: F811
    tab = signed_in(browser, live_server, world.boss)
    reader = Reader()
    for name in ("article", "interpretation", "leader", "policy"):
        address = reverse(PAGES + "edit", args=(getattr(world, name).pk,))
        tab.goto(live_server.url + address)
        tab.wait_for_load_state("networkidle")
        work_in(tab, lambda what, name=name: reader.note(f"{name}, {what}", tab.content()))
        tab.evaluate("window.onbeforeunload = null")
    tab.context.close()
    assert reader.screens > 30
    assert not reader.wrong, "\n".join(f"{text}: {where}" for text, where in reader.wrong.items())
