"""Acts: what people asked for, by whatever way; who may; and that each is answered once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.change import PostComment
from rules.clocks.book import facts_for
from rules.commands import Command
from rules.escalation.act import Act, Via
from rules.escalation.acts import acts_of, acts_so_far
from rules.escalation.answer import Answer
from rules.escalation.answers import answer_notes, tell_help
from rules.escalation.permission import refusal
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import Policy
from rules.restraint import MOST_ANSWERS_PER_HOUR, restrain
from rules.ticket import Comment, Moment, Side, State, StatusCategory, Ticket, TicketRef, Timeline

POLICY = """
version: 1
default_calendar: always
directory:
  teams:
    support:
      members:
        - {id: anna, name: Anna, accounts: {zendesk: "501"}, deputy: ben}
        - {id: ben, name: Ben, accounts: {zendesk: "502"}}
        - id: carl
          name: Carl
          accounts: {zendesk: "503", jira: acc-carl}
          deputy: ben
          absent: [{from: 2026-03-01, to: 2026-03-07}]
    management:
      members: [{id: mia, name: Mia}]
  roles:
    support_manager: {members: [carl], teams: [management]}
commands:
  allow: {declare: [support_manager], red: [anna, support_manager]}
  tags: {escalation_requested: escalate, esc_declared: declare}
  fields: {escalation_action: {accept: accept, decline: decline}}
  customer:
    phrases: [please escalate]
    when: {tags: {contains: premium}}
  limit: 2 per 1d
