"""An entry as a person ruled on it: numbers of persons masked, and what the person looked at, as a digest.

A release holds for what was looked at: the reasons and numbers of that day. New ones in a later capture hold the page
again. A mask holds for whatever of its kind comes.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote

from migrate.personal import MOBILES_HELD, Hit, find_personal
from migrate.records import PERSONAL_FILE, UNSCREENED, Content, Entry, FileLink, fingerprint

MASKED = {"identity-number": "identity-number", "bank-card": "bank-card", "mobile-numbers": "mobile"}
"""Reason for which something is held → kind of the numbers that are masked to end it. Others no mask ends."""
DOUBTFUL = 0.5
"""Confidence below which an editor should look at a field (`records.Field`)."""

_MARKUP = re.compile(r'<(?P<tag>/?[a-z!][a-z0-9-]*+)?[^<>"]*+(?:"[^"]*"[^<>"]*+)*+>|&#?\w{1,10};|\s++|.', re.IGNORECASE)
_LINE = frozenset(
    "br p div li tr h1 h2 h3 h4 h5 h6 table dd dt dl ul ol hr pre blockquote section article main".split()
)
_CELL = frozenset(("td", "th"))
_HINT = re.compile(r'(?<=\s)(alt|title|summary|name)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class RuledEntry(Entry):
    """An entry with a decision laid over."""

    masked: tuple[str, ...] = ()
    """Reasons that hold no longer, because the content is masked: the archived copy, which is not, they still hold."""
    look: str = ""
    """`look_of` the entry as the rules left it."""


def with_ruling(entry: Entry, masked: tuple[str, ...], look: str) -> RuledEntry:
    """Return the entry with what a decision left of it."""
    values = {field.name: getattr(entry, field.name) for field in fields(Entry)}
    return RuledEntry(**values, masked=masked, look=look)


def ruled_hash(content_hash: str, outcome: str, target: str, held: Collection[str], masks: str) -> str:
    """Return the content hash of an entry on which somebody ruled otherwise than the rules."""
    said = [outcome, target, list(held), *([masks] if masks else [])]
    return f"{content_hash.partition('+')[0]}+{fingerprint(said)[7:15]}"


# what a person looks at


def look_of(entry: Entry) -> str:
    """Return what a person should look at, as a digest in two parts: `<what holds it>-<fields in doubt>`.

    Each part is empty where there is nothing. Neither moves with the rest of the page.
    """
    if entry.content is None:
        return ""
    held = fingerprint(_held_by(entry, entry.content))[7:23] if entry.held else ""
    doubts = [
        [name, field.value] for name, field in sorted(entry.content.evidence.items()) if field.confidence < DOUBTFUL
    ]
    return f"{held}-{fingerprint(doubts)[7:23] if doubts else ''}"


def _held_by(entry: Entry, content: Content) -> list[object]:
    """Return what somebody has to look at who lets a held entry pass; all of it, where no machine could."""
    found: list[object] = [
        sorted(entry.held),
        sorted({(hit.kind, hit.value) for hit in find_personal(_shown(content))}),
    ]
    if PERSONAL_FILE in entry.held:
        found.append(sorted(link.digest for link in content.attachments))
    if UNSCREENED in entry.held:
        found.append(content.body)
    return found


def still_released(accepted: str, look: str) -> bool:
    """Say whether a release is of what holds the entry now; one that names nothing is of all that ever comes."""
    return not accepted or accepted.partition("-")[0] == look.partition("-")[0]


# numbers


class Found(NamedTuple):
    """A number in HTML, and where each of its own characters stands: blanks and tags between them are none of it."""

    hit: Hit
    places: tuple[tuple[int, int], ...]


def find_in_html(html: str) -> list[Found]:
    """Return the numbers that a reader of HTML sees, also those that inline tags part."""
    text, spans = _text(html)
    return [Found(hit, _places(hit, text, spans)) for hit in find_personal(text)]


def plain(html: str) -> str:
    """Return the text of HTML, a line a block, as numbers are looked for in it."""
    return _text(html)[0]


def _text(html: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of HTML, a line a block, and where each of its characters stands."""
    text: list[str] = []
    spans: list[tuple[int, int]] = []
    for piece in _MARKUP.finditer(html):
        shown = _character(piece)
        text += shown
        spans += [piece.span()] * len(shown)
    return "".join(text), spans


def _character(piece: re.Match[str]) -> str:
    """Return what a reader sees of a piece of HTML: as much as tells where a number ends."""
    found = piece[0]
    if found[0] == "<" and len(found) > 1:
        tag = (piece["tag"] or "").lower()
        return "\n" if tag.lstrip("/") in _LINE else " " if tag[1:] in _CELL and tag[0] == "/" else ""
    if found[0] == "&" and len(found) > 1:
        return unescape(found)
    return ("\n" if "\n" in found else " ") if found.isspace() else found


