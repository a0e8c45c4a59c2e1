"""The command lines of README and docs, run for real on the demo's project; what is not run has its reason."""

import shlex
from pathlib import Path

import pytest

from migrate.demo import LegacyServer
from tests.commands import ROOT, Done, shangyi, together
from tests.conftest import Stages, resolve
from tests.docs.reading import command_lines, commands

LOOKING = (
    "shangyi cms build --dry-run",
    "shangyi harvest dahe --dry-run",
    "shangyi import dahe --dry-run",
    "shangyi rollback dahe --dry-run",
    "shangyi doctor",
    "shangyi status",
    "shangyi status dahe",
    "shangyi show http://www.dahe.example.gov.cn/",
    "shangyi extract http://www.dahe.example.gov.cn/ --explain",
)
"""Run side by side on a moved site: they change nothing."""

MOVING = (
    "shangyi archive dahe verify",
    "shangyi archive all verify",
    "shangyi harvest dahe --delta",
    "shangyi harvest all",
    "shangyi report dahe",
    "shangyi cms recheck",
    "shangyi rollback dahe",
    "shangyi cms build",
)
"""Run one after the other on a moved site."""

NOT_RUN = {
    "shangyi survey http://www.dahe.example.gov.cn/": "tests/pipeline/test_survey.py runs it",
    "shangyi harvest dahe": "the fixture `stages` runs it, with the demo server's address",
    "shangyi map dahe": "the fixture `stages` runs it",
    "shangyi import dahe --publish": "the fixture `stages` runs it",
    "shangyi check dahe": "tests/cli runs all checks, as part of `shangyi run`",
    "shangyi worklist dahe --output worklist.csv": "tests/cli/test_worklist.py runs it, in a folder of its own",
    "shangyi policy sync": "tests/policy runs it, with the demo server's address; else it would ask the real portal",
    "shangyi policy report [MONTH]": "a heading",
    "shangyi policy status": "tests/policy/test_interrupted.py runs it",
    "shangyi archive policy verify": "tests/policy/test_interrupted.py runs it",
    "shangyi archive policy rebuild": "tests/policy/test_interrupted.py runs it",
    "shangyi demo": "takes a minute; .ci/run runs it as `make demo`",
    "shangyi cms serve": "serves until Ctrl-C; tests/docs/test_operator.py starts a server",
    "shangyi check dahe --redirects --base-url http://127.0.0.1:80": "needs that server; tests/docs/test_operator.py",
    "make demo": "takes a minute; .ci/run runs it",
    "make test": "is what runs this",
    "make serve": "serves until Ctrl-C",
    "make help": "tests nothing of shangyi",
    "python -m django collectstatic --noinput": "tests/docs/test_operator.py runs it",
    "python -m django createsuperuser": "tests/docs/test_operator.py runs it, without questions",
}


def complete_lines() -> set[str]:
    """Return the lines that can be typed as they stand: no synopsis, no mention of a command's name alone."""
    documents = [ROOT / "README.md", *ROOT.glob("docs/*.md")]
    lines = {line for path in documents for line in command_lines(path)}
    names = {f"shangyi {name}" for name in commands()} - {"shangyi doctor", "shangyi status"}
    shown = {*LOOKING, *MOVING, *NOT_RUN}
    return {
        line
        for line in lines
        if not any(word in line for word in ("SITE", "URL", "FOLDER", "TRUTH")) and (line in shown or line not in names)
    }


def test_every_line_is_run_or_has_a_reason() -> None:
    assert complete_lines() == {*LOOKING, *MOVING, *NOT_RUN}


@pytest.fixture(scope="module")
def project(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stages.copy("imported", tmp_path_factory.mktemp("lines"))


def assert_fine(line: str, done: Done) -> None:
    assert done.code in (0, 1), f"{line}: {done.err}"
    assert "Next step: " in done.err


def test_lines_that_look(project: Path) -> None:
    done = together(*((project, tuple(shlex.split(line)[1:])) for line in LOOKING))
    for line, one in zip(LOOKING, done, strict=True):
        assert_fine(line, one)
    assert done[LOOKING.index("shangyi doctor")].code == 0


def test_lines_that_move(project: Path, old_server: LegacyServer) -> None:
    for line in MOVING:
        words = shlex.split(line)[1:]
        assert_fine(line, shangyi(project, *words, *(resolve(old_server) if words[0] == "harvest" else ())))
    report = project / "archives" / "dahe" / "report"
    for name in (
        "acceptance.html",
        "closing-notice.html",
        "undecided.csv",
        "held.csv",
        "findings.csv",
        "redirects.csv",
    ):
        assert (report / name).is_file(), f"{name}, which docs/clerk.md names"
