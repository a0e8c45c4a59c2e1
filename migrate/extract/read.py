"""The sequence: parse, cut what was injected, find title and body, read the fields, clean, screen."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from migrate.config import SiteConfig
from migrate.embedded import is_embedded
from migrate.encoding import decode
from migrate.extract.body import Container, find_container, trim
from migrate.extract.breadcrumb import find_breadcrumb
from migrate.extract.clean import clean_body
from migrate.extract.cleaned import Cleaned
from migrate.extract.credits import read_author, read_source
from migrate.extract.data import as_list, may_be_data, no_page
from migrate.extract.dom import squeeze
from migrate.extract.evidence import Evidence, gather
from migrate.extract.heading import find_heading
from migrate.extract.kinds import decide, emptiness, is_home, obstacle
from migrate.extract.listings import read_listings
from migrate.extract.noted import note_body, note_page
from migrate.extract.numbers import read_number
from migrate.extract.outside import attachments_outside, scripted_files
from migrate.extract.page import Extraction, Page, Parsed, parse, prepare
from migrate.extract.policy import read_policy_head
from migrate.extract.published import read_published, read_written_on
from migrate.extract.screening import cut_foreign, report_frame, screen_article, screen_text, whole_page
from migrate.extract.titles import read_title
from migrate.extract.trace import Trace
from migrate.families import Families
from migrate.i18n import _
from migrate.injection import Injected
from migrate.records import (
    LIST_DATA,
    UNSCREENED,
    Field,
    FileLink,
    Kind,
    Level,
    Provenance,
    Record,
    fingerprint,
)

EXTRACTOR_VERSION = 9
"""Goes up with every change of what extraction gives for the same bytes: records are then computed anew."""

_DATA_FILE = re.compile(r"\.(?:json|geojson|xml)$", re.IGNORECASE)
_BODY = "; body "
_POLICY_FIELDS = ("index_no", "subject_class", "issuer", "subject_words", "validity", "effective_on", "repeal_on")
_OF_SELECTOR = 0.95
_SURENESS = {"typed": 0.8, "structure": 0.8, "pictures": 0.6, "densest": 0.5, "empty": 0.5}
"""How a body was found, if not by a selector → confidence."""


def recipe(site: SiteConfig, families: Families) -> str:
    """Return the hash of all that extraction depends on but the page: families, the site's fields, the version."""
    return fingerprint(
        {
            "version": EXTRACTOR_VERSION,
            "families": families.digest,
            "family": site.site.family,
            "fields": {name: list(rules) for name, rules in site.fields.items()},
            "site": [site.site.name, site.site.unit, site.site.url, sorted(site.site.aliases)],
        }
    )


def extract(page: Page, site: SiteConfig, families: Families, trace: Trace | None = None) -> Extraction:
    """Return the page's record and what a person must look at; a trace is filled on the way.

    Never raises for a bad page.
    """
    if data := read_data(page, site, families):
        return data
    parsed = parse(page, site, families)
    parsed.trace = trace
    if parsed.decoded.damaged:
        parsed.find(
            Level.WARNING,
            "extract.damaged-text",
            _("{n} characters could not be read as {encoding}.").format(
                n=parsed.decoded.damaged, encoding=parsed.decoded.encoding
            ),
        )
    other = no_page(parsed.decoded.text)
    lacks = emptiness(parsed)
    injected = cut_foreign(parsed)
    prepare(parsed)
    reason = obstacle(parsed, lacks) or (other if other != "plain-text" else None)
    record = _other(parsed, reason) if reason else _read(parsed, injected)
    if other and record.kind is Kind.LIST:  # text without markup lists nothing
        record = _other(parsed, other)
    report_frame(parsed, injected)
    return Extraction(record, tuple(parsed.findings))


def read_data(page: Page, site: SiteConfig, families: Families) -> Extraction | None:
    """Return the record of what a script of a list asked for (XML, JSON) or a feed, whatever type it was sent as.

    None for anything else, and for a data file (`.json`, `.xml`) that lists nothing: somebody may have published it.
    """
    decoded = decode(page.body, page.content_type) if may_be_data(page.body) else None
    lines = as_list(decoded.text) if decoded else None
    if decoded is None or lines is None:
        return None
    parsed = parse(replace(page, body=lines.encode(), content_type="text/html; charset=utf-8"), site, families)
    prepare(parsed)
    listings = read_listings(parsed)
    if not listings and _DATA_FILE.search(urlsplit(page.url).path):
        return None
    held = tuple(screen_text(parsed, whole_page(parsed)))
    evidence = f"{parsed.detection.family}, {decoded.encoding} ({decoded.evidence})"
    record = Record(page.key, Kind.OTHER, LIST_DATA, held=held, listings=listings, evidence=evidence)
    return Extraction(record, tuple(parsed.findings))


def _evidence(parsed: Parsed) -> str:
    detection, decoded = parsed.detection, parsed.decoded
    return f"{detection.family} ({detection.evidence or '-'}), {decoded.encoding} ({decoded.evidence})"


def _other(parsed: Parsed, reason: str) -> Record:
    title = Field(parsed.html_title, "meta:title", 0.3) if parsed.html_title else None
    held = tuple(screen_text(parsed, whole_page(parsed)))
    return Record(parsed.page.key, Kind.OTHER, reason, title, meta=parsed.metas, held=held, evidence=_evidence(parsed))


