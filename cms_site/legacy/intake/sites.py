"""Which site is moving: its row, its hosts, its URL rules. When the rules change, or the form that
canonical URLs have, everything is re-keyed at once.
"""

from collections.abc import Callable, Iterable

from django.db import models, transaction
from django.db.models import F
from wagtail.models import Page

from cms_site.legacy.actor import system_user
from cms_site.legacy.addresses import page_at
from cms_site.legacy.models import Decision, DecisionLine, Imported, OldHost, OldSite, OldUrl, UnknownHit
from migrate import embedded
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.records import Finding, Level
from migrate.urls import KEY_FORMAT, UrlRules, canonical, fold_host, host_of


def require_page(path: str) -> Page:
    """Return the page at a portal path. Raises ShangyiError where the portal has none."""
    page = page_at(path)
    if page is None:
        raise ShangyiError(
            _("The portal has no page at {path}.").format(path=path),
            _("Build its columns first: shangyi cms build"),
        )
    return page


@transaction.atomic
def sync_site(config: SiteConfig) -> tuple[OldSite, list[Finding]]:
    """Create or update the site's row and hosts; re-key its addresses if the URL rules changed, or the
    form of canonical URLs.
    """
    identity, urls = config.site, config.site.urls
    site = OldSite.every.filter(slug=identity.id).first()
    before = (site.url_rules, site.key_format) if site else None
    site = site or OldSite(slug=identity.id)
    site.name, site.url, site.unit, site.site_code = identity.name, identity.url, identity.unit, identity.site_code
    site.channel = require_page(identity.channel)
    site.case_sensitive = urls.case_sensitive
    site.keep_query = None if urls.keep_query is None else list(urls.keep_query)
    site.default_documents, site.fold_slash = list(urls.default_documents), urls.fold_slash
    leads = identity.redirects
    site.target_hosts = sorted(map(fold_host, leads.hosts))
    site.otherwise, site.otherwise_base, site.append_path = leads.otherwise, leads.base, leads.append_path
    site.key_format = KEY_FORMAT
    site.save()
    if not site.is_policy:  # nobody asks the portal for the central portal's addresses
        _sync_hosts(site, {host_of(identity.url), *map(fold_host, identity.aliases)})
    rules = site.url_rules
    findings = _rekey(site, rules) if before is not None and before != (rules, KEY_FORMAT) else []
    return site, findings


def _sync_hosts(site: OldSite, names: set[str]) -> None:
    taken = OldHost.objects.filter(name__in=names).exclude(site=site).select_related("site").first()
    if taken is not None:
        raise ShangyiError(
            _("The host {host} already belongs to the site “{site}”.").format(host=taken.name, site=taken.site.slug),
            _("A host can belong to one site only: correct url and aliases in the YAML."),
        )
    site.hosts.exclude(name__in=names).delete()
    OldHost.objects.bulk_create([OldHost(name=name, site=site) for name in sorted(names)], ignore_conflicts=True)


def _rekey(site: OldSite, rules: UrlRules) -> list[Finding]:
    """Write all keys of a site anew under changed rules. Rows that become one are settled by `_best` and reported."""
    findings: list[Finding] = []
    new_key = _new_keys(site, rules)
    for rows, name in (
        (OldUrl.objects.filter(site=site), "canonical"),
        (Imported.objects.filter(site=site), "source_key"),
        (Decision.objects.filter(site=site), "canonical"),
        (UnknownHit.objects.filter(site=site), "canonical"),
    ):
        groups: dict[str, list[models.Model]] = {}
        for row in rows.iterator():
            groups.setdefault(new_key(getattr(row, name)), []).append(row)
        _write_keys(groups, name, findings)
    for line in DecisionLine.objects.filter(batch__site=site).exclude(canonical="").only("canonical").iterator():
        if (key := new_key(line.canonical)) != line.canonical:  # a batch can still be undone
            DecisionLine.objects.filter(pk=line.pk).update(canonical=key)
    return findings


def _new_keys(site: OldSite, rules: UrlRules) -> Callable[[str], str]:
    """Return a function: key → what it is under changed rules, by the original spelling where one is kept: rules that
    tell more apart than before find there what the key has lost.
    """
    spelled = dict(OldUrl.objects.filter(site=site).exclude(url=F("canonical")).values_list("canonical", "url"))

    def new_key(key: str) -> str:
        found = key_under(spelled.get(key, key), rules)
        return found if rules.owns(host_of(found)) else key_under(key, rules)

    return new_key


def _write_keys(groups: dict[str, list[models.Model]], name: str, findings: list[Finding]) -> None:
    changed = []
    for key, rows in groups.items():
        kept, *others = sorted(rows, key=_best)
        for other in others:
            if isinstance(kept, UnknownHit):
                _add_hits(kept, other)  # nothing to report: nobody knows either
                other.delete()
                continue
            if isinstance(kept, OldUrl):
                _keep_history(kept, other)
            elif isinstance(other, Imported):
                _hand_over(other)
            findings.append(
                Finding(
                    Level.WARNING,
                    "import.same-address",
                    key,
                    _("Under the new URL rules {old} is the same address; its row was dropped.").format(old=other),
                    _("If it had a page of its own, that page stands in the portal: look whether it is wanted."),
                )
            )
            other.delete()
        if getattr(kept, name) != key:
            setattr(kept, name, key)
            changed.append(kept)
    if changed:
        # two steps, so that no new key meets an old one that is about to change
        model = type(changed[0])
        for row in changed:
            model.objects.filter(pk=row.pk).update(**{name: f"rekey:{row.pk}"})
        model.objects.bulk_update(changed, [name], batch_size=500)


def _hand_over(row: Imported) -> None:
    """Leave a page that others share with a dropped row to one of them."""
    from cms_site.legacy.intake.twins import heir_of, take_over

    if row.page is not None and (heir := heir_of(row)) is not None:
        take_over(heir, row, system_user())


def key_under(url: str, rules: UrlRules) -> str:
    """Return a URL's canonical form; itself where it is longer than an address may be."""
    try:
        return embedded.key_under(url, rules) if embedded.is_embedded(url) else canonical(url, rules)
    except ValueError:
        return url


def _keep_history(kept: OldUrl, dropped: OldUrl) -> None:
    """Take over what visitors and people did at an address that is no more: its hits, and that it was withdrawn."""
    _add_hits(kept, dropped)
    if kept.withdrawn_at is None:
        for name in ("withdrawn_at", "withdrawn_reason", "withdrawn_by_id"):
            setattr(kept, name, getattr(dropped, name))
    kept.save(update_fields=["hits", "withdrawn_at", "withdrawn_reason", "withdrawn_by"])


def _add_hits(kept: OldUrl | UnknownHit, dropped: OldUrl | UnknownHit) -> None:
    kept.hits += dropped.hits
    kept.log_hits += dropped.log_hits
    kept.save(update_fields=["hits", "log_hits"])


def _best(row: models.Model) -> tuple[int, int]:
    """Order of rows that become one: the newest decision; what has its own page; else moved before all others, then
    the older row.
    """
    if isinstance(row, Decision):
        return 0, -int(row.decided_at.timestamp())
    if isinstance(row, Imported):
        return int(row.same_as_id is not None), row.pk
    outcomes: Iterable[str] = OldUrl.Outcome.values
    return (list(outcomes).index(row.outcome) if isinstance(row, OldUrl) else 0, row.pk)
