"""The plug is pulled in the middle of an import; the portal ends as if nothing had happened, and can be emptied."""

import random
import sqlite3

import pytest

from tests.pipeline.conftest import Shell, Undisturbed
from tests.pipeline.portrait import differences

pytestmark = pytest.mark.django_db
KILLS = 5


def test_two_at_once(shell: Shell) -> None:
    holder = sqlite3.connect(f"{shell.database}.import-lock", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    for words in (("import", "dahe"), ("rollback", "dahe")):
        done = shell.run(*words)
        assert done.returncode == 3
        assert "Another import or rollback is running on this portal" in done.stdout + done.stderr
    holder.close()


def test_killed_resumed_and_rolled_back(undisturbed: Undisturbed, shell: Shell) -> None:
    dice = random.Random(20261121)
    # Each run starts where the one before it left whole batches, so the moments move towards the end.
    moments = sorted(dice.sample(range(30, undisturbed.statements * 9 // 10), KILLS))
    codes = [shell.run("import", "dahe", "--publish", module=f"tests.pipeline.dying {moment}").returncode
             for moment in moments]  # fmt: skip
    assert codes.count(-9) >= KILLS - 1, codes
    done = shell.run("import", "dahe", "--publish")
    assert done.returncode in (0, 1), done.stderr
    assert differences(shell.portrait(), undisturbed.portrait) == []
    assert shell.run("rollback", "dahe").returncode == 0
    assert differences(shell.portrait(), undisturbed.before | {"receipts": ["rolled back"]}) == []
    media = [path for path in (shell.root / "var" / "media").rglob("*") if path.is_file()]
    assert media == []
