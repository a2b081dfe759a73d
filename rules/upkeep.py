"""Upkeep: what an escalation keeps on a ticket and below it: a note that stays current, work, an account's record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from rules.change import Change, CompleteWork, CreateRemediation, KeepNote, OpenLinked, RemediationItem
from rules.decision import DesiredRecord, KeptNote
from rules.diff import Comparison, Skipped, Step
from rules.escalation.standing import RECORD_TAG, Standing, account_tag
from rules.parts import done_part, note_part
from rules.ticket import AccountRef, Scalar

#: How keys of the occasions begin on which records are opened.
RECORD = "record:"
_MARK = 16


def record_key(account: AccountRef, standing: Standing | None) -> str:
    """Names the opening of an account's record for ever; after one that is over, the next one has another name."""
    return f"{RECORD}{account}" if standing is None else f"{RECORD}{account}:after:{standing.record}"


def diff_kept(this: Comparison) -> Iterator[Step]:
    """Bring kept notes up to date that say something else by now."""
    for note in this.decision.desired.kept:
        essence, shown = _essence(note), this.ledger.kept.get(note.key)
        if shown is not None and shown.essence == essence:
            continue
        if why := this.stands_back(note_part(note.key), essence):
            yield Skipped(what=f"note {note.key}", why=why)
            continue
        yield KeepNote(
            on=this.ticket.ref,
            because=note.because,
            rule=note.rule,
            key=note.key,
            body=note.body,
            essence=essence,
            comment=None if shown is None else shown.comment,
            since=None if shown is None else shown.at,
        )


def diff_work(this: Comparison) -> Iterator[Change]:
    """Create the work that was never created. What people do to it afterwards, deleting included, is not put back."""
    known = this.ledger.remediation.keys() | this.ledger.overrides.keys()
    items = tuple(
        RemediationItem(
            key=item.key,
            title=item.title,
            body=item.body,
            due_on=item.due_on,
            assignee=item.assignee,
            tags=item.tags,
        )
        for item in this.decision.desired.work
        if item.key not in known
    )
    if items:
        because = "the escalation's plan asks for it"
        yield CreateRemediation(on=this.ticket.ref, because=because, rule="escalation", items=items)


def diff_done(this: Comparison) -> Iterator[Step]:
    """Close the work that is done and that nobody closed, once. What people do to it afterwards is not put back."""
    for work in this.decision.desired.done:
        if work.key in this.ledger.completed:
            continue
        if why := this.stands_back(done_part(work.key), work.status):
            yield Skipped(what=f"closing {work.title}", why=why)
            continue
        yield CompleteWork(
            on=work.ref,
            because=work.because,
            rule="account_escalations",
            key=work.key,
            title=work.title,
            status=work.status,
            was=work.was,
        )


def diff_record(this: Comparison) -> Iterator[Change]:
    """Open the record of the account's escalation, unless there is one that is proposed or runs."""
    wanted, standing = this.decision.desired.record, this.around.standing
    if wanted is None or (standing is not None and standing.state.takes_the_place):
        return
    key = record_key(wanted.account, standing)
    if key not in this.ledger.opened and key not in this.ledger.overrides:
        yield _opening(this, wanted, key)


def _opening(this: Comparison, wanted: DesiredRecord, key: str) -> OpenLinked:
    return OpenLinked(
        on=this.ticket.ref,
        because=wanted.because,
        rule=wanted.rule,
        key=key,
        helpdesk=wanted.helpdesk,
        project=wanted.project,
        type=wanted.type,
        subject=wanted.subject,
        body=wanted.body,
        tags=tuple(dict.fromkeys((RECORD_TAG, account_tag(wanted.account), *wanted.tags))),
        account=wanted.account,
    )


def upkeep_wishes(this: Comparison) -> dict[str, Scalar]:
    """Part → what is wanted of it: for as long as that stays the same, what people decided against it counts."""
    desired = this.decision.desired
    wishes: dict[str, Scalar] = {note_part(note.key): _essence(note) for note in desired.kept}
    wishes |= {item.key: True for item in desired.work}
    wishes |= {done_part(work.key): work.status for work in desired.done}
    if desired.record is not None:
        wishes[record_key(desired.record.account, this.around.standing)] = True
    return wishes


def _essence(note: KeptNote) -> str:
    """Marks what a note says."""
    return hashlib.sha256(note.essence.encode()).hexdigest()[:_MARK]
