"""What the settings take from outside: project folder, database address, secret key, portal.yaml's host."""

import os
import secrets
from pathlib import Path
from socket import getfqdn
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from migrate.config import find_project
from migrate.errors import ShangyiError
from migrate.i18n import _

SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 30,
    # A reader that turns writer in mid-transaction fails at once with "database is locked"; IMMEDIATE waits instead.
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}
_DATABASE_HINT = "sqlite:///var/portal.sqlite3 or postgres://user:password@host:5432/name"


def project_root() -> Path:
    """Return the project folder: SHANGYI_PROJECT, else upwards to mappings/portal.yaml, else the working folder."""
    given = os.environ.get("SHANGYI_PROJECT")
    if given:
        return Path(given).resolve()
    try:
        return find_project(Path.cwd()).root
    except ShangyiError:
        return Path.cwd()


def database(url: str, root: Path) -> dict[str, Any]:
    """Return Django's DATABASES entry for `sqlite:///path` (relative to `root`) or `postgres://user:pw@host/name`.

    Raises ShangyiError for any other address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or ""
    except ValueError as error:  # a port that is no number, a bracket that never closes
        raise ShangyiError(f"DATABASE_URL is no database address: {error}", _DATABASE_HINT) from error
    if parts.scheme == "sqlite":
        path = unquote(parts.path[1:])
        if path in ("", ":memory:"):
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)  # SQLite makes the file, never its folder
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file), "OPTIONS": dict(SQLITE_OPTIONS)}
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(port),
            # compiling a query of ours takes longer than to answer it
            "OPTIONS": {"options": "-c jit=off", **dict(parse_qsl(parts.query))},
        }
    raise ShangyiError(
        _("DATABASE_URL is no database address: {scheme}").format(scheme=parts.scheme or url), _DATABASE_HINT
    )


def secret_key(path: Path) -> str:
    """Return the key kept in `path`; the first call makes it, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    key = secrets.token_urlsafe(50)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    return key


def portal_host(root: Path) -> str:
    """Return the portal's host name from portal.yaml, empty where there is no such file. Raises ConfigError."""
    try:
        return find_project(root).portal().portal.host
    except ShangyiError:
        if (root / "mappings" / "portal.yaml").is_file():
            raise
        return ""


def names(variable: str) -> list[str]:
    """Return the comma-separated names in an environment variable."""
    return [name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()]


_PORTS = {"ssl": 465, "starttls": 587, "off": 25}


def mail() -> dict[str, Any]:
    """Return Django's settings for outgoing mail. Raises ShangyiError for what can't be meant, or read.

    Without SHANGYI_MAIL_HOST it goes to the machine's own server, as Django does it.
    """
    host, secure = os.environ.get("SHANGYI_MAIL_HOST", "").strip(), os.environ.get("SHANGYI_MAIL_TLS") or "off"
    if secure not in _PORTS:
        raise ShangyiError(
            _("SHANGYI_MAIL_TLS is none of its values: {value}").format(value=secure),
            _("Write one of: {values}").format(values=", ".join(_PORTS)),
        )
    port = os.environ.get("SHANGYI_MAIL_PORT") or str(_PORTS[secure])
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ShangyiError(
            _("SHANGYI_MAIL_PORT is no port: {value}").format(value=port), _("Write a number, such as 465.")
        )
    user = os.environ.get("SHANGYI_MAIL_USER", "")
    return {
        "EMAIL_HOST": host or "localhost",
        "EMAIL_PORT": int(port),
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": _mail_password(),
        "EMAIL_USE_TLS": secure == "starttls",
        "EMAIL_USE_SSL": secure == "ssl",
        "EMAIL_TIMEOUT": 30,  # seconds; a mail server that hangs must not hold a page
        "DEFAULT_FROM_EMAIL": os.environ.get("SHANGYI_MAIL_FROM") or (user if "@" in user else f"shangyi@{getfqdn()}"),
    }


def _mail_password() -> str:
    """Return the password of the mail account, from the environment or from the file that it names."""
    file = os.environ.get("SHANGYI_MAIL_PASSWORD_FILE")
    if not file:
        return os.environ.get("SHANGYI_MAIL_PASSWORD", "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ShangyiError(
            _("SHANGYI_MAIL_PASSWORD_FILE can't be read: {error}").format(error=error),
            _("Let the accounts of the web server and of the policy sync read it, and nobody else."),
        ) from error