def _read(parsed: Parsed, injected: Injected) -> Record:
    heading = find_heading(parsed)
    if parsed.trace is not None:
        note_page(parsed.trace, parsed, heading)
    home = is_home(parsed)
    evidence = gather(parsed, heading, read_policy_head(parsed))  # before a body is looked for: that cuts heads off
    container = None if home else find_container(parsed, heading)
    kind = Kind.HOME if home else decide(parsed, heading, container)
    if kind is not Kind.ARTICLE:
        return _overview(_uncut(parsed) if container is not None and container.removed else parsed, evidence, kind)
    return _article(parsed, evidence, container, injected)


def _uncut(parsed: Parsed) -> Parsed:
    """Return a page as it was before a body was looked for: what stands above one was cut, the first line of a list."""
    whole = parse(parsed.page, parsed.site, parsed.families)
    cut_foreign(whole)
    prepare(whole)
    whole.findings = parsed.findings
    return whole


def _overview(parsed: Parsed, evidence: Evidence, kind: Kind) -> Record:
    """Return the record of a home or list page: title, breadcrumb and lines."""
    crumbs, origins = find_breadcrumb(parsed, "")
    title = read_title(evidence)
    if crumbs and kind is Kind.LIST:
        title = Field(crumbs[-1], "breadcrumb", 0.8)
    return Record(
        parsed.page.key,
        kind,
        title=title,
        breadcrumb=crumbs,
        meta=parsed.metas,
        held=tuple(screen_text(parsed, whole_page(parsed))),
        listings=read_listings(parsed),
        evidence=_evidence(parsed),
        origins=origins,
    )


def _article(parsed: Parsed, evidence: Evidence, container: Container | None, injected: Injected) -> Record:
    title = read_title(evidence)
    published = read_published(evidence)
    if published is None:
        _report_no_date(parsed)
    crumbs, origins = find_breadcrumb(parsed, title.value if title else "")
    if crumbs and title and title.origin == "meta:title" and parsed.is_listing_address():
        title = Field(crumbs[-1], "breadcrumb", 0.6)
    cleaned = _body(parsed, container, title.value if title else "")
    held = (*screen_article(parsed, container, cleaned, injected), *_unscreened(cleaned))
    number = read_number(evidence, title.value if title else "", cleaned.text.split("\n"))
    return Record(
        parsed.page.key,
        Kind.ARTICLE,
        title=title or _first_line(cleaned),
        published=published,
        written_on=read_written_on(evidence),
        source=read_source(evidence),
        author=read_author(evidence),
        document_number=number,
        policy_head={name: evidence.head[name] for name in _POLICY_FIELDS if name in evidence.head},
        breadcrumb=crumbs,
        meta=parsed.metas,
        body=cleaned.html,
        attachments=tuple(cleaned.attachments.values()),
        images=tuple(cleaned.images.values()),
        held=held,
        evidence=_evidence(parsed) + (f"{_BODY}{container.origin}" if container else "; no body"),
        origins=origins | cleaned.origins,
    )


def body_origin(record: Record) -> str:
    """Return how the body of an article was found, e.g. `selector:#zoom`; empty without one."""
    return record.evidence.partition(_BODY)[2]


def _unscreened(cleaned: Cleaned) -> tuple[str, ...]:
    """Return why a page is held that carries a document inside itself: the screening reads captured files only."""
    held = any(
        is_embedded(link.url) and not link.media_type.startswith("image/") for link in cleaned.attachments.values()
    )
    return (UNSCREENED,) if held else ()


def _report_no_date(parsed: Parsed) -> None:
    parsed.find(
        Level.WARNING,
        "extract.no-date",
        _("The page shows no publication date."),
        _("An editor must give one. If the page has a date, set fields.published in the site's YAML."),
    )


def _first_line(cleaned: Cleaned) -> Field | None:
    """Return the body's first line as a title that an editor should look at."""
    first = cleaned.text.split("\n", 1)[0]
    return Field(first[:80], "body", 0.3) if first else None


def _body(parsed: Parsed, container: Container | None, title: str) -> Cleaned:
    """Return the cleaned body with all attachments; note what was lost on the way."""
    if container is None:
        parsed.find(Level.WARNING, "extract.no-body", _("No body was found on this page."))
        return Cleaned()
    before = parsed.outline.characters(container.start, container.end) + sum(container.removed.values())
    outside = attachments_outside(parsed, container)
    trim(parsed, container, title)
    cleaned = clean_body(parsed, container.node)
    if parsed.trace is not None:
        note_body(parsed.trace, parsed, container, cleaned)
    for url, name, origin in (*outside, *scripted_files(parsed)):
        cleaned.attachments.setdefault(url, FileLink(url, name))
        cleaned.origins.setdefault(url, origin)
    cleaned.origins["body"] = Provenance(container.origin, _SURENESS.get(container.origin, _OF_SELECTOR))
    named = sum(container.removed.values()) + sum(cleaned.removed.values())
    left = max(before + cleaned.added - named - len(squeeze(cleaned.text)), 0) + container.lost
    if left > 0:
        parsed.find(
            Level.WARNING,
            "extract.leftover",
            _("{n} characters inside the body reached neither the record nor a named removal.").format(n=left),
            _("Compare the old page with the record; add a selector to families.yaml or to the site's fields."),
        )
    shown = cleaned.text or cleaned.attachments or cleaned.images or "src=" in cleaned.html
    if not shown:
        parsed.find(Level.WARNING, "extract.empty-body", _("The body is empty."))
    return cleaned
