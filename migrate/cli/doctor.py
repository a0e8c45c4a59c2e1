"""`shangyi doctor`: what is installed, reachable, writable."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from migrate.config import Project, find_project
from migrate.errors import ShangyiError
from migrate.i18n import _

_PACKAGES = ("wagtail", "django", "aiohttp", "selectolax", "lxml", "fastwarc", "isal", "html2text")
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
        _writable(project),
        _try(_("portal"), lambda: _portal(project)),
    ]
    return points


def _machine() -> Iterator[Point]:
    python = platform.python_version()
    yield Point("Python", sys.version_info >= (3, 11), python, _("Install Python 3.11 or newer."))
    for name in _PACKAGES:
        try:
            yield Point(name, True, version(name))
        except PackageNotFoundError:
            yield Point(name, False, _("missing"), _("Install it: make setup"))


def _site(project: Project, site_id: str) -> Callable[[], str]:
    return lambda: project.site(site_id).site.name


def _try(name: str, look: Callable[[], str]) -> Point:
    try:
        return Point(name, True, look())
    except ShangyiError as error:
        return Point(name, False, error.reason, error.hint)


def _writable(project: Project) -> Point:
    folder = project.archives
    name = _("archives folder")
    there = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
    if not os.access(there, os.W_OK):
        hint = _("Give yourself the right to write there, or name another folder in SHANGYI_ARCHIVES.")
        return Point(name, False, _("{folder}: not writable").format(folder=folder), hint)
    free = shutil.disk_usage(there).free
    found = _("{folder}: {n} GB free").format(folder=folder, n=free // 1_000_000_000)
    return Point(name, free > _ENOUGH_DISK, found, _("Make room, or name another folder in SHANGYI_ARCHIVES."))


def _portal(project: Project) -> str:
    from migrate import portal

    portal.require_built(project)
    return _("built")
