"""Addresses of letters to the government: their titles, which 410 pages and lists show, name nobody."""

import pytest
from django.contrib.auth import get_user_model

from cms_site.legacy.intake.old_urls import OldUrlWriter
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.models import Imported, OldUrl
from cms_site.portal.models import LetterPage
from migrate.records import Content, Entry, Kind, Outcome

from .conftest import HOST

BODY = "<p>来信人：李小明</p><p>我叫李小明，电话13812345678，路灯不亮。</p>"


def entry(name: str, outcome: Outcome, title: str, body: str = BODY) -> Entry:
    content = Content(title, "2016-05-03", "", "", "", "", {}, body, (), ())
    url = f"http://{HOST}/{name}.html"
    return Entry(url, url, Kind.ARTICLE, outcome, "rule", title=title, content=content)


@pytest.fixture
def write(site):
    book = ReceiptBook(site, get_user_model().objects.create_user("import"))

    def written(entry: Entry) -> OldUrl:
        OldUrlWriter(site, book).write([(entry, "")])
        return OldUrl.objects.get(canonical=entry.key)

    return written


def test_a_letter_that_moved_is_told_of_as_its_page_is(write, site, portal):
    letter = entry("1", Outcome.MOVE, "李小明反映路灯不亮，电话13812345678")
    page = portal.notices.add_child(instance=LetterPage(title="李**反映路灯不亮"))
    Imported.objects.create(site=site, source_key=letter.key, content_hash="x", state="live", page=page)
    assert write(letter).title == "李**反映路灯不亮，电话138******78"


def test_an_archived_letter_names_nobody_in_title_or_text(write):
    row = write(entry("2", Outcome.ARCHIVE, "李小明反映路灯不亮"))
    assert row.title == "李**反映路灯不亮"
    assert "李小明" not in row.text
    assert "13812345678" not in row.text
    assert "路灯不亮" in row.text


def test_what_is_no_letter_keeps_its_names(write):
    title = "关于李小明同志任职的通知"
    assert write(entry("3", Outcome.ARCHIVE, title, "<p>任命：李小明同志为镇长。</p>")).title == title
