"""The pages of a demo site: frame, articles, lists, home and errors, as hand-made sites of 2010 to 2016 looked."""

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from migrate.demo import bodies
from migrate.demo.description import ArticleSpec, ColumnSpec, OddSpec
from migrate.demo.plan import Item, Plan, relative

_TEMPLATES = Path(__file__).parent / "templates"
_CUT = 26
"""Characters of a title that fit into a line of a list; the whole one stands in `title=`."""
_HOME_LINES = 8


@cache
def template(name: str) -> str:
    """Return one file of templates/, as text."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def fill(name: str, /, **values: str) -> str:
    """Return a template with its places filled. Raises KeyError where one is missing."""
    return Template(template(name)).substitute(values)


def frame(plan: Plan, title: str, content: str, meta: Mapping[str, str] | None = None) -> str:
    """Return a whole page: `content` between the site's head and foot."""
    spec = plan.spec
    links = [("首页", "/"), *[(name, f"/{slug}/") for slug, name in spec.sections.items()]]
    links += [(c.name, plan.list_target(c).removesuffix("index.html")) for c in spec.columns if c.menu]
    links += [(link.text, link.url) for link in spec.menu_links]
    return fill(
        "frame.html",
        title=escape(title),
        site=spec.name,
        meta="\n".join(f'<meta name="{name}" content="{escape(value)}" />' for name, value in (meta or {}).items()),
        menu="".join(f'<td><a href="{escape(url)}">{text}</a></td>' for text, url in links),
        content=content,
        footer=" | ".join(f'<a href="{link.url}">{link.text}</a>' for link in spec.footer_links),
        unit=spec.unit,
        contact=spec.contact,
        code=spec.site_code,
        icp=spec.icp,
    )


def article(plan: Plan, column: ColumnSpec, item: ArticleSpec) -> str:
    """Return an article's page."""
    page = plan.target(item.id)
    blocks = bodies.parse(item.body)
    body = bodies.html(blocks, item.style or column.style, lambda mark: plan.href(page, mark))
    lines = plan.lines(column)
    place = lines.index(item)
    content = fill(
        "article.html" if column.folder else "show.html",
        path=_path(plan, column),
        title=escape(item.title),
        label=_label(column, item),
        head=_head_table(policy_head(item)),
        body=body + hidden(item.injected),
        newer=_neighbour(plan, page, lines[place - 1] if place else None),
        older=_neighbour(plan, page, lines[place + 1] if place + 1 < len(lines) else None),
    )
    return frame(plan, f"{item.title}-{plan.spec.name}", content, _meta(plan, column, item))


def policy_head(item: ArticleSpec) -> dict[str, str]:
    """Return the head table of a policy document, label → value; empty for other articles."""
    return {**item.head, "标题": item.title, "发布日期": item.date[:10]} if item.head else {}


def list_page(plan: Plan, column: ColumnSpec, number: int) -> str:
    """Return one page of a column's list."""
    pages = plan.pages(column)
    here = plan.list_target(column, number)
    rows = "\n".join(f"<tr>{_line(plan, here, item, dated=True)}</tr>" for item in pages[number - 1])
    content = fill(
        "list.html",
        path=_path(plan, column),
        name=column.name,
        rows=rows,
        pager=_pager(plan, column, number, len(pages)),
    )
    return frame(plan, f"{column.name}-{plan.spec.name}", content)


def landing_page(plan: Plan, slug: str) -> str:
    """Return the page above several columns, with the newest lines of each."""
    name = plan.spec.sections[slug]
    boxes = "\n".join(_box(plan, f"/{slug}/index.html", c) for c in plan.spec.columns if c.parent == slug)
    path = f'当前位置：<a href="/index.html">首页</a> &gt; {name}'
    content = (
        f'<table width="980" align="center"><tr><td class="path">{path}</td></tr><tr><td>{boxes}</td></tr></table>'
    )
    return frame(plan, f"{name}-{plan.spec.name}", content)


def home(plan: Plan) -> str:
    """Return the home page."""
    spec = plan.spec
    boxes = [_box(plan, "/index.html", column) for column in spec.columns if column.menu and not column.single]
    cells = [f'<td valign="top">{box}</td>' for box in boxes[1:]]
    others = "</tr>\n<tr>".join("".join(cells[at : at + 2]) for at in range(0, len(cells), 2))
    content = fill(
        "home.html",
        slides="".join(_slide(plan, number) for number in spec.carousel),
        first=boxes[0],
        others=others,
        friends=" ".join(f'<a href="{link.url}" target="_blank">{link.text}</a>' for link in spec.friends),
        injected=hidden(spec.injected),
    )
    meta = {"SiteName": spec.name, "SiteDomain": spec.host, "SiteIDCode": spec.site_code}
    return frame(plan, spec.name, content, meta)


def message(plan: Plan, text: str) -> str:
    """Return a page in the site's frame that says one thing, such as that there is no such page."""
    return frame(plan, plan.spec.name, f'<div align="center" class="msg"><br /><br />{text}<br /><br /></div>')


def asp_error(script: str) -> str:
    """Return what IIS showed when a script failed, as it stood on many sites with status 200."""
    return (
        '<font face="宋体" size=2>\n<p>Microsoft VBScript 运行时错误</font> '
        "<font face=\"宋体\" size=2>错误 '800a000d'</font>\n"
        f'<p>\n<font face="宋体" size=2>类型不匹配: \'CLng\'</font>\n<p>\n<font face="宋体" size=2>{script}</font>'
        '<font face="宋体" size=2>，行 12</font>'
    )


def refresh(target: str) -> str:
    """Return a page that sends its reader on by META refresh."""
    head = f'<meta charset="gb2312"><meta http-equiv="refresh" content="0;url={target}">'
    return f"<html><head>{head}</head><body>正在跳转……</body></html>"


