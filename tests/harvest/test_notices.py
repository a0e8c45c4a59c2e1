"""Status 200 that means nothing: one answer to all that is missing, one notice in the place of the whole site."""

from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.harvest import HarvestRun, HarvestSummary, run_harvest
from migrate.harvest.probes import MAX_PROBES
from migrate.harvest.targets import MADE_UP, NO_PROBES
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config
from tests.harvest.test_harvest import HOME, rows
from tests.harvest.test_rebuild import same_again

MISSING = "<html><body><h1>大河镇</h1><p>欢迎访问大河镇人民政府网站，本站提供政务信息。</p></body></html>".encode()


@pytest.mark.parametrize("links", [0, 1, 3, 8])
def test_missing_pages_are_known_on_the_smallest_site(links: int, tmp_path: Path) -> None:
    site = OldSite()
    site.html(
        "/", "<a href='/gone.html'>旧闻</a>" + "".join(f"<a href='/a/{n}.html'>第{n}号</a>" for n in range(links))
    )
    for number in range(links):
        site.html(f"/a/{number}.html", f"<h1>{chr(0x4E00 + number)}</h1><a href=/lost.html>附</a>" + "正文。" * 99)
    site.answer = lambda path, _request: site.pages.get(path) or Answer(MISSING)  # type: ignore[method-assign]
    folder = tmp_path / "dahe"
    with site.served():
        summary = run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    wanted = [(f"http://{HOST}/{name}.html",) for name in (("gone", "lost") if links else ("gone",))]
    for table in ("resources", "frontier"):
        assert rows(folder, f"SELECT key FROM {table} WHERE reason = 'soft-404' AND key LIKE '%l' ORDER BY 1") == wanted
    assert (
        rows(folder, "SELECT url FROM findings WHERE name = 'harvest.soft-404' AND url LIKE '%l' ORDER BY 1") == wanted
    )
    assert summary.failed == 0
    assert rows(folder, f"SELECT state, reason FROM frontier WHERE key = '{HOME}'") == [("fetched", "")]
    same_again(config(site), folder)


def deep_site(scripts: int) -> OldSite:
    """A site whose lists, behind its first pages, lead to scripts that answer nonsense with status 200."""
    site = OldSite()
    site.html("/", "".join(f"<a href='/l/{n}.html'>栏目{n}</a>" for n in range(8)))
    for number in range(8):
        site.html(f"/l/{number}.html", f"<h1>{chr(0x4E00 + number)}</h1><a href='/l/deep.html'>更多</a>")
    numbers = [1, 2, 71, 72]
    shows = [f"/xw{script}/show.asp?id={number}" for script in range(scripts) for number in numbers]
    site.html("/l/deep.html", "".join(f"<a href='{show}'>文</a>" for show in shows))
    for number, show in enumerate(shows):
        if show.endswith(("=1", "=2")):
            site.html(show, f"<h1>{chr(0x5E00 + number)}</h1>" + f"{chr(0x6E00 + number)}正文。" * 99)
    known = site.answer
    site.answer = lambda path, request: (  # type: ignore[method-assign]
        Answer(MISSING) if "show.asp" in path and path not in site.pages else known(path, request)
    )
    return site


def test_shapes_that_are_found_deep_in_a_site_are_asked_about_when_they_are_met(tmp_path: Path) -> None:
    site, folder = deep_site(3), tmp_path / "dahe"
    with site.served():
        run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    gone = {f"http://{HOST}/xw{script}/show.asp?id={number}" for script in range(3) for number in (71, 72)}
    assert {
        key for (key,) in rows(folder, f"SELECT key FROM frontier WHERE reason = 'soft-404' AND {NO_PROBES}")
    } == gone
    made_up = [head.split()[1].decode() for head in site.heads if MADE_UP.encode() in head]
    assert sorted(path for path in made_up if "xw" in path) == [
        f"/xw{script}/show.asp?id=987654321&{MADE_UP}=1" for script in range(3)
    ]
    same_again(config(site), folder)


def test_nonsense_is_asked_for_within_bounds(tmp_path: Path) -> None:
    site, folder = deep_site(40), tmp_path / "dahe"
    with site.served():
        run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert sum(MADE_UP.encode() in head for head in site.heads) == MAX_PROBES
    assert rows(folder, "SELECT count(*) FROM frontier WHERE state = 'failed'") == [(0,)]


