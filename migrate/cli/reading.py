"""The commands that read single pages: `extract` explains one, `evaluate` scores many that a person labelled."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from migrate import console
from migrate.cli import shown
from migrate.cli.app import Json, leave, plain, project_if_any
from migrate.cli.look import further_fields, show_fields
from migrate.i18n import _

if TYPE_CHECKING:
    from migrate.extract.evaluate import Evaluation, Miss, Score, Value
    from migrate.extract.explain import Explained, Steps

_SHOWN = 40
"""Misses, and pieces cut from a page, that a table shows; --json has them all."""
_WIDE = 80
"""Characters of a value in a table of candidates."""


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(help=_("One page, each field with where it came from."))(extract)
    app.command(help=_("Extraction scored against pages that you labelled."))(evaluate)


def extract(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="URL|FILE", help=_("A captured old URL, or a saved page."))],
    *,
    explain: Annotated[bool, typer.Option("--explain", help=_("Show each step, the body and all findings."))] = False,
    url: Annotated[str, typer.Option(help=_("The address of a saved page, for relative links and families."))] = "",
    as_json: Json = False,
) -> None:
    """Read one page."""
    from migrate.pipeline.reading import read_one

    found = read_one(project_if_any(context), target, url)
    extraction = found.extraction
    if as_json:
        document = plain(extraction)
        console.show_json(document | {"steps": plain(found.steps)} if explain else document)
    elif explain:
        _show_steps(found)
    else:
        show_fields(extraction.record)
    console.next_step(_("Correct a field in the site's YAML under `fields`, then: shangyi map SITE"))
    leave(len(extraction.findings))


def _show_steps(found: "Explained") -> None:
    steps, extraction = found.steps, found.extraction
    record = extraction.record
    what = (_("what"), _("found"))
    console.show_table(_("1. The page"), what, [row for row in _page_rows(steps) if row[1]])
    console.show_table(_("2. Article or not"), (_("points"), _("because")), list(_kind_rows(steps)))
    console.show_table(
        _("3. Fields: what was taken (✔), what lost and why"),
        ("", _("field"), _("value"), _("from"), _("confidence"), _("why not")),
        [
            ("✔" if c.taken else "✘", c.field, c.value[:_WIDE], c.origin, f"{c.confidence:.2f}", c.why)
            for c in steps.candidates
        ]
        + [("✔", name, value[:_WIDE], *said, "") for name, value, *said in further_fields(record)],
    )
    _show_body(found)
    levels = shown.level_names()
    rows = [(levels[f.level], f.check, f.message, f.hint) for f in extraction.findings]
    heads = (_("level"), _("check"), _("message"), _("what to do"))
    console.show_table(_("6. Findings: {n}").format(n=len(rows)), heads, rows)


def _page_rows(steps: "Steps") -> Iterator[tuple[str, str]]:
    yield _("URL"), steps.url
    yield _("encoding"), steps.encoding
    yield _("system"), f"{steps.family}  {steps.score:.2f}  {steps.evidence}".strip()
    for other in steps.others:
        yield _("less likely"), f"{other.family}  {other.score:.2f}  {other.evidence}"
    yield _("title line"), steps.title_line
    for line in steps.label_lines:
        yield _("label line"), line


def _kind_rows(steps: "Steps") -> Iterator[tuple[str, str]]:
    names = _point_names()
    for point in steps.points:
        code, _mark, detail = point.why.partition(":")
        yield f"{point.worth:+d}", f"{names.get(code, code)}  {detail}".strip()
    total = f"{sum(point.worth for point in steps.points):+d}" if steps.points else ""
    yield total, ", ".join(filter(None, (f"→ {steps.kind}", steps.reason)))


def _point_names() -> dict[str, str]:
    """Return why a page is taken for an article or not → its words for people."""
    return {
        "address-of-article": _("the address is an article's"),
        "address-of-list": _("the address is a list's"),
        "meta": _("META tag"),
        "confirmed-title-and-label-line": _("a title that <title> confirms, with a whole label line"),
        "confirmed-title": _("a long title that <title> confirms"),
        "title-and-label-line": _("a title with a label line"),
        "label-line": _("label line"),
        "editors-text": _("an element that holds editors' texts"),
        "text": _("more text than links; characters:"),
        "prose": _("whole sentences, and no rows of links"),
        "rows-in-body": _("rows of links inside the body:"),
        "dated-rows": _("rows of links with dates:"),
        "rows": _("rows of links:"),
    }


def _show_body(found: "Explained") -> None:
    steps, record = found.steps, found.extraction.record
    rows = [("✔" if one.chosen else "✘", one.selector, one.characters) for one in steps.selectors]
    title = _("4. Body, found by {origin}: {n} attachments, {images} images").format(
        origin=steps.body or "—", n=len(record.attachments), images=len(record.images)
    )
    console.show_table(title, ("", _("selector"), _("characters")), rows)
    if record.body:
        console.tell(record.body)
    rules = _rule_names()
    cut = [(rules.get(one.rule, one.rule), one.text[:_WIDE]) for one in steps.removed]
    cut += [(_("lost: nothing explains it"), text[:_WIDE]) for text in steps.left]
    console.show_table(_("5. Not in the body: {n}").format(n=len(cut)), (_("rule"), _("wording")), cut[:_SHOWN])
    _say_more(len(cut))


def _rule_names() -> dict[str, str]:
    """Return a rule's name → what it takes out, for people."""
    return {
        "title": _("the title"),
        "label-line": _("label line"),
        "breadcrumb": _("breadcrumb"),
        "tools": _("tools: print, close, font size"),
        "pager": _("pager"),
        "section": _("what comes after an article"),
        "tail": _("template's tail"),
        "": _("lost: nothing explains it"),
    }


