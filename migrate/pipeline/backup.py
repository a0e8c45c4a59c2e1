"""When the portal was last backed up, and how that is done. What an import did can be rolled back, a lost disk not."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from migrate.config import Project
from migrate.i18n import _


@dataclass(frozen=True, slots=True)
class Backup:
    """The newest file in the folder of backups, and how to make another."""

    folder: Path
    at: str
    """ISO 8601, local time; empty where there is none."""
    file: str
    how: str

    @property
    def said(self) -> str:
        """Return it as a line for people."""
        if not self.at:
            return _("The portal was never backed up into {folder}. {how}").format(folder=self.folder, how=self.how)
        text = _("The portal was last backed up on {at} ({file}).")
        return text.format(at=self.at[:16].replace("T", " "), file=self.file)


def last_backup(project: Project) -> Backup:
    """Return what the folder of backups tells: `var/backups/`, or the one that SHANGYI_BACKUPS names."""
    folder = Path(os.environ.get("SHANGYI_BACKUPS") or project.root / "var" / "backups")
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
    newest = max(files, key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        return Backup(folder, "", "", _how(project, folder))
    at = datetime.fromtimestamp(newest.stat().st_mtime, UTC).astimezone()
    return Backup(folder, at.isoformat(timespec="seconds"), str(newest.relative_to(folder)), _how(project, folder))


def _how(project: Project, folder: Path) -> str:
    media = project.root / "var" / "media"
    address = urlsplit(os.environ.get("DATABASE_URL") or "sqlite:///var/portal.sqlite3")
    if address.scheme == "sqlite":
        text = _("Stop server and commands, copy {database} and {media} into {folder}.")
        return text.format(database=project.root / unquote(address.path[1:]), media=media, folder=folder)
    text = _('Run: pg_dump --format=custom --file={folder}/portal.dump "$DATABASE_URL"; copy {media} there, too.')
    return text.format(folder=folder, media=media)
