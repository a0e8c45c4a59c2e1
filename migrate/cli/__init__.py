"""The command line: parse, call one function, show, exit code; nothing else. One file a command group."""

import sys

from migrate import console
from migrate.cli.app import app
from migrate.cli.look import register as register_look
from migrate.cli.move import register as register_move
from migrate.cli.portal import register as register_portal
from migrate.errors import ExitCode, ShangyiError

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
