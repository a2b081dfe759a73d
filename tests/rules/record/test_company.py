"""The people of a running record: how the customer is kept informed, calls, sponsor, team and owner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rules.escalation.record.calling import attendees_of, invitations
from rules.escalation.record.gaps import GapKind
from rules.escalation.record.work import DutyKind
from rules.ticket import Ticket

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]
BY_HAND = frozenset({"esc_record", "esc_account:zendesk:8001"})


@pytest.mark.capability("B26")
def test_the_communication_plan_needs_mode_frequency_and_attendees(story: MakeStory) -> None:
    declared = (1, "maya", "#declare They lose orders")
    bare = story(declared, (2, "anna", "#comms | frequency: 1d")).at(3)
    assert bare.course.comms is None
    assert bare.answers[-1].text.startswith("a communication plan needs the mode (call, e-mail) and attendees")
    assert GapKind.COMMS in {gap.kind for gap in bare.gaps}
    wrong = story(declared, (2, "anna", "#comms call | frequency: daily | attendees: anna")).at(3)
    assert wrong.course.comms is None
    right = story(declared, (2, "anna", "#comms call | frequency: 1d | attendees: anna, Jane Doe")).at(3)
    assert right.course.comms.attendees == ("anna", "Jane Doe")
    assert GapKind.COMMS not in {gap.kind for gap in right.gaps}


@pytest.mark.capability("B26")
def test_the_frequency_of_the_plan_is_a_clock_and_deviations_are_told(
    story: MakeStory, beginning: Words, member: Callable[..., Ticket], spoken: Callable[..., Any]
) -> None:
    def contact(told: Any, hours: float) -> Any:
        (duty,) = (one for one in told.at(hours).duties if one.kind is DutyKind.CONTACT)
        return duty

    silent = story(*beginning)
    due = silent.ticket().created_at + timedelta(hours=2.4 + 24)
    assert contact(silent, 4).due_at == due
    assert not [note for note in silent.decide(26).desired.notes if note.key.startswith("late:contact")]
    (note,) = (note for note in silent.decide(27).desired.notes if note.key.startswith("late:contact"))
    assert note.body.startswith("Overdue since 2026-03-03: Word to the customer (call and e-mail, every 1d).")
    word = replace(spoken(((20, "max", "We are on it"),))[0], public=True)
    told = story(*beginning, members=(member(1, comments=(word,)),))
    assert contact(told, 27).due_at == told.ticket().created_at + timedelta(hours=24 + 24)
    assert contact(story(*beginning, members=(member(1, comments=(replace(word, public=False),)),)), 27).due_at == due


@pytest.mark.capability("B27")
def test_the_colour_calls_further_people_into_the_call(story: MakeStory, beginning: Words) -> None:
    call = (4, "anna", "#call Status | at: 2026-03-03 15:00 | attendees: anna, Jane Doe")
    red = story(*beginning, call).at(5)
    assert attendees_of(red.desk, red.course.calls[0], red.colour) == ("Anna Berg", "Jane Doe", "Eve Stone")
    yellow = story(*beginning, call, (5, "anna", "#yellow A patch is out")).at(6)
    assert attendees_of(yellow.desk, yellow.course.calls[0], yellow.colour) == ("Anna Berg", "Jane Doe")


@pytest.mark.capability("A21")
def test_a_call_has_attendees_a_recurrence_and_an_invitation(story: MakeStory, beginning: Words) -> None:
    words = "#call Status | at: 2026-03-23 15:00 | every: 7d | until: 2026-04-06 | attendees: anna, Jane Doe"
    record = story(*beginning, (4, "anna", words)).at(5)
    text = invitations(record.desk, record.course, record.facts.ticket)
    assert "DTSTART;TZID=Europe/London:20260323T150000\r\n" in text
    assert "DURATION:PT30M\r\n" in text
    assert "RRULE:FREQ=DAILY;COUNT=3;INTERVAL=7\r\n" in text
    assert "SUMMARY:Status\r\n" in text
    assert text.count("ATTENDEE") == len(("anna", "jane", "eve"))
    assert text == invitations(record.desk, record.course, record.facts.ticket)


@pytest.mark.capability("A21")
def test_a_call_without_notes_is_overdue_and_the_next_one_follows(story: MakeStory, beginning: Words) -> None:
    words = (*beginning, (4, "anna", "#call Status | at: 2026-03-03 15:00 | every: 7d | attendees: anna"))

    def owed(record: Any) -> list[tuple[date, bool]]:
        calls = (duty for duty in record.duties if duty.kind is DutyKind.CALL)
        return [(duty.due_on, duty.is_late(record.facts.now)) for duty in calls]

    assert owed(story(*words).at(30)) == [(date(2026, 3, 3), False)]
    assert owed(story(*words).at(40)) == [(date(2026, 3, 3), True)]
    noted = story(*words, (41, "anna", "#call notes We found the index")).at(42)
    assert owed(noted) == [(date(2026, 3, 10), False)]


@pytest.mark.capability("C1")
def test_a_record_above_a_colour_needs_a_sponsor(story: MakeStory) -> None:
    def lacks(*words: Any) -> bool:
        return GapKind.SPONSOR in {gap.kind for gap in story(*words).at(5).gaps}

    declared = (1, "maya", "#declare They lose orders | colour: yellow")
    assert lacks(declared)
    assert not lacks((1, "maya", "#declare They lose orders | colour: green"))
    assert lacks(declared, (2, "maya", "#sponsor anna"))
    assert not lacks(declared, (2, "maya", "#sponsor Eve Stone"))


@pytest.mark.capability("C3")
def test_a_team_without_a_function_has_a_gap(story: MakeStory, beginning: Words) -> None:
    gaps = [gap.text for gap in story(*beginning).at(5).gaps if gap.kind is GapKind.FUNCTION]
    assert gaps == ["nobody for support; name somebody with #stakeholder NAME | function: support"]
    filled = story(*beginning, (3, "anna", "#stakeholder maya | function: support")).at(5)
    assert GapKind.FUNCTION not in {gap.kind for gap in filled.gaps}
    strange = story(*beginning, (3, "anna", "#stakeholder maya | function: cooking")).at(5)
    assert strange.answers[-1].text == "the team has no function 'cooking': say support or engineering"


@pytest.mark.capability("C4")
@pytest.mark.parametrize(
    "words",
    [
        "#stakeholder jim | function: support",
        "#item Build it | owner: jim | due: 2026-03-20 | serves: calm",
        "#corrective Train them | type: training | owner: jim | due: 2026-03-20",
    ],
)
def test_nobody_of_the_entry_level_is_given_a_part(words: str, story: MakeStory, beginning: Words) -> None:
    answer = story(*beginning, (3, "anna", words)).at(4).answers[-1]
    assert not answer.accepted
    assert answer.text == "Jim New has level 1; nobody below level 2 is given a part here"


@pytest.mark.capability("C5")
def test_exactly_one_person_is_accountable(story: MakeStory) -> None:
    declared = (1, "maya", "#declare They lose orders")
    assert GapKind.OWNER in {gap.kind for gap in story(declared).at(2).gaps}
    wrong = story(declared, (2, "maya", "#owner eve")).at(3)
    assert wrong.course.owner is None
    assert wrong.answers[-1].text == "Eve Stone has not the role eam; Anna Berg, Max Roth could be the owner"
    record = story(declared, (2, "maya", "#owner anna"), (3, "maya", "#owner @Max Roth")).at(4)
    assert record.course.owner == "max"
    assert record.answers[-1].text == "Max Roth is accountable from now on in place of Anna Berg"
    assert [one.person for one in record.course.owners] == ["anna", "max"]