def _places(hit: Hit, text: str, spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return where the characters of a number stand: from where it begins, the row of digits that ends as it does."""
    digits, places = "", []
    for place in range(hit.position, len(text)):
        if (digit := _digit(text[place])) is None:
            continue
        digits += digit
        places.append(spans[place])
        if digits.upper().endswith(hit.value.upper()):
            break
    return tuple(places[-len(hit.value) :])


def _digit(character: str) -> str | None:
    if character.isdecimal():
        return str(int(character))
    return "X" if character in "xXｘＸ" else None


def find_in_text(text: str) -> list[Found]:
    """As `find_in_html`, of plain text."""
    spans = [(place, place + 1) for place in range(len(text))]
    return [Found(hit, _places(hit, text, spans)) for hit in find_personal(text)]


def hidden_places(found: Found) -> tuple[tuple[int, int], ...]:
    """Return where the digits stand that a mask hides: all but as many as `personal.mask` shows."""
    return found.places[3:-2]


def mask_html(html: str, kinds: Collection[str] | None = None) -> str:
    """Return HTML with the middle of each number of these kinds hidden, in texts and hints; of all kinds for None."""
    return mask_hints(_starred(html, find_in_html(html), kinds), kinds)


def mask_hints(html: str, kinds: Collection[str] | None = None) -> str:
    """As `mask_html`, in the alternative texts, titles and summaries alone."""
    return _HINT.sub(lambda hint: f'{hint[1]}="{escape(mask_text(unescape(hint[2]), kinds))}"', html)


def mask_text(text: str, kinds: Collection[str] | None = None) -> str:
    """As `mask_html`, of plain text; it stays as long as it was."""
    return _starred(text, find_in_text(text), kinds)


def _starred(text: str, numbers: Iterable[Found], kinds: Collection[str] | None) -> str:
    wanted = (found for found in numbers if kinds is None or found.hit.kind in kinds)
    for start, end in sorted({place for found in wanted for place in hidden_places(found)}, reverse=True):
        text = f"{text[:start]}*{text[end:]}"
    return text


# entries


def kinds_of(masks: str) -> frozenset[str]:
    """Return the kinds of numbers that a decision masks: reasons, parted by blanks."""
    return frozenset(MASKED[reason] for reason in masks.split() if reason in MASKED)


def masked(entry: Entry, masks: str) -> tuple[Entry, tuple[str, ...]]:
    """Return an entry with numbers masked, and the reasons that no longer hold it: nothing of them is left to see."""
    content, kinds = entry.content, kinds_of(masks)
    if content is None or not kinds:
        return entry, ()
    hide: Callable[[str], str] = lambda text: mask_text(text, kinds)  # noqa: E731
    content = replace(
        content,
        title=hide(content.title),
        source=hide(content.source),
        author=hide(content.author),
        policy_head={name: hide(value) for name, value in content.policy_head.items()},
        body=mask_html(content.body, kinds),
        attachments=tuple(_named(link, hide) for link in content.attachments),
        images=tuple(_named(link, hide) for link in content.images),
        evidence={name: replace(field, value=hide(field.value)) for name, field in content.evidence.items()},
    )
    left = set(reasons_in(_shown(content)))
    ended = tuple(reason for reason in entry.held if MASKED.get(reason) in kinds and reason not in left)
    held = tuple(reason for reason in entry.held if reason not in ended)
    return replace(entry, title=hide(entry.title), content=content, held=held), ended


def _named(link: FileLink, hide: Callable[[str], str]) -> FileLink:
    return replace(link, name=hide(link.name))


def reasons_in(text: str) -> Iterator[str]:
    """Yield what the numbers in a text hold it for (design §7)."""
    hits = find_personal(text)
    for reason, kind in MASKED.items():
        values = {hit.value for hit in hits if hit.kind == kind}
        if values and (reason != "mobile-numbers" or len(values) >= MOBILES_HELD):
            yield reason


def _shown(content: Content) -> str:
    """Return all that a page of this content shows, names of its files included, as screening reads it."""
    links = (*content.attachments, *content.images)
    urls = [unquote(link.url) for link in links]
    named = [url for url in urls if any(hit.kind == "identity-number" for hit in find_personal(url))]
    hints = [unescape(hint) for _name, hint in _HINT.findall(content.body)]
    head = (content.title, content.source, content.author, *content.policy_head.values())
    names = [link.name for link in content.attachments]
    return "\n".join([*head, plain(content.body), *hints, *names, *named])
