"""`escalade test`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path, escalade: Any) -> Path:
    """The starter, as somebody copied it."""
    escalade("init", str(tmp_path / "my-desk"))
    return tmp_path / "my-desk"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_starters_tests_pass_and_touch_everything(place: Path, escalade: Any) -> None:
    ended = escalade("test", str(place), "--fail-under", "100")
    assert ended.code == 0, ended.out
    assert "  ✓ Production down leads to the highest tier at once\n" in ended.out
    assert "Coverage: 100.0 % of the policy" in ended.out
    assert ended.out.rstrip().endswith("passed, 0 failed.")
    found = escalade("test", at=place)
    assert found.code == 0
    assert "Coverage" not in found.out


def test_a_rule_that_was_edited_fails_the_test_that_is_about_it(place: Path, escalade: Any) -> None:
    edit(place / "rules.yaml", "customer_waiting: {at_least: 4h}", "customer_waiting: {at_least: 5h}")
    ended = escalade("test", str(place), "--filter", "three letters")
    assert ended.code == 1
    assert "✗ Three letters without an answer escalate after four open hours" in ended.out
    assert "tier (ticket, Mon 2026-02-02 13:00 Europe/Berlin)" in ended.out
    assert "expected: tier1" in ended.out
    assert "found:    none" in ended.out
    assert "✗ customer_waiting at least 5h (calendar support): 4h of open time" in ended.out
    assert "1 test: 0 passed, 1 failed." in ended.out
    whole = escalade("test", str(place), "--filter", "three letters", "--explain").out
    assert "rule:service-desk-waiting" in whole
    assert "rule:service-desk-waiting" not in ended.out


def test_a_rule_without_a_test_is_named(place: Path, escalade: Any) -> None:
    edit(
        place / "rules.yaml",
        "rules:\n",
        "rules:\n  - {id: new, description: New, when: {tags: {contains: new}}, tags: [esc_new]}\n",
    )
    ended = escalade("test", str(place), "--coverage")
    assert ended.code == 0
    assert f"No test touches:\n  {place}/rules.yaml:23: rule new\n" in ended.out
    assert escalade("test", str(place), "--fail-under", "100").code == 1


def test_programs_and_build_servers_get_the_same(place: Path, escalade: Any) -> None:
    edit(place / "matrix.yaml", "high: {tier: tier2, priority: high}", "high: {tier: tier3, priority: high}")
    report = place / "report.xml"
    ended = escalade("test", str(place), "--json", "--junit", str(report), "--filter", "matrix.yaml")
    told = json.loads(ended.out)
    assert (ended.code, told["failed"]) == (1, 1)
    (failed,) = [test for test in told["tests"] if not test["passed"]]
    (tier, *_) = failed["mismatches"]
    assert (tier["what"], tier["expected"], tier["found"]) == ("tier", ["tier2"], ["tier3"])
    assert (tier["file"], tier["ticket"]) == (str(place / "tests" / "matrix.yaml"), "high")
    assert tier["decision"]["escalation"]["tier"] == "tier3"
    root = ET.parse(report).getroot()  # noqa: S314 - we wrote it
    assert (root.get("tests"), root.get("failures")) == (str(len(told["tests"])), "1")
    (failure,) = root.iter("failure")
    assert failure.get("message") == "tier: expected tier2; found tier3"
    assert failure.text is not None
    assert "matrix:high/high" in failure.text


def test_mistakes_and_missing_tests_are_told(place: Path, escalade: Any) -> None:
    edit(
        place / "tests" / "rules.yaml", "tier: tier3, rules: [production-down]", "teir: tier3, rules: [production-dwon]"
    )
    ended = escalade("test", str(place))
    assert ended.code == 2
    assert "rules.yaml" in ended.err
    assert "did you mean 'tier'?" in ended.err
    for file in (place / "tests").iterdir():
        file.unlink()
    ended = escalade("test", str(place))
    assert ended.code == 2
    assert "there are no rule tests" in ended.err


def test_a_word_that_no_test_has_is_no_success(place: Path, escalade: Any) -> None:
    ended = escalade("test", str(place), "--filter", "unheard of")
    assert ended.code == 2
    assert "has 'unheard of' in its name or file" in ended.err


HOWTO = (ROOT / "docs" / "howto" / "change-the-policy.md").read_text(encoding="utf-8")


def test_the_howto_on_changing_a_rule_goes_as_it_says(place: Path, escalade: Any) -> None:
    edits = re.findall(r"```diff\n--- (\S+)\n-(.*)\n\+(.*)\n```", HOWTO)
    (told,) = re.findall(r"```text\n(  ✗.*?)```", HOWTO, flags=re.DOTALL)
    ended = [escalade("test", "my-desk", "--fail-under", "100", at=place.parent)]
    for file, old, new in edits:
        edit(place / file, f"{old}\n", f"{new}\n")
        ended.append(escalade("test", "my-desk", "--fail-under", "100", at=place.parent))
    assert [one.code for one in ended] == [0, 1, 0]
    assert told.rstrip() in ended[1].out


def test_the_example_of_the_readme_passes(place: Path, escalade: Any) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"<!-- tested: rule tests -->\n```yaml\n(.*?)```", text, flags=re.DOTALL)
    (place / "tests" / "readme.yaml").write_text(f"version: 1\n{example}", encoding="utf-8")
    ended = escalade("test", str(place), "--filter", "readme")
    assert ended.code == 0, ended.out
