"""A page as its source has it by now: what the source changed is taken over, what editors changed beside it stays."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from wagtail.images import get_image_model
from wagtail.models import Revision

from cms_site.legacy.intake.content import Rendered, render_parts, urls_in
from cms_site.legacy.intake.links import links_for
from cms_site.legacy.intake.versions import bare
from cms_site.legacy.models import Imported, OldSite
from cms_site.policy.models import Correction, Notice
from cms_site.portal.models import ContentPage, PolicyPage
from migrate.config.sites import POLICY_SITE
from migrate.i18n import _
from migrate.notices import ChangeKind
from migrate.records import FileLink, to_json

Block = dict[str, Any]
_EMBED = re.compile(r'<embed[^>]*\bid="(\d+)"')


def taken_over(notice: Notice, page: ContentPage) -> ContentPage | None:
    """Return the version of a page that says what its source said last, as import or a correction wrote it."""
    taken = notice.corrections.filter(state=Correction.State.TAKEN, revision_id__isnull=False).order_by("-settled_at")
    rows = Imported.objects.filter(site__slug=POLICY_SITE, source_key=notice.key, page=page, same_as=None)
    number = (
        taken.values_list("revision_id", flat=True).first() or rows.values_list("revision_id", flat=True).first() or 0
    )
    revision = Revision.objects.filter(pk=number, object_id=str(page.pk)).first()
    return page.with_content_json(revision.content) if revision is not None else None


def corrected(page: ContentPage, correction: Correction) -> ContentPage:
    """Return the newest version of a page with what the source says by now; nothing is written.

    Title and body are the source's where it changed them. Of the attachments those are taken away, added and renamed
    that the source did this to: what editors added, removed or renamed stays so.
    """
    version = type(page).objects.get(pk=page.pk).get_latest_revision_as_object()  # which may be the page itself
    if correction.kind == ChangeKind.CORRECTED.value:
        _correct(version, correction, taken_over(correction.notice, page))
    if correction.url and isinstance(version, PolicyPage) and len(correction.url) <= 500:
        version.source_url = correction.url
    return version


def said_by_source(written: ContentPage, correction: Correction) -> ContentPage:
    """Return what was taken over once with what the source says by now, whatever editors made of it."""
    version = copy(written)
    if correction.kind == ChangeKind.CORRECTED.value:
        _correct(version, correction, written)
    return version


def _correct(version: ContentPage, correction: Correction, written: ContentPage | None) -> None:
    title = correction.title[:255]
    if title and (written is None or title != written.title):
        version.title = version.draft_title = title
    rendered = _rendered(correction)
    if correction.body and (written is None or bare(rendered.body.blocks) != _blocks(written, "body")):
        version.body, version.needs_tidying = to_json(rendered.body.blocks), rendered.body.needs_tidying
    if correction.files is not None:
        base = _blocks(written, "attachments") if written is not None else _imported(_blocks(version, "attachments"))
        version.attachments = to_json(_merged(base, _blocks(version, "attachments"), rendered.attachments))


def _rendered(correction: Correction) -> Rendered:
    files = [FileLink(url, name) for url, name in correction.files or ()]
    links = links_for(OldSite.every.get(slug=POLICY_SITE))
    links.load({*urls_in(correction.body), *(link.url for link in files)})
    return render_parts(correction.body, files, links)


def _blocks(page: ContentPage, name: str) -> list[Block]:
    found: list[Block] = bare(getattr(page, name).get_prep_value())
    return found


def _imported(blocks: list[Block]) -> list[Block]:
    """Return those attachments that a notice brought along: which the page had at first, nobody knows any more."""
    numbers = {block["value"]["document"] for block in blocks}
    rows = Imported.objects.filter(site__slug=POLICY_SITE, document__in=numbers)
    ours = set(rows.values_list("document", flat=True))
    return [block for block in blocks if block["value"]["document"] in ours]


def _merged(base: list[Block], now: list[Block], new: list[Block]) -> list[Block]:
    """Return the attachments `new` of a source that had `base`, on a page that has `now`: the source's come first."""
    before, there = _by_document(base), _by_document(now)
    ours = []
    for number, block in _by_document(new).items():
        if number not in before:
            ours.append(there.get(number, block))
        elif number in there:
            kept_name = there[number]["value"]["title"] != before[number]["value"]["title"]
            ours.append(there[number] if kept_name else block)
    done = {block["value"]["document"] for block in ours} | before.keys()
    return [*ours, *(block for number, block in there.items() if number not in done)]


def _by_document(blocks: Iterable[Block]) -> dict[int, Block]:
    found: dict[int, Block] = {}
    for block in blocks:
        found.setdefault(block["value"]["document"], block)
    return found


# what that does, for the editor


@dataclass(frozen=True, slots=True)
class FileChange:
    """What taking a correction does with one attachment or picture."""

    kind: str
    """new | gone | replaced | renamed"""
    name: str
    before: str = ""
    """Its name, where that was another."""


def file_changes(now: ContentPage, new: ContentPage) -> list[FileChange]:
    """Return what becomes of a page's attachments and pictures."""
    before, after = (_titles(page) for page in (now, new))
    renamed = [
        FileChange("renamed", name, before[number]) for number, name in after.items()
        if before.get(number, name) != name
    ]  # fmt: skip
    return [*renamed, *_exchanged(before, after), *_exchanged(_pictures(now), _pictures(new))]


def _exchanged(before: dict[int, str], after: dict[int, str]) -> list[FileChange]:
    """Return what is new and what is gone; where both have one name, the one is replaced by the other."""
    new = Counter(name for number, name in after.items() if number not in before)
    gone = Counter(name for number, name in before.items() if number not in after)
    kinds = (("replaced", new & gone), ("new", new - gone), ("gone", gone - new))
    return [FileChange(kind, name) for kind, names in kinds for name in names.elements()]


def _titles(page: ContentPage) -> dict[int, str]:
    return {
        number: str(block["value"]["title"]) for number, block in _by_document(_blocks(page, "attachments")).items()
    }


def _pictures(page: ContentPage) -> dict[int, str]:
    """Return the pictures in a page's body, and what to call each."""
    blocks = _blocks(page, "body")
    numbers = [block["value"]["image"] for block in blocks if block["type"] == "image"]
    numbers += map(int, _EMBED.findall(json.dumps([block["value"] for block in blocks]).replace('\\"', '"')))
    images = get_image_model().objects.in_bulk(numbers)
    return {number: _("picture “{name}”").format(name=image.title) for number, image in images.items()}