def _say_more(number: int) -> None:
    if number > _SHOWN:
        console.say(_("… and {n} more; --json lists them all.").format(n=number - _SHOWN))


def evaluate(
    context: typer.Context,
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help=_("File of labelled pages, one JSON object a line."))],
    *,
    root: Annotated[
        Path | None, typer.Option(metavar="DIR", help=_("Where the paths in it start; without it its own folder."))
    ] = None,
    floors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=_("YAML of field: percentage; exit code 1 below it.")),
    ] = None,
    as_json: Json = False,
) -> None:
    """Score extraction."""
    from migrate.extract.evaluate import read_floors
    from migrate.pipeline.reading import evaluate as evaluated

    wanted = read_floors(floors) if floors else {}
    done = evaluated(project_if_any(context), truth, root or truth.parent)
    below = [name for name, floor in wanted.items() if done.scores[name].below(floor)]
    if as_json:
        console.show_json(_document(done, below))
    else:
        _show_scores(done, wanted)
        _show_misses(done.misses)
    console.next_step(_evaluated_step(done, root or truth.parent))
    leave(len(below))


def _document(done: "Evaluation", below: list[str]) -> dict[str, Any]:
    return {"rows": done.rows, "scores": plain(done.scores), "misses": plain(done.misses), "below": below}


def _evaluated_step(done: "Evaluation", root: Path) -> str:
    if not done.misses:
        return _("label more pages: all of these are read as you read them")
    miss = done.misses[0]
    command = f"shangyi extract {root / miss.path} --url {miss.url} --explain"
    return _("see why the first one was missed: {command}").format(command=command)


def _show_scores(done: "Evaluation", floors: Mapping[str, float]) -> None:
    heads = [_("field"), _("right"), _("share"), _("right, with a value"), _("share")]
    rows = [
        [_field_names()[name], f"{s.right} / {s.of}", _share(s.right, s.of),
         f"{s.right_present} / {s.of_present}", _share(s.right_present, s.of_present), *_floor(s, floors.get(name))]
        for name, s in done.scores.items()
    ]  # fmt: skip
    if floors:
        heads += [_("floor"), ""]
    else:
        rows = [row[:5] for row in rows]
    console.show_table(_("Extraction against {n} labelled pages").format(n=done.rows), heads, rows)


def _share(right: int, of: int) -> str:
    return f"{right / of:.1%}" if of else "—"


def _floor(score: "Score", floor: float | None) -> tuple[str, str]:
    if floor is None:
        return "", ""
    return f"{floor:.0%}", "✘" if score.below(floor) else "✔"


def _show_misses(misses: "tuple[Miss, ...]") -> None:
    if not misses:
        return
    names = _field_names()
    rows = [
        (miss.line, miss.path, names[miss.field], _text(miss.found), _text(miss.truth), miss.origin)
        for miss in misses[:_SHOWN]
    ]
    heads = (_("line"), _("page"), _("field"), _("found"), _("truth"), _("from"))
    console.show_table(_("Misses: {n}").format(n=len(misses)), heads, rows)
    _say_more(len(misses))


def _text(value: "Value") -> str:
    if isinstance(value, Mapping):
        return " … ".join(text or "—" for text in value.values())
    return "—" if value is None else str(value)


def _field_names() -> dict[str, str]:
    """Return a scored field → its word for people."""
    return {
        "title": _("title"),
        "date": _("date"),
        "source": _("source"),
        "document_number": _("document number"),
        "body_ends": _("both ends of the body"),
        "attachments": _("attachments"),
        "images": _("images"),
        "non_article": _("pages that are no article"),
    }
