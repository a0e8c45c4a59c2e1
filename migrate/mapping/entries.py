"""Ruling + record → entry: what import writes, with the evidence for each field."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from migrate.archive.ledger import Ledger
from migrate.embedded import is_embedded
from migrate.mapping.facts import Fact, Facts
from migrate.mapping.outcomes import Ruling
from migrate.mapping.rules import Rules
from migrate.records import HTML_TYPES, UNSCREENED, Content, Entry, Field, FileLink, Kind, Record, fingerprint, to_json

_CONTENT_FIELDS = ("title", "published", "written_on", "source", "author", "document_number")


def make_entries(ledger: Ledger, facts: Facts, rulings: dict[str, Ruling], rules: Rules) -> Iterator[Entry]:
    """Yield one entry for every URL found, by canonical URL; records are read one at a time."""
    for key in sorted(rulings):
        fact = facts.by_key[key]
        record = ledger.record(fact.resource.key) if fact.page and fact.resource else None
        if record is not None:
            record = rules.put_right(rulings[key].rule, _with_listed_date(record, fact))
        entry = _entry(fact, rulings[key], record)
        digests = _digests(fact, facts)
        content = _with_digests(entry.content, digests) if entry.content else None
        yield replace(entry, content=content, content_hash=_content_hash(entry, digests))


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
        held=tuple(dict.fromkeys((*ruling.held, *fact.held))),
        used_by=ruling.used_by,
        name=_file_name(fact, resource.media_type if resource else ""),
        media_type=resource.media_type if resource else "",
        digest=resource.digest if resource and resource.ok else "",
        warc_file=resource.warc_file if resource and resource.ok else "",
        warc_offset=resource.warc_offset if resource and resource.ok else -1,
    )
    if record is None:
        return replace(entry, held=(UNSCREENED,)) if _is_unread_page(fact) else entry
    return _with_record(entry, record)


def _is_unread_page(fact: Fact) -> bool:
    """Say whether the portal would show as a page what extraction could not read: nobody has screened it."""
    resource = fact.resource
    if resource is None or not resource.ok or fact.kind != Kind.OTHER:
        return False
    return resource.media_type in HTML_TYPES


def _with_record(entry: Entry, record: Record) -> Entry:
    entry = replace(
        entry,
        title=record.title.value if record.title else "",
        column=record.breadcrumb[-1] if record.breadcrumb else "",
        published=record.published.value if record.published else "",
        held=record.held,
    )
    if record.kind != Kind.ARTICLE:
        return entry  # an article keeps its content whatever the rules say: a person may decide to move it
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
        attachments=_bare(record.attachments),
        images=_bare(record.images),
        evidence={**evidence, **record.policy_head},
    )


def _bare(links: tuple[FileLink, ...]) -> tuple[FileLink, ...]:
    """Return links without what the archive knows of their files: the files' own entries say that.

    What the page itself carries has no entry, for it has no address: its link says all that is known.
    """
    return tuple(link if is_embedded(link.url) else FileLink(link.url, link.name) for link in links)


def _file_name(fact: Fact, media_type: str) -> str:
    """Return what a file is called: by the pages that use it, else by its server, else by its address."""
    if fact.page is not None or media_type.startswith("text/html"):
        return ""
    sent = fact.resource.filename if fact.resource else ""
    return fact.file_name or sent or unquote(urlsplit(fact.key).path.rsplit("/", 1)[-1])


def _digests(fact: Fact, facts: Facts) -> list[str]:
    """Return the digests of the files that a page uses: a new version of an attachment is a new version of its page."""
    used = (facts.by_key.get(file) for file in (fact.page.files if fact.page else ()))
    return [file.resource.digest if file and file.resource and file.resource.ok else "" for file in used]


def _with_digests(content: Content, digests: list[str]) -> Content:
    """Return the content with the digest of each file that was captured: by them import tells the same from another."""
    known = iter(digests)
    attachments, images = (
        tuple(link if is_embedded(link.url) else replace(link, digest=next(known)) for link in links)
        for links in (content.attachments, content.images)
    )
    return replace(content, attachments=attachments, images=images)


def _content_hash(entry: Entry, digests: list[str]) -> str:
    """Fingerprint of what becomes a page, document or image. What only the old URL's row says is compared there.

    Left out with it: where the bytes lie, and a page's own digest. The same captured anew is no change, nor is a
    counter in the old page's frame.
    """
    bare = replace(entry, key="", url="", rule="", reason="", column="", used_by=(), warc_file="", warc_offset=-1)
    return fingerprint([to_json(replace(bare, digest="" if entry.content else entry.digest)), digests])
