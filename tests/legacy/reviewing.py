"""An old site with articles that wait for a person, its bytes in a real WARC: imported, reviewed, imported again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page

from cms_site.legacy.models import Decision, Imported
from cms_site.legacy.review import Asked, waiting
from cms_site.legacy.review_acts import Choice, act_on
from cms_site.portal.models import ColumnPage
from migrate.archive.warc import digest_of
from migrate.records import Field, Kind, Record
from tests.importer.conftest import empty_portal
from tests.importer.sites import SmallSite
from tests.legacy.conftest import logged_in

IDENTITY = "11010519491231002X"
OTHER_IDENTITY = "110105194912310038"
MOBILES = tuple(f"1381234567{number}" for number in range(6))
PAGE = "/tzgg/1.html"
TITLE = "关于发放高龄津贴的公示"


class ReviewSite(SmallSite):
    """A small site whose articles have captured pages."""

    def captured(self, path: str, text: str, *, held: tuple[str, ...] = (), **fields: Any) -> None:
        """Put an article, or another version of it, on the old site: page and record."""
        body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        title = fields.setdefault("title", Field(TITLE, "selector:h1", 1.0))
        fields.setdefault("published", Field("2016-05-03", "label:发布时间", 0.9))
        frame = fields.pop("frame", "")
        html = f'<html><body>{frame}<h1>{title.value}</h1><div class="TRS_Editor">{body}</div></body></html>'.encode()
        self.bytes(path, html, "text/html; charset=utf-8")
        record = Record(key=self.key(path), kind=Kind.ARTICLE, body=body, held=held, **fields)
        self.ledger.write_record(record, digest_of(html), "recipe")

    def review(self, path: str, act: str, user: Any = None, **said: Any) -> str:
        """Do what a reviewer does."""
        return act_on(self.row(path).pk, Choice(act, **said), user or reviewer())

    def decision(self, path: str) -> Decision:
        """Return what somebody ruled."""
        return Decision.objects.get(site__slug=self.name, canonical=self.mapped(path).key)


def reviewer(name: str = "李审核") -> Any:
    """Return somebody who may do everything."""
    user, _created = get_user_model().objects.get_or_create(username=name, defaults={"is_superuser": True})
    return user


def member(name: str, *codenames: str, page: Page | None = None, legacy: tuple[str, ...] = ()) -> Any:
    """Return a user who may do this below a page, and that with old addresses."""
    user = get_user_model().objects.create_user(name, f"{name}@example.gov.cn", "pw")
    user.user_permissions.add(Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"))
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="legacy", codename__in=legacy))
    if page is not None:
        group = Group.objects.create(name=name)
        for codename in codenames:
            permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
            GroupPagePermission.objects.create(group=group, page=page, permission=permission)
        user.groups.add(group)
    return user


def hold(site: ReviewSite, path: str = "/tzgg/1.html", number: str = IDENTITY, more: str = "", **fields: Any) -> None:
    """Put an article on the old site that is held for an identity number."""
    site.captured(path, f"张三，身份证号{number}。{more}", held=("identity-number",), **fields)


def in_folder(folder: Path, settings: Any, name: str = "dahe") -> ReviewSite:
    """Return a site whose archive the portal reads."""
    settings.SHANGYI_ARCHIVES = folder
    (folder / name).mkdir()
    return ReviewSite(folder / name, name)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The empty portal, once a module."""
    yield from empty_portal(django_db_blocker)


@pytest.fixture
def site(built: None, db: None, tmp_path: Path, settings: Any) -> Iterator[ReviewSite]:
    """The old site of dahe."""
    site = in_folder(tmp_path, settings)
    yield site
    site.ledger.close()


def keys(**asked: Any) -> list[str]:
    """Return the paths of what waits."""
    return [row.source_key.partition(".gov.cn")[2] for row in waiting(Asked(**asked))]


def column(slug: str, town: str = "dahe") -> ColumnPage:
    return ColumnPage.objects.get(url_path__endswith=f"/towns/{town}/{slug}/")


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
