"""The rules of the house, as tests: who may import whom, what `--help` may load, what lies on the top level."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GROUND = {"errors", "i18n", "urls", "answers", "filenames", "magic", "records", "encoding", "sanitise", "injection"}
GROUND |= {
    "changes",
    "clocks",
    "embedded",
    "garbage",
    "children",
    "masking",
    "noise",
    "personal",
    "ruled",
    "notices",
    "numbers",
    "redirects",
    "sheets",
    "families",
    "config",
    "http",
    "archive",
    "__version__",
}
STAGES = {"harvest", "extract", "mapping", "importer", "check", "report", "demo", "policy"}
DOOR = {"portal"}
TOP = {"cli", "pipeline", "console", "__main__"}
DJANGO = {"django", "wagtail", "modelcluster", "taggit", "treebeard", "modelsearch", "cms_site"}


def imports(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield (line, module, whether inside a function) of every import in a file; relative ones are refused."""

    def walk(node: ast.AST, inside: bool) -> Iterator[tuple[int, str, bool]]:
        for child in ast.iter_child_nodes(node):
            within = inside or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            if isinstance(child, ast.Import):
                yield from ((child.lineno, alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}:{child.lineno}: relative import"
                module = child.module or ""
                if module in ("migrate", "cms_site"):
                    yield from ((child.lineno, f"{module}.{alias.name}", inside) for alias in child.names)
                else:
                    yield child.lineno, module, inside
            else:
                yield from walk(child, within)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), False)


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", sources("migrate"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    here = path.relative_to(ROOT / "migrate").parts[0].removesuffix(".py")
    for line, module, inside in imports(path):
        where = f"{path.relative_to(ROOT)}:{line}: imports {module}"
        if module.split(".")[0] in DJANGO:
            assert here == "portal", f"{where}: Django belongs behind migrate/portal"
            assert inside, f"{where}: Django is imported inside functions only"
        if not module.startswith("migrate."):
            continue
        target = room(module)
        if here in GROUND:
            assert target in GROUND, f"{where}: the ground floor stands on nothing above it"
        elif here in DOOR:
            assert target in GROUND | DOOR, f"{where}: the door to Django knows no stage"
        elif here in STAGES:
            assert target in GROUND | DOOR | {here}, f"{where}: stages meet in the ledger, not in each other"
        elif here == "pipeline":
            assert target not in TOP - {here}, f"{where}: the pipeline knows nothing of the command line"
        else:
            assert here in TOP | {"__init__"}, f"{path}: a room that this test does not know"


@pytest.mark.parametrize("path", sources("cms_site"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_portal_imports_the_ground_floor_only(path: Path) -> None:
    for line, module, inside in imports(path):
        if module.startswith("migrate."):
            allowed = room(module) in GROUND or (inside and room(module) == "pipeline")
            assert allowed, f"{path.relative_to(ROOT)}:{line}: imports {module}"


PORTAL = {
    "portal": set(),
    "legacy": {"portal"},
    "editors": {"portal", "legacy"},
    "policy": {"portal", "legacy", "editors"},
}
"""Room of the portal → those that it may know beside itself."""


@pytest.mark.parametrize("path", sources("cms_site"), ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_of_the_portal_know_what_is_below_them(path: Path) -> None:
    here = path.relative_to(ROOT / "cms_site").parts[0]
    if here not in PORTAL:  # settings and addresses put the rooms together
        return
    for line, module, _inside in imports(path):
        target = room(module) if module.startswith("cms_site.") else ""
        allowed = target not in PORTAL or target in PORTAL[here] | {here}
        assert allowed, f"{path.relative_to(ROOT)}:{line}: imports {module}"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, migrate.i18n; migrate.i18n.install(); import migrate.cli; "
        "print([name for name in ('django', 'aiohttp', 'lxml', 'wagtail', 'fastwarc') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_of_the_fixed_folders_has_a_readme() -> None:
    for name in ("migrate", "cms_site", "mappings", "archives", "tests"):
        text = (ROOT / name / "README.md").read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 60, f"{name}/README.md is not short"
