"""Views that are no pages: search."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def search(request: HttpRequest) -> HttpResponse:
    """Answer /search/?q=…&page=N."""
    return render(request, "portal/search.html", {})
