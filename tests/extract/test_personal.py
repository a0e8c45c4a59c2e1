"""Personal data: real check digits, sane prefixes, positions, masks."""

import pytest

from migrate.extract.personal import find_personal, is_identity_number, mask, passes_luhn


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("11010519491231002X", True),
        ("11010519491231002x", True),
        ("440524188001010014", False),  # the example of the standard, born in 1880
        ("110105194912310021", False),  # wrong check digit
        ("990105194912310021", False),  # no such province
        ("11010519490231002X", False),  # no such day
        ("1101051949123100", False),
    ],
)
def test_identity_number(number: str, expected: bool) -> None:
    assert is_identity_number(number) is expected


def test_luhn() -> None:
    assert passes_luhn("6222021234567890128")
    assert not passes_luhn("6222021234567890129")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("身份证11010519491231002X。", ["identity-number"]),
        ("编号A11010519491231002X", []),
        ("卡号 6222 0212 3456 7890 128", ["bank-card"]),
        ("6222021234567890128", ["bank-card"]),
        ("项目编号4539578763621486", []),
        ("银行卡号4539578763621486", ["bank-card"]),
        ("6222021234567890129", []),
        ("电话13800000001", ["mobile"]),
        ("138-0000-0001 或 139 0000 0002", ["mobile", "mobile"]),
        ("0377-13800000001", ["mobile"]),
        ("订单213800000001", []),
        ("12345", []),
    ],
)
def test_find_personal(text: str, kinds: list[str]) -> None:
    assert [hit.kind for hit in find_personal(text)] == kinds


def test_position_and_mask() -> None:
    (hit,) = find_personal("联系人13800000001")
    assert (hit.position, hit.masked) == (3, "138******01")
    assert mask("11010519491231002X") == "110*************2X"
