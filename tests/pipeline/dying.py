"""`python -m tests.pipeline.dying 500 …` runs shangyi and pulls the plug at the 500th statement to the portal.

`500:STOP` only stops the process there, in the middle of whatever it does. `healing+50` counts from the moment on when
links are healed, in batches of a few pages.
"""

import itertools
import os
import signal
import sys
from threading import Event
from typing import Any

from django.db.backends.signals import connection_created

from migrate.__main__ import main
from migrate.importer import run

moment, _colon, name = sys.argv.pop(1).partition(":")
what = signal.Signals[f"SIG{name or 'KILL'}"]
step, _plus, number = moment.rpartition("+")
statements = itertools.count(1)
counting = Event()
relink = run._Run.relink


def heal(importing: run._Run) -> None:
    """Heal links, and count statements from here on."""
    counting.set()
    relink(importing)


def pull(execute: Any, *words: Any) -> Any:
    """Let a statement pass, or die."""
    if counting.is_set() and next(statements) == int(number):
        os.kill(os.getpid(), what)
    return execute(*words)


if not step:
    counting.set()
elif step == "healing":
    run._BATCH, run._Run.relink = 7, heal  # type: ignore[misc,method-assign]
connection_created.connect(lambda connection, **_: connection.execute_wrappers.append(pull), weak=False)
main()
