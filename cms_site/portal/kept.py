"""What is made of the whole portal and kept until something is published: the directory of places, marks, counts.

It lies in the process's own memory, under the portal's stamp: what is made under one stamp is never seen under another,
and processes need not speak with each other.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest

from cms_site.portal.models.stamp import Stamp

_T = TypeVar("_T")
_shelf: tuple[UUID | None, dict[str, Any]] = (None, {})


def stamp_of(request: HttpRequest) -> Stamp | None:
    """Return the stamp under which a request is answered: read once, before anything else is."""
    if not hasattr(request, "portal_stamp"):
        request.portal_stamp = Stamp.now()
    found: Stamp | None = request.portal_stamp
    return found


def kept(stamp: Stamp | None, name: str, make: Callable[[], _T]) -> _T:
    """Return what was made under this stamp and name; make it where there is none. Nobody may change what is kept."""
    global _shelf  # noqa: PLW0603  replaced whole: a thread that still holds the old one goes on with it
    if stamp is None:
        return make()
    of, things = _shelf
    if of != stamp.name:
        things = {}
        _shelf = (stamp.name, things)
    if name not in things:
        things[name] = make()
    found: _T = things[name]
    return found
