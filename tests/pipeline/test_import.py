"""The whole of 大河镇 in the portal, against the manifest of truth."""

import hashlib
import json
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from wagtail.models import Page, PageLogEntry, ReferenceIndex

from cms_site.legacy.models import Imported
from cms_site.portal.models import ContentPage
from migrate.check.balance import account
from migrate.demo import TrueArticle, dahe
from migrate.importer import ImportOptions, Plan, rehearse
from migrate.portal import rehearsal
from migrate.records import Kind
from migrate.urls import canonical
from tests.pipeline.conftest import Undisturbed, import_again
from tests.pipeline.portrait import portrait

pytestmark = pytest.mark.django_db
TRUTH = dahe().truth
HELD = {"mobile-numbers", "injected-link", "identity-number"}


def imported(site: Undisturbed, url: str) -> Imported | None:
    key = canonical(url, site.where.site.url_rules)
    return Imported.objects.select_related("page", "document", "image").filter(source_key=key).first()


def page_of(site: Undisturbed, article: TrueArticle) -> ContentPage | None:
    row = imported(site, article.url)
    return row.page.specific if row and row.page else None


def test_every_article_is_there_and_the_clean_ones_are_live(undisturbed: Undisturbed) -> None:
    drafts, live = [], 0
    for article in TRUTH.articles:
        page = page_of(undisturbed, article)
        row = imported(undisturbed, article.url)
        if page is None:
            assert "/zt/2015/" in article.url  # the topic that is archived
            continue
        assert page.draft_title == article.title
        if page.live:
            live += 1
            assert not row.held
            assert (page.source, page.document_number) == (article.source, article.document_number)
        else:
            drafts.append(page.get_parent().slug == "undecided" or bool(row.held))
    assert (live, drafts) == (79, [True] * 4)
    held = {row.source_key for row in Imported.objects.all() if row.held and row.page_id}
    assert held == {canonical(a.url, undisturbed.where.site.url_rules) for a in TRUTH.articles if HELD & set(a.traps)}


def test_each_has_the_time_of_its_first_publication_one_revision_and_our_name(undisturbed: Undisturbed) -> None:
    users: Counter[str] = Counter()
    dated = 0
    for article in TRUTH.articles:
        page = page_of(undisturbed, article)
        if page is None or not page.live:
            continue
        if page.published_at:
            moment = datetime.fromisoformat(article.published).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
            assert page.published_at == page.first_published_at == page.last_published_at == moment
            dated += 1
        assert page.revisions.count() == 1
        assert page.latest_revision_id == page.live_revision_id
        users.update(entry.user.username for entry in PageLogEntry.objects.filter(page=page.pk).select_related("user"))
    assert set(users) == {"shangyi"}
    assert dated >= 75


def test_files_are_there_with_their_names_and_bytes(undisturbed: Undisturbed) -> None:
    seen = Counter()
    for article in TRUTH.articles:
        page = page_of(undisturbed, article)
        for file in (*article.attachments, *article.images) if page else ():
            row = imported(undisturbed, file.url)
            if not file.sha256:
                assert row is None
                continue
            thing = row.document or row.image
            with thing.open_file() as opened:
                assert "sha256:" + hashlib.sha256(opened.read()).hexdigest() == file.sha256
            seen["image" if row.image else "document"] += 1
        if page is not None:
            newest = page.get_latest_revision_as_object()
            names = [file.name.rpartition("：")[2] for file in article.attachments if file.sha256]
            assert [block.value["title"].rpartition("：")[2] for block in newest.attachments] == names
            assert sum(block.block_type == "image" for block in newest.body) == len(article.images)
    assert seen["document"] >= 8
    assert seen["image"] >= 10


def test_links_between_pages_are_numbers_and_nothing_asks_the_old_host(undisturbed: Undisturbed) -> None:
    linked = 0
    for row in Imported.objects.filter(page__isnull=False):
        raw = row.page.get_latest_revision().content["body"]
        assert "dahe.example.gov.cn" not in raw
        linked += raw.count('linktype=\\"page\\"')
    assert linked > 0


def test_a_link_leads_to_its_place_in_the_other_page(undisturbed: Undisturbed) -> None:
    (page,) = Page.objects.filter(title__endswith="大河镇防汛抗旱应急预案的通知")
    rows = Imported.objects.filter(page__isnull=False)
    bodies = [str(json.loads(row.page.get_latest_revision().content["body"])) for row in rows]
    wanted = f'id="{page.pk}" fragment="c2">预警级别</a>', '<a name="c2">第二章 预警级别】</a>'
    assert [sum(part in body for body in bodies) for part in wanted] == [1, 1]


def test_the_tree_and_the_reference_index_want_no_mending(undisturbed: Undisturbed) -> None:
    assert Page.find_problems() == ([], [], [], [], [])
    columns = ("base_content_type", "object_id", "to_content_type", "to_object_id", "content_path")
    before = Counter(ReferenceIndex.objects.values_list(*columns))
    call_command("rebuild_references_index", verbosity=0)
    assert Counter(ReferenceIndex.objects.values_list(*columns)) == before
    for page in Page.objects.exclude(depth=1).select_related("content_type"):
        assert page.url_path == f"{page.get_parent().url_path}{page.slug}/"


def test_importing_again_changes_nothing(undisturbed: Undisturbed) -> None:
    again = import_again(undisturbed.where)
    assert dict(again.counts) == {"unchanged": undisturbed.summary.counts["created"], "held": len(HELD)}
    assert (again.old_urls, again.receipt) == (0, "")
    assert portrait() == undisturbed.portrait
    assert import_again(undisturbed.where, publish=False).receipt == ""


def test_the_rehearsal_says_that_nothing_will_happen(undisturbed: Undisturbed) -> None:
    where = undisturbed.where
    with where.ledger() as ledger:
        ahead = rehearsal(where.site, where.project.portal())
        plan = Plan(ledger, ahead.known(), ahead.decisions(), ImportOptions(publish=True))
        assert {item.action.value for item in rehearse(plan, where.folder, ahead)} == {"unchanged"}


def test_the_account_balances_and_every_entry_answers(undisturbed: Undisturbed) -> None:
    where = undisturbed.where
    with where.ledger() as ledger:
        found = account(ledger, where.site.url_rules)
        keys = {entry.key for entry in ledger.entries()}
        kinds = {entry.key for entry in ledger.entries() if entry.kind == Kind.ARTICLE}
    assert found.balanced
    assert set(undisturbed.portrait["old_urls"]) == keys
    assert found.found == len(keys) == undisturbed.summary.old_urls
    assert len(kinds) > 80
