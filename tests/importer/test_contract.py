"""An imported portal is the one that Wagtail's own methods would have made, row by row.

Two hundred entries are written twice into the same empty portal: by `tests.importer.naive`, page by page with
`add_child`, `save_revision` and `publish`; and by `import_entries`. What no two runs have in common is made alike by
`tests.importer.dump`, which says what that is. It is Wagtail's behaviour that judges:

- a draft's row holds the draft: the admin saves the form of a page that isn't live (wagtail/admin/views/pages/edit.py,
  `form.save(commit=not self.page.live)`; wagtail/actions/edit.py, `_save_instance`), so an image that a draft uses
  counts as used, and the admin finds the draft by its words;
- a page that never was live has no `first_published_at` (wagtail/actions/publish_revision.py sets it when it goes
  live); its revision knows the day, and whoever publishes that gets it (Page.with_content_json);
- the history of a page is create, edit, publish, as CreatePageAction writes it, in this order;
- the block of a body has one id, in the page's row, in its revision and in the reference index.

Not compared: where files lie in the storage (import's names carry their digest).
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from wagtail.models import Collection, Page, PageLogEntry, ReferenceIndex, Revision
from wagtail.models import Site as PortalSite
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from cms_site.legacy.intake.files import HELD_COLLECTION
from cms_site.legacy.models import Imported
from cms_site.portal.models import CONTENT_MODELS, ArticlePage, ColumnPage
from migrate import portal
from migrate.archive.ledger import Ledger
from migrate.importer import ImportOptions, ImportSummary, Plan, import_entries
from migrate.importer.files import read_file
from migrate.importer.plan import is_file, is_page
from tests.importer.dump import STREAMS, Dump, differences
from tests.importer.naive import Naive, system_user
from tests.importer.synthetic import PORTAL, Many, write_ledger

pytestmark = pytest.mark.django_db
SITE = Many("dahe", 200 if connection.vendor == "sqlite" else 100, drafts=True)
"""On PostgreSQL, where all tests but this one would wait for the naive way, half of them will do."""
TABLES = ("page", *CONTENT_MODELS, "revision", "log", "image", "document", "reference", "index")


@dataclass(frozen=True)
class Both:
    """What the two ways left, and the ledger that they read; the portal is as import left it."""

    folder: Path
    ledger: Ledger
    naive: Dump
    imported: Dump
    summary: ImportSummary
    drafts: frozenset[str]
    """Paths of the pages that are not live."""

    def is_draft(self, name: str) -> bool:
        """Say whether a row is of a page that is not live."""
        return name.partition(" ")[0] in self.drafts


@pytest.fixture(scope="module")
def both(built: None, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("contract")
    with write_ledger(folder, SITE.files(), SITE.articles()) as ledger, django_db_blocker.unblock():
        with transaction.atomic():
            write_naively(folder, ledger)
            naive = Dump()
            transaction.set_rollback(True)
        with transaction.atomic():
            summary = run(folder, ledger)
            drafts = frozenset(Page.objects.filter(live=False).values_list("url_path", flat=True))
            yield Both(folder, ledger, naive, Dump(), summary, drafts)
            transaction.set_rollback(True)
        PortalSite.clear_site_root_paths_cache()


def write_naively(folder: Path, ledger: Ledger) -> None:
    held = Collection.get_first_root_node().add_child(name=HELD_COLLECTION)
    held.view_restrictions.create(restriction_type="login")
    naive = Naive(SITE.host, "/towns/dahe/", system_user(), held)
    naive.write_files([read_file(entry, folder) for entry in ledger.entries() if is_file(entry)])
    naive.write_pages(filter(is_page, ledger.entries()))


def run(folder: Path, ledger: Ledger) -> ImportSummary:
    with portal.open_intake(SITE.config(folder), PORTAL, publish=True) as intake:
        plan = Plan(ledger, intake.known(), intake.decisions(), ImportOptions(publish=True))
        return import_entries(plan, folder, intake, lambda *_progress: None)


@pytest.fixture
def imported(both: Both, db: None) -> Both:
    return both


def test_the_sample_has_something_of_everything(both: Both) -> None:
    tables = both.naive.tables
    bodies = [row["body"] for name in ("article", "policy") for row in tables[name].values()]
    kinds = Counter(block[0] for body in bodies for block in body)
    assert min(kinds["paragraph"], kinds["image"], kinds["legacy"]) >= SITE.pages // 10
    assert min(len(tables["article"]), len(tables["policy"])) >= SITE.pages // 5
    assert len(both.drafts) >= SITE.pages // 15
    assert all(tables[name] for name in CONTENT_MODELS)
    written = (*CONTENT_MODELS, "image", "document")
    assert both.summary.counts["created"] == sum(len(tables[name]) for name in written)
    assert not both.summary.counts["failed"]
    to_pages = [name for name in tables["reference"] if "→ /portal/towns/" in name]
    assert len(to_pages) > SITE.pages


@pytest.mark.parametrize("table", TABLES)
def test_what_is_live(both: Both, table: str) -> None:
    one, other = both.naive.tables[table], both.imported.tables[table]
    assert differences(one, other, lambda name: not both.is_draft(name))[:20] == []


@pytest.mark.parametrize("table", TABLES)
def test_drafts(both: Both, table: str) -> None:
    one, other = both.naive.tables[table], both.imported.tables[table]
    assert differences(one, other, both.is_draft)[:20] == []


def test_no_table_has_other_rows(both: Both) -> None:
    one, other = both.naive.rows, both.imported.rows
    assert {name: (one[name], other[name]) for name in one if one[name] != other[name]} == {}


class TestNothingWantsMending:
    """Wagtail's own repair commands find nothing to do."""

    def test_the_tree(self, imported: Both) -> None:
        assert Page.find_problems() == ([], [], [], [], [])
        said = io.StringIO()
        call_command("fixtree", interactive=False, stdout=said)
        assert "No problems found" in said.getvalue()
        paths = dict(Page.objects.values_list("path", "url_path"))
        for page in Page.objects.filter(depth__gt=1):
            assert page.url_path == f"{paths[page.path[: -page.steplen]]}{page.slug}/"

    def test_the_reference_index(self, imported: Both) -> None:
        columns = ("base_content_type", "content_type", "object_id", "to_content_type", "to_object_id",
                   "model_path", "content_path", "content_path_hash")  # fmt: skip
        before = Counter(ReferenceIndex.objects.values_list(*columns))
        call_command("rebuild_references_index", verbosity=0)
        assert Counter(ReferenceIndex.objects.values_list(*columns)) == before

    def test_the_search_index(self, imported: Both) -> None:
        before = imported.imported.tables["index"]
        call_command("update_index", verbosity=0)
        assert differences(before, Dump().tables["index"], lambda name: not name.startswith("/ as")) == []

    def test_the_words_are_found(self, imported: Both) -> None:
        for page in ArticlePage.objects.live()[:5]:
            assert page.pk in {found.pk for found in Page.objects.live().search(page.title)}
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:  # raises where the full-text table says other than the index entries
                cursor.execute("INSERT INTO wagtailsearch_indexentry_fts(wagtailsearch_indexentry_fts, rank) "
                               "VALUES ('integrity-check', 1)")  # fmt: skip

    def test_the_words_of_bodies_are_found(self, imported: Both) -> None:
        page = ArticlePage.objects.live().filter(url_path__contains="/dahe/notices/").first()
        words = max(re.findall(r"[\u4e00-\u9fff]{4,12}", page.text), key=len)
        assert page.pk in {found.pk for found in Page.objects.live().search(words)}

    def test_every_block_has_one_id(self, imported: Both) -> None:
        for table in (*CONTENT_MODELS, "revision"):
            for row in imported.imported.tables[table].values():
                blocks = [block for stream in STREAMS for block in row.get("content", row)[stream]]
                assert len({block[1] for block in blocks} - {None}) == len(blocks)

    def test_revisions_are_as_old_as_their_pages_say(self, imported: Both) -> None:
        for page in ArticlePage.objects.select_related("latest_revision", "live_revision"):
            assert page.latest_revision.created_at == page.latest_revision_created_at
            assert page.live_revision == (page.latest_revision if page.live else None)

    def test_importing_again_changes_nothing(self, imported: Both) -> None:
        again = run(imported.folder, imported.ledger)
        assert (again.old_urls, again.receipt) == (0, "")
        assert set(again.counts) == {"unchanged", "held"}
        assert Dump().tables == imported.imported.tables


