"""What the portal knows of a site, as plain data for `migrate.portal`: drafts, new addresses, pages, one URL's life."""

from collections.abc import Iterator

from wagtail.models import Page

from cms_site.legacy.addresses import copy_path
from cms_site.legacy.models import Decision, Imported, OldSite, OldUrl


def drafts(slug: str) -> frozenset[str]:
    """Return the canonical old URLs whose page no visitor sees."""
    rows = Imported.objects.filter(site__slug=slug, page__isnull=False, page__live=False)
    return frozenset(rows.values_list("source_key", flat=True))


def file_digests(slug: str) -> dict[str, str]:
    """Return canonical old URL → `sha256:<hex>` of the stored file."""
    rows = Imported.objects.filter(site__slug=slug).exclude(digest="")
    return dict(rows.values_list("source_key", "digest"))


def pages(slug: str) -> Iterator[tuple[str, str]]:
    """Yield (portal path, canonical old URL or empty) of the site's channel, its columns and its live pages."""
    site = OldSite.objects.get(slug=slug)
    if site.channel is None:
        return
    keys = dict(Imported.objects.filter(site=site, page__isnull=False).values_list("page_id", "source_key"))
    live = Page.objects.descendant_of(site.channel, inclusive=True).live().specific(defer=True).order_by("path")
    for page in live.iterator():
        if getattr(page, "hidden", False):
            continue
        yield page.get_url(), keys.get(page.pk, "")


def new_urls(slug: str) -> dict[str, str]:
    """Return canonical old URL → portal path of what it became; where nothing is public, it is not in the dict."""
    rows = OldUrl.objects.filter(site__slug=slug).select_related(
        "imported__page", "imported__document", "imported__image", "target", "follows__imported__page",
        "follows__imported__document", "follows__imported__image",
    )  # fmt: skip
    found = {}
    for row in rows.iterator():
        path = new_path(row)
        if path:
            found[row.canonical] = path
    return found


def new_path(row: OldUrl) -> str:
    """Return the portal path where an old URL's content is today; empty where none is public."""
    row = row.follows or row
    imported = row.imported
    if row.outcome == OldUrl.Outcome.ARCHIVE:
        return copy_path(row)
    if row.outcome == OldUrl.Outcome.REDIRECT and row.target is not None and row.target.live:
        return row.target.get_url() or ""
    if row.outcome != OldUrl.Outcome.MOVE or imported is None:
        return ""
    if imported.page is not None:
        return (imported.page.get_url() or "") if imported.page.live else ""
    if imported.document is not None:
        return imported.document.url
    return imported.image.file.url if imported.image is not None else ""


def life(slug: str, canonical: str) -> dict[str, object] | None:
    """Return what the portal knows of one old URL, or None."""
    row = OldUrl.objects.filter(site__slug=slug, canonical=canonical).select_related("imported__page").first()
    if row is None:
        return None
    imported = row.imported or (row.follows.imported if row.follows else None)
    decision = Decision.objects.filter(site__slug=slug, canonical=canonical).select_related("actor").first()
    return {
        "outcome": row.outcome,
        "reason": row.reason,
        "new_url": new_path(row),
        "state": imported.state if imported else "",
        "page_id": imported.page_id if imported else None,
        "imported_at": imported.imported_at.isoformat() if imported else "",
        "held": tuple(row.held),
        "hits": row.hits,
        "decision": f"{decision.outcome} ({decision.actor}, {decision.decided_at:%Y-%m-%d %H:%M})" if decision else "",
    }
