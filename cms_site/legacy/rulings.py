"""What a ruling on an old URL may say, and what it does at once: the one way in which decisions are written.

A form, a file, marks in a list and a page that goes all end here. A decision is laid over the entries by every import;
what needs none of their content (redirected, archived, gone, undecided) answers visitors from now on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry, Page, Site

from cms_site.legacy.addresses import page_at
from cms_site.legacy.models import Decision, OldSite, OldUrl
from cms_site.legacy.redirects import lead, places, portal_hosts
from cms_site.legacy.rows import update_rows
from cms_site.portal.models import ColumnPage
from migrate.errors import ShangyiError
from migrate.records import DECISION, MAP_RULE
from migrate.redirects import Places, SiteRules
from migrate.urls import canonical, host_of

OUTCOMES = tuple(choice for choice in OldUrl.Outcome.values if choice != OldUrl.Outcome.FAILED)
"""`failed` is a state, nothing that anybody decides."""

CHUNK = 500
"""Addresses asked for in one query."""

_ACTION = "legacy.decide"
_EFFECT = ("outcome", "reason", "rule", "target_id", "target_url", "follows_id", "held")
"""Columns of an old URL that a decision writes at once."""
_SAID = ("outcome", "column", "reason", "release", "apart", "accepted", "masks")
_DECIDED = (*_SAID, "actor_id", "decided_at", "undo")
_UNRULED: dict[str, Any] = {
    "outcome": OldUrl.Outcome.UNDECIDED.value,
    "reason": "",
    "rule": "",
    "target_id": None,
    "target_url": "",
    "follows_id": None,
}
"""What an address is on which nobody ruled, as far as the portal can tell."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What somebody says shall become of one old URL."""

    outcome: str
    column: str = ""
    reason: str = ""
    release: bool = False
    apart: bool = False
    accepted: str = ""
    masks: str = ""

    @classmethod
    def of(cls, decision: Decision) -> "Ruling":
        """Return what a decision says."""
        return cls(**{name: getattr(decision, name) for name in _SAID})


