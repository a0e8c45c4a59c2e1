"""Old sites of any size, straight into a ledger: entries as `map` would leave them, files in a real WARC.

What is said of page 17 is always the same. Knows nothing of Django, so that benchmarks can write sites beforehand.
"""

import dataclasses
import io
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image as Picture

from migrate.archive.ledger import Ledger
from migrate.archive.warc import WarcWriter, digest_of
from migrate.config import SiteConfig
from migrate.config.portal import Channel, Column
from migrate.config.sites import load_site
from migrate.http.types import Response
from migrate.records import Content, Entry, Field, FileLink, Kind, Outcome, fingerprint
from tests.mapping.building import HEAD, RULES, STAMP
from tests.mapping.building import PORTAL as _HOME

_MORE = tuple(
    Column(slug, slug, template)
    for slug, template in (
        ("mailbox", "mailbox"), ("collect", "collect"), ("interviews", "interview"),
        ("interpretations", "policy_interp"),
    )
)  # fmt: skip
PORTAL = dataclasses.replace(
    _HOME,
    channels=(
        *(dataclasses.replace(channel, add=_MORE) for channel in _HOME.channels),
        Channel("/towns/xiaohe/", "小河镇", unit="小河镇人民政府"),
    ),
)
OWN_FIELDS: dict[int, tuple[str, str, str, dict[str, Any]]] = {
    40: ("leaders", "leader", "职务：副镇长|分工：负责农业农村、水利工作。",
         {"positions": "副镇长", "work": "负责农业农村、水利工作。"}),
    41: ("duties", "org_duty", "办公地址：中心街1号|联系电话：0377-00000000",
         {"address": "中心街1号", "phone": "0377-00000000"}),
    42: ("services", "service", "【申请条件】|本镇户籍。|年满六十周岁。|【办理材料】身份证",
         {"conditions": "本镇户籍。\n年满六十周岁。", "materials": "身份证"}),
    43: ("mailbox", "mailbox", "来信人：赵小山|来信时间：2016-03-01|来信内容：我叫赵小山，电话13800001234，路灯不亮。"
         "|答复单位：镇村建所|答复内容：赵小山先生：已经修好。",
         {"question": "我叫赵**，电话138******34，路灯不亮。", "reply": "赵**先生：已经修好。",
          "reply_unit": "镇村建所", "asked_on": date(2016, 3, 1)}),
    44: ("collect", "collect", "征集时间：2016-03-01 至 2016-03-31",
         {"starts_on": date(2016, 3, 1), "ends_on": date(2016, 3, 31)}),
    45: ("interviews", "interview", "访谈时间：2016年5月4日 09:30|访谈嘉宾：大河镇镇长",
         {"guests": "大河镇镇长", "held_at": datetime(2016, 5, 4, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))}),
    46: ("budget", "budget", "", {}),
    47: ("interpretations", "policy_interp", "", {}),
}  # fmt: skip
"""Page → its column and template, the lines that end its body, and what its page has of its own because of them."""
_PHRASES = (
    "各村民委员会、镇直各单位", "为进一步加强农村道路养护工作", "现将有关事项通知如下", "请结合实际认真贯彻执行",
    "按照县人民政府统一部署", "坚持因地制宜、分类施策", "于每月25日前报送工作进展", "联系电话见各村公开栏",
    "确保各项惠民政策落到实处", "严格执行《村镇道路管理办法》", "对工作不力的单位予以通报", "自发布之日起施行",
    "春季植树造林任务共计1200亩", "完成土地流转和确权登记", "防汛抗旱物资储备到位", "受到群众一致好评",
)  # fmt: skip
_SUBJECTS = (
    "修缮村组道路", "开展夏季防汛演练", "做好秋粮收购", "申报农业补贴", "调整公交线路", "组织人口抽样调查",
    "清理河道垃圾", "发放高龄津贴", "推进厕所改造", "举办书法展览",
)  # fmt: skip
_FIRST_DAY = datetime(2009, 3, 2, 8, 30)
_LINKLESS = 3
"""The page whose key is the first of all, `/gzdt/t000003.html`: by its number the naive way knows all others'."""


