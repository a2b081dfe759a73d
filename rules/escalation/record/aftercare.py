"""Aftercare: what people report as done after the closure, and what became of the customer."""

from __future__ import annotations

from msgspec.structs import replace

from rules.escalation.act import Act
from rules.escalation.record.course import Course
from rules.escalation.record.step import Desk, Outcome, Step, either, refused, taken

SUMMARY, RCA, REVIEW, FOLLOW_UP = "summary", "rca", "review", "follow_up"
#: What may become of a customer.
OUTCOMES = ("retained", "churned", "advocate")


def report(task: str, name: str) -> Step:
    """The step that reports a piece of the aftercare as done, with its words."""

    def step(desk: Desk, course: Course, act: Act) -> Outcome:
        if not act.text:
            return refused(f"write it behind the command: #{task}, and then the words, or where it stands")
        return taken(_done(desk, course, act, task), f"the {name} is done")

    return step


def check(desk: Desk, course: Course, act: Act) -> Outcome:
    """`#check review` and the notes: the case was reviewed with the team."""
    first, _, note = act.text.partition(" ")
    if first.strip(":,").casefold() != REVIEW:
        return refused("what is checked here is the review: #check review, and then its notes")
    if not note.strip():
        return refused("a review without notes does not count: #check review, and then what was learned")
    return taken(_done(desk, course, act, REVIEW), "the review is done")


def follow_up(desk: Desk, course: Course, act: Act) -> Outcome:
    """What the customer says some time later, and what became of them."""
    outcome = act.options.get("outcome", act.text.partition(" ")[0]).strip(":,").casefold()
    if outcome not in OUTCOMES:
        return refused(f"what became of the customer? write #feedback and {either(OUTCOMES)}, and then their words")
    return taken(replace(_done(desk, course, act, FOLLOW_UP), outcome=outcome), f"outcome: {outcome}")


def _done(desk: Desk, course: Course, act: Act, task: str) -> Course:
    return replace(course, done=course.done | {task: desk.stamp(act)})
