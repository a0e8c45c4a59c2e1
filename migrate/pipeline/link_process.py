"""The process that reads pages while links are checked (check.helper): it reads them as the harvest does."""

from migrate.check.helper import serve
from migrate.pipeline.checking import links_of


def main() -> None:
    """Read what comes in until there is no more."""
    serve(links_of)
