"""A YAML file → its node tree. What the parser says of bad syntax is said again in words that a clerk knows."""

import re
from pathlib import Path

import yaml

from migrate.errors import ConfigError
from migrate.i18n import _

_DEEP = 100
"""Levels of a file: LibYAML calls itself for each without a bound, and so does what reads the tree."""
_MANY = 100_000
"""Values of a file with anchors, each counted where it is used: ten lines of them can stand for a thousand million."""
_WIDE = re.compile("[：，、“”‘’\u3000\xa0]")
"""What a Chinese keyboard gives instead of the signs of YAML; right within texts, so it is only ever a hint."""


def compose(path: Path) -> yaml.Node:
    """Return the file's node tree, with line marks. Raises ConfigError for bad syntax, encoding or an empty file."""
    text = _text(path)
    try:
        _check_depth(path, text)
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        node = _slowly(path, text)
    if node is None:
        raise ConfigError(path, 1, _("The file is empty."), keys_hint())
    _check_anchors(path, node)
    return node


def keys_hint() -> str:
    """Return where every key is explained."""
    return _("docs/mapping.md explains every key.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(path, 1, _("The file does not exist."), keys_hint()) from error
    except OSError as error:
        reason = _("The file can't be read: {error}").format(error=error.strerror or error)
        raise ConfigError(path, 1, reason, _("It must be a plain file that you may read.")) from error
    except UnicodeDecodeError as error:
        hint = _("Save it as UTF-8 in your editor (Notepad: Save as, Encoding).")
        raise ConfigError(path, 1, _("The file is not UTF-8."), hint) from error


def _check_depth(path: Path, text: str) -> None:
    """Raise ConfigError where blocks stand too deep inside each other, before anything calls itself for each."""
    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEP:
            reason = _("Brackets or blocks stand too deep inside each other.")
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ConfigError(path, line, reason, keys_hint())


def _slowly(path: Path, text: str) -> yaml.Node | None:
    """Return the node tree as the slow parser reads it, which words mistakes better. Raises ConfigError for these."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError as error:
        raise ConfigError(path, 1, _("Brackets or blocks stand too deep inside each other."), keys_hint()) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = _("This is no valid YAML: {problem}").format(problem=_problem(error))
        raise ConfigError(path, line, reason, _what_to_do(text, line)) from error
    except yaml.YAMLError as error:  # a control character: no mark, but a position in the text
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        reason = _("This is no valid YAML: {problem}").format(problem=_("a character that can't be seen"))
        hint = _("Delete the character that can't be seen, or type the line anew.")
        raise ConfigError(path, line, reason, hint) from error


def _problem(error: yaml.MarkedYAMLError) -> str:
    """Return what is wrong, in the interface language; as the parser says it where nothing here fits."""
    told = f"{error.context or ''}; {error.problem or error}"
    words = (
        (r"character '\\t'", _("a tab")),
        (r"character '[@`%]'", _("a value that begins with this sign must stand in quotation marks")),
        ("mapping values are not allowed", _("a colon where none can be")),
        ("could not find expected ':'", _("a key without its colon")),
        ("alias|expected alphabetic", _("a value that begins with * or & must stand in quotation marks")),
        ("second occurrence", _("the same anchor (&) a second time")),
        ("unexpected end of stream", _("a quotation mark that is never closed")),
        ("escape", _("a backslash in double quotation marks; single ones keep it as it is")),
        ("expected ',' or", _("a comma, a closing bracket or a closing quotation mark is missing")),
        ("another document", _("a second document begins here (---)")),
        ("block", _("an indent that does not fit the lines above")),
        ("node content", _("a value is missing, or a sign stands where a value should")),
    )
    return next((word for pattern, word in words if re.search(pattern, told)), error.problem or str(error))


def _what_to_do(text: str, line: int) -> str:
    hint = _("Look at the indent and the colons of this line and the one above; use blanks, never tabs.")
    found = _WIDE.search("\n".join(text.splitlines()[max(line - 2, 0) : line]))
    if found is None:
        return hint
    wide = _("A Chinese sign stands there, too: “{sign}”. YAML wants half-width : , \" ' and blanks.")
    return f"{hint} {wide.format(sign=found[0])}"


def _check_anchors(path: Path, node: yaml.Node) -> None:
    """Raise ConfigError where a file uses anchors so that it would never end, or hardly, or stands for blocks too deep.

    Each anchor may name the one before: of lines side by side a chain is made that is as deep as there are lines.
    """
    known: dict[yaml.Node, tuple[int, int]] = {}

    def measure(of: yaml.Node) -> tuple[int, int]:
        """Return for how many values a node stands, and how deep."""
        if isinstance(of, yaml.ScalarNode):
            return 1, 0
        if of not in known:
            known[of] = 0, 0  # until all inside it is known
            pairs = of.value if isinstance(of, yaml.MappingNode) else [(part,) for part in of.value]
            inside = [measure(part) for pair in pairs for part in pair]
            known[of] = 1 + sum(size for size, _deep in inside), 1 + max((deep for _size, deep in inside), default=0)
        elif not 0 < known[of][0] <= _MANY:
            reason = _("An anchor (&) stands for itself, or for far too much.")
            raise ConfigError(path, of.start_mark.line + 1, reason, _("Write the values out instead of using *."))
        if known[of][1] > _DEEP:
            reason = _("Brackets or blocks stand too deep inside each other.")
            raise ConfigError(path, of.start_mark.line + 1, reason, keys_hint())
        return known[of]

    measure(node)
