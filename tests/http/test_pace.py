"""How fast and when a host is asked: arithmetic with handed-in time, no waiting."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.http import Client, ClientOptions
from migrate.http.hours import BEIJING, parse_hours
from migrate.http.pace import MAX_GAP, MAX_SLOWER, MIN_SPEED, Pace, too_slow
from tests.harvest.oldsite import HOST, Answer, OldSite


def answers(pace: Pace, now: float, seconds: float, number: int) -> float:
    """Ask one after the other, each answer taking so long; return the moment after the last."""
    for _answer in range(number):
        now += pace.reserve(now)
        pace.answered(now, now + seconds)
        now += seconds
    return now


def test_requests_are_spaced() -> None:
    pace = Pace(2)
    assert [pace.reserve(10.0) for _request in range(3)] == [0.0, 0.5, 1.0]
    assert pace.reserve(20.0) == 0.0
    pace.pause(30.0)
    assert pace.reserve(21.0) == 9.0
    assert [Pace(0).reserve(5.0) for _request in range(2)] == [0.0, 0.0]


def test_robots_txt_is_an_upper_bound() -> None:
    pace = Pace(2)
    pace.limit(0.1)
    assert pace.gap == 10
    pace.limit(5)
    assert pace.gap == 10
    free = Pace(0)
    free.limit(4)
    assert free.gap == 0.25


def test_refusals_halve_the_rate_once_for_all_that_was_under_way() -> None:
    pace = Pace(2)
    for moment in (3.0, 3.1, 3.2):
        pace.refused(asked=2.9, now=moment)
    assert pace.gap == 1.0
    pace.refused(asked=3.3, now=3.5)
    assert pace.gap == 2.0
    for number in range(20):
        pace.refused(10.0 + number, 10.5 + number)
    assert pace.gap == MAX_GAP
    slow = Pace(1 / 60)  # slower than slowing down would make it: it stays as agreed
    slow.refused(1.0, 2.0)
    assert slow.gap == 60


def test_without_a_rate_there_is_something_to_halve() -> None:
    pace = Pace(0)
    now = answers(pace, 0.0, 0.2, 3)
    assert pace.gap == 0
    pace.refused(now, now + 0.2)
    assert pace.gap == pytest.approx(0.4)


def test_rising_latency_halves_the_rate_and_calm_brings_it_back_slowly() -> None:
    pace = Pace(2)
    now = answers(pace, 0.0, 0.4, 30)
    now = answers(pace, now, 2.0, 5)
    assert pace.gap == 0.5  # five slow answers are no trouble yet
    now = answers(pace, now, 2.0, 12)
    assert pace.gap == 1.0
    now = answers(pace, now, 2.0, 12)
    assert pace.gap == 2.0
    now = answers(pace, now, 0.4, 30)
    assert 1.0 < pace.gap < 2.0  # a little faster
    now = answers(pace, now, 0.4, 200)
    assert pace.gap == 0.5


def test_quick_answers_are_never_rising_latency() -> None:
    pace = Pace(2)
    now = answers(pace, 0.0, 0.005, 50)  # pictures
    answers(pace, now, 0.2, 100)  # pages that are computed
    assert pace.gap == 0.5


def test_what_stays_slow_is_not_our_doing() -> None:
    pace = Pace(2)
    now = answers(pace, 0.0, 0.1, 50)
    now = answers(pace, now, 1.5, 100)
    assert pace.gap > 0.5
    answers(pace, now, 1.5, 1500)
    assert pace.gap == 0.5


def played(pace: Pace, workers: int, requests: int, seconds: Callable[[float], float]) -> float:
    """Let workers ask, each as the client does, on a clock that is played; `seconds` is how long an answer takes to
    what is asked at a moment. Return the moment of the last answer.
    """
    now, done = 0.0, 0
    events = [(0.0, number, "turn", 0.0, -1) for number in range(workers)]
    while done < requests:
        now, number, what, moment, plan = heappop(events)
        if what == "turn":
            if plan != pace.plan:  # nothing is reserved, or no longer
                moment, plan = now + pace.reserve(now), pace.plan
            if moment <= now:
                heappush(events, (now + seconds(now), number, "answer", now, -1))
            else:
                heappush(events, (min(moment, now + 1), number, "turn", moment, plan))
        else:
            pace.answered(moment, now)
            done += 1
            heappush(events, (now, number, "turn", 0.0, -1))
    return now


def test_a_server_that_draws_breath_once_costs_no_more_than_that() -> None:
    quiet = played(Pace(0), 16, 5_000, lambda _asked: 0.005)
    hiccup = played(Pace(0), 16, 5_000, lambda asked: 6.0 - asked if 1 <= asked < 6 else 0.005)
    assert hiccup - quiet < 6
    gaps = set()
    pace = Pace(50)

    def answer(asked: float) -> float:
        gaps.add(pace.gap)
        return 6.0 - asked if 1 <= asked < 6 else 0.005

    played(pace, 16, 1_000, answer)
    assert gaps == {0.02}


def test_a_server_without_a_rate_that_was_in_trouble_is_asked_again_as_soon_as_it_is_quick() -> None:
    def troubled(asked: float) -> float:
        return 4.0 if 1 <= asked < 60 else 0.005

    asked = []
    pace = Pace(0)
    ended = played(pace, 16, 5_000, lambda now: asked.append(now) or troubled(now))  # type: ignore[func-returns-value]
    assert sum(30 <= moment < 60 for moment in asked) < 10  # it was left in peace
    assert ended < 60 + 30
    assert pace.gap < 0.05


def test_pages_that_are_slow_between_quick_pictures_are_trouble_all_the_same() -> None:
    numbers = count()
    pace = Pace(0)
    answers(pace, 0.0, 0.005, 20)
    played(pace, 4, 100, lambda _now: 5.0 if next(numbers) % 2 else 0.005)
    assert pace.gap > 1


@given(
    st.floats(0, 100),
    st.lists(st.tuples(st.floats(0, 60), st.sampled_from(["answered", "refused"])), max_size=200),
)
def test_the_pace_is_never_faster_than_agreed_nor_endless(rate: float, events: list[tuple[float, str]]) -> None:
    pace = Pace(rate)
    agreed = 1 / rate if rate else 0.0
    now = 0.0
    for seconds, event in events:
        now += pace.reserve(now)
        getattr(pace, event)(now, now + seconds)
        now += seconds
        assert agreed <= pace.gap <= max(agreed, MAX_GAP, agreed * MAX_SLOWER)


def test_a_drip_is_too_slow_and_a_long_download_is_not() -> None:
    assert not too_slow(299, 1, 300)
    assert too_slow(301, 30, 300)
    assert not too_slow(3600, MIN_SPEED * 3600, 300)
    assert too_slow(3600, 360, 300)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        ("20:00-07:00", "2026-11-21 19:59:59", "2026-11-21 20:00"),
        ("20:00-07:00", "2026-11-21 20:00:00", None),
        ("20:00-07:00", "2026-11-21 23:59:59", None),
        ("20:00-07:00", "2026-11-22 00:00:00", None),
        ("20:00-07:00", "2026-11-22 06:59:59", None),
        ("20:00-07:00", "2026-11-22 07:00:00", "2026-11-22 20:00"),
        ("09:30-17:00", "2026-11-21 09:29:00", "2026-11-21 09:30"),
        ("09:30-17:00", "2026-11-21 16:59:00", None),
        ("09:30-17:00", "2026-12-31 17:00:00", "2027-01-01 09:30"),
        ("18:00-24:00", "2026-11-21 23:59:59", None),
        ("18:00-24:00", "2026-11-22 00:00:00", "2026-11-22 18:00"),
        ("00:00-06:00", "2026-11-21 00:00:00", None),
        ("00:00-06:00", "2026-11-21 06:00:00", "2026-11-22 00:00"),
    ],
)
def test_hours(hours: str, now: str, opens: str | None) -> None:
    parsed = parse_hours(hours)
    assert parsed is not None
    assert parsed.opens(at(now)) == (at(opens) if opens else None)


def test_hours_are_told_in_beijing_time_wherever_the_machine_stands() -> None:
    hours = parse_hours("20:00-07:00")
    assert hours is not None
    assert hours.opens(datetime(2026, 11, 21, 12, 0, tzinfo=UTC)) is None  # 20:00 in Beijing
    opens = hours.opens(datetime(2026, 11, 21, 23, 30, tzinfo=UTC))  # 07:30
    assert opens == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert opens.utcoffset() == timedelta(hours=8)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 2879))
def test_the_moment_of_opening_is_within_the_hours(begin: int, end: int, minute: int) -> None:
    text = "{:02}:{:02}-{:02}:{:02}".format(*divmod(begin, 60), *divmod(end, 60))
    hours = parse_hours(text)
    if begin == end:
        assert hours is None
        return
    assert hours is not None
    now = at("2026-11-21 00:00") + timedelta(minutes=minute)
    opens = hours.opens(now)
    assert opens is None or (now < opens <= now + timedelta(days=1) and hours.opens(opens) is None)


@pytest.mark.parametrize(
    "text", ["", "20-7", "20:00", "20:00-20:00", "00:00-24:00", "24:00-07:00x", "25:00-07:00", "20:60-07:00",
             "20:00-24:01", "２０:00-07:00", "20:00–07:00", "24:00-24:00"],
)  # fmt: skip
def test_what_are_no_hours(text: str) -> None:
    assert parse_hours(text) is None


async def _held_up(address: str, begin: Callable[[], None]) -> float:
    """Return the rate after this process stood still while sixteen answers were on their way; `begin` lets them go."""
    settings = ClientOptions(
        allowed=lambda _host: True, rate=0, concurrency=16, resolve={HOST: address}, timeout=30.0, backoff=0.0
    )
    async with Client(settings) as client:
        for _answer in range(40):
            await client.fetch(f"http://{HOST}/")
        asked = [asyncio.create_task(client.fetch(f"http://{HOST}/late")) for _request in range(16)]
        await asyncio.sleep(0.1)
        begin()
        time.sleep(2)
        assert {answer.status for answer in await asyncio.gather(*asked)} == {200}
        return client.rate


def test_who_stood_still_does_not_blame_the_server() -> None:
    """A process that was stopped, or got no time from a busy machine, finds all answers late. It used to ask as if the
    server were in trouble, with half a minute between two requests.
    """
    with OldSite().served() as site:
        go = threading.Event()
        site.html("/", "首页")

        def late(_site: OldSite) -> Answer:
            go.wait(10)
            return Answer(b"later")

        site.pages["/late"] = late
        assert asyncio.run(_held_up(site.address, go.set)) == 0
