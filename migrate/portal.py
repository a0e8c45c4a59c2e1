"""The one door to Django. Nothing else in `migrate` starts it; it is imported inside functions only.

Stages see plain data and the small protocols below. `open_portal` must come first.
"""

import os
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from migrate.config import PortalConfig, Project, SiteConfig
from migrate.errors import ShangyiError, UsageError
from migrate.i18n import _
from migrate.records import Afterwards, Entry, Finding, Judged, Known, Reading, Ruled, Stored
from migrate.redirects import Answer, Exported, Line, Settlement
from migrate.sheets import MAX_BYTES

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer


class NotBuilt(ShangyiError):
    """There is no portal yet: no database, no tables, or no columns."""

    def __init__(self) -> None:
        super().__init__(_("The portal is not built yet."), _("Build it: shangyi cms build"))


class Intake(Protocol):
    """One import of one site, seen from the importer. Each writing method is one transaction with its receipt lines."""

    def findings(self) -> list[Finding]:
        """Return what opening found."""

    def known(self) -> dict[str, Known]:
        """Return canonical URL → what the portal has."""

    def open_links(self) -> dict[str, Known]:
        """As `known`, of the pages with links that led nowhere when they were written."""

    def decisions(self) -> dict[str, Ruled]:
        """Return canonical URL → what a person ruled."""

    def write_files(self, readings: Iterable[Reading]) -> Iterator[list[Stored]]:
        """Store files, a batch at a time; yield what became of each batch's."""

    def place_pages(self, batch: list[Entry]) -> None:
        """Create the pages that don't exist yet, empty and unpublished."""

    def write_old_urls(self, batch: list[tuple[Entry, str]]) -> int:
        """Write the old URLs of (entry, time of capture); return how many differed."""

    def fill_pages(self, batch: list[Entry], *, relink: bool = False) -> list[Stored]:
        """Write the content of pages."""

    def follow(self, batch: list[Entry]) -> list[Stored]:
        """Bring pages that an editor changed what may follow the old site; say what waits for a person."""

    def healable(self, batch: list[Entry]) -> dict[str, list[str]]:
        """Return the keys of edited pages whose open links lead somewhere by now, and where."""

    def retire(self, batch: list[Entry]) -> list[Stored]:
        """Take offline what earlier imports published at these addresses, which no longer move."""

    def merged(self) -> dict[str, str]:
        """Return canonical URL → with what it shares its page, and why."""

    def parting(self) -> dict[str, str]:
        """Return canonical URL → whose page it is that no longer says what this one says, and what sees to it."""

    def unsketched(self) -> list[str]:
        """Return the canonical URLs of pages that were imported before pages were compared."""

    def sketch(self, batch: list[Entry]) -> None:
        """Note what these pages say, so that others can be compared with them."""

    def keys_of(self, urls: Iterable[str]) -> list[str]:
        """Return the canonical URLs of addresses under the site's rules."""

    def shelve(self) -> None:
        """Put each document of the site where the pages that use it allow."""

    def close(self) -> str:
        """Close the receipt; return its number, empty if nothing was written."""


class Rehearsal(Protocol):
    """An import of one site that does not take place: what it would find and do."""

    def known(self) -> dict[str, Known]:
        """Return canonical URL → what the portal has."""

    def decisions(self) -> dict[str, Ruled]:
        """Return canonical URL → what a person ruled."""

    def place(self, batches: Iterable[list[Entry]]) -> dict[str, str]:
        """Return the key of each entry that would get a page, and what it would share that with; empty: its own."""

    def judge(self, batches: Iterable[list[Entry]], placed: Mapping[str, str]) -> dict[str, Judged]:
        """Return what would become of pages that are written or were edited; new ones that can be are left out."""

    def heal(self, work: Afterwards) -> tuple[list[Stored], list[str]]:
        """Return what would become of entries that no longer move, and the keys of pages that would be healed."""


