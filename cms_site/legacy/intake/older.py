"""Pages from before a new version of this program: what it has learnt to note is noted with their next import."""

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from cms_site.legacy.intake.once import set_print
from cms_site.legacy.intake.sameness import print_of
from cms_site.legacy.models import Imported, OldSite
from migrate.records import Entry

_SINCE = "0003_once"
"""The migration that brought fingerprints."""
_NAMES = ("title_key", "number_key", "day", "sketch")


def unsketched(site: OldSite) -> list[str]:
    """Return the source keys of pages that an import has not looked at since there are fingerprints."""
    since = MigrationRecorder(connection).migration_qs.filter(app="legacy", name=_SINCE).first()
    if since is None:
        return []
    rows = Imported.objects.filter(site=site, page__isnull=False, same_as=None, sketch="", held=[])
    return list(rows.filter(imported_at__lt=since.applied).values_list("source_key", flat=True))


def sketch(site: OldSite, entries: list[Entry]) -> None:
    """Note what pages say whose entry is still the one that was imported."""
    rows = Imported.objects.filter(site=site, source_key__in=[entry.key for entry in entries])
    known = {row.source_key: row for row in rows}
    for entry in entries:
        row, now = known.get(entry.key), print_of(entry)
        if row is not None and now is not None and row.content_hash == entry.content_hash:
            set_print(row, now)
            Imported.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in _NAMES})
