"""Checklist: the three points that have to be done before a ticket is de-escalated, and the customer's agreement."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rules.escalation.act import Act

PLAN, CAUSE, AGREEMENT = "plan", "rca", "agreement"
#: Point → what it asks for.
POINTS: Mapping[str, str] = {
    PLAN: "the action plan is acceptable: #check plan why it is",
    CAUSE: "troubleshooting and root cause analysis are on track: #check rca PLAN-12, the item that tells",
    AGREEMENT: "the customer agrees: #consent who | how: call | comment: its number",
}


class Agreement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who of the customer's side agreed, how, and where it is written down."""

    who: str
    how: str
    #: The comment, mail or call that shows it.
    reference: str


def customer_of(act: Act) -> Agreement:
    """What an act tells of the customer's agreement; what is not told is empty."""
    options = act.options
    words = act.text.strip()
    if act.verb == "check":
        words = words.partition(" ")[2].strip()
    return Agreement(
        who=options.get("who") or options.get("name") or words,
        how=options.get("how", ""),
        reference=options.get("comment") or options.get("reference") or options.get("evidence", ""),
    )


def missing_of_customer(told: Agreement, verb: str) -> tuple[str, ...]:
    """What is missing to know who agreed, how, and where it is written."""
    parts = (
        (told.who, f"who of the customer's side: #{verb} NAME"),
        (told.how, "how: | how: call, mail or comment"),
        (told.reference, "where it is written: | comment: its number"),
    )
    return tuple(text for value, text in parts if not value)


def point_of(act: Act) -> str | None:
    """The point that an act does; None when it names none."""
    if act.verb == "consent":
        return AGREEMENT
    first = act.text.strip().partition(" ")[0].lower().strip(":,.")
    return first if first in POINTS else None


def missing_of_point(point: str, act: Act) -> tuple[str, ...]:
    """What an act still needs to do its point."""
    if point == AGREEMENT:
        return missing_of_customer(customer_of(act), act.verb)
    told = act.text.strip().partition(" ")[2].strip() or act.options.get("note") or act.options.get("item")
    return () if told else (POINTS[point],)


def open_points(checks: Mapping[str, Act]) -> tuple[str, ...]:
    """What the points ask for that are not done."""
    return tuple(text for point, text in POINTS.items() if point not in checks)
