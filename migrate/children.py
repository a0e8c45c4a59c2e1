"""Processes of our own: how another Python is started that runs one of the toolkit's functions."""

import os
import sys
from pathlib import Path

PLACE = str(Path(__file__).parents[1])
"""Where the toolkit is imported from."""


def command(module: str) -> list[str]:
    """Return the command that runs `main()` of a module. Never with the working directory on the path (`-P`): what
    lies there may be called like a module of ours.
    """
    return [sys.executable, "-P", "-c", f"from {module} import main; main()"]


def environment() -> dict[str, str]:
    """Return the environment of such a process: it imports what this one does, wherever it is started."""
    places = [PLACE, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
