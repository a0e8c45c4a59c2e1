"""The clock of a notice: every state, at its very bounds; weekends; and that SQL says the same."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Page, Workflow

from cms_site.policy.clock import PageState, Times, sharpened, state_of
from cms_site.policy.models import Notice
from cms_site.policy.standing import with_states
from cms_site.portal.models import ColumnPage, PolicyPage
from migrate.notices import Moment, NoticeState

from .central import DAY, MORNING, moment

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
ONLY_A_DAY = moment(datetime(2026, 11, 19, 16, tzinfo=UTC), DAY - SECOND)
"""Friday the 20th in Beijing, the hour unknown."""
S, P = NoticeState, PageState


@pytest.mark.parametrize(
    ("published", "reposted", "waived", "page", "now", "state"),
    [
        # the source told the time: 24 hours from Friday nine o'clock, Saturday or not
        (moment(), None, None, P.NONE, MORNING, S.NEW),
        (moment(), None, None, P.DRAFT, MORNING + HOUR, S.DRAFTED),
        (moment(), None, None, P.REVIEW, MORNING + HOUR, S.IN_REVIEW),
        (moment(), None, None, P.NONE, MORNING + DAY, S.NEW),
        (moment(), None, None, P.NONE, MORNING + DAY + SECOND, S.MISSED),
        (moment(), None, None, P.REVIEW, MORNING + DAY + SECOND, S.MISSED),
        (moment(), MORNING + DAY, None, P.DRAFT, MORNING + 9 * DAY, S.IN_TIME),
        (moment(), MORNING + DAY + SECOND, None, P.DRAFT, MORNING + 9 * DAY, S.LATE),
        (moment(), None, MORNING + HOUR, P.DRAFT, MORNING + 9 * DAY, S.WAIVED),
        (moment(), MORNING + 2 * HOUR, MORNING + HOUR, P.DRAFT, MORNING + 9 * DAY, S.IN_TIME),
        # it told only the day: late is what is late by the later bound, too
        (ONLY_A_DAY, None, None, P.DRAFT, ONLY_A_DAY.earliest + DAY + SECOND, S.DRAFTED),
        (ONLY_A_DAY, None, None, P.DRAFT, ONLY_A_DAY.latest + DAY, S.DRAFTED),
        (ONLY_A_DAY, None, None, P.DRAFT, ONLY_A_DAY.latest + DAY + SECOND, S.MISSED),
        (ONLY_A_DAY, ONLY_A_DAY.earliest + DAY + SECOND, None, P.NONE, MORNING + 9 * DAY, S.IN_TIME),
        (ONLY_A_DAY, ONLY_A_DAY.latest + DAY, None, P.NONE, MORNING + 9 * DAY, S.IN_TIME),
        (ONLY_A_DAY, ONLY_A_DAY.latest + DAY + SECOND, None, P.NONE, MORNING + 9 * DAY, S.LATE),
    ],
)
def test_states(published, reposted, waived, page, now, state):
    assert state_of(Times(published, DAY, reposted, waived), page, now) is state


def test_a_weekend_stops_nothing():
    """Friday evening in Beijing; on Monday morning it is missed, whoever had the weekend off."""
    evening = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
    times = Times(moment(evening), DAY)
    assert times.due.weekday() == 5 and times.due - evening == DAY
    assert state_of(times, P.DRAFT, evening + 3 * DAY) is S.MISSED


def test_in_time_by_the_later_bound_alone():
    by_both = Times(ONLY_A_DAY, DAY, ONLY_A_DAY.earliest + DAY)
    by_one = Times(ONLY_A_DAY, DAY, ONLY_A_DAY.earliest + DAY + SECOND)
    assert by_both.surely_in_time and not by_one.surely_in_time
    assert by_one.hours() == pytest.approx((2 / 3600, 24 + 1 / 3600))
    assert Times(moment(), DAY, MORNING - HOUR).hours() == (0.0, 0.0)  # a clock that runs ahead took no time


@pytest.mark.parametrize(
    ("known", "told", "left"),
    [
        (moment(MORNING, 5 * HOUR), moment(MORNING + 2 * HOUR), moment(MORNING + 2 * HOUR)),
        (moment(MORNING, 5 * HOUR), moment(MORNING - HOUR, 3 * HOUR), moment(MORNING, 2 * HOUR)),
        (moment(), moment(MORNING - HOUR, 3 * HOUR), moment()),
        (moment(MORNING, HOUR), moment(MORNING + 9 * HOUR), moment(MORNING + 9 * HOUR)),
        (moment(MORNING, HOUR), moment(MORNING + 9 * HOUR, HOUR), moment(MORNING, HOUR)),
        (moment(), moment(MORNING + HOUR), moment()),
    ],
)
def test_two_accounts_of_one_publication(known, told, left):
    assert sharpened(known, told) == left


times = st.integers(-400, 400).map(lambda number: MORNING + number * HOUR)


@given(times, st.integers(0, 30), times, st.integers(0, 30))
def test_an_account_never_makes_it_vaguer(first, width, second, other):
    known, told = Moment(first, first + width * HOUR), Moment(second, second + other * HOUR)
    found = sharpened(known, told)
    assert found.earliest <= found.latest
    assert found.latest - found.earliest <= known.latest - known.earliest
    assert sharpened(found, told) == found or not told.exact


@given(times, st.integers(0, 30), st.integers(1, 48), times | st.none(), times | st.none(), times)
def test_what_is_late_is_late_by_both_bounds(first, width, hours, reposted, waived, now):
    clock = Times(Moment(first, first + width * HOUR), hours * HOUR, reposted, waived)
    state = state_of(clock, P.DRAFT, now)
    if state is S.LATE:
        assert reposted > clock.due_latest >= clock.due
    if state is S.MISSED:
        assert now > clock.due_latest and reposted is None
    if clock.surely_in_time:
        assert state is S.IN_TIME


@pytest.mark.django_db
def test_lists_say_the_same(built):
    """What `with_states` says in SQL is what `state_of` says, of every mixture of times and pages."""
    column = ColumnPage.objects.get(url_path="/portal/state-council/")
    draft = column.add_child(instance=PolicyPage(title="草稿", live=False))
    reviewed = column.add_child(instance=PolicyPage(title="送审", live=False))
    for page in (draft, reviewed):
        page.save_revision()
    user = get_user_model().objects.create_user("somebody")
    Workflow.objects.get().start(Page.objects.get(pk=reviewed.pk).specific, user)
    pages = {P.NONE: None, P.DRAFT: draft, P.REVIEW: reviewed}
    published = (moment(), ONLY_A_DAY)
    wide = [
        None, *(start + shift for start in (MORNING + DAY, ONLY_A_DAY.latest + DAY) for shift in (-SECOND, SECOND))
    ]  # fmt: skip
    wanted = {}
    for number, (when, page, reposted, waived) in enumerate(product(published, pages, wide, (None, MORNING))):
        row = Notice(
            key=f"http://c.example/{number}", url="http://c.example/", source="c", title="t", within=DAY,
            first_seen=MORNING, column="/", page=pages[page], reposted_at=reposted, waived_at=waived,
        )  # fmt: skip
        row.published = when
        row.save()
        wanted[row.pk] = row.times, page
    for now in (MORNING, *filter(None, wide), MORNING + 9 * DAY):
        said = dict(with_states(now).values_list("pk", "state"))
        assert said == {pk: state_of(clock, page, now).value for pk, (clock, page) in wanted.items()}
        for row in with_states(now):
            assert row.state == said[row.pk]