class Refused(ValueError):
    """A ruling that can't be: which field is wrong, and why, for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Judge:
    """Says of rulings on one site's addresses whether they can be. Remembers the portal's pages by path."""

    def __init__(self, site: OldSite) -> None:
        self.site = site
        self._rules = site.url_rules
        self._pages: dict[str, Page | None] = {}
        self._visible: dict[int, bool] = {}
        self._leads: dict[str, tuple[int | None, str, int | None]] = {}

    def fold(self, url: str) -> str:
        """Return the canonical form of an address in any spelling: a path alone is one of the site. Raises Refused."""
        url = url.strip()
        if url.startswith("/") and not url.startswith("//"):
            url = f"http://{host_of(self.site.url)}{url}"
        elif "://" not in url:
            url = f"http://{url.lstrip('/')}"
        if not self._rules.owns(host_of(url)):
            raise Refused("canonical", _("This address is not on a host of the site."))
        try:
            return canonical(url, self._rules)
        except ValueError:
            raise Refused("canonical", _("This is no address.")) from None

    def accept(self, ruling: Ruling, old: OldUrl | None) -> Ruling:
        """Return the ruling with its column as a portal path. Raises Refused: nobody could follow it.

        `old` is what is known of the address.
        """
        if ruling.outcome not in OUTCOMES:
            raise Refused("outcome", _("There is no such outcome: %(outcome)s") % {"outcome": ruling.outcome[:50]})
        if len(ruling.reason) > 500:
            raise Refused("reason", _("The reason is longer than 500 characters."))
        column = self._column(ruling, old)
        if ruling.outcome == OldUrl.Outcome.GONE and not ruling.reason.strip():
            raise Refused("reason", _("Say why: visitors read it."))
        if ruling.outcome == OldUrl.Outcome.ARCHIVE and not _has_capture(old):
            raise Refused("outcome", _("Nothing was captured at this address: there is nothing to show as archived."))
        return replace(ruling, column=column, reason=ruling.reason.strip())

    def _column(self, ruling: Ruling, old: OldUrl | None) -> str:
        moves_page = ruling.outcome == OldUrl.Outcome.MOVE and not _is_file(old)
        if not ruling.column.strip():
            if ruling.outcome == OldUrl.Outcome.REDIRECT or (moves_page and not self._has_place(old)):
                raise Refused("column", _("Say where to: the path of a column, such as /towns/dahe/notices/."))
            return ""
        if ruling.outcome == OldUrl.Outcome.REDIRECT and leads_elsewhere(ruling.column):
            return self._elsewhere(ruling.column.strip(), old)
        path = self._path(ruling.column.strip())
        page = self.page_at(path)
        if page is None:
            raise Refused("column", _("The portal has no page at this path."))
        if moves_page and not self._is_visible_column(page):
            raise Refused("column", _("Pages move into columns that visitors see: this is none."))
        return path

    def _elsewhere(self, target: str, old: OldUrl | None) -> str:
        """Return an address that is no page of the portal as the target of a redirect. Raises Refused."""
        allowed = frozenset(self.site.target_hosts)
        if self._places.refusal(target, SiteRules(self.site.slug, self._rules, allowed)):
            raise Refused("column", _("Addresses of this site may not lead to that host."))
        if self._places.site_of(target) is None:
            return target
        _page, _url, follows = self._lead(target)
        if follows is None and host_of(target) not in allowed:
            raise Refused("column", _("Nobody knows that old address, so it leads nowhere."))
        if follows is not None and old is not None and follows == old.pk:
            raise Refused("column", _("That address leads back to this one."))
        return target

    @cached_property
    def _places(self) -> Places:
        return places()

    def _path(self, column: str) -> str:
        if "://" in column:
            parts = urlsplit(column)
            if (parts.hostname or "") not in {site.hostname for site in Site.objects.all()}:
                raise Refused("column", _("This address is not in the portal."))
            column = parts.path
        return "/" + column.strip("/") + "/" if column.strip("/") else "/"

    def page_at(self, path: str) -> Page | None:
        """Return the page at a portal path, or None."""
        if path not in self._pages:
            self._pages[path] = page_at(path)
        return self._pages[path]

    def _is_visible_column(self, page: Page) -> bool:
        if page.pk not in self._visible:
            hidden = ColumnPage.objects.ancestor_of(page, inclusive=True).filter(hidden=True)
            self._visible[page.pk] = isinstance(page.specific, ColumnPage) and not hidden.exists()
        return self._visible[page.pk]

    def _has_place(self, old: OldUrl | None) -> bool:
        """Say whether import knows a column for its page: of a held article nobody need be told."""
        placed = old.imported.column if old is not None and old.imported is not None else None
        return placed is not None and self._is_visible_column(placed)

    def effect(self, ruling: Ruling, old: OldUrl) -> dict[str, Any]:
        """Return the columns of an old URL as an accepted ruling writes them; empty where only an import can act."""
        if ruling.outcome == OldUrl.Outcome.MOVE:
            return {}
        page, url, follows = (
            self._lead(ruling.column) if ruling.outcome == OldUrl.Outcome.REDIRECT else (None, "", None)
        )
        return {
            "outcome": ruling.outcome,
            "reason": ruling.reason or old.reason,
            "rule": DECISION,
            "target_id": page,
            "target_url": url,
            "follows_id": follows,
            "held": [] if ruling.release else old.held,
        }

    def _lead(self, column: str) -> tuple[int | None, str, int | None]:
        """Return (page, address that is no page, old URL to follow) of a redirect's target."""
        if column not in self._leads:
            page = None if leads_elsewhere(column) else self.page_at(column)
            self._leads[column] = (page.pk, "", None) if page is not None else lead(self.site, column)
        return self._leads[column]


def leads_elsewhere(column: str) -> bool:
    """Say whether the target of a redirect is an address outside the portal."""
    return "://" in column and host_of(column.strip()) not in portal_hosts()


def known(site: OldSite, keys: Iterable[str]) -> dict[str, OldUrl]:
    """Return canonical URL → what is known of it, with all that a judge reads."""
    rows = OldUrl.objects.filter(site=site, canonical__in=list(keys)).select_related("imported__column")
    return {row.canonical: row for row in rows.defer("text", "imported__evidence")}


