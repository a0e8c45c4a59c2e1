import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_site.portal.blocks import LegacyHTMLBlock
from cms_site.portal.database_html import clean_database_html

from .conftest import article, column, paper, picture

BLOCK = LegacyHTMLBlock()


def test_references_survive_in_the_form_that_wagtail_reads():
    html = (
        '<p>见<a linktype="page" id="5">此页</a>和<a linktype="document" id="6" title="a &gt; b">附件</a></p>'
        '<embed embedtype="image" id="7" format="left" alt="一 &gt; 二 &quot;图&quot;"/>'
    )
    cleaned = BLOCK.clean(html)
    assert '<a linktype="page" id="5">' in cleaned
    assert '<a linktype="document" id="6" title="a &gt; b">' in cleaned
    assert '<embed embedtype="image" id="7" format="left" alt="一 &gt; 二 &quot;图&quot;"/>' in cleaned
    assert [int(key) for _model, key, *_rest in BLOCK.extract_references(cleaned)] == [5, 6, 7]


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<p onclick="alert(1)">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<iframe src="http://evil.example/"></iframe>',
        '<img src="data:text/html,x">',
        '<embed src="http://evil.example/x.swf" type="application/x-shockwave-flash">',
        '<embed embedtype="media" url="http://evil.example/"/>',
        '<embed embedtype="image" id="7 or 1" format="left"/>',
        '<embed embedtype="image" format="left"/>',
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        '<form action="http://evil.example/"><input name="p"></form>',
        '<p style="background:url(http://evil.example/)">x</p>',
    ],
)
def test_what_runs_or_loads_from_elsewhere_is_gone(html):
    cleaned = BLOCK.clean(f"<p>前</p>{html}<p>后</p>")
    for word in ("alert", "evil.example", "javascript", "data:", "<embed", "<script", "onerror"):
        assert word not in cleaned
    assert "前" in cleaned
    assert "后" in cleaned


def test_an_unknown_link_type_or_format_does_no_harm():
    assert 'linktype="x"' not in clean_database_html('<a linktype="x" id="1">y</a>')
    assert clean_database_html('<embed embedtype="image" id="1" format="huge">') == (
        '<embed embedtype="image" id="1" format="fullwidth"/>'
    )
    assert clean_database_html('<embed embedtype="image" id="1">') == (
        '<embed embedtype="image" id="1" format="fullwidth"/>'
    )


@given(st.text(alphabet="<>/=\"' abcdeimgtablpxy1&;#!-", max_size=120))
def test_cleaning_twice_is_cleaning_once(text):
    once = clean_database_html(text)
    assert clean_database_html(once) == once


def test_tables_keep_their_spans_and_scroll():
    html = BLOCK.clean('<table><tr><td colspan="2" rowspan="3">甲</td></tr></table>')
    rendered = str(BLOCK.render(html))
    assert 'colspan="2" rowspan="3"' in rendered
    assert rendered.count('class="scroll"') == rendered.count("</table></div>") == 1


def test_text_for_search_has_blanks_between_cells():
    text = BLOCK.get_searchable_content("<table><tr><td>村名</td><td>电话</td></tr></table><p>甲<b>乙</b><br>丙</p>")
    assert " ".join(text[0].split()) == "村名 电话 甲乙 丙"


@pytest.mark.django_db
def test_references_are_expanded_for_visitors_and_dead_ones_do_no_harm(client, portal):
    image, document = picture(), paper()
    html = (
        f'<embed embedtype="image" id="{image.pk}" format="fullwidth" alt="大厅"/><embed embedtype="image" id="99999" '
        f'format="fullwidth" alt="没了"/><a linktype="document" id="{document.pk}">方案</a>'
        '<a linktype="page" id="99999">没了</a>'
    )
    page = article(column("/notices/"), "旧文", body=[("legacy", html)])
    content = client.get(page.get_url()).content.decode()
    assert f'href="{document.url}"' in content
    assert 'alt="大厅"' in content
    assert "linktype" not in content
    assert "<embed" not in content
