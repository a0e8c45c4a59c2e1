"""A central portal that publishes notices, served like the old sites: fictional documents in the shape of real ones.

What it does can be changed while it is served: notices come up, are corrected, withdrawn or moved; lists change their
markup; all of it can be down.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from itertools import pairwise
from pathlib import Path

from migrate.demo.files import make_file
from migrate.demo.pictures import make_strip
from migrate.demo.truth import Answer

HOST = "www.zhongyang.example.gov.cn"
POLICY = Path(__file__).with_name("policy.yaml")
"""What a project needs to watch it."""
_BEIJING = timezone(timedelta(hours=8))
_HTML = (("Content-Type", "text/html; charset=utf-8"),)
_SUBJECTS = ("集市秩序", "乡村道路", "老年食堂", "山塘水库", "茶叶种植", "便民服务", "河道保洁", "校车安全")
_KINDS = ("通知", "意见", "批复", "通报")


@dataclass(frozen=True, slots=True)
class Notice:
    """One document of the central portal."""

    number: int
    published: datetime
    """When it came up, aware."""
    title: str
    paragraphs: tuple[str, ...]
    listed: str = ""
    """The date that lists show, where it is not the true one."""
    exact: bool = True
    """Whether lists and the page show the time."""
    path: str = ""
    """Where it lies."""
    index_no: str = ""
    document_number: str = ""
    issuer: str = "中央人民政府办公厅"
    attachment: bool = False
    picture: bool = False
    files: tuple[tuple[str, str], ...] = ()
    """(name, what it says) of files that stand below the text alone, as “相关附件”."""
    further: tuple[tuple[str, ...], ...] = ()
    """Paragraphs of the pages after the first."""

    @property
    def date(self) -> str:
        """Return what lists show."""
        here = self.published.astimezone(_BEIJING)
        return self.listed or here.strftime("%Y-%m-%d %H:%M" if self.exact else "%Y-%m-%d")


def notice(number: int, published: datetime, **more: object) -> Notice:
    """Return the document of a number: always the same text."""
    subject, kind = _SUBJECTS[number % len(_SUBJECTS)], _KINDS[number % len(_KINDS)]
    here = published.astimezone(_BEIJING)
    made = Notice(
        number,
        published,
        f"中央人民政府办公厅关于做好第{number}批{subject}工作的{kind}",
        (
            "各省、自治区、直辖市人民政府，各部委、各直属机构：",
            f"第{number}批{subject}工作已经同意，现印发给你们，请结合实际认真组织实施。",
            f"一、明确任务。各地要在{number % 12 + 1}月底前完成{subject}的摸底，建立台账，逐项销号。",
            f"二、落实责任。县级人民政府对{subject}负总责，第{number}批名单由各地自行公布。",
            f"三、强化保障。{subject}所需经费由各级财政统筹安排，不得向群众摊派；乡镇要明确专人，每月上报第{number}批进展。",
            f"四、严格督查。各省要在年底前对{subject}开展一次自查，结果向社会公布，重大情况及时报告。",
            f"{here.year}年{here.month}月{here.day}日",
        ),
        path=f"/zhengce/content/{here:%Y%m}/content_{7_000_000 + number}.htm",
        index_no=f"000019999/{here.year}-{number:05d}",
        document_number=f"央办发〔{here.year}〕{number}号",
    )
    return replace(made, **more)  # type: ignore[arg-type]


@dataclass(slots=True)
class CentralPortal:
    """What the server answers with, as it stands now."""

    notices: list[Notice] = field(default_factory=list)
    withdrawn: dict[str, int] = field(default_factory=dict)
    """Path → status."""
    moved: dict[str, str] = field(default_factory=dict)
    """Path → path."""
    markup: int = 1
    """2: lists have other elements and other keys."""
    down: int = 0
    """Status of all answers; 0: it works."""
    robots: str = "User-agent: *\nAllow: /\n"
    extra: dict[str, Answer] = field(default_factory=dict)
    """Path → what is answered instead."""
    meanwhile: Callable[[str], None] | None = None
    """Told of each request before it is answered."""

    def publish(self, item: Notice) -> None:
        """Let a notice come up, first in the lists."""
        self.notices.insert(0, item)

    def correct(self, number: int, *, title: str = "", paragraph: str = "") -> None:
        """Change the title of a notice, or its second paragraph."""
        place = next(place for place, item in enumerate(self.notices) if item.number == number)
        item = self.notices[place]
        lines = (item.paragraphs[0], paragraph or item.paragraphs[1], *item.paragraphs[2:])
        self.notices[place] = replace(item, title=title or item.title, paragraphs=lines)

    def withdraw(self, number: int, status: int = 404) -> None:
        """Take a notice away; lists name it no more."""
        item = next(item for item in self.notices if item.number == number)
        self.notices.remove(item)
        self.withdrawn[item.path] = status

    def move(self, number: int, path: str) -> None:
        """Give a notice another address."""
        place = next(place for place, item in enumerate(self.notices) if item.number == number)
        item = self.notices[place]
        self.moved[item.path] = path
        self.notices[place] = replace(item, path=path)

    def answer(self, target: str) -> Answer | None:
        """Return what is answered to a path; None for 404."""
        if self.meanwhile is not None:
            self.meanwhile(target)
        path = target.partition("?")[0]
        if self.down:
            return Answer(self.down, _HTML, "<h1>服务暂时不可用</h1>".encode())
        if path in self.extra:
            return self.extra[path]
        if path in self.withdrawn:
            return Answer(self.withdrawn[path], _HTML, "<h1>您访问的页面不存在</h1>".encode())
        if path in self.moved:
            return Answer(301, (("Location", self.moved[path]), *_HTML), b"")
        found = self._found(path)
        if found is None:
            return None
        headers, body = found
        return Answer(200, (*headers, ("ETag", f'"{sha256(body).hexdigest()[:16]}"')), body)

    def _found(self, path: str) -> tuple[tuple[tuple[str, str], ...], bytes] | None:
        fixed = {
            "/robots.txt": ("text/plain", self.robots.encode),
            "/zhengce/zuixin.json": ("application/json; charset=utf-8", self._json),
            "/zhengce/rss.xml": ("application/rss+xml; charset=utf-8", self._feed),
            "/zhengce/zuixin.htm": ("text/html; charset=utf-8", self._list),
        }
        if path in fixed:
            media_type, body = fixed[path]
            return (("Content-Type", media_type),), body()
        return next((found for item in self.notices if (found := _of_notice(item, path)) is not None), None)

    def _json(self) -> bytes:
        names = ("TITLE", "URL", "DOCRELPUBTIME") if self.markup == 1 else ("name", "href", "time")
        lines = [
            dict(zip(names, (item.title, f"http://{HOST}{item.path}", item.date), strict=True)) for item in self.notices
        ]
        return json.dumps(lines, ensure_ascii=False).encode()

    def _feed(self) -> bytes:
        items = "".join(
            f"<item><title>{escape(item.title)}</title><link>http://{HOST}{item.path}</link>"
            f"<pubDate>{format_datetime(item.published.astimezone(_BEIJING))}</pubDate></item>"
            for item in self.notices
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>最新政策</title>'
            f"<link>http://{HOST}/</link><description>最新政策</description>{items}</channel></rss>"
        ).encode()

    def _list(self) -> bytes:
        lines = "".join(
            f'<li><h4><a href="{item.path}" title="{escape(item.title)}">{escape(item.title[:18])}…</a></h4>'
            f'<span class="date">{item.date}</span></li>'
            if self.markup == 1
            else f'<div class="row"><a href="{item.path}">{escape(item.title)}</a><i>{item.date}</i></div>'
            for item in self.notices
        )
        return (
            "<!DOCTYPE html><html><head><meta charset='utf-8'><title>最新政策</title></head><body>"
            f'<div class="list"><ul>{lines}</ul></div></body></html>'
        ).encode()


def _of_notice(item: Notice, path: str) -> tuple[tuple[tuple[str, str], ...], bytes] | None:
    """Return headers and bytes of a notice's page, further page, file or picture; None where the path is none."""
    pages = {further_path(item, number): number for number in range(len(item.further) + 1)}
    if path in pages:
        return _HTML, page(item, pages[path])
    files = {f"{_folder(item)}/F{item.number}-{number}.pdf": said for number, (_name, said) in enumerate(item.files)}
    files[f"{_folder(item)}/P{item.number}.pdf"] = f"第{item.number}批名单"
    if path in files:
        return (("Content-Type", "application/pdf"),), make_file("pdf", files[path])
    if path == f"{_folder(item)}/W{item.number}.png":
        size, colours = (320, 80 + item.number % 40), ((30, 90, 160), (220, 230, 240))
        return (("Content-Type", "image/png"),), make_strip("png", *size, colours)
    return None


