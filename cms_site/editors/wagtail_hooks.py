"""Where the admin hears of those who keep the portal."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from wagtail import hooks
from wagtail.models import Page
from wagtail.permissions import policy_registry

from cms_site.editors.users import refuse_bulk


@hooks.register("before_bulk_action")
def keep_accounts(request: HttpRequest, _type: str, objects: list[Any], _action: Any) -> HttpResponse | None:
    """Keep the accounts of superusers from those who are none."""
    return refuse_bulk(request, objects)


@hooks.register("construct_page_chooser_queryset")
def choose_what_is_public(pages: QuerySet[Page], request: HttpRequest) -> QuerySet[Page]:
    """Offer to link to what is public and to one's own: others' drafts have titles that say too much."""
    own = policy_registry.get_by_type(Page).explorable_instances(request.user)
    return pages.filter(Q(live=True) | Q(pk__in=own.values("pk")))
