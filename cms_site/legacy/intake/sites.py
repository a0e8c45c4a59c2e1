"""Which site is moving: its row, its hosts, its URL rules. When the rules change, everything is re-keyed at once."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from wagtail.models import Page, Site

from cms_site.legacy.models import Decision, Imported, OldHost, OldSite, OldUrl, UnknownHit
from migrate import embedded
from migrate.config import SiteConfig
from migrate.errors import ShangyiError
from migrate.i18n import _
from migrate.records import Finding, Level
from migrate.urls import UrlRules, canonical, fold_host, host_of

SYSTEM_USER = "shangyi"
"""The named user under which import writes, in page history and audit log. It can't log in."""


def system_user() -> AbstractBaseUser:
    """Return the user under whose name import writes."""
    user, created = get_user_model().objects.get_or_create(username=SYSTEM_USER)
    if created:
        user.set_unusable_password()
        user.is_active = False
        user.save()
    return user


def page_at(path: str) -> Page | None:
    """Return the page at a portal path such as /towns/dahe/notices/, or None."""
    root = Site.objects.select_related("root_page").get(is_default_site=True).root_page
    inside = path.strip("/")
    if not inside:
        return root
    # Wagtail has an index on slugs alone, which the last part of a path is
    slug = inside.rpartition("/")[2]
    return Page.objects.filter(slug=slug, url_path=f"{root.url_path}{inside}/").first()


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
    """Create or update the site's row and hosts; re-key all its addresses if the URL rules changed."""
    identity, urls = config.site, config.site.urls
    site = OldSite.objects.filter(slug=identity.id).first()
    before = site.url_rules if site else None
    site = site or OldSite(slug=identity.id)
    site.name, site.url, site.unit, site.site_code = identity.name, identity.url, identity.unit, identity.site_code
    site.channel = require_page(identity.channel)
    site.case_sensitive = urls.case_sensitive
    site.keep_query = None if urls.keep_query is None else list(urls.keep_query)
    site.default_documents, site.fold_slash = list(urls.default_documents), urls.fold_slash
    leads = identity.redirects
    site.target_hosts = sorted(map(fold_host, leads.hosts))
    site.otherwise, site.otherwise_base, site.append_path = leads.otherwise, leads.base, leads.append_path
    site.save()
    _sync_hosts(site, {host_of(identity.url), *map(fold_host, identity.aliases)})
    rules = site.url_rules
    findings = _rekey(site, rules) if before is not None and before != rules else []
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
    for rows, name in (
        (OldUrl.objects.filter(site=site), "canonical"),
        (Imported.objects.filter(site=site), "source_key"),
        (Decision.objects.filter(site=site), "canonical"),
        (UnknownHit.objects.filter(site=site), "canonical"),
    ):
        groups: dict[str, list[models.Model]] = {}
        for row in rows.iterator():
            groups.setdefault(key_under(getattr(row, name), rules), []).append(row)
        _write_keys(groups, name, findings)
    return findings


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
