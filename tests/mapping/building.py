"""A ledger written by hand, as harvest and extraction would leave it, and mappings written as YAML."""

from pathlib import Path

from migrate.archive.ledger import Ledger
from migrate.config import PortalConfig, SiteConfig
from migrate.config.portal import load_portal
from migrate.config.sites import load_site
from migrate.mapping import MapSummary, map_entries
from migrate.records import Entry, Field, FileLink, Kind, Listing, Record
from migrate.urls import canonical, host_of

HOST = "http://www.dahe.example.gov.cn"
STAMP = "20261121T093000Z"
PORTAL = load_portal(Path(__file__).resolve().parents[2] / "mappings" / "portal.yaml")
HEAD = """
site:
  id: NAME
  name: 大河镇人民政府
  url: http://www.NAME.example.gov.cn/
  aliases: [NAME.example.gov.cn]
  channel: /towns/NAME/
  urls: {case_sensitive: false, keep_query: [id]}
"""
RULES = """
rules:
  - name: 列表
    match: {kind: [home, list]}
    redirect: column
  - name: 专题
    match: {path: "/zt/**"}
    archive: 专题已结束
  - name: 作废
    match: {path: "/old/**"}
    gone: 已作废
  - name: 再议
    match: {path: "/later/**"}
    undecided: 再议
  - name: 公告
    match: {path: "/tzgg/**", kind: [article]}
    column: notices
  - name: 政策
    match: {path: "/zcwj/**", kind: [article]}
    column: policies
    require: [document_number]
  - name: 动态
    match: {path: "/gzdt/**", kind: [article]}
    column: news
"""


def site_config(folder: Path, rules: str = RULES, head: str = HEAD) -> SiteConfig:
    """Return the mapping of dahe that this YAML says."""
    path = folder / "dahe.yaml"
    path.write_text(head.replace("NAME", "dahe") + rules, encoding="utf-8")
    return load_site(path, PORTAL)


class Site:
    """An old site as the ledger knows it. Paths stand for URLs on its main host."""

    def __init__(self, folder: Path, *, name: str = "dahe", rules: str = RULES, portal: PortalConfig = PORTAL) -> None:
        self.host = f"http://www.{name}.example.gov.cn"
        self.portal = portal
        self._file = folder / f"{name}.yaml"
        self.use(rules)
        self.ledger = Ledger(folder / "ledger.sqlite", create=True)
        self.db.execute("INSERT INTO captures VALUES (?, 'full', 'finished', '', '', '{}')", (STAMP,))

    def use(self, rules: str, head: str = HEAD) -> None:
        """Take another mapping, as if somebody had edited the YAML."""
        self._file.write_text(head.replace("NAME", self._file.stem) + rules, encoding="utf-8")
        self.config: SiteConfig = load_site(self._file, self.portal)

    @property
    def db(self):
        return self.ledger.db

    def key(self, path: str) -> str:
        """Return the cautious key under which the harvest keeps an address."""
        return canonical(path if "://" in path else self.host + path, self.config.url_rules.cautious())

    def mapped(self, path: str) -> Entry:
        """Return the entry of an address."""
        entry = self.ledger.entry(canonical(path if "://" in path else self.host + path, self.config.url_rules))
        assert entry is not None, path
        return entry

    def frontier(self, path: str, state: str, reason: str = "", referrer: str = "/") -> None:
        self.db.execute(
            "INSERT INTO frontier VALUES (?, ?, ?, ?, 1, ?, 1, ?, '')",
            (STAMP, self.key(path), self.host + path, self.key(referrer), state, reason),
        )

    def link(self, path: str, referrer: str = "/") -> None:
        url = path if "://" in path else self.key(path)
        own = int(self.config.url_rules.owns(host_of(url)))
        self.db.execute("INSERT INTO links VALUES (?, ?, ?, '', 'a', 1)", (url, own, self.key(referrer)))

    def answer(self, path: str, status: int = 200, media_type: str = "text/html", **more: str) -> str:
        """Add what the old server said; return the key."""
        key = self.key(path)
        location = more.get("location", "")
        digest = more.get("digest", f"sha256:{path}" if status == 200 else "")
        self.db.execute(
            "INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, 9, 'a.warc.gz', 5, ?, ?, ?, '', '', '', '')",
            (STAMP, key, self.host + path, status, media_type, digest, more.get("at", "2026-11-21T09:31:00+00:00"),
             self.key(location) if location.startswith("/") else location, more.get("reason", "")),
        )  # fmt: skip
        if "referrer" in more:
            self.frontier(path, "fetched", referrer=more["referrer"])
        return key

    def page(self, path: str, kind: Kind, digest: str = "", **fields: object) -> None:
        """Add a page with the record that extraction would read from it."""
        key = self.answer(path, **({"digest": digest} if digest else {}))
        self.ledger.write_record(Record(key=key, kind=kind, **fields), digest or f"sha256:{path}", "recipe")

    def article(self, path: str, **fields: object) -> None:
        """Add an article with title and date; files are given as paths."""
        for name in ("attachments", "images"):
            paths = fields.get(name, ())
            fields[name] = tuple(FileLink(p if "://" in p else self.host + p, p.rsplit("/", 1)[-1]) for p in paths)
        fields.setdefault("title", Field("关于修路的通知", "selector:h1", 1.0))
        fields.setdefault("published", Field("2016-05-03", "label:发布时间", 1.0))
        fields.setdefault("body", "<p>各村委会：</p>")
        self.page(path, Kind.ARTICLE, **fields)

    def list_page(self, path: str, *lines: str, **dates: str) -> None:
        listings = tuple(Listing(self.host + line, "题目", dates.get(line.rsplit("/", 1)[-1], "")) for line in lines)
        self.page(path, Kind.LIST, reason="list", listings=listings)

    def file(self, path: str, media_type: str, referrer: str = "/", digest: str = "") -> None:
        self.answer(path, media_type=media_type, referrer=referrer, **({"digest": digest} if digest else {}))

    def map(self, rules: str | None = None) -> MapSummary:
        if rules is not None:
            self.use(rules)
        return map_entries(self.ledger, self.config, self.portal)

    def entries(self) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.db.execute("SELECT * FROM entries ORDER BY key")]

    def findings(self, name: str = "") -> list[str]:
        return [f.url.removeprefix(self.host) for _stage, f in self.ledger.findings("map") if f.check == name]
