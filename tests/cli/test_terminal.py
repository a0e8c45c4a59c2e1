"""How it looks: 80 columns, GBK and ASCII streams, pipes, no colour."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from migrate import console
from migrate.cli import overview
from migrate.pipeline import Status
from migrate.records import Account
from tests.commands import new_project, shangyi
from tests.conftest import Stages

LARGE = Account(150_000, 104_000, 29_000, 6_000, 10_000, 900, 100, balanced=True)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_tables_fit_80_columns(stages: Stages, language: str) -> None:
    for words in (("status",), ("doctor",), ("map", "dahe", "--dry-run"), ("harvest", "dahe", "--dry-run")):
        done = shangyi(stages.bare, *words, COLUMNS="80", SHANGYI_LANG=language)
        assert done.out.count("\n") > 3
        for line in done.out.splitlines():
            assert cell_len(line) <= 80, line


@pytest.mark.parametrize("site", ["dahe", "renshehuibaozhangju"])
def test_the_table_of_sites_is_an_equation_in_80_columns(
    site: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console.out, "_width", 80)
    monkeypatch.setattr(console.out, "file", None)
    overview.status_table(
        [
            Status(site, "", "interrupted", LARGE),
            Status("b", "", "mapped", Account(3, 1, 0, 0, 0, 0, 0, balanced=False)),
        ]
    )
    lines = capsys.readouterr().out.splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    heads = next(line for line in lines if "found" in line).split()
    assert heads == ["site", "state", "found", "moved", "redirected", "archived", "gone", "undecided", "failed"]
    row = " ".join(next(line for line in lines if "150000" in line).split()[-8:])
    assert row == "150000 = 104000 29000 6000 10000 900 100"
    assert any(re.search(r"mapped +3 ≠ +1 ", line) for line in lines)


def test_a_title_is_wider_than_its_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.out, "file", None)
    console.show_table("a title of [many] words", ("n",), [(1,)])
    console.show_table("nothing", ("n",), [])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a title of [many] words" and lines[-1] == "nothing"


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_other_encodings_of_the_terminal_are_no_obstacle(stages: Stages, encoding: str) -> None:
    for words in (("doctor",), ("status",), ("--help",), ("map", "云溪")):
        done = shangyi(stages.bare, *words, PYTHONIOENCODING=encoding, SHANGYI_LANG="zh_CN")
        assert done.code in (0, 2, 3), done.err
    assert "云溪" in done.err


def test_pipes_and_no_color_are_plain(tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    for env in ({}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}):
        for words in (("doctor",), ("map", "dahe"), ("--help",), ("map",)):
            done = shangyi(project, *words, **env)
            assert "\x1b" not in done.out + done.err


def test_in_a_pipe_a_row_stays_a_line(tmp_path: Path) -> None:
    folder = tmp_path / ("a-rather-long-name-" * 4)
    done = shangyi(new_project(folder), "harvest", "dahe", "--dry-run")
    assert str(folder / "archives" / "dahe") in done.out
