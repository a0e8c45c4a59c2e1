"""The one HTTP client: rates per host, retries, limits, `--resolve`, allowed hosts only.

Importing this package doesn't import aiohttp; using `Client` does.
"""

from typing import TYPE_CHECKING, Any

from migrate.http.content import MAX_PAGE, decoded_body
from migrate.http.credentials import Credentials
from migrate.http.hours import parse_hours
from migrate.http.types import ClientOptions, Fault, Response

if TYPE_CHECKING:
    from migrate.http.client import Client

__all__ = [
    "MAX_PAGE", "Client", "ClientOptions", "Credentials", "Fault", "Response", "decoded_body", "parse_hours",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "Client":
        from migrate.http.client import Client

        return Client
    raise AttributeError(name)
