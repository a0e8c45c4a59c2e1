"""What templates of the admin say of imported pages."""

from typing import Any

from django import template
from wagtail.models import Page

from cms_site.legacy.inspecting import evidence_lines, held_names
from cms_site.legacy.models import Imported
from cms_site.legacy.origin import origin_of
from cms_site.legacy.review import may_review, within_reach
from migrate.ruled import mask_text

register = template.Library()


@register.inclusion_tag("legacy/admin/origin.html", takes_context=True)
def imported_origin(context: template.Context, page: Page) -> dict[str, Any]:
    """Tell where a page came from; nothing of one that was not imported."""
    origin = origin_of(page) if page.pk is not None else None
    if origin is None:
        return {}
    user = context["request"].user
    own = Imported.objects.filter(pk=origin.row.pk)
    reachable = may_review(user) and within_reach(own, user).exists()
    held = [held_names().get(reason, reason) for reason in origin.row.held]
    return {
        "origin": origin,
        "held": held,
        "evidence": [mask_text(line) for line in evidence_lines(origin.row.evidence)] if reachable else [],
        "may_review": reachable,
        "may_look": user.has_perm("legacy.view_oldurl") or user.has_perm("legacy.change_oldurl"),
    }
