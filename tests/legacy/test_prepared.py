"""Prepared queries give what Django's own give, field for field."""

from typing import Any

from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from cms_site.legacy.addresses import with_pages, with_targets
from cms_site.legacy.middleware import _BY_HOST
from cms_site.legacy.models import OldSite
from cms_site.legacy.serving import _BY_ADDRESS, _BY_NUMBER
from tests.legacy.conftest import HOST


def told(row: Any) -> dict[str, Any]:
    """Return all that an instance was given: fields, annotations, related instances with theirs."""
    own = {name: value for name, value in vars(row).items() if name != "_state"}
    related = row._state.fields_cache
    return own | {name: told(one) if isinstance(one, models.Model) else one for name, one in related.items()}


def test_an_address_with_each_kind_of_target(add, site, portal, document, image):
    add("/page.html", page=portal.live)
    add("/hidden.html", page=portal.in_hidden, held=["identity-number"])
    add("/file.pdf", document=document)
    add("/photo.png", image=image)
    add("/list.html", "redirect", target=portal.notices, target_url="https://www.example.org.cn/")
    add("/gone.html", "gone", title="网上投票", captured_at="2026-11-21T01:30:00Z", year=2015)
    for old in with_pages().filter(site=site):
        assert told(_BY_ADDRESS.first(number=site.pk, text=old.canonical)) == told(old)
        usual = with_targets().select_related("site__channel").get(pk=old.pk)
        prepared = _BY_NUMBER.first(number=old.pk)
        assert told(prepared) == told(usual)
        with CaptureQueriesContext(connection) as queries:
            assert (prepared.site.channel.pk, prepared.target_hidden) == (portal.channel.pk, usual.target_hidden)
        assert not queries
    assert _BY_ADDRESS.first(number=site.pk, text=f"http://{HOST}/nobody") is None


def test_a_site_by_each_of_its_hosts(site):
    usual = OldSite.objects.select_related("channel").get()
    for host in (HOST, "dahe.example.gov.cn"):
        assert told(_BY_HOST.first(text=host)) == told(usual)
    assert _BY_HOST.first(text="www.example.gov.cn") is None
