"""What `shangyi check` hands over: kept until the next one, told on the page that it is about."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cms_site.legacy.checked import keep_check
from cms_site.legacy.models import CheckProblem, SiteCheck
from cms_site.legacy.origin import origin_of
from migrate import portal as door
from migrate.errors import UsageError
from migrate.records import CheckSummary, Level, Problem

from .conftest import HOST, PORTAL

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def summary(name: str, failed: int = 0, at: datetime = NOW) -> CheckSummary:
    return CheckSummary(name, failed + 10, 10, failed, 0, at.isoformat())


def broken(url: str, target: str = "", message: str = "打不开：404") -> Problem:
    return Problem(Level.ERROR, "check.dead-link", url, message, "改正链接。", "a", "办法", target)


def test_a_link_is_told_of_on_its_page_and_an_old_address_on_what_it_became(site, portal, add):
    add("/1.html", page=portal.live)
    address = PORTAL + portal.live.get_url()
    keep_check(site, summary("links", 2), [broken(address, "http://a.example/"), broken(f"{PORTAL}/nowhere/")])
    keep_check(site, summary("redirects", 1), [broken(f"http://{HOST}/1.html", message="404 而不是 301")])
    origin = origin_of(portal.live)
    assert [check.name for check in origin.checks] == ["links", "redirects"]
    assert [(problem.target, problem.message) for problem in origin.problems] == [
        ("http://a.example/", "打不开：404"),
        ("", "404 而不是 301"),
    ]
    assert CheckProblem.objects.get(url=f"{PORTAL}/nowhere/").page is None


def test_the_next_check_takes_the_place_of_the_last_of_its_kind_alone(site, portal):
    address = PORTAL + portal.live.get_url()
    for name in ("links", "content"):
        keep_check(site, summary(name, 1), [broken(address)])
    keep_check(site, summary("links", at=NOW + timedelta(days=1)), [])
    assert {(run.name, run.failed, run.problems.count()) for run in SiteCheck.objects.all()} == {
        ("links", 0, 0), ("content", 1, 1),
    }  # fmt: skip
    assert SiteCheck.objects.get(name="links").checked_at == NOW + timedelta(days=1)


def test_thousands_of_problems_with_addresses_of_any_kind_are_kept(site):
    urls = [f"{PORTAL}/新闻/{number}/?a=%00#x" for number in range(1200)] + ["", "x" * 5000]
    keep_check(site, summary("links", len(urls)), [broken(url, "y" * 9000) for url in urls])
    assert CheckProblem.objects.count() == len(urls)


def test_the_door_hands_over_and_refuses_a_site_that_nobody_knows(site):
    door.keep_checks("dahe", [(summary("balance"), [])])
    assert SiteCheck.objects.get().passed == 10
    with pytest.raises(UsageError):
        door.keep_checks("nobody", [(summary("balance"), [])])


def test_the_editor_reads_it_above_the_page(site, portal, add, superuser):
    add("/1.html", page=portal.live)
    client = Client()
    client.force_login(superuser)
    address = reverse("wagtailadmin_pages:edit", args=(portal.live.pk,))
    assert "还没有检查过" in client.get(address).content.decode()
    keep_check(site, summary("links"), [])
    shown = client.get(address).content.decode()
    assert "2026-11-21 09:30" in shown
    assert "本页没有问题" in shown
    keep_check(site, summary("links", 1), [broken(PORTAL + portal.live.get_url(), "http://a.example/<script>")])
    shown = client.get(address).content.decode()
    assert "检查发现 1 处问题" in shown
    assert "http://a.example/&lt;script&gt;" in shown
    assert "改正链接。" in shown
