"""One thing once: which entries say what an imported page says already, and what becomes of a page that several share.

Of the rows that share a page one has written it, the others (`same_as` leads there) are its twins. A twin has no
content of its own in the portal: its old address leads to the page, its column lists it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from cms_site.legacy.addresses import in_hidden_column
from cms_site.legacy.intake.sameness import Print, Same, read_print, same
from cms_site.legacy.models import RETIRED, Decision, Imported, OldSite, OldUrl
from cms_site.portal.models import ColumnPage, ContentPage
from migrate.config.sites import POLICY_SITE
from migrate.i18n import _
from migrate.records import Entry

Address = tuple[int, str]
"""Site and canonical URL."""


class Placing(NamedTuple):
    """An entry that is to get a page, or to share one."""

    entry: Entry
    column: ColumnPage
    page_type: type[ContentPage]
    print: Print | None


class Earlier(NamedTuple):
    """Something that others may be the same as."""

    address: Address
    page_type: type[ContentPage]
    print: Print
    row: Imported | None
    """None: it is being placed just now."""
    is_notice: bool = False
    """It is a notice of the central portal: its reposts share its page, whatever type of page they would be."""


def ruled_apart() -> frozenset[Address]:
    """Return the addresses that people want to keep pages of their own."""
    return frozenset(Decision.objects.filter(apart=True).values_list("site_id", "canonical"))


class Matcher:
    """Finds what is the same, within what `merge` of portal.yaml allows: portal, channel, site or off.

    A notice of the central portal that visitors can see is looked for from everywhere: what a site reposted of it needs
    no page of its own. The notice itself shares only another notice's page; reposts that were there first join its
    own (`cms_site.legacy.joining`).
    """

    def __init__(self, site: OldSite, scope: str) -> None:
        self._site = site
        self._scope = "site" if site.is_policy and scope != "off" else scope
        self._notices = notices_site()
        self._apart = ruled_apart()
        self._placed: dict[str, list[Earlier]] = {}

    def forget(self) -> None:
        """Forget what was seen so far: it has rows by now."""
        self._placed.clear()

    def parts(self, row: Imported, now: Print | None) -> bool:
        """Say whether an entry, as it is now, no longer shares the page of its row."""
        return row.same_as_id is not None and _parts(row, now, self._apart)

    def is_repost(self, row: Imported) -> bool:
        """Say whether a row shares the page of a notice."""
        return row.same_as_id is not None and row.same_as.site_id == self._notices

    def match(self, batch: Iterable[Placing]) -> dict[str, Earlier]:
        """Return the key of each entry that is the same as an earlier one, and which; remember the others."""
        wanted = [placing for placing in batch if self._may_share(placing)]
        stored = self._stored([placing.print for placing in wanted if placing.print is not None])
        found = {}
        for entry, _column, page_type, now in wanted:
            assert now is not None
            names = (now.title, now.number) if now.number else (now.title,)
            candidates = [known for name in names for known in (*stored.get(name, ()), *self._placed.get(name, ()))]
            address = (self._site.pk, entry.key)
            for known in candidates:
                alike = known.page_type is page_type or known.is_notice
                if alike and known.address != address and same(known.print, now):
                    found[entry.key] = known
                    break
            else:
                for name in names:
                    self._placed.setdefault(name, []).append(Earlier(address, page_type, now, None))
        return found

    def _may_share(self, placing: Placing) -> bool:
        return (
            self._scope != "off" and placing.print is not None and (self._site.pk, placing.entry.key) not in self._apart
        )

    def _stored(self, prints: list[Print]) -> dict[str, list[Earlier]]:
        """Return what the portal has under the titles and numbers of these, the oldest first."""
        found: dict[str, list[Earlier]] = {}
        for name, wanted in (
            ("title_key", {now.title for now in prints}),
            ("number_key", {now.number for now in prints} - {""}),
        ):
            rows = self._candidates().filter(**{f"{name}__in": wanted}) if wanted else ()
            for row in rows:
                known = print_of_row(row)
                page_type = row.page.specific_class
                address = (row.site_id, row.source_key)
                notice = row.site_id == self._notices
                may = address not in self._apart and (notice or not row.touched)  # editors publish notices
                if known is not None and page_type is not None and may:
                    found.setdefault(getattr(row, name), []).append(Earlier(address, page_type, known, row, notice))
        return found

    def _candidates(self) -> QuerySet[Imported]:
        rows = standing(Imported.objects.filter(same_as=None, page__isnull=False, held=[]))
        if self._site.pk == self._notices:
            rows = rows.filter(site=self._site)
        else:
            rows = rows.filter(self._within() | Q(site=self._notices, page__live=True))
        hidden = in_hidden_column("page")
        return rows.filter(~hidden).select_related("page").defer("evidence").order_by("pk")

    def _within(self) -> Q:
        if self._scope == "site":
            return Q(site=self._site)
        if self._scope == "channel":
            return Q(page__path__startswith=self._site.channel.path)
        return ~Q(site=self._notices)


def notices_site() -> int:
    """Return the number of the site of reposted notices; 0 before the first one."""
    return OldSite.every.filter(slug=POLICY_SITE).values_list("pk", flat=True).first() or 0


def standing(rows: QuerySet[Imported]) -> QuerySet[Imported]:
    """Return the rows whose old address still leads to what they became."""
    retired = OldUrl.objects.filter(site=OuterRef("site"), canonical=OuterRef("source_key"), outcome__in=RETIRED)
    return rows.exclude(Exists(retired))


def print_of_row(row: Imported) -> Print | None:
    """Return the fingerprint that a row keeps."""
    return read_print(row.title_key, row.number_key, row.day, row.sketch)


def set_print(row: Imported, now: Print | None) -> None:
    """Have a row keep a fingerprint, or none."""
    for name, value in print_columns(now).items():
        setattr(row, name, value)


def print_columns(now: Print | None) -> dict[str, object]:
    """Return the columns of a row that keep a fingerprint, or none."""
    if now is None:
        return {"title_key": "", "number_key": "", "day": None, "sketch": ""}
    return {"title_key": now.title, "number_key": now.number, "day": now.day, "sketch": now.sketch}


def parted(row: Imported, apart: frozenset[Address]) -> bool:
    """Say whether a twin is no longer the same as what it shares its page with, or somebody ruled so."""
    return row.same_as_id is not None and _parts(row, print_of_row(row), apart)


def _parts(row: Imported, now: Print | None, apart: frozenset[Address]) -> bool:
    first = row.same_as
    earlier = print_of_row(first)
    ruled = not apart.isdisjoint(((row.site_id, row.source_key), (first.site_id, first.source_key)))
    if row.ruled_same and not ruled:
        return False
    return ruled or now is None or earlier is None or same(earlier, now) is None


def merged(site: OldSite) -> dict[str, str]:
    """Return source key → with what it shares its page and why, of all twins of a site."""
    rows = standing(Imported.objects.filter(site=site, same_as__isnull=False, page__isnull=False))
    rows = rows.select_related("same_as", "page").order_by("source_key")
    return {row.source_key: _told(row) for row in rows.defer("evidence", "same_as__evidence")}


def parting(site: OldSite) -> dict[str, str]:
    """Return source key → what another site's address lacks that shares a page of this site and differs by now."""
    rows = standing(Imported.objects.filter(same_as__site=site, page__isnull=False).exclude(site=site))
    rows = rows.select_related("site", "same_as").order_by("source_key")
    apart = ruled_apart()
    message = _("{url} shares this page and is no longer the same: the next import of “{site}” gives it its own.")
    return {
        row.same_as.source_key: message.format(url=row.source_key, site=row.site.slug)
        for row in rows.defer("evidence", "same_as__evidence")
        if parted(row, apart)
    }


def _told(row: Imported) -> str:
    earlier, now = print_of_row(row.same_as), print_of_row(row)
    why = same(earlier, now) if earlier is not None and now is not None else None
    message = _("Same as {url}; both lead to the page “{title}”. {why}")
    return message.format(url=row.same_as.source_key, title=row.page.draft_title, why=_why(why, ruled=row.ruled_same))


def _why(why: Same | None, *, ruled: bool) -> str:
    if why is None and ruled:
        return _("Somebody ruled that it is the same.")
    if why is None:
        return _("By now they differ: the next import gives it a page of its own.")
    if why.number:
        return _("Same document number {number}, text {percent}% alike.").format(number=why.number, percent=why.percent)
    return _("Same title, same days, text {percent}% alike.").format(percent=why.percent)
