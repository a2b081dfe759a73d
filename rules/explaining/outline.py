"""Outline: an explanation in lines: first the answer for somebody who was woken up, then everything behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from rules.explaining.clock_lines import clock_lines
from rules.explaining.explanation import Asked, Explanation, Happened, Next, Tense, Written
from rules.explaining.line import Line, Tone, instant
from rules.explaining.proof import Missed, Proof
from rules.span import spell

#: From so many on that do not hold, only what failed first is told of each; one alone is told whole with `--rule`.
MOST_PROOFS = 30
#: Of questions of which one would have been enough, so many are told.
_MOST_CHOICES = 3
_GROUPS = frozenset({"all", "any", "none"})
_TENSES = {
    Tense.PAST: "as it was on {}, as far as that is known",
    Tense.PRESENT: "on {}",
    Tense.FUTURE: "as it will be on {} if nobody acts",
}


def outline(explanation: Explanation) -> Iterator[Line]:
    """All lines, the answer first."""
    yield from _answer(explanation)
    yield from _asked("What asks for something", explanation.holds, whole=True)
    clocks = {f"sla:{story.clock}" for story in explanation.clocks}
    denied = [one for one in explanation.not_held if one.source not in clocks]
    yield from _asked("What does not, and what failed first", denied, whole=len(denied) <= MOST_PROOFS)
    if explanation.clocks:
        yield Line("Clocks", 0, Tone.HEADING)
        for story in explanation.clocks:
            yield from clock_lines(story, explanation.at)
    if explanation.lost:
        yield Line("Who is not heard", 0, Tone.HEADING)
        for lost in explanation.lost:
            yield Line(f"{lost.by} wants {lost.what} {lost.wanted} and loses against {lost.winner}: {lost.because}", 1)
    if explanation.kept_back:
        yield Line("Wanted, and not written", 0, Tone.HEADING)
        yield from (Line(f"{kept.what}: {kept.why}", 1) for kept in explanation.kept_back)
    yield from _case(explanation)
    if explanation.unknown:
        yield Line("Not known", 0, Tone.HEADING)
        yield from (Line(text, 1) for text in explanation.unknown)
    yield Line("", 0)
    yield Line(f"Decided by policy {explanation.policy}.", 0, Tone.ASIDE)


def _answer(explanation: Explanation) -> Iterator[Line]:
    yield Line(f"{explanation.ticket} ({explanation.key}) {explanation.subject}", 0, Tone.ANSWER)
    priority = "no priority" if explanation.priority is None else f"priority {explanation.priority}"
    when = _TENSES[explanation.tense].format(instant(explanation.at))
    yield Line(f"{explanation.status}, {priority}; {when}", 1, Tone.ASIDE)
    yield Line(_stands(explanation), 0, Tone.ANSWER)
    yield from _until_then(explanation.until_then)
    if explanation.tense is not Tense.PAST:
        yield from _now(explanation)
    yield from _next(explanation.next, explanation)


def _stands(explanation: Explanation) -> str:
    stands = explanation.stands
    if stands is None:
        asking = [one.source for one in explanation.holds]
        also = f" {', '.join(asking)} ask for something else." if asking else " Nothing asks for anything."
        return f"Not escalated.{also}"
    name = stands.tier if stands.name == stands.tier else f"{stands.tier} ({stands.name})"
    seen = "" if stands.acknowledged_at is None else f", acknowledged {instant(stands.acknowledged_at)}"
    lasted = spell(explanation.at - stands.entered_at, days=True)
    return f"In tier {name} since {instant(stands.entered_at)} ({lasted}){seen}: {stands.told} [{stands.because}]."


def _until_then(happened: Sequence[Happened]) -> Iterator[Line]:
    for one in happened:
        yield Line(f"{instant(one.at)}: {'; '.join(one.because) or 'what is due now is written'}", 1)
        yield from _writes(one.writes, 2)


def _now(explanation: Explanation) -> Iterator[Line]:
    kept = len(explanation.kept_back)
    held = f" {kept} {'thing is' if kept == 1 else 'things are'} wanted and not written, see below." if kept else ""
    if not explanation.writes:
        yield Line(f"Now: nothing to write.{held}", 0, Tone.ANSWER)
        return
    yield Line(f"Now, to be written:{held}", 0, Tone.ANSWER)
    yield from _writes(explanation.writes, 1)


def _next(coming: Next, explanation: Explanation) -> Iterator[Line]:
    if coming.at is None:
        yield Line(f"Next: nothing, until somebody acts: {'; '.join(coming.because)}.", 0, Tone.ANSWER)
        return
    wait = spell(coming.at - explanation.at, days=True)
    if not coming.certain:
        yield Line(f"Next: {coming.because[0]} ({wait}).", 0, Tone.ANSWER)
        return
    yield Line(f"Next: nothing happens before {instant(coming.at)} (in {wait}), if nobody acts. Then:", 0, Tone.ANSWER)
    yield from (Line(f"• {text}", 1) for text in coming.because)
    yield from _writes(coming.writes, 1)


def _writes(writes: Iterable[Written], depth: int) -> Iterator[Line]:
    yield from (Line(f"+ {one.what} (because {one.because})", depth, Tone.YES) for one in writes)


def _asked(heading: str, asked: Sequence[Asked], *, whole: bool) -> Iterator[Line]:
    if not asked:
        return
    yield Line(heading, 0, Tone.HEADING)
    for one in asked:
        tier = f" → {one.wants_tier}" if one.wants_tier else ""
        yield Line(f"{_mark(one.holds)} {one.source}{tier}: {one.text}", 1, Tone.YES if one.holds else Tone.NO)
        if one.failed is not None:
            yield Line(f"failed first: {_missed(one.failed)}", 2)
        if one.proof is not None and (whole or one.failed is None) and (one.proof.parts or one.failed is None):
            yield from _proof(one.proof, 2)


def _missed(missed: Missed) -> str:
    turns = "" if missed.can_change_at is None else f"; can change {instant(missed.can_change_at)}"
    if missed.among:
        return f"{missed.wanted}: {'; or '.join(_choices(missed.among))}"
    if missed.subject in _GROUPS:
        return f"{missed.wanted}: {missed.observed}{turns}"
    unwanted = ", which must not be" if missed.unwanted else ""
    return f"{missed.subject} {missed.wanted}{unwanted}; it is: {missed.observed}{turns}"


def _choices(among: Sequence[Missed]) -> Iterator[str]:
    """Questions of which one would have been enough; of many the first."""
    yield from (f"({_missed(one)})" if one.among else _missed(one) for one in among[:_MOST_CHOICES])
    if len(among) > _MOST_CHOICES:
        yield f"{len(among) - _MOST_CHOICES} more"


def _proof(proof: Proof, depth: int) -> Iterator[Line]:
    asked = proof.wanted if proof.parts else f"{proof.subject} {proof.wanted}"
    turns = "" if proof.can_change_at is None else f"; can change {instant(proof.can_change_at)}"
    if not proof.needed:
        yield Line(f"– not asked any more: {asked}: {proof.observed}", depth, Tone.ASIDE)
        return
    yield Line(f"{_mark(proof.holds)} {asked}: {proof.observed}{turns}", depth, Tone.YES if proof.holds else Tone.NO)
    for part in proof.parts:
        yield from _proof(part, depth + 1)


def _mark(holds: bool) -> str:  # noqa: FBT001 - the answer itself
    return "✓" if holds else "✗"


def _case(explanation: Explanation) -> Iterator[Line]:
    case = explanation.case
    if case is None or case["stage"] == "none":
        return
    yield Line("The escalation as people conduct it", 0, Tone.HEADING)
    led = f", led by {case['lead']}" if case["lead"] else ""
    yield Line(f"stage {case['stage']}{led}", 1)
    for clock in case["clocks"]:
        yield Line(f"{clock['id']}: {clock['state']}, due {instant(datetime.fromisoformat(clock['due_at']))}", 1)
    yield from (Line(f"missing: {text}", 1) for text in case["missing"])
