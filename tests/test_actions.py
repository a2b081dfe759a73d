"""The table of actions is complete: nothing is logged or journalled under another name, and nothing in it is unused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from escalade.actions import ACTIONS, LEVELS, Level

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "sync.py", *(file for top in ("escalade", "rules") for file in (ROOT / top).rglob("*.py"))]
_NAME = re.compile(r"[a-z]+\.[a-z_]+")
#: Words with a dot that are no actions: names of files, of a template's parts, of a ticket's fields.
_LOGGING = {"info", "warning", "error"}


def logged() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Every call of the log: its level, the name, and the facts."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            function, name = node.func, node.args[0].value
            level = function.attr if isinstance(function, ast.Attribute) else ""
            if level in _LOGGING and ast.unparse(function).startswith("log.") and isinstance(name, str):
                facts = {"exception" if word.arg == "exc_info" else str(word.arg) for word in node.keywords}
                yield level, name, frozenset(facts)


def words() -> set[str]:
    """Every string of the shell that could be an action's name."""
    found = set()
    for file in FILES:
        if file.name != "actions.py":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            found |= {word for word in constants if isinstance(word, str) and _NAME.fullmatch(word)}
    return found


def test_whatever_is_logged_is_in_the_table_with_its_level_and_its_facts() -> None:
    facts = {action.name: action.facts for action in ACTIONS}
    calls = list(logged())
    assert len(calls) > 20
    for level, name, told in calls:
        assert name in facts, name
        assert level == LEVELS[name], name
        assert told <= set(facts[name] or ()), name


def test_whatever_is_journalled_is_in_the_table() -> None:
    journalled = {action.name for action in ACTIONS if action.facts is None}
    families = {name.partition(".")[0] for name in journalled} - {"ticket", "policy", "group"}
    used = {word for word in words() if word.partition(".")[0] in families}
    # `dead.replayed` and `dead.dropped` are put together from their words.
    assert used | {"dead.replayed", "dead.dropped"} <= LEVELS.keys() | {"digest.py"}


def test_nothing_is_in_the_table_that_nobody_says() -> None:
    assert {action.name for action in ACTIONS} - words() == {"dead.replayed", "dead.dropped"}
    assert all(action.level is not Level.SILENT or action.facts is None for action in ACTIONS)
