"""An explanation tells the answer first, everything behind it, and the instant at which the answer becomes another."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import jsonschema
import msgspec
import pytest
from coming import end_of, keeps_its_word
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.escalation.standing import ALONE
from rules.explaining.ahead import decided, settled
from rules.explaining.explain import MOST_LOOKS, explain, next_change
from rules.explaining.explanation import Explanation, Tense, explanation_json, explanation_schema
from rules.explaining.line import as_markdown, as_text
from rules.explaining.outline import outline
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import Policy
from rules.testing.surroundings import Surroundings
from rules.ticket import Comment, Moment, Priority, Side, StatusCategory, Ticket, Timeline
from rules.timeline import grown

MakeTicket = Callable[..., Ticket]
Said = Callable[..., Comment]
STARTER = Path(__file__).parents[2] / "config"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def starter() -> Policy:
    files = [file for file in STARTER.glob("*.yaml") if file.name != "escalade.yaml"]
    return load_policy({file.name: file.read_text(encoding="utf-8") for file in files})


#: Rules that turn by themselves without changing anything, and one that is never quiet for long.
IDLE = """rules:
  - {id: both, description: Both, when: {age: {at_least: 6h}, tags: {contains: vip}}, tags: [both]}
  - {id: odd, description: Odd, when: {any: [{age: {at_least: 9h}}, {priority: urgent}]}, escalate_to: tier2}
  - {id: lasting, description: Lasting, when: {for: 5h, tags: {contains: vip}}, tags: [lasting]}
  - {id: neither, description: Neither, when: {none: [{tags: {contains: hot}}, {age: {at_least: 2d}}]}, tags: [calm]}
"""


@pytest.fixture(scope="session")
def policies(policy: Policy, starter: Policy, policy_of: Callable[[str], Policy], ladder_text: str) -> list[Policy]:
    return [policy, starter, policy_of(ladder_text.replace("rules:\n", IDLE, 1))]


def known_of(ticket: Ticket, ledger: Ledger | None = None) -> Surroundings:
    """A ticket that stands for itself."""
    seen = ticket
    if not ticket.timeline.moments:
        fresh = replace(ticket, updated_at=ticket.created_at)
        seen = replace(ticket, timeline=grown(Timeline(), fresh, Ledger(ref=ticket.ref), ticket.created_at))
    return Surroundings(
        ticket=seen,
        ledger=ledger or Ledger(ref=ticket.ref),
        account=None,
        summary=None,
        linked=(),
        around=ALONE,
        load={},
    )


@st.composite
def tickets(draw: st.DrawFn, make_ticket: MakeTicket, said: Said) -> Ticket:
    talk = sorted(draw(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(Side), st.booleans()), max_size=4)))
    return make_ticket(
        priority=draw(st.sampled_from([None, *Priority])),
        status=draw(st.sampled_from([StatusCategory.OPEN, StatusCategory.PENDING, StatusCategory.SOLVED])),
        tags=draw(st.frozensets(st.sampled_from(["production_down", "vip", "complaint"]))),
        fields=draw(st.dictionaries(st.sampled_from(["impact", "urgency"]), st.sampled_from(["low", "high"]))),
        comments=tuple(said(hour, side, public=public) for hour, side, public in talk),
    )


def lines_of(told: Explanation, width: int = 80) -> str:
    return as_text(outline(told), width)


# When next


@pytest.mark.capability("L4")
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_at_the_told_instant_the_answer_is_another_and_not_before(
    data: st.DataObject, policies: list[Policy], make_ticket: MakeTicket, said: Said
) -> None:
    policy = data.draw(st.sampled_from(policies))
    ticket = data.draw(tickets(make_ticket, said))
    now = ticket.created_at + timedelta(minutes=data.draw(st.integers(0, 400 * 60)))
    ticket = replace(ticket, comments=tuple(one for one in ticket.comments if one.at <= now))
    coming = explain(policy, known_of(ticket), now).next
    end = end_of(coming, now)
    assert end > now
    between = data.draw(st.integers(0, (end - now) // timedelta(microseconds=1) - 1))
    keeps_its_word(policy, known_of(ticket), now, coming, [now + timedelta(microseconds=between)])


@pytest.mark.capability("L4")
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_is_explained_is_what_the_engine_decides(
    data: st.DataObject, policies: list[Policy], make_ticket: MakeTicket, said: Said
) -> None:
    policy = data.draw(st.sampled_from(policies))
    ticket = data.draw(tickets(make_ticket, said))
    now = ticket.created_at + timedelta(minutes=data.draw(st.integers(0, 400 * 60)))
    told = explain(policy, known_of(ticket), now)
    quick = decided(policy, known_of(ticket), now, proof=False)
    assert [one.source for one in told.holds] == [reason.source for reason in quick.reasons]
    assert (told.stands and told.stands.tier) == (quick.escalation and quick.escalation.tier)
    assert [(one.clock, one.state, one.due_at) for one in told.clocks] == [
        (one.target, str(one.state), one.due_at) for one in quick.clocks
    ]
    assert all(one.failed is not None for one in told.not_held if one.proof is not None)


#: A rule that asks for two times of day at once: every day it could begin to hold, and never does.
NEVER_BOTH = """
version: 1
default_calendar: always
calendars:
  mornings: {zone: UTC, week: {mon-sun: ["09:00-12:00"]}}
  evenings: {zone: UTC, week: {mon-sun: ["17:00-20:00"]}}
