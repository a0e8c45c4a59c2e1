"""`mappings/portal.yaml`: the portal's templates, its columns and the standard channel."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from migrate.config import strict
from migrate.errors import ConfigError
from migrate.i18n import _

UNDECIDED_COLUMN = "undecided"
"""Slug of each channel's hidden column 待定: undecided articles wait there as drafts (design §7)."""

ADMINISTRATORS, COLUMN_EDITORS, POLICY_EDITORS = "县管理员", "栏目编辑", "政策编辑"
REVIEWERS = ("初审", "复审", "终审")
"""Groups of people that a build makes, beside one a channel."""


_SLUG = re.compile(r"[\w-]+")

PageType = Literal[
    "article", "policy", "interpretation", "leader", "organisation", "service", "letter", "consultation", "interview",
    "report",
]  # fmt: skip

RECORD_FIELDS = (
    "title", "published", "written_on", "source", "author", "document_number", "index_no", "subject_class",
    "issuer", "subject_words", "validity", "effective_on", "repeal_on", "body", "breadcrumb",
)  # fmt: skip
"""What is read from an old page."""

COMMON_FIELDS = (
    "title", "subtitle", "published", "source", "author", "editor", "keywords", "document_number", "written_on", "body",
)  # fmt: skip
OWN_FIELDS: Mapping[PageType, tuple[str, ...]] = {
    "article": ("valid_until", "updated_on"),
    "policy": (
        "index_no", "subject_class", "issuer", "subject_words", "validity", "effective_on", "repeal_on",
        "invalid_reason", "source_url", "source_published_at", "reposted_at",
    ),
    "interpretation": ("form", "policy"),
    "leader": ("positions", "work", "resume", "photo", "rank"),
    "organisation": ("principal", "address", "office_hours", "phone", "internal_bodies"),
    "service": (
        "basis", "conditions", "materials", "process", "place", "hours", "phone", "time_limit", "fees", "online_url",
    ),
    "letter": ("kind", "question", "asked_on", "reply", "replied_on", "reply_unit", "satisfaction"),
    "consultation": ("kind", "starts_on", "ends_on", "idea_count", "feedback"),
    "interview": ("held_at", "guests", "presenter", "organiser", "handler", "video_url", "status"),
    "report": ("kind", "unit", "year", "period", "frequency"),
}  # fmt: skip
"""What pages of each type have besides the common fields (domain rules §8)."""


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of column (栏目模板): its page type, META ColumnType, update clock and required fields."""

    title: str
    page: PageType = "article"
    column_type: str = "工作动态"
    clock_days: int | None = None
    require: tuple[str, ...] = ("title",)
    """Without these an article of an old site is undecided; an editor must fill them, too."""
    fill: tuple[str, ...] = ()
    """What an editor must fill besides; no old page says it for certain, so none waits for it."""
    line: int = field(default=0, metadata={"hidden": True})

    @property
    def required(self) -> tuple[str, ...]:
        """Return what an editor must fill before a page is published."""
        return tuple(dict.fromkeys((*self.require, *self.fill)))


@dataclass(frozen=True, slots=True)
class Column:
    """A place in the portal tree."""

    slug: str
    title: str = field(metadata=strict.FILLED)
    template: str
    hidden: bool = False
    required: bool = False
    """An inspection asks for it: left empty, it is a finding."""
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Channel:
    """A township's or department's own subtree; it gets the standard columns."""

    path: str
    title: str = field(metadata=strict.FILLED)
    unit: str = ""
    cut: tuple[str, ...] = ()
    """Standard columns that this channel does without."""
    add: tuple[Column, ...] = ()
    line: int = field(default=0, metadata={"hidden": True})

    @property
    def slug(self) -> str:
        """Return the last part of its path."""
        return self.path.strip("/").rsplit("/", 1)[-1]

    @property
    def contributors(self) -> str:
        """Return the name of the group of people who write for it."""
        return f"{self.title} · 供稿"


@dataclass(frozen=True, slots=True)
class Group:
    """A folder of channels, e.g. /towns/ 乡镇."""

    slug: str
    title: str = field(metadata=strict.FILLED)
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Section:
    """Columns of the portal's own under one roof, e.g. /disclosure/ 政府信息公开."""

    slug: str
    title: str = field(metadata=strict.FILLED)
    columns: tuple[Column, ...]
    introduction: str = ""
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class PortalIdentity:
    """What the head and foot of every page say."""

    name: str
    host: str
    site_code: str = ""
    unit: str = ""
    contact: str = ""
    description: str = ""
    icp: str = ""
    police_record: str = ""

    @property
    def whom_to_ask(self) -> str:
        """Return whom other people's administrators can turn to: contact and host."""
        return f"{self.contact} {self.host}".strip()


