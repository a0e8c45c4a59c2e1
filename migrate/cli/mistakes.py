"""Words of a command that can't be: what is wrong, in the interface language. Typer itself says it in English only."""

import re
from collections.abc import Iterator
from typing import Any

import typer
from typer.exceptions import TyperException

from migrate import console
from migrate.errors import UsageError
from migrate.i18n import _


def show_mistake(error: TyperException) -> int:
    """Print what is wrong with the command's words, or nothing where Typer printed its help; return the exit code."""
    told = _value(error) if isinstance(error, typer.BadParameter) else _in_words(error.message)
    if told:
        console.show_error(UsageError(told, _hint(error)))
    return error.exit_code


def _value(error: typer.BadParameter) -> str:
    """Return what is wrong with the value of an option or argument."""
    name = error.param.get_error_hint().strip("'") if error.param is not None else ""
    if not error.message:
        return _("{name} is missing.").format(name=name)
    return f"{name}: {_fault(error.__cause__) or _in_words(error.message)}"


def _fault(cause: Any) -> str:
    """Return why a number was not taken; empty for other reasons."""
    fault: dict[str, Any] = cause.errors()[0] if hasattr(cause, "errors") else {"type": ""}
    match fault["type"]:
        case "float_parsing" | "int_parsing":
            return _("“{value}” is no number.").format(value=fault["input"])
        case "greater_than_equal":
            return _("{value} is less than {least}.").format(value=fault["input"], least=fault["ctx"]["ge"])
    return ""


def _in_words(message: str) -> str:
    """Return one of Typer's messages in the interface language; one that is not known here as it is."""
    for pattern, text in _messages():
        if found := re.fullmatch(pattern, message):
            return text.format(**found.groupdict())
    return message


def _messages() -> Iterator[tuple[str, str]]:
    yield r"No such option: (?P<option>.+)", _("There is no option {option}.")
    yield r"Option '(?P<option>.+)' requires an argument\.", _("{option} wants a value.")
    yield r"Option '(?P<option>.+)' does not take a value\.", _("{option} takes no value.")
    yield r"Got unexpected extra argument\(?s?\)? \((?P<words>.+)\)", _("Too many words: {words}")
    yield r"(?:Value error, )?'(?P<value>.*)' is not one of (?P<choices>.+)\.", _("“{value}” is none of {choices}.")
    yield r"(?P<told>.+) Did you mean (?P<names>.+)\?", "{told} " + _("Did you mean {names}?")
    yield r"\w+ '(?P<path>.+)' does not exist\.", _("There is no “{path}”.")


def _hint(error: TyperException) -> str:
    context, names = getattr(error, "ctx", None), getattr(error, "possibilities", None)
    similar = _("Did you mean {names}?").format(names=", ".join(sorted(names))) + " " if names else ""
    command = context.command_path if context is not None else "shangyi"
    return similar + _("“{command} --help” says what goes.").format(command=command)
