"""What the portal knows of a site, as plain data for `migrate.portal`: drafts, new addresses, pages, one URL's life."""

from collections.abc import Iterator

from django.db.models import Q
from wagtail.models import Page

from cms_site.legacy.addresses import (
    copy_address,
    copy_path,
    current_address,
    in_hidden_column,
    page_address,
    portal_root,
    shut_file,
    with_targets,
)
from cms_site.legacy.archived import archived_pages
from cms_site.legacy.models import Decision, Imported, OldSite, OldUrl
from cms_site.legacy.serving import Ruling, elsewhere, rule
from cms_site.portal.models import ColumnPage
from migrate.redirects import Answer, Exported


def drafts(slug: str) -> frozenset[str]:
    """Return the canonical old URLs whose page or file no visitor sees: a draft, or what is in a hidden column."""
    unseen = Q(page__live=False) | in_hidden_column("page") | shut_file("")
    return frozenset(Imported.objects.filter(unseen, site__slug=slug).values_list("source_key", flat=True))


def pages(slug: str) -> Iterator[tuple[str, str, bool]]:
    """Yield (portal path, canonical old URL or empty, is it an archived copy) of the site's channel, its columns, its
    live pages, and its archived copies.
    """
    site = OldSite.objects.filter(slug=slug).select_related("channel").first()
    if site is None or site.channel is None:
        return
    own = Imported.objects.filter(site=site, page__isnull=False, same_as=None)
    keys = dict(own.values_list("page_id", "source_key"))
    live = Page.objects.descendant_of(site.channel, inclusive=True).live()
    for hidden in ColumnPage.objects.descendant_of(site.channel).filter(hidden=True):
        live = live.not_descendant_of(hidden, inclusive=True)
    for page in live.order_by("path").iterator():
        yield page.get_url(), keys.get(page.pk, ""), False
    for old in archived_pages().filter(site=site).order_by("pk").iterator():
        yield copy_path(old), old.canonical, True


def new_urls(slug: str) -> dict[str, str]:
    """Return canonical old URL → absolute URL of what it became; where nothing is public, it is not in the dict."""
    site = OldSite.objects.filter(slug=slug).select_related("channel").first()
    if site is None:
        return {}
    root = portal_root(site)
    found: dict[int, str] = {}
    keys: dict[str, int] = {}
    for row in with_targets().filter(site=site).iterator():
        row.site = site
        keys[row.canonical] = row.follows_id or row.pk
        found[row.pk] = _new_url(row, root)
    elsewhere = OldUrl.objects.filter(followers__site=site).exclude(site=site)
    for row in with_targets().filter(pk__in=elsewhere.values("pk")).select_related("site__channel"):
        found[row.pk] = _new_url(row, portal_root(row.site))
    return {key: url for key, number in keys.items() if (url := found.get(number, ""))}


def exported(slug: str) -> tuple[Exported, Iterator[Answer]]:
    """Return a site as a web server of its own would serve it, and what each old address would answer there.

    Addresses without an answer are left out. Raises OldSite.DoesNotExist.
    """
    site = OldSite.objects.select_related("channel").get(slug=slug)
    root = portal_root(site)
    there = elsewhere(site, root)
    portal = page_address(site.channel) or f"{root}/"
    return Exported(site.slug, site.name, site.url_rules, portal, there, site.append_path), _answers(site, root)


def _answers(site: OldSite, root: str) -> Iterator[Answer]:
    followed = with_targets().select_related("site__channel").filter(followers__site=site).distinct()
    ends = {row.pk: row for row in followed}
    for row in with_targets().filter(site=site).order_by("pk").iterator():
        row.site = site
        ruled = rule(ends.get(row.follows_id, row), root)
        if ruled.status == 404 and (there := elsewhere(site, root, row.canonical)):
            ruled = Ruling(302, there)
        if ruled.status != 404:
            yield Answer(row.canonical, row.url, ruled.status, ruled.location)


def _new_url(row: OldUrl, root: str) -> str:
    copy = copy_address(row, root) if row.outcome == OldUrl.Outcome.ARCHIVE else ""
    return current_address(row, root) or copy


def life(slug: str, canonical: str) -> dict[str, object] | None:
    """Return what the portal knows of one old URL, or None."""
    row = with_targets().filter(site__slug=slug, canonical=canonical).select_related("site__channel").first()
    if row is None:
        return None
    answers = with_targets().filter(pk=row.follows_id).first() if row.follows_id else row
    imported = answers.imported
    decision = Decision.objects.filter(site__slug=slug, canonical=canonical).select_related("actor").first()
    return {
        "outcome": row.outcome,
        "reason": row.reason,
        "new_url": _new_url(answers, portal_root(row.site)),
        "state": imported.state if imported else "",
        "page_id": imported.page_id if imported else None,
        "same_as": f"{first.source_key} ({first.site.slug})" if (first := imported and imported.same_as) else "",
        "imported_at": imported.imported_at.isoformat() if imported else "",
        "held": tuple(row.held),
        "hits": row.hits,
        "decision": f"{decision.outcome} ({decision.actor}, {decision.decided_at:%Y-%m-%d %H:%M})" if decision else "",
    }
