"""Personal data in text: identity numbers, bank cards, mobile numbers, each with its position."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MOBILES_HELD = 5
"""Distinct mobile numbers from which on a page waits for a person (design §7)."""

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?![0-9A-Za-z])")
_CARD = re.compile(
    r"(?<![\dA-Za-z.-])(?:62|9558|4\d|5[1-5])\d{2}(?:[ -]?\d{4}){2}[ -]?\d{2,4}(?:[ -]?\d{1,3})?(?![\dA-Za-z.-])"
)
_MOBILE = re.compile(r"(?<![\dA-Za-z])(?:\+?86[ -]?)?(1[3-9]\d)([ -]?)(\d{4})\2(\d{4})(?![\dA-Za-z])")
_BANK_WORDS = re.compile(r"卡号|账号|帐号|账户|帐户|银行|储蓄")
_BANK_REACH = 40
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_REGIONS = (11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84), (91, 92)
_PROVINCES = frozenset(str(code) for first, end in _REGIONS for code in range(first, end))


@dataclass(frozen=True, slots=True)
class Hit:
    """One find: what it is, where it begins (characters from the start of the text), and how it may be shown."""

    kind: str
    """`identity-number`, `bank-card` or `mobile`."""
    position: int
    masked: str
    value: str


def find_personal(text: str) -> list[Hit]:
    """Return all finds in the order of the text."""
    if not any(character.isdigit() for character in text):
        return []
    identities = list(_identities(text))
    taken = {position for hit in identities for position in range(hit.position, hit.position + 18)}
    cards = [hit for hit in _cards(text) if hit.position not in taken]
    taken |= {position for hit in cards for position in range(hit.position, hit.position + len(hit.value))}
    mobiles = [hit for hit in _mobiles(text) if hit.position not in taken]
    return sorted([*identities, *cards, *mobiles], key=lambda hit: hit.position)


def is_identity_number(number: str) -> bool:
    """Say whether 18 characters are an identity number: province, day of birth and check digit (GB 11643-1999)."""
    if len(number) != 18 or not number[:17].isdigit() or number[:2] not in _PROVINCES:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]
    return born.year >= 1900 and number[17].upper() == check


def passes_luhn(digits: str) -> bool:
    """Say whether digits pass the check of bank cards (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mask(value: str) -> str:
    """Return a number with its middle hidden: enough to find it on the page, too little to copy it."""
    return value[:3] + "*" * (len(value) - 5) + value[-2:]


def _identities(text: str) -> Iterator[Hit]:
    for found in _IDENTITY.finditer(text):
        if is_identity_number(found[0]):
            yield Hit("identity-number", found.start(), mask(found[0]), found[0])


def _cards(text: str) -> Iterator[Hit]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if not 16 <= len(digits) <= 19 or len(set(digits)) < 4 or not passes_luhn(digits):
            continue
        near = text[max(found.start() - _BANK_REACH, 0) : found.end() + _BANK_REACH]
        # Numbers of the international schemes look like many a file number: they count only next to a bank's word.
        if digits.startswith(("62", "9558")) or _BANK_WORDS.search(near):
            yield Hit("bank-card", found.start(), mask(digits), digits)


def _mobiles(text: str) -> Iterator[Hit]:
    for found in _MOBILE.finditer(text):
        digits = found[1] + found[3] + found[4]
        yield Hit("mobile", found.start(), mask(digits), digits)
