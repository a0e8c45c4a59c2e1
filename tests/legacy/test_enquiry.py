"""旧网址查询: any spelling of any old address, and what people paste instead of one."""

from urllib.parse import quote

import pytest
from django.test import Client

from cms_site.legacy.models import OldSite, OldUrl, UnknownHit
from tests.legacy.conftest import HOST, PORTAL

ROAD = f"{PORTAL}/towns/dahe/notices/road/"


@pytest.fixture
def enquire(portal):
    def send(url: str | None = None, method: str = "get"):
        query = "" if url is None else "?url=" + quote(url, safe="")
        response = getattr(Client(), method)(f"/old-address/{query}", headers={"host": "www.yunxi.example.gov.cn"})
        assert response.status_code == 200
        assert response["X-Robots-Tag"] == "noindex"
        return response

    return send


def text(response) -> str:
    return response.content.decode()


def test_without_an_address_it_names_the_sites(site, enquire):
    assert "大河镇人民政府网站" in text(enquire())


@pytest.mark.parametrize(
    "pasted",
    [
        f"http://{HOST}/show.asp?id=7", "https://dahe.example.gov.cn:8080/SHOW.ASP?utm=x&ID=7#top",
        f"{HOST}/show.asp?id=7", f"  <http://{HOST}/show.asp?id=7>\r\n", f"//{HOST}/show.asp?id=7",
        f"（http://{HOST}/show.asp?id=7）。",
    ],
)  # fmt: skip
def test_any_spelling_leads_to_the_page_of_today(add, enquire, portal, pasted):
    add("/show.asp?id=7", page=portal.live, title="关于修路的通知")
    found = text(enquire(pasted))
    assert f'href="{ROAD}"' in found
    assert "关于修路的通知" in found


def test_chinese_addresses_as_text_as_utf8_and_as_gbk(add, enquire, portal):
    add("/" + quote("通知") + "/1.html", page=portal.live)
    for spelled in ("通知", quote("通知"), quote("通知".encode("gbk"))):
        assert f'href="{ROAD}"' in text(enquire(f"http://{HOST}/{spelled}/1.html")), spelled


def test_files_archived_pages_and_what_is_gone(add, enquire, document, superuser):
    from cms_site.legacy.withdrawal import withdraw

    add("/uploadfile/x.pdf", kind="attachment", document=document)
    old = add("/zt/1.html", "archive", warc_file="x", warc_offset=0, title="旧专题")
    add("/vote.asp", "gone", title="网上投票", reason="功能已停用")
    taken = add("/zt/2.html", "archive", warc_file="x", warc_offset=0, title="不该再出现的标题")
    withdraw(taken, "含有个人信息", superuser)
    assert f'href="{PORTAL}{document.url}"' in text(enquire(f"http://{HOST}/uploadfile/x.pdf"))
    archived = text(enquire(f"http://{HOST}/zt/1.html"))
    assert "已归档" in archived and f'href="{PORTAL}/archived/{old.pk}/"' in archived and "旧专题" in archived
    assert "功能已停用" in text(enquire(f"http://{HOST}/vote.asp"))
    withdrawn = text(enquire(f"http://{HOST}/zt/2.html"))
    assert "含有个人信息" in withdrawn and "不该再出现的标题" not in withdrawn


def test_what_has_no_answer_is_said_searched_for_and_counted(add, enquire):
    old = add("/a.html", "undecided", title="关于修桥的通知")
    held = add("/b.html", "undecided", title="张三 身份信息", held=["identity-number"])
    found = text(enquire(f"http://{HOST}/a.html"))
    assert f"/search/?q={quote('关于修桥的通知')}" in found
    assert "张三" not in text(enquire(f"http://{HOST}/b.html"))
    enquire(f"http://{HOST}/{quote('防汛预案')}.html")
    enquire(f"http://{HOST}/a.html", "head")
    for row in (old, held):
        row.refresh_from_db()
    assert (old.hits, held.hits, UnknownHit.objects.get().hits) == (1, 1, 1)


def test_the_default_of_a_site_holds_here_too(site, enquire):
    OldSite.objects.update(otherwise="channel", append_path=True)
    assert f'href="{PORTAL}/towns/dahe/x/Y.html"' in text(enquire(f"http://{HOST}/x/Y.html"))


@pytest.mark.parametrize(
    "pasted",
    [
        "关于修路的通知", "javascript:alert(1)", "http://", "http://[x", "x" * 5000, f"http://{HOST}/{'a' * 3000}",
        "ftp://" + HOST, "\0", f"http://{HOST}/\r\nSet-Cookie: x", "\"><script>x()</script>", "http://evil.example/<b>",
        "data:text/html,<script>", "//", "/", "政府",
    ],
)  # fmt: skip
def test_what_is_no_old_address_is_said_and_leads_nowhere(add, enquire, portal, pasted):
    add("/a.html", page=portal.live)
    response = enquire(pasted)
    found = text(response)
    assert 'class="empty"' in found
    assert "<script>x()" not in found and "<b>" not in found
    assert "Set-Cookie" not in response.headers
    assert OldUrl.objects.get().hits == 0 and not UnknownHit.objects.exists()


def test_a_target_elsewhere_is_not_shown(site, add, enquire):
    add("/a.html", "redirect", target_url="https://evil.example/")
    assert "evil.example" not in text(enquire(f"http://{HOST}/a.html")).replace(f"http://{HOST}/a.html", "")


def test_every_page_of_the_portal_leads_there(portal):
    page = Client().get("/towns/dahe/", headers={"host": "www.yunxi.example.gov.cn"})
    assert '/old-address/">旧网址查询</a>' in page.content.decode()
