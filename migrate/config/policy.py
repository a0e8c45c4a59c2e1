"""`mappings/policy.yaml`: whose notices are watched, how their lists are read, which column receives them, by when."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from migrate.config import strict
from migrate.config.portal import PortalConfig
from migrate.config.sites import POLICY_SITE, SiteConfig, SiteIdentity, UrlOptions
from migrate.errors import ConfigError
from migrate.i18n import _
from migrate.urls import fold_host, host_of

_NAME = "国务院重要政策信息"
_NOWHERE = "http://policy.invalid/"
"""A host that nobody has (RFC 2606): the site of notices has no home page of its own."""
_DURATION = re.compile(r"([1-9]\d{0,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HOST = re.compile(r"(?=.{1,253}$)(?=.*\.)[^\s/:?#@\\*]+")
_LONGEST = timedelta(days=366)

Form = Literal["json", "feed", "html"]


@dataclass(frozen=True, slots=True)
class ListSpec:
    """A list page or feed of a source, and where in it the lines stand."""

    url: str
    form: Form
    """`json`: key paths; `feed`: RSS or Atom, which need none; `html`: CSS selectors."""
    items: str = ""
    """Where the lines are: `data.list` (empty: the document itself is the array), or a selector: `ul.list > li`."""
    title: str = ""
    """Within a line. In HTML, without it: the link's `title`, else its text."""
    link: str = ""
    """Within a line. In HTML, without it: the first link."""
    published: str = ""
    """Within a line. In HTML, without it: the line's own text."""
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Source:
    """One portal whose notices are reposted."""

    id: str
    name: str
    """What visitors are told the notice comes from."""
    lists: tuple[ListSpec, ...]
    column: str = "/state-council/"
    """Portal path of the column that receives them."""
    repost_within: str = "24h"
    """Wall-clock time, weekends and holidays included."""
    interval: str = "15m"
    """How often `--watch` asks its lists."""
    publish: bool = False
    """Whether a notice goes live at once; else it is a draft."""
    since: str = ""
    """ISO date: nothing older is reposted. Empty: nothing whose deadline was over when it was first asked."""
    hosts: tuple[str, ...] = ()
    """Hosts beside those of its lists on which its notices, their files and pictures may lie. No other is asked."""
    robots: Literal["obey", "waived"] = "obey"
    """`waived`: its owner allowed it."""
    enabled: bool = True
    line: int = field(default=0, metadata={"hidden": True})

    @property
    def within(self) -> timedelta:
        """Return how soon its notices must be reposted."""
        return duration(self.repost_within)

    @property
    def gap(self) -> timedelta:
        """Return the time between two asks of its lists."""
        return duration(self.interval)

    @property
    def own_hosts(self) -> frozenset[str]:
        """Return all hosts that may be asked for its sake."""
        return frozenset((*(host_of(spec.url) for spec in self.lists), *map(fold_host, self.hosts)))


@dataclass(frozen=True, slots=True)
class Reminders:
    """Who is told of deadlines, and when."""

    before: tuple[str, ...] = ("4h", "1h")
    """How long before a deadline."""
    mail: tuple[str, ...] = ()
    """Addresses beside those of the policy editors."""
    webhook: str = ""
    """Address that is told, too."""


