"""The documents say everything that the code has, and nothing that it has not."""

import dataclasses
import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from migrate.archive.verify import Verified
from migrate.archive.wacz import Exported
from migrate.changes import FieldChange
from migrate.cli.doctor import Point
from migrate.config import inspection, policy, portal, rules, sites
from migrate.config.strict import key_of
from migrate.errors import ExitCode
from migrate.extract import Extraction
from migrate.extract.evaluate import FIELDS, Evaluation, Miss, Score
from migrate.extract.explain import Candidate, Steps
from migrate.extract.trace import Cut, Tried
from migrate.extract.trace import Point as Reason
from migrate.extract.truth import NUMBERS, TEXTS
from migrate.families import SELECTORS, Family, Paging
from migrate.harvest.intake import SourcePlan
from migrate.harvest.rebuild import Rebuilt
from migrate.harvest.survey.types import HostUse, Parameter, Speed, Survey, Trap
from migrate.harvest.types import HarvestSummary
from migrate.http.credentials import variable
from migrate.importer import ImportSummary, Planned
from migrate.mapping.diff import Change
from migrate.mapping.preflight import ColumnState, Preflight, ProjectedColumn
from migrate.mapping.suggest import ColumnWords
from migrate.notices import ReportPaths, Standing
from migrate.pipeline import Life, Mapped, Taken, Verdict
from migrate.pipeline.archive import ExportPlan
from migrate.pipeline.demo import Demo
from migrate.pipeline.mapping import Suggested, SuggestedColumn
from migrate.pipeline.policy import Synced
from migrate.pipeline.redirects import MapExported, MapLoaded
from migrate.pipeline.worklist import Worklist
from migrate.portal import Batch, Built, DecisionLine, Open, Rechecked, RolledBack
from migrate.records import Account, CheckSummary, Finding, Kind, OldColumn, Problem
from migrate.report import ReportFiles
from migrate.report.access_logs import LogCount
from tests.commands import ROOT
from tests.docs.reading import DOCUMENTS, command_lines, commands, hints, parse, sections

COMMANDS = sections(ROOT / "docs" / "commands.md")
MAPPING = sections(ROOT / "docs" / "mapping.md")


def section_of(name: str) -> str:
    found = [text for title, text in COMMANDS.items() if re.match(rf"`shangyi {name}(?: [\[A-Z][^`]*)?`$", title)]
    assert len(found) == 1, f"docs/commands.md must have one heading for: shangyi {name}"
    return found[0]


@pytest.mark.parametrize("name", commands())
def test_every_command_and_option_is_documented(name: str) -> None:
    text = section_of(name)
    for parameter in commands()[name].params:
        for option in parameter.opts:
            if option.startswith("-") and option != "--help":
                assert re.search(rf"`{option}[ `]", text), f"docs/commands.md, {name}: {option}"


def test_every_documented_option_exists() -> None:
    for name, command in commands().items():
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"`(--[a-z-]+)", section_of(name))) <= known, name


def test_the_common_options_and_exit_codes_are_documented() -> None:
    whole = COMMANDS["命令 · Commands"]
    for option in ("-C", "--project", "--version", "--help", "--install-completion", "--show-completion"):
        assert f"`{option}`" in whole
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", whole, re.MULTILINE)]
    assert codes == sorted(ExitCode)


PLANNED = {
    "harvest": "url hosts rate limit hours robots tls exclude archive",
    "import": "create update unchanged items action target",
    "map": "changes added removed " + " ".join(ColumnState),
    "survey": "site channel channel_fits covered sampled draft yaml template reason confidence target match",
}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("doctor", Point), ("cms build", Built), ("harvest", HarvestSummary), ("harvest", SourcePlan), ("map", Mapped),
        ("map", Preflight), ("map", ProjectedColumn), ("map", Change), ("map", FieldChange), ("map", Suggested),
        ("map", SuggestedColumn),
        ("redirects", MapLoaded), ("redirects", MapExported),
        ("archive", Exported), ("archive", ExportPlan), ("archive", Verified), ("archive", Finding),
        ("archive", Rebuilt),
        ("import", ImportSummary), ("import", Planned), ("import", FieldChange), ("map", Taken),
        ("rollback", RolledBack), ("check", CheckSummary), ("check", Problem), ("report", ReportFiles),
        ("report", Verdict), ("show", Life), ("extract", Extraction), ("extract", Steps),
        ("extract", Candidate), ("extract", Cut), ("extract", Reason), ("extract", Tried), ("evaluate", Evaluation),
        ("evaluate", Score), ("evaluate", Miss), ("demo", Demo), ("survey", Survey),
        ("worklist", Worklist), ("worklist", Open), ("worklist", LogCount), ("decisions", Batch),
        ("decisions", DecisionLine), ("cms recheck", Rechecked),
        ("policy sync", Synced), ("policy status", Standing), ("policy report", ReportPaths),
        ("survey", OldColumn), ("survey", Parameter), ("survey", Trap), ("survey", HostUse), ("survey", Speed),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)  # fmt: skip
