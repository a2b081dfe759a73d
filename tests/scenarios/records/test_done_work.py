"""Work that a command on the record fulfils is closed in the helpdesk, once, unless somebody took it in hand."""

from __future__ import annotations

from typing import Any

import pytest

from rules.ticket import TicketRef

KICKOFF = "Kick-off call"


@pytest.fixture
def declared(account: Any) -> Any:
    """An account whose record is declared and has an owner, so that the kick-off call is work of somebody's."""
    account.settle()
    account.say("#declare it burns", f"#owner {'enno' if account.home == 'jira' else 'ada'}")
    account.settle()
    return account


def _work(account: Any) -> Any:
    if account.home == "jira":
        return next(one for one in account.desk.issues("ESC") if one.fields["summary"] == KICKOFF)
    return next(one for one in account.desk.zendesk.tickets.values() if one.subject == KICKOFF)


def _status(account: Any) -> str:
    work = _work(account)
    if account.home == "zendesk":
        return str(work.status)
    return str(account.desk.jira.statuses[work.fields["status"]].name)


def _move(account: Any, jira: str, zendesk: str) -> None:
    if account.home == "jira":
        account.desk.act_in_jira(_work(account), status=jira)
    else:
        account.desk.act(TicketRef("zendesk", str(_work(account).id)), status=zendesk)


def _journal(account: Any, words: str) -> list[str]:
    record = TicketRef(account.home, str(account.record.id))
    return [text for text in account.desk.journal(record, "write.") if words in text]


def test_the_notes_of_the_kick_off_call_close_its_subtask_once(declared: Any) -> None:
    before = _status(declared)
    declared.say("#call notes We agreed on the plan")
    assert (before, _status(declared)) in {("To Do", "Done"), ("open", "solved")}
    assert len(_journal(declared, "the kick-off call is done, as the record says")) == 1
    assert declared.is_at_rest()
    _move(declared, "To Do", "open")
    declared.settle()
    assert _status(declared) == before, "who opens it again has the last word"
    assert declared.is_at_rest()


def test_work_that_somebody_took_in_hand_is_theirs_to_close(declared: Any) -> None:
    _move(declared, "In Progress", "pending")
    declared.settle()
    declared.say("#call notes We agreed on the plan")
    assert _status(declared) in {"In Progress", "pending"}
    assert _journal(declared, "the kick-off call is done") == []
    assert declared.is_at_rest()


def test_where_the_helpdesk_has_no_such_step_the_journal_says_so_once(declared: Any) -> None:
    if declared.home == "jira":
        for step in list(declared.desk.jira.projects.values()):
            step.transitions[:] = [one for one in step.transitions if one.name != "Done"]
    else:
        work = _work(declared)
        with declared.desk.world.lock:
            work.assignee_id = None
    declared.say("#call notes We agreed on the plan")
    assert _status(declared) in {"To Do", "open"}
    refused = declared.desk.journal(TicketRef(declared.home, str(declared.record.id)), "write.part_refused")
    assert len([text for text in refused if text.startswith("done:kickoff:")]) == 1
    assert declared.is_at_rest()
    assert declared.desk.journal(TicketRef(declared.home, str(declared.record.id)), "write.part_refused") == refused
