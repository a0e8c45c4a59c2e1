"""The command line: parse, call one function, show, exit code; nothing else. One file a command group."""

import atexit
import gc
import shlex
import sys
import tempfile
import traceback

from typer.exceptions import TyperException

from migrate import console
from migrate.cli.app import app, as_told
from migrate.cli.archive import register as register_archive
from migrate.cli.look import register as register_look
from migrate.cli.mistakes import show_mistake
from migrate.cli.move import register as register_move
from migrate.cli.policy import register as register_policy
from migrate.cli.portal import register as register_portal
from migrate.cli.reading import register as register_reading
from migrate.cli.redirects import register as register_redirects
from migrate.cli.survey import register as register_survey
from migrate.cli.worklist import register as register_worklist
from migrate.errors import ExitCode, ShangyiError
from migrate.i18n import _

register_survey(app)
register_move(app)
register_redirects(app)
register_archive(app)
register_worklist(app)
register_policy(app)
register_look(app)
register_reading(app)
register_portal(app)


def run() -> None:
    """Run the command line. What goes wrong becomes a panel and its exit code, Ctrl-C one line and 130."""
    atexit.register(gc.freeze)  # who ends need not look for cycles in all it holds: after a harvest, 0.15 s
    try:
        code = app(prog_name="shangyi", standalone_mode=False)
    except TyperException as mistake:
        code = show_mistake(mistake)
    except Exception as error:
        told = as_told(error) or _unforeseen(error)
        console.show_error(told)
        code = told.exit_code
    if code == ExitCode.INTERRUPTED:  # Typer makes this of Ctrl-C
        console.say(_interrupted(sys.argv[1:]))
    sys.exit(code)


def _interrupted(words: list[str]) -> str:
    """Return what to say after Ctrl-C. `--fresh` would throw away what this run has fetched, so it is left out."""
    again = shlex.join(["shangyi", *(word for word in words if word != "--fresh")])
    return _("Interrupted; nothing is lost. Give the same command again to go on: {command}").format(command=again)


def _unforeseen(error: Exception) -> ShangyiError:
    """Return a fault of the program as reason and hint; its trace is kept in a file."""
    with tempfile.NamedTemporaryFile("w", prefix="shangyi-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return ShangyiError(
        _("A fault in shangyi itself: {error}").format(error=f"{type(error).__name__}: {error}"),
        _("What was done so far is kept. Report it with this file: {file}").format(file=file.name),
    )
