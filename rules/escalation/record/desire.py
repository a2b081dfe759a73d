"""Desire: what an account's escalation adds to the decision about a ticket: on its record, on its tickets. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from rules.decision import Decision, DesiredNote, DoneWork, KeptNote, Reason, WorkItem
from rules.directory import Person
from rules.escalation.answers import answer_notes
from rules.escalation.people import who
from rules.escalation.record.late import concern_notes, gone_notes, late_notes
from rules.escalation.record.notices import notices_of
from rules.escalation.record.programme import AccountProgramme
from rules.escalation.record.proposing import proposal_of
from rules.escalation.record.record import AccountRecord, read_record
from rules.escalation.record.recurrence import Recurrence
from rules.escalation.record.telling import told, told_on_member
from rules.escalation.standing import Standing, is_record
from rules.facts import Facts
from rules.findings import Turn
from rules.policy import Policy

_RULE = "account_escalations"


def with_account(decision: Decision, policy: Policy, facts: Facts, *, proof: bool = True) -> Decision:
    """The decision, with what the escalation of the ticket's account asks for.

    Args:
        decision: What is decided apart from that.
        policy: Where it has no `account_escalations`, the decision stays the same object.
        facts: The ticket, with what is around it.
        proof: With False the criteria that do not hold are not proved and missing in `considered`.
    """
    programme = policy.accounts
    if programme is None:
        return decision
    if is_record(facts.ticket):
        record = read_record(facts)
        return decision if record is None else _on_record(decision, record)
    if not facts.ticket.status.is_open:
        return decision
    running = facts.around.running
    for standing in running:
        decision = _on_member(decision, policy, standing, facts)
    return decision if running else _proposed(decision, facts, proof=proof)


def _on_record(decision: Decision, record: AccountRecord) -> Decision:
    facts, standing = record.facts, record.standing
    if not facts.ticket.status.is_open:
        reason = Reason(source=_RULE, text="the record was closed by hand: nothing is asked of its account any more")
        return replace(decision, standing=standing, reasons=(*decision.reasons, reason))
    desired, said = decision.desired, facts.ledger.comments
    words = told(record)
    kept = KeptNote(key="record", body=words, because="the state of the record", rule=_RULE, essence=words)
    notes = [
        note
        for note in (*concern_notes(record), *late_notes(record), *gone_notes(record), *_verdicts(record))
        if note.key not in said
    ]
    notices, opening = notices_of(record)
    reason = Reason(source=_RULE, text=f"the escalation of the account is {record.state}")
    changed = replace(
        desired,
        tags=_tags(desired.tags, record.programme, standing),
        notes=(*desired.notes, *answer_notes(record.answers, facts.ledger), *notes),
        notices=(*desired.notices, *notices),
        kept=(*desired.kept, kept),
        work=(*desired.work, *_work(record)),
        done=(*desired.done, *_done(record)),
    )
    decided = replace(
        decision,
        desired=changed,
        standing=standing,
        reasons=(*decision.reasons, reason),
        considered=(*decision.considered, reason),
    )
    return _until(decided, (*record.turns, *opening))


def _on_member(decision: Decision, policy: Policy, standing: Standing, facts: Facts) -> Decision:
    desired, key = decision.desired, f"account:declared:{standing.record}"
    notes = desired.notes
    if key not in facts.ledger.comments:
        its = standing == facts.around.standing
        because = f"{'the' if its else 'a linked'} account is escalated: {standing.key}"
        notes = (
            *notes,
            DesiredNote(key=key, body=told_on_member(standing, policy.directory, its=its), because=because, rule=_RULE),
        )
    changed = replace(desired, tags=_tags(desired.tags, policy.accounts, standing), notes=notes)
    reason = Reason(source=_RULE, text=f"{standing.key}: the account's escalation is {standing.state}")
    reasons, considered = (*decision.reasons, reason), (*decision.considered, reason)
    return replace(decision, desired=changed, reasons=reasons, considered=considered)


def _proposed(decision: Decision, facts: Facts, *, proof: bool) -> Decision:
    proposal = proposal_of(facts, proof=proof)
    if proposal is None:
        return decision
    if proposal.says_nothing:
        return _until(decision, proposal.turns_of_criteria)
    holding = tuple(one for one in proposal.reasons if one.verdict is not None and one.verdict.holds)
    decided = replace(
        decision,
        desired=replace(decision.desired, record=proposal.record()),
        reasons=(*decision.reasons, *holding),
        considered=(*decision.considered, *proposal.reasons),
    )
    return _until(decided, proposal.turns_of_criteria)


def _tags(tags: Mapping[str, str], programme: AccountProgramme | None, standing: Standing) -> dict[str, str]:
    found = dict(tags)
    colours = {} if programme is None else programme.tags
    tag = next((tag for colour, tag in colours.items() if colour == standing.colour), None)
    if tag is not None:
        found.setdefault(tag, f"account:{standing.key}")
    return found


def _work(record: AccountRecord) -> tuple[WorkItem, ...]:
    """Everything that should have a subtask and never had one."""
    facts, people = record.facts, record.desk.directory.people
    items: list[WorkItem] = []
    for duty in record.duties:
        if not duty.is_work or duty.is_done or duty.is_dropped or duty.key in facts.ledger.remediation:
            continue
        person = responsible(record) if duty.owner is None else people.get(duty.owner)
        assignee = None if person is None else person.account(facts.ticket.ref.helpdesk)
        items.append(WorkItem(key=duty.key, title=duty.title, body=duty.body, assignee=assignee, due_on=duty.due_on))
    return tuple(items)


def _done(record: AccountRecord) -> Iterator[DoneWork]:
    """Work that a command on the record fulfilled, and that still stands as we made it."""
    home, facts = record.programme.home, record.facts
    if home.done is None or facts.ticket.ref.helpdesk != home.helpdesk:
        return
    for duty in record.duties:
        child = duty.child
        if duty.is_reported and child is not None and child.status.is_open and child.is_untouched:
            yield DoneWork(
                key=duty.key,
                ref=child.ref,
                title=child.title,
                status=home.done,
                was=child.status,
                because=f"the {duty.kind} is done, as the record says",
            )


def responsible(record: AccountRecord) -> Person | None:
    """Who gets the work that nobody was named for: of those who are responsible the first on duty.

    Asked as of the instant at which the record came where it stands: the answer does not go with the shifts.
    """
    directory = record.desk.directory
    if directory.raci is None:
        return None
    helpdesk = record.facts.ticket.ref.helpdesk
    return who(directory, directory.raci.responsible, record.since, helpdesk).person


def _verdicts(record: AccountRecord) -> tuple[DesiredNote, ...]:
    """What is said once when it is seen whether the trouble came back."""
    return tuple(_verdict(one) for one in record.recurrences if one.again is not None)


def _verdict(one: Recurrence) -> DesiredNote:
    seen = ", ".join(one.again or ()) or "none"
    verdict = "It came back" if one.came_back else "It did not come back"
    body = f"{one.after} after the closure: {verdict}. New tickets of the same kind: {seen}."
    if one.came_back:
        body += " The corrective actions were not effective; declare again with #declare if it is that bad."
    return DesiredNote(key=f"recurrence:{one.at.isoformat()}", body=body, because="the time to look back", rule=_RULE)


def _until(decision: Decision, turns: tuple[Turn, ...]) -> Decision:
    """The decision, to be made again at the first of these instants, if that is earlier."""
    first = min((turn for turn in turns if turn.at > decision.at), key=_at, default=None)
    if first is None or (decision.wake_at is not None and decision.wake_at <= first.at):
        return decision
    return replace(decision, wake_at=first.at, wake_because=first.because)


def _at(turn: Turn) -> datetime:
    return turn.at
