"""The admin speaks Chinese: its catalogue covers every label of the portal."""

import re

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import translation

from .conftest import column

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("app", ["portal", "legacy"])
def test_every_label_is_chinese(app):
    labels = []
    for model in apps.get_app_config(app).get_models():
        labels += [model._meta.verbose_name, model._meta.verbose_name_plural]
        for field in model._meta.local_fields:
            if not field.auto_created and (app == "legacy" or not field.remote_field):  # the portal's are Wagtail's own
                labels += [field.verbose_name, field.help_text]
                labels += [label for _value, label in field.choices or ()]
    with translation.override("zh-hans"):
        assert [str(label) for label in labels if label and not HAN.search(str(label))] == []


@pytest.mark.django_db
def test_the_admin_is_chinese(admin_client, portal):
    content = admin_client.get(reverse("wagtailadmin_home")).content.decode()
    assert 'lang="zh-hans"' in content
    assert HAN.search(content)
    edit = admin_client.get(reverse("wagtailadmin_pages:add", args=["portal", "policypage", column("/policies/").pk]))
    assert all(label in edit.content.decode() for label in ("发布时间", "发文字号", "主题分类", "待整理", "旧站 HTML"))
