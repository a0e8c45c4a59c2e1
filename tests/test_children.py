"""Processes of our own: they import this toolkit, and nothing that lies where they are started."""

import subprocess
from pathlib import Path

import migrate
from migrate import children


def test_a_child_runs_this_toolkit_and_nothing_from_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    (tmp_path / "migrate").mkdir()
    (tmp_path / "migrate" / "__init__.py").write_text("raise SystemExit('nor this')", encoding="utf-8")
    words = children.command("migrate.extract.documents.pdf")
    done = subprocess.run(
        words, cwd=tmp_path, env=children.environment(), input=b"", capture_output=True, timeout=240, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert Path(migrate.__file__).parents[1] == Path(children.PLACE)
