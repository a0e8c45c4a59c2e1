"""A body on its way out: its HTML and the files that it uses."""

from dataclasses import dataclass, field

from migrate.extract.files import says_nothing
from migrate.records import FileLink, Provenance


@dataclass(slots=True)
class Cleaned:
    """A body ready to be stored, with the files and pictures that it uses."""

    html: str = ""
    attachments: dict[str, FileLink] = field(default_factory=dict)
    images: dict[str, FileLink] = field(default_factory=dict)
    text: str = ""
    """Its text with line breaks between blocks."""
    removed: dict[str, int] = field(default_factory=dict)
    """What was cut out → characters: Office's settings, marks of lists, what players show in vain."""
    added: int = 0
    """Characters that were no text before: names of files whose links showed none."""
    origins: dict[str, Provenance] = field(default_factory=dict)
    """Address of an attachment or image → where it stood."""


def add_file(cleaned: Cleaned, url: str, name: str, origin: Provenance) -> None:
    """Note an attachment; of several links to it the first that names it does."""
    known = cleaned.attachments.get(url)
    cleaned.origins.setdefault(url, origin)
    if known is None or (says_nothing(known.name, url) and not says_nothing(name, url)):
        cleaned.attachments[url] = FileLink(url, name)