@dataclasses.dataclass(frozen=True)
class Many:
    """A site of `pages` articles and policy documents; with `drafts`, some are held, undecided or without a date."""

    name: str
    pages: int
    pictures: int = 40
    documents: int = 20
    drafts: bool = False
    picture_size: tuple[int, int] = (64, 48)

    @property
    def host(self) -> str:
        return f"http://www.{self.name}.example.gov.cn"

    def config(self, folder: Path) -> SiteConfig:
        """Write the site's file into a folder and load it."""
        path = folder / f"{self.name}.yaml"
        path.write_text(HEAD.replace("NAME", self.name) + RULES, encoding="utf-8")
        return load_site(path, PORTAL)

    def articles(self) -> Iterator[Entry]:
        """Yield the pages, not in the order of their keys."""
        for number in range(1, self.pages + 1):
            yield self._article(number)

    def files(self) -> Iterator[tuple[Entry, bytes, str]]:
        """Yield each picture and document with its bytes and media type."""
        for number in range(self.pictures):
            yield self._file(f"/images/{number:05d}.png", Kind.IMAGE), picture(number, *self.picture_size), "image/png"
        for number in range(self.documents):
            payload = b"\xd0\xcf\x11\xe0 " + f"{self.name} {number} ".encode() * 800
            yield self._file(f"/files/{number:05d}.doc", Kind.ATTACHMENT), payload, "application/msword"
        if self.drafts:
            held = dataclasses.replace(self._file("/files/held.doc", Kind.ATTACHMENT), held=("mobile-numbers",))
            yield held, b"\xd0\xcf\x11\xe0 with numbers", "application/msword"

    def _file(self, path: str, kind: Kind) -> Entry:
        key = self.host + path
        return Entry(key, url=key, kind=kind, outcome=Outcome.MOVE, rule="(built in)", name=path.rsplit("/", 1)[-1])

    def _is_held(self, number: int) -> bool:
        return self.drafts and number % 23 == 7

    def _path(self, number: int) -> str:
        """Return where page `number` lies; keys stand in another order than numbers."""
        if self.drafts and number in OWN_FIELDS:
            return f"/own/{OWN_FIELDS[number][0]}/t{number:06d}.html"
        if self.drafts and number % 19 == 11:
            return f"/later/t{number:06d}.html"
        column = "zcwj" if number % 4 == 0 else "gzdt" if number % 10 == 3 else "tzgg"
        return f"/{column}/t{number:06d}.html"

    def _article(self, number: int) -> Entry:
        key = self.host + self._path(number)
        column = key.split("/")[-2]
        place = {"zcwj": ("policies", "policy_file"), "gzdt": ("news", "dynamic_news"), "tzgg": ("notices", "notice")}
        place |= {slug: (slug, template) for slug, template, _lines, _fields in OWN_FIELDS.values()}
        target, template = place.get(column, ("", ""))
        content = self._content(number, policy=column == "zcwj")
        return Entry(
            key=key,
            url=key,
            kind=Kind.ARTICLE,
            outcome=Outcome.MOVE if target else Outcome.UNDECIDED,
            rule=column,
            reason="" if target else "再议",
            template=template,
            target=f"/towns/{self.name}/{target}/" if target else "",
            held=("mobile-numbers",) if self._is_held(number) else (),
            title=content.title,
            column="通知公告",
            published=content.published,
            media_type="text/html",
            digest=fingerprint(key),
            warc_file="a.warc.gz",
            warc_offset=number,
            content=content,
            content_hash=fingerprint([key, number]),
        )

    def _content(self, number: int, *, policy: bool) -> Content:
        dice = random.Random(number)
        title = f"关于{dice.choice(_SUBJECTS)}的{'意见' if policy else '通知'}（第{number}号）"
        moment = (_FIRST_DAY + timedelta(hours=7 * number)).isoformat(timespec="minutes")
        published = "" if self.drafts and number % 17 == 5 else moment[:10] if number % 3 else moment
        images = (self._link(f"/images/{number // 2 % self.pictures:05d}.png"),) if number % 2 == 0 else ()
        file = "held" if self._is_held(number) else f"{number // 5 % self.documents:05d}" if number % 5 == 0 else ""
        attachments = (self._link(f"/files/{file}.doc"),) if file else ()
        return Content(
            title=title,
            published=published,
            written_on=moment[:10] if policy else "",
            source="党政办" if number % 3 else "",
            author="王某" if number % 7 == 0 else "",
            document_number=f"大政发〔2016〕{number}号" if policy else "",
            policy_head={"index_no": f"004/2016-{number}", "issuer": "大河镇人民政府"} if policy else {},
            body="".join(self._pieces(number, dice, images)),
            attachments=attachments,
            images=images,
            evidence={"title": Field(title, "selector:h1", 1.0), "published": Field(published, "label:发布时间", 0.9)},
        )

    def _link(self, path: str) -> FileLink:
        return FileLink(self.host + path, path.rsplit("/", 1)[-1])

    def _pieces(self, number: int, dice: random.Random, images: tuple[FileLink, ...]) -> Iterator[str]:
        targets = () if number == _LINKLESS else (number - 1, number + 7, number * 3 % self.pages)
        links = [self._anchor(target) for target in targets]
        yield f"<p><b>{dice.choice(_PHRASES)}</b>：</p>"
        for place in range(dice.randint(2, 13)):
            if place % 4 == 2:
                yield f"<h2>{'一二三四五六七'[place // 4]}、{dice.choice(_SUBJECTS)}</h2>"
            link = links.pop() if links and place % 2 == 0 else ""
            yield f"<p>{'，'.join(dice.choices(_PHRASES, k=dice.randint(3, 8)))}。{link}</p>"
        yield from (f'<p><img src="{image.url}" alt="现场{number}"></p>' for image in images)
        if number % 6 == 0:
            shown = f'<img src="{images[0].url}" alt="图">' if images else ""
            row = f"<tr><th>村</th><td>{self._anchor(number + 1)}</td><td>{shown}</td></tr>"
            yield f"<table>{row}<tr><th>户</th><td>1200</td><td>亩</td></tr></table>"
        if number % 8 == 1:
            yield "<ul><li>申请表</li><li>身份证复印件</li></ul>"
        if number % 9 == 2:
            yield f'<p><a href="http://www.example.org/{number}">外部</a> <a href="{self.host}/lost.html">失效</a></p>'
        if self.drafts and number in OWN_FIELDS:
            yield from (f"<p>{line}</p>" for line in OWN_FIELDS[number][2].split("|") if line)

    def _anchor(self, number: int) -> str:
        number = (number - 1) % self.pages + 1
        return f'<a href="{self.host}{self._path(number)}">第{number}号</a>'


