"""The command line: parse, call one function, show, exit code; nothing else. One file a command group."""

import sys
import tempfile
import traceback

from migrate import console
from migrate.cli.app import app
from migrate.cli.look import register as register_look
from migrate.cli.move import register as register_move
from migrate.cli.portal import register as register_portal
from migrate.errors import ExitCode, ShangyiError
from migrate.i18n import _

register_move(app)
register_look(app)
register_portal(app)


def run() -> None:
    """Run the command line. A ShangyiError becomes a panel and its exit code, Ctrl-C becomes 130."""
    try:
        app()
    except ShangyiError as error:
        console.show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:  # a fault of this program: say so, keep the trace for whoever mends it
        console.show_error(_unforeseen(error))
        sys.exit(ExitCode.ENVIRONMENT)


def _unforeseen(error: Exception) -> ShangyiError:
    """Return a fault of the program as reason and hint; its trace is kept in a file."""
    with tempfile.NamedTemporaryFile("w", prefix="shangyi-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return ShangyiError(
        _("A fault in shangyi itself: {error}").format(error=f"{type(error).__name__}: {error}"),
        _("What was done so far is kept. Report it with this file: {file}").format(file=file.name),
    )
