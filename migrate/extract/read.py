"""The sequence: parse, cut what was injected, find title and body, read the fields, clean, screen."""

from migrate.config import SiteConfig
from migrate.extract.body import Container, find_container, trim
from migrate.extract.breadcrumb import find_breadcrumb
from migrate.extract.clean import Cleaned, clean_body
from migrate.extract.dom import squeeze
from migrate.extract.fields import (
    Evidence,
    gather,
    read_author,
    read_number,
    read_published,
    read_source,
    read_title,
    read_written_on,
)
from migrate.extract.heading import find_heading
from migrate.extract.injection import Injected, cut_injected, report_frame, take_marks
from migrate.extract.kinds import decide, is_error_page, is_home, is_login, obstacle
from migrate.extract.listings import read_listings
from migrate.extract.outside import attachments_outside, scripted_files
from migrate.extract.page import Extraction, Page, Parsed, parse, prepare
from migrate.extract.personal import MOBILES_HELD, Hit, find_personal
from migrate.extract.policy import read_policy_head
from migrate.families import Families
from migrate.i18n import _
from migrate.records import Field, FileLink, Kind, Level, Record, fingerprint

EXTRACTOR_VERSION = 3
"""Goes up with every change of what extraction gives for the same bytes: records are then computed anew."""

_POLICY_FIELDS = ("index_no", "subject_class", "issuer", "subject_words", "validity")


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


def extract(page: Page, site: SiteConfig, families: Families) -> Extraction:
    """Return the page's record and what a person must look at. Never raises for a bad page."""
    parsed = parse(page, site, families)
    if parsed.decoded.damaged:
        parsed.find(
            Level.WARNING,
            "extract.damaged-text",
            _("{n} characters could not be read as {encoding}.").format(
                n=parsed.decoded.damaged, encoding=parsed.decoded.encoding
            ),
        )
    reason = obstacle(parsed)
    if reason:
        return _finish(parsed, _other(parsed, reason))
    injected = cut_injected(parsed)
    prepare(parsed)
    record = _read(parsed, injected)
    report_frame(parsed, injected)
    return _finish(parsed, record)


def _finish(parsed: Parsed, record: Record) -> Extraction:
    return Extraction(record, tuple(parsed.findings))


def _evidence(parsed: Parsed) -> str:
    detection, decoded = parsed.detection, parsed.decoded
    return f"{detection.family} ({detection.evidence or '-'}), {decoded.encoding} ({decoded.evidence})"


def _other(parsed: Parsed, reason: str) -> Record:
    title = Field(parsed.html_title, "meta:title", 0.3) if parsed.html_title else None
    return Record(parsed.page.key, Kind.OTHER, reason, title, meta=parsed.metas, evidence=_evidence(parsed))


def _read(parsed: Parsed, injected: Injected) -> Record:
    if is_error_page(parsed):
        return _other(parsed, "error-page")
    heading = find_heading(parsed)
    home = is_home(parsed)
    container = None if home else find_container(parsed, heading)
    if not home and is_login(parsed, container):
        return _other(parsed, "login-form")
    evidence = gather(parsed, heading, read_policy_head(parsed))
    kind = Kind.HOME if home else decide(parsed, heading, container)
    if kind is not Kind.ARTICLE:
        return _overview(parsed, evidence, kind)
    return _article(parsed, evidence, container, injected)


def _overview(parsed: Parsed, evidence: Evidence, kind: Kind) -> Record:
    """Return the record of a home or list page: title, breadcrumb and lines."""
    crumbs = find_breadcrumb(parsed, "")
    title = read_title(evidence)
    if crumbs and kind is Kind.LIST:
        title = Field(crumbs[-1], "breadcrumb", 0.8)
    return Record(
        parsed.page.key,
        kind,
        title=title,
        breadcrumb=crumbs,
        meta=parsed.metas,
        listings=read_listings(parsed),
        evidence=_evidence(parsed),
    )


def _article(parsed: Parsed, evidence: Evidence, container: Container | None, injected: Injected) -> Record:
    title = read_title(evidence)
    published = read_published(evidence)
    if published is None:
        _report_no_date(parsed)
    crumbs = find_breadcrumb(parsed, title.value if title else "")
    if crumbs and title and title.origin == "meta:title" and parsed.is_listing_address():
        title = Field(crumbs[-1], "breadcrumb", 0.6)
    cleaned = _body(parsed, container, title.value if title else "")
    held = _screen(parsed, container, cleaned, injected)
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
        evidence=_evidence(parsed) + (f"; body {container.origin}" if container else "; no body"),
    )


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
    for url, name in (*outside, *scripted_files(parsed)):
        cleaned.attachments.setdefault(url, FileLink(url, name))
    left = max(before - sum(container.removed.values()) - len(squeeze(cleaned.text)), 0) + container.lost
    if left > 0:
        parsed.find(
            Level.WARNING,
            "extract.leftover",
            _("{n} characters inside the body reached neither the record nor a named removal.").format(n=left),
            _("Compare the old page with the record; add a selector to families.yaml or to the site's fields."),
        )
    if not cleaned.html and not cleaned.attachments:
        parsed.find(Level.WARNING, "extract.empty-body", _("The body is empty."))
    return cleaned


def _screen(parsed: Parsed, container: Container | None, cleaned: Cleaned, injected: Injected) -> tuple[str, ...]:
    """Return why a person must look first (design §7); what needs no holding becomes a finding."""
    held: list[str] = []
    if container is not None:
        links, scripts = take_marks(container.node)
        held += ["injected-link"] * links + ["injected-script"] * scripts
    names = "\n".join(link.name for link in cleaned.attachments.values())
    hits = find_personal(f"{cleaned.text}\n{names}")
    for kind in ("identity-number", "bank-card"):
        found = [hit for hit in hits if hit.kind == kind]
        if found:
            held.append(kind)
            _report(parsed, Level.ERROR, f"safety.{kind}", found)
    mobiles = [hit for hit in hits if hit.kind == "mobile"]
    if len({hit.value for hit in mobiles}) >= MOBILES_HELD:
        held.append("mobile-numbers")
        _report(parsed, Level.ERROR, "safety.mobile-numbers", mobiles)
    elif mobiles:
        _report(parsed, Level.NOTE, "safety.mobile", mobiles)
    for reason in held:
        if reason.startswith("injected"):
            parsed.find(
                Level.ERROR,
                f"safety.{reason}",
                _("Something was injected into the body and cut out: {what}").format(
                    what=", ".join([*sorted(injected.hosts), *injected.scripts])
                ),
            )
    return tuple(held)


def _report(parsed: Parsed, level: Level, check: str, hits: list[Hit]) -> None:
    places = ", ".join(f"{hit.masked} @{hit.position}" for hit in hits[:10])
    parsed.find(
        level,
        check,
        _("{n} numbers of persons in the text: {places}").format(n=len(hits), places=places),
        _("Mask them, or confirm that they may be published."),
    )