def test_pages_that_came_before_a_crash_are_judged_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends when it has the first pages, and has asked for nothing made up yet."""
    site = OldSite()
    site.html("/", "<a href='/gone.html'>旧闻</a>")
    site.answer = lambda path, _request: site.pages.get(path) or Answer(MISSING)  # type: ignore[method-assign]
    folder = tmp_path / "dahe"

    def crash(*_asked: object) -> None:
        raise KeyboardInterrupt

    with site.served():
        with monkeypatch.context() as crashing, pytest.raises(KeyboardInterrupt):
            crashing.setattr("migrate.harvest.crawl.Shapes.early", crash)
            run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
        believed = "SELECT key FROM resources WHERE key LIKE '%gone.html' AND reason = '{}'"
        assert len(rows(folder, believed.format(""))) == 1
        run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert len(rows(folder, believed.format("soft-404"))) == 1
    assert rows(folder, f"SELECT state, reason FROM frontier WHERE key = '{HOME}'") == [("fetched", "")]
    same_again(config(site), folder)


# one notice in the place of many pages


NOTICE = "<html><body><h1>本站已关停</h1><p>请访问云溪县人民政府门户网站。{}</p></body></html>"


def page(number: int, version: str = "") -> Answer:
    text = chr(0x4E00 + number) * 40
    return Answer(f"<html><body><h1>第{text}号</h1><p>{text}正文{version}</p></body></html>".encode())


def notice(number: int) -> Answer:
    """The same to a reader: a time is in it."""
    return Answer(NOTICE.format(f"<!-- 2026-11-{number:02d} -->").encode())


def town(pages: int) -> OldSite:
    site = OldSite()
    site.html("/", "镇情" * 30 + "".join(f"<a href='/{number}.html'>{number}</a>" for number in range(pages)))
    for number in range(pages):
        site.pages[f"/{number}.html"] = page(number)
    return site


def again(site: OldSite, folder: Path) -> HarvestSummary:
    return run_harvest(config(site), FAMILIES, folder, HarvestRun(delta=True), lambda _progress: None)


@pytest.mark.parametrize("pages", [3, 12, 150])
def test_a_notice_at_every_address_is_no_change(pages: int, tmp_path: Path) -> None:
    folder, site = tmp_path / "dahe", town(pages)
    with site.served():
        again(site, folder)
        whole = dict(site.pages)
        for number in range(pages):
            site.pages[f"/{number}.html"] = notice(number)
        site.pages["/"] = notice(99)
        summary = again(site, folder)
        assert (summary.changed, summary.gone, summary.new, summary.failed) == (0, 0, 0, pages + 1)
        assert summary.unreliable == "replaced"
        [(message,)] = rows(folder, "SELECT message FROM findings WHERE name = 'harvest.replaced'")
        assert message.startswith(f"{pages + 1} pages that were unlike each other have become the same text")
        assert rows(folder, "SELECT count(*) FROM findings WHERE name = 'harvest.failed'") == [(0,)]
        with Ledger(folder / "ledger.sqlite") as ledger:
            first = rows(folder, "SELECT min(stamp) FROM captures")[0][0]
            kept = [resource for resource in ledger.newest_resources() if resource.key.endswith("l")]
            assert len(kept) == pages and {resource.capture for resource in kept} == {first}
            read = read_response(folder, kept[0].warc_file, kept[0].warc_offset)
            assert read.body == whole[kept[0].key.removeprefix(f"http://{HOST}")].body  # type: ignore[union-attr]
        same_again(config(site), folder)
        # The notice stays: the next delta says so again. The site is back: all is as before.
        assert again(site, folder).unreliable == "replaced"
        site.pages = whole
        site.pages["/0.html"] = page(0, "（更新）")
        back = run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert (back.changed, back.unreliable, back.failed) == (1, "", 0)
    assert rows(folder, "SELECT count(*) FROM findings WHERE name = 'harvest.replaced'") == [(0,)]


def test_a_part_of_the_site_that_a_notice_took_the_place_of(tmp_path: Path) -> None:
    folder, site = tmp_path / "dahe", town(60)
    with site.served():
        again(site, folder)
        for number in range(20):
            site.pages[f"/{number}.html"] = notice(number)
        site.pages["/30.html"] = page(30, "（更新）")
        site.pages["/31.html"] = Answer(status=404)
        summary = again(site, folder)
    assert (summary.changed, summary.gone, summary.failed, summary.unreliable) == (1, 1, 20, "")
    [(message,)] = rows(folder, "SELECT message FROM findings WHERE name = 'harvest.replaced'")
    assert message.startswith("20 pages")


def test_a_notice_in_a_fresh_capture_takes_the_place_of_nothing(tmp_path: Path) -> None:
    folder, site = tmp_path / "dahe", town(60)
    with site.served():
        again(site, folder)
        for number in range(20):
            site.pages[f"/{number}.html"] = notice(number)
        summary = run_harvest(config(site), FAMILIES, folder, HarvestRun(fresh=True), lambda _progress: None)
        assert (summary.kind, summary.failed, summary.unreliable) == ("full", 20, "")
        [(message,)] = rows(folder, "SELECT message FROM findings WHERE name = 'harvest.replaced'")
        assert message.startswith("20 pages")
        with Ledger(folder / "ledger.sqlite") as ledger:
            stamps = {resource.capture for resource in ledger.newest_resources() if resource.key.endswith("/7.html")}
        assert stamps == {rows(folder, "SELECT min(stamp) FROM captures")[0][0]}
        same_again(config(site), folder)
        # The next run asks for them again; the notice is still there.
        assert run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None).kind == "delta"


def test_pages_that_change_alike_are_no_notice(tmp_path: Path) -> None:
    """A new frame around old articles; pages that were the same before; the notices of a few withdrawn pages."""
    folder, site = tmp_path / "dahe", town(60)
    same = [f"/{number}.html" for number in range(20, 40)]
    for path in same:
        site.pages[path] = Answer(f"<html><body>{'同样的文字' * 20}{path}</body></html>".encode())
    with site.served():
        again(site, folder)
        for number in range(20):
            site.pages[f"/{number}.html"] = page(number, "新版页脚，主办单位：大河镇人民政府" * 9)
        for path in same:
            site.pages[path] = Answer(f"<html><body>{'另一样的文字' * 20}{path}</body></html>".encode())
        for number in range(40, 49):
            site.pages[f"/{number}.html"] = notice(number)
        summary = again(site, folder)
    assert (summary.changed, summary.unreliable, summary.failed) == (49, "", 0)
    assert rows(folder, "SELECT count(*) FROM findings WHERE name = 'harvest.replaced'") == [(0,)]
