"""Who may do what: groups with their permissions, their collections, and the review. `shangyi cms build` makes them.

Each permission is given once, and `Role.given` remembers it: what the county takes away stays away, what it adds stays,
and a new column, channel or app brings what belongs to it. Nothing is ever taken from a group. A group that was deleted
is made anew: to leave a role unused, leave it without members.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet
from django.utils import translation
from wagtail import hooks
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
    WorkflowState,
    WorkflowTask,
)

from cms_site.editors.models import Role, Shelf
from cms_site.portal.directory import STATE_COUNCIL
from cms_site.portal.models import ChannelPage, ColumnPage, GroupPage, HomePage
from migrate.config import PortalConfig
from migrate.config.portal import ADMINISTRATORS, COLUMN_EDITORS, POLICY_EDITORS, REVIEWERS

REVIEW = "三审三校"
_TASKS = ("初审（一校）", "复审（二校）", "终审（三校）")

_WRITE = ("add_page", "change_page")
_KEEP = (*_WRITE, "publish_page", "bulk_delete_page", "lock_page", "unlock_page")
_FILES = tuple(f"{action}_{kind}" for kind in ("image", "document") for action in ("add", "change", "choose"))
_COLLECTIONS = ("add_collection", "change_collection", "delete_collection")
_ROOT = "全部文件"
_NOT_THE_COUNTYS = ("site", "locale", "apitoken")
"""Models that a wrong click breaks the portal with: left to whoever runs the server."""


@dataclass(slots=True)
class RolesResult:
    """What a build did for people: names of groups, collections and the review."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)


def build_roles(config: PortalConfig) -> RolesResult:
    """Make groups, collections and the review for the tree that `build_portal` made. Returns what is new or given."""
    return _Build(config).run()


class _Build:
    def __init__(self, config: PortalConfig) -> None:
        self._config = config
        self._home = HomePage.objects.get()
        self._root = Collection.get_first_root_node()
        self._roles = {role.key: role for role in Role.objects.select_related("group")}
        self._shelves = {shelf.path: shelf.collection for shelf in Shelf.objects.select_related("collection")}
        self.result = RolesResult()

    def run(self) -> RolesResult:
        if not self._roles:
            self._clear_wagtails_own()
        self._administrators()
        self._county()
        self._channels()
        self._review()
        _name_in_chinese()
        return self.result

    def _administrators(self) -> None:
        models = [*_offered(), *_permissions("wagtailcore", _workflow_codenames())]
        self._role("administrators", ADMINISTRATORS, [
            *_on_pages([self._home], _KEEP),
            *_on_collection(self._root, (*_FILES, *_COLLECTIONS)),
            *map(_Model, models),
        ])  # fmt: skip

    def _county(self) -> None:
        """The county's own columns: those of policy documents have an editor of their own.

        That one publishes what is reposted: another's text, unaltered, on a clock of hours that three reviews outlast.
        """
        columns = ColumnPage.objects.descendant_of(self._home).order_by("path")
        for group in GroupPage.objects.child_of(self._home):
            columns = columns.not_descendant_of(group)
        policies = [column for column in columns if column.holds == "policy"]
        others = [column for column in columns if column.holds != "policy"]
        reposts = [column for column in policies if column.template == STATE_COUNCIL]
        shelf = self._shelf("/", self._config.portal.name, self._root)
        desk = [
            *_on_pages(reposts, ("publish_page",)),
            *map(_Model, _permissions("policy", ("view_notice", "change_notice"))),
        ]
        for key, name, pages, more in (
            ("columns", COLUMN_EDITORS, others, []), ("policies", POLICY_EDITORS, policies, desk)
        ):  # fmt: skip
            self._role(key, name, [*_access(), *_on_pages(pages, _WRITE), *_on_collection(shelf, _FILES), *more])

    def _channels(self) -> None:
        titles = dict(GroupPage.objects.child_of(self._home).values_list("slug", "title"))
        pages = {page.url_path: page for page in ChannelPage.objects.descendant_of(self._home)}
        for channel in self._config.channels:
            page = pages[self._home.url_path + channel.path.lstrip("/")]
            slug = channel.path.split("/")[1]
            above = self._shelf(f"/{slug}/", titles[slug], self._root)
            shelf = self._shelf(channel.path, channel.title, above)
            gifts = [*_access(), *_on_pages([page], _WRITE), *_on_collection(shelf, _FILES)]
            self._role(f"channel {channel.path}", channel.contributors, gifts)

    def _review(self) -> None:
        """Three groups, a task each, one workflow on the home page, which all pages inherit."""
        last = REVIEWERS[-1]  # whose word lets a page out has the word on what the move held back, too
        gifts = {name: [*_access(), *(_queue() if name == last else ())] for name in REVIEWERS}
        reviewers = [self._role(f"review {name}", name, gifts[name]) for name in REVIEWERS]
        attached = f"workflow on page {self._home.pk}"
        first = reviewers[0]
        if attached in first.given:
            return
        first.given.append(attached)
        first.save()
        if WorkflowPage.objects.filter(page=self._home).exists():
            return  # the county chose one
        workflow = Workflow.objects.create(name=REVIEW)
        for order, (role, name) in enumerate(zip(reviewers, _TASKS, strict=True), 1):
            task = GroupApprovalTask.objects.create(name=name)
            task.groups.add(role.group)
            WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=order)
        WorkflowPage.objects.create(workflow=workflow, page=self._home)
        self.result.created.append(REVIEW)

    def _role(self, key: str, name: str, gifts: "Iterable[_Gift]") -> Role:
        role = self._roles.get(key)
        is_new = role is None
        if role is None:
            group, _created = Group.objects.get_or_create(name=name)  # a group of that name joins in
            role = Role.objects.create(key=key, name=name, group=group)
        renamed = role.name != name and self._rename(role, name)
        due = [gift for gift in gifts if gift.key not in role.given]
        for gift in due:
            gift.give(role.group)
        if due:
            role.given = [*role.given, *(gift.key for gift in due)]
            role.save()
        if is_new:
            self.result.created.append(name)
        elif due or renamed:
            self.result.updated.append(name)
        return role

    def _rename(self, role: Role, name: str) -> bool:
        """Follow a channel's new title, unless the county renamed the group or the name is taken."""
        may = role.group.name == role.name and not Group.objects.filter(name=name).exists()
        if may:
            role.group.name = role.name = name
            role.group.save()
            role.save()
        return may

    def _shelf(self, path: str, name: str, above: Collection) -> Collection:
        if path not in self._shelves:
            above.refresh_from_db()
            self._shelves[path] = above.add_child(name=name)
            Shelf.objects.create(path=path, collection=self._shelves[path])
            self.result.created.append(name)
        return self._shelves[path]

    def _clear_wagtails_own(self) -> None:
        """Take away the two groups and the workflow that Wagtail begins with, if unused: two sets of roles confuse."""
        Group.objects.filter(name__in=("Moderators", "Editors"), user=None).delete()
        Collection.objects.filter(pk=self._root.pk, name="Root").update(name=_ROOT)
        own = Workflow.objects.filter(name="Moderators approval")
        if not WorkflowState.objects.filter(workflow__in=own).exists():
            GroupApprovalTask.objects.filter(workflow_tasks__workflow__in=own).delete()
            own.delete()


