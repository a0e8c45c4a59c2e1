"""`python -m tests.pipeline.dying 500 …` runs shangyi and pulls the plug at the 500th statement to the portal."""

import itertools
import os
import signal
import sys
from typing import Any

from django.db.backends.signals import connection_created

from migrate.__main__ import main

moment = int(sys.argv.pop(1))
statements = itertools.count(1)


def pull(execute: Any, *words: Any) -> Any:
    """Let a statement pass, or die."""
    if next(statements) == moment:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*words)


connection_created.connect(lambda connection, **_: connection.execute_wrappers.append(pull), weak=False)
main()
