"""What people do with notices: rule on candidates, take corrections, waive, explain. Each has an actor and a time."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.log_actions import log
from wagtail.models import Page

from cms_site.legacy.joining import join, take_offline
from cms_site.legacy.models import Imported
from cms_site.policy.merging import corrected
from cms_site.policy.models import Correction, Likeness, Notice
from cms_site.policy.publication import first_public, note_publication
from cms_site.portal.models import ContentPage, PolicyPage
from migrate.config.sites import POLICY_SITE
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.notices import ChangeKind


class Refused(ShangyiError):
    """What somebody wanted can't be done; nothing was written."""


# candidates


@transaction.atomic
def rule_other(likeness: Likeness, actor: AbstractBaseUser) -> None:
    """Note that a candidate is something else."""
    _note_verdict(likeness, Likeness.Verdict.OTHER, actor)


@transaction.atomic
def rule_same(likeness: Likeness, actor: AbstractBaseUser) -> None:
    """Make one page of a notice and a candidate; all old addresses lead there.

    The notice's page stays, unless it was never public and the candidate is: then an editor has reposted it already.
    Raises Refused where neither is public: old addresses would lead to nothing; and where the page that would go
    offline stands in a column that the actor may not change.
    """
    notice = Notice.objects.select_for_update().get(pk=likeness.notice_id)
    page, other = notice.page, likeness.page
    if page is None:
        raise Refused(_("The notice has no page yet."), _("Wait for the next sync."))
    if page.pk == other.pk:
        raise Refused(_("Both are one page already."), _("Look at the notice again."))
    if not page.live and other.live and isinstance(other.specific, PolicyPage):
        _keep_other(notice, other, actor)
    elif page.live:
        if not may_join(other, actor):
            raise Refused(
                _("“{page}” stands in a column that is not yours; it would go offline.").format(page=other.title),
                _("Ask whoever keeps that column, or an administrator, to say so."),
            )
        _keep_own(notice, other, actor)
    else:
        raise Refused(_("Neither page is public."), _("Publish the notice's page first, then say that they are one."))
    _note_verdict(likeness, Likeness.Verdict.SAME, actor)


def may_join(other: Page, actor: AbstractBaseUser) -> bool:
    """Say whether somebody may let a page go offline because a notice's page says it all."""
    may = other.permissions_for_user(actor)
    return not other.live or may.can_edit() or may.can_unpublish()


def _keep_own(notice: Notice, other: Page, actor: AbstractBaseUser) -> None:
    """Let what leads to the other page lead to the notice's; the other one goes offline."""
    row = _row(notice)
    for theirs in Imported.objects.filter(page=other, same_as=None):
        join(theirs, row, actor, ruled=True)
    Notice.objects.filter(page=other).exclude(pk=notice.pk).update(page=notice.page, same_as=notice)
    take_offline(other, actor)


def _keep_other(notice: Notice, other: Page, actor: AbstractBaseUser) -> None:
    """Let a notice have the page on which an editor, or another notice, has it already."""
    before = notice.page
    leader = Notice.objects.filter(page=other, same_as=None).exclude(pk=notice.pk).first()
    row = _row(notice)
    for theirs in row.twins.all():
        theirs.page = other
        theirs.save()
    row.page, row.revision_id = other, 0  # no version of that page is import's
    row.save()
    notice.page, notice.same_as = other, leader
    notice.save()
    take_offline(before, actor)
    note_publication(other, first_public(other) or timezone.now())


def _row(notice: Notice) -> Imported:
    row = Imported.objects.filter(site__slug=POLICY_SITE, source_key=notice.key).first()
    if row is None:
        raise Refused(_("The notice was never imported."), _("Wait for the next sync."))
    return row if row.same_as is None else row.same_as


def _note_verdict(likeness: Likeness, verdict: Likeness.Verdict, actor: AbstractBaseUser) -> None:
    likeness.verdict, likeness.actor, likeness.ruled_at = verdict, actor, timezone.now()
    likeness.save()
    _log(likeness.notice, f"policy.{verdict.value}", actor, page=likeness.page.title)


