"""A built portal with one channel full of content."""

import datetime
import io
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from PIL import Image as Picture
from pytest_django.live_server_helper import LiveServer
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Site

from cms_site.portal.build import build_portal
from cms_site.portal.models import ColumnPage, ContentPage, SectionPage
from migrate.config.portal import load_portal
from tests.conftest import heard_out

PORTAL = Path(__file__).resolve().parents[2] / "mappings" / "portal.yaml"
FIRST_DAY = timezone.make_aware(datetime.datetime(2024, 5, 6, 9, 30))


def picture(name="大厅.png"):
    data = io.BytesIO()
    Picture.new("RGB", (1200, 700), (120, 160, 200)).save(data, "PNG")
    image = get_image_model()(title="便民大厅", file=ContentFile(data.getvalue(), name))
    image.save()
    return image


def paper(name="方案.doc", size=34567):
    document = get_document_model()(title=name, file=ContentFile(b"x" * size, name))
    document.save()
    return document


def column(path):
    return ColumnPage.objects.get(url_path=f"/portal{path}")


def article(parent, title, **fields):
    """Return a new live page of the column's type."""
    fields.setdefault("published_at", FIRST_DAY)
    return parent.add_child(instance=parent.content_model(title=title, **fields))


def fill():
    """Put into the portal one of everything that a visitor can meet."""
    document, image = paper(), picture()
    rows = "".join(
        f'<tr><td>第{i}村</td><td colspan="2">编织袋、铁锹、救生衣、照明灯</td><td>沿村道向北至乡道再向东</td>'
        f"<td>0377-0000000{i}</td><td>雨季每日巡查两次</td></tr>"
        for i in range(4)
    )
    notice = article(
        column("/towns/dahe/notices/"),
        "关于开展夏季防汛演练的通知",
        published_has_time=True,
        source="大河镇党政办",
        author="王某",
        body=[
            ("paragraph", "<p>为做好防汛备汛工作，定于本月中旬开展演练。</p>"),
            ("legacy", f'<p>详见<a linktype="document" id="{document.pk}">方案</a>。</p><table>{rows}</table>'),
            ("image", {"image": image, "caption": "便民服务大厅", "alt": "大厅内景"}),
        ],
        attachments=[("document", {"document": document, "title": "防汛演练方案.doc"})],
    )
    for number in range(1, 25):
        article(
            column("/towns/dahe/notices/"),
            f"关于集镇道路施工的通告（第{number}号）",
            published_at=FIRST_DAY - datetime.timedelta(days=number),
        )
    policy = article(
        column("/policies/"),
        "云溪县政府信息公开实施办法",
        document_number="云政发〔2024〕7号",
        written_on=datetime.date(2024, 4, 30),
        index_no="004113250/2024-00012",
        subject_class="综合政务",
        issuer="云溪县人民政府",
        subject_words="信息公开 办法",
        validity="有效",
        body=[("paragraph", "<p>各乡镇人民政府：现印发给你们，请认真贯彻执行。</p>")],
    )
    return {"notice": notice, "policy": policy, "document": document, "image": image}


