"""Conflicts: several parts of the policy want different values of one thing; the declared order decides.

The order: the tier that the ticket is in, then the matrix, then the rules as the files list them. Whoever comes first
is heard; who is not is named with the reason. Floors never fight each other: the highest is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import combinations

import msgspec

from rules.decision import Overruled
from rules.policy import Policy, Position
from rules.ticket import Priority
from rules.wants import NOTHING, Asked, Wants

_FLOOR = "priority at least"


class Want(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One value that one part of the policy wants of a ticket."""

    asked: Asked
    #: The source of the wish: `tier:tier2`, `matrix:high/high`, `rule:billing`.
    by: str
    because: str


class Settled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is heard and what is not."""

    #: Part → the want that is heard; a floor stands apart from an exact priority.
    won: Mapping[str, Want]
    floor: Want | None
    overruled: tuple[Overruled, ...]


class Contest(msgspec.Struct, frozen=True, kw_only=True):
    """Two rules that want what no ticket can have, should both hold: the first is heard."""

    first: str
    second: str
    at: Position
    asked: Asked
    instead_of: Asked


def settle(wants: Iterable[Want]) -> Settled:
    """Hear every want in its order.

    Args:
        wants: What is wanted of one ticket, the first to be heard first.
    """
    won: dict[str, Want] = {}
    overruled: list[Overruled] = []
    for want in wants:
        key = _FLOOR if want.asked.floor else want.asked.part
        rival = next((other for other in won.values() if other.asked.contradicts(want.asked)), None)
        if rival is not None:
            overruled.append(_lost(want, rival))
        elif key not in won or (want.asked.floor and _rank(want) > _rank(won[key])):
            won[key] = want
    floor = won.pop(_FLOOR, None)
    return Settled(won=won, floor=floor, overruled=tuple(overruled))


def contests(policy: Policy) -> tuple[Contest, ...]:
    """Every pair of rules that would fight if both held, for those who check policies."""
    asking = [rule for rule in policy.rules if rule.sets != NOTHING and not rule.in_shadow]
    # Many rules want the same few things: each pair of wishes is compared once, however many rules have them.
    kinds: list[Wants] = []
    for rule in asking:
        if rule.sets not in kinds:
            kinds.append(rule.sets)
    kind = [kinds.index(rule.sets) for rule in asking]
    asked = [{helpdesk: tuple(wants.asked(helpdesk)) for helpdesk in (*wants.helpdesks, "")} for wants in kinds]

    @cache
    def against(one: int, two: int) -> tuple[tuple[Asked, Asked], ...]:
        return () if one == two else _contradictions(asked[one], asked[two])

    return tuple(
        Contest(first=first.id, second=second.id, at=second.at, asked=that, instead_of=heard)
        for (one, first), (two, second) in combinations(zip(kind, asking, strict=True), 2)
        for heard, that in against(one, two)
    )


def _contradictions(
    ours: Mapping[str, tuple[Asked, ...]], theirs: Mapping[str, tuple[Asked, ...]]
) -> tuple[tuple[Asked, Asked], ...]:
    """What two wishes ask for and no ticket can have, by what each asks in each helpdesk, and in any other ("")."""
    found: dict[tuple[Asked, Asked], None] = {}
    for helpdesk in (*ours, *(name for name in theirs if name not in ours)):
        there = theirs.get(helpdesk, theirs[""])
        for one in ours.get(helpdesk, ours[""]):
            for other in there:
                if one.part == other.part and one.contradicts(other):
                    found[one, other] = None
    return tuple(found)


def spelled(asked: Asked) -> str:
    """What is asked for, in words."""
    least = "at least " if asked.floor else ""
    return f"{asked.part.replace(':', ' ')} {least}{asked.value}"


def _lost(want: Want, winner: Want) -> Overruled:
    kind, kind_of_winner = want.by.partition(":")[0], winner.by.partition(":")[0]
    if kind == kind_of_winner:
        order = f"and that {kind} stands first in the policy"
    else:
        order = f"and a {kind_of_winner} is heard before a {kind}"
    return Overruled(
        what=want.asked.part.replace(":", " "),
        wanted=want.asked.value,
        by=want.by,
        winner=winner.by,
        because=f"{winner.by} wants {spelled(winner.asked)}, {order}",
    )


def _rank(want: Want) -> int:
    return Priority(str(want.asked.value)).rank
