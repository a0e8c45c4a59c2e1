"""One timed import, in a process of its own: `python -m tests.benchmarks.import_worker URL JOB SITE FOLDER PROJECT`.

Says on its last line how many seconds the import took, and how many pages or files it wrote.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

from migrate import portal
from migrate.archive.ledger import Ledger
from migrate.config import Project
from migrate.garbage import seldom_collected
from tests.importer.synthetic import PORTAL, Many


def build() -> int:
    """Make the tables and columns."""
    from django.core.management import call_command

    from cms_site.portal.build import build_portal

    call_command("migrate", interactive=False, verbosity=0)
    return len(build_portal(PORTAL).created)


def bring_in(many: Many, folder: Path) -> int:
    """Import a site."""
    from migrate.importer import ImportOptions, Plan, import_entries

    with (
        Ledger(folder / "ledger.sqlite") as ledger,
        seldom_collected(),  # as the command does
        portal.open_intake(many.config(folder), PORTAL, publish=True) as intake,
    ):
        plan = Plan(ledger, intake.known(), intake.decisions(), ImportOptions(publish=True))
        counts = import_entries(plan, folder, intake, lambda *_progress: None).counts
    assert not counts["failed"], counts
    return counts["created"]


def naive_pages(many: Many, folder: Path) -> int:
    """Write a site's pages as an editor's program would; their files are there."""
    from cms_site.legacy.models import Imported
    from migrate.importer.plan import is_page
    from tests.importer.naive import Naive, stored_files, system_user

    naive = Naive(many.host, f"/towns/{many.name}/", system_user())
    files = Imported.objects.filter(site__slug=many.name, page=None).select_related("image", "document")
    naive.know(stored_files(files))
    with Ledger(folder / "ledger.sqlite") as ledger:
        entries = list(filter(is_page, ledger.entries()))
    naive.write_pages(entries)
    return len(entries)


def naive_files(many: Many, folder: Path) -> int:
    """Store a site's files as an editor's program would."""
    from migrate.importer.files import read_file
    from migrate.importer.plan import is_file
    from tests.importer.naive import Naive, system_user

    with Ledger(folder / "ledger.sqlite") as ledger:
        entries = list(filter(is_file, ledger.entries()))
    naive = Naive(many.host, f"/towns/{many.name}/", system_user())
    naive.write_files(read_file(entry, folder) for entry in entries)
    return len(entries)


def main() -> None:
    """Do what the command line names."""
    url, job, name, folder, project = sys.argv[1:]
    os.environ["DATABASE_URL"] = url
    if job.endswith("stock-search"):
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.stock_search"
    portal.open_portal(Project(Path(project)))
    many = Many(name, 0)
    if job.endswith("stock-search"):
        from wagtail.search.backends import get_search_backend

        get_search_backend().get_index_for_model(None)._refresh_title_norms(full=True)
    for module in ("cms_site.legacy.intake.session", "migrate.importer", "tests.importer.naive"):
        importlib.import_module(module)  # Python's start, too, is nobody's import
    began = time.perf_counter()
    if job == "build":
        done = build()
    elif job == "import":
        done = bring_in(many, Path(folder))
    elif job.startswith("naive-files"):
        done = naive_files(many, Path(folder))
    else:
        done = naive_pages(many, Path(folder))
    print(json.dumps({"seconds": round(time.perf_counter() - began, 2), "written": done}))


if __name__ == "__main__":
    main()
