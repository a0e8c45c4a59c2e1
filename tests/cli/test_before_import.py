"""What an import says before it writes: what is ahead with decisions, and when the portal was backed up."""

import os
import sqlite3
from pathlib import Path

from tests.commands import digests, shangyi
from tests.conftest import Stages


def decide(project: Path, outcome: str) -> str:
    """Rule on an undecided address, as a person does in the admin; return it."""
    with sqlite3.connect(project / "var" / "portal.sqlite3") as db:
        (key, site) = db.execute(
            "SELECT canonical, site_id FROM legacy_oldurl WHERE outcome = 'undecided' AND kind = 'other' LIMIT 1"
        ).fetchone()
        (actor,) = db.execute("SELECT id FROM auth_user LIMIT 1").fetchone()
        db.execute(
            """INSERT INTO legacy_decision (site_id, canonical, outcome, "column", reason, "release", apart, actor_id,
               decided_at) VALUES (?, ?, ?, '', '作废', 0, 0, ?, '2026-11-22 00:00:00')""",
            (site, key, outcome, actor),
        )
    return str(key)


def test_it_looks_ahead_with_decisions(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("imported", tmp_path / "project")
    mapped = stages.printed["mapped"].json["preflight"]["undecided"]
    assert stages.printed["imported"].json["preflight"]["undecided"] == mapped > 0
    decide(project, "gone")
    before = digests(project / "archives")
    done = shangyi(project, "import", "dahe", "--dry-run", "--json")
    assert done.json["preflight"]["undecided"] == mapped - 1 and digests(project / "archives") == before
    done = shangyi(project, "import", "dahe")
    assert f"{mapped - 1} old URLs are undecided" in done.err.replace("\n", " ")


def test_it_says_when_the_portal_was_backed_up_and_how_to_do_it(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("imported", tmp_path / "project")
    point = {point["name"]: point for point in shangyi(project, "doctor", "--json").json}["backup"]
    assert "never backed up" in point["found"] and "portal.sqlite3" in point["found"]
    file = tmp_path / "safe" / "2026" / "portal.dump"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a database")
    os.utime(file, (1_790_000_000, 1_790_000_000))
    done = shangyi(project, "import", "dahe", SHANGYI_BACKUPS=str(tmp_path / "safe"))
    assert "last backed up on 2026-09-2" in done.err and "portal.dump" in done.err