@dataclass(frozen=True, slots=True)
class PortalConfig:
    """All of portal.yaml."""

    portal: PortalIdentity
    templates: Mapping[str, Template]
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    standard_channel: tuple[Column, ...]
    channels: tuple[Channel, ...]
    sections: tuple[Section, ...] = ()
    merge: Literal["portal", "channel", "site", "off"] = "channel"
    """Within what the same thing becomes one page."""

    def channel(self, path: str) -> Channel | None:
        """Return the channel at a portal path such as /towns/dahe/, or None."""
        return next((channel for channel in self.channels if channel.path == path), None)

    def channel_columns(self, channel: Channel) -> Iterator[Column]:
        """Yield the columns of a channel: the standard ones less what it cuts, then its own."""
        yield from (column for column in self.standard_channel if column.slug not in channel.cut)
        yield from channel.add

    def paths(self) -> Iterator[str]:
        """Yield the portal path of every page that a build makes, e.g. /towns/dahe/notices/, parents first."""
        yield "/"
        yield from (f"/{column.slug}/" for column in self.columns)
        for section in self.sections:
            yield f"/{section.slug}/"
            yield from (f"/{section.slug}/{column.slug}/" for column in section.columns)
        yield from (f"/{group.slug}/" for group in self.groups)
        for channel in self.channels:
            yield channel.path
            yield from (f"{channel.path}{column.slug}/" for column in self.channel_columns(channel))

    def templates_by_path(self) -> Iterator[tuple[str, str]]:
        """Yield (portal path, template) of every column."""
        yield from ((f"/{column.slug}/", column.template) for column in self.columns)
        for section in self.sections:
            yield from ((f"/{section.slug}/{column.slug}/", column.template) for column in section.columns)
        for channel in self.channels:
            yield from ((f"{channel.path}{column.slug}/", column.template) for column in self.channel_columns(channel))

    def role_names(self) -> tuple[str, ...]:
        """Return the groups of people that a build makes."""
        channels = (channel.contributors for channel in self.channels)
        return (ADMINISTRATORS, COLUMN_EDITORS, POLICY_EDITORS, *channels, *REVIEWERS)


def load_portal(path: Path) -> PortalConfig:
    """Return portal.yaml, checked: templates name fields of their page type, columns templates, channels groups.

    Raises ConfigError.
    """
    portal: PortalConfig = strict.load(path, PortalConfig)
    for template in portal.templates.values():
        _check_fields(path, template)
        if template.clock_days is not None and template.clock_days < 1:
            reason = _("“{key}” must be at least {least}.").format(key="clock_days", least=1)
            raise ConfigError(path, template.line, reason, _("Without the line, there is no clock."))
    columns = [
        *portal.columns,
        *(c for section in portal.sections for c in section.columns),
        *portal.standard_channel,
        *(c for ch in portal.channels for c in ch.add),
    ]
    for column in columns:
        if column.template not in portal.templates:
            raise ConfigError(
                path,
                column.line,
                _("The template “{template}” is not known.").format(template=column.template),
                strict.did_you_mean(column.template, portal.templates),
            )
    groups = {group.slug for group in portal.groups}
    for channel in portal.channels:
        parts = channel.path.strip("/").split("/")
        if len(parts) != 2 or parts[0] not in groups or channel.path != f"/{parts[0]}/{parts[1]}/":
            raise ConfigError(
                path,
                channel.line,
                _("“{path}” is no channel path.").format(path=channel.path),
                _("Write /group/name/; groups: {groups}").format(groups=", ".join(sorted(groups))),
            )
        _check_channel(path, portal, channel)
    _check_slugs(path, (*portal.columns, *portal.sections, *portal.groups))
    for section in portal.sections:
        _check_slugs(path, section.columns)
    _check_once(path, [(channel.path, channel.line) for channel in portal.channels])
    return portal


def _check_channel(path: Path, portal: PortalConfig, channel: Channel) -> None:
    """Raise ConfigError where a channel cuts what it would not have, has a column twice, or none for what waits."""
    standard = [column.slug for column in portal.standard_channel]
    for slug in channel.cut:
        if slug not in standard:
            reason = _("The standard channel has no column “{column}”.").format(column=slug)
            line = strict.line_of_value(path, channel.line, slug)
            raise ConfigError(path, line, reason, strict.did_you_mean(slug, standard))
    columns = tuple(portal.channel_columns(channel))
    _check_slugs(path, columns)
    if not any(column.slug == UNDECIDED_COLUMN and column.hidden for column in columns):
        reason = _("The channel “{channel}” has no hidden column “{column}”, where undecided articles wait.")
        example = f"{{slug: {UNDECIDED_COLUMN}, title: 待定, template: …, hidden: true}}"
        raise ConfigError(path, channel.line, reason.format(channel=channel.path, column=UNDECIDED_COLUMN), example)


def _check_slugs(path: Path, places: Collection[Column | Section | Group]) -> None:
    """Raise ConfigError where a place can't have its name in addresses, or shares it with one beside it."""
    for place in places:
        if not _SLUG.fullmatch(place.slug):
            reason = _("“{slug}” can't be part of an address.").format(slug=place.slug)
            raise ConfigError(path, place.line, reason, _("Letters, digits, - and _; no blanks, no slash."))
    _check_once(path, [(place.slug, place.line) for place in places])


def _check_once(path: Path, named: Iterable[tuple[str, int]]) -> None:
    seen: dict[str, int] = {}
    for name, line in named:
        if name in seen:
            reason = _("“{name}” stands here a second time.").format(name=name)
            hint = _("The first is on line {line}. Keep one of them.").format(line=seen[name])
            raise ConfigError(path, line, reason, hint)
        seen[name] = line


def _check_fields(path: Path, template: Template) -> None:
    """Raise ConfigError where a template asks for what no old page gives, or for what its own pages don't have."""
    asked = ((template.require, RECORD_FIELDS), (template.fill, (*COMMON_FIELDS, *OWN_FIELDS[template.page])))
    for names, known in asked:
        for name in names:
            if name not in known:
                raise ConfigError(
                    path,
                    strict.line_of_value(path, template.line, name),
                    _("“{name}” is no field that can be asked for here.").format(name=name),
                    strict.did_you_mean(name, known),
                )
