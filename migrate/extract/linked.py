"""What the archive knows of the files that records use: size, digest, and the type that their first bytes speak for."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from migrate import magic
from migrate.archive.ledger import Ledger
from migrate.archive.reading import read_response
from migrate.embedded import is_embedded
from migrate.errors import ShangyiError
from migrate.records import FileLink, Record, Resource, record_from_json, to_json
from migrate.urls import UrlRules, canonical, host_of

_READ_MOST = 32_000_000
"""Bytes of a file that is read for its type; of a larger one, a film, the server's word is taken."""


def describe_files(ledger: Ledger, folder: Path, rules: UrlRules) -> None:
    """Bring what records say of their files up to date. Call inside a transaction.

    A file may have been fetched after the page that uses it was read: every map looks.
    """
    keys = [
        key
        for (key,) in ledger.db.execute(
            """SELECT key FROM records WHERE data LIKE '%"attachments":[{%' OR data LIKE '%"images":[{%'"""
        )
    ]
    types: dict[str, str] = {}
    for key in keys:
        ((data,),) = ledger.db.execute("SELECT data FROM records WHERE key = ?", (key,)).fetchall()
        record = record_from_json(data)
        known = _described(record, ledger, folder, rules, types)
        if known != record:
            ledger.db.execute("UPDATE records SET data = ? WHERE key = ?", (to_json(known), key))


def _described(record: Record, ledger: Ledger, folder: Path, rules: UrlRules, types: dict[str, str]) -> Record:
    def described(links: Iterable[FileLink]) -> tuple[FileLink, ...]:
        return tuple(
            link if is_embedded(link.url) else _link(link, _resource(link.url, ledger, rules), folder, types)
            for link in links
        )

    return replace(record, attachments=described(record.attachments), images=described(record.images))


def _resource(url: str, ledger: Ledger, rules: UrlRules) -> Resource | None:
    """Return the answer that stands for a file, through the old server's redirects; None without bytes."""
    try:
        key = canonical(url, rules) if rules.owns(host_of(url)) else url
    except ValueError:
        return None
    for _hop in range(5):
        found = ledger.resource(key)
        if found is None or found.ok:
            return found if found is not None and found.digest else None
        if not found.location:
            return None
        key = found.location
    return None


def _link(link: FileLink, resource: Resource | None, folder: Path, types: dict[str, str]) -> FileLink:
    if resource is None:
        return replace(link, length=0, digest="", media_type="")
    if link.digest == resource.digest and link.media_type:
        types.setdefault(link.digest, link.media_type)
        return link
    if resource.digest not in types:
        types[resource.digest] = _media_type(resource, folder) or resource.media_type
    return replace(link, length=resource.length, digest=resource.digest, media_type=types[resource.digest])


def _media_type(resource: Resource, folder: Path) -> str:
    """Return the type that a file's first bytes speak for; empty where they say nothing or can't be had (import says
    why).
    """
    if resource.length > _READ_MOST:
        return ""
    try:
        return magic.media_type(read_response(folder, resource.warc_file, resource.warc_offset).body[:64])
    except (OSError, ShangyiError):
        return ""