@dataclass(frozen=True, slots=True)
class PolicyConfig:
    """All of policy.yaml."""

    sources: tuple[Source, ...]
    reminders: Reminders = Reminders()
    rate: float = 1.0
    """Requests a second to one host."""
    timeout: float = 15.0
    """Seconds of silence after which an answer is given up."""
    max_bytes: int = 50_000_000
    """Largest page or file that is taken."""
    follow: str = "30d"
    """How long a notice's source is asked again after it was first seen."""
    contact: str = ""
    """Whom the sources' people can turn to; where it is empty, the portal's contact and host."""
    resolve: Mapping[str, str] = field(default_factory=dict)
    """host → address or address:port, for hosts without DNS or on the intranet."""

    @property
    def followed_for(self) -> timedelta:
        """Return how long a notice's source is asked again."""
        return duration(self.follow)

    @property
    def remind(self) -> tuple[timedelta, ...]:
        """Return how long before a deadline to remind."""
        return tuple(map(duration, self.reminders.before))

    @property
    def mail(self) -> tuple[str, ...]:
        """Return addresses that are reminded beside those of the policy editors."""
        return self.reminders.mail

    @property
    def webhook(self) -> str:
        """Return the address that is told, too; empty: none."""
        return self.reminders.webhook

    @property
    def active(self) -> tuple[Source, ...]:
        """Return the sources that are asked."""
        return tuple(source for source in self.sources if source.enabled)

    @property
    def hosts(self) -> frozenset[str]:
        """Return all hosts that may be asked, those of sources that are switched off left out."""
        return frozenset(host for source in self.active for host in source.own_hosts)

    def source(self, name: str) -> Source | None:
        """Return a source by its id, or None."""
        return next((source for source in self.sources if source.id == name), None)

    def source_of(self, host: str) -> Source | None:
        """Return the first source that may ask a host, or None."""
        return next((source for source in self.active if host in source.own_hosts), None)

    def site(self, portal: PortalConfig) -> SiteConfig:
        """Return the notices as if they were a site, for archive, extraction and import.

        None of its hosts folds into another, and its own host is nobody's: keys are the addresses at the sources.
        """
        urls = UrlOptions(case_sensitive=True, default_documents=())
        every = tuple(sorted({host for source in self.sources for host in source.own_hosts}))
        return SiteConfig(
            SiteIdentity(POLICY_SITE, _NAME, _NOWHERE, channel="/", unit=portal.portal.unit, urls=urls, others=every)
        )


def duration(text: str) -> timedelta:
    """Return what `90s`, `15m`, `24h` or `30d` means. Raises ValueError for anything else, and for more than a year."""
    found = _DURATION.fullmatch(text)
    length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if length is None or length > _LONGEST:
        raise ValueError(text)
    return length


def load_policy(path: Path, portal: PortalConfig) -> PolicyConfig:
    """Return policy.yaml, checked against the portal. Raises ConfigError with file, line and nearest word."""
    node = strict.compose(path)
    config: PolicyConfig = strict.build(path, node, PolicyConfig)
    lines = {key: strict.line_of(key_node) for key, key_node, _value in strict.pairs(path, node)}
    _check_whole(path, lines, config)
    for source in config.sources:
        _check_source(path, source, portal)
    for first, second in _pairs([source.id for source in config.sources]):
        line = config.sources[second].line
        reason = _("The id “{id}” stands here a second time.").format(id=config.sources[first].id)
        raise ConfigError(path, line, reason, _("Give each source an id of its own."))
    specs = [spec for source in config.sources for spec in source.lists]
    for first, second in _pairs([spec.url for spec in specs]):
        reason = _("The list {url} stands here a second time.").format(url=specs[first].url)
        raise ConfigError(path, specs[second].line, reason, _("One source reads it: take the other out."))
    return config


