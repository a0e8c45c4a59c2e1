"""The demo: a whole old site served on this machine and moved end to end."""

import os
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate import portal
from migrate.config import Project
from migrate.pipeline import (
    Mapped,
    Progress,
    check_site,
    harvest_site,
    import_site,
    map_site,
    place,
    report_site,
    status,
)
from migrate.pipeline.checking import CheckOptions
from migrate.records import Account, CheckSummary

if TYPE_CHECKING:
    from migrate.harvest import HarvestSummary
    from migrate.harvest import Progress as HarvestProgress
    from migrate.importer import ImportSummary
    from migrate.report import ReportFiles


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo did, and where to look."""

    project: Path
    harvest: "HarvestSummary"
    map: Mapped
    imported: "ImportSummary"
    checks: tuple[CheckSummary, ...]
    account: Account
    report: "ReportFiles"
    editor: str
    password: str
    seconds: float


def demo(source: Project, progress: Progress, harvest_progress: "Callable[[HarvestProgress], None]") -> Demo:
    """Serve the demo's old site and move it end to end into a fresh portal under var/demo/. Takes about a minute."""
    from migrate.demo import dahe, serve
    from migrate.harvest import HarvestRun
    from migrate.importer import ImportOptions

    began = time.monotonic()
    where = place(_fresh_demo(source), "dahe")
    portal.build(where.project)
    with serve([dahe()]) as server:
        harvested = harvest_site(where, HarvestRun(resolve=server.resolve), harvest_progress)
    mapped = map_site(where, progress)
    imported = import_site(where, ImportOptions(publish=True), progress)
    checks = check_site(where, CheckOptions(), progress).summaries
    editor, password = "editor", secrets.token_urlsafe(9)
    portal.add_editor(editor, password)
    account = status(where, with_portal=True).account
    seconds = round(time.monotonic() - began, 1)
    return Demo(
        where.project.root, harvested, mapped, imported, checks, account, report_site(where), editor, password, seconds
    )


def _fresh_demo(source: Project) -> Project:
    """Return an empty project under var/demo/ with this project's mappings. A real portal is never touched."""
    from migrate.demo.central import POLICY

    root = source.root / "var" / "demo"
    if root.exists():
        shutil.rmtree(root)
    shutil.copytree(source.mappings, root / "mappings")
    shutil.copy(POLICY, root / "mappings" / "policy.yaml")  # a demo asks nobody but itself
    for name in ("DATABASE_URL", "SHANGYI_ARCHIVES", "SHANGYI_PROJECT"):
        os.environ.pop(name, None)
    return Project(root)
