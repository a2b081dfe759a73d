"""The benchmarks still run. What they measure is no matter here: nothing asserts a time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SHARED = {"contender", "database", "plain_endpoint", "replay", "run", "section", "shop"}
#: Requests and memory depend on no clock, so that their measures have to be met even here.
COUNTED = {"first_sync", "writes"}
#: Libraries that only `make bench` installs; without them there is nothing to run against.
PEERS = {
    "business_time": ("businesstimedelta", "workclock"),
    "webhooks": ("fastapi",),
    "rules_engines": ("business_rules", "cel", "json_logic", "rule_engine", "zen"),
}
NAMES = sorted(path.stem for path in BENCHMARKS.glob("*.py") if path.stem not in SHARED)


def run(output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--output", str(output), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_runs_and_writes_its_section(name: str, tmp_path: Path) -> None:
    for peer in PEERS.get(name, ()):
        pytest.importorskip(peer)
    results = tmp_path / "RESULTS.md"
    done = run(results, "--quick", name)
    assert done.returncode == 0, done.stderr
    text = results.read_text(encoding="utf-8")
    section = text.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- end of {name} -->")[0]
    title, _, body = section.partition("\n")
    assert title.startswith("## ")
    assert "a quick run without meaning" in body
    rows = re.findall(r"^\| .*\d.*\|$", body, re.MULTILINE)
    assert rows, "no row of the table has a figure"
    if name in COUNTED:
        assert "- **met**" in body
        assert "- **missed**" not in body
    # The measures are repeated at the top, where a reader looks first.
    for measure in re.findall(r"^- \*\*(?:met|missed)\*\*: .*$", body, re.MULTILINE):
        assert text.count(measure) == 2


def test_running_one_benchmark_leaves_the_other_sections_and_the_hand_kept_one_alone(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    kept = "## Something else\n\n| one | 1 |\n\n- **missed**: at most 3; found 4"
    by_hand = "## Measured by hand\n\nThe demo takes a while."
    results.write_text(
        f"<!-- store -->\n{kept}\n<!-- end of store -->\n\n<!-- by hand -->\n{by_hand}\n<!-- end of by hand -->\n",
        encoding="utf-8",
    )
    assert run(results, "--quick", "writes").returncode == 0
    text = results.read_text(encoding="utf-8")
    assert kept in text
    assert by_hand in text
    assert text.index("<!-- writes -->") < text.index("<!-- store -->") < text.index("<!-- by hand -->")
    assert text.count("- **missed**: at most 3; found 4") == 2


def test_a_benchmark_that_does_not_exist_is_refused_with_the_names_of_those_that_do(tmp_path: Path) -> None:
    done = run(tmp_path / "RESULTS.md", "no_such")
    assert done.returncode == 2
    assert "no_such" in done.stderr
    assert all(name in done.stderr for name in NAMES)
    assert not (tmp_path / "RESULTS.md").exists()