def _is_file(old: OldUrl | None) -> bool:
    return old is not None and old.kind in ("attachment", "image")


def _has_capture(old: OldUrl | None) -> bool:
    """Say whether there are bytes of its own behind an address; what only led on to another has none."""
    return old is not None and bool(old.warc_file) and old.warc_offset is not None and old.follows_id is None


@dataclass(frozen=True, slots=True)
class Done:
    """What writing one decision changed, as data that `revoke` takes back."""

    canonical: str
    earlier: dict[str, Any] | None
    """The decision before, None where there was none."""
    undo: dict[str, Any]


def write(
    judge: Judge, rulings: Mapping[str, Ruling], actor: AbstractBaseUser, *, data: dict[str, Any] | None = None
) -> list[Done]:
    """Write accepted rulings, canonical URL → ruling, and let them take effect. Returns what changed, for undoing.

    All or nothing; each is noted in the history of its address, under the actor's name.
    """
    keys = list(rulings)
    found: list[Done] = []
    with transaction.atomic():
        for start in range(0, len(keys), CHUNK):
            chunk = {key: rulings[key] for key in keys[start : start + CHUNK]}
            found += _write_chunk(judge, chunk, actor, data or {})
    return found


def _write_chunk(judge: Judge, rulings: dict[str, Ruling], actor: AbstractBaseUser, data: dict[str, Any]) -> list[Done]:
    decisions = {row.canonical: row for row in Decision.objects.filter(site=judge.site, canonical__in=rulings)}
    olds = {row.canonical: row for row in OldUrl.objects.filter(site=judge.site, canonical__in=rulings)}
    earlier = {key: decision_data(row) for key, row in decisions.items()}
    undo = _take_effect(judge, rulings, olds)
    _write_decisions(judge.site, rulings, decisions, undo, actor)
    subjects: list[tuple[models.Model, dict[str, Any]]] = []
    for key, ruling in rulings.items():
        note = data | {"before": _told(earlier.get(key), undo[key]), "after": asdict(ruling)}
        subjects.append((olds.get(key) or decisions[key], note))
    note_history(subjects, actor)
    return [Done(key, earlier.get(key), undo[key]) for key in rulings]


def _write_decisions(
    site: OldSite,
    rulings: dict[str, Ruling],
    decisions: dict[str, Decision],
    undo: dict[str, dict[str, Any]],
    actor: AbstractBaseUser,
) -> None:
    """Write the decisions; each keeps what its address was before the first that answered visitors at once."""
    now = timezone.now()
    new = [
        Decision(site=site, canonical=key, actor=actor, undo=undo[key], **asdict(ruling))
        for key, ruling in rulings.items()
        if key not in decisions
    ]
    for key, row in decisions.items():
        if row.outcome == OldUrl.Outcome.MOVE:
            row.undo = undo[key]
        for name, value in asdict(rulings[key]).items():
            setattr(row, name, value)
        row.actor, row.decided_at = actor, now
    update_rows(Decision, list(decisions.values()), _DECIDED)
    decisions |= {row.canonical: row for row in Decision.objects.bulk_create(new)}


def _take_effect(judge: Judge, rulings: dict[str, Ruling], olds: dict[str, OldUrl]) -> dict[str, dict[str, Any]]:
    """Change the old URLs, or make them; return of each what undoing needs."""
    undo: dict[str, dict[str, Any]] = {}
    changed, new = [], []
    for key, ruling in rulings.items():
        old = olds.get(key)
        row = old or OldUrl(site=judge.site, canonical=key, url=key, kind="other", outcome=OldUrl.Outcome.UNDECIDED)
        wanted = judge.effect(ruling, row)
        before = {name: getattr(row, name) for name in wanted}
        undo[key] = {"before": before, "after": wanted, "created": old is None and bool(wanted)}
        if wanted == before and old is not None:
            continue
        for name, value in wanted.items():
            setattr(row, name, value)
        if old is not None:
            changed.append(row)
        elif wanted:
            new.append(row)
    update_rows(OldUrl, changed, _EFFECT)
    olds |= {row.canonical: row for row in OldUrl.objects.bulk_create(new)}
    for row in (*changed, *new):
        if row.follows_id is not None:
            undo[row.canonical] |= _follow_on(row)
    return undo


