"""What old pages' links say beside where they lead: visitors follow it, and it outlives an editor's day."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.rich_text import expand_db_html

from cms_site.portal.blocks import RICH_TEXT_FEATURES, LegacyHTMLBlock

from .conftest import article, column, paper


@pytest.fixture
def things(portal):
    """A page, a draft and a document that links lead to: their numbers."""
    parent = column("/notices/")
    draft = article(parent, "草稿", live=False)
    return {"page": article(parent, "办法").pk, "draft": draft.pk, "document": paper().pk}


LINKS = [
    '<a linktype="page" id="PAGE" fragment="c2" name="r1" title="第二条 &quot;a&quot; &lt;b&gt;">办法</a>',
    '<a linktype="page" id="DRAFT" fragment="c2" name="r2">草稿</a>',
    '<a linktype="document" id="DOCUMENT" fragment="page=3" title="第三页">表</a>',
    '<a href="#c1" name="r3"><sup>[1]</sup></a>',
    '<a href="https://bm.example.gov.cn/#/detail?id=7&amp;n=1" title="办事">网上办</a>',
    '<a name="c1"><b>第一条</b>总则</a>',
    '<a name="第二">第二条</a>',
    '<a href="/archived/12/#c1">旧页</a>',
]


def linked(things, *links):
    html = "".join(f"<p>见{link}。</p>" for link in links or LINKS)
    for name, number in things.items():
        html = html.replace(f'"{name.upper()}"', f'"{number}"')
    return html


def test_the_editor_gives_back_what_it_was_given(things):
    converter = ContentstateConverter(RICH_TEXT_FEATURES)
    html = linked(things)
    written = converter.to_database_format(converter.from_database_format(html))
    assert attributes(re.sub(r' data-block-key="\w+"', "", written)) == attributes(html)
    assert converter.to_database_format(converter.from_database_format(written)) == written


def attributes(html):
    """Return text and attributes of each anchor; their order says nothing."""
    return [(node.text(), node.attributes) for node in LexborHTMLParser(html).css("a")]


def test_visitors_get_places_titles_and_names(things):
    shown = attributes(expand_db_html(linked(things)))
    assert attributes(LegacyHTMLBlock().render(LegacyHTMLBlock().clean(linked(things)))) == shown
    page, draft, document, note, site, anchor, chinese, copy = (found for _text, found in shown)
    assert page["href"].endswith("#c2")
    assert (page["name"], page["title"]) == ("r1", '第二条 "a" <b>')
    assert draft == {"name": "r2"}
    assert document["href"].endswith("#page=3") and document["title"] == "第三页"
    assert note == {"href": "#c1", "name": "r3"}
    assert site == {"href": "https://bm.example.gov.cn/#/detail?id=7&n=1", "title": "办事"}
    assert (anchor, chinese) == ({"name": "c1"}, {"name": "第二"})
    assert copy == {"href": "/archived/12/#c1"}


def test_an_apostrophe_that_the_editor_escapes_is_read_back(things):
    converter = ContentstateConverter(RICH_TEXT_FEATURES)
    html = converter.to_database_format(
        converter.from_database_format('<p><a href="https://x.example/" title="it\'s">甲</a></p>')
    )
    assert attributes(expand_db_html(html))[0][1]["title"] == "it's"
    place = converter.to_database_format(
        converter.from_database_format(linked(things, '<a linktype="page" id="PAGE" fragment="it\'s">办法</a>'))
    )
    assert attributes(expand_db_html(place))[0][1]["href"].endswith("#it's")
