"""Words: what Escalade says in a case where the policy has no words of its own. Same facts, same text."""

from __future__ import annotations

from rules.escalation.case import Case, Concern
from rules.escalation.case_clock import CaseClock
from rules.escalation.deadline import LateStep
from rules.ledger import Escalation
from rules.policy import Tier
from rules.words import minute

#: Names of the context with the headings that a brief gives them, in its order.
_BRIEF = (
    ("case.reason", "Why"),
    ("case.lead", "Lead"),
    ("case.impact", "Impact"),
    ("case.milestone", "Critical date"),
    ("case.workaround", "Workaround"),
    ("case.cause", "Cause"),
    ("case.plan", "Plan"),
    ("case.participants", "Taking part"),
)
_LISTS = (
    ("case.tried", "What was tried", "nothing is noted"),
    ("case.questions", "Asked and not answered", "nothing"),
    ("case.promises", "Promises that are open", "none"),
    ("case.linked", "Linked tickets", "none"),
)


def brief(case: Case, tier: Tier, escalation: Escalation, context: dict[str, object]) -> str:
    """What whoever takes the ticket over in a tier has to know."""
    lines = [f"{tier.name} takes over, since {minute(escalation.entered_at)}."]
    lines += [f"{heading}: {context[name]}" for name, heading in _BRIEF if context[name]]
    if case.asked.applying:
        lines.append(f"Facts known: {case.asked.completeness}%")
    for name, heading, nothing in _LISTS:
        lines += [f"{heading}:", str(context[name])] if context[name] else [f"{heading}: {nothing}."]
    return "\n".join(lines)


def questions(context: dict[str, object]) -> str:
    """The missing answers, as one list."""
    return (
        f"The escalation needs to know (complete so far: {context['case.completeness']}):\n"
        f"{context['case.questions']}\n"
        "Answer in the fields of the ticket, or as options of a command."
    )


def soon(clock: CaseClock) -> str:
    """A clock is nearly due."""
    return f"Due soon, by {minute(clock.due_at)}: {clock.what}."


def late(clock: CaseClock, step: LateStep | None) -> str:
    """A clock is late, and who should hear of it by now."""
    told = f" This is for {step.to}." if step is not None else ""
    return f"Late since {minute(clock.due_at)}: {clock.what}.{told}"


def concern(one: Concern) -> str:
    """Somebody sees no progress."""
    who = f" by {one.by}" if one.by else ""
    return f"A concern was raised{who}: {one.text}. Whoever leads answers it with #ack and what is done now."


def declined(case: Case) -> str:
    """The request was not taken up; for whoever asked."""
    step = case.steps[-1]
    asked = f" of {case.request.person or case.request.author}" if case.request and _asker(case) else ""
    return f"The request{asked} for an escalation was declined: {step.because}"


def kickoff(case: Case, clock: CaseClock, attendees: tuple[str, ...]) -> str:
    """The first call."""
    who = f" Attendees: {', '.join((*attendees, *case.participants))}." if attendees or case.participants else ""
    return (
        f"Hold the kick-off call by {minute(clock.due_at)}, with the action plan drafted: #plan what | due: date, then "
        f"#call what was agreed.{who}"
    )


def follow_up(number: int) -> str:
    """A person should ask the customer."""
    again = " again" if number > 1 else ""
    return f"Ask the customer{again} whether all is well. Their answer: #feedback; nothing to do any more: #close."


def review(clock: CaseClock, attendees: tuple[str, ...]) -> str:
    """The review is owed."""
    who = f" with {', '.join(attendees)}" if attendees else ""
    return (
        f"Review this case{who} by {minute(clock.due_at)}: #summary what was learnt | attendees: who was there. "
        "Without it the case is not closed."
    )


def unconfirmed() -> str:
    """The ticket was solved before the customer had confirmed."""
    return (
        "The ticket was solved, and nobody noted that the customer's system works again: "
        "#confirm who | how: call | comment: its number."
    )


def workaround(case: Case) -> str:
    """The customer should hear of it."""
    told = case.workaround
    return "" if told is None else f"Tell the customer of the workaround with the next update: {told.text}"


def _asker(case: Case) -> bool:
    return case.request is not None and (case.request.person or case.request.author) is not None
