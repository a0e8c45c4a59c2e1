"""What an import writes in bulk, and what a rollback takes away, is seen by visitors at once: nothing stale is kept."""

from collections.abc import Callable

from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from cms_site.legacy.models import Receipt
from cms_site.portal.models import ListLine
from migrate import portal
from migrate.records import Field
from tests.importer.sites import SmallSite


def titles(client: Client, url: str) -> list[str]:
    """Return what a list shows."""
    return [node.text() for node in LexborHTMLParser(client.get(url).content).css(".list .lines a, .results h2 a")]


def test_lists_search_and_copies_follow_import_and_rollback(small: Callable[..., SmallSite], client: Client) -> None:
    site = small()
    url = "/towns/dahe/notices/"
    site.article("/tzgg/1.html", title=Field("关于修路的通知", "h1", 1.0))
    site.run()
    first = titles(client, url)
    assert first == ["关于修路的通知"]
    held = {"HTTP_IF_NONE_MATCH": client.get(url)["ETag"]}
    assert client.get(url, **held).status_code == 304
    site.article_again("/tzgg/1.html", title=Field("关于修桥的通知", "h1", 1.0))
    site.article("/tzgg/2.html", title=Field("关于停水的公告", "h1", 1.0))
    site.run()
    assert client.get(url, **held).status_code == 200
    assert set(titles(client, url)) == {"关于修桥的通知", "关于停水的公告"}
    assert titles(client, "/search/?q=修桥") == ["关于修桥的通知"]
    assert titles(client, "/search/?q=修路") == []
    portal.roll_back(site.name, None, dry_run=False)
    assert titles(client, url) == first
    assert titles(client, "/search/?q=修桥") == []
    portal.roll_back(site.name, Receipt.objects.last().pk, dry_run=False)
    assert titles(client, url) == []
    assert not ListLine.objects.exists()
