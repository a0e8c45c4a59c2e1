"""Survey: look at an unknown site, suggest rules for its columns, draft its site file."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.config import Channel, PortalConfig, Project, SiteConfig, SiteIdentity
from migrate.config.sites import load_site
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.pipeline import Progress, readable
from migrate.pipeline.draft import Draft, draft_yaml
from migrate.records import Kind
from migrate.urls import UrlRules, canonical, host_of

if TYPE_CHECKING:
    from migrate.families import Families
    from migrate.harvest.survey import Reader, Survey, SurveyRun
    from migrate.mapping.suggest_rules import Proposal
    from migrate.records import OldColumn, Record

MAX_REQUESTS = 200

_COMMON_LABELS = frozenset({"www", "gov", "com", "net", "org", "edu", "cn", "zf", "web"})
_NOT_IN_ID = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What a survey found, and the site file that it drafted."""

    site: str
    """Id of the draft."""
    survey: "Survey"
    proposal: "Proposal"
    channel: str
    channel_fits: bool
    """Whether the channel was found by the site's name; if not, somebody must add or choose one."""
    draft: Path
    """Where the draft lies, or would lie."""
    exists: bool
    """Whether the project already has a site file for this host: then the draft lies beside it."""
    yaml: str


def survey_site(project: Project, run: "SurveyRun", progress: Progress, *, dry_run: bool = False) -> Surveyed:
    """Look at a site and write a draft of its site file; one that is there already is never touched.

    Raises ShangyiError where the site does not answer, forbids everything, or where the portal has no channel yet.
    """
    from migrate.families import load_families
    from migrate.harvest.survey import run_survey
    from migrate.mapping.suggest import Holdings, Marks, load_vocabulary
    from migrate.mapping.suggest_rules import propose

    portal = project.portal()
    families = load_families(project.mappings / "families.yaml")
    words = load_vocabulary(project.mappings / "columns.yaml")
    if not portal.channels:
        raise ShangyiError(
            _("The portal has no channel yet: {file}").format(file=project.mappings / "portal.yaml"),
            _("Add one under channels, for example: - {path: /towns/dahe/, title: 大河镇}"),
        )

    marks: dict[str, Marks] = {}

    def fields(rules: UrlRules) -> "Reader":
        return _reader(rules, families, lambda record: marks.update({record.key: words.marks(record)}))

    def held(column: "OldColumn") -> Holdings:
        """Return what is known of a column's articles: of those that were read, and the titles of the others."""
        holdings = Holdings()
        for row, title in zip_longest(column.rows, column.titles, fillvalue=""):
            if row in marks:
                holdings.take(marks[row])
            elif title:
                holdings.take(words.marks_of_title(title))
        return holdings

    run = replace(run, contact=portal.portal.whom_to_ask)
    found = run_survey(run, families, fields, lambda sent: progress(_("requests"), sent, MAX_REQUESTS))
    site_id, exists = _site_id(project, host_of(found.url))
    channel, fits = _channel(portal, found.name, found.unit, site_id)
    proposal = propose(found.columns, words, portal, channel, held)
    draft = Draft(site_id, found, proposal, channel, fits, dict(run.resolve), run.rate)
    text = draft_yaml(draft)
    path = project.mappings / ("drafts" if exists else "sites") / f"{site_id}.yaml"
    if not dry_run:
        _write(path, text, portal)
    return Surveyed(site_id, found, proposal, channel.path, fits, path, exists, text)


def _reader(rules: UrlRules, families: "Families", tell: "Callable[[Record], None]") -> "Reader":
    """Return what reads the fields of a page of a site of which only the hosts are known; `tell` gets each article."""
    from migrate.extract import Page, extract
    from migrate.harvest.survey import Fetched

    identity = SiteIdentity("page", "", f"http://{rules.host}/", "/", aliases=tuple(rules.aliases))
    site = SiteConfig(identity)

    def read(page: Fetched) -> "Record":
        key = canonical(page.url, rules.cautious())
        record = extract(Page(page.url, page.url, page.body, page.content_type), site, families).record
        if record.kind is Kind.ARTICLE:
            tell(replace(record, key=key))
        return record

    return read


def _site_id(project: Project, host: str) -> tuple[str, bool]:
    """Return the id for a host, and whether a site file has this host already."""
    places, _errors = readable(project)
    for where in places:
        if where.site.url_rules.owns(host):
            return where.id, True
    labels = [label for label in host.split(".") if label not in _COMMON_LABELS] or [host]
    taken = {*project.site_ids(), "all"}
    for count in range(1, len(labels) + 1):
        candidate = _NOT_IN_ID.sub("-", "-".join(labels[:count])).strip("-_") or "site"
        if candidate not in taken:
            return candidate, False
    return _NOT_IN_ID.sub("-", host).strip("-_"), False


def _channel(portal: PortalConfig, name: str, unit: str, site_id: str) -> tuple[Channel, bool]:
    """Return the channel whose title or unit is in the site's name; the fullest one where there is none."""
    for channel in portal.channels:
        if channel.slug == site_id or (channel.unit and channel.unit in (name, unit)):
            return channel, True
    titled = [channel for channel in portal.channels if channel.title and channel.title in f"{name} {unit}"]
    if titled:
        return max(titled, key=lambda channel: len(channel.title)), True
    return min(portal.channels, key=lambda channel: len(channel.cut)), False


def _write(path: Path, text: str, portal: PortalConfig) -> None:
    """Write the draft; one that would not load is a fault of this program, and is not left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    try:
        load_site(path, portal)
    except ShangyiError:
        path.unlink()
        raise
