"""Pages that an import changes are what `save_revision` and `publish` would have made of them, row by row.

The same changed entries are written twice over the same imported pages: by import, all at once; and page by page with
Wagtail's own methods. Rows are compared as in `test_contract`. A body that is written anew gets new blocks, so the
ids in earlier revisions are not compared: the change is in other fields.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from wagtail.models import Page, ReferenceIndex

from cms_site.legacy.models import Imported
from migrate import portal
from migrate.archive.ledger import Ledger
from migrate.importer import ImportOptions, ImportSummary, Plan, import_entries
from migrate.importer.plan import is_page
from migrate.records import Entry
from tests.importer.dump import Dump, differences
from tests.importer.naive import system_user
from tests.importer.synthetic import PORTAL, Many, write_ledger

pytestmark = pytest.mark.django_db
SITE = Many("dahe", 40, drafts=True)
TABLES = ("page", "article", "policy", "log", "reference", "index")


@pytest.fixture
def ledger(built: None, db: None, tmp_path: Path) -> Iterator[Ledger]:
    """The ledger of a site that is in the portal."""
    with write_ledger(tmp_path, SITE.files(), SITE.articles()) as ledger:
        run(tmp_path, ledger)
        yield ledger


def run(folder: Path, ledger: Ledger) -> ImportSummary:
    with portal.open_intake(SITE.config(folder), PORTAL, publish=True) as intake:
        plan = Plan(ledger, intake.known(), intake.decisions(), ImportOptions(publish=True))
        return import_entries(plan, folder, intake, lambda *_progress: None)


def change(ledger: Ledger, changed: Callable[[Entry], Entry]) -> list[Entry]:
    """Change the pages of a ledger; return all that is in it now."""
    entries = [changed(entry) if is_page(entry) else entry for entry in ledger.entries()]
    with ledger.transaction():
        ledger.write_entries(entries)
    return entries


def other_source(entry: Entry) -> Entry:
    assert entry.content is not None
    content = replace(entry.content, source="大河镇水利站", written_on="2016-05-04")
    return replace(entry, content=content, content_hash=f"{entry.content_hash}, later")


def write_naively(entries: Iterable[Entry]) -> None:
    """Bring changed entries into their pages as an editor's program would; drafts as the form of the admin does."""
    for entry in filter(is_page, entries):
        page = Imported.objects.get(source_key=entry.key).page.specific
        page.source, page.written_on = "大河镇水利站", date(2016, 5, 4)
        published = page.last_published_at
        if not page.live:
            page.save(clean=False)
            page.first_published_at = page.published_at
        revision = page.save_revision(user=system_user(), log_action=True, clean=False)
        if page.live:
            revision.publish(user=system_user(), skip_permission_checks=True)
            Page.objects.filter(pk=page.pk).update(last_published_at=published)


@pytest.mark.parametrize("table", TABLES)
def test_changed_pages(ledger: Ledger, tmp_path: Path, table: str) -> None:
    entries = change(ledger, other_source)
    with transaction.atomic():
        write_naively(entries)
        naive = Dump().tables[table]
        transaction.set_rollback(True)
    assert run(tmp_path, ledger).counts["updated"] == SITE.pages
    assert differences(naive, Dump().tables[table])[:20] == []
    assert any("大河镇水利站" in str(row) for row in naive.values()) == (table in ("article", "policy"))


def test_importing_again_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    change(ledger, other_source)
    run(tmp_path, ledger)
    before = Dump().tables
    again = run(tmp_path, ledger)
    assert (again.counts["updated"], again.receipt) == (0, "")
    assert Dump().tables == before


def test_new_links_are_in_the_reference_index(ledger: Ledger, tmp_path: Path) -> None:
    last = max(filter(is_page, ledger.entries()), key=lambda entry: entry.key)

    def linked(entry: Entry) -> Entry:
        assert entry.content is not None
        body = f'{entry.content.body}<p>另见<a href="{last.key}">这里</a></p>'
        return replace(entry, content=replace(entry.content, body=body), content_hash=f"{entry.content_hash}, linked")

    change(ledger, linked)
    run(tmp_path, ledger)
    target = Imported.objects.get(source_key=last.key).page
    pages = {int(number) for number in ReferenceIndex.get_references_to(target).values_list("object_id", flat=True)}
    assert pages >= set(Imported.objects.exclude(page=None).values_list("page_id", flat=True))
