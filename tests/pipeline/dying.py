"""`python -m tests.pipeline.dying 500 …` runs shangyi and pulls the plug at the 500th statement to the portal.

`500:STOP` only stops the process there, in the middle of whatever it does.
"""

import itertools
import os
import signal
import sys
from typing import Any

from django.db.backends.signals import connection_created

from migrate.__main__ import main

moment, _colon, name = sys.argv.pop(1).partition(":")
what = signal.Signals[f"SIG{name or 'KILL'}"]
statements = itertools.count(1)


def pull(execute: Any, *words: Any) -> Any:
    """Let a statement pass, or die."""
    if next(statements) == int(moment):
        os.kill(os.getpid(), what)
    return execute(*words)


connection_created.connect(lambda connection, **_: connection.execute_wrappers.append(pull), weak=False)
main()
