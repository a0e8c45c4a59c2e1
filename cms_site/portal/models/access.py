"""Who may see a page: Wagtail's own answer, asked for with one query where the page is everybody's."""

from django.db.models import QuerySet
from wagtail.models import Page, PageViewRestriction


class AskedAtOnce:
    """Mixed into page types whose pages visitors open."""

    path: str

    def get_view_restrictions(self) -> QuerySet[PageViewRestriction]:
        """Return what closes the page: nothing, if neither it nor a page above is restricted or an alias."""
        above = [self.path[:end] for end in range(Page.steplen, len(self.path) + 1, Page.steplen)]
        asked = Page.objects.filter(path__in=above).order_by()
        if any(alias or closed for alias, closed in asked.values_list("alias_of", "view_restrictions")):
            return super().get_view_restrictions()  # type: ignore[misc,no-any-return]  of Page
        return PageViewRestriction.objects.none()
