"""TLS as old servers speak it: strict, or, where the site file allows it, no laxer than each host needs."""

import functools
import os
import ssl
from typing import NamedTuple

import aiohttp

from migrate.http.types import Fault

OLD = "tls-old"
"""Code for a host with which no present protocol and cipher can be agreed on."""

_VERIFY_CODES = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    18: "tls-self-signed",
    62: "tls-wrong-host",
    64: "tls-wrong-host",
}
"""X509_V_ERR_* of OpenSSL's x509_vfy.h; any other is `tls-untrusted`."""

_LEGACY_RENEGOTIATION = 0x4
"""SSL_OP_LEGACY_SERVER_CONNECT, for servers without RFC 5746; Python names it from 3.12 on."""


class Demands(NamedTuple):
    """What is demanded of a host: that somebody vouches for its certificate, that its protocol is no old one."""

    verified: bool = True
    modern: bool = True


class Tls:
    """Which TLS each host gets. A fault, once met, lowers the demands on that host, as far as the fault goes.

    Certificate and protocol are lowered one without the other: both are judged, and what is sound stays demanded.
    """

    def __init__(self, *, lenient: bool) -> None:
        """With `lenient`, faults are put up with, and told in `faults`."""
        self._lenient = lenient
        self._demands: dict[str, Demands] = {}
        self._spoken: set[str] = set()
        self.faults: list[Fault] = []

    def demands(self, host: str) -> Demands:
        """Return what is demanded of a host now."""
        return self._demands.get(host, Demands())

    def spoke(self, host: str) -> None:
        """Take note that a host answered: connections that break from now on break for other reasons."""
        self._spoken.add(host)

    def put_up_with(self, host: str, demanded: Demands, error: BaseException) -> bool:
        """Say whether to connect once more after an error that came with these demands."""
        code = fault_of(error)
        if not code and host not in self._spoken and _broken_off(error):
            code = OLD  # rather than refuse a protocol, some old servers hang up
        if not self._lenient or not code:
            return False
        if demanded != self.demands(host):
            return True  # another connection was quicker to learn of it
        lower = demanded._replace(modern=False) if code == OLD else demanded._replace(verified=False)
        if lower == demanded:
            return False
        self._demands[host] = lower
        self.faults.append(Fault(host, code, _words(error)))
        return True


def fault_of(error: BaseException) -> str:
    """Return the code of what is wrong with a host's TLS; empty where an error says nothing about it."""
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _VERIFY_CODES.get(cause.verify_code, "tls-untrusted")
    return OLD if isinstance(cause, ssl.SSLError) else ""


def _cause(error: BaseException) -> BaseException:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    return error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error


def _broken_off(error: BaseException) -> bool:
    """Say whether a connection broke while it was made. Without TLS it would be refused or run into a timeout."""
    if type(error) is not aiohttp.ClientConnectorError:  # those of proxies are told apart by their class
        return False
    return isinstance(error.os_error, ConnectionResetError)


def _words(error: BaseException) -> str:
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message
    return (cause.reason if isinstance(cause, ssl.SSLError) else "") or type(cause).__name__


def context_for(demands: Demands) -> ssl.SSLContext:
    """Return the context for connections with these demands, the same for all clients: each holds 1 MB."""
    return _context(demands, os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@functools.cache
def _context(demands: Demands, _file: str, _folder: str) -> ssl.SSLContext:
    """`_file` and `_folder` name the authorities that are trusted: OpenSSL itself looks them up."""
    context = ssl.create_default_context()
    if not demands.verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if not demands.modern:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # some servers hang up on who offers TLS 1.3
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.options |= _LEGACY_RENEGOTIATION
    return context