def _pairs(values: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of values that stand there twice."""
    first: dict[str, int] = {}
    for place, value in enumerate(values):
        if value in first:
            yield first[value], place
        first.setdefault(value, place)


def _check_whole(path: Path, lines: dict[str, int], config: PolicyConfig) -> None:
    for name, least in (("rate", 0.01), ("timeout", 0.1), ("max_bytes", 1000)):
        if not getattr(config, name) >= least:
            reason = _("“{key}” must be at least {least}.").format(key=name, least=least)
            raise ConfigError(path, lines.get(name, 1), reason, strict.keys_hint())
    _check_durations(path, lines.get("follow", 1), follow=(config.follow,))
    line = lines.get("reminders", 1)
    _check_durations(path, line, before=config.reminders.before)
    for address in config.reminders.mail:
        if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address):
            reason = _("“{address}” is no mail address.").format(address=address)
            raise ConfigError(path, strict.line_of_value(path, line, address), reason, "name@example.gov.cn")
    if config.reminders.webhook and not host_of(config.reminders.webhook):
        reason = _("“{url}” is no web address.").format(url=config.reminders.webhook)
        raise ConfigError(path, strict.line_of_value(path, line, config.reminders.webhook), reason, "https://…/")


def _check_durations(path: Path, start: int, **named: tuple[str, ...]) -> None:
    for name, texts in named.items():
        for text in texts:
            try:
                duration(text)
            except ValueError as error:
                reason = _("“{value}” is not what “{key}” takes.").format(value=text, key=name)
                hint = _("It takes {kind}.").format(kind="90s, 15m, 24h, 30d")
                raise ConfigError(path, strict.line_of_value(path, start, text), reason, hint) from error


def _check_source(path: Path, source: Source, portal: PortalConfig) -> None:
    if not _ID.fullmatch(source.id):
        hint = _("Small letters, digits, - and _; “all” means every site.")
        raise ConfigError(path, source.line, _("“{id}” can't be an id.").format(id=source.id), hint)
    _check_durations(path, source.line, repost_within=(source.repost_within,), interval=(source.interval,))
    if source.since:
        try:
            date.fromisoformat(source.since)
        except ValueError as error:
            reason = _("“{value}” is not what “{key}” takes.").format(value=source.since, key="since")
            line = strict.line_of_value(path, source.line, source.since)
            raise ConfigError(path, line, reason, _("It takes {kind}.").format(kind="2026-11-01")) from error
    _check_column(path, source, portal)
    if not source.lists:
        raise ConfigError(path, source.line, _("“{key}” is missing.").format(key="lists"), strict.keys_hint())
    for spec in source.lists:
        _check_list(path, spec)
    for host in (*(host_of(spec.url) for spec in source.lists), *source.hosts):
        _check_host(path, strict.line_of_value(path, source.line, host), host, portal)


def _check_column(path: Path, source: Source, portal: PortalConfig) -> None:
    line = strict.line_of_value(path, source.line, source.column)
    able = {
        place: template for place, template in portal.templates_by_path() if portal.templates[template].page == "policy"
    }
    if source.column in able:
        return
    if source.column in set(portal.paths()):
        reason = _("The column “{column}” takes no policy documents.").format(column=source.column)
        raise ConfigError(path, line, reason, _("Possible here: {words}").format(words=", ".join(sorted(able))))
    reason = _("The portal has no column “{column}”.").format(column=source.column)
    raise ConfigError(path, line, reason, strict.did_you_mean(source.column, able))


def _check_list(path: Path, spec: ListSpec) -> None:
    if not spec.url.startswith(("http://", "https://")) or not host_of(spec.url) or "@" in spec.url.split("/")[2]:
        raise ConfigError(path, spec.line, _("“{url}” is no web address.").format(url=spec.url), "https://…/")
    needed = {"json": ("title", "link", "published"), "html": ("items",), "feed": ()}[spec.form]
    for name in needed:
        if not getattr(spec, name):
            raise ConfigError(path, spec.line, _("“{key}” is missing.").format(key=name), strict.keys_hint())
    if spec.form == "feed" and (spec.items or spec.title or spec.link or spec.published):
        reason = _("A feed says itself where everything stands.")
        raise ConfigError(path, spec.line, reason, _("Leave out items, title, link and published."))
    if spec.form == "html":
        _check_selectors(path, spec)


def _check_selectors(path: Path, spec: ListSpec) -> None:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    for text in filter(None, (spec.items, spec.title, spec.link, spec.published)):
        try:
            LexborHTMLParser("<p>").css(text)
        except (SelectolaxError, ValueError) as error:
            line = strict.line_of_value(path, spec.line, text)
            reason = _("“{text}” is no CSS selector.").format(text=text)
            raise ConfigError(path, line, reason, "ul.list > li") from error


def _check_host(path: Path, line: int, host: str, portal: PortalConfig) -> None:
    if not _HOST.fullmatch(host) or not host_of(f"http://{host}/") or _is_address(host):
        hint = _("Write the bare host name, without http:// and without a path.")
        raise ConfigError(path, line, _("“{host}” is no host name.").format(host=host), hint)
    if host_of(f"http://{host}/") == host_of(f"http://{portal.portal.host}/"):
        reason = _("“{host}” is the portal's own host.").format(host=host)
        raise ConfigError(path, line, reason, _("The portal does not repost from itself: take it out."))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
