"""Asks the portal for one site: composes the job, runs the checks, writes what they found as files."""

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING

from migrate import children, portal
from migrate.archive.ledger import Ledger
from migrate.errors import UsageError
from migrate.i18n import _
from migrate.pipeline.reading import families_of
from migrate.records import CheckSummary, Entry, Problem
from migrate.urls import canonical, fold_host, host_of

if TYPE_CHECKING:
    from migrate.check.gist import LinksOf
    from migrate.check.runner import CheckJob
    from migrate.harvest.links import RawLink
    from migrate.pipeline import Place, Progress
    from migrate.report.problems import ProblemFiles

_HREF = re.compile(r"(?<![\w-])href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Which checks, asked of whom, and how."""

    which: Collection[str] = ("balance", "redirects", "links", "content")
    base_url: str = ""
    """Where the portal runs; without it, it is served meanwhile."""
    real: bool = False
    """Every address is asked at its own host."""
    resolve: dict[str, str] = field(default_factory=dict)
    """host → address[:port], where it is not to be looked up."""
    rate: float | None = None
    """Requests a second to one host; None: the portal as it answers, other sites once a second."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    external: bool = False
    """Other sites are asked, too."""
    dry_run: bool = False
    """Nothing is kept."""


@dataclass(frozen=True, slots=True)
class CheckRun:
    """What the checks of one site said."""

    summaries: tuple[CheckSummary, ...]
    problems: tuple[tuple[Problem, ...], ...]
    """Of each of them."""
    files: "ProblemFiles | None"
    """Where that stands; None after a dry run."""


def run_check(where: "Place", options: CheckOptions, progress: "Progress") -> CheckRun:
    """Run the checks of one site. Raises ShangyiError where nothing of it was imported yet, or no portal answers."""
    from migrate.check.runner import run_checks
    from migrate.pipeline import ledger_or_copy, mapped_ledger
    from migrate.report.problems import write_problems

    with ledger_or_copy(mapped_ledger(where), dry_run=options.dry_run) as ledger:
        portal.require_built(where.project)
        if not portal.is_known(where.id):
            raise UsageError(
                _("The site “{site}” is not imported yet.").format(site=where.id),
                _("Import it first: shangyi import {site} --dry-run").format(site=where.id),
            )
        elsewhere = options.base_url or options.real
        with nullcontext(options.base_url) if elsewhere else portal.serving() as address:
            checked = run_checks(ledger, _job(where, ledger, address, options), options.which, progress)
    summaries = tuple(one.summary for one in checked)
    problems = tuple(one.problems for one in checked)
    files = None
    if not options.dry_run:
        files = write_problems(where.folder / "report", where.site.site.name or where.id, summaries, problems)
        portal.keep_checks(where.id, zip(summaries, problems, strict=True))
    return CheckRun(summaries, problems, files)


def _job(where: "Place", ledger: Ledger, address: str, options: CheckOptions) -> "CheckJob":
    from migrate.check.links import LinkJob, PortalPage
    from migrate.check.outside import RATE
    from migrate.check.portal import PortalTarget
    from migrate.check.runner import CheckJob
    from migrate.importer.plan import Overlay
    from migrate.pipeline import now, old_hosts

    _known, decisions = portal.what_is_known(where.id)
    new_urls = portal.new_urls(where.id)
    rules = where.site.url_rules
    target = PortalTarget(
        address,
        where.project.portal().portal.host,
        hosts=(rules.host, *rules.aliases),
        resolve=options.resolve,
        rate=options.rate or 0.0,
    )
    links = LinkJob(
        target,
        read=links_of,
        helper=tuple(children.command("migrate.pipeline.link_process")),
        scope=where.site.site.channel,
        old_hosts=old_hosts(where.project),
        include=options.include,
        exclude=options.exclude,
        external=options.external,
        external_rate=RATE if options.rate is None else options.rate,
        new_address=_new_address(where),
    )
    return CheckJob(
        target=target,
        links=links,
        folder=where.folder,
        rules=rules,
        pages=lambda: (PortalPage(*page) for page in portal.pages(where.id)),
        checked_at=now(),
        drafts=portal.drafts(where.id),
        new_url=lambda key: new_urls.get(key, ""),
        captured=_captured(where),
        target_hosts=frozenset(map(fold_host, where.site.site.redirects.hosts)),
        otherwise=portal.exported_redirects(where.id)[0].otherwise,
        decided=Overlay(ledger, decisions),
        state=_last_import(where),
        resumes=not options.dry_run,
    )


def links_of(html: str) -> "LinksOf":
    """Return what a page names, as the harvest reads old pages."""
    from migrate.check.gist import LinksOf
    from migrate.harvest.links import Words, html_links

    base, links = html_links(html)
    return LinksOf(base, links, Words(html).of, _is_href)


def _is_href(link: "RawLink") -> bool:
    """Say whether a link is its element's own: `<a data-url>` is a program's, and may be anything."""
    if link.context != "a" or not link.tag:
        return True
    found = _HREF.search(link.tag)
    return found is not None and unescape(found[1] or found[2] or found[3] or "") == link.href


def _captured(where: "Place") -> "Callable[[Entry], Sequence[str]]":
    """Return a function: entry of an article → what its body said on the old page, line by line, before cleaning."""
    from migrate.archive.reading import read_response
    from migrate.extract import Page
    from migrate.extract.captured import captured_lines
    from migrate.http import MAX_PAGE

    families = families_of(where.project)

    def read(entry: Entry) -> Sequence[str]:
        if not entry.warc_file:
            return ()
        stored = read_response(where.folder, entry.warc_file, entry.warc_offset, limit=MAX_PAGE)
        page = Page(entry.url, entry.key, stored.body, stored.headers.get("Content-Type"))
        return captured_lines(page, where.site, families)

    return read


def _new_address(where: "Place") -> Callable[[str], str]:
    """Return a function: old address of any site of the project → where its content is now, empty if nobody knows."""
    from migrate.pipeline import readable

    sites: dict[str, Place] = {}
    for other in readable(where.project)[0]:
        rules = other.site.url_rules
        sites |= dict.fromkeys((rules.host, *rules.aliases), other)
    known: dict[str, dict[str, str]] = {}

    def find(url: str) -> str:
        other = sites.get(host_of(url))
        if other is None:
            return ""
        if other.id not in known:
            known[other.id] = portal.new_urls(other.id)
        try:
            return known[other.id].get(canonical(url, other.site.url_rules), "")
        except ValueError:
            return ""

    return find


def _last_import(where: "Place") -> str:
    """Return what changes with each import and rollback: the newest of their records."""
    runs = [path.name for word in ("import", "rollback") for path in (where.folder / "runs").glob(f"*-{word}.json")]
    return max(runs, default="")