def hidden(links: Mapping[str, str]) -> str:
    """Return the block in which intruders hide links; nothing for none."""
    if not links:
        return ""
    inner = " ".join(f'<a href="{url}">{text}</a>' for text, url in links.items())
    return f'\n<div style="display:none">{inner}</div>'


def _path(plan: Plan, column: ColumnSpec) -> str:
    steps = [("首页", "/index.html"), *plan.breadcrumb(column)]
    return " &gt; ".join(f'<a href="{escape(target)}">{name}</a>' for name, target in steps)


def _label(column: ColumnSpec, item: ArticleSpec) -> str:
    style = item.label or column.label
    source = column.source if item.source is None else item.source
    year, month, day = (int(part) for part in item.date[:10].split("-"))
    count = f"hits({item.id})" if column.folder else ""
    script = (
        f'<script type="text/javascript">{count}</script>'
        if count
        else f'<script src="count.asp?id={item.id}"></script>'
    )
    zoom = " ".join(
        f'<a href="javascript:doZoom({size})">{name}</a>' for name, size in (("大", 18), ("中", 14), ("小", 12))
    )
    line = {
        "full": f"发布时间：{item.date}&nbsp;&nbsp;来源：{source}&nbsp;&nbsp;作者：{item.author}&nbsp;&nbsp;"
        f"浏览次数：{script}次&nbsp;&nbsp;【字体：{zoom}】",
        "plain": f"来源：{source}　作者：{item.author}　发布日期：{year}年{month}月{day}日　点击数：{script}",
        "short": f"[{year}/{month}/{day}]&nbsp;&nbsp;阅读：{script}次",
        "none": "",
    }[style]
    return f'  <tr><td align="center" class="sm">{line}</td></tr>' if line else ""


def _meta(plan: Plan, column: ColumnSpec, item: ArticleSpec) -> dict[str, str]:
    spec = plan.spec
    if not (column.meta if item.meta is None else item.meta):
        return {"keywords": spec.name, "description": f"{spec.name}网站"}
    values = {
        "SiteName": spec.name,
        "SiteDomain": spec.host,
        "SiteIDCode": spec.site_code,
        "ColumnName": column.name,
        "ArticleTitle": item.title,
        "PubDate": item.date,
        "ContentSource": column.source if item.source is None else item.source,
        "Author": item.author,
    }
    return {name: value for name, value in values.items() if value}


_HEAD_LABELS = {"索引号": "索 引 号", "主题词": "主 题 词", "有效性": "有 效 性"}
"""Three-character labels were spread to the width of four."""


def _head_table(head: Mapping[str, str]) -> str:
    cells = [
        f'<td width="100" align="right" bgcolor="#EAF4E6">{_HEAD_LABELS.get(label, label)}：</td>'
        f"<td>{escape(value) or '&nbsp;'}</td>"
        for label, value in head.items()
    ]
    rows = "\n".join(f"<tr>{''.join(cells[at : at + 2])}</tr>" for at in range(0, len(cells), 2))
    return f'  <tr><td><table class="xxgk" width="90%" cellpadding="4">{rows}</table></td></tr>' if rows else ""


def _neighbour(plan: Plan, page: str, item: Item | None) -> str:
    if item is None:
        return "没有了"
    return f'<a href="{escape(relative(page, plan.target(item.id)))}">{escape(item.title)}</a>'


def _line(plan: Plan, page: str, item: Item, *, dated: bool) -> str:
    """On the home page, links to the ASP corner are spelled as its first programmer spelled them."""
    target = relative(page, plan.target(item.id))
    if not dated:
        target = target.replace("show.asp?id=", "Show.asp?ID=" if item.id % 2 else "show.asp?from=index&id=")
    cut = item.title if len(item.title) <= _CUT else item.title[: _CUT - 1] + "…"
    asp = "asp?" in target
    date = item.date[:10].replace("-", "/") if asp else f"[{item.date[:10]}]"
    link = f'<a href="{escape(target)}" title="{escape(item.title)}" target="_blank">{escape(cut)}</a>'
    return f'<td><img src="/images/dot.gif" width="4" height="4" /> {link}</td><td width="90" align="right">{date}</td>'


def _box(plan: Plan, page: str, column: ColumnSpec) -> str:
    lines = plan.lines(column)[:_HOME_LINES]
    rows = "\n".join(f"<tr>{_line(plan, page, item, dated=False)}</tr>" for item in lines)
    return fill("box.html", name=column.name, more=escape(plan.list_target(column)), rows=rows)


def _slide(plan: Plan, number: int) -> str:
    _column, item = plan.items[number]
    assert not isinstance(item, OddSpec)  # a description that lets a 404 turn on the home page is wrong
    pictures = [span for span in bodies.spans(bodies.parse(item.body)) if span.picture]
    target, source = plan.target(number), plan.href("/index.html", pictures[0].target)
    return (
        f'<div class="slide"><a href="{escape(target)}"><img src="{source}" width="400" height="250" '
        f'alt="{escape(item.title)}" /></a><p>{escape(item.title)}</p></div>'
    )


def _pager(plan: Plan, column: ColumnSpec, number: int, last: int) -> str:
    here = plan.list_target(column, number)
    count = len(plan.lines(column))

    def step(text: str, page: int) -> str:
        if not 1 <= page <= last or page == number:
            return text
        return f'<a href="{escape(relative(here, plan.list_target(column, page)))}">{text}</a>'

    steps = [step("首页", 1), step("上一页", number - 1), step("下一页", number + 1), step("末页", last)]
    return f"共{count}条 第{number}/{last}页 " + " ".join(steps)
