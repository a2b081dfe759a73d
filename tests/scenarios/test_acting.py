"""People act: in comments, by tags and fields of macros, with a phrase, and on the command line; each once."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
import requests

from escalade.progress import QuietProgress
from escalade.store.crew import Crew
from escalade.store.sql import open_store
from rules.ticket import TicketRef

POLICY = """\
version: 1
default_calendar: always
directory:
  teams:
    desk:
      members:
        - {id: ada, name: Ada Byron, accounts: {zendesk: "ADA", jira: "ENNO"}}
        - {id: ben, name: Ben Low}
  roles:
    manager: {members: [ada]}
commands:
  allow: {accept: [manager], decline: [manager]}
  tags: {escalation_requested: escalate}
  fields: {escalation_tier: {take_it: accept}}
  customer: {phrases: [speak to a manager], when: {tags: {contains: premium}}}
  limit: 3 per 1d
escalation: {}
tiers: [{id: t1, name: Tier 1, tag: esc_t1}]
rules:
  - {id: asked, description: Somebody asked, when: {escalation.stage: in progress}, tags: [esc_accepted]}
  - {id: waits, description: It waits, when: {escalation.stage: requested}, tags: [esc_requested]}
"""


@pytest.fixture
def staffed(desk: Any) -> Any:
    text = POLICY.replace("ADA", str(desk.agent.id)).replace("ENNO", desk.engineer.account_id)
    desk.write_policy(text)
    desk.restart()
    return desk


def say(desk: Any, ref: TicketRef, body: str, *, public: bool = False, by: int | None = None) -> None:
    desk.act(ref, by=by, comment={"body": body, "public": public})
    desk.pass_time()


def answers(desk: Any, ref: TicketRef) -> list[str]:
    return [body for _, body in desk.seen(ref).notes if not body.startswith("From the command line")]


def test_a_command_is_answered_once_and_takes_effect(staffed: Any) -> None:
    ref = staffed.ticket()
    say(staffed, ref, "They are angry.\n\n#escalate production is down")
    staffed.settle()
    say(staffed, ref, "#accept we take it\n#escalte again")
    for _ in range(3):
        staffed.settle()

    asked, accepted = answers(staffed, ref)
    assert "#accept: " in accepted
    assert "did you mean #escalate?" in accepted
    assert "did you mean" not in asked
    assert "esc_accepted" in staffed.tags(ref)


def test_what_a_customer_writes_is_no_command_and_a_public_comment_neither(staffed: Any) -> None:
    ref = staffed.ticket()
    say(staffed, ref, "#escalate\n#accept", public=True, by=staffed.customer.id)
    say(staffed, ref, "#escalate", public=True)
    staffed.settle()

    assert answers(staffed, ref) == []
    assert staffed.tags(ref) == frozenset()


def test_a_customer_asks_with_the_phrase_where_the_policy_lets_them(staffed: Any) -> None:
    premium, plain = staffed.ticket("Premium", "premium"), staffed.ticket("Plain")
    for ref in (premium, plain):
        say(staffed, ref, "I want to speak to a Manager.", public=True, by=staffed.customer.id)
    staffed.settle()

    assert "esc_requested" in staffed.tags(premium)
    assert "esc_requested" not in staffed.tags(plain)
    assert "which the policy does not give here" in answers(staffed, plain)[0]
    assert all(not public for ref in (premium, plain) for public, _ in staffed.seen(ref).notes)


@pytest.mark.capability("B7")
@pytest.mark.parametrize("seed", range(4))
def test_tag_comment_and_command_line_make_one_request_in_any_order(staffed: Any, seed: int) -> None:
    ref = staffed.ticket()
    ways = [
        lambda: say(staffed, ref, "#escalate production is down"),
        lambda: staffed.act(ref, tags=[*staffed.tags(ref), "escalation_requested"]),
        lambda: staffed.command("act", str(ref), "#escalate it is down", "--as", "ada"),
        staffed.settle,
    ]
    random.Random(seed).shuffle(ways)
    for way in ways:
        way()
        staffed.pass_time()
    for _ in range(2):
        staffed.settle()

    told = "\n".join(answers(staffed, ref))
    assert told.count("The escalation is requested.") == 1
    assert told.count("The escalation is requested already; this joins it.") == 2
    assert "esc_requested" in staffed.tags(ref)


def test_the_command_line_speaks_for_somebody_and_prints_the_answer(staffed: Any) -> None:
    ref = staffed.ticket()
    staffed.settle()

    code, told = staffed.command("act", str(ref), "#escalate production is down", "--as", "ada")
    again, accepted = staffed.command("act", str(ref), "#accept we take it", "--as", "ada")

    assert (code, again) == (0, 0)
    first, answer, *_ = [body for _, body in staffed.seen(ref).notes]
    assert first == "From the command line, for ada:\n#escalate production is down"
    assert answer in told.replace("\n", " ") or answer.splitlines()[0] in told
    assert accepted.strip()
    assert "Ada Byron asked for it on the command line" in " ".join(staffed.journal(ref, "write.applied"))
    staffed.settle()
    assert "esc_accepted" in staffed.tags(ref)
    assert len(staffed.seen(ref).notes) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("#accept we take it", "--as", "ben"), 1, "it takes the role manager"),
        (("#escalate", "--as", "bne"), 2, "did you mean 'ben'?"),
        (("hello", "--as", "ben"), 2, "there is no command in this"),
        (("#escalate", "#accept", "--as", "ben"), 1, "it takes the role manager"),
    ],
)
def test_what_would_not_count_is_told_and_nothing_is_written(
    staffed: Any, arguments: tuple[str, ...], code: int, told: str
) -> None:
    ref = staffed.ticket()
    staffed.settle()
    before = staffed.writes

    assert staffed.command("act", str(ref), *arguments)[0] == code
    assert told in staffed.command("act", str(ref), *arguments)[1]
    assert staffed.writes == before


@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
def test_where_nobody_knows_what_became_of_it_it_is_looked_for_and_counts_at_most_once(staffed: Any, kind: str) -> None:
    ref = staffed.ticket()
    staffed.settle()
    fault = {"kind": kind, "match": {"method": "PUT", "path_regex": "/api/v2/tickets/", "nth": 1, "times": 1}}
    assert requests.post(f"{staffed.emulator.url}/_emulator/faults", json=fault, timeout=10).ok

    code, told = staffed.command("act", str(ref), "#escalate production is down", "--as", "ada")
    for _ in range(3):
        staffed.pass_time(timedelta(minutes=30))
        staffed.app.sync(QuietProgress()).once()

    arrived = kind == "reset_after"
    assert (code, "unknown" in told) == (1, True)
    said = [body for _, body in staffed.seen(ref).notes]
    assert sum(body.startswith("From the command line") for body in said) == arrived
    assert ("esc_requested" in staffed.tags(ref)) is arrived
    assert len(answers(staffed, ref)) == arrived


def test_a_ticket_that_is_not_there_is_told(staffed: Any) -> None:
    code, told = staffed.command("act", "zendesk:999", "#escalate", "--as", "ada")

    assert code == 2
    assert "has no ticket zendesk:999" in told


def test_in_jira_people_act_alike(staffed: Any) -> None:
    issue = staffed.issue("The index is bad")
    staffed.settle()
    staffed.act_in_jira(issue, comment={"body": "#escalate production is down"})
    staffed.pass_time(timedelta(minutes=2))
    staffed.settle()
    code, _ = staffed.command("act", f"jira:{issue.id}", "#accept we take it", "--as", "ada")
    staffed.settle()

    assert code == 0
    assert "esc_accepted" in issue.fields["labels"]
    bodies = [comment.body for comment in issue.comments]
    assert len(bodies) == 4


def test_a_command_beside_a_service_is_said_at_once_and_left_to_the_service_to_answer(any_desk: Any) -> None:
    text = POLICY.replace("ADA", str(any_desk.agent.id)).replace("ENNO", any_desk.engineer.account_id)
    any_desk.write_policy(text)
    any_desk.restart()
    ref = any_desk.ticket()
    with open_store(any_desk.store_url) as store, Crew(store).at_work("service"):
        code, told = any_desk.command("act", str(ref), "#escalate production is down", "--as", "ada")
        assert (code, told) == (0, "Written on the ticket; the answer comes there with one of the next runs.\n")
        (visit,) = Crew(store).claim("service", any_desk.now, 9)
        assert (visit.ref, visit.look) == (ref, True)
        assert Crew(store).names() == ["service"]
    assert "#escalate production is down" in any_desk.seen(ref).notes[0][1]
    any_desk.settle()
    assert "esc_requested" in any_desk.tags(ref)
