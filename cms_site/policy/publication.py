"""When a repost is public for the first time: noted once, whatever becomes of its page later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, PageLogEntry, Revision

from cms_site.legacy.actor import system_user
from cms_site.legacy.intake.indexing import index_again
from cms_site.legacy.joining import join, reposts_of
from cms_site.legacy.models import Imported
from cms_site.policy.models import Likeness, Notice
from cms_site.portal.models import PolicyPage, Stamp
from migrate.config.sites import POLICY_SITE


def published(sender: type[Page], instance: Page, **_more: Any) -> None:
    """Note when a reposted page is published; Wagtail calls it."""
    note_publication(instance, timezone.now())


@transaction.atomic
def note_publication(page: Page, when: datetime) -> None:
    """Note that visitors can see a page since then, unless that was noted before; reposts of it join it.

    Does nothing for pages that are no reposts.
    """
    notices = list(Notice.objects.select_for_update().filter(page_id=page.pk).order_by("pk"))
    for notice in notices:
        if notice.reposted_at is None:
            notice.reposted_at = when
            notice.save(update_fields=["reposted_at", "due", "due_latest"])
    known = PolicyPage.objects.filter(pk=page.pk).values("source_url", "reposted_at").first()
    if known is None or not (notices or known["source_url"]):
        return
    first = min((notice.reposted_at for notice in notices), default=known["reposted_at"] or when)
    if known["reposted_at"] != first:
        write_beside(page.pk, {"reposted_at": first})
    for notice in notices:
        join_reposts(notice)


def first_public(page: Page) -> datetime | None:
    """Return when a page was published first, as its history says; None if it never was."""
    entries = PageLogEntry.objects.filter(page=page.pk, action="wagtail.publish")
    found: datetime | None = entries.order_by("timestamp").values_list("timestamp", flat=True).first()
    return found


def join_reposts(notice: Notice) -> None:
    """Let what surely is a repost of a notice that visitors can see lead to the notice's page."""
    row = Imported.objects.filter(site__slug=POLICY_SITE, source_key=notice.key, same_as=None).first()
    if row is None or row.page_id is None or row.page_id != notice.page_id or not row.page.live:
        return
    actor, now = system_user(), timezone.now()
    for repost in reposts_of(row):
        told = {"why": Likeness.Why.TEXT, "percent": 100, "verdict": Likeness.Verdict.SAME, "actor": actor}
        Likeness.objects.update_or_create(
            notice=notice, page_id=repost.page_id, defaults={**told, "ruled_at": now}
        )  # fmt: skip
        join(repost, row, actor)


def write_beside(page: int, values: Mapping[str, Any]) -> None:
    """Write what the portal itself knows of a repost into its page and the versions in force.

    No new version is made of it, so it does not count as something that an editor changed.
    """
    PolicyPage.objects.filter(pk=page).update(**values)
    row = PolicyPage.objects.get(pk=page)
    for revision in Revision.objects.filter(pk__in={row.latest_revision_id, row.live_revision_id} - {None}):
        version = revision.as_object()
        for name, value in values.items():
            setattr(version, name, value)
        written = version.serializable_data()
        revision.content |= {name: written[name] for name in values}
        Revision.objects.filter(pk=revision.pk).update(content=revision.content)
    index_again([row])
    Stamp.renew()
