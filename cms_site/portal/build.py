"""portal.yaml → the portal's tree. Idempotent: it creates and updates columns, never touches content, never deletes."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from wagtail.models import Page, Site

from cms_site.portal.models import (
    CONTENT_MODELS,
    ArticlePage,
    ChannelPage,
    ColumnPage,
    ContentPage,
    GroupPage,
    HomePage,
    PortalIdentity,
    SectionPage,
)
from migrate.config import Column, PortalConfig
from migrate.errors import ShangyiError
from migrate.i18n import _

_IDENTITY_FIELDS = ("name", "unit", "contact", "description", "site_code", "icp", "police_record")


@dataclass(slots=True)
class BuildResult:
    """What one build did: portal paths such as /towns/dahe/notices/, each in exactly one of the first three lists."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    """Columns that must not be empty and are, although they were there before this build."""
    kept: list[str] = field(default_factory=list)
    """Columns whose template now asks for another type of page, and which hold pages of the old one: it stays."""


def build_portal(config: PortalConfig) -> BuildResult:
    """Create or update site, home page, columns, groups and channels, in one transaction.

    Returns what was created, updated and left as it was. Raises ShangyiError where a page of another type has a
    column's address.
    """
    with transaction.atomic():
        return _Build(config).run()


class _Build:
    """One build: the config, and the account of what it did."""

    def __init__(self, config: PortalConfig) -> None:
        self.config = config
        self.result = BuildResult()

    def run(self) -> BuildResult:
        home = self._home()
        self._site(home)
        for column in self.config.columns:
            self._column(home, "/", column)
        for section in self.config.sections:
            values = {"title": section.title, "introduction": section.introduction}
            page = self._place(home, f"/{section.slug}/", SectionPage, values)
            for column in section.columns:
                self._column(page, f"/{section.slug}/", column)
        groups = {
            group.slug: self._place(home, f"/{group.slug}/", GroupPage, {"title": group.title})
            for group in self.config.groups
        }
        for channel in self.config.channels:
            group = groups[channel.path.split("/")[1]]
            values = {"title": channel.title, "unit": channel.unit}
            page = self._place(group, channel.path, ChannelPage, values)
            for column in self.config.channel_columns(channel):
                self._column(page, channel.path, column)
        return self.result

    def _home(self) -> HomePage:
        root = Page.get_first_root_node()
        home = HomePage.objects.first()
        if home is None:
            home = root.add_child(instance=HomePage(title=self.config.portal.name, slug="portal"))
            self.result.created.append("/")
        else:
            self._update(home, "/", {"title": self.config.portal.name})
        return home

    def _site(self, home: HomePage) -> None:
        identity = self.config.portal
        site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
        welcome = site.root_page if site.pk else None
        site.hostname, site.site_name, site.root_page = identity.host, identity.name, home
        site.save()
        if welcome is not None and type(welcome.specific) is Page and welcome.is_leaf():
            # Wagtail's own first page, which nothing points to any more; an editor's page would have a type of ours.
            Page.objects.get(pk=welcome.pk).delete()
        marks, _created = PortalIdentity.objects.get_or_create(site=site)
        empty = [name for name in _IDENTITY_FIELDS if not getattr(marks, name)]
        for name in empty:  # what an editor filled in stays
            setattr(marks, name, getattr(identity, name))
        marks.save()

    def _column(self, parent: Page, path: str, column: Column) -> None:
        template = self.config.templates[column.template]
        values = {
            "title": column.title,
            "template": column.template,
            "holds": template.page,
            "column_type": template.column_type,
            "clock_days": template.clock_days,
            "hidden": column.hidden,
            "required": list(template.required),
        }
        path = f"{path}{column.slug}/"
        page = self._place(parent, path, ColumnPage, values)
        if column.required and path not in self.result.created and not page.lines().count():
            self.result.empty.append(path)

    def _place(self, parent: Page, path: str, model: type[Page], values: dict[str, Any]) -> Page:
        slug = path.rstrip("/").rsplit("/", 1)[-1]
        found = Page.objects.child_of(parent).filter(slug=slug).first()
        if found is None:
            page: Page = parent.add_child(instance=model(slug=slug, **values))
            self.result.created.append(path)
            return page
        page = found.specific
        if not isinstance(page, model):
            raise ShangyiError(
                _("At {path} stands “{title}”, which is no {kind}.").format(
                    path=path, title=page.title, kind=model._meta.verbose_name
                ),
                _("Move it or change its address in the admin, then build again."),
            )
        if (
            isinstance(page, ColumnPage)
            and page.holds != values["holds"]
            and _holds_others(page, CONTENT_MODELS[values["holds"]])
        ):
            values = values | {"holds": page.holds}
            self.result.kept.append(path)
        self._update(page, path, values)
        return page

    def _update(self, page: Page, path: str, values: dict[str, Any]) -> None:
        changed = {name: value for name, value in values.items() if getattr(page, name) != value}
        if not changed:
            self.result.unchanged.append(path)
            return
        for name, value in changed.items():
            setattr(page, name, value)
        page.draft_title = page.title
        page.save()
        if page.latest_revision_id and not page.has_unpublished_changes:
            # The editor's form opens the latest revision; it must say what the page says.
            page.save_revision().publish()
        self.result.updated.append(path)


def _holds_others(column: ColumnPage, model: type[ContentPage]) -> bool:
    """Say whether a column holds pages of another type: if it listed only `model`, nobody would see them."""
    takes = (ArticlePage,) if model.takes_articles else ()
    return column.get_children().type(ContentPage).not_type(model, *takes).exists()
