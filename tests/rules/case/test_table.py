"""The table of transitions, row by row: every act at every stage either leads where the table says or is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rules.escalation.stage import Stage
from rules.escalation.transitions import ELSEWHERE, KNOWN, TRANSITIONS, row_for, stages_for, verbs_at
from rules.verbs import VERBS

Desk = Any

#: How each stage that lasts is reached, as acts and changes by the hour; SOLVED stands for solving in the helpdesk.
_REQUEST = ((1.0, "#escalate The export stops | impact: nobody can bill"),)
_RUNNING = (*_REQUEST, (2.0, "#accept"))
_FIXED = (*_RUNNING, (3.0, "#fix Patch 1.2"))
_VERIFIED = (*_FIXED, (4.0, "#verified It ran twice"), (4.5, "#confirm Jane | how: call | comment: 77"))
_SOLVED = (*_VERIFIED, (5.0, "SOLVED"))
WAYS: Mapping[Stage, tuple[tuple[float, str], ...]] = {
    Stage.NONE: (),
    Stage.REQUESTED: _REQUEST,
    Stage.EVALUATION: (*_REQUEST, (2.0, "#ack")),
    Stage.DECLINED: (*_REQUEST, (2.0, "#decline A known limit")),
    Stage.REDIRECTED: (*_REQUEST, (2.0, "#redirect crew")),
    Stage.IN_PROGRESS: _RUNNING,
    Stage.FIX_PROPOSED: _FIXED,
    Stage.VERIFIED: _VERIFIED,
    Stage.DEESCALATION: (*_RUNNING, (3.0, "#de-escalate")),
    Stage.DEESCALATED: (
        *_RUNNING,
        (3.0, "#de-escalate\n#check plan good\n#check rca ENG-1\n#consent Jane | how: call | comment: 7"),
    ),
    Stage.RESOLVED: _SOLVED,
    Stage.FOLLOW_UP: _SOLVED,
    Stage.CLOSED: (*_SOLVED, (6.0, "#close")),
}
#: Late enough for the follow-up, too early for its end.
_LATE, _EARLY = 4 * 24.0, 7.0
#: Every act with all that it could need.
COMPLETE = {
    "escalate": "It takes more | tried: all | impact: nobody can bill | tier: tier3",
    "decline": "A known limit",
    "redirect": "others",
    "concern": "Nothing moves",
    "fix": "Patch 1.3",
    "verified": "It ran twice",
    "confirm": "Jane | how: call | comment: 78",
    "check": "plan good",
    "consent": "Jane | how: call | comment: 79",
    "refuse": "It is not over",
    "summary": "We tested too little | attendees: mia",
    "owner": "mia",
    "promise": "A patch | by: 2026-03-20 12:00",
    "feedback": "useful",
}
#: Where an act leads on at once, because nothing more is needed.
LEADS_ON = {("accept", Stage.ACCEPTED): Stage.IN_PROGRESS, ("redirect", Stage.REDIRECTED): Stage.IN_PROGRESS}


def brought_to(desk: Desk, stage: Stage, solved: Mapping[str, Any]) -> float:
    """Let everything happen that leads to a stage; returns an hour at which it lasts."""
    for hours, text in WAYS[stage]:
        if text == "SOLVED":
            desk.change(hours, **solved)
        else:
            desk.say(hours, text, "mia")
    hours = _LATE if stage is Stage.FOLLOW_UP else _EARLY
    assert desk.case(hours).stage is stage
    return hours


@pytest.mark.parametrize("stage", WAYS, ids=str)
@pytest.mark.parametrize("verb", sorted(KNOWN))
def test_every_act_at_every_stage_does_what_the_table_says(
    desk: Desk, solved: Mapping[str, Any], stage: Stage, verb: str
) -> None:
    hours = brought_to(desk, stage, solved)
    before = desk.case(hours)
    desk.say(hours + 0.5, f"#{verb} {COMPLETE.get(verb, 'what is to be said')}", "mia")
    after = desk.case(hours + 0.5)
    row, answer = row_for(verb, stage), after.answers[-1]
    if row is None:
        assert not answer.accepted
        assert f"the stage {stage}, and it needs {', '.join(stages_for(verb))}." in answer.text
        assert (after.stage, after.steps) == (before.stage, before.steps)
        return
    assert answer.accepted, answer.text
    wanted = stage if row.to is None else LEADS_ON.get((verb, row.to), row.to)
    assert after.stage is wanted
    moves = row.to not in {None, stage}
    assert after.since == (desk.at(hours + 0.5) if moves else before.since)


#: What the others need is done before they can be tried, and their own tests leave it out.
_NEEDY = [row for row in TRANSITIONS if row.needs and row.verb not in {"accept", "close", "resolve"}]


@pytest.mark.parametrize("row", _NEEDY, ids=lambda row: f"{row.verb}-{row.to}")
def test_an_act_without_what_it_needs_changes_nothing_and_is_told_what_is_missing(
    desk: Desk, solved: Mapping[str, Any], row: Any
) -> None:
    stage = next(stage for stage in WAYS if stage in row.sources)
    hours = brought_to(desk, stage, solved)
    before = desk.case(hours)
    desk.say(hours + 0.5, f"#{row.verb}")
    after = desk.case(hours + 0.5)
    assert not after.answers[-1].accepted
    assert "Missing: " in after.answers[-1].text
    assert after.steps == before.steps


def test_one_row_at_most_speaks_of_an_act_at_a_stage() -> None:
    for verb in KNOWN:
        rows = [row for row in TRANSITIONS if row.verb == verb]
        assert all(sum(stage in row.sources for row in rows) <= 1 for stage in Stage)


def test_every_verb_that_people_can_write_is_known_here_or_belongs_elsewhere() -> None:
    assert set(VERBS) == KNOWN | ELSEWHERE | {"help"}
    assert not KNOWN & ELSEWHERE


def test_what_can_be_done_at_a_stage_is_what_the_table_has_for_it() -> None:
    for stage in Stage:
        assert set(verbs_at(stage)) == {verb for verb in KNOWN if row_for(verb, stage) is not None}
