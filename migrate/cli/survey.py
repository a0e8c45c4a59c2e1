"""The command that looks first: what a site is, before anything is harvested."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from migrate import console
from migrate.cli.app import DryRun, Json, keep_run, leave, plain, project_of
from migrate.cli.move import Resolve, pairs_of
from migrate.i18n import _

if TYPE_CHECKING:
    from migrate.harvest.survey import Survey
    from migrate.pipeline.survey import Surveyed

Rate = Annotated[float | None, typer.Option(min=0, help=_("Requests a second; 2 without it, 0: no limit."))]
_SHOWN_HOSTS = 8
_SHOWN_NAMES = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help=_("Look at an unknown site with at most 200 requests; drafts its site file."))(survey)


def survey(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help=_("Any address of the old site."))],
    *,
    rate: Rate = None,
    resolve: Resolve = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Survey a site."""
    from migrate.harvest.survey import SurveyRun
    from migrate.pipeline.survey import survey_site

    project = project_of(context)
    with console.bars() as bars:
        done = survey_site(project, SurveyRun(url, rate, pairs_of(resolve)), bars, dry_run=dry_run)
    document = _document(done, dry_run=dry_run)
    if not dry_run:
        keep_run(project.archive_of(done.site), "survey", document)
    if as_json:
        console.show_json(document)
    else:
        _show(done, dry_run=dry_run)
    console.next_step(_step(done, dry_run=dry_run))
    leave(len(done.survey.traps) + len(done.survey.injected) + (not done.channel_fits))


def _step(done: "Surveyed", *, dry_run: bool) -> str:
    if dry_run:
        return f"shangyi survey {done.survey.url}"
    if not done.channel_fits:
        return _("add the site's channel to mappings/portal.yaml and name it in {file}").format(file=done.draft)
    if done.exists:
        return _("compare {file} with the site file that is there already").format(file=done.draft)
    return _("look through {file}, then: {command}").format(file=done.draft, command=f"shangyi harvest {done.site}")


def _document(done: "Surveyed", *, dry_run: bool) -> dict[str, Any]:
    document: dict[str, Any] = plain(done.survey)
    rules = {id(rule.column): rule for rule in (*done.proposal.rules, *done.proposal.without)}
    for column, row in zip(done.survey.columns, document["columns"], strict=True):
        rule = rules.get(id(column))
        row["template"] = rule.suggestion.template if rule else ""
        row["reason"] = rule.suggestion.reason if rule else ""
        row["confidence"] = rule.suggestion.confidence if rule else 0
        row["target"] = rule.target if rule else ""
        row["match"] = list(rule.match[1]) if rule else []
    return {
        "site": done.site,
        **document,
        "channel": done.channel,
        "channel_fits": done.channel_fits,
        "covered": done.proposal.covered,
        "sampled": done.proposal.of,
        "draft": "" if dry_run else str(done.draft),
        "yaml": done.yaml,
    }


def _show(done: "Surveyed", *, dry_run: bool) -> None:
    found, kinds = done.survey, _host_kinds()
    console.show_table(found.name, (_("what"), _("found")), _facts(found))
    _show_columns(done)
    _table(
        _("Query parameters"),
        (_("parameter"), _("meaning"), _("evidence")),
        [(p.name, _("tells pages apart") if p.matters else _("noise"), p.evidence) for p in found.parameters],
    )
    _table(
        _("Traps"),
        (_("kind"), _("what it is"), _("example")),
        [(trap.kind, trap.note, trap.url) for trap in found.traps],
    )
    title = _("Injected links: the site was tampered with")
    _table(title, (_("host"), _("number")), list(found.injected.items())[:_SHOWN_HOSTS])
    if len(found.injected) > _SHOWN_HOSTS:
        console.tell(_("… and {n} more; --json lists them all.").format(n=len(found.injected) - _SHOWN_HOSTS))
    _table(
        _("Other hosts"),
        (_("host"), _("kind"), _("files"), _("links")),
        [(use.host, kinds[use.kind], use.files, use.links) for use in found.hosts[:_SHOWN_HOSTS]],
    )
    if dry_run:
        console.tell(done.yaml)


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        console.show_table(title, heads, rows)


def _facts(found: "Survey") -> Iterator[tuple[str, str]]:
    share = f"{found.family} · {found.family_share:.0%}"
    case = {True: _("differ"), False: _("are the same"), None: _("not known")}
    yield _("home page"), found.url
    yield _("other names"), ", ".join(found.aliases) or "—"
    yield _("system"), f"{share} · {'; '.join(found.family_evidence)}" if found.family_evidence else found.family
    yield (
        _("server"),
        f"{found.software} · "
        + _("usual answer {median} s, slowest {slowest} s, {n} errors").format(
            median=found.speed.median, slowest=found.speed.slowest, n=found.speed.errors
        ),
    )
    yield _("encodings"), ", ".join(f"{name} × {pages}" for name, pages in found.encodings.items())
    yield _("upper and lower case"), f"{case[found.case_sensitive]} · {found.case_evidence}".strip(" ·")
    yield _("a folder's own page"), ", ".join(found.default_documents) or "—"
    for key, name in _mark_names().items():
        yield name, found.marks.get(key, "—")
    yield _("asked"), _("{n} requests, {pages} pages read").format(n=found.requests, pages=found.pages)


def _mark_names() -> dict[str, str]:
    return {
        "site_code": _("site code"),
        "icp": _("ICP record"),
        "police": _("police record"),
        "conac": _("sign of a public body"),
        "unit": _("unit"),
    }


def _host_kinds() -> dict[str, str]:
    return {
        "own": _("this site"),
        "same-domain": _("same domain"),
        "address": _("bare address"),
        "foreign": _("foreign"),
    }


def _show_columns(done: "Surveyed") -> None:
    rules = {id(rule.column): rule for rule in (*done.proposal.rules, *done.proposal.without)}
    rows = []
    empty = []
    for column in done.survey.columns:
        name = " > ".join(column.path)
        rule = rules.get(id(column))
        if not column.articles and not column.unread:
            empty.append(name)
            continue
        goal = (rule.target or rule.outcome.value) if rule and rule.match[0] else "—"
        why = f"{rule.suggestion.template}: {rule.suggestion.reason}" if rule else ""
        rows.append((name, column.articles or "?", column.newest, goal, why))
    heads = (_("column"), _("articles (about)"), _("newest"), _("goes to"), _("because"))
    title = _("Columns: about {n} articles").format(n=sum(column.articles for column in done.survey.columns))
    console.show_table(title, heads, rows)
    for text, names in (
        (_("Without articles of their own: {names}"), empty),
        (_("Not looked at, for want of requests: {names}"), done.survey.unseen),
    ):
        if names:
            shown = ", ".join(names[:_SHOWN_NAMES])
            console.tell(text.format(names=shown if len(names) <= _SHOWN_NAMES else f"{shown} … ({len(names)})"))
