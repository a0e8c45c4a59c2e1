"""Redirect maps in the portal: written, served, kept by later imports, refused again when served."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_site.legacy import redirects
from cms_site.legacy.intake.old_urls import OldUrlWriter
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.lookup import exported, new_urls
from cms_site.legacy.models import Decision, OldHost, OldSite, OldUrl
from cms_site.legacy.rows import insert_rows
from migrate.records import Entry, Kind, Outcome
from migrate.redirects import Line, settle
from tests.legacy.conftest import HOST, PORTAL

ELSEWHERE = "www.example.org.cn"
OTHER = "www.xiaohe.example.gov.cn"


@pytest.fixture
def two(site, portal):
    site.target_hosts = [ELSEWHERE]
    site.save()
    other = OldSite.objects.create(slug="xiaohe", name="小河镇", url=f"http://{OTHER}/", channel=portal.channel)
    OldHost.objects.create(name=OTHER, site=other)
    return site, other


@pytest.fixture
def load(two, superuser):
    def write(*lines: tuple[str, str, str], overwrite: bool = False) -> redirects.Loaded:
        given = [
            Line(
                url if "://" in url else f"http://{HOST}{url}",
                Outcome(outcome),
                target,
                "不再提供",
                place=f"m:{number}",
            )
            for number, (url, outcome, target) in enumerate(lines, 2)
        ]
        settled = settle(given, redirects.places(), redirects.known)
        assert not settled.findings
        return redirects.load(settled.rows, superuser, overwrite=overwrite)

    return write


def counts(done: redirects.Loaded) -> tuple[int, int, int, int]:
    return done.created, done.changed, done.unchanged, done.kept


def where(response) -> tuple[int, str]:
    return response.status_code, response.headers.get("Location", "")


def test_each_outcome_is_answered_as_the_map_says(load, ask, portal, archive):
    assert counts(
        load(
            ("/a.html", "redirect", "/towns/dahe/notices/road/"),
            ("/b.html", "redirect", f"{PORTAL}/towns/dahe/notices/"),
            ("/c.html?id=7", "redirect", f"https://{ELSEWHERE}/c?x=1#top"),
            ("/d.html", "gone", ""),
            ("/e.html", "undecided", ""),
            ("/f.html", "redirect", "/documents/1/form.pdf"),
        )
    ) == (6, 0, 0, 0)
    assert where(ask("/a.html")) == (301, f"{PORTAL}/towns/dahe/notices/road/")
    assert where(ask("/b.html")) == (301, f"{PORTAL}/towns/dahe/notices/")
    assert where(ask("/c.html?utm=x&ID=7")) == (301, f"https://{ELSEWHERE}/c?x=1#top")
    assert ask("/d.html").status_code == 410 and "不再提供" in ask("/d.html").content.decode()
    assert ask("/e.html").status_code == 404
    assert where(ask("/f.html")) == (301, f"{PORTAL}/documents/1/form.pdf")


def test_a_target_that_is_a_page_is_followed_when_it_moves(load, ask, portal):
    load(("/a.html", "redirect", "/towns/dahe/notices/road/"))
    portal.live.move(portal.channel, pos="last-child")
    assert where(ask("/a.html")) == (301, f"{PORTAL}/towns/dahe/road/")


def test_chains_are_one_hop_within_three_queries(load, ask, add, portal):
    add("/moved.html", page=portal.live)
    load(
        ("/a.html", "redirect", f"http://{OTHER}/b.html"),
        (f"http://{OTHER}/b.html", "redirect", f"http://{HOST}/MOVED.html?utm=1"),
        ("/c.html", "redirect", f"http://{HOST}/gone.html"),
        ("/gone.html", "gone", ""),
    )
    assert where(ask("/a.html")) == (301, f"{PORTAL}/towns/dahe/notices/road/")
    assert ask("/c.html").status_code == 410
    assert where(ask("/b.html", host=OTHER)) == (301, f"{PORTAL}/towns/dahe/notices/road/")
    with CaptureQueriesContext(connection) as queries:
        ask("/a.html")
    assert len(queries) <= 3, [query["sql"] for query in queries]
    assert new_urls("xiaohe") == {f"http://{OTHER}/b.html": f"{PORTAL}/towns/dahe/notices/road/"}


def test_who_followed_an_address_follows_it_on(load, ask, portal):
    load(("/a.html", "redirect", f"http://{HOST}/b.html"), ("/b.html", "undecided", ""))
    load(("/b.html", "redirect", f"http://{HOST}/c.html"), ("/c.html", "redirect", f"https://{ELSEWHERE}/"))
    for path in ("/a.html", "/b.html", "/c.html"):
        assert where(ask(path)) == (301, f"https://{ELSEWHERE}/"), path


def test_twice_changes_nothing_and_what_is_settled_is_kept(load, add, portal, ask):
    add("/moved.html", page=portal.live)
    add("/open.html", "undecided")
    lines = (
        ("/moved.html", "gone", ""),
        ("/open.html", "gone", ""),
        ("/new.html", "redirect", f"http://{HOST}/open.html"),
        ("/undecided.html", "undecided", ""),
    )
    assert counts(load(*lines)) == (2, 1, 0, 1)
    assert counts(load(*lines)) == (0, 0, 3, 1)
    assert ask("/moved.html").status_code == 301
    assert counts(load(*lines, overwrite=True)) == (0, 1, 3, 0)
    assert ask("/moved.html").status_code == 410
    assert counts(load(("/moved.html", "undecided", ""), overwrite=True)) == (0, 0, 0, 1)
    assert ask("/moved.html").status_code == 410


def test_rulings_become_decisions_with_their_actor_and_undecided_none(load, superuser):
    load(("/a.html", "redirect", f"https://{ELSEWHERE}/a"), ("/b.html", "gone", ""), ("/c.html", "undecided", ""))
    load(("/b.html", "redirect", "/towns/dahe/"), overwrite=True)
    rows = Decision.objects.order_by("canonical").values_list("canonical", "outcome", "column", "actor")
    assert list(rows) == [
        (f"http://{HOST}/a.html", "redirect", f"https://{ELSEWHERE}/a", superuser.pk),
        (f"http://{HOST}/b.html", "redirect", "/towns/dahe/", superuser.pk),
    ]


def test_archived_without_a_capture_is_undecided_and_said(two, superuser, add, ask):
    add("/kept.html", "undecided", warc_file="x", warc_offset=0)
    lines = [Line(f"http://{HOST}/{name}.html", Outcome.ARCHIVE, place="m:2") for name in ("kept", "never")]
    settled = settle(lines, redirects.places(), redirects.known)
    done = redirects.load(settled.rows, superuser)
    assert [finding.check for finding in done.findings] == ["redirects.no-capture"]
    assert dict(OldUrl.objects.values_list("canonical", "outcome")) == {
        f"http://{HOST}/kept.html": "archive",
        f"http://{HOST}/never.html": "undecided",
    }
    assert ask("/kept.html").status_code == 301


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "javascript:alert(1)", "https:evil.example", "/\\evil.example",
        f"https://{ELSEWHERE}.evil.example/", f"https://{ELSEWHERE}@evil.example/", "http://[", "ftp://" + ELSEWHERE,
    ],
)  # fmt: skip
def test_a_target_elsewhere_is_refused_when_served_however_it_came_there(two, add, ask, target):
    old = add("/a.html", "redirect", target_url=target, title="旧标题")
    response = ask("/a.html")
    assert response.status_code == 404
    assert "Location" not in response
    old.refresh_from_db()
    assert old.hits == 1


def test_a_host_taken_off_the_list_is_refused_at_once(load, ask):
    load(("/a.html", "redirect", f"https://{ELSEWHERE}/a"))
    assert ask("/a.html").status_code == 301
    OldSite.objects.update(target_hosts=[])
    assert ask("/a.html").status_code == 404


def test_sitemap_lists_what_a_map_moved(load, ask, portal):
    load(
        ("/a.html", "redirect", f"https://{ELSEWHERE}/a"),
        ("/b.html", "redirect", f"http://{HOST}/a.html"),
        ("/c.html", "gone", ""),
        ("/d.html", "redirect", f"http://{HOST}/c.html"),
    )
    text = b"".join(ask("/sitemap.xml")).decode()
    assert [path for path in "abcd" if f"http://{HOST}/{path}.html" in text] == ["a", "b"]


# what a site does with addresses that nobody knows


def default(**values: object) -> None:
    OldSite.objects.filter(slug="dahe").update(**values)


@pytest.mark.parametrize("path", ["/nobody.html", "/ZT/2015/Index.HTML?b=2&A=1"])
def test_unknown_addresses_go_to_the_channel(two, ask, path):
    default(otherwise="channel")
    response = ask(path)
    assert where(response) == (301, f"{PORTAL}/towns/dahe/")
    assert response["Cache-Control"] == "public, max-age=3600"


def test_unknown_addresses_go_on_with_their_path(two, ask):
    default(otherwise="channel", append_path=True)
    assert where(ask("/ZT/a b.html?b=2&A=1")) == (301, f"{PORTAL}/towns/dahe/ZT/a%20b.html?A=1&b=2")
    assert where(ask("/%B9%AB%B8%E6.html")) == (301, f"{PORTAL}/towns/dahe/%E5%85%AC%E5%91%8A.html")
    base = f"https://{ELSEWHERE}/20261121/http://{HOST}"
    default(otherwise="archive", otherwise_base=base)
    assert where(ask("/zt/1.html")) == (301, f"{base}/zt/1.html")
    assert where(ask("/")) == (301, base)


def test_unknown_addresses_go_to_the_archived_pages(two, ask):
    default(otherwise="archive")
    assert where(ask("/zt/1.html")) == (301, f"{PORTAL}/archived/?site=dahe")


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/", "/http://evil.example/", "/@evil.example",
                                  "/../../evil.example", "/%2e%2e/%2e%2e/x", "/;@evil.example/"])  # fmt: skip
def test_an_appended_path_stays_on_the_host_and_below_the_base(two, ask, path):
    default(otherwise="channel", append_path=True)
    for extra in ({}, {"RAW_URI": path}):
        status, location = where(ask(path, **extra))
        assert status == 301
        assert location.startswith(f"{PORTAL}/towns/dahe/")
        assert "/../" not in location


def test_an_appended_path_breaks_no_header(two, ask):
    default(otherwise="channel", append_path=True)
    response = ask("/a%0d%0aSet-Cookie:x")
    assert response.status_code == 400 and "Location" not in response


def test_the_base_must_be_on_an_allowed_host_when_served(two, ask):
    default(otherwise="channel", otherwise_base="https://evil.example/", append_path=True)
    assert ask("/a.html").status_code == 404


def test_rulings_come_before_what_the_site_does(two, ask, add, portal):
    default(otherwise="channel")
    add("/moved.html", page=portal.live)
    add("/gone.html", "gone", reason="x")
    old = add("/open.html", "undecided")
    assert where(ask("/moved.html")) == (301, f"{PORTAL}/towns/dahe/notices/road/")
    assert ask("/gone.html").status_code == 410
    response = ask("/open.html")  # somebody may still decide: never a 301
    assert where(response) == (302, f"{PORTAL}/towns/dahe/")
    assert response["Cache-Control"] == "no-cache"
    old.refresh_from_db()
    assert old.hits == 0
    assert ask("/robots.txt").status_code == ask("/sitemap.xml").status_code == 200


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/towns/dahe/notices/", (301, f"{PORTAL}/towns/dahe/notices/")),
        (f"{PORTAL}/towns/dahe/notices/?x=1", (301, f"{PORTAL}/towns/dahe/notices/?x=1")),
        (f"https://{ELSEWHERE}/a", (301, f"https://{ELSEWHERE}/a")),
        (f"https://{HOST}/MOVED.html", (301, f"{PORTAL}/towns/dahe/notices/road/")),
        (f"http://{OTHER}/nobody.html", (404, "")),
        ("https://evil.example/a", (404, "")),
    ],
)
def test_an_import_obeys_a_decision_that_leads_elsewhere(two, add, ask, portal, superuser, target, answer):
    site, _other = two
    add("/moved.html", page=portal.live)
    url = f"http://{HOST}/a.html"
    entry = Entry(url, url, Kind.ARTICLE, Outcome.REDIRECT, rule="(decision)", target=target)
    writer = OldUrlWriter(site, ReceiptBook(site, superuser))
    assert writer.write([(entry, "")]) == 1
    assert where(ask("/a.html")) == answer
    assert writer.write([(entry, "")]) == 0


def test_a_channel_that_is_not_live_is_no_place_to_go(two, ask, portal):
    default(otherwise="channel")
    portal.channel.unpublish()
    assert ask("/nobody.html").status_code == 404


def test_what_is_exported_is_what_is_answered(two, load, add, ask, portal, document):
    load(
        ("/a.html", "redirect", f"https://{ELSEWHERE}/a"),
        ("/b.html", "redirect", f"http://{HOST}/a.html"),
        ("/c.html", "gone", ""),
        ("/d.html", "undecided", ""),
        (f"http://{OTHER}/x.html", "gone", ""),
    )
    add("/page.html", page=portal.live)
    add("/draft.html", page=portal.draft, warc_file="x", warc_offset=0)
    add("/hidden.html", page=portal.in_hidden)
    add("/file.pdf", kind="attachment", document=document)
    for otherwise in ("", "channel"):
        default(otherwise=otherwise)
        site, answers = exported("dahe")
        assert (site.hosts, site.names) == ((HOST, "dahe.example.gov.cn"), ("id", "page"))
        assert site.otherwise == (f"{PORTAL}/towns/dahe/" if otherwise else "")
        found = {answer.key: (answer.status, answer.location) for answer in answers}
        said = {
            key: where(ask(key.removeprefix(f"http://{HOST}")))
            for key in OldUrl.objects.filter(site__slug="dahe").values_list("canonical", flat=True)
        }
        assert found == {key: answer for key, answer in said.items() if answer[0] != 404}
        assert ({302, 404} if not otherwise else {302}) <= {status for status, _location in said.values()}


def test_rows_are_written_as_django_writes_them(two, superuser):
    site, _other = two
    new = [{"canonical": "k1", "url": "u1", "outcome": "gone"}, {"canonical": "k2", "url": "u2", "outcome": "redirect"}]
    insert_rows(OldUrl, new, {"site_id": site.pk, "kind": "other"})
    OldUrl.objects.create(site=site, kind="other", canonical="k3", url="u3", outcome="gone")
    hidden = {"id", "canonical", "url", "_state"}
    rows = [{k: v for k, v in vars(row).items() if k not in hidden} for row in OldUrl.objects.order_by("canonical")]
    assert rows[0] == rows[2]
    assert (rows[1]["outcome"], rows[1]["held"]) == ("redirect", [])


def test_the_portal_knows_what_follows_what(load):
    load(("/a.html", "redirect", f"http://{HOST}/b.html"), ("/b.html", "gone", ""))
    asked = {redirects.Address("dahe", f"http://{HOST}/{name}.html") for name in ("a", "b", "c")}
    found = redirects.known(asked)
    assert {
        address.key[-6:]: (row.outcome, row.follows and row.follows.key[-6:]) for address, row in found.items()
    } == {
        "a.html": ("gone", "b.html"),
        "b.html": ("gone", None),
    }
    assert get_user_model().objects.count() == 1


def test_a_target_that_is_no_place_on_the_portal_is_told_once(load, portal):
    done = load(
        ("/a.html", "redirect", "/towns/nowhere/"),
        ("/b.html", "redirect", "/towns/nowhere/"),
        ("/c.html", "redirect", f"{PORTAL}/towns/gone/#top"),
        ("/d.html", "redirect", portal.notices.get_url()),
        ("/e.html", "redirect", "/search/?q=x"),
        ("/f.html", "redirect", "/old-address/"),
        ("/g.html", "redirect", f"https://{ELSEWHERE}/towns/nowhere/"),
    )
    assert counts(done) == (7, 0, 0, 0)
    assert [(found.check, found.url[-7:]) for found in done.findings] == [
        ("redirects.no-page", "/a.html"), ("redirects.no-page", "/c.html"),
    ]  # fmt: skip
    assert "m:2: leads to http" in done.findings[0].message and "/towns/nowhere/" in done.findings[0].message
