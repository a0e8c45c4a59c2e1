"""How a visitor wants to read: large type, high contrast. Remembered in a cookie, set by a form without script."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

MODES = {"large": "大字版", "contrast": "高对比度"}
"""What stands in the cookie and as a class on <html> → what the button says."""
_COOKIE = "display"
_YEAR = 365 * 24 * 3600


def modes_of(request: HttpRequest) -> list[str]:
    """Return the display modes that a visitor has chosen."""
    chosen = request.COOKIES.get(_COOKIE, "").split(".")
    return [mode for mode in MODES if mode in chosen]


@csrf_exempt  # a token would cost every page a cookie; all that a forged request does is change the size of type
@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Turn the mode that was asked for on or off, and lead back to the page; never to another site."""
    chosen, asked = modes_of(request), request.POST.get("mode")
    wanted = [mode for mode in MODES if (mode in chosen) != (mode == asked)]
    back = request.POST.get("next", "")
    if not back.startswith("/") or not url_has_allowed_host_and_scheme(back, None):
        back = "/"
    response = HttpResponseRedirect(back)
    response.status_code = 303
    options = {"httponly": True, "samesite": "Lax", "secure": request.is_secure()}
    response.set_cookie(_COOKIE, ".".join(wanted), max_age=_YEAR, **options)
    return response
