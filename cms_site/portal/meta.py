"""National META tags (国办发〔2017〕47号, annex 网页标签规范): exact names, each at most once a page."""

from typing import Any

from django.http import HttpRequest
from wagtail.images import get_image_model
from wagtail.models import Page

from cms_site.portal.directory import Place
from cms_site.portal.frame import Frame
from cms_site.portal.models import ColumnPage, ContentPage

DESCRIPTION_LENGTH = 120
"""Characters of the body that stand for an abstract where an editor wrote none."""


def meta_tags(frame: Frame, request: HttpRequest, context: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the name and content of each tag that the page in a template's context must carry.

    An article without a known publication time has no PubDate: none is better than an invented one.
    """
    page = context.get("page")
    tags = [
        ("SiteName", frame.name),
        ("SiteDomain", frame.site.hostname if frame.site else ""),
        ("SiteIDCode", frame.identity.site_code),
    ]
    column = context.get("column")
    if isinstance(column, ColumnPage) and isinstance(page, Page):
        tags += _column_tags(frame, column, context.get("channel"))
    if isinstance(page, ContentPage) and "stands_for" not in context:
        tags += _article_tags(frame, request, page, context.get("channel"))
    return tags


def _column_tags(frame: Frame, column: ColumnPage, channel: Place | None) -> list[tuple[str, str]]:
    owner = channel.name if channel else frame.name
    return [
        ("ColumnName", column.title),
        ("ColumnDescription", column.search_description or f"{owner}“{column.title}”栏目"),
        ("ColumnKeywords", f"{column.title},{owner}"),
        ("ColumnType", column.column_type or column.title),
    ]


def _article_tags(
    frame: Frame, request: HttpRequest, page: ContentPage, channel: Place | None
) -> list[tuple[str, str]]:
    owner = channel.name if channel else (frame.identity.unit or frame.name)
    tags = [
        ("ArticleTitle", page.title),
        ("PubDate", page.published_minute),
        ("ContentSource", page.source or owner),
        ("Keywords", page.keywords or getattr(page, "subject_words", "")),
        ("Author", page.author),
        ("Description", page.search_description or page.text[:DESCRIPTION_LENGTH]),
        ("Image", _first_image(request, page)),
        ("Url", page.get_full_url(request) or ""),
    ]
    return [(name, content) for name, content in tags if content]


def _first_image(request: HttpRequest, page: ContentPage) -> str:
    model = get_image_model()
    first = next(
        (key for kind, key, *_paths in page.body.stream_block.extract_references(page.body) if kind is model), None
    )
    image = model.objects.filter(pk=first).first() if first else None
    return request.build_absolute_uri(image.file.url) if image else ""
