"""What a dry run announces is what happens: page by page and file by file, whatever sites, editors and people did."""

import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from wagtail.models import Page

from cms_site.legacy.models import Imported
from migrate import portal
from migrate.importer import ImportOptions, import_entries
from migrate.records import Entry, Field, Reading, Stored
from tests.importer.sites import DOC, HOSTS, SmallSite, edit, picture
from tests.importer.test_rollback import tables
from tests.mapping.building import RULES

Make = Callable[..., SmallSite]
WORDS = {"create": "created", "update": "updated", "unpublish": "unpublished", "merge": "merged"}
TEXT = "".join(
    f"<p>第{number}条 各村民委员会应当做好森林防火工作，发现火情立即报告镇政府值班室。</p>" for number in range(9)
)
FOLDERS = ("tzgg", "gzdt", "zcwj", "later", "zt", "old")
FILES = {"/f/1.doc": DOC, "/f/2.exe": b"MZ run me", "/f/3.png": picture(), "/f/4.png": b"\x89PNG broken"}


class Recorder:
    """An intake that writes down what became of each key."""

    def __init__(self, intake: Any) -> None:
        self._intake = intake
        self.items: Counter[tuple[str, str]] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._intake, name)

    def _keep(self, stored: list[Stored]) -> list[Stored]:
        self.items.update((item.key, item.status) for item in stored)
        return stored

    def write_files(self, readings: Iterable[Reading]) -> Iterator[list[Stored]]:
        yield from map(self._keep, self._intake.write_files(readings))

    def follow(self, batch: list[Entry]) -> list[Stored]:
        return self._keep(self._intake.follow(batch))

    def fill_pages(self, batch: list[Entry], *, relink: bool = False) -> list[Stored]:
        return self._keep(self._intake.fill_pages(batch, relink=relink))

    def retire(self, batch: list[Entry]) -> list[Stored]:
        return self._keep(self._intake.retire(batch))


def announced(site: SmallSite, **options: Any) -> Counter[tuple[str, str]]:
    """Return what a dry run says would happen; what stays as it is left out."""
    planned = [(item.url, WORDS.get(item.action, item.action.value)) for item in site.planned(**options)]
    return Counter(item for item in planned if item[1] != "unchanged")


def done(site: SmallSite, **options: Any) -> Counter[tuple[str, str]]:
    """Import, and return what happened; files that could not be had are in the findings alone."""
    site.map()
    chosen = ImportOptions(**{"publish": True, **options})
    with portal.open_intake(site.config, site.portal, publish=chosen.publish, hosts=HOSTS) as intake:
        recorder = Recorder(intake)
        import_entries(site.plan(recorder, chosen), site.folder, recorder, lambda *_progress: None)
    items = recorder.items
    for _stage, found in site.ledger.findings("import"):
        status = found.check.removeprefix("import.")
        if status in ("refused", "failed", "edited") and not items[found.url, status]:
            items[found.url, status] = 1
    return Counter({item: n for item, n in items.items() if item[1] not in ("unchanged", "leftover")})


