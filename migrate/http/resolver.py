"""Names to addresses: `--resolve` first, then DNS; private addresses only where they were asked for by name."""

import ipaddress
import socket
from collections.abc import Mapping

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from migrate.errors import UsageError
from migrate.i18n import _
from migrate.urls import fold_host

_LAST_PORT = 65535

_EMBEDDING = tuple(map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96")))
"""IPv6 networks whose last 32 bits are an IPv4 address: compatible, mapped (RFC 4291) and translated (RFC 6052)."""


class PrivateAddress(OSError):
    """A public name that leads to a private, loopback or link-local address."""


def parse_resolve(text: str) -> tuple[str, int]:
    """Return (address, port) of `address[:port]`, port 0 where none is given. Raises UsageError."""
    address, mark, port = text.rpartition(":")
    if not mark or (":" in address and not address.startswith("[")):
        address, port = text, ""
    address = address.strip("[]")
    try:
        ipaddress.ip_address(address)
        number = int(port or 0)
        if not 0 <= number <= _LAST_PORT:
            raise ValueError(port)
    except ValueError as error:
        raise UsageError(
            _("“{text}” is no address.").format(text=text), _("Write it like 10.1.2.3 or 10.1.2.3:8080.")
        ) from error
    return address, number


def is_private(address: str) -> bool:
    """Say whether an IP address is anything but a public unicast one, in whatever form it is wrapped."""
    parsed = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.is_site_local:
            return True
        if any(parsed in network for network in _EMBEDDING):
            parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        elif parsed.sixtofour:
            parsed = parsed.sixtofour
    return not parsed.is_global or parsed.is_multicast


class Resolver(AbstractResolver):
    """The resolver that aiohttp asks for each new connection: the addresses checked here are where it connects."""

    def __init__(self, resolve: Mapping[str, str], proxies: frozenset[str]) -> None:
        """`resolve` is host → address[:port]; hosts of `proxies` may have private addresses without it.

        Raises UsageError where either can't be.
        """
        self._given = {_host(host): parse_resolve(text) for host, text in resolve.items()}
        self._proxies = proxies
        self._dns = ThreadedResolver()

    def given(self, host: str) -> tuple[str, int] | None:
        """Return the (address, port) that was given for a host, or None."""
        return self._given.get(host.lower())

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises OSError where there is none, or only private ones."""
        if given := self.given(host):
            return [_result(host, given[0], given[1] or port)]
        found = await self._dns.resolve(host, port, family)
        if host in self._proxies:
            return found
        public = [result for result in found if not is_private(result["host"])]
        if not public:
            raise PrivateAddress(f"{host}: {found[0]['host'] if found else ''}")
        return public

    async def close(self) -> None:
        """Nothing is held open."""


def _host(text: str) -> str:
    try:
        return fold_host(text)
    except ValueError as error:
        hint = _("Write the bare host name, without http:// and without a path.")
        raise UsageError(_("“{host}” is no host name.").format(host=text), hint) from error


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
