"""When a source published something, as it says itself and as the watch has seen it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

from migrate.http.hours import BEIJING
from migrate.notices import Moment

ReadDate = Callable[[str], str | None]
"""Text → ISO date, or date-time in Beijing time; None where it holds none."""

_DAY_OF_A_YEAR = re.compile(r"[\s\[(（【]*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[\s\])）】]*")
_CHINAS = re.compile(r"\bCST$")
"""China Standard Time: in RFC 822 it is Chicago's, which no portal here means."""
_SECOND = timedelta(seconds=1)
_LAG = timedelta(hours=1)
"""How much later than its own time a line may come up before that is worth a word: lists are put together now and
then, and come through caches."""


@dataclass(frozen=True, slots=True)
class Placed:
    """When something was published, and what is odd about it."""

    moment: Moment
    odd: str = ""
    """`late`: it came up later than it says; `future`: it says a time that is still to come."""


def stated(text: str, read_date: ReadDate, now: datetime | None = None) -> Moment | None:
    """Return when a text says: a moment where it has a time, else the bounds of the day, in Beijing time.

    None where it says nothing that can be read. With `now`, a day without its year is the last one of that name.
    """
    text = text.strip()
    if not text:
        return None
    if moment := _of_mail(text) or _of_iso(text):
        return Moment(moment, moment)
    found = read_date(text) or (_last_of_name(text, now) if now is not None else "")
    if not found:
        return None
    try:
        if len(found) > len("2026-11-22"):
            moment = datetime.fromisoformat(found).replace(tzinfo=BEIJING).astimezone(UTC)
            return Moment(moment, moment)
        return day_of(date.fromisoformat(found))
    except (ValueError, OverflowError):
        return None


def day_of(day: date) -> Moment:
    """Return the bounds of a day in Beijing: from its first second to its last."""
    begin = datetime.combine(day, time(), BEIJING).astimezone(UTC)
    return Moment(begin, begin + timedelta(days=1) - _SECOND)


def _last_of_name(text: str, now: datetime) -> str:
    """Return the ISO date of a day without its year, `[11-22]`, as lists show it; empty where it is none."""
    named = _DAY_OF_A_YEAR.fullmatch(text)
    if named is None:
        return ""
    tomorrow = now.astimezone(BEIJING).date() + timedelta(days=1)  # clocks differ
    for year in range(tomorrow.year, tomorrow.year - 5, -1):  # 29 February
        try:
            day = date(year, int(named[1]), int(named[2]))
        except ValueError:
            continue
        if day <= tomorrow:
            return day.isoformat()
    return ""


def _of_mail(text: str) -> datetime | None:
    """Return a date as feeds write it (RFC 822), with its zone."""
    if "," not in text[:5]:
        return None
    try:
        moment = parsedate_to_datetime(_CHINAS.sub("+0800", text))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None


def _of_iso(text: str) -> datetime | None:
    """Return a full ISO date-time, seconds kept; without a zone it is Beijing's."""
    if not _has_time(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _has_time(text: str) -> bool:
    """Say whether a time is written that is more than the midnight which templates print for a date alone."""
    clock = text.replace("T", " ").partition(" ")[2][:8]
    return ":" in clock and any(figure in clock for figure in "123456789")


def place(said: Moment | None, unseen: datetime | None, seen: datetime) -> Placed:
    """Return when something was published that says `said`, was not in the list at `unseen` and was there at `seen`.

    What the source says of an exact time stands: an inspection counts from it. A day is narrowed by what was seen.
    Where that contradicts the day, the bounds hold both: from what is said until it came up.
    """
    if said is None:
        return Placed(Moment(unseen or _midnight(seen), seen))
    if said.earliest > seen:
        return Placed(Moment(unseen or _midnight(seen), seen), "future")
    late = unseen is not None and said.latest < unseen
    if said.exact:
        return Placed(said, "late" if late and unseen is not None and unseen - said.latest > _LAG else "")
    if late:
        return Placed(Moment(said.earliest, seen), "late")
    return Placed(Moment(max(said.earliest, unseen or said.earliest), min(said.latest, seen)))


def _midnight(moment: datetime) -> datetime:
    return day_of(moment.astimezone(BEIJING).date()).earliest


def narrowed(known: Moment, page: Moment | None, seen: datetime) -> Moment:
    """Return when a notice was published, by what is known of it and what its own page says.

    The page's time stands if it can be; its day narrows the bounds where they agree.
    """
    if page is None or page.earliest > seen:
        return known
    if page.exact:
        return page
    if known.exact:
        return known
    earliest, latest = max(known.earliest, page.earliest), min(known.latest, page.latest)
    return Moment(earliest, latest) if earliest <= latest else known