def _folder(item: Notice) -> str:
    return item.path.rpartition("/")[0]


def further_path(item: Notice, number: int) -> str:
    """Return where a page of a notice lies, counted from 0: `…_1.htm` is the second one."""
    stem, _dot, ending = item.path.rpartition(".")
    return f"{stem}_{number}.{ending}" if number else item.path


def _pager(item: Notice, number: int) -> str:
    """Return the links from page to page, as central portals print them below the text."""
    names = [further_path(item, one).rpartition("/")[2] for one in range(len(item.further) + 1)]
    links = "".join(
        f"<span>{one + 1}</span>" if one == number else f'<a href="{name}">{one + 1}</a>'
        for one, name in enumerate(names)
    )
    if number < len(item.further):
        links += f'<a href="{names[number + 1]}">下一页</a>'
    return f'<div class="page_num">{links}</div>' if item.further else ""


def page(item: Notice, number: int = 0) -> bytes:
    """Return a notice's page: the head of nine fields in two tables, the body below; or a further page of it."""
    here = item.published.astimezone(_BEIJING)
    day = f"{here.year}年{here.month:02d}月{here.day:02d}日"
    fields = (
        ("索 引 号：", item.index_no), ("主题分类：", "综合政务\\其他"), ("发文机关：", item.issuer),
        ("成文日期：", day),
        ("标　　题：", item.title), ("发文字号：", item.document_number), ("发布日期：", day), ("主 题 词：", ""),
    )  # fmt: skip
    cells = [f"<td><b>{label}</b></td><td>{escape(value)}</td>" for label, value in fields]
    rows = "".join(f"<tr>{first}{second}</tr>" for first, second in list(pairwise(cells))[::2])
    paragraphs = item.further[number - 1] if number else item.paragraphs
    body = "".join(f'<p style="text-indent: 2em;">{escape(text)}</p>' for text in paragraphs)
    if item.picture:
        body += f'<p><img src="W{item.number}.png" alt="示意图"></p>'
    if item.attachment:
        body += f'<p>附件：<a href="P{item.number}.pdf">第{item.number}批名单.pdf</a></p>'
    below = "".join(
        f'<li><a href="F{item.number}-{number}.pdf">{escape(name)}</a></li>'
        for number, (name, _said) in enumerate(item.files)
    )
    below = f'<div class="pages_content_fj"><h4>相关附件</h4><ul>{below}</ul></div>' if below else ""
    time = f'<meta name="PubDate" content="{here:%Y-%m-%d %H:%M}">' if item.exact else ""
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'>"
        f"<title>{escape(item.title)}_最新政策_中央政府门户网站</title>{time}</head><body>"
        f'<div class="wrap"><table class="bd1"><tbody>{rows}</tbody></table>'
        f'<table><tbody><tr><td class="b12c" id="UCAP-CONTENT">{body}</td></tr></tbody></table>'
        f"{_pager(item, number)}{below}</div></body></html>"
    ).encode()
