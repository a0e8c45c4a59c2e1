"""What a script consists of, as far as pagers need it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; None stands for anything that is not understood."""

    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or something of the browser's."""

    id: str


@dataclass(frozen=True, slots=True)
class Member:
    """`of.key` or `of[key]`."""

    of: "Expression"
    key: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """`callee(arguments)`."""

    callee: "Expression"
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """`left sign right`; `left` of a prefix sign is Constant(None)."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Choice:
    """`test ? yes : no`."""

    test: "Expression"
    yes: "Expression"
    no: "Expression"


@dataclass(frozen=True, slots=True)
class Assignment:
    """`target = value`; `target += value` arrives here as a sum."""

    target: "Expression"
    value: "Expression"


@dataclass(frozen=True, slots=True)
class Function:
    """`function (parameters) { body }`."""

    parameters: tuple[str, ...]
    body: "Block"


Expression = Constant | Name | Member | Call | Operation | Choice | Assignment | Function


@dataclass(frozen=True, slots=True)
class Block:
    """Statements in order."""

    statements: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class If:
    """`if (test) yes else no`."""

    test: Expression
    yes: "Statement"
    no: "Statement"


@dataclass(frozen=True, slots=True)
class Loop:
    """`for (;test;step) body`, `while (test) body`."""

    test: Expression
    step: Expression
    body: "Statement"


@dataclass(frozen=True, slots=True)
class Variable:
    """`var name = value`."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Return:
    """`return value`."""

    value: Expression


Statement = Block | If | Loop | Variable | Return | Expression

UNKNOWN = Constant(None)
NOTHING = Block(())
