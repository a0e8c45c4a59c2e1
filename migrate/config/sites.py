"""`mappings/sites/<site>.yaml`: how one old site moves (design §6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from migrate.config import strict
from migrate.config.portal import PortalConfig
from migrate.config.rules import Rule, check_field, check_glob, check_rules
from migrate.errors import ConfigError
from migrate.http.hours import parse_hours
from migrate.i18n import _
from migrate.urls import DEFAULT_DOCUMENTS, UrlRules, fold_host, host_of

POLICY_SITE = "policy"
"""Id under which notices of the central portal are imported. It is no old site: the portal answers for none of its
addresses, and no file in mappings/sites/ may have it."""


@dataclass(frozen=True, slots=True)
class UrlOptions:
    """How the site's addresses are told apart, from `map` on."""

    case_sensitive: bool = False
    keep_query: tuple[str, ...] | None = None
    default_documents: tuple[str, ...] = DEFAULT_DOCUMENTS
    fold_slash: bool = False
    """Whether `/a/` is `/a`."""


@dataclass(frozen=True, slots=True)
class RedirectOptions:
    """Where the site's addresses may lead, and what those do that nobody knows."""

    hosts: tuple[str, ...] = ()
    """Hosts beside the portal's own that its addresses may lead to."""
    otherwise: Literal["", "channel", "archive"] = ""
    """Addresses that no row knows: not found; to the channel; to the archived pages."""
    base: str = ""
    """Where to instead of the channel, or of the portal's archived pages: an address on an allowed host."""
    append_path: bool = False
    """Whether the path asked for, with its query, is put behind that address."""


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """Which site it is and where in the portal it lives."""

    id: str
    name: str = field(metadata=strict.FILLED)
    url: str
    channel: str
    aliases: tuple[str, ...] = ()
    site_code: str = ""
    unit: str = ""
    family: str = "auto"
    urls: UrlOptions = UrlOptions()
    redirects: RedirectOptions = RedirectOptions()
    others: tuple[str, ...] = field(default=(), metadata={"hidden": True})
    """Hosts that are asked besides, each with addresses of its own. No site file names them: `config.policy` does."""
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class HarvestOptions:
    """How to fetch. Rates are requests a second to one host."""

    rate: float = 2.0
    concurrency: int = 4
    exclude: tuple[str, ...] = ()
    """Path globs never fetched; what they match is undecided."""
    limit: int = 200_000
    """Most URLs fetched in one capture."""
    max_bytes: int = 200_000_000
    """Largest body kept, in bytes."""
    timeout: float = 15.0
    """Seconds for one response (domain.md §2.2, VETO-2)."""
    max_total: int = 100_000_000_000
    """Most bytes of bodies in one capture; what is under way when they are reached still ends."""
    hours: str = ""
    """`20:00-07:00`, Beijing time: when the old site may be asked; empty: always."""
    robots: Literal["obey", "waived"] = "obey"
    """`waived`: the owner of the site allowed it; recorded in the capture."""
    tls: Literal["strict", "any"] = "strict"
    """`any`: certificates that nobody vouches for and TLS 1.0 will do; what was wrong is a finding."""
    contact: str = ""
    """Whom the old site's people can turn to; where it is empty, `load_site` puts the portal's contact and host."""
    browser: Literal["off", "empty", "all"] = "off"
    """Which pages a real browser sees: those that are empty without their scripts, or all."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """host → address or address:port, for hosts without DNS or on the intranet."""
    folders: Mapping[str, str] = field(default_factory=dict)
    """For `harvest --from`: folder of a backup or mirror → where it lay on the site, as path or URL."""


Followed = Literal[
    "title", "published", "written_on", "source", "author", "document_number", "policy_head", "body", "attachments"
]
"""What can follow the old site on a page that an editor changed."""


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How an import treats what stands in the portal."""

    overwrite: tuple[Followed, ...] = ()
    """Fields of pages that an editor changed which follow the old site all the same, unless the editor changed them."""


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """All of one site's YAML."""

    site: SiteIdentity
    harvest: HarvestOptions = HarvestOptions()
    intake: IntakeOptions = field(default=IntakeOptions(), metadata={"key": "import"})
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @property
    def url_rules(self) -> UrlRules:
        """Return the site's rules for canonical URLs; `.cautious()` for the harvest."""
        urls = self.site.urls
        return UrlRules(
            host=host_of(self.site.url),
            aliases=frozenset(map(fold_host, self.site.aliases)),
            others=frozenset(map(fold_host, self.site.others)),
            case_sensitive=urls.case_sensitive,
            keep_query=urls.keep_query,
            default_documents=urls.default_documents,
            fold_slash=urls.fold_slash,
        )


CONFIGURABLE_FIELDS = ("title", "published", "written_on", "source", "author", "document_number", "body")
"""What a site file may say under `fields`: the rest is read from the head table and the breadcrumb alone."""
_ID = re.compile(r"(?!all$)[a-z0-9][a-z0-9_-]{0,63}")
_HOST = re.compile(r"(?=.{1,253}$)(?=.*[^\d])[^\s/:?#@\\]+")
ORIGINS = ("meta:", "text:", "css:")
"""How an origin under `fields` begins; the body takes `css:` alone."""


