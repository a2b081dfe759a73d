"""Proof: an answer as a tree that tells what decided it, and what was not needed any more."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.verdict import Verdict


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One question with its answer."""

    holds: bool
    #: `all`, `any`, `none`, or the name of the fact that was looked at.
    subject: str
    #: What was wanted, and what was observed, in words.
    wanted: str
    observed: str
    #: False = the answer of the whole was certain before: nobody had to ask this.
    needed: bool = True
    #: The earliest instant (UTC) at which this answer could change if nobody acts; None = never by itself.
    can_change_at: datetime | None = None
    parts: tuple[Proof, ...] = ()


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """The question that decided against something."""

    subject: str
    wanted: str
    observed: str
    #: It holds, and must not: the something asks for none of these.
    unwanted: bool = False
    can_change_at: datetime | None = None
    #: Where several questions would have done, what failed first of each.
    among: tuple[Missed, ...] = ()


def proof_of(verdict: Verdict, *, needed: bool = True) -> Proof:
    """A verdict as a proof: of a group, the first part that settles it makes those behind it superfluous."""
    settled = False
    parts = []
    for child in verdict.children:
        parts.append(proof_of(child, needed=needed and not settled))
        settled = settled or _settles(verdict, child)
    return Proof(
        holds=verdict.holds,
        subject=verdict.subject,
        wanted=verdict.wanted,
        observed=verdict.observed,
        needed=needed,
        can_change_at=verdict.flips_at,
        parts=tuple(parts),
    )


def missed(verdict: Verdict) -> Missed | None:
    """What failed first; None when the verdict holds."""
    if verdict.holds:
        return None
    return _told(_failing(verdict))


def _told(last: Verdict) -> Missed:
    several = last.children if last.subject == "any" else ()
    return Missed(
        subject=last.subject,
        wanted=last.wanted,
        observed=last.observed,
        unwanted=last.holds,
        can_change_at=last.flips_at,
        among=tuple(_told(_failing(child)) for child in several),
    )


def _settles(whole: Verdict, part: Verdict) -> bool:
    """Whether the answer of a group is certain once this part has answered."""
    match whole.subject:
        case "all":
            return not part.holds
        case "any" | "none":
            return part.holds
    return False


def _failing(verdict: Verdict) -> Verdict:
    """The deepest question on the way down that decided against it."""
    wrong = (child for child in verdict.children if child.holds is (verdict.subject == "none"))
    first = next(wrong, None)
    if first is None:
        return verdict
    if verdict.subject == "none":
        return first
    # Of several that would do, none is to blame more than the others.
    return verdict if verdict.subject == "any" else _failing(first)