def picture(number: int, width: int, height: int) -> bytes:
    """Return a PNG that no other number has."""
    data = io.BytesIO()
    noise = random.Random(number).randbytes(width * height * 3)
    Picture.frombytes("RGB", (width, height), noise).save(data, "PNG")
    return data.getvalue()


def write_ledger(folder: Path, files: Iterable[tuple[Entry, bytes, str]], pages: Iterable[Entry]) -> Ledger:
    """Return an open ledger with these entries, the files' bytes in a WARC beside it."""
    stored = list(_stored(folder, files))
    ledger = Ledger(folder / "ledger.sqlite", create=True)
    with ledger.transaction():
        ledger.write_entries(_chained(stored, pages))
    return ledger


def _chained(files: Iterable[Entry], pages: Iterable[Entry]) -> Iterator[Entry]:
    yield from files
    yield from pages


def _stored(folder: Path, files: Iterable[tuple[Entry, bytes, str]]) -> Iterator[Entry]:
    writer = WarcWriter(folder / "warc", STAMP, info={"software": "test"})
    for entry, payload, media_type in files:
        answer = Response(
            url=entry.url,
            status=200,
            reason="OK",
            body=payload,
            request=b"GET / HTTP/1.1\r\n\r\n",
            raw_headers=((b"Content-Type", media_type.encode()),),
            started_at=datetime(2026, 11, 21, 1, 31, tzinfo=UTC),
        )
        written = writer.write(answer, digest_of(payload))
        place = {"warc_file": written.warc_file, "warc_offset": written.warc_offset, "digest": written.digest}
        content_hash = fingerprint([entry.key, written.digest])
        yield dataclasses.replace(entry, media_type=media_type, content_hash=content_hash, **place)
    writer.sync()
    writer.close()
