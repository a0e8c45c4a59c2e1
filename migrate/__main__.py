"""`python -m migrate` and the `shangyi` command."""

from migrate import i18n


def main() -> None:
    """Install the catalogue, then start the command line: Typer reads its words while it is imported."""
    i18n.install()
    from migrate.cli import run

    run()


if __name__ == "__main__":
    main()
