"""Interface language: English in the source, Simplified Chinese from the catalogue, chosen by locale."""

import functools
import gettext as _gettext
import locale
import os
from pathlib import Path

DOMAIN = "shangyi"
LOCALES = Path(__file__).parent / "locale"

_translations: _gettext.NullTranslations = _gettext.NullTranslations()


def language() -> str:
    """Return `zh_CN` or `en`: from SHANGYI_LANG, else the POSIX variables, else the system's locale (Windows)."""
    for name in ("SHANGYI_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh_CN" if value.lower().startswith("zh") else "en"
    system = locale.getlocale()[0] or ""
    return "zh_CN" if system.lower().startswith(("zh", "chinese")) else "en"


def install() -> None:
    """Load the catalogue for this process; also for Typer, which looks its own words up in the default domain."""
    global _translations  # noqa: PLW0603  one process has one interface language
    chosen = language()
    _translations = _gettext.translation(DOMAIN, LOCALES, languages=[chosen], fallback=True)
    if chosen != "en":
        os.environ["LANGUAGE"] = chosen
        _gettext.bindtextdomain(DOMAIN, str(LOCALES))
        _gettext.textdomain(DOMAIN)


def _(message: str) -> str:
    """Return the message in the interface language. Placeholders are named: `_("…{n}…").format(n=1)`."""
    return _translations.gettext(message)


@functools.cache
def _chinese() -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, LOCALES, languages=["zh_CN"])


def public(message: str) -> str:
    """Return the message in Chinese whatever the interface language: citizens and offices will read it."""
    return _chinese().gettext(message)
