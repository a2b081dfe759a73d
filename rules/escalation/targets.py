"""Targets: the tier, path or team that an act names."""

from __future__ import annotations

import msgspec

from rules.escalation.act import Act
from rules.policy import Policy, Tier


class Target(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where an escalation is redirected to: the first tier of a path, or a team."""

    tier: str | None = None
    team: str | None = None


def tier_of(policy: Policy, act: Act) -> Tier | None:
    """The tier that an act names: by an option, or as its first word; None when it names none."""
    named = act.options.get("tier") or act.options.get("to") or _first_word(act)
    return policy.tier(named.strip().lower()) if named else None


def target_of(policy: Policy, act: Act) -> Target | None:
    """The path or team that an act names; None when it names none that there is."""
    name = (act.options.get("path") or act.options.get("team") or act.options.get("to") or _first_word(act)).lower()
    path = next((path for path in policy.paths if path.id == name), None)
    if path is not None and path.tiers:
        return Target(tier=path.tiers[0])
    return Target(team=name) if name in policy.directory.teams else None


def asks_for_account(act: Act) -> bool:
    """Whether a request is about the customer's whole account."""
    return act.verb == "escalate" and _first_word(act) == "account"


def _first_word(act: Act) -> str:
    return act.text.strip().partition(" ")[0].lower().strip(":,.")
