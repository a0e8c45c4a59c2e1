"""Personal data in text: identity numbers, bank cards, mobile numbers, each with its position."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

MOBILES_HELD = 5
"""Distinct mobile numbers from which on a page waits for a person (design §7)."""

_BETWEEN = "[- \\t\u3000\xa0\u2002\u2003\u2009－‐‑‒–—―−\u200b-\u200f\u2060\ufeff\xad]{0,2}+"
_MAY_HOLD = re.compile(rf"[0-9０-９](?<![0-9０-９]{{2}})(?:{_BETWEEN}\d){{9}}{_BETWEEN}[\dXxＸｘ]")
"""Eleven digits close to each other: without them a text holds none of the numbers. Each begins with a digit of ours
(the class of all digits would be asked for every letter), the first in its row (else each digit of a date is tried).
"""
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(?<!\d[.-])[1-9](?:[ -]?\d){16}[ -]?[\dXx](?![0-9A-Za-z])(?!-\d)")
_GROUPS = frozenset({(18,), (1,) * 18, (6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (6, 12), (14, 4), (6, 6, 6), (17, 1),
                     (3, 3, 4, 4, 4), (4, 4, 4, 4, 2), (3, 3, 4, 2, 2, 4), (3, 3, 8, 4), (6, 4, 8)})  # fmt: skip
"""How people write it with blanks or hyphens. Any other way it is rather the numbers of a table."""
_CARD = re.compile(
    r"(?<![\dA-Za-z.-])(?:62|9558|4\d|5[1-5]|35)"
    r"(?:\d{2}(?:[ -]?\d{4}){2}[ -]?\d{2,4}(?:[ -]?\d{1,3})?|\d{4}[ -]\d{10,13})"
    r"(?![\dA-Za-z]|[.-]\d)"
)
_MOBILE = re.compile(
    r"(?<![\dA-Za-z])(?<!\d\.)(?:\+?86[ -]?)?(?:(1[3-9]\d)([ -]?)(\d{4})\2(\d{4})|(1[3-9]\d\d)[ -](\d{3})[ -](\d{4}))"
    r"(?![\dA-Za-z]|\.\d| ?(?:[元%％]|万[元吨人]|平方|公里|千克|千瓦|立方))"
)
_BANK_WORDS = re.compile(r"卡号|账号|帐号|账户|帐户|银行|储蓄|开户行")
_OTHER_NUMBER = re.compile(
    r"(?:订单|单号|编号|编码|代码|文号|案号|流水|合同|发票|条码|索引|受理|快递|物流|档案|证书|许可|备案|注册|序列|批次|标识码)"
    r"[^\d\n]{0,6}$"
)
_BANK_REACH = 40
_OTHER_REACH = 16
_PLAIN = str.maketrans(
    "０１２３４５６７８９Ｘｘ－‐‑‒–—―−\u3000\xa0\u2002\u2003\u2009\t＋．", "0123456789Xx--------      +.", "",
)  # fmt: skip
"""As people type on a Chinese keyboard, one character for one."""
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
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
    spans = list(_lines(text))
    if any(_ZERO_WIDTH.search(text, *span) for span in spans):
        return _between_invisible(text)
    text = _plain(text, spans)
    identities = [hit for span in spans for hit in _identities(text, span)]
    taken = {place for hit in identities for place in range(hit.position, hit.position + 18)}
    cards = [hit for span in spans for hit in _cards(text, span) if hit.position not in taken]
    taken |= {place for hit in cards for place in range(hit.position, hit.position + len(hit.value))}
    mobiles = [hit for span in spans for hit in _mobiles(text, span) if hit.position not in taken]
    return sorted([*identities, *cards, *mobiles], key=lambda hit: hit.position)


def _plain(text: str, spans: list[tuple[int, int]]) -> str:
    """Return a text in which some lines are written as by somebody who types no Chinese; nothing moves."""
    if not spans or text.isascii():
        return text
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += (text[at:start], text[start:end].translate(_PLAIN))
        at = end
    return "".join(pieces) + text[at:]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield begin and end of the lines that may hold a number: none goes on in the next line."""
    at = 0
    while found := _MAY_HOLD.search(text, at):
        end = text.find("\n", found.end())
        at = end if end >= 0 else len(text)
        yield text.rfind("\n", 0, found.start()) + 1, at


def _between_invisible(text: str) -> list[Hit]:
    """Return the finds in a text with invisible characters, which may stand inside a number."""
    places = [place for place, character in enumerate(text) if not _ZERO_WIDTH.match(character)]
    hits = find_personal("".join(text[place] for place in places))
    return [replace(hit, position=places[hit.position]) for hit in hits]


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


def _identities(text: str, span: tuple[int, int]) -> Iterator[Hit]:
    for found in _IDENTITY.finditer(text, *span):
        groups = re.split("[ -]", found[0])
        number = "".join(groups)
        if is_identity_number(number) and tuple(map(len, groups)) in _GROUPS:
            yield Hit("identity-number", found.start(), mask(number), number)


def _cards(text: str, span: tuple[int, int]) -> Iterator[Hit]:
    for found in _CARD.finditer(text, *span):
        digits = re.sub(r"\D", "", found[0])
        if not 16 <= len(digits) <= 19 or len(set(digits)) < 4 or not passes_luhn(digits):
            continue
        if _is_sure_card(digits, text, found.start(), found.end()):
            yield Hit("bank-card", found.start(), mask(digits), digits)


def _is_sure_card(digits: str, text: str, start: int, end: int) -> bool:
    """Say whether digits with a right check are a card, and not an order's or a file's number: one in ten has one.

    Beside a bank's word they are. Alone only UnionPay's usual lengths count; 620 begins Gansu's region codes, too.
    """
    if _BANK_WORDS.search(text, max(start - _BANK_REACH, 0), end + _BANK_REACH):
        return True
    if _OTHER_NUMBER.search(text[max(start - _OTHER_REACH, 0) : start]):
        return False
    return len(digits) in (16, 19) and digits.startswith(("62", "9558")) and not digits.startswith("620")


def _mobiles(text: str, span: tuple[int, int]) -> Iterator[Hit]:
    for found in _MOBILE.finditer(text, *span):
        digits = "".join(filter(None, found.group(1, 3, 4, 5, 6, 7)))
        yield Hit("mobile", found.start(), mask(digits), digits)
