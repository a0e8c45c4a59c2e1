"""Everything that an import makes of a site, by old address: two imports are alike if their portraits are.

Numbers of rows are left out, so that it does not matter in which order they came. All of it can be written as JSON.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, ReferenceIndex

from cms_site.legacy.models import Imported, OldUrl, Receipt

_REFERENCE = re.compile(r'linktype="(page|document)" id="(\d+)"|(embed)type="image" id="(\d+)"|"/archived/(\d+)')


def portrait() -> dict[str, Any]:
    """Return the portrait of the portal."""
    things = Imported.objects.select_related("page", "document", "image", "column").order_by("source_key")
    name = _names()
    return {
        "imported": {row.source_key: _thing(row, name) for row in things},
        "old_urls": {old.canonical: _old_url(old) for old in OldUrl.objects.order_by("canonical")},
        "tree": [[page.url_path, page.depth, page.numchild] for page in Page.objects.order_by("url_path")],
        "files": [get_document_model().objects.count(), get_image_model().objects.count()],
        "references": _references(name),
        "problems": [list(map(str, found)) for found in Page.find_problems()],
        "receipts": [receipt.state for receipt in Receipt.objects.order_by("pk")],
    }


def _references(name: Callable[[str, object], str]) -> list[list[str]]:
    """Return what refers to what, as the portal tells its editors, of content that imports write."""
    kinds = {
        "page": "page",
        get_document_model()._meta.model_name: "document",
        get_image_model()._meta.model_name: "image",
    }
    columns = ("base_content_type__model", "object_id", "to_content_type__model", "to_object_id", "model_path")
    rows = ReferenceIndex.objects.filter(base_content_type__model="page", to_content_type__model__in=kinds)
    blocks = re.compile(r"[0-9a-f]{8}-[-0-9a-f]{27}")  # numbers of their own
    return sorted(
        [name(kinds[of], number), name(kinds[to], target), blocks.sub("", path)]
        for of, number, to, target, path in rows.values_list(*columns)
    )


def _names() -> Callable[[str, object], str]:
    """Return a function: kind and number of a thing → the old address that it came from, or its place in the tree."""
    names = {("page", str(page.pk)): page.url_path for page in Page.objects.all()}
    names |= {("copy", str(pk)): canonical for pk, canonical in OldUrl.objects.values_list("pk", "canonical")}
    for row in Imported.objects.order_by("-source_key"):
        for kind in ("page", "document", "image"):
            if number := getattr(row, f"{kind}_id"):
                names[kind, str(number)] = row.source_key
    return lambda kind, number: names[kind, str(number)]


def _thing(row: Imported, name: Callable[[str, object], str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "hash": row.content_hash,
        "state": row.state,
        "held": row.held,
        "evidence": row.evidence,
        "open": row.unresolved,
        "touched": row.touched,
    }
    file = row.document or row.image
    if file is not None:
        with file.open_file() as opened:
            digest = hashlib.sha256(opened.read()).hexdigest()
        return found | {"file": [file.title, file.file.name, digest, file.collection.name, type(file).__name__]}
    if row.page is None:
        return found
    page = row.page.specific
    return found | {
        "column": row.column.url_path,
        "page": [type(page).__name__, page.title, page.url_path, page.live, page.has_unpublished_changes],
        # a page without a date of its own was first published when it was imported
        "times": [str(page.first_published_at), str(page.last_published_at)] if page.published_at else [],
        "published": [str(page.published_at), page.published_has_time],
        "fields": [page.source, page.author, page.document_number, str(page.written_on), page.needs_tidying],
        "revisions": page.revisions.count(),
        "body": _content(page, name),
        "newest": _content(page.get_latest_revision_as_object(), name),
    }


def _content(page: Any, name: Callable[[str, object], str]) -> list[Any]:
    blocks: list[Any] = []
    for block in page.body:
        if block.block_type == "image":
            blocks.append(["image", name("image", block.value["image"].pk), block.value["alt"]])
        else:
            html = getattr(block.value, "source", block.value)
            blocks.append([block.block_type, _REFERENCE.sub(lambda found: _named(found, name), html)])
    attached = [[name("document", block.value["document"].pk), block.value["title"]] for block in page.attachments]
    return [blocks, attached]


def _named(found: re.Match[str], name: Callable[[str, object], str]) -> str:
    kind, number = (found[1], found[2]) if found[1] else ("image", found[4]) if found[3] else ("copy", found[5])
    return f"{kind}={name(kind, number)}"


def _old_url(old: OldUrl) -> list[Any]:
    return [
        old.url, old.kind, old.outcome, old.reason, old.rule, old.title, old.text, old.column, old.year, old.media_type,
        old.warc_file, old.warc_offset, old.digest, str(old.captured_at), old.held, old.hits,
        old.imported.source_key if old.imported else "",
        old.target.url_path if old.target else "",
        old.follows.canonical if old.follows else "",
    ]  # fmt: skip


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return what differs between two portraits, line by line."""
    lines = []
    for part, value in one.items():
        here = value if isinstance(value, dict) else {"": value}
        there = other[part] if isinstance(value, dict) else {"": other[part]}
        for key in sorted(here.keys() | there.keys()):
            if here.get(key) != there.get(key):
                lines.append(f"{part} {key}: {here.get(key)} != {there.get(key)}")
    return lines
