"""Links that lead away from the government's sites: marked on the page, asked about by script (domain rule PG-11)."""

from urllib.parse import urlsplit

from django.conf import settings


def official_hosts() -> list[str]:
    """Return the hosts to which links lead without a question, as browsers spell them."""
    return [host.encode("idna").decode() for host in settings.SHANGYI_OFFICIAL_HOSTS]


def leaves(url: str, own: str = "") -> bool:
    """Say whether a link leads to a site that is neither the portal's (`own` host) nor the government's."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:  # brackets that never close: a browser does not get anywhere with it either
        return False
    if parts.scheme not in ("http", "https") or not host:
        return False
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        return True
    return host != own and not any(host == known or host.endswith(f".{known}") for known in official_hosts())
