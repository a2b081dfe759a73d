"""Explain: decisions and plans in words: why, why not, and when next. For terminals, for Markdown, for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CompleteWork,
    CreateRemediation,
    KeepNote,
    LinkTicket,
    Notify,
    OpenLinked,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.clocks.clock import ClockReading
from rules.clocks.segments import told
from rules.decision import Decision, Overruled, Reason
from rules.escalation.case_json import case_json
from rules.plan import Plan
from rules.policy import Policy
from rules.ticket import Scalar
from rules.verdict import Verdict

_YES, _NO = "✓", "✗"
_INDENT = "  "
#: Notes are quoted up to so many characters in one-line descriptions.
_QUOTED = 100
#: How a line about a notice begins, with the channel's name put in.
TELLS = "tell the channel {}: "
#: How a line about a comment begins, by whether the customer sees it.
POSTS = {True: "post a public reply", False: "post an internal note"}


def describe(change: Change) -> str:
    """One change in one line, in the words of an agent."""
    match change:
        case AddTags():
            text = f"add {_tags(change.tags)}"
        case RemoveTags():
            text = f"remove {_tags(change.tags)}"
        case SetPriority():
            text = f"set priority {change.priority} (was {_named(change.was)})"
        case Assign():
            text = f"assign to group {change.group} (was {_named(change.was)})"
        case AssignPerson():
            text = f"assign to person {change.person} (was {_named(change.was)})"
        case Transition():
            text = f"move to status {change.status} (was {change.was})"
        case SetField():
            text = f"set field {change.field} to {_named(change.value)} (was {_named(change.was)})"
        case _:
            text = _described_work(change)
    return text


def _described_work(
    change: PostComment | KeepNote | Notify | CreateRemediation | CompleteWork | OpenLinked | LinkTicket,
) -> str:
    match change:
        case Notify():
            text = f"{TELLS.format(change.channel)}{_quoted(change.body)}"
        case PostComment():
            text = f"{POSTS[change.public]}: {_quoted(change.body)}"
        case KeepNote():
            verb = (
                "bring the kept note up to date" if change.since is not None else "post the note that is kept current"
            )
            text = f"{verb}: {_quoted(change.body)}"
        case CreateRemediation():
            titles = ", ".join(_quoted(item.title) for item in change.items)
            text = f"create {_count(len(change.items), 'sub-task')} below {change.on}: {titles}"
        case CompleteWork():
            text = f"move the work {_quoted(change.title)} ({change.on}) to status {change.status} (was {change.was})"
        case OpenLinked():
            what = "" if change.account is None else f"the record of account {change.account} as "
            text = (
                f"open {what}a {change.type} in {change.helpdesk}, project {change.project}: {_quoted(change.subject)}"
            )
        case LinkTicket():
            text = f"link {change.on} to {change.to}"
    return text


def decision_text(decision: Decision, policy: Policy | None = None) -> str:
    """A decision for the terminal: the outcome, every question with its proof, the clocks, and when next.

    Args:
        decision: What was decided.
        policy: The policy that decided; with it each clock tells how it came to show what it shows.
    """
    lines = [_headline(decision), "", "Why:"]
    lines += _reasons(decision.reasons) or [f"{_INDENT}nothing asks for anything"]
    denied = [reason for reason in decision.considered if reason not in decision.reasons]
    if denied:
        lines += ["", "Why not more:", *_reasons(denied)]
    if decision.overruled:
        lines += ["", "Overruled:", *(f"{_INDENT}{_overruled(lost)}" for lost in decision.overruled)]
    if decision.clocks:
        lines += ["", "Clocks:", *_clocks(decision, policy, _INDENT, _INDENT * 2)]
    return "\n".join([*lines, "", f"When next: {_next(decision.wake_at, decision.wake_because)}"])


def decision_markdown(decision: Decision, policy: Policy | None = None) -> str:
    """The same for Markdown: proof trees become nested lists."""
    lines = [f"**{_escaped(_headline(decision))}**", "", "### Why", ""]
    lines += _bullets(decision.reasons) or ["- nothing asks for anything"]
    denied = [reason for reason in decision.considered if reason not in decision.reasons]
    if denied:
        lines += ["", "### Why not more", "", *_bullets(denied)]
    if decision.overruled:
        lines += ["", "### Overruled", "", *(f"- {_escaped(_overruled(lost))}" for lost in decision.overruled)]
    if decision.clocks:
        lines += ["", "### Clocks", ""]
        for line in _clocks(decision, policy, "", _INDENT):
            text = line.lstrip()
            lines.append(f"{line[: len(line) - len(text)]}- {_escaped(text)}")
    return "\n".join([*lines, "", f"**When next:** {_escaped(_next(decision.wake_at, decision.wake_because))}"])


def decision_json(decision: Decision) -> dict[str, Any]:
    """The same for programs: plain values only, instants as RFC 3339 text in UTC."""
    held = set(map(id, decision.reasons))
    return {
        "ticket": str(decision.ref),
        "at": decision.at.isoformat(),
        "policy": decision.policy,
        "escalation": msgspec.to_builtins(decision.escalation),
        "reasons": [_reason_json(reason) for reason in decision.considered if id(reason) in held],
        "not_held": [_reason_json(reason) for reason in decision.considered if id(reason) not in held],
        "overruled": [msgspec.to_builtins(lost) for lost in decision.overruled],
        "clocks": [msgspec.to_builtins(reading) for reading in decision.clocks],
        "case": None if decision.case is None else case_json(decision.case),
        "wake_at": None if decision.wake_at is None else decision.wake_at.isoformat(),
        "wake_because": decision.wake_because,
    }


def plan_text(plan: Plan) -> str:
    """A plan for the terminal: each change with its reason, what is left alone, and when next."""
    lines = [f"{plan.ref} ({plan.key}) {plan.subject}"]
    lines += [f"{_INDENT}+ {describe(change)}\n{_INDENT * 3}because {change.because}" for change in plan.changes]
    lines += [f"{_INDENT}- not: {skipped.what}\n{_INDENT * 3}because {skipped.why}" for skipped in plan.skipped]
    if not plan.changes and not plan.skipped:
        lines.append(f"{_INDENT}nothing to write")
    return "\n".join([*lines, f"{_INDENT}next look: {_next(plan.wake_at, plan.wake_because)}"])


def plan_markdown(plan: Plan) -> str:
    """The same for Markdown."""
    lines = [f"**{_escaped(f'{plan.ref} ({plan.key})')}** {_escaped(plan.subject)}", ""]
    lines += [f"- {_escaped(describe(change))} — {_escaped(change.because)}" for change in plan.changes]
    lines += [f"- *not:* {_escaped(skipped.what)} — {_escaped(skipped.why)}" for skipped in plan.skipped]
    return "\n".join([*lines, f"- *next look:* {_escaped(_next(plan.wake_at, plan.wake_because))}"])


def plan_json(plan: Plan) -> dict[str, Any]:
    """The same for programs: the whole plan as plain values."""
    content: dict[str, Any] = msgspec.to_builtins(plan)
    return content


def _headline(decision: Decision) -> str:
    if decision.escalation is None:
        return f"{decision.ref} is not escalated"
    stands = decision.escalation
    return f"{decision.ref} is in tier {stands.tier} since {_minute(stands.entered_at)} ({stands.because})"


def _overruled(lost: Overruled) -> str:
    return f"{lost.by}: wants {lost.what} {_named(lost.wanted)}, and is not heard: {lost.because}"


def _reasons(reasons: list[Reason] | tuple[Reason, ...]) -> list[str]:
    lines: list[str] = []
    for reason in reasons:
        lines.append(f"{_INDENT}{reason.source}: {reason.text}")
        if reason.verdict is not None:
            lines += [f"{_INDENT * (depth + 2)}{text}" for depth, text in _proof(reason.verdict)]
    return lines


def _bullets(reasons: list[Reason] | tuple[Reason, ...]) -> list[str]:
    lines: list[str] = []
    for reason in reasons:
        lines.append(f"- `{reason.source}` {_escaped(reason.text)}")
        if reason.verdict is not None:
            lines += [f"{_INDENT * (depth + 1)}- {_escaped(text)}" for depth, text in _proof(reason.verdict)]
    return lines


def _proof(verdict: Verdict, depth: int = 0) -> Iterator[tuple[int, str]]:
    """The proof tree, one line a node: what was asked, wanted and seen."""
    mark = _YES if verdict.holds else _NO
    turns = "" if verdict.flips_at is None else f"; can change {_minute(verdict.flips_at)}"
    asked = verdict.wanted if verdict.children else f"{verdict.subject} {verdict.wanted}"
    yield depth, f"{mark} {asked}: {verdict.observed}{turns}"
    for child in verdict.children:
        yield from _proof(child, depth + 1)


def _reason_json(reason: Reason) -> dict[str, Any]:
    verdict = None if reason.verdict is None else msgspec.to_builtins(reason.verdict)
    return {"source": reason.source, "text": reason.text, "verdict": verdict}


def _clocks(decision: Decision, policy: Policy | None, first: str, more: str) -> Iterator[str]:
    """Each clock in one line; below it its story, where the policy that decided is at hand."""
    targets = {} if policy is None else {target.id: target for target in policy.sla}
    for reading in decision.clocks:
        yield f"{first}{_clock(reading)}"
        target = targets.get(reading.target)
        if target is not None:
            yield from (f"{more}{line}" for line in told(target, reading, decision.at))


def _clock(reading: ClockReading) -> str:
    stopped = "" if reading.stopped_at is None else f", stopped {_minute(reading.stopped_at)}"
    late = f", late {_count(reading.misses, 'time')}" if reading.misses else ""
    return f"{reading.target}: {reading.state}, due {_minute(reading.due_at)}{stopped}{late}"


def _next(at: datetime | None, because: str) -> str:
    return because if at is None else f"{_minute(at)}, when {because}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _tags(tags: tuple[str, ...]) -> str:
    return f"{'tag' if len(tags) == 1 else 'tags'} {', '.join(tags)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _named(value: Scalar) -> str:
    return "not set" if value is None else str(value)


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _QUOTED else f'{line[: _QUOTED - 1]}…'}”"


def _escaped(text: str) -> str:
    """Text of customers must not become Markdown: neither links nor images nor markup."""
    for sign in "\\`*_[]<>|#!":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