@dataclass(frozen=True, slots=True)
class OldUrlLife:
    """What the portal knows of one old URL, for `shangyi show`."""

    outcome: str
    reason: str
    new_url: str
    state: str
    page_id: int | None
    same_as: str
    """The address, and its site, whose page answers for this one, too; empty where it has its own."""
    imported_at: str
    held: tuple[str, ...]
    hits: int
    decision: str


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


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did: rows removed and restored by kind, and what it left standing, with the reason."""

    receipt: str
    removed: dict[str, int]
    restored: dict[str, int]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadedMap:
    """What loading redirect maps did: old addresses by what became of them, and what to look at."""

    created: int
    changed: int
    unchanged: int
    kept: int
    """Settled otherwise before, and left alone."""
    findings: tuple[Finding, ...]


def open_portal(project: Project) -> None:
    """Start Django for this project's portal, whatever SHANGYI_PROJECT says. Once per process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms_site.settings.dev")
    os.environ["SHANGYI_PROJECT"] = str(project.root)
    import django

    django.setup()


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

    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise ShangyiError(
            _("The portal's database can't be reached: {error}").format(error=error),
            _("Check DATABASE_URL, and that the database server runs."),
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


@contextmanager
def open_intake(
    site: SiteConfig, portal: PortalConfig, *, publish: bool, hosts: Collection[str] = ()
) -> Iterator[Intake]:
    """Hold an import of one site open: its row, hosts and receipt are there inside the block.

    `hosts` are those of all sites that are to move: links to one that comes later stay open until then.
    Raises ShangyiError where another import or rollback runs on this portal.
    """
    from cms_site.legacy.intake.lock import import_lock
    from cms_site.legacy.intake.session import IntakeSession

    with import_lock():
        yield IntakeSession(site, portal, publish=publish, hosts=hosts)


def rehearsal(site: SiteConfig, portal: PortalConfig, *, hosts: Collection[str] = ()) -> Rehearsal:
    """Return what tells how an import of one site would go; nothing is kept of it, and no lock is taken.

    Its methods raise what opening an import would raise.
    """
    from cms_site.legacy.intake import rehearsal as intake

    found: Rehearsal = intake.Rehearsal(site, portal, hosts=hosts)
    return found


def what_is_known(site_id: str) -> tuple[dict[str, Known], dict[str, Ruled]]:
    """Return (what the portal has, decisions) of a site, without opening an import; empty for a new site."""
    from cms_site.legacy.intake import session
    from cms_site.legacy.models import OldSite

    site = OldSite.objects.filter(slug=site_id).first()
    return (session.known(site), session.decisions(site)) if site else ({}, {})


def is_known(site_id: str) -> bool:
    """Say whether the portal answers for any old URL of a site."""
    from cms_site.legacy.models import OldUrl

    return bool(OldUrl.objects.filter(site__slug=site_id).exists())


def roll_back(site_id: str, number: int | None, *, dry_run: bool) -> RolledBack:
    """Undo a site's newest import that stands.

    Raises UsageError where there is none, or another was named, ShangyiError where an import runs.
    """
    from cms_site.legacy.intake.lock import import_lock
    from cms_site.legacy.rollback import find_receipt
    from cms_site.legacy.rollback import roll_back as undo

    with import_lock():
        result = undo(find_receipt(site_id, number), dry_run=dry_run)
    return RolledBack(result.receipt, result.removed, result.restored, tuple(result.kept))


def load_redirects(
    sites: Sequence[SiteConfig], lines: Iterable[Line], *, overwrite: bool = False, dry_run: bool = False
) -> tuple[Settlement, LoadedMap]:
    """Settle the lines of redirect maps and write what holds of them; a dry run keeps nothing.

    Raises ShangyiError where an import runs, or a site's channel or hosts can't be had.
    """
    from cms_site.legacy.redirects import load_map

    settlement, loaded = load_map(sites, lines, overwrite=overwrite, dry_run=dry_run)
    return settlement, LoadedMap(loaded.created, loaded.changed, loaded.unchanged, loaded.kept, loaded.findings)


def exported_redirects(site_id: str) -> tuple[Exported, Iterator[Answer]]:
    """Return a site for a web server that keeps its hosts, and what each of its old addresses answers there.

    Raises UsageError where the portal does not know the site.
    """
    from cms_site.legacy import lookup
    from cms_site.legacy.models import OldSite

    try:
        found: tuple[Exported, Iterator[Answer]] = lookup.exported(site_id)
    except OldSite.DoesNotExist as error:
        raise UsageError(
            _("The portal knows no old address of “{site}”.").format(site=site_id),
            f"shangyi import {site_id}",
        ) from error
    return found


def drafts(site_id: str) -> frozenset[str]:
    """Return the canonical old URLs whose page no visitor sees."""
    from cms_site.legacy import lookup

    found: frozenset[str] = lookup.drafts(site_id)
    return found


def pages(site_id: str) -> list[tuple[str, str, bool]]:
    """Return (portal path, canonical old URL or empty, is an archived copy) of the site's part of the portal."""
    from cms_site.legacy import lookup

    return list(lookup.pages(site_id))


def new_urls(site_id: str) -> dict[str, str]:
    """Return canonical old URL → absolute URL of what it became, where that is public."""
    from cms_site.legacy import lookup

    found: dict[str, str] = lookup.new_urls(site_id)
    return found


def life(site_id: str, canonical: str) -> OldUrlLife | None:
    """Return what the portal knows of one old URL, or None."""
    from cms_site.legacy import lookup

    found = lookup.life(site_id, canonical)
    return OldUrlLife(**found) if found else None


def add_editor(name: str, password: str) -> None:
    """Create or update a superuser, for the demo's portal."""
    from django.contrib.auth import get_user_model

    user, _created = get_user_model().objects.get_or_create(username=name)
    user.is_staff = user.is_superuser = True
    user.set_password(password)
    user.save()


@contextmanager
def serving(address: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve the portal from a thread while the block runs; yield its address, e.g. `http://127.0.0.1:8000`."""
    server = _server(address, port)
    thread = threading.Thread(target=server.serve_forever, name="portal", daemon=True)
    thread.start()
    try:
        yield f"http://{address}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def serve_forever(address: str, port: int) -> None:
    """Serve the portal until interrupted. Raises ShangyiError where the port is taken."""
    _server(address, port).serve_forever()


def _server(address: str, port: int) -> "WSGIServer":
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.exceptions import SuspiciousOperation
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.http import Http404, HttpResponseNotFound

    class Quiet(WSGIRequestHandler):  # type: ignore[misc]
        """The development server, without a line on the terminal for every request."""

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet: commands show progress of their own."""

    class Static(StaticFilesHandler):  # type: ignore[misc]
        """Django's handler of static files, with an answer for addresses that lead out of their folder."""

        def serve(self, request: Any) -> Any:
            """Return the file, or 404 without a page: the portal's own page needs the middleware, which isn't run."""
            try:
                return super().serve(request)
            except (Http404, SuspiciousOperation):
                return HttpResponseNotFound(content_type="text/plain")

    try:
        server: WSGIServer = ThreadedWSGIServer((address, port), Quiet)
    except OSError as error:
        raise ShangyiError(
            _("The address {address}:{port} can't be used: {error}").format(address=address, port=port, error=error),
            _("Is another portal running? Name another port: --port 8001"),
        ) from error
    server.set_app(Static(get_wsgi_application()))
    return server


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A line of a file of decisions that somebody should look at: it changes something, or can't stand."""

    line: int
    url: str
    status: str
    """changed, conflicting or refused."""
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of decisions: its number, its lines by what they would do, and what was done with them."""

    batch: int
    """0 for a preview, which leaves none."""
    new: int
    changed: int
    same: int
    conflicting: int
    refused: int
    written: int
    outdated: int
    """Refused or ruled otherwise between the preview and the writing."""
    kept: int
    """Not undone: somebody ruled otherwise since."""
    lines: tuple[DecisionLine, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """An old address that waits for a decision."""

    site: str
    url: str
    title: str
    outcome: str
    """undecided, failed, or unknown: no capture has it."""
    reason: str
    hits: int
    """Asked of the portal, without an answer."""
    log_hits: int
    """In access logs of the old server."""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What a look at all old addresses found."""

    asked: int
    broken: dict[str, int]
    """By problem."""
    new: int
    mended: int
    waiting: int
    examples: tuple[tuple[str, str], ...]
    """(canonical URL, problem), those broken longest first."""


def _site_row(site_id: str) -> Any:
    """Return the portal's row of a site. Raises UsageError before its first import."""
    from cms_site.legacy.models import OldSite

    site = OldSite.objects.filter(slug=site_id).first()
    if site is None:
        raise UsageError(
            _("The portal does not know the site “{site}” yet.").format(site=site_id),
            _("Import it first: shangyi import {site}").format(site=site_id),
        )
    return site


def _user(name: str) -> Any:
    """Return the portal's user of that name, without one the user under whose name imports write."""
    from django.contrib.auth import get_user_model

    from cms_site.legacy.actor import system_user

    if not name:
        return system_user()
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None:
        raise UsageError(
            _("The portal has no user “{name}”.").format(name=name), _("Name an editor, as in the portal's admin.")
        )
    return user


_DECISION_LINES = 100
"""Lines of a batch that are told one by one; the admin shows all."""


def decide(site_id: str, file: Path, actor: str, *, overwrite: bool, dry_run: bool) -> Batch:
    """Write the decisions of a CSV or XLSX file; a dry run says what each line would do and keeps nothing.

    Raises UsageError for a site or user that the portal does not know, ShangyiError for a file that is no such table,
    or where an import runs.
    """
    from django.db import transaction

    from cms_site.legacy.batches import apply, preview
    from cms_site.legacy.intake.lock import import_lock
    from cms_site.legacy.ruling_files import lines_of

    site, user = _site_row(site_id), _user(actor)
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    with import_lock(), transaction.atomic():
        batch = preview(site, lines_of(data), file.name, user, overwrite=overwrite)
        if not dry_run:
            batch = apply(batch, user)
        told = _told(batch, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
    return told


def undo_decisions(site_id: str, number: int | None, actor: str, *, dry_run: bool) -> Batch:
    """Take back a batch of decisions, without a number the newest that stands. Raises UsageError: there is none."""
    from django.db import transaction

    from cms_site.legacy.batches import undo
    from cms_site.legacy.intake.lock import import_lock
    from cms_site.legacy.work import DecisionBatch

    site, user = _site_row(site_id), _user(actor)
    standing = DecisionBatch.objects.filter(site=site, state=DecisionBatch.State.APPLIED)
    batch = (standing.filter(pk=number) if number is not None else standing).first()
    if batch is None:
        raise UsageError(
            _("There is no such batch of decisions to undo."),
            _("The admin lists them: Old sites → Batches of decisions."),
        )
    with import_lock(), transaction.atomic():
        undo(batch, user)
        batch.refresh_from_db()
        told = _told(batch, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
    return told


def _told(batch: Any, *, dry_run: bool) -> Batch:
    from cms_site.legacy.batches import counts_told

    shown = batch.lines.filter(status__in=("changed", "conflicting", "refused")).order_by("number")[:_DECISION_LINES]
    lines = tuple(DecisionLine(row.number, row.url, row.status, row.message) for row in shown)
    number = 0 if dry_run and batch.state != "undone" else batch.pk
    return Batch(batch=number, lines=lines, **counts_told(batch))


def logs_read(site_id: str) -> dict[int, str]:
    """Return size → digest of the access logs that were counted for a site."""
    from cms_site.legacy import worklist

    found: dict[int, str] = worklist.logs_read(_site_row(site_id))
    return found


def add_log_hits(site_id: str, hits: Iterable[tuple[str, int]], logs: list[dict[str, Any]]) -> dict[str, int]:
    """Add what access logs said, (canonical URL, hits) with the most wanted first, and note the logs as read.

    Returns how many addresses were `known`, `unknown`, and `left_out` beyond the limit of unknown ones.
    """
    from cms_site.legacy import worklist

    found: dict[str, int] = worklist.add_log_hits(_site_row(site_id), hits, logs)
    return found


def open_addresses(site_id: str, limit: int | None) -> tuple[int, Iterator[Open]]:
    """Return how many addresses of a site wait for a decision, and those most wanted."""
    from cms_site.legacy import worklist

    rows = worklist.open_rows(_site_row(site_id))
    return rows.count(), (Open(**row) for row in worklist.told(rows[:limit]))


_BROKEN_EXAMPLES = 50


def recheck(site_id: str) -> Rechecked:
    """Look at all old addresses of a site from inside the portal; what is broken is kept for the admin."""
    from cms_site.legacy.recheck import recheck as look
    from cms_site.legacy.work import BrokenOldUrl

    site = _site_row(site_id)
    found = look(site)
    rows = BrokenOldUrl.objects.filter(old_url__site=site).order_by("since", "pk").select_related("old_url")
    examples = tuple((row.old_url.canonical, row.problem) for row in rows.defer("old_url__text")[:_BROKEN_EXAMPLES])
    return Rechecked(found.asked, found.broken, found.new, found.mended, found.waiting, examples)


def known_sites() -> list[str]:
    """Return the ids of all sites that the portal answers for."""
    from cms_site.legacy.models import OldSite

    return list(OldSite.objects.order_by("slug").values_list("slug", flat=True))
