"""Paths: ladders of their own, each a sequence of tiers with a kind and a reach."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.policy import Position


class PathKind(StrEnum):
    """Whom a path leads to."""

    #: To people with more say: team lead, manager, sponsor.
    HIERARCHICAL = "hierarchical"
    #: To people with other skills: specialists, another department.
    FUNCTIONAL = "functional"


class PathReach(StrEnum):
    """How far a path leads."""

    #: The work stays in the ticket's helpdesk.
    INTERNAL = "internal"
    #: Other departments work on it in their own helpdesk, on a ticket that is linked to this one.
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPath:
    """One ladder. Every tier belongs to exactly one of them."""

    id: str
    name: str
    at: Position
    #: Tier ids, lowest first.
    tiers: tuple[str, ...]
    kind: PathKind = PathKind.HIERARCHICAL
    reach: PathReach = PathReach.INTERNAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Where a tier stands."""

    #: Id of its path; empty = the policy has no paths.
    path: str
    #: Level within the path, 0 for the lowest.
    rank: int
    #: Nothing is above it.
    highest: bool