# what can be given


@dataclass(frozen=True, slots=True)
class _Model:
    permission: Permission

    @property
    def key(self) -> str:
        return f"{self.permission.content_type.app_label}.{self.permission.codename}"

    def give(self, group: Group) -> None:
        group.permissions.add(self.permission)


@dataclass(frozen=True, slots=True)
class _OnPage:
    permission: Permission
    page: Page

    @property
    def key(self) -> str:
        return f"{self.permission.codename} on page {self.page.pk}"

    def give(self, group: Group) -> None:
        GroupPagePermission.objects.get_or_create(group=group, page_id=self.page.pk, permission=self.permission)


@dataclass(frozen=True, slots=True)
class _OnCollection:
    permission: Permission
    collection: Collection

    @property
    def key(self) -> str:
        return f"{self.permission.codename} on collection {self.collection.pk}"

    def give(self, group: Group) -> None:
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=self.collection, permission=self.permission
        )


_Gift = _Model | _OnPage | _OnCollection


def _on_pages(pages: Iterable[Page], codenames: Iterable[str]) -> Iterator[_OnPage]:
    permissions = list(_permissions("wagtailcore", codenames))
    return (_OnPage(permission, page) for page in pages for permission in permissions)


def _on_collection(collection: Collection, codenames: Iterable[str]) -> Iterator[_OnCollection]:
    apps = ("wagtailcore", "wagtailimages", "wagtaildocs")
    found = Permission.objects.filter(content_type__app_label__in=apps, codename__in=list(codenames))
    return (_OnCollection(permission, collection) for permission in found.order_by("pk"))


def _access() -> list[_Model]:
    """May log in to the admin."""
    return [_Model(permission) for permission in _permissions("wagtailadmin", ["access_admin"])]


def _queue() -> list[_Model]:
    """May decide on the imported pages that wait, in all channels."""
    return [_Model(permission) for permission in _permissions("legacy", ["review_imported"])]


def _permissions(app: str, codenames: Iterable[str]) -> QuerySet[Permission]:
    found = Permission.objects.filter(content_type__app_label=app, codename__in=list(codenames))
    return found.select_related("content_type").order_by("pk")


def _name_in_chinese() -> None:
    """Name in Chinese what is stored with a name in English, and still has it: permissions, the page above all."""
    changed = []
    with translation.override("zh-hans"):
        for permission in Permission.objects.filter(name__startswith="Can ").select_related("content_type"):
            verb = _VERBS.get(permission.codename.partition("_")[0])
            if verb:
                permission.name = f"{verb}{permission.content_type.name}"[:255]
                changed.append(permission)
    Permission.objects.bulk_update(changed, ["name"])
    for codename, (english, chinese) in _OF_WAGTAIL.items():
        Permission.objects.filter(codename=codename, name=english).update(name=chinese)
    Page.objects.filter(depth=1, title="Root").update(title=_ABOVE_ALL, draft_title=_ABOVE_ALL)


_ABOVE_ALL = "全部网页"
_OF_WAGTAIL = {
    "access_admin": ("Can access Wagtail admin", "登录后台"),
    "bulk_delete_page": ("Delete pages with children", "删除页面及其下级"),
    "lock_page": ("Lock/unlock pages you've locked", "锁定页面，解锁自己锁定的页面"),
    "publish_page": ("Publish any page", "发布页面"),
    "unlock_page": ("Unlock any page", "解锁任何页面"),
}
"""Codename → the name with which Wagtail stores it, and ours."""
_VERBS = {"add": "新增", "change": "修改", "delete": "删除", "view": "查看", "choose": "选用", "review": "审核"}


def _workflow_codenames() -> list[str]:
    return [f"{action}_{model}" for model in ("workflow", "task") for action in ("add", "change", "delete")]


def _offered() -> QuerySet[Permission]:
    """Return the permissions that Wagtail's form for groups offers: an app that comes later registers its own there."""
    import_module(settings.ROOT_URLCONF)  # screens register their permissions when the addresses are read
    found = Permission.objects.none()
    for register in hooks.get_hooks("register_permissions"):
        found = found | register()
    return found.select_related("content_type").exclude(content_type__model__in=_NOT_THE_COUNTYS).order_by("pk")
