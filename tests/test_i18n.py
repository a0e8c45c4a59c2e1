"""The interface speaks Chinese: both catalogues are complete, sound and compiled, and they are what people see."""

import ast
import gettext
import io
import os
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import typer
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client
from django.urls import reverse
from wagtail.users.models import UserProfile

from cms_site.legacy.models import OldSite

ROOT = Path(__file__).parents[1]
HAN = re.compile(r"[\u4e00-\u9fff]")
FILE_NAME = re.compile(r"\w+\.(?:yaml|txt)")
PERCENT = re.compile(r"%(?:\(\w+\))?[sd]")
LAZY = {"gettext_lazy": None, "ngettext_lazy": (1, 2), "_now": None}
"""What `make messages` hands to the extraction beyond its defaults."""


@dataclass(frozen=True)
class Domain:
    """One catalogue and the files whose texts it holds: those that import its function."""

    po: Path
    import_line: str
    folders: tuple[str, ...]
    others: tuple[Path, ...] = ()

    def files(self) -> list[Path]:
        found = [path for folder in self.folders for path in sorted((ROOT / folder).rglob("*.py"))]
        return [path for path in found if self.import_line in path.read_text(encoding="utf-8")]


COMMANDS = Domain(
    ROOT / "migrate/locale/zh_CN/LC_MESSAGES/shangyi.po",
    "\nfrom migrate.i18n import ",
    ("migrate", "cms_site"),
    tuple(sorted(Path(typer.__file__).parent.rglob("*.py"))),  # it looks its own words up in our catalogue
)
PORTAL = Domain(
    ROOT / "cms_site/locale/zh_Hans/LC_MESSAGES/django.po",
    "\nfrom django.utils.translation import ",
    ("cms_site",),
)
both = pytest.mark.parametrize("domain", [COMMANDS, PORTAL], ids=["shangyi", "django"])


@cache
def catalogue(domain: Domain) -> Catalog:
    with domain.po.open("rb") as file:
        return read_po(file)


@cache
def texts(domain: Domain) -> frozenset[str]:
    """Return the msgids of the code; the singular of a plural."""
    found = set()
    for path in (*domain.files(), *domain.others):
        for _line, message, _comments, _context in extract_from_file("python", path, keywords=DEFAULT_KEYWORDS | LAZY):
            found.add(message if isinstance(message, str) else message[0])
    return frozenset(found)


def pairs(domain: Domain) -> Iterator[tuple[str, str]]:
    """Yield (msgid, msgstr), for a plural each of its forms with the text that counts many."""
    for message in catalogue(domain):
        if isinstance(message.id, tuple):
            yield from ((message.id[1], text) for text in message.string)
        elif message.id:
            yield message.id, message.string


def placeholders(text: str) -> set[tuple[str, str | None, str | None]]:
    fields = {field[1:] for field in string.Formatter().parse(text) if field[1] is not None}
    return fields | {(mark, None, None) for mark in PERCENT.findall(text)}


@both
def test_every_text_of_the_code_is_translated(domain: Domain) -> None:
    translated = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue(domain) if m.id and not m.fuzzy}
    assert len(texts(domain)) > 100
    assert texts(domain) - translated == set()
    assert [source for source, text in pairs(domain) if not text] == []


@both
def test_the_catalogue_holds_nothing_else(domain: Domain) -> None:
    assert catalogue(domain).obsolete == {}
    assert {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue(domain) if m.id} - texts(domain) == set()


@both
def test_translations_are_chinese_and_keep_the_placeholders(domain: Domain) -> None:
    assert [source for source, text in pairs(domain) if not HAN.search(text) and not FILE_NAME.fullmatch(source)] == []
    broken = [source for source, text in pairs(domain) if placeholders(source) != placeholders(text)]
    assert broken == []
    assert [errors for _message, errors in catalogue(domain).check() if errors] == []


@both
def test_chinese_is_written_with_full_width_punctuation(domain: Domain) -> None:
    narrow = re.compile(r"[\u4e00-\u9fff][,.;:!?()]|[,;:!?()][\u4e00-\u9fff]")
    yaml = "Expected “key: value” lines here."
    assert [text for source, text in pairs(domain) if narrow.search(text) and source != yaml] == []


