"""Lists of notices by their state: `clock.state_of`, said in SQL, so that lists can be filtered by what is not kept."""

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, WorkflowState

from cms_site.policy.models import Notice
from migrate.notices import NoticeState

SAME = "same"
"""Of a notice that is another form of one whose clock counts for both."""

STATES = {
    NoticeState.NEW.value: _("new"),
    NoticeState.DRAFTED.value: _("drafted"),
    NoticeState.IN_REVIEW.value: _("in review"),
    NoticeState.IN_TIME.value: _("published in time"),
    NoticeState.LATE.value: _("published late"),
    NoticeState.MISSED.value: _("missed"),
    NoticeState.WAIVED.value: _("need not be reposted"),
    SAME: _("another form"),
}
OPEN = (NoticeState.NEW, NoticeState.DRAFTED, NoticeState.IN_REVIEW, NoticeState.MISSED)
"""States in which somebody still has to do something."""


def in_review() -> Exists:
    """Say of a notice whether its page is in a running workflow."""
    kind = ContentType.objects.get_for_model(Page)
    running = WorkflowState.objects.filter(
        base_content_type=kind,
        object_id=Cast(OuterRef("page_id"), CharField()),
        status=WorkflowState.STATUS_IN_PROGRESS,
    )
    return Exists(running)


def with_states(now: datetime) -> QuerySet[Notice]:
    """Return all notices, each with its `state` as of now."""
    state = Case(
        When(same_as__isnull=False, then=Value(SAME)),
        When(reposted_at__gt=F("due_latest"), then=Value(NoticeState.LATE.value)),
        When(reposted_at__isnull=False, then=Value(NoticeState.IN_TIME.value)),
        When(waived_at__isnull=False, then=Value(NoticeState.WAIVED.value)),
        When(due_latest__lt=now, then=Value(NoticeState.MISSED.value)),
        When(page__isnull=True, then=Value(NoticeState.NEW.value)),
        When(Q(in_review()), then=Value(NoticeState.IN_REVIEW.value)),
        default=Value(NoticeState.DRAFTED.value),
        output_field=CharField(),
    )
    return Notice.objects.annotate(state=state)


def open_notices(now: datetime, within: timedelta | None = None) -> QuerySet[Notice]:
    """Return the notices that are to be reposted yet, the most urgent first; those due `within` a time, if it is said.

    What is overdue or missed is among them until it is published or waived.
    """
    rows = with_states(now).filter(reposted_at=None, waived_at=None, same_as=None)
    return (rows if within is None else rows.filter(due__lte=now + within)).order_by("due", "pk")
