"""Good manners: at what hours an old site may be asked."""

import re
from datetime import datetime, time, timedelta, timezone
from typing import NamedTuple

BEIJING = timezone(timedelta(hours=8))
"""The time that hours are told in. They spare a Chinese office in its working hours, so its clock counts, however the
clock of this machine is set: servers often run in UTC. China has one time zone, without summer time."""

_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)


class Hours(NamedTuple):
    """From `begin` until `end`, Beijing time, each day; across midnight where `end` is the earlier one."""

    begin: time
    end: time

    def opens(self, now: datetime) -> datetime | None:
        """Return when asking may go on, in Beijing time; None where `now` is within the hours."""
        here = now.astimezone(BEIJING)
        begun, ended = here.time() >= self.begin, here.time() >= self.end
        across_midnight = self.end < self.begin
        if (begun or not ended) if across_midnight else (begun and not ended):
            return None
        today = here.replace(hour=self.begin.hour, minute=self.begin.minute, second=0, microsecond=0)
        return today if today > here else today + timedelta(days=1)


def parse_hours(text: str) -> Hours | None:
    """Return the hours that `20:00-07:00` means; None where it means none, or hours that never end."""
    found = _HOURS.fullmatch(text)
    if found is None:
        return None
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    try:
        hours = Hours(time(begin_hour, begin_minute), time(end_hour % 24, end_minute))
    except ValueError:
        return None
    if hours.begin == hours.end or end_hour > 24 or (end_hour == 24 and end_minute):
        return None
    return hours
