"""Description → a whole old site: every answer its server gives. Building twice gives the same bytes."""

import hashlib
from functools import cache

from migrate.demo import pages
from migrate.demo.description import OddSpec, SiteSpec, load
from migrate.demo.files import make_file
from migrate.demo.pictures import make_picture, make_strip
from migrate.demo.plan import Plan, quote_gbk
from migrate.demo.truth import Answer, DemoSite, fold
from migrate.demo.witness import manifest

ENCODING = "gb18030"
"""Pages call themselves gb2312, and hold what GBK and GB 18030 added."""

_MODIFIED = "Tue, 20 Dec 2016 02:10:00 GMT"
_MISSING = "对不起，您访问的页面不存在或已被删除！"
_TYPES = {
    "html": "text/html", "css": "text/css", "js": "application/x-javascript", "txt": "text/plain",
    "jpg": "image/jpeg", "png": "image/png", "gif": "image/gif",
}  # fmt: skip


def build(spec: SiteSpec) -> DemoSite:
    """Return the site. Raises KeyError or ValueError where the description names what it does not hold."""
    plan = Plan(spec)
    answers = {**_articles(plan), **_odd(plan), **_lists(plan), **_files(plan), **_frame(plan)}
    answers = {quote_gbk(target): answer for target, answer in answers.items()}
    return DemoSite(
        host=spec.host,
        aliases=spec.aliases,
        answers=answers,
        folded={fold(spec.host, target): target for target in answers},
        not_found=_page(pages.message(plan, "您访问的页面不存在（404）"), 404),
        truth=manifest(plan, answers),
    )


@cache
def dahe() -> DemoSite:
    """Return 大河镇, a fictional township's site of 2016 in GBK, with all its traps. Built once a process."""
    return build(load("dahe"))


def _answer(body: bytes, media_type: str, status: int = 200) -> Answer:
    """A file on disk: IIS knows when it was changed."""
    tag = hashlib.sha256(body).hexdigest()[:16]
    headers = (("Content-Type", media_type), ("Last-Modified", _MODIFIED), ("ETag", f'"{tag}:0"'))
    return Answer(status, headers, body)


def _page(text: str, status: int = 200) -> Answer:
    return _answer(text.encode(ENCODING), "text/html", status)


def _script_page(text: str, charset: str = "gb2312") -> Answer:
    """What an ASP script wrote: no date, no tag."""
    headers = (
        ("Content-Type", f"text/html; Charset={charset}"),
        ("Cache-Control", "private"),
        ("X-Powered-By", "ASP.NET"),
    )
    return Answer(200, headers, text.encode(ENCODING))


def _articles(plan: Plan) -> dict[str, Answer]:
    answers = {}
    for column, item in plan.articles():
        text = pages.article(plan, column, item)
        if column.folder and not item.charset_header:
            answers[plan.target(item.id)] = _page(text)
        else:
            answers[plan.target(item.id)] = _script_page(text, item.charset_header or "gb2312")
    return answers


def _odd(plan: Plan) -> dict[str, Answer]:
    answers = {}
    for _column, item in plan.items.values():
        if isinstance(item, OddSpec) and item.becomes != "dead":
            answers[plan.target(item.id)] = _odd_answer(plan, item)
    return answers


def _odd_answer(plan: Plan, item: OddSpec) -> Answer:
    if item.becomes == "http":
        headers = (("Location", plan.target(item.to)), ("Content-Type", "text/html"))
        return Answer(302, headers, b"<head><title>Object moved</title></head>")
    if item.becomes == "meta":
        return _page(pages.refresh(plan.target(item.to)))
    if item.becomes == "asp-error":
        return _script_page(pages.asp_error(plan.target(item.id).partition("?")[0]))
    return _page(pages.message(plan, _MISSING))


def _lists(plan: Plan) -> dict[str, Answer]:
    answers = {"/": _page(pages.home(plan))}
    for slug in plan.spec.sections:
        answers[f"/{slug}/"] = _page(pages.landing_page(plan, slug))
    for column in plan.spec.columns:
        if column.single:
            continue
        for number in range(1, len(plan.pages(column)) + 1):
            text = pages.list_page(plan, column, number)
            answers[plan.list_target(column, number)] = _page(text) if column.folder else _script_page(text)
    return answers


def _files(plan: Plan) -> dict[str, Answer]:
    answers = {}
    for name, file in plan.spec.files.items():
        if not file.missing:
            answers[file.path] = _answer(make_file(_ending(name), file.text), file.served_as)
    for name, picture in plan.spec.pictures.items():
        ending = _ending(name)
        answers[picture.path] = _answer(make_picture(ending, picture.scene, picture.caption), _TYPES[ending])
    return answers


def _frame(plan: Plan) -> dict[str, Answer]:
    """What every page loads, robots.txt, and the door to the back office."""
    green, pale, red = (47, 125, 50), (220, 238, 215), (190, 40, 40)
    robots = f"User-agent: *\r\nDisallow: {plan.spec.disallow}\r\n"
    login = '<form method="post" action="login.asp">口令：<input name="p" type="password" /></form>'
    counters = {
        f"/count.asp?id={item.id}": Answer(
            200, (("Content-Type", "text/html"),), b"document.write('%d')" % (item.id * 3)
        )
        for column, item in plan.articles()
        if not column.folder
    }
    return {
        "/css/style.css": _answer(pages.template("style.css").encode(ENCODING), _TYPES["css"]),
        "/js/common.js": _answer(pages.template("common.js").encode(ENCODING), _TYPES["js"]),
        "/images/banner.jpg": _answer(make_strip("jpg", 980, 150, (green, pale)), _TYPES["jpg"]),
        "/images/bg.gif": _answer(make_strip("gif", 4, 40, (pale, (255, 255, 255))), _TYPES["gif"]),
        "/images/dot.gif": _answer(make_strip("gif", 4, 4, (green, green)), _TYPES["gif"]),
        "/images/loading.gif": _answer(make_strip("gif", 32, 32, (pale, pale)), _TYPES["gif"]),
        "/images/conac.png": _answer(make_strip("png", 40, 48, (red, red)), _TYPES["png"]),
        "/robots.txt": _answer(robots.encode("ascii"), _TYPES["txt"]),
        f"{plan.spec.disallow}login.asp": _script_page(pages.message(plan, login)),
        **counters,
    }


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
