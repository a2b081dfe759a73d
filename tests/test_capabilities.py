"""The table of capabilities: it is whole, marks name what it has, and it cannot flatter."""

from __future__ import annotations

import ast
import importlib.util
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

TESTS = Path(__file__).parent
#: Marks of tests that prove more than the documents and leaps ask for: complaints about other products.
BEYOND = re.compile(r"complaint-\d+")
SIZES = {"A": 28, "B": 27, "C": 14, "D": 26, "E": 20}
LEAPS = 20


@pytest.fixture(scope="module")
def table() -> ModuleType:
    """The script that prints the table."""
    spec = importlib.util.spec_from_file_location("tests_capabilities", TESTS / "capabilities.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def report(test: str, *capabilities: str, outcome: str = "passed", when: str = "call") -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=test,
        location=("", None, ""),
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=None,
        when=when,  # type: ignore[arg-type]
        user_properties=[("capability", one) for one in capabilities],
    )


def test_the_catalogue_has_every_capability_once_and_in_order(table: ModuleType) -> None:
    catalogue = table.read_catalogue(table.CATALOGUE)
    assert list(catalogue.capabilities) == [
        f"{letter}{n}" for letter, most in SIZES.items() for n in range(1, most + 1)
    ]
    assert len(set(catalogue.capabilities.values())) == sum(SIZES.values())
    lines = table.CATALOGUE.read_text(encoding="utf-8").splitlines()
    named = [line.split(":")[0] for line in lines if line.startswith("  ")]
    parts = (catalogue.capabilities, catalogue.leaps, catalogue.later, catalogue.not_built)
    assert len(named) == sum(map(len, parts)), "an id is there twice"


def test_every_leap_is_proved_by_a_test_or_said_not_to_be_built(table: ModuleType) -> None:
    catalogue = table.read_catalogue(table.CATALOGUE)
    assert list(catalogue.leaps) == [f"L{n}" for n in range(1, LEAPS + 1)]
    assert catalogue.not_built.keys() == catalogue.leaps.keys() - marks().keys()
    assert all(len(reason.split()) > 3 for reason in catalogue.not_built.values())


def test_at_most_twelve_capabilities_come_later_each_with_a_reason(table: ModuleType) -> None:
    catalogue = table.read_catalogue(table.CATALOGUE)
    assert len(catalogue.later) <= 12
    assert catalogue.later.keys() <= catalogue.capabilities.keys()
    assert all(len(reason.split()) > 3 for reason in catalogue.later.values())


def marks() -> dict[str, list[str]]:
    """Every capability that a test is marked with, and the files."""
    found: dict[str, list[str]] = {}
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.capability":
                assert node.args, f"{file.name}: a mark without an id"
                for one in node.args:
                    found.setdefault(ast.literal_eval(one), []).append(file.name)
    return found


def test_every_mark_names_capabilities_of_the_catalogue(table: ModuleType) -> None:
    catalogue = table.read_catalogue(table.CATALOGUE)
    known = {*catalogue.capabilities, *catalogue.leaps}
    unknown = {one: files for one, files in marks().items() if one not in known and not BEYOND.fullmatch(one)}
    assert unknown == {}


def test_what_is_proved_by_now_is_not_said_to_come_later(table: ModuleType) -> None:
    assert sorted(table.read_catalogue(table.CATALOGUE).later.keys() & marks().keys()) == []


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        pytest.param([], "none yet", id="no test is marked"),
        pytest.param([report("a", "A1"), report("b", "A1")], "passed", id="all of its tests passed"),
        pytest.param([report("a", "A1"), report("b", "A1", outcome="failed")], "failed", id="one test failed"),
        pytest.param([report("a[1]", "A1", outcome="failed"), report("a[2]", "A1")], "failed", id="one case failed"),
        pytest.param([report("a", "A1"), report("b", "A1", outcome="skipped")], "skipped", id="a test did not run"),
        pytest.param([report("a", "A1", outcome="failed", when="setup")], "failed", id="a test could not begin"),
        pytest.param([report("a", "A1"), report("a", "A1", outcome="failed", when="teardown")], "failed", id="its end"),
        pytest.param([report("a", "A2")], "none yet", id="a test of another capability passed"),
    ],
)
def test_a_capability_is_as_good_as_its_worst_test(
    table: ModuleType, reports: list[pytest.TestReport], state: str
) -> None:
    proofs = table.Proofs()
    for one in reports:
        proofs.pytest_runtest_logreport(one)
    assert proofs.state("A1") == state


def test_a_reason_excuses_only_what_no_test_is_marked_with(table: ModuleType) -> None:
    catalogue = table.Catalogue(
        capabilities={"A1": "one", "A2": "two", "A3": "three"},
        later={"A1": "it is for later", "A2": "that as well"},
        leaps={"L1": "four", "L2": "five"},
        not_built={"L1": "nobody asked"},
    )
    proofs = table.Proofs()
    proofs.pytest_runtest_logreport(report("a", "A2", outcome="failed"))
    rows = table.rows_of(catalogue, proofs)
    assert [(row.state, row.is_good) for row in rows] == [
        ("later: it is for later", True),
        ("failed", False),
        ("none yet", False),
        ("not built: nobody asked", True),
        ("none yet", False),
    ]
    said = io.StringIO()
    table.show(rows, Console(file=said, width=120))
    assert "1 failed, 2 none yet, 1 later, 1 not built" in said.getvalue()


@pytest.mark.parametrize(("mark", "ends"), [('"A1", "A2"', 0), ('"A1"', 1)])
def test_the_run_ends_with_one_while_a_capability_is_missing(mark: str, ends: int, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs").mkdir()
    found = f"markers = capability(*ids): proved\npythonpath = {TESTS / 'support'}\n"
    (tmp_path / "pytest.ini").write_text(f"[pytest]\n{found}", encoding="utf-8")
    shutil.copy(TESTS / "capabilities.py", tmp_path / "tests")
    shutil.copy(TESTS / "conftest.py", tmp_path / "tests")
    (tmp_path / "docs" / "capabilities.yaml").write_text("capabilities:\n  A1: one\n  A2: two\n", encoding="utf-8")
    (tmp_path / "tests" / "test_it.py").write_text(
        f"import pytest\n@pytest.mark.capability({mark})\n@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_it(n): pass\ndef test_not_marked(): assert False\n",
        encoding="utf-8",
    )
    command = [sys.executable, str(tmp_path / "tests" / "capabilities.py"), "-n", "1", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == ends, done.stdout + done.stderr
    assert "test_it.py::test_it (2 cases)" in done.stdout
