"""The escalation of an account lives in the helpdesks: one record, its note, its work, and the account's tickets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rules.ticket import TicketRef


@pytest.mark.capability("A1", "A18")
def test_one_record_is_opened_however_many_tickets_ask_and_nothing_else_is_written(account: Any) -> None:
    account.settle()
    assert len(account.records) == 1
    assert account.coloured == [set()] * 6
    assert all(account.desk.seen(ref).notes == [] for ref in account.tickets)
    assert account.is_at_rest()


def test_the_record_is_a_ticket_of_the_type_and_in_the_place_that_the_policy_names(account: Any) -> None:
    account.settle()
    if account.home == "jira":
        assert account.record.fields["summary"] == "Acme is in danger"
    else:
        assert (account.record.subject, account.record.type) == ("Acme is in danger", "problem")
        assert account.record.group_id == account.desk.groups["Tier 3"]
        assert not account.record.is_public


@pytest.mark.capability("A18")
def test_after_the_declaration_every_open_ticket_wears_the_colour_at_one_write_each_and_rests(
    account: Any,
) -> None:
    account.settle()
    account.desk.solve(account.tickets[5])
    account.settle()
    before = account.desk.world.calls.counts().get("PUT /api/v2/tickets/{id}", 0)
    account.say("#declare the customer's board is upset")
    assert account.coloured == [{"acct_red"}] * 5 + [set()]
    puts = account.desk.world.calls.counts()["PUT /api/v2/tickets/{id}"] - before
    on_record = 0 if account.home == "jira" else len(account.notes)
    assert puts <= 5 + on_record, "one write for each ticket, and those of the record itself"
    assert account.is_at_rest()


def test_a_ticket_that_comes_later_wears_the_colour_from_its_first_visit_on(account: Any) -> None:
    account.settle()
    account.say("#declare it burns")
    account.tickets.append(account.desk.ticket("Trouble again", created_at=account.desk.now))
    account.settle()
    assert account.coloured[-1] == {"acct_red"}
    assert account.is_at_rest()


def test_another_colour_reaches_every_ticket_and_a_record_that_is_closed_by_hand_takes_it_off(
    account: Any,
) -> None:
    account.settle()
    account.say("#declare it burns")
    account.say("#yellow it is better")
    assert account.coloured == [{"acct_yellow"}] * 6
    if account.home == "jira":
        account.desk.act_in_jira(account.record, status="Done")
    else:
        account.desk.solve(TicketRef("zendesk", str(account.record.id)))
    account.settle()
    assert account.coloured == [set()] * 6
    assert len(account.records) == 1, "what was dealt with is not proposed again"
    assert account.is_at_rest()


@pytest.mark.capability("A22")
def test_the_record_has_one_note_that_is_kept_current(account: Any) -> None:
    account.settle()
    account.say("#declare it burns")
    first = [note for note in account.notes if "State: " in note or "RED" in note]
    account.desk.pass_time(timedelta(minutes=70))
    account.say("#green all is well")
    account.desk.pass_time(timedelta(minutes=70))
    account.settle()
    assert first
    if account.home == "jira":
        kept = [one for one in account.record.comments if "kept" in one.properties.get("escalade", {})]
        assert len(kept) == 1
        assert "green" in kept[0].body.casefold()
    else:
        assert "This replaces the note of" in account.notes[-1]
        assert "green" in account.notes[-1].casefold()
    assert account.is_at_rest()


def test_of_forty_tickets_that_ask_at_once_one_opens_the_record_and_the_brakes_count_one(
    make_account: Callable[..., Any],
) -> None:
    account = make_account(many=1, tickets=40, share=0.1)
    account.settle()
    assert len(account.records) == 1
    assert account.is_at_rest()


PLAN = (
    "#owner enno",
    "#comms call and e-mail | frequency: 1d | attendees: enno",
    "#cause the index is missing",
    "#stakeholder Jane Doe | party: customer",
    "#agree exit",
    "#agree exit | for: Jane Doe | how: call of today",
    "#item Build the index | owner: {owner} | due: 2026-03-06 | serves: latency",
    "#item Tell them | owner: {owner} | due: 2026-03-05 | serves: latency",
    "#agree plan",
    "#agree plan | for: Jane Doe | how: call of today",
    "#plan",
)


def _works(account: Any) -> list[tuple[str, str | None, str | None]]:
    """The pieces of work below the record: title, assignee, due date."""
    if account.home == "jira":
        below = [account.desk.jira.issues[number] for number in account.record.subtasks]
        return [(one.fields["summary"], one.fields["assignee"], one.fields["duedate"]) for one in below]
    tasks = [one for one in account.desk.zendesk.tickets.values() if one.type == "task" and one.status != "deleted"]
    return [(one.subject, str(one.assignee_id), _date(one.due)) for one in tasks]


def _date(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()


@pytest.fixture
def planned(account: Any) -> Any:
    """An account whose remediation plan is in force."""
    account.settle()
    account.say("#declare it burns")
    owner = "enno" if account.home == "jira" else "ada"
    account.say(*(line.format(owner=owner) for line in PLAN))
    account.settle()
    return account


@pytest.mark.capability("A19", "A20")
def test_the_items_of_the_plan_become_work_with_an_assignee_and_a_due_date_once(planned: Any) -> None:
    whose = planned.desk.engineer.account_id if planned.home == "jira" else str(planned.desk.agent.id)
    items = [work for work in _works(planned) if work[0] in {"Build the index", "Tell them"}]
    assert sorted(items) == [("Build the index", whose, "2026-03-06"), ("Tell them", whose, "2026-03-05")]
    assert planned.is_at_rest()


def _work_ref(account: Any, title: str) -> TicketRef:
    if account.home == "jira":
        return TicketRef(
            "jira", str(next(one.id for one in account.desk.issues("ESC") if one.fields["summary"] == title))
        )
    return TicketRef(
        "zendesk", str(next(one.id for one in account.desk.zendesk.tickets.values() if one.subject == title))
    )


def test_what_people_do_to_a_piece_of_work_is_seen_on_the_record_and_never_put_back(planned: Any) -> None:
    work = _work_ref(planned, "Build the index")
    planned.desk.pass_time(timedelta(minutes=70))
    if planned.home == "jira":
        subtask = planned.desk.jira.issues[int(work.id)]
        planned.desk.act_in_jira(subtask, duedate="2026-03-20")
    else:
        planned.desk.act(work, due_at="2026-03-20T12:00:00Z")
    planned.settle()
    record = TicketRef(planned.home, str(planned.record.id))
    known = planned.desk.app.store.load([record])[record].ticket
    assert {child.ref: child.due_on for child in known.children}[work] == date(2026, 3, 20)
    assert ("Build the index", "2026-03-20") in {(title, due) for title, _, due in _works(planned)}
    assert "2026-03-20" in planned.notes[-1] if planned.home == "zendesk" else True
    assert planned.is_at_rest()


def test_a_piece_of_work_that_somebody_deletes_is_not_created_again(planned: Any) -> None:
    work = _work_ref(planned, "Build the index")
    if planned.home == "jira":
        planned.desk.act_in_jira(planned.desk.jira.issues[int(work.id)], delete=True)
        planned.desk.act_in_jira(planned.record, summary="Acme, without the index")
    else:
        planned.desk.remove(work)
    planned.settle()
    assert "Build the index" not in {title for title, _, _ in _works(planned)}
    told = [note for note in planned.notes if "removed the work 'Build the index'" in note]
    assert len(told) == 1
    planned.desk.pass_time(timedelta(days=30))
    planned.settle()
    assert not [note for note in planned.notes if "2026-03-06: Build the index" in note], "nobody is chased"
    owner = "enno" if planned.home == "jira" else "ada"
    planned.say(f"#item Build the index | owner: {owner} | due: 2026-05-06 | serves: latency")
    assert "Build the index" in {title for title, _, _ in _works(planned)}, "it is opened anew"
    planned.settle()
    assert [note for note in planned.notes if "removed the work 'Build the index'" in note] == told


def test_a_lost_database_is_read_back_from_the_helpdesks_and_the_next_run_writes_nothing(planned: Any) -> None:
    tickets = planned.tickets
    planned.desk.act(tickets[0], priority="high")
    assert planned.is_at_rest()
    record = TicketRef(planned.home, str(planned.record.id))
    before = planned.desk.app.store.load([record, tickets[0]])
    planned.lose()
    code, output = planned.desk.command("rebuild")
    assert code == 0, output
    assert "1 of them records" in output
    assert "what was told on channels" in output
    after = planned.desk.app.store.load([record, tickets[0]])
    assert after[record].ledger.standing == before[record].ledger.standing
    assert after[record].ledger.remediation == before[record].ledger.remediation
    assert after[record].ledger.comments.keys() == before[record].ledger.comments.keys()
    assert after[record].ledger.kept.keys() == {"record"}
    assert after[record].ticket.children == before[record].ticket.children
    assert after[tickets[0]].ledger.tags == before[tickets[0]].ledger.tags
    assert after[tickets[0]].around.standing == before[tickets[0]].around.standing
    assert planned.is_at_rest()


def test_what_was_read_back_is_ours_and_goes_when_the_record_is_over(planned: Any) -> None:
    planned.lose()
    code, output = planned.desk.command("rebuild")
    assert code == 0, output
    planned.say("#yellow it is better")
    assert planned.coloured == [{"acct_yellow"}] * 6
    assert len(planned.records) == 1


def test_a_rebuild_is_refused_where_the_database_is_not_lost(account: Any) -> None:
    account.settle()
    code, output = account.desk.command("rebuild")
    assert code == 2
    assert "not empty" in output


def test_a_climb_is_read_back_with_its_tier_and_the_instant_of_its_note(desk: Any) -> None:
    ref = desk.ticket("Down", "loud")
    desk.settle()
    before = desk.app.store.load([ref])[ref].ledger
    assert before.escalation is not None
    desk.close()
    for file in desk.directory.glob("*.db*"):
        file.unlink()
    desk.restart()
    code, output = desk.command("rebuild")
    assert code == 0, output
    after = desk.app.store.load([ref])[ref].ledger
    assert after.escalation is not None
    assert (after.escalation.tier, after.escalation.episode) == ("tier2", 1)
    assert abs(after.escalation.entered_at - before.escalation.entered_at) < timedelta(minutes=1)
    assert after.tags == before.tags
    writes = desk.writes
    desk.settle()
    assert desk.writes == writes
