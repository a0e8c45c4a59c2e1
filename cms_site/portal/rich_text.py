"""Links of rich text, as visitors see them and as the editor keeps them.

Old pages' links say more than Wagtail's: the place in a page that they lead to (`fragment`), a title, and the name of
the place where they stand. `<a name="…">` around text names a place and leads nowhere.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.utils import flatatt
from django.utils.html import escape
from draftjs_exporter.dom import DOM
from draftjs_exporter.types import Element, Props
from wagtail.admin.rich_text.converters.contentstate import link_entity
from wagtail.admin.rich_text.converters.html_to_contentstate import (
    ExternalLinkElementHandler,
    InlineEntityElementHandler,
    PageLinkElementHandler,
)
from wagtail.admin.rich_text.editors.draftail.features import EntityFeature
from wagtail.documents.rich_text import DocumentLinkHandler
from wagtail.documents.rich_text.contentstate import DocumentLinkElementHandler, document_link_entity
from wagtail.models import Page
from wagtail.rich_text import LinkHandler
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler

from cms_site.portal.leaving import leaves

_MORE = ("fragment", "name", "title")
"""What links keep beside where they lead."""


class PublicPageLinkHandler(PageLinkHandler):
    """Links to a page that nobody may see stay plain text until it is published: a draft is no dead link."""

    @classmethod
    def get_many(cls, attrs_list: list[dict[str, Any]]) -> list[Page | None]:
        """Return the pages linked to, None for those that are not live."""
        return [page if page is not None and page.live else None for page in super().get_many(attrs_list)]

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, Any]]) -> list[str]:
        """Return the opening tags."""
        return list(map(_with_more, super().expand_db_attributes_many(attrs_list), attrs_list))


class PlacedDocumentLinkHandler(DocumentLinkHandler):
    """Links to a document keep the place in it that they lead to (`#page=3`)."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, Any]]) -> list[str]:
        """Return the opening tags."""
        return list(map(_with_more, super().expand_db_attributes_many(attrs_list), attrs_list))


class MarkedLinkHandler(LinkHandler):
    """Links that leave the government's sites say so, script or not."""

    identifier = "external"

    @classmethod
    def expand_db_attributes(cls, attrs: dict[str, Any]) -> str:
        """Return the opening tag."""
        attrs = {name: _whole(value) for name, value in attrs.items()}
        if leaves(attrs["href"]):
            attrs = {"title": "站外链接", **attrs, "class": "leaving", "rel": "external noopener"}
        return f"<a{flatatt(attrs)}>"


def _with_more(tag: str, attrs: Mapping[str, str]) -> str:
    """Return the opening tag of a link, or `<a>` where it leads nowhere, with fragment, name and title."""
    if tag.endswith('">') and attrs.get("fragment"):
        tag = f'{tag[:-2]}#{escape(_whole(attrs["fragment"]))}">'
    more = {name: _whole(attrs[name]) for name in ("name", "title") if attrs.get(name)}
    return f"{tag[:-1]}{flatatt(more)}>"


def _whole(value: str) -> str:
    """Return an attribute's value whose apostrophes, too, are read back: the editor's converter escapes them."""
    return value.replace("&#x27;", "'")


def _more(attrs: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(attrs[name]) for name in _MORE if attrs.get(name)}


class _KeepsMore:
    """Reads what a link keeps beside where it leads, whichever kind of link it is."""

    def get_attribute_data(self, attrs: dict[str, str]) -> dict[str, Any]:
        return super().get_attribute_data(attrs) | _more(attrs)


class _PageLink(_KeepsMore, PageLinkElementHandler):
    pass


class _DocumentLink(_KeepsMore, DocumentLinkElementHandler):
    pass


class _OtherLink(_KeepsMore, ExternalLinkElementHandler):
    pass


class _Anchor(InlineEntityElementHandler):
    mutability = "MUTABLE"

    def get_attribute_data(self, attrs: dict[str, str]) -> dict[str, Any]:
        return {"name": attrs["name"]}


def _with_more_of(write: Callable[[Props], Element]) -> Callable[[Props], Element]:
    """Return what writes a link as `write` does, and what it keeps beside."""

    def written(props: Props) -> Element:
        element = write(props)
        element.attr.update(_more(props))
        return element

    return written


def _anchor(props: Props) -> Element:
    return DOM.create_element("a", {"name": props.get("name")}, props["children"])


def register(features: FeatureRegistry) -> None:
    """Put our links in the place of Wagtail's own, and teach the editor anchors."""
    for handler in (PublicPageLinkHandler, PlacedDocumentLinkHandler, MarkedLinkHandler):
        features.register_link_type(handler)
    links = {"a[href]": _OtherLink("LINK"), 'a[linktype="page"]': _PageLink("LINK")}
    documents = {'a[linktype="document"]': _DocumentLink("DOCUMENT")}
    _convert(features, "link", links, {"LINK": _with_more_of(link_entity)})
    _convert(features, "document-link", documents, {"DOCUMENT": _with_more_of(document_link_entity)})
    _convert(features, "anchor", {"a[name]": _Anchor("ANCHOR")}, {"ANCHOR": _anchor})
    features.plugins_by_editor["draftail"]["link"].data["attributes"] += (
        _MORE  # they stay when a link is cut and pasted
    )
    shown = EntityFeature({"type": "ANCHOR", "attributes": ["name"]}, js=["portal/anchors.js"])
    features.register_editor_plugin("draftail", "anchor", shown)


def _convert(features: FeatureRegistry, name: str, read: dict[str, Any], written: dict[str, Any]) -> None:
    rule = {"from_database_format": read, "to_database_format": {"entity_decorators": written}}
    features.register_converter_rule("contentstate", name, rule)
