"""Whether there is a portal, and starting it: Django is set up here and nowhere else."""

import gc
import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from migrate.config import Project
from migrate.errors import ShangyiError, database_hint
from migrate.i18n import _


class NotBuilt(ShangyiError):
    """There is no portal yet: no database, no tables, or no columns."""

    def __init__(self) -> None:
        super().__init__(_("The portal is not built yet."), _("Build it: shangyi cms build"))


@dataclass(frozen=True, slots=True)
class Built:
    """What `cms build` did: names of the pages it made and changed, and how many it left alone."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: int
    empty: tuple[str, ...] = ()
    """Required columns that hold nothing, although they were built before."""
    kept: tuple[str, ...] = ()
    """Columns that still hold another type of page than their template asks for."""
    roles: tuple[str, ...] = ()
    """Groups, collections and the review that it made, or gave something."""


def open_portal(project: Project) -> None:
    """Start Django for this project's portal, whatever SHANGYI_PROJECT says. Once per process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms_site.settings.dev")
    os.environ["SHANGYI_PROJECT"] = str(project.root)
    if not _started():
        _start()


def _start() -> None:
    """Set Django up. What it imports stays to the end: looking for cycles there takes a fifth of a command's time."""
    import django

    collects = gc.isenabled()
    gc.disable()
    try:
        django.setup()
        gc.freeze()
    finally:
        if collects:
            gc.enable()


def has_database(project: Project) -> bool:
    """Say, without starting Django, whether the portal can have been built: SQLite would make a missing file anew."""
    parts = urlsplit(os.environ.get("DATABASE_URL") or "sqlite:///var/portal.sqlite3")
    return parts.scheme != "sqlite" or (project.root / unquote(parts.path[1:])).is_file()


def _started() -> bool:
    from django.apps import apps

    return bool(apps.ready)


def require_built(project: Project) -> None:
    """Start Django. Raises NotBuilt, or another ShangyiError where the database is older or can't be reached."""
    if not _started() and not has_database(project):
        raise NotBuilt
    open_portal(project)
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    if connection.connection is not None and connection.errors_occurred and not connection.is_usable():
        connection.close()  # a session that was lost with one site would fail all after it
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        hint = database_hint(error) if connection.vendor == "sqlite" else ""  # no server there, a file in a folder
        raise ShangyiError(
            _("The portal's database can't be reached: {error}").format(error=error),
            hint or _("Check DATABASE_URL, and that the database server runs."),
        ) from error
    if pending and executor.loader.applied_migrations:
        raise ShangyiError(
            _("The portal's database is older than this program."), _("Bring it up to date: shangyi cms build")
        )
    from cms_site.portal.models import HomePage

    if pending or not HomePage.objects.exists():
        raise NotBuilt


def is_built(project: Project) -> bool:
    """Say whether there is a portal, for commands that work without it. Raises as `require_built`, NotBuilt aside."""
    try:
        require_built(project)
    except NotBuilt:
        return False
    return True


def build(project: Project, *, dry_run: bool = False) -> Built:
    """Create or update tables and columns from portal.yaml, without touching content. Returns what it did.

    A dry run writes nothing; where there are no tables yet, all of portal.yaml is new.
    """
    config = project.portal()
    if dry_run and not is_built(project):
        return Built(tuple(config.paths()), (), 0, roles=config.role_names())
    open_portal(project)
    from django.core.management import call_command
    from django.db import transaction

    from cms_site.editors.roles import build_roles
    from cms_site.portal.build import build_portal

    if not dry_run:
        call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        result = build_portal(config)
        roles = build_roles(config)
        if dry_run:
            transaction.set_rollback(True)
    return Built(
        created=tuple(result.created),
        updated=tuple(result.updated),
        unchanged=len(result.unchanged),
        empty=tuple(result.empty),
        kept=tuple(result.kept),
        roles=(*roles.created, *roles.updated),
    )


def add_editor(name: str, password: str) -> None:
    """Create or update a superuser, for the demo's portal."""
    from django.contrib.auth import get_user_model

    user, _created = get_user_model().objects.get_or_create(username=name)
    user.is_staff = user.is_superuser = True
    user.set_password(password)
    user.save()


def known_sites() -> list[str]:
    """Return the ids of all sites that the portal answers for."""
    from cms_site.legacy.models import OldSite

    return list(OldSite.objects.order_by("slug").values_list("slug", flat=True))
