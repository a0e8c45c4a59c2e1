"""What `shangyi check` said, as it is handed over to the portal: its reports and panels show it to editors."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import unquote, urlsplit

from django.db import transaction

from cms_site.legacy.addresses import pages_at
from cms_site.legacy.models import CheckProblem, Imported, OldSite, SiteCheck
from migrate.records import CheckSummary, Problem

_BATCH = 500


def keep_check(site: OldSite, summary: CheckSummary, problems: Sequence[Problem]) -> None:
    """Put what one check found in place of what the last of its kind did, all or nothing."""
    with transaction.atomic():
        SiteCheck.objects.filter(site=site, name=summary.name).delete()
        run = SiteCheck.objects.create(
            site=site,
            name=summary.name,
            asked=summary.asked,
            passed=summary.passed,
            failed=summary.failed,
            checked_at=datetime.fromisoformat(summary.checked_at),
        )
        for start in range(0, len(problems), _BATCH):
            CheckProblem.objects.bulk_create(_rows(run, problems[start : start + _BATCH]))


def _rows(run: SiteCheck, problems: Sequence[Problem]) -> Iterator[CheckProblem]:
    pages = _pages_of(run, [problem.url for problem in problems])
    for problem in problems:
        yield CheckProblem(
            run=run,
            page_id=pages.get(problem.url),
            level=problem.level.value,
            code=problem.check,
            url=problem.url[:2200],
            target=problem.target[:4400],
            text=problem.text[:200],
            message=problem.message,
            repair=problem.repair,
            pages=problem.pages,
        )


def _pages_of(run: SiteCheck, urls: list[str]) -> dict[str, int]:
    """Return address → page: of portal addresses the page there, of old ones what was imported from there."""
    if run.name == SiteCheck.Name.LINKS:
        paths = {url: unquote(urlsplit(url).path) for url in urls}
        found = pages_at(paths.values())
        return {url: found[path] for url, path in paths.items() if path in found}
    rows = Imported.objects.filter(site=run.site, source_key__in=urls, page__isnull=False)
    return dict(rows.values_list("source_key", "page_id"))
