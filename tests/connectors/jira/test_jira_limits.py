"""The page of Jira's traps says neither more nor less than the tests prove."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "limits-jira.md"
_MARK = re.compile(r"pytest\.mark\.trap\(\"(jira-[a-z0-9-]+)\"\)")


@pytest.mark.skipif(not _PAGE.is_file(), reason="the documentation is not beside the tests")
def test_every_trap_of_the_page_is_proven_by_the_tests_that_it_names() -> None:
    proven = {
        (trap, path.name)
        for path in _HERE.glob("test_*.py")
        for trap in _MARK.findall(path.read_text(encoding="utf-8"))
    }
    lines = [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `jira-")]
    claimed: set[tuple[str, str]] = set()
    for line in lines:
        _, traps, *_, tests, _ = line.split("|")
        ids = re.findall(r"`(jira-[a-z0-9-]+)`", traps)
        named = re.findall(r"test_\w+\.py", tests)
        assert named, line
        claimed |= {(trap, name) for trap in ids for name in named if (trap, name) in proven or len(ids) == 1}
        assert {name for name in named for trap in ids if (trap, name) in proven} == set(named), line
        assert all(any(trap == known for known, _ in proven) for trap in ids), line
    assert proven == claimed
