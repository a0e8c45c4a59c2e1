"""What an earlier capture got stays, when a later one gets error pages, challenges or nothing. Real harvests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.config import SiteConfig
from migrate.extract.stage import extract_all
from migrate.families import load_families
from migrate.harvest import HarvestRun, run_harvest
from migrate.mapping import map_entries
from migrate.records import Kind, Outcome
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config
from tests.mapping.building import PORTAL, site_config

HOME = f"http://{HOST}/"
ROOT = Path(__file__).resolve().parents[2]
TEXT = "各村委会：现将今年第{}次防汛检查的情况通报如下，请对照检查，抓紧整改，并将结果报镇政府办公室。"
CHALLENGE = b"<html><head><script src='/_guard/auto.js'></script></head><body>...</body></html>"
ARTICLES = [f"/tzgg/{number}.html" for number in range(1, 8)]


def article(number: int, text: str = "") -> str:
    return (
        f"<title>防汛检查通报第{number}号</title><h1>防汛检查通报第{number}号</h1><div>发布时间：2020-07-0{number} "
        f"来源：大河镇</div><div id='zoom'><p>{text or TEXT.format(number)}</p></div>"
    )


class Old:
    """An old site that is harvested and mapped several times."""

    def __init__(self, served: OldSite, folder: Path) -> None:
        self.served, self.folder = served, folder / "dahe"
        self.site: SiteConfig = site_config(
            folder,
            head=f"""
site:
  id: dahe
  name: 大河镇人民政府
  url: {HOME}
  aliases: [dahe.example.gov.cn]
  channel: /towns/dahe/
""",
        )
        served.html("/", "".join(f'<a href="{path}">x</a>' for path in [*ARTICLES, "/a.doc"]))
        for number, path in enumerate(ARTICLES, 1):
            served.html(path, article(number))
        served.pages["/a.doc"] = Answer(b"\xd0\xcf\x11\xe0 word", type="application/msword")

    def harvest(self) -> None:
        run_harvest(config(self.served), FAMILIES, self.folder, HarvestRun(delta=True), lambda _progress: None)

    def map(self) -> tuple[int, int]:
        with Ledger(self.folder / "ledger.sqlite") as ledger:
            families = load_families(ROOT / "mappings" / "families.yaml")
            read = extract_all(ledger, self.folder, self.site, families, lambda *_progress: None)
            map_entries(ledger, self.site, PORTAL)
            return read

    def state(self, path: str) -> tuple[Outcome, Kind, bool]:
        """Return outcome, kind and whether a finding says that the newest capture got less."""
        with Ledger(self.folder / "ledger.sqlite") as ledger:
            entry = ledger.entry(HOME + path[1:])
            assert entry is not None
            findings = [found for _stage, found in ledger.findings("map", entry.key)]
            return entry.outcome, entry.kind, "map.worse-capture" in {finding.check for finding in findings}

    def body(self, path: str) -> str:
        with Ledger(self.folder / "ledger.sqlite") as ledger:
            entry = ledger.entry(HOME + path[1:])
            assert entry is not None and entry.content is not None
            return entry.content.body

    def message(self, path: str) -> str:
        with Ledger(self.folder / "ledger.sqlite") as ledger:
            return next(f.message for _stage, f in ledger.findings("map", HOME + path[1:]) if "worse" in f.check)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Old]:
    with OldSite().served() as served:
        yield Old(served, tmp_path)


WORSE = {
    "soft 404": (Answer("<html><title>提示</title><body>您访问的页面不存在</body></html>".encode()), "soft-404"),
    "challenge": (Answer(CHALLENGE), "challenge"),
    "blank page": (Answer(b"<html><body> </body></html>"), "empty"),
    "no bytes": (Answer(b""), "empty"),
    "hard 404": (Answer(b"<html>gone</html>", 404), "HTTP 404"),
    "redirect": (Answer(b"", 302, headers={"Location": "/"}), "HTTP 302"),
}


@pytest.mark.parametrize("case", WORSE)
def test_a_worse_answer_replaces_neither_article_nor_file(old: Old, case: str) -> None:
    old.harvest()
    old.map()
    assert old.state(ARTICLES[0]) == (Outcome.MOVE, Kind.ARTICLE, False)
    answer, named = WORSE[case]
    old.served.pages[ARTICLES[0]] = old.served.pages["/a.doc"] = answer
    old.harvest()
    old.map()
    assert old.state(ARTICLES[0]) == (Outcome.MOVE, Kind.ARTICLE, True)
    assert old.state("/a.doc") == (Outcome.MOVE, Kind.ATTACHMENT, True)
    assert named in old.message(ARTICLES[0])
    assert old.body(ARTICLES[0]) == f"<p>{TEXT.format(1)}</p>"
    assert old.state(ARTICLES[1]) == (Outcome.MOVE, Kind.ARTICLE, False)
    assert old.map()[0] == 0  # what was passed over is not read again


def test_a_page_instead_of_a_file_does_not_replace_it(old: Old) -> None:
    old.harvest()
    old.served.html("/a.doc", article(9, "请登录后下载。"))
    old.harvest()
    old.map()
    assert old.state("/a.doc") == (Outcome.MOVE, Kind.ATTACHMENT, True)


def test_one_page_for_all_addresses_replaces_none(old: Old) -> None:
    old.harvest()
    for path in ARTICLES:
        old.served.html(path, article(9, "本网站已于今年六月停止更新，请访问县政府门户网站，感谢您多年来的支持。" * 5))
    old.harvest()
    old.map()
    assert {old.state(path) for path in ARTICLES} == {(Outcome.MOVE, Kind.ARTICLE, True)}


def test_a_better_answer_replaces_all_before(old: Old) -> None:
    old.served.pages[ARTICLES[0]] = WORSE["soft 404"][0]
    old.harvest()
    old.map()
    assert old.state(ARTICLES[0]) == (Outcome.GONE, Kind.OTHER, False)
    old.served.html(ARTICLES[0], article(1))
    old.harvest()
    old.served.pages[ARTICLES[0]] = WORSE["challenge"][0]
    old.harvest()
    old.map()
    assert old.state(ARTICLES[0]) == (Outcome.MOVE, Kind.ARTICLE, True)
    old.served.html(ARTICLES[0], article(1, TEXT.format("十")))
    old.harvest()
    old.map()
    assert old.state(ARTICLES[0]) == (Outcome.MOVE, Kind.ARTICLE, False)
    assert old.body(ARTICLES[0]) == f"<p>{TEXT.format('十')}</p>"


def test_an_earlier_page_that_cannot_be_read_is_never_gone(old: Old) -> None:
    old.harvest()
    (first,) = (old.folder / "warc").iterdir()
    old.served.pages[ARTICLES[0]] = WORSE["soft 404"][0]
    old.harvest()
    first.write_bytes(b"")
    old.map()
    assert old.state(ARTICLES[0])[0] is Outcome.FAILED
