"""Case work: pieces of work below the ticket that its escalation calls for."""

from __future__ import annotations

from collections.abc import Iterator

from rules.decision import WorkItem
from rules.escalation import case_words
from rules.escalation.case_clock import CaseClock
from rules.escalation.case_notes import Setting, running


def case_work(setting: Setting) -> tuple[WorkItem, ...]:
    """The work that should exist: the kick-off call, the call of the management, the review."""
    return tuple(_items(setting))


def _items(setting: Setting) -> Iterator[WorkItem]:
    process, case = setting.process, setting.case
    key = setting.context["ticket.key"]
    clock = running(case, "kickoff")
    if process.kickoff is not None and process.kickoff.task and clock is not None:
        body = case_words.kickoff(case, clock, process.kickoff.attendees)
        yield _item(setting, f"case:kickoff:{case.count}", f"Kick-off call for {key}", body, clock)
    if process.concern.call:
        for one in case.concerns:
            if one.answered_at is None:
                due = next((clock for clock in case.clocks if clock.run == one.key and clock.id == "concern"), None)
                title = f"Management call about {key}"
                yield _item(setting, f"case:concern:{one.key}", title, case_words.concern(one), due)
    clock = running(case, "review")
    if process.review is not None and clock is not None:
        body = case_words.review(clock, process.review.attendees)
        yield _item(setting, f"case:review:{case.run}", f"Review of {key}", body, clock)


def _item(setting: Setting, key: str, title: str, body: str, clock: CaseClock | None) -> WorkItem:
    calendar = setting.process.calendar
    due_on = None if clock is None else calendar.local_date(clock.due_at)
    return WorkItem(key=key, title=title, body=body, assignee=_lead(setting), due_on=due_on)


def _lead(setting: Setting) -> str | None:
    """Whoever leads, as the helpdesk calls them; None where a role of several people leads.

    Who of several is on duty changes with the hour, and work does not wander with it.
    """
    lead, directory = setting.case.lead, setting.policy.directory
    if lead is None:
        return None
    person = directory.people.get(lead.name)
    if person is None and lead.name in directory.roles:
        people = directory.people_of(lead.name)
        person = people[0] if len(people) == 1 else None
    return None if person is None else person.account(str(setting.context["ticket.helpdesk"]))
