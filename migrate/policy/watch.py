"""Lists of sources → notices that came up; and what is wrong with a list, said within one interval."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from migrate.archive.reading import read_response
from migrate.config.policy import ListSpec, Source
from migrate.errors import ShangyiError
from migrate.http import MAX_PAGE
from migrate.http.hours import BEIJING
from migrate.i18n import _
from migrate.notices import Moment, Seen
from migrate.policy.asking import Answer, Asker
from migrate.policy.lists import Line, ListRead, read_list
from migrate.policy.moments import Placed, ReadDate, day_of, place, stated
from migrate.policy.store import ListState, PolicyStore
from migrate.records import Finding, Level
from migrate.urls import host_of

_GRACE = timedelta(days=7)
"""How much older than the watch a line may be that comes up later: sources date things back."""
_EXAMPLES = 3


@dataclass(slots=True)
class Asked:
    """What asking the lists of one source gave."""

    lists: int = 0
    unchanged: int = 0
    lines: int = 0
    new: list[Seen] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Watch:
    """What looking at lists needs."""

    asker: Asker
    store: PolicyStore
    read_date: ReadDate
    now: datetime
    slow: float
    """Seconds after which an answer is slow."""

    async def source(self, source: Source, asked: Asked) -> None:
        """Ask the lists of a source; store what is new, with how each list stands. Raises ShangyiError: a full disk."""
        for spec in source.lists:
            asked.lists += 1
            answer = await self.asker.ask(spec.url)
            state = replace(self.store.list_state(spec.url), asked_at=self.now.isoformat())
            if not answer.ok:
                self._fails(state, answer.error, asked, [_down(spec, state, answer, self.now)])
                continue
            asked.unchanged += not answer.fresh
            if answer.seconds > self.slow:
                asked.findings.append(_slow(spec, answer.seconds))
            self._read(source, spec, state, answer, asked)

    def _fails(self, state: ListState, fault: str, asked: Asked, findings: list[Finding]) -> None:
        asked.findings += findings
        since = state.failing_since or self.now.isoformat()
        self.store.write_list(replace(state, failing_since=since, fault=fault))

    def _read(self, source: Source, spec: ListSpec, state: ListState, answer: Answer, asked: Asked) -> None:
        assert answer.resource is not None
        row = answer.resource
        try:
            stored = read_response(self.store.folder, row.warc_file, row.warc_offset, limit=MAX_PAGE)
        except ShangyiError as error:
            finding = Finding(Level.ERROR, "policy.list-changed", spec.url, error.reason, error.hint)
            self._fails(state, "unreadable", asked, [finding])
            return
        said = read_list(spec, stored.body, stored.headers.get("Content-Type"), answer.url)
        if fault := _fault(spec, state, said):
            self._fails(state, fault, asked, [_changed(spec, fault, said, state)])
            return
        asked.lines += len(said.lines)
        taken = _Lines(self, source, spec, state, asked)
        lines = [(seen, what) for line in said.lines for seen, what in taken.take(line)]
        asked.findings += [*_lacking(spec, said), *taken.findings()]
        asked.new += [seen for seen, what in lines if what == "open"]
        now = self.now.isoformat()
        state = replace(state, begun_at=state.begun_at or now, good_at=now, failing_since="", fault="")
        self.store.write_list(replace(state, lines=len(said.lines)), lines)


@dataclass(slots=True)
class _Lines:
    """The lines of one list, as they are taken."""

    watch: Watch
    source: Source
    spec: ListSpec
    state: ListState
    asked: Asked
    foreign: list[str] = field(default_factory=list)
    odd: list[tuple[str, str]] = field(default_factory=list)
    dated: int = 0
    undated: int = 0
    back: int = 0
    """Lines that came up later and are older than the watch."""

    def take(self, line: Line) -> Iterator[tuple[Seen, str]]:
        """Yield a line that was not there before, and its state."""
        said = stated(line.date, self.watch.read_date, self.watch.now)
        self.dated += said is not None
        self.undated += said is None
        if host_of(line.url) not in self.source.own_hosts:
            self.foreign.append(line.url)
            return
        try:
            key = self.watch.store.key(line.url)
        except ValueError:
            self.foreign.append(line.url)
            return
        if self.watch.store.knows(self.source.id, key):
            return
        now = self.watch.now
        unseen = datetime.fromisoformat(self.state.good_at) if self.state.good_at else None
        placed = place(said, unseen, now)
        seen = Seen(
            key, line.url, self.source.id, line.title, placed.moment, now, self.source.within, self.source.column
        )
        if self._is_before(said):
            self.back += bool(self.state.begun_at)
            yield seen, "before"
            return
        self._note(line, placed)
        yield seen, "open"

    def _note(self, line: Line, placed: Placed) -> None:
        if (placed.odd and self.state.begun_at) or placed.odd == "future":
            self.odd.append((line.url, placed.odd))

    def _is_before(self, said: Moment | None) -> bool:
        """Say whether a line is older than what is reposted. One without a date is so only if it was there first."""
        if self.source.since:
            return said is not None and said.latest < day_of(date.fromisoformat(self.source.since)).earliest
        if not self.state.begun_at:
            return said is None or said.latest < self.watch.now - self.source.within
        begun = datetime.fromisoformat(self.state.begun_at)
        return said is not None and said.latest < begun - max(self.source.within, _GRACE)

    def findings(self) -> Iterator[Finding]:
        """Yield what is odd about the lines."""
        if self.foreign:
            message = _("{n} lines lead to hosts that may not be asked: {urls}").format(
                n=len(self.foreign), urls=", ".join(self.foreign[:_EXAMPLES])
            )
            hint = _("They are left out. If they are the source's, add their hosts to “hosts” in mappings/policy.yaml.")
            yield Finding(Level.WARNING, "policy.foreign-host", self.spec.url, message, hint)
        if self.undated and not self.dated:
            message = _("No line of the list has a date that can be read.")
            hint = _("Has the list changed? When its notices were published is known only by when they came up. {fix}")
            yield Finding(Level.ERROR, "policy.no-dates", self.spec.url, message, hint.format(fix=_fix()))
        if self.back:
            message = _("{n} lines came up that are older than the watch; they are not reposted.").format(n=self.back)
            hint = _("To have one all the same: shangyi policy repost URL")
            yield Finding(Level.NOTE, "policy.before", self.spec.url, message, hint)
        words = {
            "late": _("It came up later than the time that the list says."),
            "future": _("The list gives it a time that was still to come."),
        }
        for url, odd in self.odd:
            hint = _("Its deadline is counted by when it came up, too; look at the bounds.")
            yield Finding(Level.NOTE, f"policy.dated-{odd}", url, words[odd], hint)


def _fix() -> str:
    return _("Compare the list with its lines in mappings/policy.yaml.")


def _fault(spec: ListSpec, state: ListState, said: ListRead) -> str:
    """Return why a list can't be gone by; empty if it can. One that was always empty may be so."""
    if said.fault:
        return said.fault
    if not said.found:
        return "no-lines" if state.lines or spec.form == "html" else ""
    return "" if said.lines else f"no-{said.without[0]}"


