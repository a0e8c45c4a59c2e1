"""The commands that look and change nothing: status, show, doctor."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from migrate import console, pipeline, portal
from migrate.cli import overview, shown
from migrate.cli.app import ALL, Json, Result, for_each, plain, project_of
from migrate.errors import ExitCode
from migrate.i18n import _
from migrate.pipeline import Life
from migrate.records import Field, Outcome, Record


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(help=_("Where each site stands; does its account balance?"))(status)
    app.command(help=_("One old URL's whole life."))(show)
    app.command(help=_("What is installed, reachable, writable."))(doctor)


def status(
    context: typer.Context,
    site: Annotated[str, typer.Argument(metavar="[SITE]", help=_("Id of a site; all of them without it."))] = ALL,
    *,
    as_json: Json = False,
) -> None:
    """Show where sites stand."""
    project = project_of(context)
    with_portal = portal.is_built(project)
    rows = []

    def one(site_id: str) -> Result:
        row = pipeline.status(pipeline.place(project, site_id), with_portal=with_portal)
        rows.append(row)
        return overview.status(row, with_portal=with_portal)

    for_each(project, site, one, as_json=as_json, summary=lambda: overview.status_table(rows))


def show(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help=_("An old address, any spelling."))],
    *,
    as_json: Json = False,
) -> None:
    """Show one old URL's life."""
    life = pipeline.show(project_of(context), url)
    if as_json:
        console.show_json(plain(life))
    else:
        _show_life(life)
    console.next_step(_life_step(life))


def _life_step(life: Life) -> str:
    if not life.captures and life.entry is None:
        return _("compare the spelling; the old site never named this address")
    if life.entry is None:
        return f"shangyi map {life.site}"
    if life.portal is None:
        return f"shangyi import {life.site} --dry-run"
    if not life.portal.decision and (life.portal.held or life.portal.outcome == Outcome.UNDECIDED):
        return _("decide it in the portal, under Old sites; then: {command}").format(
            command=f"shangyi import {life.site} --publish"
        )
    return f"shangyi status {life.site}"


def _show_life(life: Life) -> None:
    rows = [(_("canonical URL"), life.key), *_captured(life), *_ruled(life), *_in_portal(life)]
    checks, levels = shown.check_names(), shown.level_names()
    rows += [(checks[name], f"{'✔' if ok else '✘'} {text}") for name, ok, text, _at in life.checks]
    for _stage, found in life.findings:
        rows.append((_("finding"), f"{levels[found.level]} {found.check}: {found.message} {found.hint}".strip()))
    console.show_table(life.site, (_("what"), ""), [row for row in rows if row[1]])
    if life.record:
        show_fields(life.record, life.entry.content.evidence if life.entry and life.entry.content else {})


def _captured(life: Life) -> Iterator[tuple[str, str]]:
    for found in life.captures:
        at = f"{found.warc_file} @ {found.warc_offset}" if found.warc_file else found.reason
        yield _("captured"), f"{found.fetched_at}  HTTP {found.status}  {found.media_type}  {at}"
        yield _("encoding"), found.encoding
        yield _("digest"), found.digest
    if not life.captures:
        yield _("captured"), _("never")


def _ruled(life: Life) -> Iterator[tuple[str, str]]:
    if life.entry:
        outcome = shown.outcome_names()[life.entry.outcome]
        yield _("rule"), life.entry.rule
        yield _("outcome"), f"{outcome}  {life.entry.reason}".strip()
        yield _("target"), life.entry.target or life.entry.follows
        yield _("held because"), ", ".join(life.entry.held)


def _in_portal(life: Life) -> Iterator[tuple[str, str]]:
    if life.portal:
        states = {"live": _("published"), "draft": _("draft"), "stored": _("stored")}
        number = _("(page {id})").format(id=life.portal.page_id) if life.portal.page_id else ""
        outcome = shown.outcome_names()[Outcome(life.portal.outcome)]
        said = (outcome, states.get(life.portal.state, ""), life.portal.new_url, number)
        yield _("in the portal"), "  ".join(filter(None, said))
        yield _("shares the page of"), life.portal.same_as
        yield _("imported"), life.portal.imported_at
        yield _("decision"), life.portal.decision


def show_fields(record: Record, mapped: Mapping[str, Field] = MappingProxyType({})) -> None:
    """Print each field of the record with its evidence; `mapped` is what the map adds from elsewhere: a list's date."""
    names = ("title", "published", "written_on", "source", "author", "document_number")
    fields = {name: getattr(record, name) for name in names} | dict(mapped)
    rows = [(name, f.value, f.origin, f"{f.confidence:.2f}") for name, f in fields.items() if f is not None]
    rows += [row for row in further_fields(record) if row[0] not in mapped]
    facts = ", ".join(filter(None, (record.kind.value, record.reason, record.evidence)))
    title = _("Record: {facts}").format(facts=facts)
    console.show_table(title, (_("field"), _("value"), _("from"), _("confidence")), rows)


def further_fields(record: Record) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, value, origin and confidence of what has no column of its own: the policy head, the breadcrumb, the
    length of the body, each file.
    """
    for name, field in record.policy_head.items():
        yield name, field.value, field.origin, f"{field.confidence:.2f}"
    size = _("{n} characters of HTML").format(n=len(record.body)) if record.body else ""
    parts = [("breadcrumb", " > ".join(record.breadcrumb), "breadcrumb"), ("body", size, "body")]
    for name, links in (("attachment", record.attachments), ("image", record.images)):
        parts += [(name, f"{link.name}  {link.url}".strip(), link.url) for link in links]
    for name, value, key in parts:
        found = record.origins.get(key)
        if value or found:
            yield name, value or "—", found.origin if found else "", f"{found.confidence:.2f}" if found else ""


def doctor(context: typer.Context, *, as_json: Json = False) -> None:
    """Examine the machine and the project."""
    from migrate.cli.doctor import examine  # knows all packages: no other command waits for that

    points = examine(context.obj or Path())
    bad = [point for point in points if not point.good]
    if as_json:
        console.show_json(plain(points))
    else:
        rows = [
            ("✔" if point.good else "✘", point.name, point.found, "" if point.good else point.hint) for point in points
        ]
        console.show_table(_("Doctor"), ("", _("what"), _("found"), _("what to do")), rows)
    console.next_step(bad[0].hint if bad else "shangyi status")
    if bad:
        raise typer.Exit(ExitCode.ENVIRONMENT)
