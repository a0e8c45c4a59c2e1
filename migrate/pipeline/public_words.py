"""What a drafted site file says to visitors: in Chinese whatever the interface language."""

from migrate.i18n import public as _


def home_and_lists() -> str:
    """Return the name of the rule that lets lists lead to columns."""
    return _("Home page and lists")


def closed_topic() -> str:
    """Return why a topic is archived."""
    return _("A closed topic, kept as it was")


def no_column_yet() -> str:
    """Return why a column's articles are undecided."""
    return _("The channel has no column for it yet")
