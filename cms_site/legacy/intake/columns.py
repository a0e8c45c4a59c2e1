"""Into which column an entry goes, and as which type of page."""

from wagtail.models import Page, Site

from cms_site.legacy.addresses import page_at
from cms_site.legacy.models import OldSite
from cms_site.portal.models import CONTENT_MODELS, ArticlePage, ColumnPage, ContentPage
from migrate.config import UNDECIDED_COLUMN, PortalConfig
from migrate.i18n import _
from migrate.records import Entry, Outcome


class Columns:
    """The columns of the entries of one batch: editors move columns, too, so they are forgotten with it."""

    def __init__(self, site: OldSite, portal: PortalConfig) -> None:
        self._portal = portal
        root = Site.objects.get(is_default_site=True).root_page.url_path
        self._undecided = f"{site.channel.url_path.removeprefix(root)}{UNDECIDED_COLUMN}/"
        self._known: dict[str, ColumnPage | None] = {}

    def forget(self) -> None:
        """Begin a new batch."""
        self._known.clear()

    def path(self, entry: Entry) -> str:
        """Return the portal path of an entry's column."""
        if entry.outcome == Outcome.MOVE and entry.target:
            return entry.target
        return self._undecided

    def of(self, entry: Entry) -> ColumnPage | None:
        """Return an entry's column; None where the portal has none there."""
        path = self.path(entry)
        if path not in self._known:
            page = page_at(path)
            column = page.specific if page is not None else None
            self._known[path] = column if isinstance(column, ColumnPage) else None
        return self._known[path]

    def refusal(self, entry: Entry, column: ColumnPage | None, page: Page | None = None) -> str:
        """Return why an entry's page can't be in its column; empty where it can. `page` is what it became before."""
        if column is None:
            message = _("The portal has no column at {path}. Build its columns: shangyi cms build")
        elif page is not None and not self.takes(entry, column, page):
            message = _("{path} holds pages of another kind: move it there by hand, as a new page.")
        else:
            return ""
        return message.format(path=self.path(entry))

    def page_type(self, entry: Entry, column: ColumnPage) -> type[ContentPage]:
        """Return the type of page that an entry becomes in its column."""
        if not column.hidden:
            return column.content_model
        template = self._portal.templates.get(entry.template)
        return CONTENT_MODELS[template.page] if template is not None else ArticlePage

    def takes(self, entry: Entry, column: ColumnPage, page: Page) -> bool:
        """Say whether the page that an earlier import made of an entry may stand in its column now."""
        known = () if column.hidden else column.listed_models
        return isinstance(page, (self.page_type(entry, column), *known))
