"""Of a proof, what settled it is told: the parts that were needed, and the question that decided first."""

from __future__ import annotations

from typing import Any

import pytest

from rules.explaining.proof import missed, proof_of
from rules.verdict import Verdict


def leaf(subject: str, *, holds: bool) -> Verdict:
    return Verdict(holds=holds, subject=subject, wanted="wanted", observed="seen")


def group(subject: str, *children: Verdict, holds: bool) -> Verdict:
    return Verdict(holds=holds, subject=subject, wanted=f"{subject} of these", observed="", children=children)


def needed(verdict: Verdict) -> dict[str, bool]:
    found: dict[str, bool] = {}

    def walk(proof: Any) -> None:
        found[proof.subject] = proof.needed
        for part in proof.parts:
            walk(part)

    walk(proof_of(verdict))
    return found


def test_behind_the_first_part_that_settles_a_group_nothing_is_needed() -> None:
    yes, no = leaf("yes", holds=True), leaf("no", holds=False)
    after = group("any", leaf("inner", holds=True), holds=True)
    assert needed(group("all", yes, no, after, holds=False)) == {
        "all": True,
        "yes": True,
        "no": True,
        "any": False,
        "inner": False,
    }
    assert needed(group("any", no, yes, after, holds=True)) | {"any": False} == {
        "any": False,
        "no": True,
        "yes": True,
        "inner": False,
    }
    assert needed(group("none", no, yes, leaf("last", holds=False), holds=False))["last"] is False
    assert all(needed(group("all", yes, leaf("other", holds=True), holds=True)).values())


@pytest.mark.capability("L4")
@pytest.mark.parametrize(
    ("verdict", "subject", "unwanted"),
    [
        (leaf("a", holds=False), "a", False),
        (group("all", leaf("a", holds=True), leaf("b", holds=False), leaf("c", holds=False), holds=False), "b", False),
        (group("all", group("all", leaf("deep", holds=False), holds=False), holds=False), "deep", False),
        (group("none", leaf("a", holds=False), leaf("b", holds=True), holds=False), "b", True),
        (group("any", leaf("a", holds=False), leaf("b", holds=False), holds=False), "any", False),
        (group("condition", leaf("inner", holds=False), holds=False), "inner", False),
        (group("for", leaf("inner", holds=True), holds=False), "for", False),
    ],
)
def test_what_failed_first_is_the_deepest_question_that_decided(verdict: Verdict, subject: str, unwanted: bool) -> None:
    found = missed(verdict)
    assert found is not None
    assert (found.subject, found.unwanted) == (subject, unwanted)
    assert missed(leaf("a", holds=True)) is None
