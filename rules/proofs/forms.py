"""Forms: how a group is proved from the answers of its children, written out for each number of children.

Most of the time that a proof takes is spent on groups, and most of that on going through their children one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from rules.compile.generated import function
from rules.conditions.groups import All, AnyOf, moves
from rules.verdict import Verdict

#: Groups with more children are proved one child at a time.
MOST_CHILDREN = 8

Row = Sequence[Verdict]


def written_out(group: All | AnyOf, places: Sequence[int]) -> Callable[[Row], Verdict]:
    """What proves a group.

    Args:
        group: All of its children, some or none of them have to hold.
        places: Where the answers of the children stand in the row.
    """
    moving = tuple(map(moves, group.children))
    decides = group.negated if isinstance(group, AnyOf) else None
    proved: Callable[[Row], Verdict] = _form(decides, moving)(Verdict, group.proved, group.tallies, *places)
    return proved


@lru_cache(maxsize=1024)
def _form(negated: bool | None, moving: tuple[bool, ...]) -> Any:  # noqa: FBT001 - None = all of the children
    """Makes functions that prove groups of one form."""
    places = [f"place{index}" for index in range(len(moving))]
    names = [f"child{index}" for index in range(len(moving))]
    children = f"({', '.join(names)},)"
    lines = [f"{name} = row[{place}]" for name, place in zip(names, places, strict=True)]
    if any(moving):
        # A child that stays as it is decides for the whole, or the group itself has to look at every instant.
        still = [f"{name}.holds" for name, moves in zip(names, moving, strict=True) if not moves]
        undecided = " and ".join(still) if negated is None else " or ".join(still) and f"not ({' or '.join(still)})"
        lines.append(f"if {undecided or True}: return proved({children})")
    lines.append(f"met = {' + '.join(f'{name}.holds' for name in names)}")
    if negated is None:
        holds, subject, wanted = f"met == {len(names)}", "all", "all of these"
    elif negated:
        holds, subject, wanted = "not met", "none", "none of these"
    else:
        holds, subject, wanted = "met > 0", "any", "at least one of these"
    made = f"holds={holds}, subject={subject!r}, wanted={wanted!r}, observed=tallies[met], children={children}"
    body = ["def prove(row):", *(f"    {line}" for line in [*lines, f"return Verdict({made})"]), "return prove"]
    return function(", ".join(["Verdict", "proved", "tallies", *places]), body, {})
