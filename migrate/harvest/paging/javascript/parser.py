"""The little JavaScript with which old pages turn pages, parsed: assignments, if, for, functions, sums of strings.

Not a JavaScript engine, and not meant to become one: what is beyond it is skipped statement by statement, and what
depends on it is unknown. It runs nothing (see machine.py), so a hostile page costs at most the bounded time to read it.
"""

import re
from collections.abc import Callable

from migrate.harvest.paging.javascript.syntax import (
    NOTHING,
    UNKNOWN,
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

MAX_SOURCE = 60_000
"""Characters of script that are read; pagers are short."""

_MAX_DEPTH = 40
_MAX_OPERANDS = 100

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|<!--[^\n]*|-->[^\n]*)+", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?|\.\d+)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<name>[^\W\d][\w$]*|\$[\w$]*)
    |(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||\+\+|--|[-+*/%]=|[-+*/%<>=!?:;,.(){}\[\]&|^~])""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,80}\]){1,500}/\w*")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "v": "", "0": "", "\n": ""}

_STRENGTH = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "===": 3, "!==": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "in": 4,
    "instanceof": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_CONSTANTS: dict[str, bool | float | None] = {"true": True, "false": False, "null": None, "undefined": None}
_BEYOND = frozenset({"do", "switch", "catch", "finally", "throw", "case", "else", "with", "class"})


class _NotUnderstood(Exception):
    """The statement is beyond this parser."""


