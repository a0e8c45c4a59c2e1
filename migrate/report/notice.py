"""The closing notice for the old site's home page: HTML and plain text.

It carries what《政府网站发展指引》(国办发〔2017〕47号) asks for: the new site's name and link, and thirty days.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from migrate.report.context import NOTICE_DAYS, ReportContext
from migrate.report.html import document, link, text
from migrate.report.words import chinese_date

DRAFT = "草稿：验收尚未通过，请勿发布。原因见验收报告。"


def notice_title(context: ReportContext) -> str:
    """Return the heading of the notice."""
    return f"关于关停{context.site_title}的公告"


def notice_text(context: ReportContext, reasons: Sequence[str]) -> str:
    """Return the notice as plain text, lines ending with a line feed."""
    draft = [f"【{DRAFT}】", ""] if reasons else []
    lines = [*draft, notice_title(context), "", *(f"　　{line}" for line in _paragraphs(context))]
    places = [f"　　{name}：{value}" for name, value in _places(context)]
    return "\n".join([*lines, "", *places, "", context.unit, chinese_date(context.local_time.date())]) + "\n"


def notice_html(context: ReportContext, reasons: Sequence[str]) -> str:
    """Return the notice as one self-contained HTML page."""
    title = notice_title(context)
    draft = f'<p class="draft">{text(DRAFT)}</p>\n' if reasons else ""
    body = "".join(f"<p>{text(line)}</p>\n" for line in _paragraphs(context))
    places = "".join(f"<p>{text(name)}：{link(value)}</p>\n" for name, value in _places(context))
    signature = f"<p>{text(context.unit)}</p>\n<p>{text(chinese_date(context.local_time.date()))}</p>\n"
    return document(
        title,
        f'{draft}<h1>{text(title)}</h1>\n<div class="indent">\n{body}{places}</div>\n'
        f'<div class="signature">\n{signature}</div>\n',
    )


def _paragraphs(context: ReportContext) -> list[str]:
    site = context.site.site
    code = f"，网站标识码 {site.site_code}" if site.site_code else ""
    archived = "未迁入栏目的历史页面作为归档页面保留。" if context.account.archived else ""
    return [
        "按照《政府网站发展指引》（国办发〔2017〕47号）关于政府网站集约化建设的要求，"
        f"{context.site_title}（{site.url}{code}）的内容已整合至{context.portal.name}门户网站。",
        f"本公告自{chinese_date(context.local_time.date())}起挂出，公示 {NOTICE_DAYS} 日。"
        f"自{chinese_date(context.earliest_closing)}起，原网站停止更新并关停，请通过新网站获取信息、办理事项。",
        f"原网站的文章、图片和附件可在新网站的下列频道查阅。{archived}原域名注销之前，访问原网址将转到对应的新网址。",
    ]


def _places(context: ReportContext) -> list[tuple[str, str]]:
    parts = urlsplit(context.channel_url)
    places = [
        ("新网站名称", context.portal.name),
        ("新网站网址", f"{parts.scheme}://{parts.netloc}/"),
        ("内容所在频道", context.channel_url),
    ]
    return [*places, ("联系电话", context.portal.contact)] if context.portal.contact else places
