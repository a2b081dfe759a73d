"""A reviewed plan whose tickets all ask for the one record of their account: it is opened, and nothing of it is parked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from escalade.progress import QuietProgress
from rules.change import OpenLinked
from rules.plan import Plan


def apply_one_by_one(desk: Any, plans: Sequence[Plan]) -> Any:
    """Carry plans out so that each ticket is read when the ones before it have been written."""
    visitor = replace(desk.app.visitor, reviewed={plan.ref: plan for plan in plans})
    return replace(desk.app.sync(QuietProgress()), visitor=visitor, batch=1).once(only={plan.ref for plan in plans})


def planned(account: Any) -> Sequence[Plan]:
    """What would be written to tickets that ask for the record and for a tag."""
    for ref in account.tickets:
        account.desk.act(ref, tags=["never"])
    account.desk.pass_time()
    plans: Sequence[Plan] = account.desk.sync(dry_run=True).plans
    assert len(plans) == 6
    assert all(any(isinstance(change, OpenLinked) for change in plan.changes) for plan in plans)
    return plans


def test_every_ticket_gets_what_was_reviewed_and_one_of_them_opens_the_record(account: Any) -> None:
    report = apply_one_by_one(account.desk, planned(account))
    assert report.parked == {}
    assert len(account.records) == 1
    assert all("esc_never" in account.desk.tags(ref) for ref in account.tickets)
    account.settle()
    assert account.is_at_rest()


def test_a_ticket_that_somebody_changed_is_still_left_alone(account: Any) -> None:
    plans = planned(account)
    changed = account.tickets[-1]
    account.desk.pass_time()
    account.desk.act(changed, comment={"body": "I have a look.", "public": False})
    report = apply_one_by_one(account.desk, plans)
    assert report.parked == {str(changed): "the ticket has changed since the plan was made; review a new plan"}
    assert "esc_never" not in account.desk.tags(changed)
    assert len(account.records) == 1
