"""Old addresses in bodies: one that is too long to be an address must not stop an import."""

import pytest

from cms_site.legacy.intake.links import LinkTable
from cms_site.legacy.models import OldHost, OldSite
from migrate.urls import MAX_URL, UrlRules, canonical

HOST = "www.dahe.example.gov.cn"


@pytest.mark.django_db
def test_a_link_longer_than_any_address_leads_nowhere() -> None:
    site = OldSite.objects.create(slug="dahe", name="大河镇", url=f"http://{HOST}/")
    OldHost.objects.create(site=site, name=HOST)
    url = f"http://{HOST}/" + "%B9%AB" * 250 + ".html"
    assert len(url) < MAX_URL, "short enough as sent; its escapes are longer in UTF-8"
    with pytest.raises(ValueError, match="long"):
        canonical(url, UrlRules(HOST))
    links = LinkTable()
    assert links.is_old(url)
    links.load([url])
    assert links.resolve(url) is None
