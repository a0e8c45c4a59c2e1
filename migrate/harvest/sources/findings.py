"""What a person must look at after a source was taken in."""

from collections.abc import Iterator
from pathlib import Path

from migrate.errors import ShangyiError
from migrate.harvest.sources.types import Notes
from migrate.i18n import _
from migrate.records import Finding, Level

_HOSTS = 5
"""Other hosts that are named."""


def source_findings(notes: Notes) -> Iterator[Finding]:
    """Yield what was found: damage, then what was left out."""
    yield from notes.findings
    for why, number in notes.left_out.items():
        words, level, hint = _words(why)
        example = notes.examples[why]
        message = _("{n} left out: {what}, for example {example}").format(n=number, what=words, example=example)
        yield Finding(level, f"source.{why}", "", message, hint)
    if notes.foreign:
        hosts = ", ".join(host for host, _number in notes.foreign.most_common(_HOSTS))
        message = _("{n} answers of other sites were not taken: {hosts}").format(n=notes.foreign.total(), hosts=hosts)
        hint = _("If one of them is another name of the site, write it under aliases in the site file and run again.")
        yield Finding(Level.NOTE, "source.foreign", "", message, hint)


def nothing_of(host: str, path: Path, notes: Notes) -> ShangyiError:
    """Return the error for a source without anything of a host: what it has instead, and what is wrong with it."""
    reason = _("{path} holds nothing of {host}.").format(path=path, host=host)
    hint = _("Is it the right folder? Under “folders” in the site file you can say where its parts lay on the site.")
    if hosts := ", ".join(name for name, _number in notes.foreign.most_common(_HOSTS)):
        hint = _(
            "It has: {hosts}. Is one of them another name of the site? Write it under aliases in the site file."
        ).format(hosts=hosts)
    elif notes.left_out:
        left = ", ".join(f"{_words(why)[0]} ({number})" for why, number in notes.left_out.most_common(_HOSTS))
        hint = _("What it has was left out: {what}").format(what=left)
    if notes.findings:
        places = len(notes.findings)
        damage = _("It is damaged in {n} places: {damage}").format(n=places, damage=notes.findings[0].message)
        reason = f"{reason} {damage}"
        hint = _("Get a whole copy: what is missing may be the site's. {hint}").format(hint=hint)
    return ShangyiError(reason, hint)


def _words(why: str) -> tuple[str, Level, str]:
    """Return (words, level, hint) for why something was left out."""
    kept = _("Nothing of it was for visitors.")
    known = {
        "hidden": (_("files of programs and systems"), Level.NOTE, kept),
        "secret": (_("settings, databases, logs"), Level.NOTE, kept),
        "script": (
            _("programs of the server"),
            Level.WARNING,
            _("Visitors saw what the server made of them: harvest the running site, or take in a mirror of it."),
        ),
        "link": (_("links of the file system"), Level.WARNING, _("Copy what they lead to into the folder.")),
        "no-body": (_("answers whose content is missing"), Level.WARNING, _("Is the copy of the mirror complete?")),
        "revisit": (_("records that stand for missing ones"), Level.WARNING, _("Put all WARC files into one folder.")),
        "no-http": (_("records that are no HTTP answers"), Level.NOTE, ""),
        "method": (_("answers to other requests than GET and forms"), Level.NOTE, ""),
        "spelling": (_("redirects to another spelling of the same address"), Level.NOTE, ""),
        "bad-url": (_("addresses that are too long"), Level.NOTE, ""),
        "excluded": (_("addresses that the site file excludes"), Level.NOTE, ""),
        "trap": (_("addresses that a wrong relative link makes"), Level.NOTE, ""),
    }
    return known.get(why, (why, Level.NOTE, ""))
