"""YamlText: strict reading of YAML 1.2 text into plain values that remember where they stood.

PyYAML's own constructors follow YAML 1.1: they read `9:00` as 540, `on` as true and `NO` as false, and keep the last of
two equal keys. Here only the parser of PyYAML is used; scalars follow the core schema of YAML 1.2 (section 10.3.2), and
what could mislead a reader (equal keys, tags, merge keys, several documents) is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

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

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+")
_BASED_INT = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
#: Longer digit strings stay text: no number of a policy needs them, and Python refuses to convert thousands of digits.
_MOST_DIGITS = 18


@dataclass(slots=True)
class Tree:
    """One YAML document: its value and where every part of it stood (1-based lines and columns)."""

    file: str
    findings: Findings
    value: Value = None
    #: Where the value at a path begins.
    values: dict[Path, Position] = field(default_factory=dict)
    #: Where the key that leads to a path begins.
    keys: dict[Path, Position] = field(default_factory=dict)

    def at(self, path: Path) -> Position:
        """The position of the value at `path`, or of the nearest thing above it that exists."""
        return self._nearest(self.values, path)

    def key_at(self, path: Path) -> Position:
        """The position of the key at `path`; an entry of a list, which has no key, gives its value's position."""
        return self.keys.get(path) or self._nearest(self.values, path)

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

    def _nearest(self, positions: dict[Path, Position], path: Path) -> Position:
        for length in range(len(path), -1, -1):
            found = positions.get(path[:length])
            if found is not None:
                return found
        return Position(file=self.file, line=1, column=1)


class _Refused(Exception):  # noqa: N818 - control flow inside this module, never seen by callers
    """The text cannot be read on; the finding has been noted."""


@dataclass(slots=True)
class _Node:
    """A parsed value before aliases are followed."""

    at: Position
    value: Value = None
    #: Mapping: (key, key position, value) in order. Sequence: value nodes.
    pairs: list[tuple[str, Position, _Node]] | None = None
    items: list[_Node] | None = None
    alias: bool = False
    open: bool = True


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
        self._anchors: dict[str, _Node] = {}
        self._stack: list[_Node] = []
        #: Per open mapping: the key that waits for its value.
        self._waiting: list[tuple[str, Position] | None] = []
        self._root: _Node | None = None

    def compose(self, text: str) -> _Node | None:
        for event in self._events(text):
            if isinstance(event, yaml.ScalarEvent):
                self._refuse_tag(event)
                plain = not event.style
                self._take(_Node(self._at(event), _scalar(event.value) if plain else event.value), event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._enter(event)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._stack.pop().open = False
                self._waiting.pop()
        return self._root

    def _events(self, text: str) -> Iterator[Any]:
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a policy file holds one document", hint="remove the '---' or split the file")
            yield event

    def _at(self, event: Any) -> Position:
        mark = event.start_mark
        return Position(file=self._file, line=mark.line + 1, column=mark.column + 1)

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
        node = _Node(self._at(event))
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
            self._take(_Node(target.at, target.value, target.pairs, target.items, alias=True, open=False), event)

    def _take(self, node: _Node, event: Any) -> None:
        """Put a value (or a key) where the innermost open collection expects it."""
        if getattr(event, "anchor", None) and not node.alias:
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
                self._waiting[-1] = (self._key(node, event), self._at(event))
            else:
                parent.pairs.append((*waiting, node))
                self._waiting[-1] = None

    def _key(self, node: _Node, event: Any) -> str:
        if node.pairs is not None or node.items is not None or not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, "a key has to be plain text", hint="put quotes around keys with special characters")
        if event.value == "<<" and not event.style:
            self._refuse(event, "merge keys ('<<') are not part of YAML 1.2", hint="write the keys out")
        return str(event.value)


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

    def plant(self, root: _Node) -> Tree | None:
        try:
            self._tree.value = self._grow(root, (), aliased=False)
        except _Refused:
            return None
        return self._tree

    def _grow(self, node: _Node, path: Path, *, aliased: bool) -> Value:
        aliased = aliased or node.alias
        self._count(node, path, aliased=aliased)
        self._tree.values[path] = node.at
        if node.items is not None:
            return [self._grow(item, (*path, index), aliased=aliased) for index, item in enumerate(node.items)]
        if node.pairs is None:
            return node.value
        grown: dict[str, Any] = {}
        for key, at, value in node.pairs:
            here = (*path, key)
            if key in grown:
                first = self._tree.keys[here]
                message = f"the key {key!r} stands here twice; the first is on line {first.line}"
                self._findings.add(at, path_text(here), message, hint="remove one of the two")
                continue
            self._tree.keys[here] = at
            grown[key] = self._grow(value, here, aliased=aliased)
        return grown

    def _count(self, node: _Node, path: Path, *, aliased: bool) -> None:
        self._aliased += aliased
        if self._aliased > MAX_ALIASED or len(path) > MAX_DEPTH:
            self._findings.add(
                node.at,
                path_text(path),
                "aliases blow this document up beyond what a policy may be",
                hint="write the values out, or define them once as a template or a calendar",
            )
            raise _Refused
