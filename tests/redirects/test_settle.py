"""Lines of a map become one ruling an address: each rule with its vector, and what holds whatever the lines say."""

from hypothesis import given
from hypothesis import strategies as st

from migrate.records import Finding, Level, Outcome
from migrate.redirects import Address, Answering, Line, Places, Settlement, SiteRules, settle
from migrate.urls import UrlRules

DAHE, XIAOHE = "www.dahe.example.gov.cn", "www.xiaohe.example.gov.cn"
RULES = UrlRules(DAHE, frozenset({"dahe.example.gov.cn"}), False, ("id",), ("index.html",))
PLACES = Places(
    (
        SiteRules("dahe", RULES, frozenset({"www.example.org.cn"})),
        SiteRules("xiaohe", UrlRules(XIAOHE, case_sensitive=False)),
    ),
    frozenset({"www.yunxi.example.gov.cn"}),
)


def line(url: str, target: str = "", outcome: Outcome | None = None, place: str = "m.csv:2") -> Line:
    chosen = outcome or (Outcome.REDIRECT if target else Outcome.GONE)
    return Line(url if "://" in url else f"http://{DAHE}{url}", chosen, target, place=place)


def settled(*lines: Line, known: dict[Address, Answering] | None = None, places: Places = PLACES) -> Settlement:
    there = known or {}
    return settle(lines, places, lambda asked: {key: there[key] for key in asked if key in there})


def rulings(found: Settlement) -> dict[str, tuple[str, str, str]]:
    return {
        row.address.key.removeprefix(f"http://{DAHE}"): (
            row.outcome.value, row.target, row.follows.key.rpartition("/")[2] if row.follows else ""
        )
        for row in found.rows
    }  # fmt: skip


def errors(found: Settlement) -> list[Finding]:
    return [finding for finding in found.findings if finding.level is Level.ERROR]


NOTICES = "/towns/dahe/notices/"


def test_a_line_of_each_kind() -> None:
    found = settled(
        line("/a.html", NOTICES),
        line("/b.html", "https://www.yunxi.example.gov.cn/x/"),
        line("/c.html", "http://www.example.org.cn/c"),
        line("/d.html"),
        line("/e.html", outcome=Outcome.ARCHIVE),
        line("/f.html", outcome=Outcome.UNDECIDED),
    )
    assert rulings(found) == {
        "/a.html": ("redirect", NOTICES, ""),
        "/b.html": ("redirect", "https://www.yunxi.example.gov.cn/x/", ""),
        "/c.html": ("redirect", "http://www.example.org.cn/c", ""),
        "/d.html": ("gone", "", ""),
        "/e.html": ("archive", "", ""),
        "/f.html": ("undecided", "", ""),
    }
    assert not found.findings


def test_duplicates_are_settled_by_the_stated_order_and_told() -> None:
    spellings = ("/A.html?x=1", "https://dahe.example.gov.cn:8080/a.HTML", "/a.html#top", "/a.html")
    lines = (
        line(spellings[0], outcome=Outcome.UNDECIDED, place="m:2"),
        line(spellings[1], outcome=Outcome.GONE, place="m:3"),
        line(spellings[2], NOTICES, place="m:4"),
        line(spellings[3], "/towns/", place="m:5"),
    )
    found = settled(*lines)
    assert rulings(found) == {"/a.html": ("redirect", NOTICES, "")}
    assert (found.duplicates, found.conflicts) == (3, 3)
    assert [finding.check for finding in found.findings] == ["redirects.conflict"] * 3
    assert "m:4" in found.findings[-1].message and "m:5" in found.findings[-1].message
    assert rulings(settled(*reversed(lines))) == {"/a.html": ("redirect", "/towns/", "")}  # the earlier line


def test_the_same_line_twice_is_no_conflict() -> None:
    found = settled(line("/a.html", NOTICES), line("/A.html", NOTICES))
    assert (len(found.rows), found.duplicates, found.conflicts, found.findings) == (1, 1, 0, ())


def test_chains_lead_to_their_last_address() -> None:
    found = settled(
        line("/a", f"http://{DAHE}/b"), line("/b", "https://DAHE.example.gov.cn/C?utm=1"), line("/c", NOTICES)
    )
    assert rulings(found) == {
        "/a": ("redirect", "", "c"),
        "/b": ("redirect", "", "c"),
        "/c": ("redirect", NOTICES, ""),
    }
    assert found.chains == 2


def test_a_chain_into_gone_is_gone_and_into_undecided_is_undecided() -> None:
    found = settled(
        line("/a", f"http://{DAHE}/b"),
        Line(f"http://{DAHE}/b", Outcome.GONE, reason="功能已停用"),
        line("/c", f"http://{DAHE}/d"),
        line("/d", outcome=Outcome.UNDECIDED),
    )
    assert rulings(found)["/a"] == ("gone", "", "b")
    assert next(row.reason for row in found.rows if row.address.key.endswith("/a")) == "功能已停用"
    assert rulings(found)["/c"] == ("undecided", "", "d")


