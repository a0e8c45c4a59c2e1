"""Reviewers: whoever has the word on what the move held back, and nothing else."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from cms_site.legacy.models import Decision
from cms_site.legacy.review import Asked, waiting, within_reach
from cms_site.legacy.review_acts import Choice, act_on
from tests.legacy.reviewing import built, column, hold, member, reviewer, site  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def last(site):  # noqa: F811
    """A reviewer who may write nowhere; one page is held, another went through."""
    hold(site)
    site.captured("/tzgg/2.html", "没有等待处理的原因")
    site.run()
    return member("王终审", legacy=("review_imported",))


def opens(user, address: str) -> bool:
    client = Client()
    client.force_login(user)
    return client.get(address).status_code == 200


def editor(site, path: str) -> str:  # noqa: F811
    return reverse("wagtailadmin_pages:edit", args=(site.row(path).page_id,))


def test_he_sees_what_waits_in_every_channel_and_decides(site, last):  # noqa: F811
    assert within_reach(waiting(Asked()), last).count() == 1
    assert opens(last, reverse("review:index"))
    assert "发布" in act_on(site.row("/tzgg/1.html").pk, Choice("mask"), last)
    assert site.became("/tzgg/1.html").live
    assert site.decision("/tzgg/1.html").actor == last


def test_he_edits_what_waits_and_nothing_before_or_after(site, last):  # noqa: F811
    assert opens(last, editor(site, "/tzgg/1.html"))
    assert not opens(last, editor(site, "/tzgg/2.html"))
    act_on(site.row("/tzgg/1.html").pk, Choice("mask"), last)
    assert not opens(last, editor(site, "/tzgg/1.html"))


def test_he_decides_on_nothing_that_does_not_wait(site, last):  # noqa: F811
    for choice in (Choice("outcome", outcome="archive"), Choice("accept"), Choice("column", column=column("news").pk)):
        with pytest.raises(PermissionDenied):
            act_on(site.row("/tzgg/2.html").pk, choice, last)
    assert not Decision.objects.exists()
    assert site.became("/tzgg/2.html").live


def test_he_thinks_again_of_his_own_decisions_never_of_others(site, last):  # noqa: F811
    number = site.row("/tzgg/1.html").pk
    act_on(number, Choice("mask"), last)
    act_on(number, Choice("outcome", outcome="archive", reason="过期"), last)
    assert site.decision("/tzgg/1.html").outcome == "archive"
    Decision.objects.update(actor=reviewer())
    with pytest.raises(PermissionDenied):
        act_on(number, Choice("accept"), last)


@pytest.mark.parametrize("screen", ["decision:index", "worklist:index", "oldurl:index", "imported:index"])
def test_he_sees_no_other_screen_of_the_move(last, screen):
    assert not opens(last, reverse(screen))


def test_without_the_permission_nothing_of_it(site, last):  # noqa: F811
    other = member("路人")
    assert not opens(other, reverse("review:index"))
    assert not opens(other, editor(site, "/tzgg/1.html"))
    with pytest.raises(PermissionDenied):
        act_on(site.row("/tzgg/1.html").pk, Choice("accept"), other)
