"""Parts of pages that are kept until something is published: menus, directories, counts.

They lie in the process's own memory, under the portal's stamp: what is made under one stamp is never seen under another.
"""

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.http import HttpRequest

from cms_site.portal.models.stamp import Stamp

_T = TypeVar("_T")
_SECONDS = 24 * 3600


def stamp_of(request: HttpRequest) -> Stamp | None:
    """Return the stamp under which a request is answered: read once, before anything else is."""
    if not hasattr(request, "portal_stamp"):
        request.portal_stamp = Stamp.now()
    found: Stamp | None = request.portal_stamp
    return found


def kept(stamp: Stamp | None, name: str, make: Callable[[], _T]) -> _T:
    """Return what was made under this name and stamp; make it where there is none. What is kept must not be changed."""
    if stamp is None:
        return make()
    key = f"portal:{stamp.name}:{name}"
    found = cache.get(key, cache)
    if found is cache:
        found = make()
        cache.set(key, found, _SECONDS)
    value: _T = found
    return value
