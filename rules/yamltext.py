"""YamlText: strict reading of YAML 1.2 text into plain values that remember where they stood.

PyYAML's own constructors follow YAML 1.1: they read `9:00` as 540, `on` as true and `NO` as false, and keep the last of
two equal keys. Here only the parser of PyYAML is used; scalars follow the core schema of YAML 1.2 (section 10.3.2), and
what could mislead a reader (equal keys, tags, merge keys, several documents) is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import yaml

from rules.policy import Position
from rules.problems import Findings, path_text

Path = tuple[str | int, ...]
Value = dict[str, Any] | list[Any] | str | int | float | bool | None

#: Largest policy file in characters, deepest nesting, and how many values aliases may add: far above any real policy,
#: far below what could exhaust memory (a "billion laughs" document).
MAX_CHARACTERS = 4_000_000
MAX_DEPTH = 60
MAX_ALIASED = 10_000

#: The parser in C where there is one; both tell the same events.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+")
_BASED_INT = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
#: Longer digit strings stay text: no number of a policy needs them, and Python refuses to convert thousands of digits.
_MOST_DIGITS = 18


class Node(msgspec.Struct, gc=False):
    """One value of a document and where it begins (1-based line and column), before aliases are followed."""

    file: str
    line: int
    column: int
    value: Value = None
    #: Mapping: (key, line of the key, its column, value) in order.
    pairs: list[tuple[str, int, int, Node]] | None = None
    #: Sequence: its entries.
    items: list[Node] | None = None
    alias: bool = False
    #: Its end has not been read yet.
    open: bool = True

    @property
    def at(self) -> Position:
        """Where it begins."""
        return Position(file=self.file, line=self.line, column=self.column)

    def below(self, part: str | int) -> tuple[Position, Node] | None:
        """The value at a key or an index, with the position of the key; an entry of a list has its own."""
        if isinstance(part, int):
            found = self.items[part] if self.items is not None and 0 <= part < len(self.items) else None
            return None if found is None else (found.at, found)
        for key, line, column, node in self.pairs or ():
            if key == part:
                return Position(file=node.file, line=line, column=column), node
        return None


@dataclass(slots=True)
class Tree:
    """One YAML document: its value and where every part of it stood (1-based lines and columns)."""

    file: str
    findings: Findings
    value: Value = None
    #: Where the parts of the value stood; None = they stood nowhere.
    root: Node | None = None

    def at(self, path: Path) -> Position:
        """The position of the value at `path`, or of the nearest thing above it that exists."""
        node = self._nearest(path)[0]
        return Position(file=self.file, line=1, column=1) if node is None else node.at

    def key_at(self, path: Path) -> Position:
        """The position of the key at `path`; an entry of a list, which has no key, gives its value's position."""
        parent, depth = self._nearest(path[:-1])
        found = parent.below(path[-1]) if path and parent is not None and depth == len(path) - 1 else None
        return self.at(path) if found is None else found[0]

    def _nearest(self, path: Path) -> tuple[Node | None, int]:
        """The node at `path`, or the nearest above it, with the length of its path."""
        node = self.root
        for depth, part in enumerate(path):
            found = None if node is None else node.below(part)
            if found is None:
                return node, depth
            node = found[1]
        return node, len(path)

    def refuse(
        self,
        path: Path,
        message: str,
        *,
        on_key: bool = False,
        found: object = None,
        allowed: Iterable[str] = (),
        hint: str | None = None,
    ) -> None:
        """Note a problem with the value at `path`, or with its key."""
        at = self.key_at(path) if on_key else self.at(path)
        self.findings.add(at, path_text(path), message, found=found, allowed=allowed, hint=hint)


class _Refused(Exception):  # noqa: N818 - control flow inside this module, never seen by callers
    """The text cannot be read on; the finding has been noted."""


def read_yaml(file: str, text: str, findings: Findings) -> Tree | None:
    """Read one YAML document; None when it cannot be read (then `findings` says why).

    Args:
        file: Name for positions.
        text: The whole file.
        findings: Where mistakes are noted; equal keys are noted too, but do not stop the reading.
    """
    start = Position(file=file, line=1, column=1)
    if len(text) > MAX_CHARACTERS:
        findings.add(start, "", f"the file is larger than {MAX_CHARACTERS:,} characters", hint="split it by topic")
        return None
    try:
        root = _Composer(file, findings).compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Position(file=file, line=mark.line + 1, column=mark.column + 1) if mark else start
        findings.add(at, "", f"this is not valid YAML: {error.problem or error.context}", hint=_advice(text, at))
        return None
    except yaml.reader.ReaderError as error:
        findings.add(_place(file, text, error.position), "", f"this is not valid YAML: {error.reason}")
        return None
    except _Refused:
        return None
    if root is None:
        return Tree(file=file, findings=findings)
    return _Planter(file, findings).plant(root)


def _advice(text: str, at: Position) -> str:
    lines = text.splitlines()
    line = lines[at.line - 1] if 0 < at.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with blanks; YAML does not allow tabs"
    return "look at the indentation, and put quotes around text that contains ': ', '#', '{', '[', '*', '&' or '!'"


def _place(file: str, text: str, offset: int) -> Position:
    before = text[:offset]
    return Position(file=file, line=before.count("\n") + 1, column=offset - before.rfind("\n"))


