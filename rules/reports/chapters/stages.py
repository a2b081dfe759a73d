"""Stages: how the escalation of one ticket goes, as a picture made of the table of its transitions."""

from __future__ import annotations

from collections.abc import Iterator

from rules.escalation.checklist import POINTS
from rules.escalation.deadline import Deadline, LateStep
from rules.escalation.process import EscalationProcess
from rules.escalation.questions import Question
from rules.escalation.stage import Stage
from rules.escalation.transitions import TRANSITIONS
from rules.policy import Policy
from rules.reports.drawing import Arrow, Box, Drawing
from rules.reports.sheet import Section, table_of
from rules.span import Span

_ORDER = {stage: number for number, stage in enumerate(Stage)}
_NOTHING_YET = "a ticket like any other"


def stage_sections(policy: Policy) -> Iterator[Section]:
    """The picture of the stages, what is due in them, and what has to be done before the way back."""
    if policy.process is None:
        return
    yield Section(
        heading="The stages of an escalation",
        level=3,
        sentences=("Full lines are what people say or what time brings; broken ones what happens in the helpdesk.",),
        drawing=_drawing(policy.process),
        points=tuple(_ways_back()),
    )
    if policy.process.questions:
        asked = [_asked(question) for question in policy.process.questions]
        yield Section(heading="What is asked", level=3, table=table_of(("question", "answered by", "before"), asked))
    rows = [_due(name, str(deadline.within), deadline) for name, deadline in deadlines(policy.process)]
    if policy.process.promises is not None:
        rows.append(_due("what was promised", "the time that was named", policy.process.promises))
    headers = ("due", "within", "calendar", "warned", "when late")
    if rows:
        yield Section(heading="What is due when", level=3, table=table_of(headers, rows))
    yield Section(
        heading="Before a ticket is de-escalated",
        level=3,
        sentences=("Each of these has to be done, and each is a command in an internal comment.",),
        points=tuple(POINTS.values()),
    )


def _asked(question: Question) -> tuple[str, str, str]:
    accepted = f": {', '.join(sorted(question.accepts))}" if question.accepts else ""
    return question.ask, f"{question.by} {question.name}{accepted}", ", ".join(sorted(question.required_for))


def _drawing(process: EscalationProcess) -> Drawing:
    arrows = (*_said(), *_by_themselves(process))
    touched = {end for arrow in arrows for end in (arrow.source, arrow.target)}
    left = {arrow.source for arrow in arrows}
    boxes = tuple(
        Box(id=stage, lines=(_NOTHING_YET if stage is Stage.NONE else str(stage),), end=stage not in left)
        for stage in Stage
        if stage in touched
    )
    return Drawing(title="The stages of an escalation", boxes=boxes, arrows=arrows)


def _said() -> Iterator[Arrow]:
    """What people say that leads on: a command each, from every stage that it leads on from."""
    ways: dict[tuple[Stage, Stage], list[str]] = {}
    for row in TRANSITIONS:
        for source in sorted(row.sources, key=_ORDER.__getitem__):
            if row.to is not None and _leads_on(source, row.to):
                ways.setdefault((source, row.to), []).append(f"#{row.verb}")
    for (source, target), verbs in ways.items():
        yield Arrow(source=source, target=target, text=", ".join(dict.fromkeys(verbs)))


def _leads_on(source: Stage, target: Stage) -> bool:
    return _ORDER[source] < _ORDER[target]


def _by_themselves(process: EscalationProcess) -> Iterator[Arrow]:
    """What leads on without a command."""
    yield Arrow(source=Stage.NONE, target=Stage.IN_PROGRESS, text="a rule, a clock or the matrix", asked=True)
    yield Arrow(source=Stage.ACCEPTED, target=Stage.IN_PROGRESS, text="at once")
    yield Arrow(source=Stage.DEESCALATION, target=Stage.DEESCALATED, text="every point is done")
    yield Arrow(source=Stage.IN_PROGRESS, target=Stage.RESOLVED, text="the ticket is solved", asked=True)
    if process.follow_up is not None:
        asked = process.follow_up
        yield Arrow(source=Stage.RESOLVED, target=Stage.FOLLOW_UP, text=f"after {asked.after}")
        yield Arrow(source=Stage.FOLLOW_UP, target=Stage.CLOSED, text=f"{asked.close} without an answer")


def _ways_back() -> Iterator[str]:
    """Commands that lead to an earlier stage: in the picture they would cross everything."""
    ways: dict[tuple[str, Stage], list[Stage]] = {}
    for row in TRANSITIONS:
        back = [
            stage for stage in Stage if row.to is not None and stage in row.sources and _ORDER[stage] > _ORDER[row.to]
        ]
        if row.to is not None and back:
            ways.setdefault((row.verb, row.to), []).extend(back)
    for (verb, target), stages in ways.items():
        yield f"#{verb} also leads to {target} from: {', '.join(stages)}"


def deadlines(process: EscalationProcess | None) -> Iterator[tuple[str, Deadline]]:
    """What is due within a time of its own in the escalation of a ticket, in words, and by when."""
    if process is None:
        return
    kept = (
        ("a decision about a request", process.evaluate),
        ("the first word to the customer", None if process.acknowledge is None else process.acknowledge.deadline),
        ("the first call, with the action plan", None if process.kickoff is None else process.kickoff.deadline),
        ("a word to the customer about a workaround", process.workaround),
        ("an answer to a concern", process.concern.deadline),
        ("the review", None if process.review is None else process.review.deadline),
    )
    yield from ((name, deadline) for name, deadline in kept if deadline is not None)


def _due(name: str, within: str, deadline: Deadline) -> tuple[str, ...]:
    late = "; ".join(f"{step.to} {_after(step)}" for step in deadline.late)
    warned = "" if deadline.warn_before is None else f"{deadline.warn_before} before"
    return name, within, deadline.calendar.name, warned, late


def _after(step: LateStep) -> str:
    return "at once" if step.after == Span() else f"after {step.after}"
