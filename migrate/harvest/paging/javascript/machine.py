"""Runs the little JavaScript of pagers and notes where it would have sent the browser.

Nothing of the page gets out of here: there are no objects but strings and numbers, every step is counted, and what is
not known stays unknown. A condition that is not known is taken both ways.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from migrate.harvest.links.own import data_attribute
from migrate.harvest.paging.javascript.parser import parse
from migrate.harvest.paging.javascript.syntax import (
    Assignment,
    Block,
    Call,
    Choice,
    Constant,
    Expression,
    Function,
    If,
    Loop,
    Member,
    Name,
    Operation,
    Return,
    Statement,
    Variable,
)
from migrate.harvest.paging.javascript.values import (
    UNKNOWN,
    Pieces,
    Thing,
    Unknown,
    Value,
    as_text,
    computed,
    global_function,
    mathematics,
    prefixed,
    string_method,
    truth,
)

MAX_STEPS = 20_000
"""Expressions that one run may evaluate."""

MAX_WORK = 500_000
"""Expressions, and characters read, of all runs on one page."""

_MAX_DEPTH = 120
_MAX_WRITTEN = 500_000
_THIS = Thing(("this",))
_FINDERS = frozenset({"getElementById", "getElementsByName", "all", "item", "elements", "forms"})


@dataclass(slots=True)
class Outcome:
    """What a run would have done in a browser."""

    went: list[str] = field(default_factory=list)
    """Addresses it went to."""
    written: list[str] = field(default_factory=list)
    """HTML it wrote into the page."""
    fields: dict[str, str] = field(default_factory=dict)
    """Form fields it set, by name or id."""
    submitted: str | None = None
    """Name, id or number of the form it sent; empty where that can't be told; None: it sent none."""
    action: str = ""
    """Address it gave that form."""


class Machine:
    """The variables and functions of one page's scripts."""

    def __init__(self, url: str, inputs: Mapping[str, str]) -> None:
        """`inputs` are the values of the page's form fields, by name and by id."""
        self._window = _Window(url, inputs)
        self._globals: dict[str, Value] = {}
        self._handler = ("", Block(()))
        self._left = MAX_WORK

    def load(self, source: str) -> Outcome:
        """Run a script of the page; its variables and functions stay."""
        return self._run(source, self._globals, "")

    def click(self, handler: str, this: str = "", attributes: Mapping[str, str] | None = None) -> Outcome:
        """Run what stands in an event handler or behind `javascript:`; `this` is the value of its element, which has
        these attributes.
        """
        return self._run(handler, dict(self._globals), this, attributes)

    def _run(
        self, source: str, variables: dict[str, Value], this: str, attributes: Mapping[str, str] | None = None
    ) -> Outcome:
        run = _Run(self._window, variables, this, attributes or {})
        if self._left > 0:
            run.script(self._parsed(source))
            self._left -= run.steps
        return run.outcome

    def _parsed(self, source: str) -> Block:
        if source != self._handler[0]:  # a list to jump from has one handler for all its lines
            self._handler = source, parse(source)
            self._left -= len(source)
        return self._handler[1]