# corrections


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a correction did with the page."""

    published: bool
    submitted: bool = False
    """It went into review: whoever took it may not publish."""


@transaction.atomic
def take_correction(correction: Correction, actor: AbstractBaseUser, *, latest: int | None) -> Taken:
    """Write a correction as a new version of the page: published where the page is and the actor may, else for review.

    `latest` is the version that the actor has seen. Raises Refused where the page has a newer one, or may not be
    changed.
    """
    notice = correction.notice
    page = notice.page.specific if notice.page is not None else None
    if not isinstance(page, ContentPage):
        raise Refused(_("The notice has no page."), _("Dismiss the correction."))
    if page.latest_revision_id != latest:
        raise Refused(_("Somebody changed the page meanwhile."), _("Look at the differences again."))
    may = page.permissions_for_user(actor)
    if not may.can_edit() or may.page_locked():
        raise Refused(_("You may not change this page now."), _("Ask whoever holds it locked, or an administrator."))
    withdrawn = correction.kind == ChangeKind.WITHDRAWN.value
    done = _withdraw(page, actor) if withdrawn else _write(page, correction, actor)
    if correction.url:
        notice.url = correction.url
    if correction.checksum:
        notice.checksum, notice.text = correction.checksum, correction.text
        notice.files_checksum = correction.files_checksum or notice.files_checksum
        notice.warc_file, notice.warc_offset = correction.warc_file, correction.warc_offset
        notice.digest, notice.fetched_at = correction.digest, correction.fetched_at
    notice.save()
    _settle(correction, Correction.State.TAKEN, actor)
    return done


def _withdraw(page: ContentPage, actor: AbstractBaseUser) -> Taken:
    if page.live:
        if not page.permissions_for_user(actor).can_unpublish():
            raise Refused(_("You may not take this page offline."), _("Ask an administrator to take the correction."))
        UnpublishPageAction(page, user=actor).execute(skip_permission_checks=True)
    return Taken(published=False)


def _write(page: ContentPage, correction: Correction, actor: AbstractBaseUser) -> Taken:
    version = corrected(page, correction)
    revision = version.save_revision(user=actor, log_action=True, clean=False)
    correction.revision_id = revision.pk
    page = type(page).objects.get(pk=page.pk)
    may = page.permissions_for_user(actor)
    if page.live and may.can_publish():
        shown = page.last_published_at
        revision.publish(user=actor)
        type(page).objects.filter(pk=page.pk).update(last_published_at=shown)
        return Taken(published=True)
    if page.live and may.can_submit_for_moderation() and (workflow := page.get_workflow()) is not None:
        workflow.start(page, actor)
        return Taken(published=False, submitted=True)
    return Taken(published=False)


@transaction.atomic
def dismiss_correction(correction: Correction, actor: AbstractBaseUser) -> None:
    """Note that a correction is not taken."""
    _settle(correction, Correction.State.DISMISSED, actor)


def _settle(correction: Correction, state: Correction.State, actor: AbstractBaseUser) -> None:
    correction.state, correction.actor, correction.settled_at = state, actor, timezone.now()
    correction.save()
    _log(correction.notice, f"policy.{state.value}", actor, kind=correction.kind)


# the clock


@transaction.atomic
def waive(notice: Notice, reason: str, actor: AbstractBaseUser) -> None:
    """Note that a notice is not reposted. Raises Refused where it is public already, or nobody says why."""
    if not reason.strip():
        raise Refused(_("Nobody said why."), _("Write a reason."))
    row = Notice.objects.select_for_update().get(pk=notice.pk)
    if row.reposted_at is not None:
        raise Refused(_("It is published already."), _("Look at the notice again."))
    row.waived_at, row.waived_by, row.waived_reason = timezone.now(), actor, reason.strip()[:500]
    row.save()
    _log(row, "policy.waive", actor, reason=row.waived_reason)


@transaction.atomic
def waive_all(notices: Iterable[Notice], reason: str, actor: AbstractBaseUser) -> int:
    """Waive notices for one reason, each with its own entry; return how many. Those that are public are passed over.

    Raises Refused where nobody says why.
    """
    if not reason.strip():
        raise Refused(_("Nobody said why."), _("Write a reason."))
    waived = 0
    for notice in notices:
        if notice.reposted_at is None and notice.waived_at is None:
            waive(notice, reason, actor)
            waived += 1
    return waived


@transaction.atomic
def unwaive(notice: Notice, actor: AbstractBaseUser) -> None:
    """Let the clock of a waived notice run on, as if it had never stopped."""
    row = Notice.objects.select_for_update().get(pk=notice.pk)
    if row.waived_at is None:
        return
    row.waived_at, row.waived_by, row.waived_reason = None, None, ""
    row.save()
    _log(row, "policy.unwaive", actor)


@transaction.atomic
def explain(notice: Notice, reason: str, actor: AbstractBaseUser) -> None:
    """Note why a notice was late or missed; the report says so. Raises Refused where nobody says why."""
    if not reason.strip():
        raise Refused(_("Nobody said why."), _("Write a reason."))
    row = Notice.objects.select_for_update().get(pk=notice.pk)
    row.explained_at, row.explained_by, row.explanation = timezone.now(), actor, reason.strip()[:500]
    row.save()
    _log(row, "policy.explain", actor, reason=row.explanation)


def _log(notice: Notice, action: str, actor: AbstractBaseUser, **data: str) -> None:
    """Write an act into the history of a notice."""
    log(instance=notice, action=action, user=actor, data=data, title=notice.title[:255])
