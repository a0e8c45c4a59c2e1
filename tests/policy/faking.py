"""`python -m tests.policy.faking DOOR MOMENT …` runs shangyi with a fake desk and pulls the plug at the MOMENTth step.

A step is a record written, a file synced, a transaction of the ledger, an import, a call to the desk.
0: never.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from migrate import i18n

i18n.install()

from migrate.archive.ledger import Ledger  # noqa: E402
from migrate.archive.warc import WarcWriter  # noqa: E402
from migrate.cli import run  # noqa: E402
from migrate.portal import intake  # noqa: E402
from migrate.portal import policy as desk  # noqa: E402
from tests.policy.door import FakeDoor  # noqa: E402

door, moment = Path(sys.argv.pop(1)), int(sys.argv.pop(1))
steps = itertools.count(1)


def mortal(owner: Any, name: str) -> None:
    """Let a function die before it does anything."""
    work: Callable[..., Any] = getattr(owner, name)

    def instead(*words: Any, **more: Any) -> Any:
        if next(steps) == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*words, **more)

    setattr(owner, name, instead)


FakeDoor(door).stand_in(setattr)
for owner, name in (
    (WarcWriter, "write"), (WarcWriter, "sync"), (Ledger, "transaction"), (desk, "see"), (desk, "take"),
    (intake, "open_intake"), (desk, "note_changes"), (desk, "known"),
):  # fmt: skip
    mortal(owner, name)
run()
