"""What a body is made of."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.rich_text import expand_db_html, extract_references_from_rich_text, get_text_for_indexing

from cms_site.portal.database_html import clean_database_html

RICH_TEXT_FEATURES = [
    "h2", "h3", "h4", "bold", "italic", "ol", "ul", "hr", "link", "document-link", "image", "superscript", "subscript",
    "strikethrough", "blockquote", "anchor",
]  # fmt: skip

_TAG = re.compile(r"""<(?=[a-z/])(/(?:p|h\d|li|blockquote)\b|[bh]r\b)?(?:[^"'>]++|"[^"]*"|'[^']*')*+>""", re.IGNORECASE)
_TABLE = re.compile(r"<table\b[^>]*>")
_BREAK = re.compile(r"<(?=br|hr|/?(?:p|h\d|li|div|td|th|tr|table|dd|dt|center|blockquote|pre|caption|figcaption)\b)")


def _rich_text_for_indexing(source: str) -> str:
    """Return the text of rich text, with a blank where a block or line ends."""
    return unescape(_TAG.sub(_blank_at_end, source).strip())


def _blank_at_end(tag: re.Match[str]) -> str:
    return " " if tag[1] else ""


class LegacyHTMLBlock(blocks.FieldBlock):
    """Markup of an old site that no other block can hold: a string of sanitised HTML in Wagtail's database form."""

    def __init__(self, required: bool = True, help_text: str | None = None, **kwargs: Any) -> None:
        self._required = required
        self._help_text = help_text
        super().__init__(**kwargs)

    @cached_property
    def field(self) -> forms.CharField:
        return forms.CharField(
            required=self._required, help_text=self._help_text, widget=forms.Textarea(attrs={"rows": 12})
        )

    def clean(self, value: str) -> str:
        """Return the value sanitised again: whoever writes it, nothing that runs gets in."""
        cleaned: str = super().clean(value)
        return clean_database_html(cleaned)

    def render_basic(self, value: str, context: dict[str, Any] | None = None) -> SafeString:
        """Return the HTML for visitors; a table wider than the screen scrolls in a box of its own."""
        html = _TABLE.sub(
            r'<div class="scroll" role="region" aria-label="表格" tabindex="0">\g<0>', expand_db_html(value)
        )
        html = html.replace("</table>", "</table></div>")
        return format_html('<div class="legacy">{}</div>', mark_safe(html))  # noqa: S308  sanitised by clean

    def get_searchable_content(self, value: str) -> list[str]:
        """Return the text alone, with a blank where a block, row or cell ends."""
        return [get_text_for_indexing(_BREAK.sub(" <", value))]

    def extract_references(self, value: str) -> Iterator[tuple[Any, ...]]:
        """Yield the images, documents and pages that the HTML refers to, for the reference index."""
        yield from extract_references_from_rich_text(value)

    class Meta:
        icon = "code"
        label = _("Legacy HTML")
        default = ""


class CaptionedImageBlock(blocks.StructBlock):
    """An image with its caption."""

    image = ImageChooserBlock(label=_("image"))
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=300)
    alt = blocks.CharBlock(
        label=_("alternative text"),
        required=False,
        max_length=300,
        help_text=_("What it shows, for those who can't see it; empty if it only decorates."),
    )

    class Meta:
        icon = "image"
        label = _("Image")
        template = "portal/blocks/image.html"


class AttachmentBlock(blocks.StructBlock):
    """A file to download, under the name that readers know."""

    document = DocumentChooserBlock(label=_("document"))
    title = blocks.CharBlock(label=_("title"), max_length=255)

    class Meta:
        icon = "doc-full"
        label = _("Attachment")


TABLE_OPTIONS = {
    # Its own words are English, and come from a script that knows no Chinese.
    "contextMenu": {
        "items": {
            "row_above": {"name": "在上方插入行"},
            "row_below": {"name": "在下方插入行"},
            "col_left": {"name": "在左侧插入列"},
            "col_right": {"name": "在右侧插入列"},
            "remove_row": {"name": "删除行"},
            "remove_col": {"name": "删除列"},
            "undo": {"name": "撤销"},
            "redo": {"name": "重做"},
        }
    },
}


class BodyBlock(blocks.StreamBlock):
    """The body of an article."""

    paragraph = blocks.RichTextBlock(label=_("Text"), features=RICH_TEXT_FEATURES)
    image = CaptionedImageBlock()
    table = TableBlock(label=_("Table"), icon="table", template="portal/blocks/table.html", table_options=TABLE_OPTIONS)
    legacy = LegacyHTMLBlock()

    def get_searchable_content(self, value: blocks.StreamValue) -> list[str]:
        """Return the texts of all blocks, those of rich text without the HTML parser of `get_text_for_indexing`.

        That costs more than all else that is made of a page; rich text is well-formed, so a pattern reads the same.
        """
        texts = []
        for child in value:
            if child.block_type == "paragraph":
                texts.append(_rich_text_for_indexing(child.value.source))
            else:
                texts += child.block.get_searchable_content(child.value)
        return texts

    class Meta:
        required = False


class AttachmentsBlock(blocks.StreamBlock):
    """The attachments of an article."""

    document = AttachmentBlock()

    class Meta:
        required = False
