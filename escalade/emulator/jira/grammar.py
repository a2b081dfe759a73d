"""The grammar of JQL: text to a tree of clauses, with Jira's own complaints about bad text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_ORDER_FIELDS = 7
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<mark>!=|>=|<=|!~|&&|\|\||[=<>~(),!])
    |(?P<word>[^\s()",'=!<>~&|]+)
    )""",
    re.VERBOSE,
)
_OPERATORS = frozenset({"=", "!=", ">", ">=", "<", "<=", "~", "!~"})
_LIST = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"


class JqlError(Exception):
    """The query is refused; the text is Jira's message."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal; an unquoted number is an instant in milliseconds where a date is expected."""

    text: str
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Function:
    """A function such as ``currentUser()``."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keyword:
    """``EMPTY`` or ``NULL``."""

    name: str = "empty"


@dataclass(frozen=True, slots=True)
class Clause:
    """A comparison; ``operands`` has one member unless the operator is ``in`` or ``not in``."""

    field: str
    operator: str
    operands: tuple[Value | Function | Keyword, ...]


@dataclass(frozen=True, slots=True)
class Compound:
    """Clauses joined by ``and`` or ``or``, or one clause under ``not``."""

    operator: str
    clauses: tuple[Node, ...]


Node = Clause | Compound


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query: its restriction (None: unbounded) and the order as (field, descending)."""

    where: Node | None
    order: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise JqlError(
                f"Error in the JQL Query: The character '{text[at:].strip()[0]}' is a reserved JQL character or an"
                f" unfinished quote. (line 1, character {at + 1})"
            )
        kind = str(match.lastgroup)
        raw = match[kind]
        found.append(_Token(kind, re.sub(r"\\(.)", r"\1", raw[1:-1]) if kind == "quoted" else raw, match.start(kind)))
        at = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens: or, and, not, parentheses, clauses."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        bounded = self._peek().kind != "end" and self._peek().word != "order"
        where = self._or() if bounded else None
        order = self._order() if self._peek().word == "order" else ()
        if self._peek().kind != "end":
            raise self._unexpected("Expecting either 'OR' or 'AND'")
        return Query(where=where, order=order)

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "the end of the query", 0)

    def _take(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _unexpected(self, wanted: str) -> JqlError:
        token = self._peek()
        place = "" if token.kind == "end" else f" (line 1, character {token.at + 1})"
        return JqlError(f"Error in the JQL Query: {wanted} but got '{token.text}'.{place}")

    def _or(self) -> Node:
        return self._joined("or", "||", self._and)

    def _and(self) -> Node:
        return self._joined("and", "&&", self._not)

    def _joined(self, word: str, mark: str, inner: Callable[[], Node]) -> Node:
        clauses: list[Node] = [inner()]
        while self._peek().word == word or self._peek().text == mark:
            self._take()
            clauses.append(inner())
        return clauses[0] if len(clauses) == 1 else Compound(word, tuple(clauses))

    def _not(self) -> Node:
        if self._peek().word == "not" or self._peek().text == "!":
            self._take()
            return Compound("not", (self._not(),))
        if self._peek().kind == "mark" and self._peek().text == "(":
            self._take()
            inner = self._or()
            self._close()
            return inner
        return self._clause()

    def _close(self) -> None:
        if self._peek().text != ")":
            raise self._unexpected("Expecting ')'")
        self._take()

    def _clause(self) -> Clause:
        if self._peek().kind not in {"word", "quoted"}:
            raise self._unexpected("Expecting a field name at the start of a clause")
        name = self._take().text
        operator = self._operator()
        if operator in {"in", "not in"}:
            return Clause(name, operator, self._list())
        return Clause(name, operator, (self._operand(),))

    def _operator(self) -> str:
        token = self._peek()
        if token.kind == "mark" and token.text in _OPERATORS:
            return self._take().text
        if token.word in {"in", "is", "not"}:
            self._take()
            if token.word == "not" and self._peek().word == "in":
                self._take()
                return "not in"
            if token.word == "is" and self._peek().word == "not":
                self._take()
                return "is not"
            if token.word != "not":
                return token.word
        raise self._unexpected(f"Expecting operator but got another word. The valid operators are {_LIST}")

    def _list(self) -> tuple[Value | Function | Keyword, ...]:
        if self._peek().text != "(" or self._peek().kind != "mark":
            return (self._operand(),)
        self._take()
        items = [self._operand()]
        while self._peek().text == "," and self._peek().kind == "mark":
            self._take()
            items.append(self._operand())
        self._close()
        return tuple(items)

    def _operand(self) -> Value | Function | Keyword:
        token = self._peek()
        if token.kind not in {"word", "quoted"}:
            raise self._unexpected("Expecting either a value, list or function")
        self._take()
        if token.word in {"empty", "null"}:
            return Keyword(token.word)
        if token.kind == "word" and self._peek().kind == "mark" and self._peek().text == "(":
            self._take()
            return Function(token.text, self._arguments())
        return Value(token.text, quoted=token.kind == "quoted")

    def _arguments(self) -> tuple[str, ...]:
        found = []
        while self._peek().kind in {"word", "quoted"}:
            found.append(self._take().text)
            if self._peek().text == ",":
                self._take()
        self._close()
        return tuple(found)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._take()
        if self._take().word != "by":
            self._at -= 1
            raise self._unexpected("Expecting 'BY'")
        found = []
        while self._peek().kind in {"word", "quoted"}:
            name = self._take().text
            descending = self._peek().word == "desc"
            if self._peek().word in {"asc", "desc"}:
                self._take()
            found.append((name, descending))
            if self._peek().text != ",":
                break
            self._take()
        if not found:
            raise self._unexpected("Expecting a field name after 'ORDER BY'")
        if len(found) > MOST_ORDER_FIELDS:
            raise JqlError(f"The maximum number of orderBy fields allowed is {MOST_ORDER_FIELDS}.")
        return tuple(found)


def parse(text: str) -> Query:
    """Return the query that ``text`` says.

    Raises:
        JqlError: The text is no JQL, or JQL beyond what the emulator knows.
    """
    return _Parser(_tokens(text)).query()
