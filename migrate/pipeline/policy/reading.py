"""What is new is read: a notice's page, its files and pictures → what it says, kept until it is imported."""

from dataclasses import replace

from migrate.embedded import is_embedded
from migrate.extract import recipe
from migrate.http.hours import BEIJING
from migrate.i18n import _
from migrate.notices import Read, Seen
from migrate.pipeline.policy.parts import read_whole
from migrate.pipeline.policy.shared import Round, Unread
from migrate.pipeline.policy.types import STAGE
from migrate.policy.asking import Answer, Asker
from migrate.policy.moments import narrowed, stated
from migrate.policy.reading import checksum_of, fault_of, files_checksum, is_due, sure, text_of
from migrate.policy.store import write_line
from migrate.portal import policy as door
from migrate.records import Field, Finding, Level, Record
from migrate.urls import host_of


def read_waiting(this: Round) -> None:
    """Tell the portal of what came up; read each notice that has no page yet, with its files and pictures."""
    left = _unread(this)

    async def read_all(asker: Asker) -> None:
        for number, seen in enumerate(left):
            this.progress(_("notices"), number, len(left))
            await _read(this, asker, seen)

    if left:
        this.asked(read_all)
        this.progress(_("notices"), len(left), len(left))


def _unread(this: Round) -> list[Seen]:
    """Return the notices to be read, one line each; settle those that need no page."""
    waiting = [line.seen for line in this.store.waiting() if line.reading is None]
    known = door.known(dict.fromkeys(seen.key for seen in waiting))
    moved = {seen.key for seen in waiting if seen.key not in known and this.store.is_settled(seen.key)}
    this.store.done(moved)
    waiting = [seen for seen in waiting if seen.key not in moved]
    door.see(waiting)
    known = door.known(dict.fromkeys(seen.key for seen in waiting))
    this.store.done(key for key, have in known.items() if have.has_page or have.state.value == "waived")
    left = {line.seen.key: line.seen for line in reversed(this.store.waiting()) if line.reading is None}
    asked, longest = {key: this.store.following(key) for key in left}, this.config.followed_for
    due = [seen for key, seen in left.items() if is_due(seen.first_seen, asked[key], this.now, longest)]
    _keep_findings(this, {seen.url for seen in left.values()} - {seen.url for seen in due})
    return sorted(due, key=lambda seen: asked[seen.key].asked_at)  # what could not be read before comes last


def _keep_findings(this: Round, urls: set[str]) -> None:
    """Let what is wrong with notices that this round does not ask for stand."""
    this.findings.extend(found for _stage, found in this.ledger.findings(STAGE) if found.url in urls)


async def _read(this: Round, asker: Asker, seen: Seen) -> None:
    """Read one notice; keep what it says for import. Where it can't be, it stays as it is, with a finding."""
    try:
        reading, record = await read_notice(this, asker, seen)
    except Unread as unread:
        this.findings.append(unread.finding)
        this.store.write_following(seen.key, this.store.following(seen.key)._replace(asked_at=this.now.isoformat()))
        return
    keep(this, seen, seen.source, reading, record)


def keep(this: Round, seen: Seen, rule: str, reading: Read, record: Record) -> None:
    """Keep a notice that was read until it is imported; `rule` is the source, or says that a person named it."""
    with this.ledger.transaction() as db:
        this.ledger.write_record(record, reading.digest, recipe(this.where.site, this.families))
        write_line(db, replace(seen, source=rule), "read", reading)


async def read_notice(this: Round, asker: Asker, seen: Seen) -> tuple[Read, Record]:
    """Return what a notice says, and its record, its files and pictures captured. Raises Unread."""
    answer = await asker.ask(seen.url)
    if not answer.ok or answer.resource is None:
        raise Unread(seen, _("It could not be fetched: {reason}").format(reason=answer.error))
    whole = await read_whole(this, asker, seen, answer)
    record = whole.record
    if record is None or (fault := fault_of(record)):
        raise Unread(seen, _("It could not be read: {reason}").format(reason=fault if record else "unreadable"))
    record = _completed(this, record, seen)
    await fetch_files(this, asker, seen, record)
    this.findings.extend(replace(found, url=seen.url) for found in whole.findings if found.level is not Level.NOTE)
    return reading_of(this, seen, answer, record), record


def _completed(this: Round, record: Record, seen: Seen) -> Record:
    """Return a record with what only its source's list says: its date, and whom it comes from."""
    source = this.source_of(seen)
    listed = seen.published.earliest.astimezone(BEIJING).date().isoformat()
    return replace(
        record,
        source=record.source or Field(source.name if source else "", f"list:{seen.source}", 0.9),
        published=record.published or Field(listed, f"list:{seen.source}", 0.7),
    )


async def fetch_files(this: Round, asker: Asker, seen: Seen, record: Record) -> None:
    """Capture files and pictures. Raises Unread where one may be had another time: no page is half made."""
    for url in _outside(record):
        answer = await asker.ask(url)
        html = answer.resource is not None and answer.resource.media_type == "text/html"
        if answer.ok and not html:
            continue
        reason = "html-instead-of-file" if answer.ok else answer.error
        message = _("A file or picture of it could not be fetched ({reason}): {url}").format(reason=reason, url=url)
        if answer.passing:
            raise Unread(seen, message)
        if this.store.digest_of(url):
            continue  # it was here before: that copy stays
        hint = _("The notice is reposted without it, linked to where it is. Put it in by hand if it is needed.")
        this.findings.append(Finding(Level.WARNING, "policy.missing-file", seen.url, message, hint))


def _outside(record: Record) -> list[str]:
    """Return addresses of files and pictures, those left out that the page itself carries."""
    return [link.url for link in (*record.attachments, *record.images) if not is_embedded(link.url)]


def has_files(record: Record) -> bool:
    """Say whether files or pictures belong to a notice that lie beside its page."""
    return bool(_outside(record))


def files_of(this: Round, record: Record) -> str:
    """Return the checksum of a notice's files and pictures as they were captured last."""
    links = (*record.attachments, *record.images)
    return files_checksum((link.name, this.store.digest_of(link.url) or link.url) for link in links)


def reading_of(this: Round, seen: Seen, answer: Answer, record: Record) -> Read:
    """Return what a notice says, as it passes to the portal."""
    row = answer.resource
    assert row is not None
    title = record.title.value if record.title else seen.title
    text = text_of(title, record.body)
    told = record.published
    said = stated(told.value, lambda value: value) if told is not None and sure(told.confidence) else None
    source = this.source_of(seen)
    return Read(
        key=seen.key,
        url=answer.url,
        publisher=source.name if source else host_of(answer.url),
        published=narrowed(seen.published, said, seen.first_seen),
        checksum=checksum_of(text),
        text=text,
        warc_file=row.warc_file,
        warc_offset=row.warc_offset,
        digest=row.digest,
        fetched_at=row.fetched_at,
        title=title,
        document_number=record.document_number.value if record.document_number else "",
        files=files_of(this, record),
    )