def _changed(spec: ListSpec, fault: str, said: ListRead, state: ListState) -> Finding:
    words = {
        "not-json": _("It is no JSON."),
        "not-xml": _("It is no XML."),
        "not-html": _("It is no page."),
        "entities": _("Its XML declares entities, which no feed needs."),
        "no-items": _("“items” leads to no list."),
        "no-lines": _("It has no lines; before it had {n}.").format(n=state.lines)
        if state.lines
        else _("It has no lines."),
        "no-title": _("None of its {n} lines has a title.").format(n=said.found),
        "no-link": _("None of its {n} lines has a link.").format(n=said.found),
    }
    message = _("The list can't be read any more: {reason}").format(reason=words[fault])
    if not state.begun_at:
        message = _("The list can't be read: {reason}").format(reason=words[fault])
    return Finding(Level.ERROR, "policy.list-changed", spec.url, message, _fix())


def _lacking(spec: ListSpec, said: ListRead) -> Iterator[Finding]:
    if said.without:
        message = _("{n} of {of} lines have no title or no link.").format(n=len(said.without), of=said.found)
        yield Finding(Level.WARNING, "policy.list-changed", spec.url, message, _fix())


def _down(spec: ListSpec, state: ListState, answer: Answer, now: datetime) -> Finding:
    since = datetime.fromisoformat(state.failing_since) if state.failing_since else now
    if answer.error in ("host-not-allowed", "robots"):
        words = {
            "host-not-allowed": _("The list redirects to a host that may not be asked: {url}").format(url=answer.url),
            "robots": _("robots.txt does not allow this list."),
        }
        hint = _("Look at it in a browser; correct mappings/policy.yaml.")
        return Finding(Level.ERROR, "policy.refused", spec.url, words[answer.error], hint)
    message = _("The list has not answered since {since}: {reason}").format(since=beijing(since), reason=answer.error)
    hint = _("Every round asks again. Until it answers, look at the source by hand: shangyi policy repost URL")
    return Finding(Level.ERROR, "policy.source-down", spec.url, message, hint)


def _slow(spec: ListSpec, seconds: float) -> Finding:
    message = _("The list took {n} seconds to answer.").format(n=round(seconds, 1))
    hint = _("Nothing is lost. If it stays so, raise “timeout” in mappings/policy.yaml.")
    return Finding(Level.WARNING, "policy.slow", spec.url, message, hint)


def beijing(moment: datetime) -> str:
    """Return a moment as people here read it."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def due(source: Source, state_of: Callable[[str], ListState], now: datetime) -> bool:
    """Say whether a source is to be asked by its interval: one of its lists has not been for so long."""
    asked = [state_of(spec.url).asked_at for spec in source.lists]
    return any(not at or now - datetime.fromisoformat(at).astimezone(UTC) >= source.gap for at in asked)
