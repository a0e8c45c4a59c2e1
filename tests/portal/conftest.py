"""A built portal with one channel full of content."""

import datetime
import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Picture
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from cms_site.portal.build import build_portal
from cms_site.portal.models import ArticlePage, ColumnPage, PolicyPage
from migrate.config.portal import load_portal

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
    """Return a new live article (or policy document) in a column."""
    fields.setdefault("published_at", FIRST_DAY)
    model = PolicyPage if parent.holds == "policy" else ArticlePage
    return parent.add_child(instance=model(title=title, **fields))


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


def build():
    return build_portal(load_portal(PORTAL))


@pytest.fixture
def portal(db):
    """A portal as built from portal.yaml, without content."""
    return build()


@pytest.fixture
def filled(portal):
    """The same with content: see `fill`."""
    return fill()