rules:
  - {id: both, description: B, when: {all: [{now: {inside: mornings}}, {now: {inside: evenings}}]}, tags: [both]}
"""


def test_instants_at_which_nothing_changes_are_passed_over(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    late = "  - {id: late, description: Late, when: {age: {at_least: 50h}}, tags: [late]}\n"
    coming = next_change(policy_of(NEVER_BOTH + late), known_of(make_ticket()), monday)
    assert (coming.at, coming.because) == (monday + 50 * HOUR, ("rule:late begins to hold: Late",))
    assert [one.what for one in coming.writes] == ["add tag late"]
    assert coming.looked_at > 2


def test_a_ticket_that_never_rests_is_given_up_on_with_the_instant(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    told = explain(policy_of(NEVER_BOTH), known_of(make_ticket()), monday)
    assert (told.next.certain, told.next.looked_at) == (False, MOST_LOOKS)
    assert told.next.at is not None
    assert told.next.at > monday + timedelta(days=100)
    assert "no further ahead was looked" in lines_of(told, 200)


def test_a_clock_tells_which_of_its_points_comes_next(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    known = known_of(make_ticket())
    warned = explain(policy, known, monday).next
    assert (warned.at, warned.because) == (monday + 3 * HOUR, ("clock answer passes 75%",))
    assert [one.what for one in warned.writes] == ["add tag answer_soon"]
    later = explain(policy, settled(policy, known, monday + 3 * HOUR).known, monday + 3 * HOUR).next
    assert later.at == monday + 4 * HOUR
    assert later.because[0] == "clock answer is due, and nobody has met it"
    assert "the ticket enters tier1 (sla:answer)" in later.because


def test_of_a_solved_ticket_nothing_comes_next(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    told = explain(policy, known_of(make_ticket(status=StatusCategory.SOLVED)), monday)
    assert told.next.at is None
    assert "Next: nothing, until somebody acts: the ticket is solved." in lines_of(told)


# The past and the future


def test_in_the_future_the_way_there_is_told_and_nothing_is_left_to_write(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    told = explain(policy, known_of(make_ticket()), monday, monday + 5 * HOUR)
    assert told.tense is Tense.FUTURE
    assert [one.at for one in told.until_then] == [monday + 3 * HOUR, monday + 4 * HOUR]
    assert told.stands is not None
    assert told.stands.entered_at == monday + 4 * HOUR
    assert told.writes == ()
    assert "if nobody acts" in lines_of(told)
    assert told.unknown


def test_the_future_comes_to_where_time_leads(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    """Looked at from now, or from in between, an instant shows the same."""
    between = settled(policy, settled(policy, known_of(make_ticket()), monday).known, monday + 3 * HOUR)
    from_now = explain(policy, known_of(make_ticket()), monday, monday + 9 * HOUR)
    from_then = explain(policy, between.known, monday + 3 * HOUR, monday + 9 * HOUR)
    assert (from_now.stands, from_now.clocks, from_now.next) == (from_then.stands, from_then.clocks, from_then.next)


def test_the_past_is_told_as_it_was_with_what_is_not_known_of_it(
    policy: Policy, make_ticket: MakeTicket, said: Said, monday: datetime
) -> None:
    ticket = make_ticket(priority=Priority.URGENT, comments=(said(5, Side.AGENT),))
    first = known_of(replace(ticket, priority=Priority.NORMAL)).ticket.timeline
    urgent = first.moments[0].state
    moments = (*first.moments, Moment(monday + 2 * HOUR, replace(urgent, priority=Priority.URGENT)))
    known = known_of(replace(ticket, timeline=Timeline(moments=moments, assumed_until=monday + HOUR)))
    told = explain(policy, known, monday + 9 * HOUR, monday + HOUR / 2)
    assert (told.tense, told.priority) == (Tense.PAST, "normal")
    assert told.clocks[0].due_at == monday + 4 * HOUR
    assert told.writes == ()
    assert any("what people changed before 2026-03-02 10:00 UTC" in text for text in told.unknown)
    assert any("rules of then" in text for text in told.unknown)
    assert "as it was on Mon 2026-03-02 09:30 UTC" in lines_of(told)


def test_before_it_was_created_there_is_nothing_to_explain(
    policy: Policy, make_ticket: MakeTicket, monday: datetime
) -> None:
    with pytest.raises(ValueError, match="there was no zendesk:35 yet: it was created at 2026-03-02 09:00 UTC"):
        explain(policy, known_of(make_ticket()), monday, monday - HOUR)


# What people read


def test_the_first_lines_are_the_answer(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    told = explain(policy, known_of(make_ticket(tags=frozenset({"production_down"}))), monday + HOUR)
    expected = """\
