"""Trouble with one ticket stays with that ticket, and what is uncertain is never mistaken for a person's act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from altered import Altered, run

import escalade.visits
from connectors.base import Applied, Write, read_apart
from connectors.errors import ConnectorError, ErrorKind
from escalade.progress import QuietProgress
from escalade.store.errors import StoreError
from rules.ticket import TicketRef


def failing(real: Callable[..., Any], odd: TicketRef, error: Exception) -> Callable[..., Any]:
    """Reads everything but one ticket."""

    def read(refs: Any) -> Any:
        if odd in refs:
            raise error
        return real(refs)

    return read


def forbidden(status: int) -> ConnectorError:
    return ConnectorError("no", kind=ErrorKind.AUTH, helpdesk="zendesk", status=status)


def test_a_ticket_that_the_rules_cannot_judge_is_parked_and_the_others_are_written(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, other = desk.ticket("Odd", "complaint"), desk.ticket("Other", "complaint")
    decide = escalade.visits.decide

    def breaking(policy: Any, ticket: Any, *rest: Any, **named: Any) -> Any:
        if ticket.ref == odd:
            raise ValueError(ticket.subject)
        return decide(policy, ticket, *rest, **named)

    monkeypatch.setattr(escalade.visits, "decide", breaking)
    report = run(desk)
    assert report.parked == {str(odd): "internal error (ValueError); the log has the details"}
    assert report.exit_code == 1
    assert "esc_t1" in desk.tags(other)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no time"),
        ConnectorError("cut", kind=ErrorKind.PROTOCOL, helpdesk="zendesk"),
        ConnectorError("broken", kind=ErrorKind.RETRY, helpdesk="zendesk", status=500),
        forbidden(403),
    ],
    ids=["crash", "not understood", "500", "403"],
)
def test_a_ticket_that_cannot_be_read_is_parked_and_the_others_are_written(desk: Any, error: Exception) -> None:
    odd, other = desk.ticket("Odd", "complaint"), desk.ticket("Other", "complaint")
    read = desk.app.helpdesks["zendesk"].source.read
    report = run(desk, source={"read": failing(read, odd, error)})
    assert (list(report.parked), report.troubled) == ([str(odd)], {})
    assert "esc_t1" in desk.tags(other)
    desk.pass_time(timedelta(hours=1))
    desk.sync()
    assert "esc_t1" in desk.tags(odd)


@pytest.mark.parametrize(
    "error",
    [
        forbidden(401),
        ConnectorError("down", kind=ErrorKind.UNREACHABLE, helpdesk="zendesk"),
        ConnectorError("slow down", kind=ErrorKind.RATE_LIMITED, helpdesk="zendesk"),
    ],
    ids=["401", "unreachable", "429"],
)
def test_a_helpdesk_that_cannot_be_read_is_asked_once(error: ConnectorError) -> None:
    asked: list[Any] = []

    class Source:
        streams = ()

        def poll(self, *_: Any) -> Any: ...

        def read(self, refs: Any) -> Any:
            asked.append(refs)
            raise error

    refs = [TicketRef("zendesk", str(number)) for number in range(100)]
    with pytest.raises(ConnectorError):
        read_apart(Source(), refs)
    assert asked == [refs]


@pytest.mark.parametrize("count", [1, 2, 100])
def test_a_helpdesk_that_breaks_on_every_ticket_is_in_trouble_and_not_asked_for_all_of_them(count: int) -> None:
    asked: list[Any] = []

    class Source:
        streams = ()

        def poll(self, *_: Any) -> Any: ...

        def read(self, refs: Any) -> Any:
            asked.append(refs)
            raise ConnectorError("down", kind=ErrorKind.RETRY, helpdesk="zendesk", status=503)

    with pytest.raises(ConnectorError):
        read_apart(Source(), [TicketRef("zendesk", str(number)) for number in range(count)])
    assert len(asked) <= 6


def test_a_store_that_cannot_keep_a_failure_does_not_stop_the_run(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    odd, other = desk.ticket("Odd", "complaint"), desk.ticket("Other", "complaint")
    apply = desk.app.helpdesks["zendesk"].sink.apply

    def refusing(write: Write, operation: str) -> Applied:
        if write.ticket == odd:
            raise ConnectorError("no", kind=ErrorKind.REJECTED, helpdesk="zendesk", status=422)
        return apply(write, operation)

    def park(*_: Any) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(type(desk.app.store), "park", park)
    report = run(desk, sink={"apply": refusing})
    assert list(report.parked) == [str(odd)]
    assert "esc_t1" in desk.tags(other)


def test_a_write_that_arrives_after_the_ticket_was_read_is_not_taken_for_a_persons_removal(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    real = desk.app.helpdesks["zendesk"].sink
    late: list[tuple[Write, str]] = []

    def unanswered(write: Write, operation: str) -> Applied:
        late.append((write, operation))
        raise ConnectorError("no answer", kind=ErrorKind.RETRY, helpdesk="zendesk", ambiguous=True, retry_after=1)

    def arriving(write: Write, operation: str, intended_at: datetime) -> Applied | None:
        for one in late:
            real.apply(*one)
        late.clear()
        return real.find(write, operation, intended_at)

    run(desk, sink={"apply": unanswered})
    assert desk.tags(ref) == {"complaint"}
    desk.pass_time()
    run(desk, sink={"find": arriving})
    assert desk.journal(ref, "override") == []
    assert desk.tags(ref) == {"complaint", "esc_complaint", "esc_t1"}
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    assert desk.tags(ref) == {"complaint"}


def test_a_lost_write_is_repeated_soon_although_the_clock_was_a_year_ahead_when_it_was_sent(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    right = desk.now

    def unanswered(*_: Any) -> Applied:
        raise ConnectorError("no answer", kind=ErrorKind.RETRY, helpdesk="zendesk", ambiguous=True, retry_after=1)

    clock = desk.app.clock
    ahead = Altered(clock, now=lambda: clock.now() + timedelta(days=365))
    plain = desk.app.sync(QuietProgress())
    real = desk.app.helpdesks["zendesk"]
    helpdesks = {**desk.app.helpdesks, "zendesk": Altered(real, sink=Altered(real.sink, apply=unanswered))}
    visitor = replace(desk.app.visitor, helpdesks=helpdesks, clock=ahead)
    replace(plain, visitor=visitor).once()
    assert desk.now == right
    desk.app.store.nudge([ref], desk.now, "operator")
    run(desk)
    desk.pass_time(timedelta(minutes=5))
    run(desk)
    assert "esc_t1" in desk.tags(ref)
    assert len(desk.seen(ref).notes) == 1


def test_an_open_write_to_a_helpdesk_that_was_removed_does_not_hold_its_ticket_up(desk: Any) -> None:
    ref = desk.ticket("Down", "outage")
    jira = desk.app.helpdesks["jira"]

    def unanswered(*_: Any) -> Applied:
        raise ConnectorError("no answer", kind=ErrorKind.RETRY, helpdesk="jira", ambiguous=True, retry_after=1)

    helpdesks = {**desk.app.helpdesks, "jira": Altered(jira, sink=Altered(jira.sink, apply=unanswered))}
    replace(desk.app.sync(QuietProgress()), visitor=replace(desk.app.visitor, helpdesks=helpdesks)).once()
    assert desk.app.store.load([ref])[ref].open_intents
    settings = (desk.directory / "escalade.yaml").read_text(encoding="utf-8")
    (desk.directory / "escalade.yaml").write_text(
        settings.split("  jira:\n")[0].replace("tracker: jira\n", "\n"), encoding="utf-8"
    )
    policy = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    remediation = policy.split("    remediation:\n")[1].split("rules:\n")[0]
    waiting = policy.split("  - id: request-waiting\n")[1].split("updates:\n")[0]
    for part in ("    remediation:\n" + remediation, "  - id: request-waiting\n" + waiting):
        policy = policy.replace(part, "")
    desk.write_policy(policy)
    desk.restart()
    desk.pass_time()
    desk.sync()
    desk.solve(ref)
    desk.pass_time()
    desk.sync()
    assert desk.tags(ref) == {"outage"}


def test_a_reviewed_plan_is_not_replaced_by_another_when_somebody_edits_at_the_last_moment(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    plans = {plan.ref: plan for plan in desk.sync(dry_run=True).plans}
    real = desk.app.helpdesks["zendesk"]

    def late(write: Write, operation: str) -> Applied:
        if not late_edits:
            late_edits.append(1)
            desk.pass_time(timedelta(seconds=2))
            desk.act(ref, tags=["complaint", "loud"])
        return real.sink.apply(write, operation)

    late_edits: list[int] = []
    helpdesks = {**desk.app.helpdesks, "zendesk": Altered(real, sink=Altered(real.sink, apply=late))}
    visitor = replace(desk.app.visitor, reviewed=plans, helpdesks=helpdesks)
    report = replace(desk.app.sync(QuietProgress()), visitor=visitor).once(only=set(plans))
    assert report.parked == {str(ref): "the ticket has changed since the plan was made; review a new plan"}
    assert desk.tags(ref) == {"complaint", "loud"}


def test_a_reviewed_plan_whose_acts_were_edited_in_the_file_is_not_carried_out(desk: Any) -> None:
    ref = desk.ticket("Refund", "complaint")
    plans = desk.sync(dry_run=True).plans
    acts = type(plans[0])
    edited = [
        acts(**{**{name: getattr(plan, name) for name in plan.__struct_fields__}, "changes": plan.changes[1:]})
        for plan in plans
    ]
    report = desk.apply(edited)
    assert report.parked == {str(ref): "the ticket has changed since the plan was made; review a new plan"}
    assert desk.tags(ref) == {"complaint"}