@both
def test_the_compiled_catalogue_is_that_of_the_source(domain: Domain) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(domain))
    compiled.seek(0)
    with domain.po.with_suffix(".mo").open("rb") as file:
        assert compiled.read() == file.read(), "run: make messages"


@both
def test_texts_are_literals(domain: Domain) -> None:
    """A text put together at run time is never found; one inside an f-string is found by some Pythons only."""
    for path in domain.files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for inside in (part for part in ast.walk(tree) if isinstance(part, ast.JoinedStr)):
            assert not any(map(_marks, ast.walk(inside))), f"{path}:{inside.lineno}: a text inside an f-string"
        for call in filter(_marks, ast.walk(tree)):
            literal = isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
            assert literal, f"{path}:{call.lineno}: the text is no literal"


def _marks(node: ast.AST) -> bool:
    names = ("_", "gettext", "ngettext", *LAZY)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def test_a_file_has_one_catalogue() -> None:
    assert set(COMMANDS.files()) & set(PORTAL.files()) == set()


# what people see


def run(*words: str, language: str, columns: int = 80) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"SHANGYI_LANG": language, "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "migrate", *words], cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False
    )


def test_help_is_chinese() -> None:
    shown = run("harvest", "--help", language="zh_CN").stdout
    assert all(word in shown for word in ("参数", "选项", "必填", "旧站标识", "从头开始一次全量采集。"))


def test_help_is_english() -> None:
    shown = run("harvest", "--help", language="en").stdout
    assert "Arguments" in shown
    assert "Start a full capture anew." in shown
    assert not HAN.search(shown)


def test_errors_are_chinese() -> None:
    done = run("status", "nowhere", language="zh_CN")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("错误", "没有旧站“nowhere”。", "处理办法："))
    assert "没有命令 'harvst'" in run("harvst", language="zh_CN").stderr


EVERY_HELP = """
from migrate import i18n
i18n.install()
import typer.main, typer.testing
from migrate.cli import app

def commands(command, words):
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, [*words, name])

for words in commands(typer.main.get_command(app), []):
    print(typer.testing.CliRunner().invoke(app, [*words, "--help"], prog_name="shangyi").stdout)
"""


def test_no_help_is_cut_off_on_a_narrow_terminal() -> None:
    """Chinese has no blanks to break at, and Typer cuts what doesn't fit: texts beside wide options must be short."""
    env = os.environ | {"SHANGYI_LANG": "zh_CN", "COLUMNS": "80", "TERMINAL_WIDTH": "80", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", EVERY_HELP], cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.count("Usage: shangyi ") > 10
    assert [line for line in done.stdout.splitlines() if "…" in line] == []


def test_words_of_the_design_are_used_exactly() -> None:
    chinese = gettext.translation("shangyi", ROOT / "migrate/locale", languages=["zh_CN"]).gettext
    outcomes = ("moved", "redirected", "archived", "gone", "undecided")
    assert [chinese(word) for word in outcomes] == ["迁入", "并入", "归档", "下线", "待定"]
    words = ("site", "column", "rule", "outcome", "old URLs", "imported", "decision", "finding", "captured")
    assert [chinese(word) for word in words] == [
        "旧站", "栏目", "规则", "去向", "旧网址", "已迁入", "裁定", "问题", "采集",
    ]  # fmt: skip


def test_both_catalogues_agree() -> None:
    mine, other = dict(pairs(COMMANDS)), dict(pairs(PORTAL))
    assert {word: (mine[word], other[word]) for word in mine.keys() & other.keys() if mine[word] != other[word]} == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [("", ("旧站", "名称", "标识", "单位", "频道")), ("en", ("Old sites", "Name", "Id", "Unit", "Channel"))],
)
def test_the_admin_speaks_the_editors_language(
    admin_client: Client, admin_user: AbstractBaseUser, language: str, words: tuple[str, ...]
) -> None:
    UserProfile.objects.create(user=admin_user, preferred_language=language)
    OldSite.objects.create(slug="dahe", name="大河镇人民政府", url="http://www.dahe.example.gov.cn/")
    shown = admin_client.get(reverse("oldsite:index")).content.decode()
    main = " ".join(re.sub("<[^>]*>", " ", shown[shown.index("<main") : shown.index("</main>")]).split())
    assert all(word in main for word in words)