tiers: [{id: t1, name: One, tag: esc_t1}]
rules: [{id: any, description: Any, when: {status: open}, escalate_to: t1}]
"""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy({"policy.yaml": POLICY})


def said(identity: str, at: datetime, *commands: Command, author: str | None = "501", **more: Any) -> Comment:
    side = more.pop("side", Side.AGENT)
    return Comment(id=identity, at=at, side=side, public=False, author=author, commands=commands, **more)


def past(*states: tuple[datetime, set[str], dict[str, str]], assumed_until: datetime | None = None) -> Timeline:
    moments = tuple(
        Moment(at, State(status=StatusCategory.OPEN, status_name="open", tags=frozenset(tags), fields=dict(fields)))
        for at, tags, fields in states
    )
    return Timeline(moments=moments, assumed_until=assumed_until)


def test_commands_come_from_those_whom_the_directory_knows_by_their_account(
    policy: Policy, make_ticket: Callable[..., Ticket], monday: datetime
) -> None:
    ticket = make_ticket(comments=(
        said("7", monday, Command(verb="accept"), Command(verb="red", text="bad")),
        said("8", monday + timedelta(hours=1), Command(verb="ack"), author="mia"),
        said("9", monday + timedelta(hours=2), Command(verb="ack"), author="999"),
    ))  # fmt: skip

    acts = acts_of(policy, ticket)

    assert [(act.key, act.verb, act.person) for act in acts] == [
        ("comment:7:0", "accept", "anna"),
        ("comment:7:1", "red", "anna"),
        ("comment:8:0", "ack", "mia"),
        ("comment:9:0", "ack", None),
    ]


def test_somebody_with_another_account_in_a_helpdesk_is_not_taken_for_who_has_that_id_there(policy: Policy) -> None:
    assert policy.directory.person_of("zendesk", "anna") is None
    assert policy.directory.person_of("jira", "anna") == policy.directory.people["anna"]


def test_the_commands_of_one_comment_keep_the_order_of_its_lines(
    policy: Policy, make_ticket: Callable[..., Ticket], monday: datetime
) -> None:
    comment = said("7", monday, *[Command(verb="item", text=str(number)) for number in range(12)])

    assert [act.text for act in acts_of(policy, make_ticket(comments=(comment,)))] == [str(n) for n in range(12)]


@pytest.mark.capability("B7")
def test_each_appearance_of_a_tag_or_of_a_fields_value_is_one_act(
    policy: Policy, make_ticket: Callable[..., Ticket], monday: datetime
) -> None:
    hours = [monday + timedelta(hours=count) for count in range(5)]
    timeline = past(
        (hours[0], set(), {}),
        (hours[1], {"escalation_requested"}, {}),
        (hours[2], {"escalation_requested", "other"}, {"escalation_action": "accept"}),
        (hours[3], {"other"}, {"escalation_action": "decline"}),
        (hours[4], {"escalation_requested"}, {"escalation_action": "accept"}),
    )

    acts = acts_of(policy, make_ticket(timeline=timeline))

    assert [(act.key, act.at, act.verb, act.via) for act in acts] == [
        ("tag:escalation_requested:1", hours[1], "escalate", Via.TAG),
        ("field:escalation_action:accept:1", hours[2], "accept", Via.FIELD),
        ("field:escalation_action:decline:1", hours[3], "decline", Via.FIELD),
        ("field:escalation_action:accept:2", hours[4], "accept", Via.FIELD),
        ("tag:escalation_requested:2", hours[4], "escalate", Via.TAG),
    ]


def test_a_tag_that_an_old_ticket_wore_at_first_sight_counts_from_then(
    policy: Policy, make_ticket: Callable[..., Ticket], monday: datetime
) -> None:
    seen = monday + timedelta(days=40)
    timeline = past((monday, {"escalation_requested"}, {}), assumed_until=seen)
    ticket = make_ticket(timeline=timeline)

    assert [act.at for act in acts_of(policy, ticket)] == [seen]
    earlier = facts_for(policy, ticket, None, None, Ledger(ref=ticket.ref), seen - timedelta(seconds=1))
    assert acts_so_far(earlier) == ()


def test_what_was_said_before_the_policys_day_asks_for_nothing(
    make_ticket: Callable[..., Ticket], monday: datetime
) -> None:
    late = load_policy({"policy.yaml": POLICY.replace("  limit:", "  since: 2026-03-03\n  limit:")})
    ticket = make_ticket(comments=(
        said("7", monday, Command(verb="accept")),
        said("8", monday + timedelta(days=1), Command(verb="ack")),
    ))  # fmt: skip

    assert [act.key for act in acts_of(late, ticket)] == ["comment:8:0"]


@pytest.mark.capability("B7")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(order=st.lists(st.integers(0, 4), min_size=5, max_size=12).filter(lambda order: set(order) == set(range(5))))
def test_neither_order_nor_repetition_of_deliveries_changes_the_acts(
    policy: Policy, make_ticket: Callable[..., Ticket], monday: datetime, order: list[int]
) -> None:
    comments = [
        said(str(n), monday + timedelta(minutes=n // 2), Command(verb="escalate"), Command(verb="ack"))
        for n in range(5)
    ]
    timeline = past((monday, {"escalation_requested"}, {}))
    once = acts_of(policy, make_ticket(comments=tuple(comments), timeline=timeline))

    assert acts_of(policy, make_ticket(comments=tuple(comments[n] for n in order), timeline=timeline)) == once
    assert len({act.key for act in once}) == len(once) == 11


def act(verb: str, at: datetime, person: str | None = None, **more: Any) -> Act:
    return Act(**{"key": f"comment:1:{verb}", "at": at, "verb": verb, "side": Side.AGENT, "person": person} | more)


@pytest.mark.capability("C13")
def test_anybody_of_ours_may_ask_for_an_escalation_whatever_the_reason(policy: Policy, monday: datetime) -> None:
    assert refusal(policy, act("escalate", monday, author="999")) is None
    assert refusal(policy, act("escalate", monday, "ben", text="")) is None
    assert refusal(policy, act("concern", monday, author="999")) is None


@pytest.mark.capability("C13")
def test_more_requests_than_the_limit_are_refused_by_person(policy: Policy, monday: datetime) -> None:
    earlier = [act("escalate", monday - timedelta(hours=hour), "ben", key=f"comment:{hour}:0") for hour in (23, 1)]

    assert "more than 2 per 24 h" in str(refusal(policy, act("escalate", monday, "ben"), earlier))
    assert refusal(policy, act("escalate", monday, "anna"), earlier) is None
    assert refusal(policy, act("escalate", monday + timedelta(hours=1), "ben"), earlier) is None
    assert refusal(policy, act("ack", monday, "ben"), earlier) is None


def test_a_verb_with_roles_is_for_those_who_have_one(policy: Policy, monday: datetime) -> None:
    assert refusal(policy, act("declare", monday, "mia")) is None
    assert refusal(policy, act("red", monday, "anna")) is None
    assert refusal(policy, act("declare", monday, "anna")) == (
        "#declare does not count: it takes the role support_manager."
    )


@pytest.mark.capability("B3")
def test_the_deputy_acts_for_somebody_absent_and_only_then(policy: Policy, monday: datetime) -> None:
    assert refusal(policy, act("declare", monday, "ben")) is None
    assert "support_manager" in str(refusal(policy, act("declare", monday + timedelta(days=7), "ben")))


def test_who_is_not_in_the_directory_may_ask_and_nothing_else(policy: Policy, monday: datetime) -> None:
    assert refusal(policy, act("accept", monday, author="999")) == (
        "#accept does not count: the directory of the policy does not know who you are."
    )


def test_a_macro_may_do_what_takes_no_role(policy: Policy, monday: datetime) -> None:
    assert refusal(policy, act("accept", monday, via=Via.FIELD)) is None
    assert "nobody can see who set this tag" in str(refusal(policy, act("declare", monday, via=Via.TAG)))


def test_without_a_directory_all_agents_are_equal(monday: datetime) -> None:
    small = POLICY[: POLICY.index("directory:")] + POLICY[POLICY.index("tiers:") :]

    assert refusal(load_policy({"policy.yaml": small}), act("accept", monday, author="999")) is None


def test_a_customer_is_heard_where_the_policy_says_so_as_the_ticket_was_then(
    policy: Policy, make_ticket: Callable[..., Ticket], monday: datetime
) -> None:
    asked = act("escalate", monday + timedelta(hours=1), side=Side.REQUESTER)
    premium_later = past((monday, set(), {}), (monday + timedelta(hours=2), {"premium"}, {}))
    premium = past((monday, {"premium"}, {}), (monday + timedelta(hours=2), set(), {}))

    def told(timeline: Timeline) -> str | None:
        ticket = make_ticket(timeline=timeline)
        now = monday + timedelta(hours=3)
        return refusal(policy, asked, (), facts_for(policy, ticket, None, None, Ledger(ref=ticket.ref), now))

    assert told(premium) is None
    assert "tags" in str(told(premium_later))


def test_nothing_else_from_a_customer_counts(policy: Policy, monday: datetime) -> None:
    assert refusal(policy, act("close", monday, side=Side.REQUESTER)) is not None
    assert refusal(policy, act("close", monday, side=Side.SYSTEM)) is not None


def test_a_slip_of_the_pen_is_told_what_was_meant(policy: Policy, monday: datetime) -> None:
    assert refusal(policy, act("escalte", monday, "anna")) == "There is no #escalte; did you mean #escalate?"


def test_one_comment_is_answered_by_one_note_and_never_again(policy: Policy, monday: datetime) -> None:
    answers = [
        Answer(act=act("accept", monday, "anna", key="comment:7:0"), accepted=True, text="Taken up."),
        Answer(act=act("red", monday, "anna", key="comment:7:1"), accepted=False, text="There is no record."),
        Answer(act=act("escalate", monday, key="tag:escalation_requested:1"), accepted=True, text="Asked for."),
    ]
    ledger = Ledger(ref=TicketRef("zendesk", "35"))

    notes = answer_notes(answers, ledger)

    assert [(note.key, note.body, note.public) for note in notes] == [
        ("answer:comment:7", "#accept: Taken up.\n#red: There is no record.", False),
        ("answer:tag:escalation_requested:1", "Asked for.", False),
    ]
    said_before = {note.key: monday for note in notes}
    assert answer_notes(answers, replace(ledger, comments=said_before)) == ()


def test_help_tells_what_the_author_may_do_as_it_stands(policy: Policy, monday: datetime) -> None:
    asked = act("help", monday, "anna")

    told = tell_help(policy, asked, ("accept", "declare", "red"))

    assert [line.partition(":")[0] for line in told.text.splitlines()[1:]] == ["#accept", "#red", "#help"]


def test_answers_have_a_limit_of_their_own(policy: Policy, monday: datetime) -> None:
    ref = TicketRef("zendesk", "35")
    answers = [
        PostComment(on=ref, because="", rule="", key=f"answer:comment:{n}", body="x", public=False) for n in range(40)
    ]
    note = PostComment(on=ref, because="", rule="", key="rule:any:1", body="x", public=False)

    held = restrain([*answers, note], policy.brakes, said={}, last_hour=3, now=monday)
    kept = [step for step in held.steps if isinstance(step, PostComment)]
    assert kept == answers[:MOST_ANSWERS_PER_HOUR]
    assert held.again_at == monday + timedelta(hours=1)

    answered = {f"answer:comment:{n}": monday - timedelta(minutes=10) for n in range(MOST_ANSWERS_PER_HOUR)}
    later = restrain([answers[-1], note], policy.brakes, said=answered, last_hour=MOST_ANSWERS_PER_HOUR, now=monday)
    assert [step for step in later.steps if isinstance(step, PostComment)] == [note]
    assert later.again_at == monday + timedelta(minutes=50)
