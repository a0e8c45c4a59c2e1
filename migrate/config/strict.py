"""Strict YAML → frozen dataclasses. What is wrong is an error with file, line and the nearest right word.

A scalar for a text field is taken as it is written, so `site_code: 0412` stays 0412 (plain YAML reads it as 266).
"""

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import yaml

from migrate.config.reading import compose, keys_hint
from migrate.errors import ConfigError
from migrate.i18n import _

__all__ = [
    "FILLED", "build", "compose", "did_you_mean", "key_of", "keys_hint", "line_of", "line_of_value", "load", "pairs",
]  # fmt: skip

T = TypeVar("T")

FILLED = {"filled": True}
"""Metadata of a field that must say something where it is written: no blanks, no empty list or block."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a hint that names the nearest right word, or lists all of them."""
    options = sorted(choices)
    near = difflib.get_close_matches(word, options, n=1, cutoff=0.5)
    if near:
        return _("Did you mean “{word}”?").format(word=near[0])
    return _("Possible here: {words}").format(words=", ".join(options) or "—")


def load(path: Path, shape: type[T]) -> T:
    """Return the file's content as the dataclass `shape`. Raises ConfigError."""
    built: T = build(path, compose(path), shape)
    return built


def build(path: Path, node: yaml.Node, shape: Any, name: str = "") -> Any:
    """Return the node as a value of type `shape`. Raises ConfigError naming the node's line."""
    origin = get_origin(shape)
    if origin in (Union, types.UnionType):
        return _build_union(path, node, shape, name)
    if dataclasses.is_dataclass(shape) and isinstance(shape, type):
        return _build_dataclass(path, node, shape)
    if origin is tuple:
        return _build_tuple(path, node, get_args(shape)[0], name)
    if origin in (dict, Mapping, typing.Mapping):
        return _build_mapping(path, node, get_args(shape)[1])
    return _build_scalar(path, node, shape, name)


def line_of(node: yaml.Node) -> int:
    """Return the line (from 1) on which a node begins."""
    return int(node.start_mark.line) + 1


def line_of_value(path: Path, start: int, value: str) -> int:
    """Return the line of the first scalar that reads so, from line `start` on; `start` where there is none.

    For checks that come after a file is loaded, when the values no longer know their lines.
    """
    left = [compose(path)]
    found = []
    while left:
        node = left.pop()
        if isinstance(node, yaml.ScalarNode):
            if node.value == value and line_of(node) >= start:
                found.append(line_of(node))
        else:
            parts = node.value
            left += [part for pair in parts for part in pair] if isinstance(node, yaml.MappingNode) else parts
    return min(found, default=start)


def pairs(path: Path, node: yaml.Node) -> list[tuple[str, yaml.Node, yaml.Node]]:
    """Return a mapping's (key, key node, value node). Raises ConfigError for duplicates or where it is no mapping."""
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(path, line_of(node), _("Expected “key: value” lines here."), keys_hint())
    seen: dict[str, int] = {}
    for key, _value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigError(path, line_of(key), _("A list or block can't be a key."), keys_hint())
        if key.value in seen:
            raise ConfigError(
                path,
                line_of(key),
                _("The key “{key}” stands here a second time.").format(key=key.value),
                _("The first is on line {line}. Keep one of them.").format(line=seen[key.value]),
            )
        seen[key.value] = line_of(key)
    return [(key.value, key, value) for key, value in node.value]


def key_of(field: "dataclasses.Field[Any]") -> str:
    """Return what a field is called in the file: words that Python keeps for itself have another name here."""
    return str(field.metadata.get("key", field.name))


def _build_dataclass(path: Path, node: yaml.Node, shape: type) -> Any:
    hints = typing.get_type_hints(shape)
    fields = {key_of(f): f for f in dataclasses.fields(shape) if f.init and not f.metadata.get("hidden")}
    given: dict[str, Any] = {}
    for key, key_node, value in pairs(path, node):
        if key not in fields:
            raise ConfigError(
                path,
                line_of(key_node),
                _("“{key}” is not known here.").format(key=key),
                did_you_mean(key, fields),
            )
        name = fields[key].name
        given[name] = build(path, value, hints[name], key)
        if fields[key].metadata.get("filled") and _is_empty(given[name]):
            reason = _("“{key}” is empty.").format(key=key)
            raise ConfigError(path, line_of(key_node), reason, _("Write what it should say, or take it out."))
    for key, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and field.name not in given:
            raise ConfigError(path, line_of(node), _("“{key}” is missing.").format(key=key), keys_hint())
    if any(f.name == "line" and f.metadata.get("hidden") for f in dataclasses.fields(shape)):
        given["line"] = line_of(node)
    return shape(**given)


def _is_empty(value: Any) -> bool:
    """Say whether a value was written that says nothing: blanks, an empty list or block."""
    return not (value.strip() if isinstance(value, str) else True if value is None else value)


def _build_union(path: Path, node: yaml.Node, shape: Any, name: str) -> Any:
    options = [option for option in get_args(shape) if option is not type(None)]
    if isinstance(node, yaml.ScalarNode):
        blocks = any(map(dataclasses.is_dataclass, options))
        if node.tag == "tag:yaml.org,2002:null" and type(None) in get_args(shape) and not blocks:
            return None
        scalars = [option for option in options if get_origin(option) not in (tuple, dict)]
        return build(path, node, (scalars or options)[0], name)
    compound = [o for o in options if get_origin(o) in (tuple, dict) or dataclasses.is_dataclass(o)]
    return build(path, node, (compound or options)[0], name)


def _build_tuple(path: Path, node: yaml.Node, item: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(node, yaml.SequenceNode) and _may_stand_alone(node, item):
        return (build(path, node, item, name),)
    if not isinstance(node, yaml.SequenceNode):
        raise ConfigError(path, line_of(node), _("“{key}” takes a list.").format(key=name), "[a, b]")
    return tuple(build(path, child, item, name) for child in node.value)


def _may_stand_alone(node: yaml.Node, item: Any) -> bool:
    """Say whether a list of one may be written without brackets: texts may, and blocks that stand for a text."""
    options = get_args(item) if get_origin(item) in (Union, types.UnionType) else (item,)
    texts = any(option is str or get_origin(option) is Literal for option in options)
    return texts and (isinstance(node, yaml.ScalarNode) or any(map(dataclasses.is_dataclass, options)))


def _build_mapping(path: Path, node: yaml.Node, item: Any) -> dict[str, Any]:
    return {key: build(path, value, item, key) for key, _key_node, value in pairs(path, node)}


def _build_scalar(path: Path, node: yaml.Node, shape: Any, name: str) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        reason = _("“{key}” takes one value, not a list or block.").format(key=name)
        raise ConfigError(path, line_of(node), reason, keys_hint())
    text = str(node.value)
    if get_origin(shape) is Literal:
        if text not in get_args(shape):
            raise ConfigError(
                path,
                line_of(node),
                _("“{value}” can't stand for “{key}”.").format(value=text, key=name),
                did_you_mean(text, map(str, get_args(shape))),
            )
        return text
    if shape is str:
        return text
    if shape is bool:
        words = {"true": True, "yes": True, "false": False, "no": False}
        if text.lower() in words:
            return words[text.lower()]
    elif shape in (int, float):
        try:
            number = shape(text)
        except ValueError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise ConfigError(
        path,
        line_of(node),
        _("“{value}” is not what “{key}” takes.").format(value=text, key=name),
        _("It takes {kind}.").format(
            kind={bool: "true / false", int: "1, 2, 3 …", float: "0.5, 2 …"}.get(shape, shape)
        ),
    )
