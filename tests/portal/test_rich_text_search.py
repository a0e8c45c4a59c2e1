"""What search reads of rich text: the words that Wagtail's own function reads, and no markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wagtail.rich_text import get_text_for_indexing

from cms_site.portal.blocks import BodyBlock

TEXT = st.text(st.characters(categories=("L", "N", "P", "Z")), max_size=20).map(
    lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
)
INLINE = st.builds(
    lambda tag, text: f"<{tag}>{text}</{tag.split()[0]}>",
    st.sampled_from(["b", "i", 'a linktype="page" id="7"', "a href=\"/x?a=1&amp;b=2\" title='甲>乙'", "sup"]),
    TEXT,
)
BLOCK = st.builds(
    lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
    st.sampled_from(["p", "h2", "h4", "blockquote", "ul><li", "P"]).map(str),
    st.lists(TEXT | INLINE | st.just("<br/>"), max_size=4),
).map(lambda html: html.replace("</ul><li>", "</li></ul>"))
ALONE = st.sampled_from(["<hr/>", '<embed alt="a>b" embedtype="image" id="3"/>'])
RICH = st.lists(BLOCK | ALONE, max_size=5).map("".join)


def read(html: str) -> str:
    block = BodyBlock()
    return " ".join(block.get_searchable_content(block.to_python([{"type": "paragraph", "value": html}])))


@given(RICH)
def test_the_words_are_those_that_wagtail_reads(html: str) -> None:
    assert read(html).split() == get_text_for_indexing(html).split()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>甲</p><p>乙</p>", "甲 乙"),
        ("<p>甲<b>乙</b>丙</p>", "甲乙丙"),
        ("<ul><li>甲</li><li>乙</li></ul>", "甲 乙"),
        ("<p>1 &lt; 2 &amp; 3</p>", "1 < 2 & 3"),
        ("<p>甲<br/>乙</p>", "甲 乙"),
    ],
)
def test_words_end_where_blocks_end(html: str, text: str) -> None:
    assert read(html) == text
