"""The laws of the house, executed: who may import whom, who may ask the time, how large things may grow, how not to name.

The source is read, not imported, so that a broken module is found as well.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENDORS = sorted(
    folder.name for folder in (ROOT / "connectors").iterdir() if folder.is_dir() and (folder / "__init__.py").exists()
)
FILES = sorted(
    path.relative_to(ROOT)
    for path in [
        ROOT / "sync.py",
        *(p for top in ("connectors", "rules", "escalade") for p in (ROOT / top).rglob("*.py")),
    ]
)

OURS = {"rules", "connectors", "sync", "escalade"}
DATABASE = {"sqlalchemy", "alembic", "psycopg", "sqlite3"}
HTTP_CLIENTS = {"requests", "jira", "zenpy", "urllib3", "httpx"}
SHELL = {"starlette", "uvicorn", "typer", "rich", "structlog", "schedule"}

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 40
BANNED_WORDS = {"Manager", "Helper", "Helpers", "Utils", "Util", "Handler", "Processor", "Data", "Info"}

#: Calls that ask the machine for the present.
PRESENT = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}


@functools.cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), filename=str(file))


def is_main_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def nodes_of(file: Path) -> Iterator[ast.AST]:
    """Every node, except what runs only when the file is started as a program."""
    waiting: list[ast.AST] = [tree_of(file)]
    while waiting:
        node = waiting.pop()
        if not is_main_guard(node):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def package_of(file: Path) -> list[str]:
    return list(file.with_suffix("").parts[:-1])


def imports_of(file: Path) -> set[str]:
    """Dotted names of all modules that the file imports, wherever in it."""
    found: set[str] = set()
    for node in nodes_of(file):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = package_of(file)
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def named(*tops: str) -> list[Path]:
    return [file for file in FILES if file.as_posix().startswith(tops)]


def test_the_laws_are_applied_to_something() -> None:
    assert VENDORS == ["jira", "zendesk"]
    assert len(named("rules/")) > 10
    assert len(named("connectors/")) > 10
    assert len(named("escalade/store/")) > 10
    assert Path("sync.py") in FILES


@pytest.mark.parametrize("file", named("rules/"), ids=str)
def test_the_rules_import_nothing_but_themselves(file: Path) -> None:
    assert roots(imports_of(file)) & (OURS | DATABASE | HTTP_CLIENTS | SHELL) <= {"rules"}


@pytest.mark.parametrize("file", named("connectors/"), ids=str)
def test_a_connector_knows_the_rules_values_and_no_other_vendor(file: Path) -> None:
    imported = imports_of(file)
    assert roots(imported) & (OURS | DATABASE | SHELL) <= {"rules", "connectors"}
    home = file.parts[1] if file.parts[1] in VENDORS else None
    foreign = {f"connectors.{vendor}" for vendor in VENDORS if vendor != home}
    assert not {module for module in imported if ".".join(module.split(".")[:2]) in foreign}
    if home != "jira":
        assert "jira" not in roots(imported)
    if home != "zendesk":
        assert "zenpy" not in roots(imported)


def test_the_loop_knows_the_rules_and_the_connector_contract_only() -> None:
    imported = imports_of(Path("sync.py"))
    assert roots(imported) & (OURS | DATABASE | HTTP_CLIENTS | SHELL) <= {"rules", "connectors"}
    of_connectors = {".".join(module.split(".")[:2]) for module in imported if module.startswith("connectors.")}
    assert of_connectors <= {"connectors.base", "connectors.errors"}


@pytest.mark.parametrize("file", named("escalade/"), ids=str)
def test_the_shell_knows_no_vendor_and_the_database_only_in_the_store(file: Path) -> None:
    imported = imports_of(file)
    vendors = {f"connectors.{vendor}" for vendor in VENDORS}
    assert not {module for module in imported if ".".join(module.split(".")[:2]) in vendors}
    # The demo plays the agents and customers of the emulated helpdesks: they speak HTTP themselves.
    if not file.is_relative_to("escalade/demo"):
        assert not roots(imported) & HTTP_CLIENTS
    if not file.is_relative_to("escalade/store"):
        assert not roots(imported) & DATABASE
    if not file.is_relative_to("escalade/emulator"):
        assert "config" not in roots(imported)


@pytest.mark.parametrize("file", named("escalade/emulator/"), ids=str)
def test_the_emulator_shares_no_code_with_what_it_tests(file: Path) -> None:
    imported = imports_of(file)
    ours = {module for module in imported if module.partition(".")[0] in OURS}
    assert not {module for module in ours if module != "escalade" and not module.startswith("escalade.emulator")}
    assert not roots(imported) & (DATABASE | HTTP_CLIENTS)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_nobody_asks_the_time_but_the_clocks(file: Path) -> None:
    if file.name == "clock.py":
        return
    nodes = list(nodes_of(file))
    injected = {default for node in nodes if isinstance(node, ast.arguments) for default in defaults_of(node)}
    asked = {
        f"line {node.lineno}: {name}"
        for node in nodes
        if isinstance(node, ast.Attribute) and node not in injected and (name := ast.unparse(node)) in PRESENT
    }
    assert not asked
    # A connector may take the machine's clock as the default of a parameter, so that tests can hand in another one.
    assert not injected or file.parts[0] == "connectors"


def defaults_of(arguments: ast.arguments) -> set[ast.expr]:
    defaults = {default for default in [*arguments.defaults, *arguments.kw_defaults] if default is not None}
    return {default for default in defaults if ast.unparse(default) in PRESENT}


@pytest.mark.parametrize("file", FILES, ids=str)
def test_nobody_imports_the_config_folder(file: Path) -> None:
    assert "config" not in roots(imports_of(file)), "works in a checkout and dies from the wheel"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_files_and_functions_stay_small(file: Path) -> None:
    lines = len((ROOT / file).read_text(encoding="utf-8").splitlines())
    assert lines < MOST_LINES_OF_A_FILE, f"{file} has {lines} lines: split it by noun"
    assert not {
        f"{node.name} (line {node.lineno}) has {length} lines"
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := length_of(node)) >= MOST_LINES_OF_A_FUNCTION
    }


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring: documentation is not to be saved on."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    assert function.end_lineno is not None
    assert first.end_lineno is not None
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if documented else 0)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_names_are_the_fields_own_terms(file: Path) -> None:
    classes = [node.name for node in ast.walk(tree_of(file)) if isinstance(node, ast.ClassDef)]
    words = {word for name in classes for word in re.findall(r"[A-Z][a-z0-9]*", name)}
    assert not words & BANNED_WORDS
    assert not {word.capitalize() for word in file.stem.split("_")} & BANNED_WORDS
    if "jira" not in file.parts:
        assert not words & {"Issue", "Issues"}, "outside Jira it is a Ticket"