def load_site(path: Path, portal: PortalConfig) -> SiteConfig:
    """Return one site's mapping, checked against the portal. Raises ConfigError with file, line and nearest word."""
    node = strict.compose(path)
    config: SiteConfig = strict.build(path, node, SiteConfig)
    lines = {key: strict.line_of(key_node) for key, key_node, _value in strict.pairs(path, node)}
    site_line = lines["site"]
    if not _ID.fullmatch(config.site.id):
        hint = _("Small letters, digits, - and _; “all” means every site.")
        raise ConfigError(path, site_line, _("“{id}” can't be an id.").format(id=config.site.id), hint)
    if config.site.id == POLICY_SITE:
        hint = _("Rename the file, and the id in it.")
        raise ConfigError(path, site_line, _("“{id}” is kept for reposted notices.").format(id=POLICY_SITE), hint)
    if config.site.id != path.stem:
        raise ConfigError(
            path,
            site_line,
            _("The id “{id}” must be the file's name, “{name}”.").format(id=config.site.id, name=path.stem),
            _("Change the id, or rename the file."),
        )
    if not config.site.url.startswith(("http://", "https://")) or not _has_sound_port(config.site.url):
        raise ConfigError(path, site_line, _("“{url}” is no web address.").format(url=config.site.url), "http://…/")
    for host in (host_of(config.site.url), *config.site.aliases):
        _check_host(path, site_line, host, portal.portal.host)
    if "@" in urlsplit(config.site.url).netloc:
        reason = _("User and password do not belong into this file.")
        hint = _("Put them into the environment: docs/operator.md says how.")
        raise ConfigError(path, site_line, reason, hint)
    _check_redirects(path, site_line, config.site.redirects, portal.portal.host)
    if "harvest" in lines:
        _check_harvest(path, lines["harvest"], config.harvest)
        _check_folders(path, lines["harvest"], config)
    channel = portal.channel(config.site.channel)
    if channel is None:
        raise ConfigError(
            path,
            site_line,
            _("The portal has no channel “{channel}”.").format(channel=config.site.channel),
            strict.did_you_mean(config.site.channel, (known.path for known in portal.channels)),
        )
    for glob in config.harvest.exclude:
        check_glob(path, lines["harvest"], glob)
    check_rules(path, config.rules, {column.slug: column for column in portal.channel_columns(channel)})
    for name, origins in config.fields.items():
        check_field(path, lines["fields"], name, CONFIGURABLE_FIELDS)
        _check_origins(path, lines["fields"], name, origins)
    if config.harvest.contact:
        return config
    return replace(config, harvest=replace(config.harvest, contact=portal.portal.whom_to_ask))


def _has_sound_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False  # no number, or too large a one


def _check_host(path: Path, line: int, host: str, portal_host: str) -> None:
    folded = host_of(f"http://{host}/") if _HOST.fullmatch(host) else ""
    if not folded:
        hint = _("Write the bare host name, without http:// and without a path.")
        raise ConfigError(path, line, _("“{host}” is no host name.").format(host=host), hint)
    if folded == host_of(f"http://{portal_host}/"):
        raise ConfigError(
            path,
            line,
            _("“{host}” is the portal's own host.").format(host=host),
            _("As an old host it would answer in the portal's place: take it out."),
        )


def _check_redirects(path: Path, line: int, options: RedirectOptions, portal_host: str) -> None:
    for host in options.hosts:
        if not _HOST.fullmatch(host) or not host_of(f"http://{host}/"):
            hint = _("Write the bare host name, without http:// and without a path.")
            raise ConfigError(path, line, _("“{host}” is no host name.").format(host=host), hint)
    if not options.otherwise and (options.base or options.append_path):
        reason = _("“base” and “append_path” say where unknown addresses go: “otherwise” must say that they go.")
        raise ConfigError(path, line, reason, "otherwise: channel")
    if options.otherwise == "archive" and options.append_path and not options.base:
        reason = _("The portal's list of archived pages has no paths to append to.")
        raise ConfigError(path, line, reason, _("Name the archive with “base”, or take “append_path” out."))
    if options.base:
        host = host_of(options.base)
        allowed = {host_of(f"http://{name}/") for name in (portal_host, *options.hosts)}
        if not options.base.startswith(("http://", "https://")) or host not in allowed:
            reason = _("“{base}” is no address on a host that this site's addresses may lead to.")
            raise ConfigError(
                path, line, reason.format(base=options.base), _("Add its host to “hosts” under “redirects”.")
            )


def _check_harvest(path: Path, line: int, options: HarvestOptions) -> None:
    smallest = {"rate": 0, "concurrency": 1, "limit": 1, "max_bytes": 1, "max_total": 1, "timeout": 0.1}
    for name, least in smallest.items():
        if not getattr(options, name) >= least:
            reason = _("“{key}” must be at least {least}.").format(key=name, least=least)
            raise ConfigError(path, line, reason, strict.keys_hint())
    if options.hours and parse_hours(options.hours) is None:
        reason = _("“{hours}” are no hours.").format(hours=options.hours)
        raise ConfigError(path, line, reason, _("Write begin and end, Beijing time, like 20:00-07:00."))


def _check_folders(path: Path, line: int, config: SiteConfig) -> None:
    for place in config.harvest.folders.values():
        if not place.startswith("/") and not config.url_rules.owns(host_of(place)):
            raise ConfigError(
                path,
                line,
                _("“{place}” is no place on this site.").format(place=place),
                _("Write a path that begins with a slash, or an address of one of the site's own hosts."),
            )


def _check_origins(path: Path, line: int, name: str, origins: tuple[str, ...]) -> None:
    allowed = ("css:",) if name == "body" else ORIGINS
    for origin in origins:
        if not origin.startswith(allowed) or origin in allowed:
            raise ConfigError(
                path,
                line,
                _("“{origin}” does not say where “{name}” stands.").format(origin=origin, name=name),
                _("Begin with one of: {origins}").format(origins=", ".join(allowed)),
            )