def _follow_on(row: OldUrl) -> dict[str, Any]:
    """Have a row follow the last address of its chain, and its followers with it. Returns what undoing needs of that.

    Raises ShangyiError where the chain comes back to the row: others of the same batch may have led there.
    """
    passed = {row.pk}
    while (further := OldUrl.objects.filter(pk=row.follows_id).values_list("follows", flat=True).first()) is not None:
        if further in passed or row.follows_id in passed:
            raise ShangyiError(
                _("%(url)s would lead in a circle.") % {"url": row.canonical},
                _("Lead one of these addresses to the portal, or say what has become of it."),
            )
        passed.add(row.follows_id)
        row.follows_id = further
    followers = list(OldUrl.objects.filter(follows=row.pk).values_list("pk", flat=True))
    OldUrl.objects.filter(pk__in=[row.pk, *followers]).update(follows=row.follows_id)
    return {"last": row.follows_id, "followers": followers}


def _told(earlier: dict[str, Any] | None, undo: dict[str, Any]) -> dict[str, Any]:
    """Return what stood before, for the history: the earlier decision, else what the mapping had made of it."""
    if earlier is not None:
        return {name: earlier[name] for name in _SAID if name in earlier}
    before = {} if undo["created"] else undo["before"]
    return {"outcome": before["outcome"], "reason": before["reason"]} if before else {}


def decision_data(row: Decision) -> dict[str, Any]:
    """Return a decision as data, who made it and when included."""
    told = asdict(Ruling.of(row))
    return told | {"actor": row.actor_id, "decided_at": row.decided_at.isoformat()}


def revoke(site: OldSite, done: Iterable[Done], rulings: Mapping[str, Ruling], actor: AbstractBaseUser) -> list[str]:
    """Take back decisions that `write` wrote. Returns the addresses that somebody ruled otherwise since: these stay.

    What an import has made of an address since stays, too, until the next one lays the decisions over anew.
    """
    kept: list[str] = []
    with transaction.atomic():
        items = list(done)
        for start in range(0, len(items), CHUNK):
            kept += _revoke_chunk(site, items[start : start + CHUNK], rulings, actor)
    return kept


def _revoke_chunk(site: OldSite, done: list[Done], rulings: Mapping[str, Ruling], actor: AbstractBaseUser) -> list[str]:
    keys = [item.canonical for item in done]
    decisions = {row.canonical: row for row in Decision.objects.filter(site=site, canonical__in=keys)}
    olds = {row.canonical: row for row in OldUrl.objects.filter(site=site, canonical__in=keys)}
    kept: list[str] = []
    taken: list[Done] = []
    for item in done:
        decision = decisions.get(item.canonical)
        same = decision is not None and Ruling.of(decision) == rulings[item.canonical]
        (taken if same else kept).append(item if same else item.canonical)
    notes: list[tuple[models.Model, dict[str, Any]]] = []
    for item in taken:
        if (old := olds.get(item.canonical)) is not None:
            ruled, again = asdict(rulings[item.canonical]), _told(item.earlier, item.undo)
            notes.append((old, {"before": ruled, "after": again, "undone": True}))
    note_history(notes, actor)
    _put_back_urls([(olds[item.canonical], item.undo) for item in taken if item.canonical in olds])
    _put_back_decisions([(decisions[item.canonical], item.earlier) for item in taken])
    return kept


def take_away(decision: Decision, actor: AbstractBaseUser) -> None:
    """Delete a decision. Where it answered visitors at once, its address is again what it was before, at once, too.

    Where nobody noted what that was (a redirect map ruled), the address is undecided until the next import.
    """
    with transaction.atomic():
        old = OldUrl.objects.filter(site=decision.site_id, canonical=decision.canonical).first()
        if old is not None and decision.outcome == old.outcome != OldUrl.Outcome.MOVE:
            undo = _undo_of(decision, old)
            note = {"before": asdict(Ruling.of(decision)), "after": _told(None, undo), "undone": True}
            note_history([(old, note)], actor)
            _put_back_urls([(old, undo)])
        decision.delete()