class World:
    """Two old sites and their people, who do something at random."""

    def __init__(self, sites: list[SmallSite], seed: int) -> None:
        self.sites = sites
        self.dice = random.Random(seed)
        self.known: dict[str, set[str]] = {site.name: set() for site in sites}
        for site in sites:
            site.doc("/f/1.doc")
            for path, payload in FILES.items():
                if path != "/f/1.doc":
                    site.bytes(path, payload, "image/png" if path.endswith("png") else "application/octet-stream")

    def path(self) -> str:
        return f"/{self.dice.choice(FOLDERS)}/{self.dice.randrange(4)}.html"

    def publish_something(self, site: SmallSite) -> None:
        """Have the old site write an article, or change one."""
        path, dice = self.path(), self.dice
        other = dice.choice(self.sites)
        link = f'<p><a href="{other.host}{self.path()}">另见</a></p>'
        fields: dict[str, Any] = {
            "title": Field(f"关于{path.split('/')[1] if dice.random() < 0.5 else '防火'}的通告", "h1", 1.0)
        }
        fields["body"] = dice.choice([TEXT, TEXT + link, link, f"<p>版本{dice.randrange(3)}</p>{link}"])
        if dice.random() < 0.3:
            fields["attachments"] = [dice.choice(list(FILES))]
        if dice.random() < 0.3:
            fields["images"] = ["/f/3.png"]
            fields["body"] += f'<p><img src="{site.host}/f/3.png"></p>'
        if dice.random() < 0.15:
            fields["held"] = ("identity-number",)
        if dice.random() < 0.1:
            fields["written_on"] = Field("2016-02-31", "label:成文日期", 1.0)
        if dice.random() < 0.5:
            fields["document_number"] = Field("大政发〔2016〕5号", "label:文号", 1.0)
        known = path in self.known[site.name]
        (site.article_again if known else site.article)(path, **fields)
        self.known[site.name].add(path)

    def lose_something(self, site: SmallSite) -> None:
        """Have an article vanish."""
        if known := sorted(self.known[site.name]):
            path = self.dice.choice(known)
            site.db.execute("DELETE FROM resources WHERE key = ?", (site.key(path),))
            self.known[site.name].discard(path)

    def decide(self, site: SmallSite) -> None:
        """Rule on an address."""
        rows = list(Imported.objects.filter(site__slug=site.name).order_by("source_key"))
        entries = {entry.key for entry in site.ledger.entries()}
        keys = sorted({row.source_key for row in rows} & entries)
        if not keys or not rows:
            return
        outcome = self.dice.choice(["move", "move", "archive", "gone", "undecided", "redirect"])
        column = f"/towns/{site.name}/{self.dice.choice(['notices', 'news', 'policies'])}/"
        site.decide(
            self.dice.choice(keys), outcome, column="" if outcome in ("archive", "gone", "undecided") else column,
            reason="裁定", release=self.dice.random() < 0.3, apart=self.dice.random() < 0.3,
        )  # fmt: skip

    def touch(self, site: SmallSite) -> None:
        """Have an editor do something to a page."""
        rows = list(Imported.objects.filter(site__slug=site.name, page__isnull=False).order_by("source_key"))
        if not rows:
            return
        page = self.dice.choice(rows).page.specific
        act = self.dice.choice(["draft", "publish", "take down", "delete"])
        if act == "delete":
            page.delete()
        elif act == "take down":
            page.unpublish()
        else:
            edit(page, publish=act == "publish")

    def live(self) -> None:
        """Let a few things happen."""
        for site in self.sites:
            for _number in range(self.dice.randrange(1, 6)):
                self.publish_something(site)
            for act, chance in ((self.lose_something, 0.3), (self.decide, 0.6), (self.touch, 0.4)):
                if self.dice.random() < chance:
                    act(site)
        if self.dice.random() < 0.2:
            self.sites[0].use(RULES.replace("column: notices", self.dice.choice(["column: news", "column: policies"])))


def test_why_something_is_refused_or_fails_is_announced_too(small: Make) -> None:
    site = small()
    named = ((b"Content-Disposition", 'attachment; filename="安装程序.exe"'.encode()),)
    site.article("/tzgg/1.html", attachments=["/down.asp?id=3", "/lost.doc"])
    site.bytes("/down.asp?id=3", b"MZ run me", "application/octet-stream", headers=named)
    site.doc("/lost.doc")
    site.db.execute("UPDATE resources SET warc_offset = 999999 WHERE key LIKE '%lost.doc'")
    site.article("/gzdt/2.html", written_on=Field("2016-02-31", "label:成文日期", 1.0))
    number, day = Field("大政发〔2016〕5号", "label:文号", 1.0), Field("2016-02-30", "head:施行日期", 1.0)
    site.article("/zcwj/3.html", document_number=number, policy_head={"effective_on": day})
    told = {(item.url, item.action.value): item.reason for item in site.planned() if item.reason}
    site.run()
    found = [found for _stage, found in site.ledger.findings("import")]
    checks = ("import.refused", "import.failed")
    happened = {(one.url, one.check.removeprefix("import.")): one.message for one in found if one.check in checks}
    assert told == happened and len(told) == 4
    assert "安装程序.exe" in told[site.mapped("/down.asp?id=3").key, "refused"]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_announced_happens(small: Make, seed: int) -> None:
    sites = [small("dahe"), small("xiaohe")]
    for site in sites:
        site.portal = dataclasses.replace(site.portal, merge="portal")
    world = World(sites, seed)
    for moment in range(6):
        world.live()
        for site in sites:
            publish = world.dice.random() < 0.7
            before = tables()
            told = announced(site, publish=publish)
            assert tables() == before, "a dry run writes nothing"
            assert done(site, publish=publish) == told, (moment, site.name)
    assert Page.find_problems() == ([], [], [], [], [])
