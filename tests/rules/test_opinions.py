"""Opinions: what people think of an escalation counts once for each of them, however they say it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from rules.climbs import climbs_after
from rules.clocks.book import facts_for
from rules.commands import commands_in
from rules.decide import decide
from rules.escalation.standing import ALONE
from rules.ledger import Climb, Ledger
from rules.policy import Policy
from rules.reports.occurred import Judgement
from rules.reports.occurring import occurred_of
from rules.reports.opinions import FEEDBACK_TAGS, last_words, opinions_of
from rules.ticket import Comment, Moment, Side, State, StatusCategory, Ticket, Timeline

MakeTicket = Callable[..., Ticket]
HOUR = timedelta(hours=1)


def wrote(at: datetime, body: str, author: str = "ada") -> Comment:
    return Comment(
        id=f"{at.isoformat()}", at=at, side=Side.AGENT, public=False, author=author, commands=commands_in(body)
    )


def test_the_command_works_without_a_process(make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    at = ticket.created_at
    ticket = replace(ticket, comments=(wrote(at, "#feedback too early"), wrote(at + HOUR, "Thanks for nothing")))
    (one,) = opinions_of(ticket, None)
    assert (one.by, one.at, one.judgement) == ("ada", at, Judgement.EARLY)


def test_the_last_word_of_each_person_counts_once(make_ticket: MakeTicket) -> None:
    at = make_ticket().created_at
    said = (
        wrote(at, "#feedback too early"),
        wrote(at + HOUR, "#feedback useful"),
        wrote(at + 2 * HOUR, "#feedback wrong team", "bob"),
    )
    opinions = opinions_of(make_ticket(comments=said), None)
    assert last_words(opinions) == (Judgement.USEFUL, Judgement.MISROUTED)


def test_a_macro_says_it_with_a_tag(make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    assert sorted(FEEDBACK_TAGS) == [
        "feedback_too_early",
        "feedback_too_late",
        "feedback_useful",
        "feedback_wrong_team",
    ]

    def state(*tags: str) -> State:
        return State(status=ticket.status, status_name="Open", tags=frozenset(tags))

    at = ticket.created_at
    moments = (
        Moment(at, state()),
        Moment(at + HOUR, state("feedback_useful")),
        Moment(at + 2 * HOUR, state("feedback_useful", "vip")),
    )
    tagged = replace(ticket, tags=frozenset({"feedback_useful"}), timeline=Timeline(moments=moments))
    assert [(one.at, one.judgement) for one in opinions_of(tagged, None)] == [(at + HOUR, Judgement.USEFUL)]
    unseen = replace(ticket, tags=frozenset({"feedback_too_late"}))
    assert [one.judgement for one in opinions_of(unseen, None)] == [Judgement.LATE]


def test_it_belongs_to_the_escalation_that_it_was_said_about(policy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    at = ticket.created_at
    said = (wrote(at + 3 * HOUR, "#feedback too early"), wrote(at + 30 * HOUR, "#feedback useful"))
    ledger = Ledger(
        ref=ticket.ref,
        climbs=(
            Climb(since=at + HOUR, until=at + 2 * HOUR, because="rule:stale", tier="tier1"),
            Climb(since=at + 29 * HOUR, until=at + 31 * HOUR, because="rule:down", tier="tier3"),
        ),
    )
    facts = facts_for(policy, replace(ticket, comments=said), None, None, ledger, at + 40 * HOUR, (), ALONE)
    found: dict[str, Any] = {one.because: one.judgements for one in occurred_of(facts, ())}
    assert found == {"rule:stale": (Judgement.EARLY,), "rule:down": (Judgement.USEFUL,)}


def test_a_stay_on_the_ladder_is_remembered_under_every_policy(policy: Policy, make_ticket: MakeTicket) -> None:
    """Without a section `escalation:` as well, so that the review knows what a rule led to."""
    ticket = make_ticket(tags=frozenset({"production_down"}))
    began = ticket.created_at + HOUR
    first = decide(policy, ticket, None, None, Ledger(ref=ticket.ref), began)
    ledger = Ledger(ref=ticket.ref, escalation=first.escalation, episodes=1)
    solved = replace(ticket, status=StatusCategory.SOLVED)
    over = decide(policy, solved, None, None, ledger, began + HOUR)
    assert climbs_after(ledger, over) == (Climb(since=began, until=began + HOUR, because="rule:down", tier="tier3"),)
