"""`shangyi doctor`: what is installed, reachable, writable."""

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from migrate.config import Project, find_project
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.pipeline.backup import last_backup

_PACKAGES = (
    "typer", "rich", "pyyaml", "wagtail", "django", "html2text", "aiohttp", "selectolax", "lxml", "resiliparse",
    "fastwarc", "isal", "brotli", "protego", "nh3", "openpyxl", "pypdf", "pillow", "yarl", "multidict",
)  # fmt: skip
"""The dependencies of pyproject.toml; a test compares them."""
_SQLITE = (3, 31)
"""The oldest SQLite that Django 5.2 works with; Python on older Linux systems still brings 3.26."""
_ENOUGH_DISK = 5_000_000_000
"""Bytes: a township site with images and a portal fit well."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at."""

    name: str
    good: bool
    found: str
    hint: str = ""


def examine(start: Path) -> list[Point]:
    """Return all points, the machine's first, then the project's."""
    points = [*_machine()]
    try:
        project = find_project(start)
    except ShangyiError as error:
        return [*points, Point(_("project"), False, error.reason, error.hint)]
    points.append(Point(_("project"), True, str(project.root)))
    points += [
        _try(_("portal.yaml"), lambda: _("{n} channels").format(n=len(project.portal().channels))),
        *(_try(f"sites/{site_id}.yaml", _site(project, site_id)) for site_id in project.site_ids()),
        _writable(_("archives folder"), project.archives, _("name another folder in SHANGYI_ARCHIVES")),
        _writable(_("portal's files"), project.root / "var" / "media", _("move the project")),
        _try(_("portal"), lambda: _portal(project)),
        Point(_("backup"), True, last_backup(project).said),
    ]
    return points


def _machine() -> Iterator[Point]:
    python = platform.python_version()
    yield Point("Python", sys.version_info >= (3, 11), python, _("Install Python 3.11 or newer."))
    yield Point("SQLite", sqlite3.sqlite_version_info >= _SQLITE, sqlite3.sqlite_version, _("Install a newer Python."))
    yield Point(_("browser"), True, _browser())
    missing = [name for name in _PACKAGES if not _version(name)]
    for name in missing:
        yield Point(name, False, _("missing"), _("Install it: pip install --require-hashes -r requirements.lock"))
    if not missing:
        yield Point(_("packages"), True, ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))


def _version(package: str) -> str:
    """Return the version that is installed, empty if none is."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _browser() -> str:
    """Return the browser that can see pages for a harvest; it is optional."""
    from migrate.harvest.browser import at_hand, require

    none = _("none (only pages that scripts make need one): {reason}")
    try:
        require()
    except ShangyiError as error:
        return none.format(reason=error.reason)
    return at_hand() or none.format(reason=_("there is no Chromium, Chrome or Edge."))


def _site(project: Project, site_id: str) -> Callable[[], str]:
    return lambda: project.site(site_id).site.name


def _try(name: str, look: Callable[[], str]) -> Point:
    try:
        return Point(name, True, look())
    except ShangyiError as error:
        return Point(name, False, error.reason, error.hint)


def _writable(name: str, folder: Path, otherwise: str) -> Point:
    there = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
    if not there.is_dir() or not os.access(there, os.W_OK):
        hint = _("Give yourself the right to write there, or {otherwise}.").format(otherwise=otherwise)
        return Point(name, False, _("{folder}: not writable").format(folder=folder), hint)
    free = shutil.disk_usage(there).free
    found = _("{folder}: {n} GB free").format(folder=folder, n=free // 1_000_000_000)
    return Point(name, free > _ENOUGH_DISK, found, _("Make room, or {otherwise}.").format(otherwise=otherwise))


def _portal(project: Project) -> str:
    from migrate import portal

    portal.require_built(project)
    return _("built")
