"""What all dialects tell: a fictional town's columns and their articles, made by counting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_COLUMNS = (
    ("gzdt", "工作动态"), ("tzgg", "通知公告"), ("zcwj", "政策文件"), ("ldjh", "领导讲话"), ("rsxx", "人事信息"),
)  # fmt: skip
_TOPICS = ("春耕备耕", "防汛检查", "秸秆禁烧", "农村饮水安全", "森林防火", "医保缴费", "道路交通安全", "人居环境整治")
_ACTS = ("工作情况的通报", "有关事项的通知", "工作部署会议召开", "实施方案", "公示", "督查结果")
_NEWEST = date(2019, 6, 28)


@dataclass(frozen=True, slots=True)
class Article:
    """One article; its number is unique on the site."""

    number: int
    title: str
    day: date
    source: str
    paragraphs: tuple[str, ...]
    attachment: str = ""
    """Ending of its attachment's name; empty: none."""
    picture: bool = False
    dead: bool = False
    """Its attachment was lost: the link is there, the file is not."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with one list; its articles newest first."""

    number: int
    slug: str
    name: str
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Town:
    """A whole site, without any system's ways yet."""

    host: str
    name: str
    per_page: int
    columns: tuple[Column, ...]

    def pages(self, column: Column) -> list[tuple[Article, ...]]:
        """Return a column's list page by page; an empty column has one empty page."""
        starts = range(0, len(column.articles), self.per_page)
        return [column.articles[at : at + self.per_page] for at in starts] or [()]


def town(sizes: tuple[int, ...], per_page: int) -> Town:
    """Return a town whose columns hold that many articles each. Raises ValueError for more than five columns."""
    first = 1001
    columns = []
    for place, (size, (slug, name)) in enumerate(zip(sizes, _COLUMNS[: len(sizes)], strict=True)):
        columns.append(Column(30 + place, slug, name, tuple(_article(first + n, n, name) for n in range(size))))
        first += size
    return Town("www.liuhe.example.gov.cn", "柳河镇人民政府", per_page, tuple(columns))


def _article(number: int, place: int, column: str) -> Article:
    topic, act = _TOPICS[number % len(_TOPICS)], _ACTS[number % len(_ACTS)]
    title = f"柳河镇{topic}{act}（第{number}号）"
    return Article(
        number=number,
        title=title,
        day=_NEWEST - timedelta(days=place),
        source="柳河镇党政办",
        paragraphs=(
            f"各村民委员会：现将{topic}有关情况通报如下，请结合本村实际，认真抓好落实。",
            f"本件刊于“{column}”栏目，编号{number}。联系人：镇党政办。",
        ),
        attachment=("pdf", "doc", "xls")[number % 3] if place % 4 == 1 else "",
        picture=place % 5 == 2,
        dead=place == 1,
    )


Fields = Mapping[str, str]
"""Fields of a query or a posted form."""