def test_a_loop_is_an_error_and_so_is_what_leads_into_it() -> None:
    found = settled(
        line("/self", f"https://{DAHE}/SELF"),
        line("/a", f"http://{DAHE}/b"),
        line("/b", f"http://{XIAOHE}/c"),
        line(f"http://{XIAOHE}/c", f"http://{DAHE}/a"),
        line("/into", f"http://{DAHE}/a"),
        line("/good", NOTICES),
    )
    assert rulings(found) == {"/good": ("redirect", NOTICES, "")}
    assert [finding.check for finding in errors(found)] == ["redirects.circle"] * 5


def test_chains_go_on_in_what_the_portal_has() -> None:
    here = {
        Address("dahe", f"http://{DAHE}/moved"): Answering(Outcome.MOVE),
        Address("dahe", f"http://{DAHE}/led"): Answering(Outcome.REDIRECT, Address("dahe", f"http://{DAHE}/moved")),
        Address("dahe", f"http://{DAHE}/gone"): Answering(Outcome.GONE, reason="已停用"),
        Address("dahe", f"http://{DAHE}/back"): Answering(Outcome.UNDECIDED, Address("dahe", f"http://{DAHE}/loop")),
    }
    found = settled(
        line("/a", f"http://{DAHE}/moved"),
        line("/b", f"http://{DAHE}/led"),
        line("/c", f"http://{DAHE}/gone"),
        line("/loop", f"http://{DAHE}/back"),
        known=here,
    )
    assert rulings(found) == {
        "/a": ("redirect", "", "moved"),
        "/b": ("redirect", "", "moved"),
        "/c": ("gone", "", "gone"),
    }
    assert [finding.check for finding in errors(found)] == ["redirects.circle"]


def test_an_old_address_that_nobody_knows_is_no_target() -> None:
    found = settled(line("/a", f"http://{XIAOHE}/nobody"), line("/b", f"http://{DAHE}/a"))
    assert rulings(found) == {"/a": ("undecided", "", ""), "/b": ("undecided", "", "a")}
    assert [finding.check for finding in found.findings] == ["redirects.unknown-target"]


def test_foreign_hosts_and_what_is_no_address_are_refused() -> None:
    refused = [
        "http://evil.example/", "https://www.example.org.cn.evil.example/", "//evil.example/", "javascript:alert(1)",
        "http://www.yunxi.example.gov.cn@evil.example/", "/\\evil.example/", "/a\r\nSet-Cookie: x", "evil.example",
        "http://www.yunxi.example.gov.cn:pw@www.yunxi.example.gov.cn/", "/" + "a" * 3000, "",
    ]  # fmt: skip
    found = settled(*(line(f"/{n}", target, Outcome.REDIRECT) for n, target in enumerate(refused)))
    assert not found.rows
    assert len(errors(found)) == len(refused)
    hosts = [finding.hint.startswith("If it is right, add the host") for finding in found.findings]
    assert hosts == [True, True, *[False] * 9]
    # a host that one site may lead to is foreign to another
    assert not settled(line(f"http://{XIAOHE}/a", "http://www.example.org.cn/c")).rows


def test_addresses_of_no_site_or_of_another_are_refused() -> None:
    found = settled(line("http://www.elsewhere.example/", NOTICES), line("http://[x/", NOTICES), line("/" + "a" * 3000))
    assert not found.rows and len(errors(found)) == 3
    only = Places(PLACES.sites, PLACES.portal_hosts, frozenset({"dahe"}))
    assert [row.address.site for row in settled(line("/a"), line(f"http://{XIAOHE}/a"), places=only).rows] == ["dahe"]
    assert not settled(line("/a", outcome=Outcome.FAILED)).rows


NAMES = st.sampled_from("abcdefgh")
LINES = st.lists(
    st.tuples(NAMES, st.sampled_from([Outcome.REDIRECT, Outcome.GONE, Outcome.UNDECIDED]), st.none() | NAMES),
    max_size=12,
).map(
    lambda given: [
        line(f"/{name}", (f"http://{DAHE}/{to}" if to else NOTICES) if outcome is Outcome.REDIRECT else "", outcome)
        for name, outcome, to in given
    ]
)


@given(LINES)
def test_whatever_the_lines_nothing_is_lost_and_every_chain_ends(lines: list[Line]) -> None:
    found = settled(*lines)
    rows = {row.address: row for row in found.rows}
    assert len(rows) == len(found.rows)
    told = {finding.url for finding in found.findings}
    for given_line in lines:
        key = given_line.url
        assert Address("dahe", key) in rows or key in told
    for row in found.rows:
        if row.follows is not None:
            end = rows[row.follows]
            assert end.follows is None
            assert (row.outcome is Outcome.GONE) == (end.outcome is Outcome.GONE)
    assert settled(*lines) == found
