"""A built portal with two channels, and a person for each role."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from wagtail.models import Page, Site

from cms_site.editors.roles import build_roles
from cms_site.portal.build import build_portal
from cms_site.portal.models import ColumnPage
from migrate.config import PortalConfig
from migrate.config.portal import Channel, load_portal

PORTAL = Path(__file__).resolve().parents[2] / "mappings" / "portal.yaml"
PASSWORD = "a long word that nobody guesses"
HEBEI = Channel("/towns/hebei/", "河北乡", "河北乡人民政府")
PEOPLE = {
    "administrator": "县管理员",
    "column editor": "栏目编辑",
    "policy editor": "政策编辑",
    "contributor": "大河镇 · 供稿",
    "neighbour": "河北乡 · 供稿",
    "first": "初审",
    "second": "复审",
    "third": "终审",
}
"""Person → the group."""


def config() -> PortalConfig:
    """Return portal.yaml with a second township."""
    found = load_portal(PORTAL)
    return replace(found, channels=(*found.channels, HEBEI))


def build() -> None:
    """Build the portal and its roles."""
    build_portal(config())
    build_roles(config())


def person(name: str):
    """Return the user of a role, made when first asked for."""
    user, created = get_user_model().objects.get_or_create(username=name.replace(" ", "-"))
    if created:
        user.set_password(PASSWORD)
        user.email = f"{user.username}@example.gov.cn"
        user.save()
        user.groups.add(Group.objects.get(name=PEOPLE[name]))
    return user


def client_of(name: str) -> Client:
    client = Client()
    client.force_login(person(name))
    return client


def place(path: str) -> Page:
    """Return the page at a portal path."""
    return Page.objects.get(url_path=f"/portal{path}").specific


def column(path: str) -> ColumnPage:
    return ColumnPage.objects.get(url_path=f"/portal{path}")


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Build the portal once a module, in a transaction that ends with it: that costs more than most tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        build()
        yield
        transaction.set_rollback(True)
    Site.clear_site_root_paths_cache()  # other modules' tests come next


@pytest.fixture
def portal(built, db):
    """The tree and the roles, no content."""
    Site.clear_site_root_paths_cache()  # a test before may have changed the site; its rollback tells nobody
