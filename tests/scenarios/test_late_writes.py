"""Writes without an answer that may still take effect: repeated at once where the helpdesk refuses the second of two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from altered import run

from connectors.base import Applied, Write
from connectors.errors import ConnectorError, ErrorKind
from rules.ticket import TicketRef

SOON = timedelta(seconds=3)
#: How long a helpdesk may carry a write out, unless the settings say otherwise.
SETTLED = timedelta(seconds=90)
ESCALATED = {"complaint", "esc_complaint", "esc_t1"}


class Late:
    """A Zendesk that takes its time with what it is sent first."""

    def __init__(self, desk: Any) -> None:
        self.desk, self.real = desk, desk.app.helpdesks["zendesk"].sink
        self.sent: list[tuple[Write, str]] = []

    def unanswered(self, write: Write, operation: str) -> Applied:
        self.sent.append((write, operation))
        raise ConnectorError("no answer", kind=ErrorKind.RETRY, helpdesk="zendesk", ambiguous=True, retry_after=1)

    def arrive(self) -> Iterator[str]:
        """What was sent takes effect now, or is refused; how."""
        for one in self.sent:
            try:
                self.real.apply(*one)
            except ConnectorError as error:
                yield error.kind.name
            else:
                yield "applied"
        self.sent.clear()

    def found_late(self, write: Write, operation: str, intended_at: datetime) -> Applied | None:
        """Look for a write, which takes effect just after that."""
        found: Applied | None = self.real.find(write, operation, intended_at)
        assert list(self.arrive()) in (["applied"], [])
        return found


@pytest.fixture
def late(desk: Any) -> Late:
    return Late(desk)


@pytest.fixture
def ref(late: Late) -> TicketRef:
    """A ticket of which the first write was sent, and has neither an answer nor an effect yet."""
    found: TicketRef = late.desk.ticket("Refund", "complaint")
    run(late.desk, sink={"apply": late.unanswered})
    assert late.desk.tags(found) == {"complaint"}
    return found


def next_look(desk: Any, ref: TicketRef) -> datetime:
    (found,) = [visit for visit in desk.app.store.due(desk.now + timedelta(days=1), 9) if visit.ref == ref]
    due: datetime = found.due
    return due


def once_each(desk: Any, ref: TicketRef) -> bool:
    return desk.tags(ref) == ESCALATED and len(desk.seen(ref).notes) == 1 and desk.journal(ref, "override") == []


def test_a_write_on_a_version_is_repeated_at_once_and_refused_should_it_come_late(
    desk: Any, late: Late, ref: TicketRef
) -> None:
    settled = desk.now + SETTLED
    desk.pass_time(SOON)
    run(desk)
    assert once_each(desk, ref)
    assert next_look(desk, ref) == settled, "it is looked for until it can no longer be under way"
    assert list(late.arrive()) == ["CONFLICT"]
    desk.pass_time()
    desk.settle()
    assert once_each(desk, ref)
    assert len(desk.journal(ref, "write.lost")) == 1, "told when it can no longer be under way, once"
    assert not desk.app.store.load([ref])[ref].open_intents


def test_nothing_is_repeated_within_the_second_that_its_version_tells(desk: Any, ref: TicketRef) -> None:
    desk.pass_time(timedelta(seconds=1))
    report = run(desk)
    assert "may still take effect" in report.parked[str(ref)]
    desk.pass_time(SOON)
    run(desk)
    assert once_each(desk, ref)


def test_what_takes_effect_between_the_look_for_it_and_its_repeat_is_found_and_not_repeated(
    desk: Any, late: Late, ref: TicketRef
) -> None:
    desk.pass_time(SOON)
    run(desk, sink={"find": late.found_late})
    assert once_each(desk, ref)
    assert desk.journal(ref, "write.found")
    desk.solve(ref)
    desk.pass_time()
    desk.settle()
    assert desk.tags(ref) == {"complaint"}, "it is known to be ours, and so is taken back"


def test_what_takes_effect_although_it_is_wanted_no_more_is_ours_and_is_taken_back(
    desk: Any, late: Late, ref: TicketRef
) -> None:
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    release = "version: 1\nrelease: {when_nothing_holds: true}\n"
    desk.write_policy(text.replace("version: 1\n", release).replace("{contains: complaint}", "{contains: grievance}"))
    desk.restart()
    settled = desk.now + SETTLED
    desk.pass_time(SOON)
    desk.sync()
    assert next_look(desk, ref) == settled
    assert desk.tags(ref) == {"complaint"}, "nobody asks for it any more"
    assert list(late.arrive()) == ["applied"]
    desk.pass_time(timedelta(minutes=5))
    desk.settle()
    assert desk.tags(ref) == {"complaint"}
    assert desk.journal(ref, "write.found")
    assert desk.journal(ref, "override") == []


def test_a_person_who_writes_meanwhile_comes_first_and_what_comes_late_is_refused(
    desk: Any, late: Late, ref: TicketRef
) -> None:
    desk.pass_time(SOON)
    desk.act(ref, tags=["complaint", "vip"])
    assert list(late.arrive()) == ["CONFLICT"]
    desk.pass_time(SOON)
    desk.sync()
    assert desk.tags(ref) == {*ESCALATED, "vip"}
    assert len(desk.seen(ref).notes) == 1
