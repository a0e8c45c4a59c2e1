"""Redirect maps on their way into the portal, and out of it for web servers that keep the old hosts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate import portal
from migrate.config import Project
from migrate.records import Finding, Level
from migrate.redirects import Line, Server, files, read_map


@dataclass(frozen=True, slots=True)
class MapLoaded:
    """What loading redirect maps did: the document of --json."""

    files: tuple[str, ...]
    lines: int
    duplicates: int
    """Lines dropped because another one rules on the same address."""
    conflicts: int
    """Of these, lines that ruled otherwise."""
    chains: int
    """Addresses that follow another old address."""
    refused: int
    """Lines with an error; they rule on nothing, or leave the address undecided."""
    created: int
    changed: int
    unchanged: int
    kept: int
    """Addresses that were settled otherwise before, and left alone."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class MapExported:
    """What an export wrote: the document of --json."""

    site: str
    to: str
    files: tuple[str, ...]
    addresses: int
    """Old addresses with an answer; the others are not found, or go where the site sends them."""


def export_map(project: Project, site_id: str, server: Server, folder: Path | None, *, dry_run: bool) -> MapExported:
    """Write where a site's old addresses lead, for a web server; without a folder beside the site's report.

    Raises UsageError where the portal does not know the site.
    """
    portal.require_built(project)
    target = (folder or project.archive_of(site_id) / "report").absolute()
    site, answers = portal.exported_redirects(site_id)
    found = list(answers)
    written = files(server, site, found, target)
    for name, pieces in () if dry_run else written.items():
        target.mkdir(parents=True, exist_ok=True)
        part = target / f"{name}.part"
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(target / name)
    return MapExported(site_id, server.value, tuple(str(target / name) for name in written), len(found))


def load_maps(
    project: Project, sites: Sequence[str], maps: Sequence[Path], *, overwrite: bool = False, dry_run: bool = False
) -> MapLoaded:
    """Load redirect maps for these sites, all or nothing. Returns what it did, and what somebody must look at.

    Raises UsageError or ShangyiError where a file is no redirect map, a site's YAML is wrong, or an import runs.
    """
    configs = [project.site(site) for site in sites]
    portal.require_built(project)
    read = [line for file in maps for line in read_map(file)]
    lines = [line for line in read if isinstance(line, Line)]
    settled, loaded = portal.load_redirects(configs, lines, overwrite=overwrite, dry_run=dry_run)
    found = [line for line in read if isinstance(line, Finding)]
    findings = (*found, *settled.findings, *loaded.findings)
    return MapLoaded(
        files=tuple(str(file) for file in maps),
        lines=len(read),
        duplicates=settled.duplicates,
        conflicts=settled.conflicts,
        chains=settled.chains,
        refused=sum(finding.level is Level.ERROR for finding in findings),
        created=loaded.created,
        changed=loaded.changed,
        unchanged=loaded.unchanged,
        kept=loaded.kept,
        findings=findings,
    )
