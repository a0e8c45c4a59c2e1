"""The first build of roles, in a portal that has none; see `test_roles` for what each may do."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from wagtail.models import Workflow

from cms_site.editors.models import Role
from cms_site.editors.roles import build_roles
from cms_site.portal.build import build_portal

from .conftest import PEOPLE, build, config

pytestmark = pytest.mark.django_db


def test_a_build_makes_every_role_and_says_so(db):
    build_portal(config())
    result = build_roles(config())
    assert set(result.created) == {*PEOPLE.values(), "三审三校", "云溪县人民政府", "乡镇街道", "大河镇", "河北乡"}
    assert result.updated == []
    assert set(Group.objects.values_list("name", flat=True)) == set(PEOPLE.values())


def test_a_group_that_has_the_name_joins_in(db):
    build_portal(config())
    mine = Group.objects.create(name="终审")
    build_roles(config())
    assert Role.objects.get(name="终审").group == mine


def test_wagtails_own_groups_go_unless_somebody_is_in_them(db):
    group = Group.objects.get(name="Editors")
    get_user_model().objects.create_user("clerk").groups.add(group)
    build()
    assert set(Group.objects.filter(name__in=("Editors", "Moderators")).values_list("name", flat=True)) == {"Editors"}
    assert [workflow.name for workflow in Workflow.objects.all()] == ["三审三校"]
