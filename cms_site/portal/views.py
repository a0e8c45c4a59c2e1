"""Views that are no pages of the tree: search and the map of the site."""

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cms_site.portal.models import ChannelPage, ColumnPage, GroupPage, SectionPage
from cms_site.portal.models.tree import HOME_DEPTH
from cms_site.portal.search import results

RESULTS_PER_PAGE = 10


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Answer /search/?q=words&page=N; a page beyond the last is a real 404."""
    query = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[: results.MAX_QUERY]
    context: dict[str, object] = {"query": query}
    if query:
        paginator = Paginator(results.find(query), RESULTS_PER_PAGE)
        try:
            found = paginator.page(request.GET.get("page", 1))
        except (EmptyPage, PageNotAnInteger) as error:
            raise Http404 from error
        words = results.pattern(query)
        entries = results.in_full(list(found.object_list))
        for entry in entries:
            entry.shown_title = results.highlight(entry.title, words)
            entry.shown_number = results.highlight(entry.document_number, words)
            entry.shown_passage = results.passage(entry.text, words)
        pages = paginator.get_elided_page_range(found.number, on_each_side=2, on_ends=1)
        context |= {"lines": found, "entries": entries, "pages": pages, "total": paginator.count}
    return render(request, "portal/search.html", context)


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """Answer /sitemap/: every place where a visitor finds something, in tree order, without what is hidden."""
    columns = ColumnPage.objects.visible()
    places = [
        *columns.filter(depth=HOME_DEPTH + 1),  # they gather from the channels, and may be empty themselves
        *columns.filter(depth__gt=HOME_DEPTH + 1).with_content(),
        *SectionPage.objects.live().filter(depth=HOME_DEPTH + 1),
        *GroupPage.objects.live().filter(numchild__gt=0),
        *ChannelPage.objects.live(),
    ]
    return render(request, "portal/site_map.html", {"places": sorted(places, key=lambda page: page.path)})
