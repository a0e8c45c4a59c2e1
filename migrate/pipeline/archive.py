"""The archive itself: hand it on as WACZ, verify it, restore its ledger."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.config.sites import POLICY_SITE
from migrate.pipeline import Place, Progress

if TYPE_CHECKING:
    from migrate.archive.verify import Verified
    from migrate.archive.wacz import Exported
    from migrate.harvest.rebuild import Rebuilt


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export would write, and of how much."""

    file: Path
    warc_files: int
    bytes: int
    """Of the WARC files."""


def plan_export(where: Place, output: Path | None) -> ExportPlan:
    """Return what `export_archive` would write. Raises UsageError where the site was not harvested."""
    from migrate.archive.warc import warc_files

    with where.ledger() as ledger:
        stamp = ledger.db.execute("SELECT max(stamp) FROM captures").fetchone()[0]
    files = warc_files(where.folder)
    size = sum(path.stat().st_size for path in files)
    return ExportPlan(output or where.folder / f"{where.id}-{stamp}.wacz", len(files), size)


def export_archive(where: Place, output: Path | None) -> "Exported":
    """Write the site's archive as one WACZ file. Raises ShangyiError while a harvest of the site is running."""
    from migrate.archive.wacz import Described, site_pages, write_wacz
    from migrate.harvest.lock import harvest_lock

    target = plan_export(where, output).file
    with harvest_lock(where.folder), where.ledger() as ledger:
        first, last = ledger.db.execute("SELECT min(started_at), max(started_at) FROM captures").fetchone()
        home = where.site.site.url
        described = Described(where.site.site.name, f"{home} {first[:10]} – {last[:10]}", home)
        return write_wacz(where.folder, target, described, site_pages(where.folder, ledger))


def verify_archive(where: Place, progress: Progress, *, dry_run: bool = False) -> "Verified":
    """Read every record of the site's archive and follow every row; keep what is wrong as findings."""
    from migrate.archive.verify import STAGE, verify
    from migrate.harvest.lock import harvest_lock

    with harvest_lock(where.folder), where.ledger() as ledger:
        told = verify(where.folder, ledger, lambda done, of: progress("verify", done, of))
        if not dry_run:
            with ledger.transaction():
                ledger.replace_findings(STAGE, told.findings)
        return told


def rebuild_ledger(where: Place, progress: Progress, *, dry_run: bool = False) -> "Rebuilt":
    """Restore the site's ledger from its WARC files; the old one is kept beside it."""
    from migrate.families import load_families
    from migrate.harvest.rebuild import run_rebuild

    if where.id == POLICY_SITE:
        from migrate.pipeline.policy import rebuild

        return rebuild(where, dry_run=dry_run)
    families = load_families(where.project.mappings / "families.yaml")

    def tell(done: int, of: int) -> None:
        progress("rebuild", done, of)

    return run_rebuild(where.site, families, where.folder, tell, dry_run=dry_run)
