"""Ruling + record → entry: what import writes, with the evidence for each field."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from migrate.archive.ledger import Ledger
from migrate.mapping.facts import Fact, Facts
from migrate.mapping.outcomes import Ruling
from migrate.records import Content, Entry, Field, Kind, Outcome, Record, fingerprint

_CONTENT_FIELDS = ("title", "published", "written_on", "source", "author", "document_number")


def make_entries(ledger: Ledger, facts: Facts, rulings: dict[str, Ruling]) -> Iterator[Entry]:
    """Yield one entry for every URL found, by canonical URL; records are read one at a time."""
    for key in sorted(rulings):
        fact = facts.by_key[key]
        record = ledger.record(fact.resource.key) if fact.page and fact.resource else None
        entry = _entry(fact, rulings[key], record)
        yield replace(entry, content_hash=_content_hash(entry))


def _entry(fact: Fact, ruling: Ruling, record: Record | None) -> Entry:
    resource = fact.resource
    entry = Entry(
        key=fact.key,
        url=fact.url,
        kind=fact.kind,
        outcome=ruling.outcome,
        rule=ruling.rule,
        reason=ruling.reason,
        template=ruling.template,
        target=ruling.target,
        follows=ruling.follows,
        name=_file_name(fact, resource.media_type if resource else ""),
        media_type=resource.media_type if resource else "",
        digest=resource.digest if resource and resource.ok else "",
        warc_file=resource.warc_file if resource and resource.ok else "",
        warc_offset=resource.warc_offset if resource and resource.ok else -1,
    )
    if record is None:
        return entry
    return _with_record(entry, record, fact)


def _with_record(entry: Entry, record: Record, fact: Fact) -> Entry:
    record = _with_listed_date(record, fact)
    entry = replace(
        entry,
        title=record.title.value if record.title else "",
        column=record.breadcrumb[-1] if record.breadcrumb else "",
        published=record.published.value if record.published else "",
        held=record.held,
    )
    if record.kind != Kind.ARTICLE or entry.outcome not in (Outcome.MOVE, Outcome.UNDECIDED, Outcome.ARCHIVE):
        return entry
    return replace(entry, content=_content(record))


def _with_listed_date(record: Record, fact: Fact) -> Record:
    if record.published is not None or not fact.listed_date:
        return record
    return replace(record, published=Field(fact.listed_date, f"list:{fact.listed_by}", 0.7))


def _content(record: Record) -> Content:
    values = {name: getattr(record, name) for name in _CONTENT_FIELDS}
    evidence = {name: value for name, value in values.items() if value is not None}
    return Content(
        **{name: value.value if value else "" for name, value in values.items()},
        policy_head={name: value.value for name, value in record.policy_head.items()},
        body=record.body,
        attachments=record.attachments,
        images=record.images,
        evidence={**evidence, **record.policy_head},
    )


def _file_name(fact: Fact, media_type: str) -> str:
    if fact.page is not None or media_type.startswith("text/html"):
        return ""
    return unquote(urlsplit(fact.key).path.rsplit("/", 1)[-1])


def _content_hash(entry: Entry) -> str:
    """Fingerprint of all that import writes. Where the bytes lie is left out: the same captured anew is no change."""
    return fingerprint(replace(entry, warc_file="", warc_offset=-1, content_hash=""))
