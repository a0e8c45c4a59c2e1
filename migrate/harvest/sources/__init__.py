"""What an old site left elsewhere: WARC and WACZ files, mirrors made by wget and HTTrack, backups of a server."""

from pathlib import Path

from migrate.config import SiteConfig
from migrate.errors import UsageError
from migrate.harvest.sources.containers import is_archive
from migrate.harvest.sources.folder import Folder
from migrate.harvest.sources.types import Answer, Notes, Source
from migrate.harvest.sources.warcs import Warcs
from migrate.i18n import _

__all__ = ["Answer", "Notes", "Source", "open_source"]


def open_source(path: Path, site: SiteConfig, spool: Path) -> Source:
    """Return what lies at a path: WARC, ARC or WACZ files, one or a folder of them; or a folder of the site's files.

    Raises UsageError where there is neither.
    """
    if path.is_dir():
        archives = [] if site.harvest.folders else sorted(found for found in path.rglob("*") if is_archive(found))
        if not archives:
            return Folder(path, site, spool)
    elif path.is_file() and is_archive(path):
        archives = [path]
    else:
        raise UsageError(
            _("“{path}” is no WARC or WACZ file and no folder.").format(path=path),
            _("Name a file that ends in .warc, .warc.gz, .arc, .arc.gz or .wacz, or a folder."),
        )
    return Warcs(archives, site.url_rules, spool, site.harvest.max_bytes)