@pytest.fixture
def page(imported: Both) -> ArticlePage:
    """A live article with pictures, in the middle of its column."""
    pages = ArticlePage.objects.live().filter(url_path__contains="/dahe/notices/").order_by("path")
    return next(page for page in pages[20:] if any(block.block_type == "image" for block in page.body))


class TestEditors:
    """What people do with an imported page in the admin is what they can do with any."""

    def test_open_and_edit(self, page: ArticlePage, admin_client: Client) -> None:
        children, problems = page.get_parent().numchild, Page.find_problems()
        for name in ("edit", "history", "usage"):
            assert admin_client.get(reverse(f"wagtailadmin_pages:{name}", args=[page.pk])).status_code == 200
        picture = next(block.value["image"] for block in page.body if block.block_type == "image")
        used = admin_client.get(reverse("wagtailimages:image_usage", args=[picture.pk])).content.decode()
        assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in used
        form = written(page, title="改过的标题", text="<p>改过的正文：测绘</p>")
        admin_client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form)
        page.refresh_from_db()
        assert (page.has_unpublished_changes, page.draft_title) == (True, "改过的标题")
        assert "改过的正文" not in str(page.body)
        admin_client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form | {"action-publish": "1"})
        page = ArticlePage.objects.get(pk=page.pk)
        assert (page.title, page.live, page.has_unpublished_changes) == ("改过的标题", True, False)
        assert page.live_revision_id == page.latest_revision_id
        assert "改过的正文" in str(page.body)
        actions = list(PageLogEntry.objects.filter(page=page.pk).order_by("pk").values_list("action", flat=True))
        assert actions[:3] == ["wagtail.create", "wagtail.edit", "wagtail.publish"]
        assert actions[-1] == "wagtail.publish"
        assert page.pk in {found.pk for found in ArticlePage.objects.search("测绘")}
        assert not ReferenceIndex.get_references_for_object(page).filter(to_object_id=picture.pk).exists()
        assert Imported.objects.get(page=page).touched
        assert (page.get_parent().numchild, Page.find_problems()) == (children, problems)

    @pytest.mark.parametrize("as_it_came", [True, False])
    def test_publish_a_draft(self, imported: Both, admin_client: Client, as_it_came: bool) -> None:
        draft = ArticlePage.objects.filter(url_path__contains="/notices/", live=False).first()
        shown = draft.get_latest_revision_as_object()
        assert draft.first_published_at is None
        assert "<p>" in str(shown.body)
        if as_it_came:
            draft.get_latest_revision().publish(skip_permission_checks=True)
        else:
            form = written(shown, title=draft.title, text="<p>看过了</p>") | {"action-publish": "1"}
            admin_client.post(reverse("wagtailadmin_pages:edit", args=[draft.pk]), form)
        draft = ArticlePage.objects.get(pk=draft.pk)
        assert draft.live
        if as_it_came:
            assert draft.first_published_at == draft.published_at == shown.published_at
            assert str(draft.body) == str(shown.body)
        assert ("看过了" in str(draft.body)) != as_it_came

    def test_move(self, page: ArticlePage, admin_client: Client) -> None:
        old, new = page.get_parent(), ColumnPage.objects.get(url_path="/portal/towns/dahe/overview/")
        counts = old.numchild, new.numchild
        act(admin_client, reverse("wagtailadmin_pages:move_confirm", args=[page.pk, new.pk]), answer="follow")
        page.refresh_from_db()
        assert page.url_path == f"{new.url_path}{page.slug}/"
        old.refresh_from_db()
        new.refresh_from_db()
        assert (old.numchild, new.numchild) == (counts[0] - 1, counts[1] + 1)
        assert Page.find_problems() == ([], [], [], [], [])

    def test_unpublish(self, page: ArticlePage, admin_client: Client) -> None:
        act(admin_client, reverse("wagtailadmin_pages:unpublish", args=[page.pk]), answer="wait")
        page.refresh_from_db()
        assert (page.live, page.has_unpublished_changes, page.live_revision) == (False, True, None)
        assert PageLogEntry.objects.filter(page=page.pk, action="wagtail.unpublish").exists()

    def test_copy(self, page: ArticlePage, admin_client: Client) -> None:
        parent = page.get_parent()
        form = {"new_title": "副本", "new_slug": "copy", "new_parent_page": parent.pk, "publish_copies": "on"}
        admin_client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), form)
        copy = ArticlePage.objects.get(slug="copy")
        assert (copy.title, copy.live, copy.get_parent()) == ("副本", True, parent)
        assert copy.translation_key != page.translation_key
        assert [block.value for block in copy.attachments] == [block.value for block in page.attachments]
        assert str(copy.body) == str(page.body)
        assert Page.find_problems() == ([], [], [], [], [])

    def test_delete_and_add(self, page: ArticlePage) -> None:
        parent, number = page.get_parent(), page.pk
        children = parent.numchild
        page.delete()
        assert not Revision.page_revisions.filter(object_id=str(number)).exists()
        assert not ReferenceIndex.objects.filter(
            base_content_type__model="page", base_content_type__app_label="wagtailcore", object_id=str(number)
        ).exists()
        new = ColumnPage.objects.get(pk=parent.pk).add_child(instance=ArticlePage(title="新写的", slug="new"))
        parent.refresh_from_db()
        assert (parent.numchild, parent.get_last_child().pk) == (children, new.pk)
        assert Page.find_problems() == ([], [], [], [], [])


def act(client: Client, url: str, *, answer: str) -> None:
    """Do something with a page in the admin, which first asks what the page's old addresses shall do."""
    asked = client.post(url, follow=True).context
    said = {"id": asked["ids"]} | {name: asked[name] for name in ("of", "action", "below", "next")}
    client.post(reverse("worklist:protect"), said | {"answer": answer})
    client.post(url)


def written(page: ArticlePage, *, title: str, text: str) -> dict[str, Any]:
    """Return the edit form of a page as the browser sends it, with another title and body."""
    documents = [("document", {"document": block.value["document"].pk, "title": "附件"}) for block in page.attachments]
    return nested_form_data(
        {
            "title": title,
            "slug": page.slug,
            "published_at": "2024-06-01 08:00",
            "published_has_time": "on",
            "body": streamfield([("paragraph", rich_text(text))]),
            "attachments": streamfield(documents),
            "comments": inline_formset([]),
        }
    )
