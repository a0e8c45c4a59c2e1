"""What a link to a file says in the text of an old page, its new page says too; only the list of files names it better.

Each link goes the whole way: extracted, mapped, imported, shown.
"""

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from migrate.extract import Page, extract
from migrate.families import load_families
from migrate.records import Kind
from tests.importer.sites import DOC, SmallSite

Make = Callable[..., SmallSite]
FAMILIES = load_families(Path(__file__).resolve().parents[2] / "mappings" / "families.yaml")
TEXT = "近日，大河镇组织机关干部、村组干部和志愿者三百余人，对辖区内十二条河道进行了集中清理。"
DATA = "data:application/rtf;base64," + base64.b64encode(rb"{\rtf1\ansi a form}").decode()
NAMED = 'title="某某表.doc"'
LINKS = {
    "a title": f'<p>请填写<a href="x.doc" {NAMED}>附件三</a>并报送。</p>',
    "no title": '<p>请填写<a href="x.doc">附件三</a>并报送。</p>',
    "an icon in it": f'<p>请填写<a href="x.doc" {NAMED}><img src="/icons/doc.gif">附件三</a>并报送。</p>',
    "an icon that speaks": '<p>请填写<a href="x.doc"><img src="/icons/doc.gif" alt="某某表.doc">附件三</a>并报送。</p>',
    "an icon before it": f'<p>请填写<img src="/icons/doc.gif"><a href="x.doc" {NAMED}>附件三</a>并报送。</p>',
    "marks inside": f'<p>请填写<a href="x.doc" {NAMED}><b>附件</b><font color=red>三</font></a>并报送。</p>',
    "a script": f"""<p>请填写<a href="javascript:;" onclick="window.open('x.doc')" {NAMED}>附件三</a>并报送。</p>""",
    "a viewer": f'<p>请填写<a href="/viewer.html?file=/tzgg/x.doc" {NAMED}>附件三</a>并报送。</p>',
    "WebPlus": """<p>请填写<a href="x.doc" sudyfile-attr="{'title':'某某表.doc'}">附件三</a>并报送。</p>""",
    "WebPlus's player": """<p>请填写<a pdfsrc="x.doc" sudyfile-attr="{'title':'某某表.doc'}">附件三</a>并报送。</p>""",
    "a player without a name": '<p>请填写<a href="x.doc" pdfsrc="x.doc">附件三</a>并报送。</p>',
    "a handler": f"""<p>请填写<span onclick="down('/tzgg/x.doc')" {NAMED}>附件三</span>并报送。</p>""",
    "a heading": f'<h3>请填写<a href="x.doc" {NAMED}>附件三</a>并报送。</h3>',
    "a list": f'<ul><li>请填写<a href="x.doc" {NAMED}>附件三</a>并报送。</li></ul>',
    "a table": f'<table><tr><td>请填写</td><td><a href="x.doc" {NAMED}>附件三</a></td><td>并报送。</td></tr></table>',
}
HELD = {
    "in the text": f'<p>请填写<a href="{DATA}" {NAMED}>附件三</a>并报送。</p>',
    "in a table": f'<table><tr><td>请填写<a href="{DATA}" {NAMED}>附件三</a>并报送。</td></tr></table>',
}
"""Links that hold their file themselves."""


def moved(site: SmallSite, part: str) -> str:
    """Take the page with this part the whole way; return the text of its body as visitors see it."""
    path = "/tzgg/1.html"
    html = (
        "<html><head><meta charset=utf-8><meta name=PubDate content=2016-05-03><title>通知</title></head><body>"
        "<h1>关于清理河道的通知</h1>"
        f"<div id=zoom><p>{TEXT}</p>{part}<p>{TEXT}</p></div></body></html>"
    ).encode()
    site.bytes(path, html, "text/html")
    digest = site.ledger.resource(site.key(path)).digest
    record = extract(
        Page(site.host + path, site.key(path), html, "text/html", "2026-11-01"), site.config, FAMILIES
    ).record
    assert record.kind is Kind.ARTICLE
    site.ledger.write_record(record, digest, "recipe")
    site.run()
    body = LexborHTMLParser(Client().get(site.became(path).full_url).content).css_first("article div.body")
    return _shown(body.html or "") if body is not None else ""


def _shown(html: str) -> str:
    """Return the text of HTML without blanks."""
    tree = LexborHTMLParser(html).body
    assert tree is not None
    return re.sub(r"\s+", "", tree.text())


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("payload", [DOC, b"MZ run me"], ids=["taken", "refused"])
def test_it_says_what_it_said(small: Make, link: str, payload: bytes) -> None:
    site = small()
    site.doc("/tzgg/x.doc", payload)
    assert f"{TEXT}请填写附件三并报送。{TEXT}" in moved(site, link)
    attachments = site.became("/tzgg/1.html").attachments
    assert len(attachments) == (payload == DOC)
    if attachments and "某某表" in link:
        assert attachments[0].value["title"] == "某某表.doc"


@pytest.mark.parametrize("link", HELD.values(), ids=HELD)
def test_it_says_so_where_it_holds_the_file_itself(small: Make, link: str) -> None:
    site = small()
    moved(site, link)
    page = site.became("/tzgg/1.html").get_latest_revision_as_object()  # a draft: nobody has looked into the file
    assert f"{TEXT}请填写附件三并报送。{TEXT}" in _shown("".join(block.render() for block in page.body))
    assert page.attachments[0].value["title"] == "某某表.doc"
