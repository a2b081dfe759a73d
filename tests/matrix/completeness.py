"""What Escalade can write, read from its code: a kind of write that the story lacks makes the matrix fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import connectors
from rules.change import Change

#: Calls that no plan leads to, and why.
UNREACHED = {
    "POST /rest/api/2/issueLink": "a ticket in the tracker is its own home, so no plan ties two of one site; "
    "the connector's contract tests it",
}
_PARAMETER = re.compile(r"\{[^}]*\}")


def calls_in_code() -> set[str]:
    """Every write call of the connectors, as `METHOD /template` with empty braces for what varies."""
    home = Path(str(connectors.__file__)).parent
    return {call for file in sorted(home.rglob("*.py")) for call in _sends(file, home)}


def _sends(file: Path, home: Path) -> Iterator[str]:
    module = ".".join(["connectors", *file.relative_to(home).with_suffix("").parts])
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"send", "_send"}:
            named = (word.value for word in node.keywords if word.arg == "template")
            template = next(named, node.args[1] if node.func.attr == "_send" else None)
            # What passes a method on is called with one elsewhere.
            if template is not None and isinstance(node.args[0], ast.Constant):
                yield plain(f"{node.args[0].value} {_text_of(template, module)}")


def _text_of(node: ast.expr, module: str) -> str:
    """A template is written out, or a constant of its module."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.Name), f"{module}: say a write's template as a text or as a constant"
    return str(getattr(import_module(module), node.id))


def plain(call: str) -> str:
    """A call without the names of its parameters and the context path of Data Center."""
    return _PARAMETER.sub("{}", call).replace(" /dc/", " /")


def missing(written: Iterable[tuple[str, str]], purposes: Iterable[str]) -> list[str]:
    """Calls and changes that the code knows and the story does not make."""
    made = {plain(f"{method} {template}") for method, template in written}
    # The channel's address is a secret, so its template is the root.
    made |= {"POST /"} if any(call.startswith("POST /room/") for call in made) else set()
    lacking = [f"no write of the story is a {call}" for call in sorted(calls_in_code() - made - UNREACHED.keys())]
    had = {word.strip(",") for purpose in purposes for word in purpose.split()}
    kinds = {kind.__name__ for kind in get_args(Change)}
    return lacking + [f"no write of the story makes a {kind}" for kind in sorted(kinds - had)]
