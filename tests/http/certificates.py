"""TLS as old servers have it: certificates made on the spot, servers that know nothing newer than TLS 1.0."""

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.harvest.oldsite import HOST

NOW = datetime.now(UTC)


class Office:
    """Somebody who signs certificates and is trusted while the test runs."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_DIR", str(folder / "none"))

    def good(self) -> ssl.SSLContext:
        return self._context(self._ca.issue_cert(HOST))

    def expired(self, host: str = HOST) -> ssl.SSLContext:
        long_ago = NOW - timedelta(days=800)
        return self._context(self._ca.issue_cert(host, not_before=long_ago, not_after=NOW - timedelta(days=70)))

    def not_yet_valid(self) -> ssl.SSLContext:
        return self._context(self._ca.issue_cert(HOST, not_before=NOW + timedelta(days=70)))

    def wrong_host(self) -> ssl.SSLContext:
        return self._context(self._ca.issue_cert("www.other.example.gov.cn"))

    def untrusted(self) -> ssl.SSLContext:
        return self._context(trustme.CA().issue_cert(HOST))

    def self_signed(self) -> ssl.SSLContext:
        alone = trustme.CA(organization_name="大河镇")
        file = self._folder / "alone.pem"
        file.write_bytes(alone.private_key_pem.bytes() + alone.cert_pem.bytes())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    @staticmethod
    def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


def only_tls_1_0(context: ssl.SSLContext) -> ssl.SSLContext:
    """Let a server know TLS 1.0 alone, with the ciphers of its time."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    return context