def _undo_of(decision: Decision, old: OldUrl) -> dict[str, Any]:
    """Return what taking a decision away does to its address, whatever imports have written there since."""
    noted = decision.undo or {}
    if noted.get("created") and old.kind == "other" and not old.warc_file and old.imported_id is None:
        return noted | {"after": {}}
    before = {} if noted.get("created") else noted.get("before", {})
    if not before and old.rule in (DECISION, MAP_RULE):
        before = _UNRULED | {"held": old.held}
    return noted | {"before": before, "after": {}, "created": False}


def _put_back_urls(changes: list[tuple[OldUrl, dict[str, Any]]]) -> None:
    """Put old URLs back as they were; those that an import has written since stay as they are."""
    still = [(old, undo) for old, undo in changes if _stands(old, undo)]
    for old, undo in still:
        if undo.get("followers"):  # those that it took along follow it again
            OldUrl.objects.filter(pk__in=undo["followers"], follows=undo["last"]).update(follows=old.pk)
    OldUrl.objects.filter(pk__in=[old.pk for old, undo in still if undo["created"]]).delete()
    back = [(old, undo["before"]) for old, undo in still if undo["before"] and not undo["created"]]
    pages = _existing(Page, (before["target_id"] for _old, before in back))
    leaders = _existing(OldUrl, (before["follows_id"] for _old, before in back))
    for old, before in back:
        for name, value in before.items():
            setattr(old, name, value)
        old.target_id = old.target_id if old.target_id in pages else None  # what it led to may be gone by now
        old.follows_id = old.follows_id if old.follows_id in leaders else None
    update_rows(OldUrl, [old for old, _before in back], _EFFECT)


def _stands(old: OldUrl, undo: dict[str, Any]) -> bool:
    after = undo["after"]
    if after and "last" in undo:
        after = after | {"follows_id": undo["last"]}
    return all(getattr(old, name) == value for name, value in after.items())


def _existing(model: type[models.Model], numbers: Iterable[int | None]) -> set[int]:
    wanted = {number for number in numbers if number is not None}
    return set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _put_back_decisions(changes: list[tuple[Decision, dict[str, Any] | None]]) -> None:
    Decision.objects.filter(pk__in=[row.pk for row, earlier in changes if earlier is None]).delete()
    back = []
    for row, earlier in changes:
        if earlier is not None:
            for name, value in earlier.items():
                setattr(row, "actor_id" if name == "actor" else name, value)
            row.decided_at = parse_datetime(earlier["decided_at"])
            back.append(row)
    for row in back:  # not `update_rows`: the time of the decision is its own, not now
        Decision.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in _DECIDED})


def note_history(subjects: Iterable[tuple[models.Model, dict[str, Any]]], actor: AbstractBaseUser) -> None:
    """Note rulings in the history of their addresses: (old URL or decision, before and after)."""
    now = timezone.now()
    entries = [
        ModelLogEntry(
            content_type=ContentType.objects.get_for_model(subject),
            object_id=str(subject.pk),
            label=str(subject)[:200],
            action=_ACTION,
            timestamp=now,
            user=actor,
            data=data,
            content_changed=True,
        )
        for subject, data in subjects
    ]
    ModelLogEntry.objects.bulk_create(entries, batch_size=CHUNK)


def told_ruling(data: Mapping[str, Any]) -> str:
    """Return what the history says of a ruling: before → after, and why."""
    before, after = (_words(data.get(name) or {}) for name in ("before", "after"))
    undone = _("Undone: ") if data.get("undone") else ""
    return f"{undone}{before} → {after}" if before else f"{undone}{after}"


def _words(ruling: Mapping[str, Any]) -> str:
    outcome = dict(OldUrl.Outcome.choices).get(ruling.get("outcome", ""), "")
    marks = [_("release")] if ruling.get("release") else []
    marks += [_("apart")] if ruling.get("apart") else []
    marks += [_("masked")] if ruling.get("masks") else []
    parts = [str(outcome), ruling.get("column", ""), *marks]
    reason = f"（{ruling['reason']}）" if ruling.get("reason") else ""
    return " ".join(part for part in parts if part) + reason
