"""Machine: what became of the tests, for programs: JSON, and the XML of JUnit that build servers read."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

from rules.explain import decision_json
from rules.policy import Position
from rules.testing.outcome import Mismatch, Outcome
from rules.testing.report import failure_text
from rules.testing.suite import Suite

#: What XML 1.0 cannot hold.
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def suite_json(suite: Suite) -> dict[str, Any]:
    """Every test as plain values; instants as RFC 3339 text in UTC."""
    share = suite.share
    return {
        "passed": len(suite.outcomes) - suite.failed,
        "failed": suite.failed,
        "tests": [_outcome_json(outcome) for outcome in suite.outcomes],
        "coverage": {
            "percent": round(share.percent, 1),
            "parts": len(share.parts),
            "untouched": [{"kind": part.kind, "name": part.name, **_place(part.at)} for part in share.untouched],
        },
    }


def suite_junit(suite: Suite) -> str:
    """The same as a JUnit report, one suite for each file."""
    root = ET.Element("testsuites", tests=str(len(suite.outcomes)), failures=str(suite.failed))
    for file, grouped in groupby(suite.outcomes, key=lambda outcome: outcome.at.file):
        outcomes = list(grouped)
        failed = sum(not outcome.passed for outcome in outcomes)
        within = ET.SubElement(root, "testsuite", name=file, tests=str(len(outcomes)), failures=str(failed))
        for outcome in outcomes:
            case = ET.SubElement(
                within, "testcase", classname=file, name=_spoken(outcome.name), file=file, line=str(outcome.at.line)
            )
            if not outcome.passed:
                failure = ET.SubElement(case, "failure", message=_spoken(_headline(outcome.mismatches[0])))
                failure.text = _spoken(failure_text(outcome))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _headline(mismatch: Mismatch) -> str:
    return f"{mismatch.what}: expected {', '.join(mismatch.expected)}; found {', '.join(mismatch.found)}"


def _spoken(text: str) -> str:
    return _UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        **_place(outcome.at),
        "passed": outcome.passed,
        "mismatches": [_mismatch_json(mismatch) for mismatch in outcome.mismatches],
    }


def _mismatch_json(mismatch: Mismatch) -> dict[str, Any]:
    return {
        **_place(mismatch.at),
        "at": mismatch.instant.isoformat(),
        "ticket": mismatch.ticket,
        "what": mismatch.what,
        "expected": list(mismatch.expected),
        "found": list(mismatch.found),
        "left_alone": [f"{one.what}: {one.why}" for one in mismatch.skipped],
        "decision": None if mismatch.decision is None else decision_json(mismatch.decision),
    }


def _place(at: Position) -> dict[str, Any]:
    return {"file": at.file, "line": at.line, "column": at.column}
