"""Exported maps in the real servers: what they say to any spelling is what the canonicaliser says it must be."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest

from migrate.redirects import Answer, Exported, read_map
from migrate.redirects import Server as Kind
from migrate.redirects.export import files
from migrate.urls import DEFAULT_DOCUMENTS, UrlRules, canonical
from tests.redirects.servers import Said, Server, apache, caddy, nginx, open_folder, program

HOST = "www.dahe.example.gov.cn"
PORTAL = "https://www.yunxi.example.gov.cn"
FOLDING = Exported(
    "dahe-zhen",
    '大河镇"政府" $1',
    UrlRules(HOST, frozenset({"dahe.example.gov.cn"}), False, ("id", "page"), DEFAULT_DOCUMENTS),
    f"{PORTAL}/towns/dahe/",
)
EVERY_PARAMETER = replace(FOLDING, rules=replace(FOLDING.rules, keep_query=None))
EXACT = replace(FOLDING, rules=UrlRules(HOST, frozenset(), True, ("id",), (), False))
SLASHES = replace(FOLDING, rules=replace(FOLDING.rules, fold_slash=True))
SITES = {"folding": FOLDING, "every-parameter": EVERY_PARAMETER, "exact": EXACT, "slashes": SLASHES}

ADDRESSES = [
    "/", "/zwgk/", "/zwgk/a.html", "/Zwgk/B.html", "/公告/通知.html", "/files/附件 1.doc", "/show.asp?id=7",
    "/show.asp?id=8&page=2", "/show.asp", "/list.asp?lm=公告&id=3", "/search.asp?id=公告", "/a%2Fb.html",
    "/a;v=1/c.html",
    "/q%22uote'.html", "/dollar$1.html", "/back%5Cslash", "/per%25cent.html", "/brace{x}.html", "/tilde~.html",
    "/a+b.html", "/x.asp?id=a+b", "/x.asp?id=a%26b", "/x.asp?id=c,d;e", "/q%3Fmark.html", "/hash%23.html", "/~user/",
    "/wi'th(paren).html", "/col:on.html", "/semi;colon.html", "/" + "long" * 60, "/eq=ual.html", "/amp&.html", "/%E4",
    "/show.asp?Id=9&PAGE=1", "/pipe|.html", "/star*.html", "/caret^.html", "/less<more>.html", "/a b.html",
]  # fmt: skip
KINDS = [(301, f"{PORTAL}/towns/dahe/"), (410, ""), (302, f"{PORTAL}/archived/7/"), (301, f"{PORTAL}/x?a=1&b=%24c#top")]


def answers(site: Exported) -> list[Answer]:
    found: dict[str, Answer] = {}
    for number, address in enumerate(ADDRESSES):
        if site.rules.case_sensitive and "Id=" in address:
            continue  # servers find a parameter by its name in any case
        url = f"http://{HOST}{address}"
        key = canonical(url, site.rules)
        status, location = KINDS[number % len(KINDS)]
        if number % 2 == 0 and location:
            location += f"{number}"
        found.setdefault(key, Answer(key, url, status, location))
    return list(found.values())


def spellings(site: Exported) -> Iterator[bytes]:
    """Yield request targets: every address as browsers, old and new, and people send it; and what nobody knows."""
    for address in ADDRESSES:
        for encoding in ("utf-8", "gb18030"):
            path, mark, query = address.partition("?")
            sent = (
                quote(path.encode(encoding), safe="/%;,+'()$~:=&*")
                + mark
                + quote(query.encode(encoding), safe="=&+%,;")
            )
            yield sent.encode()
            yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), sent).encode()
        plain = quote(address, safe="/%;,+'()$~:=&*?")
        yield plain.upper().replace("%5C", "%5c").encode()
        yield plain.lower().encode()
        yield ("/x/.." + plain).encode()
        yield ("/" + plain).encode()
        mark = "&" if "?" in plain else "?"
        yield f"{plain}{mark}utm_source=qr".encode()
        yield f"{plain}{mark}PHPSESSID=abc".encode()
        path, _, query = plain.partition("?")
        if query:
            yield f"{path}?{'&'.join(reversed(query.split('&')))}".encode()
            yield path.encode()
            yield f"{path}?jsessionid=1&{query}".encode()
        if path.endswith("/"):
            yield f"{path}index.html".encode()
            yield f"{path}Default.ASPX?x=1".encode()
            yield path.rstrip("/").encode() or b"/"
        elif not query:
            yield f"{path};jsessionid=AB12".encode()
            yield f"{path}/".encode()
    yield from (
        b"/nobody.html",
        b"/show.asp?id=77",
        b"/show.asp?page=2",
        b"/zwgk",
        b"/(S(abc123))/zwgk/a.html",
        b"/favicon.ico",
    )


def wanted(site: Exported, table: dict[str, Answer], target: bytes) -> tuple[int, str]:
    """Return what must be said to a target: the canonicaliser is the judge."""
    found = table.get(canonical(f"http://{HOST}{target.decode('latin-1')}", site.rules))
    return (found.status, found.location) if found else (404, "")


def check(site: Exported, ask: Callable[[bytes], Said], *, with_case: bool) -> None:
    """Ask for everything. Without `with_case` the server folds it, where the site does not: that much is excused."""
    table = {answer.key: answer for answer in answers(site)}
    folded = {answer.key.lower(): (answer.status, answer.location) for answer in reversed(answers(site))}
    asked = dict.fromkeys(spellings(site))
    wrong = []
    for target in asked:
        said, right = ask(target), wanted(site, table, target)
        if (said.status, said.location) == right:
            continue
        key = canonical(f"http://{HOST}{target.decode('latin-1')}", site.rules).lower()
        if with_case or right[0] != 404 or folded.get(key) != (said.status, said.location):
            wrong.append(f"{target!r}: {said.status} {said.location} instead of {right}")
    assert not wrong, "\n".join([f"{len(wrong)} of {len(asked)}", *wrong[:20]])
    assert {wanted(site, table, target)[0] for target in asked} == {301, 302, 404, 410}


def exported(kind: Kind, site: Exported, folder: Path, given: list[Answer] | None = None) -> dict[str, bytes]:
    found = answers(site) if given is None else given
    return {name: b"".join(pieces) for name, pieces in files(kind, site, found, folder).items()}


@contextmanager
def served(kind: Kind, site: Exported, given: list[Answer] | None = None) -> Iterator[Server]:
    with open_folder() as folder:
        made = exported(kind, site, folder, given)
        for file, content in made.items():
            (folder / file).write_bytes(content)
        run = {Kind.NGINX: nginx, Kind.APACHE: apache, Kind.CADDY: caddy}[kind]
        with run(folder, next(iter(made.values()))) as server:
            yield server


def installed(*names: Kind) -> list:
    return [
        pytest.param(name, marks=pytest.mark.skipif(program(name.value) is None, reason=f"{name} is not installed"))
        for name in names
    ]


BOTH = installed(Kind.NGINX, Kind.APACHE)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("name", SITES)
def test_the_server_says_what_the_portal_says(kind, name) -> None:
    site = SITES[name]
    with served(kind, site) as server:
        check(site, lambda target: server.ask(HOST, target), with_case=kind is Kind.APACHE)


@pytest.mark.parametrize("kind", BOTH)
def test_addresses_that_differ_by_case_alone_stay_apart(kind) -> None:
    pairs = [("/Doc.html", "1"), ("/doc.html", "2"), ("/x.html?id=Ab", "3"), ("/x.html?id=aB", "4")]
    given = [Answer(f"http://{HOST}{path}", f"http://{HOST}{path}", 301, f"{PORTAL}/{to}") for path, to in pairs]
    with served(kind, EXACT, given) as server:
        for path, to in pairs:
            assert server.ask(HOST, path.encode()).location == f"{PORTAL}/{to}", path


@pytest.mark.parametrize("kind", BOTH)
def test_aliases_head_and_how_long_an_answer_keeps(kind) -> None:
    with served(kind, FOLDING) as server:
        assert server.ask("dahe.example.gov.cn", b"/").status == 301
        said = server.ask(HOST, b"/", b"HEAD")
        assert (said.status, said.body) == (301, b"")
        assert "max-age=3600" in said.headers
        gone = server.ask(HOST, b"/zwgk/")
        assert gone.status == 410 and "max-age=3600" in gone.headers
        text = gone.body.decode()
        assert "已下线" in text and f'href="{PORTAL}/towns/dahe/"' in text and "大河镇&#34;政府&#34; &#36;1" in text
        missing = server.ask(HOST, b"/nobody.html")
        assert missing.status == 404 and "没有找到" in missing.body.decode()
        assert "max-age" not in missing.headers


@pytest.mark.parametrize("kind", BOTH)
def test_what_nobody_knows_goes_where_the_site_says(kind) -> None:
    site = replace(FOLDING, otherwise=f"{PORTAL}/towns/dahe/")
    with served(kind, site) as server:
        assert server.ask(HOST, b"/nobody.html?a=1")[:2] == (301, f"{PORTAL}/towns/dahe/")
        assert server.ask(HOST, b"/zwgk/").status == 410
    with served(kind, replace(site, append_path=True)) as server:
        for target in (b"/nobody.html?a=1", b"/A%20b/c.html", b"/x/"):
            assert server.ask(HOST, target)[:2] == (301, f"{PORTAL}/towns/dahe{target.decode()}")
        for hostile in (b"//evil.example/", b"/\\evil.example/", b"/@evil.example", b"/a%0d%0aSet-Cookie:x"):
            said = server.ask(HOST, hostile)
            assert said.status in (301, 400, 404)
            assert not said.location or said.location.startswith(f"{PORTAL}/towns/dahe/")
            assert "Set-Cookie:" not in said.headers.replace(said.location, "")


def test_the_table_is_what_load_takes(tmp_path) -> None:
    (table,) = exported(Kind.CSV, FOLDING, tmp_path).values()
    (tmp_path / "map.csv").write_bytes(table)
    lines = list(read_map(tmp_path / "map.csv"))
    given = answers(FOLDING)
    assert [(line.url, line.target) for line in lines] == [(answer.url, answer.location) for answer in given]
    words = {301: "redirect", 302: "redirect", 410: "gone"}
    assert [line.outcome for line in lines] == [words[answer.status] for answer in given]


class Iis:
    """The rules of a web.config, as URL Rewrite would apply them (its reference: conditions, captures, maps)."""

    def __init__(self, config: bytes) -> None:
        root = ElementTree.fromstring(config)
        self.maps = {
            node.get("name"): {one.get("key").lower(): one.get("value") for one in node}
            for node in root.iter("rewriteMap")
        }
        self.rules = list(root.iter("rule"))

    def ask(self, target: bytes) -> Said:
        sent = target.decode()
        inputs = {"UNENCODED_URL": sent, "QUERY_STRING": sent.partition("?")[2]}
        for rule in self.rules:
            captures: list[str] = []
            if all(self._holds(one, inputs, captures) for one in rule.iter("conditions") for one in one):
                action = rule.find("action")
                if action.get("type") == "Redirect":
                    status = {"Permanent": 301, "Found": 302}[action.get("redirectType")]
                    return Said(status, self._filled(action.get("url"), inputs, captures), "", b"")
                return Said(int(action.get("statusCode")), "", "", b"")
        raise AssertionError("no rule applies")

    def _holds(self, condition, inputs: dict[str, str], captures: list[str]) -> bool:
        value = self._filled(condition.get("input"), inputs, captures)
        found = re.search(condition.get("pattern"), value, re.IGNORECASE)
        captures += [group or "" for group in found.groups()] if found else []
        return found is not None

    def _filled(self, text: str, inputs: dict[str, str], captures: list[str]) -> str:
        text = re.sub(r"\{C:(\d+)\}", lambda found: captures[int(found[1]) - 1], text)
        for name, entries in self.maps.items():
            if text.startswith(f"{{{name}:"):
                return entries.get(text[len(name) + 2 : -1].lower(), "404")
        return inputs.get(text.strip("{}"), text)


@pytest.mark.parametrize("name", SITES)
def test_iis_is_told_what_the_portal_says(name, tmp_path) -> None:
    site = SITES[name]
    (config,) = exported(Kind.IIS, site, tmp_path).values()
    table = {answer.key: answer for answer in answers(site)}
    iis = Iis(config)
    for answer in table.values():
        target = answer.key.removeprefix(f"http://{HOST}").encode()
        assert iis.ask(target)[:2] == wanted(site, table, target), target
        if b"%" in target:
            gbk = quote(unquote(target.decode()).encode("gb18030", "replace"), safe="/?=&+;,'()!*$~:@")
            if "%3F" not in gbk and wanted(site, table, gbk.encode())[0] != 404:
                assert iis.ask(gbk.encode())[:2] == wanted(site, table, gbk.encode()), gbk
    assert iis.ask(b"/nobody.html").status == 404


@pytest.mark.parametrize("kind", installed(Kind.CADDY))
@pytest.mark.parametrize("name", SITES)
def test_caddy_says_what_the_portal_says_to_known_spellings(kind, name) -> None:
    site = SITES[name]
    table = {answer.key: answer for answer in answers(site)}
    with served(kind, site) as server:
        for answer in table.values():
            target = answer.key.removeprefix(f"http://{HOST}").encode()
            if b";" in target.partition(b"?")[2]:
                continue  # Go refuses it in a query
            said = server.ask(HOST, target)
            assert (said.status, said.location) == (answer.status, answer.location), target
        assert server.ask(HOST, quote("/公告/通知.html".encode("gbk")).encode()).status != 404
        assert server.ask(HOST, b"/nobody.html").status == 404
