"""What visitors see: the block of the home page, the column by year and subject, source and times, interpretations."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_site.portal.leaving import leaves
from cms_site.portal.models import ColumnPage, InterpretationPage, PolicyPage, Stamp

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
URL = "/state-council/"


def column(path: str = URL) -> ColumnPage:
    return ColumnPage.objects.get(url_path=f"/portal{path}")


def document(title: str, day: str = "2026-11-20", **more: Any) -> PolicyPage:
    published = datetime.fromisoformat(f"{day}T09:30").replace(tzinfo=CHINA)
    values = {
        "source": "中国政府网", "source_url": f"https://www.gov.cn/{title}.htm", "source_published_at": published,
        "reposted_at": published + timedelta(hours=2), "published_at": published,
        "subject_class": "农业、林业、水利\\农业",
    }  # fmt: skip
    return column().add_child(instance=PolicyPage(title=title, **values | more))


def explain(policy: PolicyPage, title: str, **more: Any) -> InterpretationPage:
    place = ColumnPage.objects.filter(holds="interpretation").first()
    return place.add_child(instance=InterpretationPage(title=title, policy=policy, **more))


@pytest.fixture
def documents(built: None, db: None) -> dict[str, PolicyPage]:
    found = {
        "grain": document("粮食生产的意见"),
        "water": document("水利建设的意见", "2025-03-01", subject_class="农业、林业、水利\\水利"),
        "schools": document("学校布局的通知", "2026-02-03", subject_class="科技、教育"),
        "day": document("只知道日期的通知", source_published_at=datetime(2026, 11, 18, tzinfo=CHINA), reposted_at=None),
    }
    explain(found["grain"], "一图读懂粮食生产")
    explain(found["grain"], "没有发布的解读", live=False)
    return found


def shown(client: Any, url: str = URL) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode().partition("<main")[2]


def titles(client: Any, url: str) -> list[str]:
    return [page.title for page in client.get(url).context["entries"]]


def test_first_on_the_home_page_with_source_and_times(client, documents):
    page = shown(client, "/")
    first = re.findall(r"<h2[^>]*><a[^>]*>([^<]*)", page)[0]
    assert first == "国务院重要政策信息"
    for words in ("粮食生产的意见", "中国政府网", "https://www.gov.cn/粮食生产的意见.htm", "2026-11-20 09:30",
                  "2026-11-20 11:30"):  # fmt: skip
        assert words in page


def test_each_line_of_the_column(client, documents):
    page = shown(client)
    for words in (
        "中国政府网",
        "发布 <time",
        "转载 <time",
        "2026-11-20 09:30",
        "2026-11-20 11:30",
        "解读：一图读懂粮食生产",
    ):
        assert words in page
    assert "没有发布的解读" not in page
    assert ">2026-11-18</time>" in page and "2026-11-18 00:00" not in page


def test_the_page_itself(client, documents):
    page = shown(client, documents["grain"].get_url())
    assert "转载自" in page and "2026-11-20 09:30" in page and "2026-11-20 11:30" in page and "一图读懂粮食生产" in page
    assert not leaves("https://www.gov.cn/1.htm", "www.yunxi.example.gov.cn")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["粮食生产的意见", "只知道日期的通知", "学校布局的通知", "水利建设的意见"]),
        ("?year=2025", ["水利建设的意见"]),
        ("?subject=农业、林业、水利", ["粮食生产的意见", "只知道日期的通知", "水利建设的意见"]),
        ("?year=2026&subject=科技、教育", ["学校布局的通知"]),
        ("?year=2025&subject=科技、教育", []),
        ("?year=1999&subject=不存在", ["粮食生产的意见", "只知道日期的通知", "学校布局的通知", "水利建设的意见"]),
        ("?year=x&subject=%00", ["粮食生产的意见", "只知道日期的通知", "学校布局的通知", "水利建设的意见"]),
    ],
)
def test_by_year_and_subject(client, documents, asked, found):
    assert sorted(titles(client, URL + asked)) == sorted(found)


def test_without_script_and_from_page_to_page(client, documents):
    for number in range(25):
        document(f"另一件{number}", "2024-05-06", subject_class="科技、教育")
    page = shown(client, f"{URL}?subject=科技、教育")
    assert '<form class="narrow"' in page and "<script" not in page
    assert re.search(r'href="\?subject=[^"]*&amp;page=2"', page)
    assert len(titles(client, f"{URL}?subject=科技、教育&page=2")) == 6
    assert client.get(f"{URL}?subject=科技、教育&page=3").status_code == 404
    answer = client.get(f"{URL}?year=2024").content.decode()
    assert '<meta name="robots" content="noindex">' in answer
    assert '<meta name="robots" content="noindex">' not in client.get(URL).content.decode()


def test_what_is_published_is_in_the_choices(client, documents):
    assert "2019年" not in shown(client)
    document("旧文件", "2019-05-06", subject_class="卫生")
    page = shown(client)
    assert "2019年" in page and "卫生" in page
    assert '<form class="narrow"' not in shown(client, "/policies/")


def test_twelve_queries_whatever_its_length(client, documents):
    counts = []
    for more in (0, 40):
        for number in range(more):
            explain(document(f"又一件{number}", "2024-05-06"), f"解读{number}")
        for url in (URL, f"{URL}?year=2026", f"{URL}?subject=农业、林业、水利"):
            client.get(url)
            Stamp.renew()  # nothing is kept any more
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
            assert len(queries) <= 12, "\n".join(query["sql"][-300:] for query in queries.captured_queries)
    assert counts[:3] == counts[3:]