def test_every_json_key_is_documented(name: str, shape: type) -> None:
    text = section_of(name)
    keys = [field.name for field in dataclasses.fields(shape) if field.name != "password"]
    for key in [*keys, *PLANNED.get(name, "").split()]:
        assert f"`{key}`" in text, f"docs/commands.md, {name}: {key}"


def test_the_keys_of_status_and_run_are_documented() -> None:
    empty = Account(0, 0, 0, 0, 0, 0, 0, balanced=True)
    for key in ("name", "state", "findings", *empty.summary()):
        assert f"`{key}`" in section_of("status")
    for key in ("harvest", "map", "import", "check"):
        assert f"`{key}`" in section_of("run")


def rows(text: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def keys(shape: Any) -> set[str]:
    return {key_of(field) for field in dataclasses.fields(shape) if not field.metadata.get("hidden")}


def test_every_key_of_a_site_file_is_documented() -> None:
    assert {title.strip("`") for title in MAPPING if title.startswith("`") and "/" not in title} >= keys(
        sites.SiteConfig
    )
    assert rows(MAPPING["`site`"]) == keys(sites.SiteIdentity) | keys(sites.UrlOptions) | keys(sites.RedirectOptions)
    assert rows(MAPPING["`harvest`"]) == keys(sites.HarvestOptions)
    bare = set(rules.BARE_TRANSFORMS)
    assert rows(MAPPING["`rules`"]) == keys(rules.Rule) | keys(rules.Match) | bare
    assert set(re.findall(r"^\| `\{(\w+)", MAPPING["`rules`"], re.MULTILINE)) | bare == set(rules.TRANSFORMS)
    listed = MAPPING["`rules`"].split("（`set` 不含最后两个）:")[1]
    assert tuple(re.findall(r"`(\w+)`", listed)) == rules.RECORD_FIELDS
    named = MAPPING["`fields`"].split("Fields · 字段:")[1].splitlines()[0]
    assert set(re.findall(r"`(\w+)`", named)) == set(sites.CONFIGURABLE_FIELDS)
    assert tuple(re.findall(r"^\| `(\w+:)", MAPPING["`fields`"], re.MULTILINE)) == sites.ORIGINS
    for kind in Kind:
        assert f"`{kind}`" in MAPPING["`rules`"]
    for key in ("robots", "tls"):
        for word in get_args(get_type_hints(sites.HarvestOptions)[key]):
            assert f"`{word}`" in MAPPING["`harvest`"]


@pytest.mark.parametrize("shape", [sites.SiteIdentity, sites.UrlOptions, sites.HarvestOptions, portal.Template])
def test_every_default_is_told(shape: Any) -> None:
    text = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    for field in dataclasses.fields(shape):
        if isinstance(field.default, bool | int | float | str) and field.default != "" and field.name in keys(shape):
            told = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
            told = told.lower() if isinstance(field.default, bool) else told
            row = next(
                line for line in text.splitlines() if line.startswith(f"| `{field.name}` |") and line.count("|") > 4
            )
            assert f"`{told}`" in row.rsplit("|", 2)[1], f"{field.name} is {told} without it"


def test_every_key_of_portal_yaml_is_documented() -> None:
    assert rows(MAPPING["`portal`"]) == keys(portal.PortalIdentity)
    assert rows(MAPPING["`templates` 栏目模板"]) == keys(portal.Template)
    for line in MAPPING["Page types · 页面类型"].splitlines():
        if found := re.match(r"\| `(\w+)` \|.*\|(.*)\|$", line):
            assert tuple(re.findall(r"`(\w+)`", found[2])) in (portal.OWN_FIELDS.get(found[1]), ("fill",))
    assert rows(MAPPING["Page types · 页面类型"]) == {*get_args(portal.PageType), "page"}
    parts = MAPPING["`columns`, `sections`, `groups`, `standard_channel`, `channels`"]
    assert rows(parts) == keys(portal.Column) | keys(portal.Channel)
    for key in (keys(portal.PortalConfig) - {"portal", "templates"}) | keys(portal.Group) | keys(portal.Section):
        assert f"`{key}`" in parts


def test_every_key_of_policy_yaml_is_documented() -> None:
    text = MAPPING[next(title for title in MAPPING if title.startswith("`mappings/policy.yaml`"))]
    shapes = (policy.PolicyConfig, policy.Source, policy.ListSpec, policy.Reminders)
    assert rows(text) == set().union(*map(keys, shapes))
    for shape in (policy.PolicyConfig, policy.Source):
        for field in dataclasses.fields(shape):
            if (
                isinstance(field.default, bool | int | float | str)
                and field.default not in ("",)
                and field.name in rows(text)
            ):
                told = f"{field.default:.0f}" if isinstance(field.default, float) else str(field.default)
                told = told.lower() if isinstance(field.default, bool) else told
                row = next(line for line in text.splitlines() if line.startswith(f"| `{field.name}` |"))
                assert f"`{told}`" in row, field.name


def test_every_key_of_columns_yaml_is_documented() -> None:
    title = next(title for title in MAPPING if title.startswith("`mappings/columns.yaml`"))
    assert rows(MAPPING[title]) == keys(ColumnWords)


def test_every_key_of_the_inspection_is_documented() -> None:
    text = MAPPING[next(title for title in MAPPING if title.startswith("`mappings/inspection/"))]
    assert rows(text) == keys(inspection.Threshold)
    for key in keys(inspection.Inspection):
        assert f"`{key}`" in text


def test_every_key_of_families_yaml_is_documented() -> None:
    text = MAPPING[next(title for title in MAPPING if title.startswith("`mappings/families.yaml`"))]
    heads = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", text, re.MULTILINE)
    told = {word for head in heads for word in re.findall(r"`(\w+)`", head)}
    assert told == keys(Family) | keys(Paging)
    assert set(SELECTORS) <= keys(Family)


def test_every_field_of_a_label_is_documented() -> None:
    text = section_of("evaluate")
    for name in (*FIELDS, *TEXTS, *NUMBERS, "path", "url", "below"):
        assert f"`{name}`" in text, name


def sources() -> list[Path]:
    return [path for folder in ("migrate", "cms_site") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_environment_variable_is_documented() -> None:
    text = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    read = re.compile(r"""(?:environ(?:\.get\(|\[)|names\()\s*["']([A-Z_]+)["']""")
    found = {name for path in sources() for name in read.findall(path.read_text(encoding="utf-8"))}
    found |= set(re.findall(r'"(SHANGYI_[A-Z]+)"', (ROOT / "migrate" / "i18n.py").read_text(encoding="utf-8")))
    assert {"DATABASE_URL", "SECRET_KEY", "SHANGYI_ARCHIVES", "SHANGYI_LANG"} <= found
    documented = set(re.findall(r"^\| `([A-Z_]+)`", text, re.MULTILINE)) - {"HTTP_PROXY"}  # read by urllib
    assert "`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`" in text
    for kind in ("AUTH", "COOKIE"):
        assert f"`{variable(kind, '')}…`" in text
    assert found - {"COLUMNS", "LANGUAGE", "PYTHONPATH"} <= documented, found - documented
    assert documented - found == set() or documented - found == {"DJANGO_SETTINGS_MODULE"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_line_in_a_document_parses(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in command_lines(path):
        if line.startswith("make "):
            assert set(line.split()[1:]) <= targets, line
        elif line.startswith("shangyi "):
            parse(line)


def test_every_command_in_a_hint_exists() -> None:
    found = [(path, hint) for path in sources() for hint in hints(path) if not hint.startswith("shangyi itself")]
    assert len(found) > 20
    for path, hint in found:
        try:
            parse(hint)
        except Exception as error:
            pytest.fail(f"{path.relative_to(ROOT)}: “{hint}”: {error}")


def test_links_between_documents_lead_somewhere() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.parametrize("name", ["clerk", "editor"])
def test_both_languages_say_the_same(name: str) -> None:
    """The English part has the same headings, command lines and table rows as the Chinese one."""
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    chinese, english = re.split(r"^# (?=[A-Z])", text, flags=re.MULTILINE)
    for pattern in (r"^#+ ", r"^(?:shangyi|pip|py|python3) .*$", r"^\|", r"`shangyi [^`]*`", r"^\d\. "):
        one, other = (re.findall(pattern, part, re.MULTILINE) for part in (chinese, english))
        if pattern == r"^#+ ":
            one = one[1:]  # the title of the English part is cut off above
        assert sorted(one) == sorted(other), pattern


def test_documents_hold_no_paths_of_a_machine() -> None:
    for path in [*DOCUMENTS, ROOT / "CHANGELOG.md"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:root|home)/", text), path
        assert all(len(line) <= 170 or line.startswith("|") for line in text.splitlines()), path
