"""Answers: conditions that are always answered alike."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.finding import Flaw
from rules.lint.formula import Both, satisfiable
from rules.lint.subject import Subject

_CLOSED = "what Escalade put on a ticket is taken back when it is solved; ask for new, open, pending or hold"


def never_holds(subject: Subject) -> Iterator[Flaw]:
    """Conditions that contradict themselves."""
    for asked in subject.asked():
        if not subject.together(asked.condition, open_only=asked.open_only):
            closed = asked.open_only and subject.together(asked.condition, open_only=False)
            of = "open ticket, and no other ticket is asked" if closed else "ticket"
            yield Flaw(
                path=asked.path,
                message=f"the condition of {asked.owner} can hold of no {of}",
                hint=_CLOSED if closed else "two of its parts exclude each other: any: […] asks for one of them",
            )


def always_holds(subject: Subject) -> Iterator[Flaw]:
    """Conditions that no open ticket fails."""
    for asked in subject.asked():
        formula = subject.formula(asked.condition, holds=False)
        if not satisfiable(formula, subject.world(open_only=True)):
            yield Flaw(
                path=asked.path,
                message=f"the condition of {asked.owner} holds of every open ticket",
                hint="say which tickets are meant, or leave the condition out where the part allows it",
            )


def colour_never_counts(subject: Subject) -> Iterator[Flaw]:
    """Colours of a cadence that stand below others which hold whenever they do."""
    for cadence in subject.policy.cadences:
        before = [subject.formula(cadence.when)]
        for colour in cadence.colours:
            own = [] if colour.when is None else [subject.formula(colour.when)]
            if not satisfiable(Both((*before, *own)), subject.world(open_only=False)):
                yield Flaw(
                    path=(*subject.place("cadences", cadence.id), "colours", colour.name),
                    message=f"the colour {colour.name!r} of the cadence {cadence.id!r} never counts",
                    hint="its condition never holds where the cadence runs and no colour above it holds",
                    on_key=True,
                )
            if colour.when is not None:
                before.append(subject.formula(colour.when, holds=False))