def parse(source: str) -> Block:
    """Return a script's statements. Never raises: what is not understood is left out."""
    return Block(tuple(_Parser(source[:MAX_SOURCE]).script()))


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._from = 0
        """Where the token at hand begins."""
        self._kind = ""
        self._word = ""
        self._depth = 0
        self._advance()

    # tokens

    def _advance(self) -> str:
        """Step over one token and return it."""
        passed = self._word
        blank = _SPACE.match(self._source, self._at)
        self._from = blank.end() if blank else self._at
        found = _TOKEN.match(self._source, self._from)
        self._kind = (found.lastgroup or "") if found else ""
        self._word = found[0] if found else ""
        # What is no token at all (a stray backslash, a template string) ends the script.
        self._at = found.end() if found else max(len(self._source), 1)
        return passed

    def _is(self, *tokens: str) -> bool:
        return self._kind in ("sign", "name") and self._word in tokens

    def _take(self, token: str) -> bool:
        if self._is(token):
            self._advance()
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _NotUnderstood

    # statements

    def script(self) -> list[Statement]:
        """Return all statements; a brace that closes nothing is passed over."""
        found = self.statements()
        while self._take("}"):
            found += self.statements()
        return found

    def statements(self) -> list[Statement]:
        """Return statements up to the brace that closes them, or the end."""
        found: list[Statement] = []
        while self._kind and not self._is("}"):
            start = self._from
            try:
                found.append(self._statement())
            except _NotUnderstood:
                self._skip(start)
        return found

    def _skip(self, start: int) -> None:
        """Go on behind a statement that was not understood: its semicolon, or the braces it opened."""
        if self._from == start:
            self._advance()
        open_braces = 0
        while self._kind:
            if self._is("{"):
                open_braces += 1
            elif self._is("}"):
                open_braces -= 1
                if open_braces < 0:
                    return
                if not open_braces:
                    self._advance()
                    break
            elif self._is(";") and not open_braces:
                break
            self._advance()
        self._take(";")

    def _nested(self) -> Statement:
        self._deeper()
        try:
            return self._statement()
        finally:
            self._depth -= 1

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._depth -= 1
            raise _NotUnderstood

    def _statement(self) -> Statement:
        if self._take(";"):
            return NOTHING
        if self._is("{"):
            return self._block()
        if self._kind == "name" and self._word in _BEYOND:
            raise _NotUnderstood
        if self._kind == "name" and self._word in _STATEMENTS:
            return _STATEMENTS[self._word](self)
        expression = self._sequence()
        self._take(";")
        return expression

    def _block(self) -> Block:
        self._expect("{")
        self._deeper()
        try:
            found = tuple(self.statements())
        finally:
            self._depth -= 1
        self._take("}")
        return Block(found)

    def _variables(self) -> Block:
        self._advance()
        found: list[Statement] = []
        while True:
            name = self._name()
            found.append(Variable(name, self._expression() if self._take("=") else UNKNOWN))
            if not self._take(","):
                break
        self._take(";")
        return Block(tuple(found))

    def _name(self) -> str:
        if self._kind != "name":
            raise _NotUnderstood
        return self._advance()

    def _declaration(self) -> Variable:
        self._advance()
        name = self._name()
        return Variable(name, self._function())

    def _function(self) -> Function:
        """Return a function from its opening parenthesis on."""
        self._expect("(")
        parameters: list[str] = []
        while not self._take(")"):
            parameters.append(self._name())
            self._take(",")
        return Function(tuple(parameters), self._block())

    def _if(self) -> If:
        self._advance()
        test = self._parenthesis()
        yes = self._nested()
        return If(test, yes, self._nested() if self._take("else") else NOTHING)

    def _parenthesis(self) -> Expression:
        self._expect("(")
        found = self._sequence()
        self._expect(")")
        return found

    def _loop(self) -> Statement:
        if self._advance() == "while":
            return Loop(self._parenthesis(), UNKNOWN, self._nested())
        self._expect("(")
        first = NOTHING if self._is(";") else self._nested()
        self._take(";")  # a declaration has taken its own
        test = Constant(True) if self._is(";") else self._sequence()
        self._expect(";")
        step = UNKNOWN if self._is(")") else self._sequence()
        self._expect(")")
        return Block((first, Loop(test, step, self._nested())))

    def _try(self) -> Statement:
        """Return what is tried: nothing ever goes wrong here."""
        self._advance()
        found = self._block()
        if self._take("catch"):
            self._parenthesis()
            self._block()
        return Block((found, self._block())) if self._take("finally") else found

    def _return(self) -> Return:
        self._advance()
        value = UNKNOWN if self._is(";", "}") or not self._kind else self._sequence()
        self._take(";")
        return Return(value)

    # expressions

    def _sequence(self) -> Expression:
        found = self._expression()
        while self._take(","):
            found = Operation(",", found, self._expression())
        return found

    def _expression(self) -> Expression:
        self._deeper()
        try:
            return self._assignment()
        finally:
            self._depth -= 1

    def _assignment(self) -> Expression:
        left = self._choice()
        if self._take("="):
            return Assignment(left, self._expression())
        for sign in ("+", "-", "*", "/", "%"):
            if self._take(sign + "="):
                return Assignment(left, Operation(sign, left, self._expression()))
        return left

    def _choice(self) -> Expression:
        test = self._operation(1)
        if not self._take("?"):
            return test
        yes = self._expression()
        self._expect(":")
        return Choice(test, yes, self._expression())

    def _operation(self, strength: int) -> Expression:
        left = self._prefix()
        for _operand in range(_MAX_OPERANDS):
            sign = self._word
            if self._kind not in ("sign", "name") or _STRENGTH.get(sign, 0) < strength:
                return left
            self._advance()
            left = Operation(sign, left, self._operation(_STRENGTH[sign] + 1))
        raise _NotUnderstood

    def _prefix(self) -> Expression:
        self._deeper()
        try:
            for sign in ("!", "-", "+", "++", "--", "~", "typeof", "new", "delete", "void"):
                if self._take(sign):
                    return self._prefixed(sign, self._prefix())
            return self._postfix(self._primary())
        finally:
            self._depth -= 1

    def _prefixed(self, sign: str, right: Expression) -> Expression:
        if sign in ("++", "--"):
            return _step(sign, right)
        return Operation(sign, UNKNOWN, right) if sign in ("!", "-", "+") else UNKNOWN

    def _postfix(self, found: Expression) -> Expression:
        for _member in range(_MAX_OPERANDS):
            if self._take("."):
                found = Member(found, Constant(self._name()))
            elif self._take("["):
                found = Member(found, self._sequence())
                self._expect("]")
            elif self._take("("):
                found = Call(found, self._arguments())
            elif self._is("++", "--"):
                return _step(self._advance(), found)
            else:
                return found
        raise _NotUnderstood

    def _arguments(self) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while not self._take(")"):
            found.append(self._expression())
            if not self._is(")"):
                self._expect(",")
        return tuple(found)

    def _primary(self) -> Expression:
        if self._kind in ("number", "string"):
            return self._literal()
        if self._kind == "name":
            return self._named()
        if self._is("("):
            return self._parenthesis()
        if self._is("[", "{"):
            self._brackets()
            return UNKNOWN
        return self._regex()

    def _literal(self) -> Constant:
        if self._kind == "string":
            return Constant(_ESCAPE.sub(_unescape, self._advance()[1:-1]))
        digits = self._advance()
        return Constant(float(int(digits, 16)) if digits[:2] in ("0x", "0X") else float(digits))

    def _named(self) -> Expression:
        name = self._advance()
        if name == "function":
            if self._kind == "name":
                self._advance()
            return self._function()
        return Constant(_CONSTANTS[name]) if name in _CONSTANTS else Name(name)

    def _brackets(self) -> None:
        """Step over a list or an object, whatever is in it."""
        depth = 0
        while self._kind:
            depth += self._is("[", "{", "(") - self._is("]", "}", ")")
            self._advance()
            if not depth:
                return
        raise _NotUnderstood

    def _regex(self) -> Expression:
        found = _REGEX.match(self._source, self._from) if self._is("/", "/=") else None
        if found is None:
            raise _NotUnderstood
        self._at = found.end()
        self._advance()
        return UNKNOWN


_STATEMENTS: dict[str, Callable[[_Parser], Statement]] = {
    "var": _Parser._variables, "let": _Parser._variables, "const": _Parser._variables,
    "function": _Parser._declaration, "if": _Parser._if, "for": _Parser._loop, "while": _Parser._loop,
    "return": _Parser._return, "try": _Parser._try,
}  # fmt: skip


def _step(sign: str, target: Expression) -> Assignment:
    """`n++` is `n = n - -1`: a difference, since a sum of strings is a string."""
    return Assignment(target, Operation("-", target, Constant(-1.0 if sign == "++" else 1.0)))


def _unescape(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1] or found[2], 16))
    return _CONTROLS.get(found[3], found[3])