zendesk:35 (35) The export stops
  open, priority normal; on Mon 2026-03-02 10:00 UTC
In tier tier3 (Tier 3) since Mon 2026-03-02 10:00 UTC (0s): Production is down
[rule:down].
Now, to be written:
  + add tag esc_t3 (because enters Tier 3: Production is down)
"""
    assert lines_of(told)[: len(expected)] == expected


def test_no_line_is_wider_than_asked(starter: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    told = explain(starter, known_of(make_ticket(subject="word " * 60)), monday, monday + timedelta(days=20))
    assert max(map(len, lines_of(told, 80).splitlines())) <= 80
    assert max(map(len, lines_of(told, 60).splitlines())) <= 60


def test_a_clock_tells_its_nights_pauses_and_holidays(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    paused = policy_of("""
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}, holidays: [2026-03-04]}
sla:
  - id: solve
    metric: resolution
    targets: {normal: 4d}
    pause: {when: {status: pending}}
    warn: [{at: 50%, tag: half}]
""")
    ticket = make_ticket(status=StatusCategory.PENDING)
    opened = replace(known_of(make_ticket()).ticket.timeline.moments[0], at=monday)
    waiting = replace(opened.state, status=StatusCategory.PENDING, status_name="Pending")
    past = Timeline(moments=(opened, Moment(monday + 30 * HOUR, waiting)))
    known = known_of(replace(ticket, timeline=past))
    told = explain(paused, known, monday + 54 * HOUR)
    text = lines_of(told, 200)
    assert "solve: stands still; 14h used (43.8 %)" in text
    assert "Mon 2026-03-02 09:00 UTC to Tue 2026-03-03 15:00 UTC: ran, 14h counted; 16h were closed" in text
    assert "Tue 2026-03-03 15:00 UTC to Wed 2026-03-04 15:00 UTC: stood still (paused), 2h did not count" in text
    assert "Wed 2026-03-04 (holiday" in text
    assert "· " in text
    assert ": 50%: tag half" in text
    (story,) = told.clocks
    assert story.used == sum((one.open for one in story.stretches if one.kind == "ran"), timedelta())
    assert all(one.open + one.closed == one.end - one.start for one in story.stretches)


def test_words_of_customers_stay_words_in_markdown(policy: Policy, make_ticket: MakeTicket, monday: datetime) -> None:
    ticket = make_ticket(subject="![x](http://evil.example) <img src=x> *now*\n# Heading", tags=frozenset({"vip"}))
    markdown = as_markdown(outline(explain(policy, known_of(ticket), monday)))
    assert "\\!\\[x\\](http://evil.example) \\<img src=x\\> \\*now\\* \\# Heading" in markdown
    assert "\n### Clocks\n" in markdown
    assert "\n- ✗ rule:down → tier3: Production is down\n  - failed first: tags contains production\\_down" in markdown


def test_who_is_not_heard_is_told_with_who_is(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    rival = policy_of("""
version: 1
default_calendar: always
rules:
  - {id: first, description: First, when: {tags: {contains: a}}, set: {priority: urgent}}
  - {id: second, description: Second, when: {tags: {contains: b}}, set: {priority: low}}
""")
    told = explain(rival, known_of(make_ticket(tags=frozenset({"a", "b"}))), monday)
    assert [(one.by, one.winner, one.wanted) for one in told.lost] == [("rule:second", "rule:first", "low")]
    assert "rule:second wants priority low and loses against rule:first:" in lines_of(told, 200)


# What programs read


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_json_is_as_its_schema_says_and_stays_the_same(
    data: st.DataObject, policies: list[Policy], make_ticket: MakeTicket, said: Said
) -> None:
    policy = data.draw(st.sampled_from(policies))
    ticket = data.draw(tickets(make_ticket, said))
    now = ticket.created_at + timedelta(minutes=data.draw(st.integers(0, 100 * 60)))
    at = data.draw(st.sampled_from([None, ticket.created_at, now + timedelta(days=2)]))
    told = explain(policy, known_of(ticket), now, at)
    text = explanation_json(told)
    jsonschema.Draft202012Validator(explanation_schema()).validate(json.loads(text))
    assert text == explanation_json(explain(policy, known_of(ticket), now, at))
    assert msgspec.json.decode(text, type=Explanation) == told


def test_the_schema_is_one_that_refuses_what_is_none() -> None:
    schema = explanation_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert not jsonschema.Draft202012Validator(schema).is_valid({"form": 1})