class _Composer:
    """Builds nodes from parser events, without recursion, so that deep nesting cannot exhaust the stack."""

    def __init__(self, file: str, findings: Findings) -> None:
        self._file = file
        self._findings = findings
        self._anchors: dict[str, Node] = {}
        self._stack: list[Node] = []
        #: Per open mapping: the key that waits for its value.
        self._waiting: list[tuple[str, int, int] | None] = []
        self._root: Node | None = None
        self._documents = 0

    def compose(self, text: str) -> Node | None:
        loader = LOADER(text)
        try:
            while (event := loader.get_event()) is not None:
                self._read(event)
        finally:
            loader.dispose()
        return self._root

    def _read(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            if event.tag is not None:
                self._refuse_tag(event)
            if self._waiting and self._waiting[-1] is None and not event.anchor and self._stack[-1].pairs is not None:
                # A key: nothing else asks for its node.
                self._wait(event)
                return
            node = self._node(event)
            node.value = event.value if event.style else _scalar(event.value)
            self._take(node, event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._enter(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._stack.pop().open = False
            self._waiting.pop()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, "a policy file holds one document", hint="remove the '---' or split the file")

    def _node(self, event: Any) -> Node:
        mark = event.start_mark
        return Node(self._file, mark.line + 1, mark.column + 1)

    def _at(self, event: Any) -> Position:
        return self._node(event).at

    def _refuse(self, event: Any, message: str, *, found: str | None = None, hint: str | None = None) -> None:
        self._findings.add(self._at(event), "", message, found=found, hint=hint)
        raise _Refused

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self._refuse(event, "YAML tags are not allowed in a policy", found=event.tag, hint="write the plain value")

    def _enter(self, event: Any) -> None:
        self._refuse_tag(event)
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(event, f"values are nested more than {MAX_DEPTH} levels deep", hint="flatten the conditions")
        node = self._node(event)
        if isinstance(event, yaml.MappingStartEvent):
            node.pairs = []
        else:
            node.items = []
        self._take(node, event)
        self._stack.append(node)
        self._waiting.append(None)

    def _alias(self, event: Any) -> None:
        target = self._anchors.get(event.anchor)
        if target is None:
            self._refuse(event, "this alias has no anchor above it", found=f"*{event.anchor}")
        elif target.open and (target.pairs is not None or target.items is not None):
            self._refuse(event, "this alias stands inside its own anchor", found=f"*{event.anchor}")
        else:
            self._take(_aliased(target), event)

    def _take(self, node: Node, event: Any) -> None:
        """Put a value (or a key) where the innermost open collection expects it."""
        if event.anchor and not node.alias:
            self._anchors[event.anchor] = node
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif parent.pairs is not None:
            waiting = self._waiting[-1]
            if waiting is None:
                self._wait(event)
            else:
                parent.pairs.append((*waiting, node))
                self._waiting[-1] = None

    def _wait(self, event: Any) -> None:
        """Note a key; its value comes next."""
        mark = event.start_mark
        self._waiting[-1] = self._key(event), mark.line + 1, mark.column + 1

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, "a key has to be plain text", hint="put quotes around keys with special characters")
        if event.value == "<<" and not event.style:
            self._refuse(event, "merge keys ('<<') are not part of YAML 1.2", hint="write the keys out")
        return str(event.value)


def _aliased(target: Node) -> Node:
    """What an alias stands for, where that stands."""
    node = Node(target.file, target.line, target.column, target.value)
    node.pairs, node.items = target.pairs, target.items
    node.alias, node.open = True, False
    return node


def _scalar(text: str) -> str | int | float | bool | None:
    """A plain scalar under the core schema of YAML 1.2; infinities and not-a-number stay text on purpose."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if len(text) > _MOST_DIGITS or text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _BASED_INT.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


class _Planter:
    """Turns nodes into plain values, following aliases within limits and noting equal keys."""

    def __init__(self, file: str, findings: Findings) -> None:
        self._tree = Tree(file=file, findings=findings)
        self._findings = findings
        self._aliased = 0

    def plant(self, root: Node) -> Tree | None:
        self._tree.root = root
        try:
            self._tree.value = self._grow(root, (), aliased=False)
        except _Refused:
            return None
        return self._tree

    def _grow(self, node: Node, path: Path, *, aliased: bool) -> Value:
        aliased = aliased or node.alias
        if aliased or len(path) > MAX_DEPTH:
            self._count(node, path, aliased=aliased)
        if node.items is not None:
            return [self._grow(item, (*path, index), aliased=aliased) for index, item in enumerate(node.items)]
        if node.pairs is None:
            return node.value
        grown: dict[str, Any] = {}
        for key, line, column, value in node.pairs:
            if key in grown:
                here = (*path, key)
                first = self._tree.key_at(here)
                message = f"the key {key!r} stands here twice; the first is on line {first.line}"
                at = Position(file=node.file, line=line, column=column)
                self._findings.add(at, path_text(here), message, hint="remove one of the two")
            elif aliased or value.alias or value.pairs is not None or value.items is not None:
                grown[key] = self._grow(value, (*path, key), aliased=aliased)
            else:
                grown[key] = value.value
        return grown

    def _count(self, node: Node, path: Path, *, aliased: bool) -> None:
        self._aliased += aliased
        if self._aliased > MAX_ALIASED or len(path) > MAX_DEPTH:
            self._findings.add(
                node.at,
                path_text(path),
                "aliases blow this document up beyond what a policy may be",
                hint="write the values out, or define them once as a template or a calendar",
            )
            raise _Refused