def every_type() -> dict[str, ContentPage | SectionPage]:
    """Put into a built portal one live page of every type, all its fields filled; return them by what columns hold.

    `article` is a notice with all a body can have, `policy` has an interpretation, `repost` is one of the State
    Council, `topic` a special topic with a column of its own (`topic_article` in it).
    """
    day, photo, file = FIRST_DAY.date(), picture("照片.png"), paper("申请表.doc")
    form = [("document", {"document": file, "title": "申请表.doc"})]
    pages = {
        "article": article(
            column("/notices/"), "关于开展全县夏季防汛演练的通知", subtitle="（2024年第3号）", published_has_time=True,
            source="云溪县应急管理局", author="李某", editor="陈某", keywords="防汛,演练",
            valid_until=datetime.date(2024, 9, 30),
            body=[
                ("paragraph", "<h2>一、时间和地点</h2><p>定于本月中旬在青石河堤段开展演练，请各乡镇提前做好准备。</p>"
                              "<ul><li>备好编织袋、铁锹</li><li>检查照明设备</li></ul>"),
                ("legacy", "<table><tr><th>乡镇</th><th>地点</th></tr><tr><td>大河镇</td><td>三号闸</td></tr></table>"),
                ("image", {"image": photo, "caption": "去年演练现场", "alt": "队员在堤上垒沙袋"}),
            ],
            attachments=[("document", {"document": file, "title": "演练方案.doc"})],
        ),
        "policy": article(
            column("/policies/"), "云溪县人民政府关于印发《云溪县农村公路养护管理办法》的通知",
            document_number="云政发〔2024〕7号", written_on=day, index_no="004113250/2024-00012",
            subject_class="交通、公路", issuer="云溪县人民政府", subject_words="公路 养护", validity="有效",
            effective_on=datetime.date(2024, 6, 1), source="云溪县人民政府办公室",
            body=[("paragraph", "<p>各乡镇人民政府，县政府各部门：</p><p>现将办法印发给你们，请认真贯彻执行。</p>")],
            attachments=form,
        ),
        "repost": article(
            column("/state-council/"), "关于进一步优化政务服务的指导意见", document_number="国办发〔2024〕3号",
            issuer="国务院办公厅", source="中国政府网", source_url="https://www.gov.cn/zhengce/example.htm",
            source_published_at=FIRST_DAY, reposted_at=FIRST_DAY + datetime.timedelta(hours=5),
            body=[("paragraph", "<p>为进一步优化政务服务，提出如下意见。</p>")],
        ),
        "leader": article(
            column("/disclosure/leaders/"), "周明远", positions="县委副书记、县长", rank=1, photo=photo,
            work="领导县政府全面工作，负责审计方面工作。", resume="1975年3月生，大学学历。\n2021年任云溪县县长。",
        ),
        "organisation": article(
            column("/disclosure/duties/"), "云溪县应急管理局", principal="赵立", phone="0377-00000001",
            address="云溪县人民路1号", office_hours="工作日 8:30—12:00，14:30—17:30",
            internal_bodies="办公室：负责日常运转。\n防汛股：负责防汛抗旱工作。",
            body=[("paragraph", "<p>负责全县应急管理工作，指导各乡镇应对突发事件。</p>")],
        ),
        "service": article(
            column("/services/"), "老年人优待证办理", basis="《中华人民共和国老年人权益保障法》",
            conditions="年满六十周岁的本县户籍老年人。", materials="1. 居民身份证原件；\n2. 近期一寸免冠照片两张。",
            process="窗口申请—当场受理—审核—发证", place="云溪县政务服务中心二楼15号窗口",
            hours="工作日 8:30—12:00，14:30—17:30", phone="0377-00000002", time_limit="当场办结", fees="不收费",
            online_url="https://zwfw.yunxi.example.gov.cn/item/15", attachments=form,
        ),
        "letter": article(
            column("/interaction/mailbox/"), "关于城南路路灯不亮的问题", kind="complaint", asked_on=day,
            question="县长您好，城南路自上周起路灯不亮，晚上出行不便，请派人维修。", replied_on=day,
            reply="您好，来信收悉。经查看系线路故障，已于5月7日修复。感谢监督。", reply_unit="云溪县住房和城乡建设局",
            satisfaction="满意",
        ),
        "consultation": article(
            column("/interaction/collect/"), "关于《云溪县养犬管理办法（草案）》公开征求意见的公告", kind="opinions",
            starts_on=day, ends_on=day + datetime.timedelta(days=30), idea_count=27,
            feedback="<p>共收到意见27条，采纳11条，主要涉及遛犬时间和犬只登记。</p>",
            body=[("paragraph", "<p>现将草案公布，公众可通过信函提出意见。</p>")], attachments=form,
        ),
        "interview": article(
            column("/interaction/interviews/"), "县教育局谈义务教育招生", held_at=FIRST_DAY, guests="县教育局局长 郑平",
            presenter="小夏", organiser="云溪县人民政府办公室", handler="云溪县融媒体中心", status="over",
            video_url="https://www.yunxi.example.gov.cn/video/1",
            body=[("paragraph", "<p><b>主持人：</b>今年招生有哪些变化？</p><p><b>郑平：</b>全部实行网上报名。</p>")],
        ),
        "report": article(
            column("/disclosure/budget/"), "云溪县教育局2024年部门预算", unit="云溪县教育局", kind="预算", year=2024,
            period="2024年", frequency="年", attachments=form,
            body=[("paragraph", "<p>2024年收入预算1200万元，支出预算1200万元。</p>")],
        ),
    }  # fmt: skip
    pages["interpretation"] = article(
        column("/disclosure/interpretations/"), "一图读懂农村公路养护管理办法", form="picture", policy=pages["policy"],
        body=[("image", {"image": photo, "caption": "", "alt": "办法要点：谁来养、怎么养、钱从哪里来"})],
    )  # fmt: skip
    topic = SectionPage(
        title="防汛抗旱", introduction="加强预报预警，守住安全底线。", cover=photo, starts_on=day,
        ends_on=datetime.date(2024, 10, 31),
    )  # fmt: skip
    pages["topic"] = column("/specials/").add_child(instance=topic)
    inside = ColumnPage(title="演练动态", template="dynamic_news", clock_days=14, column_type="工作动态")
    pages["topic_article"] = article(topic.add_child(instance=inside), "大河镇开展堤防抢险演练")
    return pages


def build():
    return build_portal(load_portal(PORTAL))


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Build the portal once a module, in a transaction that ends with it: that costs more than most tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)
    Site.clear_site_root_paths_cache()  # other modules' tests come next


@pytest.fixture
def portal(built, db):
    """A portal as built from portal.yaml, without content."""
    Site.clear_site_root_paths_cache()  # a test before may have changed the site; its rollback tells nobody
    return built


class Served(NamedTuple):
    """A portal that is served while a module's tests look at it."""

    url: str
    filled: dict[str, object]
    """See `fill`."""
    typed: dict[str, ContentPage | SectionPage]
    """See `every_type`."""


@pytest.fixture(scope="module")
def served(django_db_setup, django_db_blocker):
    """A portal with one of everything, served to browsers. Tests of the module look at it and change nothing."""
    with django_db_blocker.unblock():
        build()
        filled, typed = fill(), every_type()
        for page in (filled["notice"], *typed.values()):  # pictures are scaled when they are first asked for, and the
            for url in ("/", page.get_parent().get_url(), page.get_url()):  # server can't write while a test runs
                assert Client().get(url).status_code == 200, url
        server = LiveServer("localhost")
        with heard_out(server):
            yield Served(server.url, filled, typed)
        server.stop()
        # what was there before: the migrations' own rows
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
        connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
        Site.clear_site_root_paths_cache()


@pytest.fixture
def filled(portal):
    """The same with content: see `fill`."""
    return fill()


@pytest.fixture
def typed(portal):
    """A built portal with one page of every type: see `every_type`."""
    return every_type()
