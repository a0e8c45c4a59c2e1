"""Personal data: real check digits, sane prefixes, positions, masks."""

import pytest

from migrate.config import SiteConfig
from migrate.extract import Extraction, Page, extract
from migrate.families import Families
from migrate.personal import find_personal, is_identity_number, mask, passes_luhn
from migrate.records import Kind


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
        ("１１０１０５１９４９１２３１００２Ｘ", ["identity-number"]),
        ("110105 19491231 002x", ["identity-number"]),
        ("110105-1949-1231-002X", ["identity-number"]),
        ("1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 X", ["identity-number"]),
        ("110105\u300019491231\u3000002X", ["identity-number"]),
        ("1101051949\u200b1231002X", ["identity-number"]),
        ("1101 0519 4 91231 00 2X", []),  # the cells of a table
        ("11010519491231002X-1", []),
        ("110105********002X 138****0001 622202*********0128", []),
        ("信用代码91110105194912310023", []),
        ("订单编号：6222021234567890128", []),
        ("订单编号 银行卡号6222021234567890128", ["bank-card"]),
        ("6201234567890123451", []),  # Gansu's numbers begin so
        ("6222 0212 3456 7890 128", ["bank-card"]),
        ("622202 1234567890128", ["bank-card"]),
        ("９５５８８０１２３４５６７８９０１２０", []),
        ("手机：１３８－００００－０００１", ["mobile"]),
        ("1380-000-0001", ["mobile"]),
        ("+86 13800000001", ["mobile"]),
        ("13800000001元", []),
        ("0.13800000001", []),
        ("13800000001.5", []),
        ("12800000001 10086 4008123456 95588 12345678901", []),
    ],
)
def test_find_personal(text: str, kinds: list[str]) -> None:
    assert [hit.kind for hit in find_personal(text)] == kinds


def test_position_and_mask() -> None:
    (hit,) = find_personal("联系人13800000001")
    assert (hit.position, hit.masked) == (3, "138******01")
    (hit,) = find_personal("\u200b联系人\u200b：138\u200b00000001")
    assert (hit.position, hit.masked) == (6, "138******01")
    assert mask("11010519491231002X") == "110*************2X"


# every page is screened, not only articles: its archived copy is public

_ID = "11010519491231002X"
_LIST = "<html><head><title>通知公告</title></head><body><ul>{}</ul></body></html>"
_ROWS = "".join(
    f"<li><a href='t20200701_{n}.html'>关于第{n}号事项办理的通知</a> 2020-07-0{n}</li>" for n in range(1, 9)
)
_FRAME = "<html><head><title>{title}</title></head><body>{body}</body></html>"


def _screened(html: str, site: SiteConfig, families: Families, url: str) -> Extraction:
    url = f"http://www.dahe.example.gov.cn{url}"
    return extract(Page(url, url, html.encode(), "text/html; charset=utf-8"), site, families)


@pytest.mark.parametrize(
    ("url", "html", "kind"),
    [
        ("/tzgg/index.html", _LIST.format(f"{_ROWS}<li>救助名单：李四 {_ID}</li>"), Kind.LIST),
        ("/tzgg/index.html", _LIST.format(f"{_ROWS}<select><option>李四 {_ID}</select>"), Kind.LIST),
        ("/", _LIST.format(f"{_ROWS}<li>李四 {_ID}</li>"), Kind.HOME),
        ("/x.asp", _FRAME.format(title="404 Not Found", body=f"李四 {_ID} 不存在"), Kind.OTHER),
        ("/x.asp", _FRAME.format(title="登录", body=f"<input type=password> 李四 {_ID}"), Kind.OTHER),
        ("/x.asp", f"<meta http-equiv=refresh content='0;url=/'><body>李四 {_ID}", Kind.OTHER),
        ("/a/t20200701_5.html", _FRAME.format(title=_ID, body="<div id=zoom><p>正文。</p></div>"), Kind.ARTICLE),
    ],
)  # fmt: skip
def test_every_page_is_screened(url: str, html: str, kind: Kind, site: SiteConfig, families: Families) -> None:
    extraction = _screened(html, site, families, url)
    assert (extraction.record.kind, extraction.record.held) == (kind, ("identity-number",))
    assert "safety.identity-number" in {finding.check for finding in extraction.findings}
    assert not any(_ID in finding.message for finding in extraction.findings)


def test_many_mobile_numbers_hold_a_list(site: SiteConfig, families: Families) -> None:
    rows = "".join(f"<li>村民{n} 1380000000{n}</li>" for n in range(1, 7))
    assert _screened(_LIST.format(_ROWS + rows), site, families, "/tzgg/").record.held == ("mobile-numbers",)


def test_an_injected_frame_holds_no_list(site: SiteConfig, families: Families) -> None:
    html = _LIST.format(_ROWS + "<div style='display:none'><a href='http://casino.example.net/'>优惠</a></div>")
    extraction = _screened(html, site, families, "/tzgg/")
    assert (extraction.record.kind, extraction.record.held) == (Kind.LIST, ())
    assert [finding.check for finding in extraction.findings] == ["safety.injected-frame"]
