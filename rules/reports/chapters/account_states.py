"""Account states: how the escalation of a customer's account goes, as a picture."""

from __future__ import annotations

from collections.abc import Iterator

from rules.escalation.record.programme import AccountProgramme, Quorum
from rules.escalation.standing import AccountState
from rules.policy import Policy
from rules.reports.drawing import Arrow, Box, Drawing
from rules.reports.sheet import Section, table_of

_WORTH = "an account like any other"


def account_sections(policy: Policy) -> Iterator[Section]:
    """The picture of the states of a record, and what is owed after it is closed."""
    programme = policy.accounts
    if programme is None:
        return
    yield Section(heading="The stages of an account's escalation", level=3, drawing=_drawing(programme))
    after = programme.aftercare
    owed = (
        ("the summary of the issues", after.summary),
        ("the root cause analysis", after.rca),
        ("the corrective actions", after.corrective),
        (f"the review, where it was once {after.review_from}", after.review),
        ("asking the customer how it is", after.follow_up),
        *(
            (f"a look whether {after.recurring_tickets} tickets of the kind came back", span)
            for span in after.recurrence
        ),
    )
    rows = [(name, str(within)) for name, within in owed if within is not None]
    headers = ("owed", "after the closure")
    yield Section(heading="After an account's escalation is closed", level=3, table=table_of(headers, rows))


def _drawing(programme: AccountProgramme) -> Drawing:
    declared = "by itself, when a reason holds" if programme.declares_itself else "#declare"
    state = AccountState
    arrows = (
        Arrow(source=_WORTH, target=state.PROPOSED, text="a reason holds, or #escalate"),
        Arrow(source=state.PROPOSED, target=state.DECLARED, text=f"{declared}, {programme.first_colour} at first"),
        Arrow(source=state.PROPOSED, target=state.REFUSED, text="#decline with the reason"),
        Arrow(
            source=state.DECLARED,
            target=state.IN_PROGRESS,
            text=f"exit criteria, communication plan and owner stand: within {programme.ready_within}",
        ),
        Arrow(
            source=state.IN_PROGRESS,
            target=state.AFTERCARE,
            text=f"#close: every exit criterion is met, and {_consents(programme.consent)}",
        ),
        Arrow(source=state.AFTERCARE, target=state.CLOSED, text="nothing is owed any more"),
    )
    left = {arrow.source for arrow in arrows}
    boxes = (
        Box(id=_WORTH, lines=(_WORTH,)),
        *(Box(id=one, lines=(str(one),), end=one not in left) for one in AccountState),
    )
    return Drawing(title="The stages of an account's escalation", boxes=boxes, arrows=arrows)


def _consents(quorum: Quorum) -> str:
    asked = ", ".join(("stakeholders", *quorum.roles))
    return f"{'all' if quorum.number is None else quorum.number} of {asked} consent"
