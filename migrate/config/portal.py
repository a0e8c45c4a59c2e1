"""`mappings/portal.yaml`: the portal's templates, its columns and the standard channel."""

from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of column (栏目模板): its page type, META ColumnType, update clock and required fields."""

    title: str
    page: Literal["article", "policy"] = "article"
    column_type: str = "工作动态"
    clock_days: int | None = None
    require: tuple[str, ...] = ("title",)


@dataclass(frozen=True, slots=True)
class Column:
    """A place in the portal tree."""

    slug: str
    title: str
    template: str
    hidden: bool = False
    line: int = field(default=0, metadata={"hidden": True})


@dataclass(frozen=True, slots=True)
class Channel:
    """A township's or department's own subtree; it gets the standard columns."""

    path: str
    title: str
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
    title: str


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
        yield from (f"/{group.slug}/" for group in self.groups)
        for channel in self.channels:
            yield channel.path
            yield from (f"{channel.path}{column.slug}/" for column in self.channel_columns(channel))

    def role_names(self) -> tuple[str, ...]:
        """Return the groups of people that a build makes."""
        channels = (channel.contributors for channel in self.channels)
        return (ADMINISTRATORS, COLUMN_EDITORS, POLICY_EDITORS, *channels, *REVIEWERS)


def load_portal(path: Path) -> PortalConfig:
    """Return portal.yaml, checked: every column's template exists, every channel's group exists. Raises ConfigError."""
    portal: PortalConfig = strict.load(path, PortalConfig)
    columns = [*portal.columns, *portal.standard_channel, *(c for ch in portal.channels for c in ch.add)]
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
    return portal
