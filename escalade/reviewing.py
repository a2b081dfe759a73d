"""Reviewed plans: whether what would be decided now is what somebody looked at, and what is left of it to be done."""

from __future__ import annotations

from collections.abc import Sequence

from rules.change import Change, OpenLinked
from rules.escalation.standing import Around
from rules.plan import Plan, fingerprint

CHANGED = "the ticket has changed since the plan was made; review a new plan"
RECORDED = "another ticket of the plan opened the account's record"


def is_reviewed(todo: Plan, reviewed: Plan, version: str) -> bool:
    """Whether a plan is what was reviewed, on a ticket that was not changed since.

    The print in the file tells whether the ticket is as it was; the acts in the file are compared for themselves,
    since somebody may have edited them.
    """
    return {reviewed.fingerprint, fingerprint(version, reviewed.changes)} == {todo.fingerprint}


def but_the_record(reviewed: Plan, around: Around) -> Sequence[Change] | None:
    """The reviewed acts without opening the account's record, where there is one by now; None = that is not the case.

    Every ticket of an account plans the record that it may have one of, and the first one opens it.
    """
    if around.standing is None:
        return None
    left = [one for one in reviewed.changes if not isinstance(one, OpenLinked) or one.account is None]
    return left if len(left) < len(reviewed.changes) else None
