"""Pages: how conditions are proved from the proofs of their parts, written out.

Most of the time that a proof takes is spent on groups, and most of that on going through their children one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rules.compile.generated import function
from rules.conditions.groups import AnyOf, Group, moves
from rules.verdict import Verdict

#: Conditions on one page, and children that are written out for one group.
MOST_ON_PAGE, _MOST_CHILDREN = 128, 16

#: Proofs in their places.
Row = list[Verdict]
#: Adds the proofs of its conditions to a row.
Page = Callable[[Row], None]


class _Proved(Protocol):
    """A condition that is proved from the proofs of its parts."""

    def proved(self, verdicts: tuple[Verdict, ...]) -> Verdict:
        """The answer, from those of the parts."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """A condition that is proved from the proofs of its parts, and their places in the row."""

    condition: _Proved
    places: tuple[int, ...]


def unwritten(made: Sequence[Made], row: Row) -> None:
    """Add the proof of each condition to a row, in this order."""
    for one in made:
        row.append(one.condition.proved(tuple([row[place] for place in one.places])))


def written(made: Sequence[Made]) -> Page:
    """What does the same, written out."""
    lines = ["add = row.append"]
    names: dict[str, object] = {"Verdict": Verdict}
    for number, one in enumerate(made):
        group, places = one.condition, one.places
        names[f"proved{number}"] = group.proved
        if isinstance(group, Group) and len(places) <= _MOST_CHILDREN:
            names[f"tallies{len(places)}"] = group.tallies
            lines += _group(group, places, f"proved{number}")
        else:
            lines.append(f"add(proved{number}(({', '.join(f'row[{place}]' for place in places)},)))")
    page: Page = function("row", lines, names)
    return page


def _group(group: Group, places: Sequence[int], proved: str) -> list[str]:
    """The lines that prove one group."""
    names = [f"child{index}" for index in range(len(places))]
    children = f"({', '.join(names)},)"
    lines = [f"{name} = row[{place}]" for name, place in zip(names, places, strict=True)]
    if isinstance(group, AnyOf):
        holds = "not met" if group.negated else "met > 0"
        subject, wanted = ("none", "none of these") if group.negated else ("any", "at least one of these")
    else:
        holds, subject, wanted = f"met == {len(names)}", "all", "all of these"
    made = f"holds={holds}, subject={subject!r}, wanted={wanted!r}, observed=tallies{len(names)}[met]"
    told = [f"met = {' + '.join(f'{name}.holds' for name in names)}", f"add(Verdict({made}, children={children}))"]
    if not group.moves:
        return lines + told
    # A child that stays as it is decides for the whole, or the group itself has to look at every instant.
    still = [f"{name}.holds" for name, child in zip(names, group.children, strict=True) if not moves(child)]
    undecided = f"not ({' or '.join(still)})" if isinstance(group, AnyOf) else " and ".join(still)
    if not still:
        return [*lines, f"add({proved}({children}))"]
    return [*lines, f"if {undecided}: add({proved}({children}))", "else:", *(f"    {line}" for line in told)]
