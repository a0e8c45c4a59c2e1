"""The admin speaks Chinese: what Wagtail's own catalogues lack stands in ours, and nothing that they have."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import django
import django_filters
import modelcluster
import pytest
import taggit
import wagtail
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.apps import apps

from tests.test_i18n import HAN, placeholders

OURS = Path(__file__).resolve().parents[2] / "cms_site" / "editors" / "locale" / "zh_Hans" / "LC_MESSAGES"
DOMAINS = ("django", "djangojs")
OTHERS = (wagtail, django, taggit, modelcluster, django_filters)
NOT_OURS = ("cms_site",)
MARKS = re.compile(r"%\(\w+\)[sd]|<[^>]*>|[^\w]")
"""What has no words in it."""


def folders() -> list[Path]:
    """Return the catalogues of all that is installed and not ours, and Django's own."""
    installed = [Path(app.path) / "locale" for app in apps.get_app_configs() if not app.name.startswith(NOT_OURS)]
    return [*installed, Path(django.__file__).parent / "conf" / "locale"]


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def is_translated(message: Message) -> bool:
    strings = [message.string] if isinstance(message.string, str) else list(message.string)
    return bool(strings) and all(strings) and not message.fuzzy


def texts(domain: str) -> Iterator[tuple[Message, bool]]:
    """Yield each English text of what is installed, and whether its own catalogue has it in Chinese."""
    for folder in folders():
        english = folder / "en" / "LC_MESSAGES" / f"{domain}.po"
        if not english.is_file():
            continue
        chinese = next((found for name in ("zh_Hans", "zh_CN") if (found := folder / name).is_dir()), None)
        file = chinese / "LC_MESSAGES" / f"{domain}.po" if chinese else None
        has = {key(message) for message in read(file) if is_translated(message)} if file and file.is_file() else set()
        yield from ((message, key(message) in has) for message in read(english) if message.id)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_has_its_chinese_and_ours_holds_nothing_else(domain: str) -> None:
    ours = {key(message) for message in read(OURS / f"{domain}.po") if message.id and is_translated(message)}
    found = list(texts(domain))
    assert len(found) > 50
    lacking = {key(message) for message, has in found if not has}
    assert lacking - ours == set()
    assert ours - lacking == set(), "Wagtail has these by now, or they are gone"


@pytest.mark.parametrize("domain", DOMAINS)
def test_ours_is_chinese_sound_and_compiled(domain: str) -> None:
    catalogue = read(OURS / f"{domain}.po")
    for message in (message for message in catalogue if message.id):
        source = message.id if isinstance(message.id, str) else message.id[1]
        text = message.string if isinstance(message.string, str) else message.string[0]
        assert HAN.search(text) or not MARKS.sub("", text), source
        told = placeholders(source.replace("{", "{{").replace("}", "}}")) if "%(" in source else placeholders(source)
        kept = placeholders(text.replace("{", "{{").replace("}", "}}")) if "%(" in source else placeholders(text)
        assert told == kept, source
        assert source.count("<") == text.count("<"), source
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert compiled.getvalue() == (OURS / f"{domain}.mo").read_bytes()
