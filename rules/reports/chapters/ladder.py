"""Ladder: the tiers and paths of a policy as pictures, with what leads in and on, and as one table."""

from __future__ import annotations

from collections.abc import Iterator

from rules.policy import Policy, Tier
from rules.reports.drawing import Arrow, Box, Drawing
from rules.reports.sheet import Section, Table, table_of

#: So many reasons are named in front of a tier; the rest is counted.
_MOST_REASONS = 6


def ladder_sections(policy: Policy) -> Iterator[Section]:
    """The tiers as a table, and a picture of each path; one of all tiers where there are no paths."""
    if not policy.tiers:
        return
    yield Section(heading="The tiers at a glance", level=3, table=_table(policy))
    for path, title in _paths(policy):
        tiers = [tier for tier in policy.tiers if tier.path == path]
        yield Section(heading=title, level=3, drawing=_drawing(policy, tiers, title))


def _paths(policy: Policy) -> Iterator[tuple[str, str]]:
    if not policy.paths:
        yield "", "The way up"
    for path in policy.paths:
        yield path.id, f"{path.name} ({path.kind}, {path.reach})"


def _table(policy: Policy) -> Table:
    rows = [
        (
            tier.name,
            tier.path,
            tier.scope,
            _groups(tier),
            "" if tier.priority_floor is None else f"at least {tier.priority_floor}",
            _climb(policy, tier),
        )
        for tier in policy.tiers
    ]
    return table_of(("tier", "path", "for", "groups", "priority", "climbs on"), rows)


def _groups(tier: Tier) -> str:
    return "; ".join(f"{helpdesk}: {', '.join(groups)}" for helpdesk, groups in tier.groups.items())


def _climb(policy: Policy, tier: Tier) -> str:
    """What leads on from a tier by itself, in words."""
    above = policy.above(tier)
    if tier.terminal or above is None:
        return "no, it is the highest"
    return f"{_when(tier)}, to {above.name}" if _when(tier) else "when asked for"


def _when(tier: Tier) -> str:
    whens = (
        "" if tier.timeout is None else f"after {tier.timeout}",
        "" if tier.unacknowledged is None else f"unacknowledged for {tier.unacknowledged}",
    )
    return " or ".join(filter(None, whens))


def _drawing(policy: Policy, tiers: list[Tier], title: str) -> Drawing:
    boxes, arrows = [], []
    for tier in tiers:
        above = policy.above(tier)
        boxes.append(Box(id=tier.id, lines=(tier.name,), end=above is None or tier.terminal))
        if reasons := _reasons(policy, tier):
            boxes.append(Box(id=f"to {tier.id}", lines=reasons, note=True))
            arrows.append(Arrow(source=f"to {tier.id}", target=tier.id, asked=True))
        if above is not None and not tier.terminal:
            arrows.append(
                Arrow(source=tier.id, target=above.id, text=_when(tier) or "when asked for", asked=not _when(tier))
            )
    return Drawing(title=title, boxes=tuple(boxes), arrows=tuple(arrows))


def _reasons(policy: Policy, tier: Tier) -> tuple[str, ...]:
    """What leads a ticket straight into a tier: rules, promises that were broken, places of the matrix, a request."""
    named = list(dict.fromkeys(_all_reasons(policy, tier)))
    shown = named[:_MOST_REASONS]
    return tuple(shown) if len(named) <= _MOST_REASONS else (*shown, f"and {len(named) - _MOST_REASONS} more")


def _all_reasons(policy: Policy, tier: Tier) -> Iterator[str]:
    yield from (rule.id for rule in policy.rules if rule.escalate_to == tier.id and not rule.in_shadow)
    for target in policy.sla:
        if any(step.escalate_to == tier.id for step in target.breaches):
            yield f"{target.id} missed"
    for cadence in policy.cadences:
        if any(step.escalate_to == tier.id for step in cadence.chase):
            yield f"{cadence.id} late"
    if policy.matrix is not None:
        yield from (" × ".join(place) for place, cell in policy.matrix.cells.items() if cell.tier == tier.id)
    if policy.process is not None and tier.id == (policy.process.accept or policy.tiers[0].id):
        yield "#accept of a request"