class _Window:
    """What a script can ask the browser."""

    def __init__(self, url: str, inputs: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self.inputs = inputs
        self.location: Mapping[str, str] = {
            "location": url,
            "href": url,
            "origin": f"{parts.scheme}://{parts.netloc}",
            "host": parts.netloc,
            "hostname": parts.hostname or "",
            "protocol": f"{parts.scheme}:",
            "pathname": parts.path,
            "search": f"?{parts.query}" if parts.query else "",
        }


class _EnoughError(Exception):
    """The run is longer than any pager."""


class _Returned(Exception):
    """The function ended."""

    def __init__(self, value: Value) -> None:
        self.value = value


class _Run:
    """One run: its steps, its local variables, its outcome."""

    def __init__(self, window: _Window, variables: dict[str, Value], this: str, attributes: Mapping[str, str]) -> None:
        self._window = window
        self._globals = variables
        self._locals: dict[str, Value] | None = None
        self._this = this
        self._attributes = attributes
        self._depth = 0
        self._doubtful = 0
        self._mending = False
        """Right behind a doubtful test, which mostly mends what a visitor typed: what is known stays as it is."""
        self._written = 0
        self.steps = 0
        self.outcome = Outcome()

    def script(self, block: Block) -> None:
        """Run a whole script, or as much of it as is allowed."""
        # Functions may be called above the place where they stand.
        for statement in block.statements:
            if isinstance(statement, Variable) and isinstance(statement.value, Function):
                self._globals[statement.name] = statement.value
        try:
            self._do(block)
        except (_EnoughError, _Returned):
            return

    # statements

    def _do(self, statement: Statement) -> None:
        self._deeper()
        self._done(statement)
        self._depth -= 1

    def _deeper(self) -> None:
        self.steps += 1
        self._depth += 1
        if self.steps > MAX_STEPS or self._depth > _MAX_DEPTH:
            raise _EnoughError

    def _done(self, statement: Statement) -> None:
        match statement:
            case Block(statements):
                for each in statements:
                    self._do(each)
            case Variable(name, value):
                (self._globals if self._locals is None else self._locals)[name] = self._value(value)
            case If(test, yes, no):
                self._if(self._truth(test), yes, no)
            case Loop(test, step, body):
                while self._truth(test):
                    self._do(body)
                    self._value(step)
            case Return(value):
                if not self._doubtful:
                    raise _Returned(self._value(value))
            case _:
                self._value(statement)

    def _if(self, known: bool | None, yes: Statement, no: Statement) -> None:
        outside, self._mending = self._mending, known is None
        if known is not None:
            self._do(yes if known else no)
        else:
            self._doubtful += 1
            self._do(yes)
            self._do(no)
            self._doubtful -= 1
        self._mending = outside

    def _truth(self, expression: Expression) -> bool | None:
        return truth(self._plain(self._value(expression)))

    # expressions

    def _value(self, expression: Expression) -> Value:
        self._deeper()
        value = self._evaluated(expression)
        self._depth -= 1
        return value

    def _evaluated(self, expression: Expression) -> Value:
        found: Value
        match expression:
            case Constant(value):
                found = UNKNOWN if value is None else value
            case Name(name):
                found = self._variable(name)
            case Member(of, key):
                found = self._member(self._value(of), self._value(key))
            case Call(callee, arguments):
                found = self._call(callee, [self._value(argument) for argument in arguments])
            case Operation(sign, left, right):
                found = self._operation(sign, left, right)
            case Choice(test, yes, no):
                known = self._truth(test)
                found = UNKNOWN if known is None else self._value(yes if known else no)
            case Assignment(target, value):
                found = self._assign(target, self._value(value))
            case Function():
                found = expression
        return found

    def _variable(self, name: str) -> Value:
        if self._locals is not None and name in self._locals:
            return self._locals[name]
        return self._globals.get(name, Thing((name,)))

    def _member(self, of: Value, key: Value) -> Value:
        if isinstance(of, str) and key == "length":
            return float(len(of))
        if isinstance(of, Pieces):
            return _piece(of.texts, key)
        if not isinstance(of, Thing):
            return UNKNOWN
        if key in ("currentTarget", "target", "srcElement"):
            return _THIS
        if isinstance(key, str):
            return of if key == "options" else Thing((*of.names, key))
        # A place in a list, e.g. options[selectedIndex]: the thing before it says enough; of forms it is the name.
        return Thing((*of.names, as_text(key))) if of.names[-1] == "forms" and isinstance(key, float) else of

    def _plain(self, value: Value) -> Value:
        """Return what a thing of the browser's is worth in a sum."""
        if not isinstance(value, Thing):
            return value
        names = value.names
        if names[-1] == "value" and len(names) > 1:
            return self._this if names[0] == "this" else self._input(names[-2])
        if names[0] == "this" and names[-1] != "this":
            return self._attribute(data_attribute(names[-1]) if names[-2] == "dataset" else names[-1])
        if names == ("document", "URL"):
            return self._window.location["href"]
        return self._window.location.get(names[-1], UNKNOWN) if "location" in names else UNKNOWN

    def _attribute(self, name: str) -> Value:
        """Return what the element says that was clicked on."""
        return self._attributes.get(name.lower(), UNKNOWN)

    def _input(self, name: str) -> Value:
        return self.outcome.fields.get(name, self._window.inputs.get(name, UNKNOWN))

    def _operation(self, sign: str, left: Expression, right: Expression) -> Value:
        if sign in ("!", "-", "+") and left == Constant(None):
            return prefixed(sign, self._plain(self._value(right)))
        first = self._plain(self._value(left))
        if sign not in ("&&", "||"):
            return computed(sign, first, self._plain(self._value(right)))
        known = truth(first)
        if known is not None and known == (sign == "||"):
            return first
        second = self._plain(self._value(right))
        return second if known is not None or truth(second) == (sign == "||") else UNKNOWN

    # what changes something

    def _assign(self, target: Expression, value: Value) -> Value:
        if isinstance(target, Name) and target.id != "location":
            scope = self._locals if self._locals is not None and target.id in self._locals else self._globals
            if not self._mending or isinstance(scope.get(target.id, UNKNOWN), Unknown):
                scope[target.id] = value
            return value
        thing = self._value(target)
        if isinstance(thing, Thing):
            self._set(thing.names, self._plain(value))
        return value

    def _set(self, names: tuple[str, ...], value: Value) -> None:
        if "location" in names and names[-1] in ("location", "href", "search"):
            self._go(value)
        elif names[-1] == "value":
            self._fill(names[-2] if len(names) > 1 else "", value)
        elif names[-1] == "innerHTML":
            self._write(value)
        elif names[-1] == "action" and isinstance(value, str):
            self.outcome.action = value

    def _go(self, value: Value) -> None:
        if isinstance(value, str) and value:
            self.outcome.went.append(value)

    def _fill(self, name: str, value: Value) -> None:
        if isinstance(value, str | float):
            self.outcome.fields[name] = as_text(value)

    def _write(self, value: Value) -> None:
        if isinstance(value, str) and self._written + len(value) <= _MAX_WRITTEN:
            self._written += len(value)
            self.outcome.written.append(value)

    # calls

    def _call(self, callee: Expression, arguments: list[Value]) -> Value:
        function = self._value(callee)
        if isinstance(function, Function):
            return self._enter(function, arguments)
        if function in (Thing(("$",)), Thing(("jQuery",))) and arguments[:1] == [_THIS]:
            return _THIS
        values = [self._plain(argument) for argument in arguments]
        if isinstance(function, Thing):
            return self._browser_function(function.names, values)
        if isinstance(callee, Member) and isinstance(callee.key, Constant) and isinstance(callee.key.value, str):
            return string_method(self._plain(self._value(callee.of)), callee.key.value, values)
        return UNKNOWN

    def _enter(self, function: Function, arguments: list[Value]) -> Value:
        outside = self._locals, self._doubtful, self._mending, self._depth
        padded: list[Value] = [*arguments, *[UNKNOWN] * len(function.parameters)]
        self._locals, self._doubtful, self._mending = dict(zip(function.parameters, padded, strict=False)), 0, False
        value: Value = UNKNOWN
        try:
            self._do(function.body)
        except _Returned as returned:
            value = returned.value
        self._locals, self._doubtful, self._mending, self._depth = outside
        return value

    def _browser_function(self, names: tuple[str, ...], values: Sequence[Value]) -> Value:
        method, value = names[-1], values[0] if values else UNKNOWN
        if names[0] == "Math":
            return mathematics(method, values)
        if method in _FINDERS or names in (("$",), ("jQuery",)):
            return Thing((*(names[:-1] or ("document",)), _field_name(value)))
        act = self._acts().get(method)
        if act is not None:
            return act(names, values)
        if len(names) > 1:
            return string_method(self._plain(Thing(names[:-1])), method, values)
        return global_function(method, values)

    def _acts(self) -> Mapping[str, Callable[[tuple[str, ...], Sequence[Value]], Value]]:
        return {
            **dict.fromkeys(("write", "writeln", "html", "append"), self._writes),
            **dict.fromkeys(("open", "assign", "replace"), self._goes),
            **dict.fromkeys(("val", "attr", "prop"), self._changes),
            **dict.fromkeys(("data", "getAttribute"), self._tells),
            "submit": self._submits,
        }

    def _writes(self, _names: tuple[str, ...], values: Sequence[Value]) -> Value:
        for value in values:
            self._write(value)
        return UNKNOWN

    def _goes(self, names: tuple[str, ...], values: Sequence[Value]) -> Value:
        if names[-1] == "open" or names[-2:-1] == ("location",):
            self._go(values[0] if values else UNKNOWN)
            return UNKNOWN
        return string_method(self._plain(Thing(names[:-1] or names)), names[-1], values)

    def _changes(self, names: tuple[str, ...], values: Sequence[Value]) -> Value:
        """jQuery: `$(…).val(n)`, `$(…).attr("action", url)`."""
        target = names[-2] if len(names) > 1 else ""
        if names[-1] == "val" and not values:
            return self._this if target == "this" else self._input(target)
        if len(values) == 1 and target == "this" and names[-1] != "val":
            return self._tells(names, values)
        if names[-1] == "val":
            self._fill(target, values[0])
        elif len(values) > 1 and isinstance(values[0], str):
            self._set((target, values[0]), values[1])
        return UNKNOWN

    def _tells(self, names: tuple[str, ...], values: Sequence[Value]) -> Value:
        """`$(this).data("id")`, `this.getAttribute("rel")`: what the element that was clicked on says of itself."""
        name = values[0] if values else UNKNOWN
        if names[:-1] != ("this",) or not isinstance(name, str):
            return UNKNOWN
        return self._attribute(data_attribute(name) if names[-1] == "data" else name)

    def _submits(self, names: tuple[str, ...], _values: Sequence[Value]) -> Value:
        self.outcome.submitted = names[-2] if len(names) > 1 else ""
        return UNKNOWN


def _piece(texts: tuple[str, ...], key: Value) -> Value:
    """Return one piece of a string that was split, or how many there are."""
    if key == "length":
        return float(len(texts))
    return texts[int(key)] if isinstance(key, float) and 0 <= key < len(texts) else UNKNOWN


def _field_name(selector: Value) -> str:
    """Return the name or id that a selector means: `page`, `#page`, `input[name=page]`."""
    if not isinstance(selector, str):
        return ""
    if "name=" in selector:
        selector = selector.partition("name=")[2].partition("]")[0]
    return selector.strip("#'\" ")
