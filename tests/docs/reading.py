"""What the documents say: their sections, and the command lines in them and in the code's hints."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from migrate.cli import app
from tests.commands import ROOT

DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])

_LINE = re.compile(r"^(?:\$ )?((?:shangyi|make|python -m (?:migrate|django)) [^#\n]*)", re.MULTILINE)
_INLINE = re.compile(r"`((?:shangyi|make|python -m (?:migrate|django)) [^`\n]+)`")


def sections(path: Path) -> dict[str, str]:
    """Return heading (any level, without marks) → the text below it, up to the next heading of its level or above."""
    text = path.read_text(encoding="utf-8")
    found = [(len(m[1]), m[2].strip(), m.start(), m.end()) for m in re.finditer(r"^(#+) (.*)$", text, re.MULTILINE)]
    result = {}
    for number, (level, title, _start, end) in enumerate(found):
        following = (start for other, _title, start, _end in found[number + 1 :] if other <= level)
        result[title] = text[end : next(following, len(text))]
    return result


def command_lines(path: Path) -> Iterator[str]:
    """Yield each command line of a document: in code blocks and between backticks, without comments."""
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^```.*?$(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield from (line.strip() for line in _LINE.findall(block))
    yield from (
        line.strip() for line in _INLINE.findall(re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
    )


def tree() -> Any:
    """Return the whole command line as Typer understands it."""
    return typer.main.get_command(app)


def commands() -> dict[str, Any]:
    """Return name (`map`, `cms build`) → command, of all commands that do something."""
    found = {}
    for name, command in tree().commands.items():
        group = getattr(command, "commands", None)
        found |= {f"{name} {inner}": deeper for inner, deeper in group.items()} if group else {name: command}
    return found


def parse(line: str) -> None:
    """Parse a line as the command line would, without running it. Raises for an unknown command, option or value.

    A command that is only named, without its arguments, must exist.
    """
    words = shlex.split(_filled(line))
    assert words[0] == "shangyi", line
    if " ".join(words[1:]) in commands():
        return
    command, parent, rest = tree(), None, words[1:]
    while True:
        context = command.make_context(words[0], rest, parent=parent)
        if not hasattr(command, "commands"):
            return
        rest = [*context._protected_args, *context.args]
        _name, command, rest = command.resolve_command(context, rest)
        parent = context


def hints(path: Path) -> Iterator[str]:
    """Yield each command that a text in the code names; docstrings are no texts, a blank in an f-string is a 1."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            text = "".join(part.value if isinstance(part, ast.Constant) else "1" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        yield from (line.strip() for line in re.findall(r"\bshangyi [a-z][^\n;.,)“”]*", text))


def _filled(line: str) -> str:
    """Return a line of a synopsis with a value for each placeholder, and without its brackets."""
    line = re.sub(r"\[OPTIONS\]|\[RECEIPT\]|\[SITE\]", "", line)
    line = line.replace("[-C FOLDER] COMMAND", "-C . status")
    for placeholder, value in (
        ("decisions SITE ACTION [FILE|BATCH]", "decisions SITE undo 1"),
        ("URL|FILE", "page.html"),
        ("SITE", "dahe"),
        ("DIRECTION [FILE…]", "load map.csv"),
        ("ACTION", "verify"),
        ("URL", "http://a.example/"),
        ("…", ""),
    ):
        line = line.replace(placeholder, value)
    return re.sub(r"\{\w+\}", "1", line).strip()
