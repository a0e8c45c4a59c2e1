"""A central portal of a few notices, imported as the watch over the sources does: site `policy`, its own column."""

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cms_site.legacy.models import Imported
from cms_site.policy.models import Notice
from cms_site.portal.models import PolicyPage
from migrate.config.sites import POLICY_SITE
from migrate.notices import Moment, Read, Seen
from migrate.portal import policy
from migrate.records import Field
from tests.importer.sites import SmallSite
from tests.mapping.building import HEAD

HOST = "http://www.central.example.gov.cn"
COLUMN = "/state-council/"
PUBLISHER = "中国政府网"
DAY = timedelta(days=1)
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""Friday, nine o'clock in Beijing."""
RULES = """
rules:
  - name: 政策
    match: {kind: [article]}
    column: news
"""


class Central(SmallSite):
    """The source. What is written into its ledger goes into the portal's policy column."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "central", RULES)
        self.host = HOST

    def use(self, rules: str, head: str = HEAD) -> None:
        """Take a mapping of the demo's channel, under the id of reposted notices."""
        head = head.replace("/towns/NAME/", "/towns/dahe/")
        super().use(rules, head)
        identity = dataclasses.replace(self.config.site, id=POLICY_SITE, channel="/")
        self.config = dataclasses.replace(self.config, site=identity)

    def map(self, rules: str | None = None) -> Any:
        """Map, then lead everything into the policy column."""
        identity = self.config.site
        own = dataclasses.replace(identity, channel="/towns/dahe/")
        self.config = dataclasses.replace(self.config, site=own)
        done = super().map(rules)
        self.config = dataclasses.replace(self.config, site=identity)
        entries = [
            entry if entry.content is None
            else dataclasses.replace(entry, target=COLUMN, template="state_council")
            for entry in self.ledger.entries()
        ]  # fmt: skip
        with self.ledger.transaction():
            self.ledger.write_entries(entries)
        return done

    def row(self, path: str) -> Imported:
        return Imported.objects.get(site__slug=POLICY_SITE, source_key=self.mapped(path).key)

    def notice(self, path: str) -> Notice:
        return Notice.objects.get(key=self.mapped(path).key)

    def page(self, path: str, *args: Any, **fields: Any) -> Any:
        return super().page(path, *args, **fields)

    def public(self, path: str) -> PolicyPage:
        return PolicyPage.objects.get(pk=self.row(path).page_id)


def key_of(path: str) -> str:
    return HOST + path


def moment(start: datetime = MORNING, width: timedelta = timedelta()) -> Moment:
    return Moment(start, start + width)


def seen(path: str, title: str = "国务院关于加强粮食生产的意见", **more: Any) -> Seen:
    """Return a line of a list, published on a Friday morning unless it is said."""
    values: dict[str, Any] = {
        "key": key_of(path), "url": key_of(path), "source": "central", "title": title, "published": moment(),
        "first_seen": MORNING, "within": DAY, "column": COLUMN,
    }  # fmt: skip
    return Seen(**values | more)


def checksum_of(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def read(path: str, text: str = "标题 正文", **more: Any) -> Read:
    """Return what was read at a notice's address."""
    values: dict[str, Any] = {
        "key": key_of(path), "url": key_of(path), "publisher": PUBLISHER, "published": moment(),
        "checksum": checksum_of(text), "text": text, "warc_file": "20261120T010000-00000.warc.gz", "warc_offset": 17,
        "digest": "sha256:00", "fetched_at": "2026-11-20T01:05:00+00:00",
    }  # fmt: skip
    return Read(**values | more)


TITLE = Field("国务院关于加强粮食生产的意见", "selector:h1", 1.0)
NUMBER = Field("国发〔2026〕18号", "label:发文字号", 1.0)
BODY = (
    "<p>各省、自治区、直辖市人民政府，国务院各部委、各直属机构：</p>"
    "<p>为切实加强粮食生产，端牢饭碗，现提出以下意见。</p>"
    "<p>一、稳定播种面积。各地要将种植任务分解到县乡，落实到田块，不得擅自调减。</p>"
    "<p>二、提高单产水平。集中力量推广良种良法，加快高标准农田建设，完善农田水利设施。</p>"
    "<p>三、强化防灾减灾。加强气象监测预警，做好病虫害统防统治，减少因灾损失。</p>"
    "<p>四、压实各方责任。严格考核，对工作成效明显的予以激励，对落实不力的依规问责。</p><p>国务院</p>"
)


def sync(central: Central, *paths: str, publish: bool = False, **more: Any) -> list[Any]:
    """Import what is in the ledger and tell the portal of these notices, as a sync does."""
    for path in paths:
        policy.see([seen(path, **more)])
    central.run(publish=publish)
    return [finding for path in paths for finding in policy.take([read(path)])]
