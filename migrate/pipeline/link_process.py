"""The process that asks for most of the addresses while links are checked (check.helper)."""

from migrate.check.helper import serve
from migrate.pipeline.checking import links_of


def main() -> None:
    """Ask until there is no more; pages are read as the harvest reads them."""
    serve(links_of)
