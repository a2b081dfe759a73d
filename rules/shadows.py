"""Shadows: how other parts of a policy are tried without effect, by a rule in shadow that asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ELSEWHERE = "leave it out, and play the policy with it on the past: escalade backtest --compare"
#: Section → what to write instead.
_INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "criteria": "write a rule with mode: shadow whose when is {criterion: ID}; until something else asks for the "
        "criterion nothing follows from it",
        "tiers": "write a rule with mode: shadow whose escalate_to is the tier; until something else leads there no "
        "ticket enters it",
        "paths": "write rules with mode: shadow that lead into its tiers",
        "sla": "leave warn and breach out, so that it only runs, and write a rule with mode: shadow whose when is "
        "{sla.ID.state: breached}",
        "updates": "write a rule with mode: shadow that has its condition",
    }
)


def instead_of(section: str) -> str:
    """What to do where a part of that section is to be tried in shadow, which only rules can be."""
    return _INSTEAD.get(section, _ELSEWHERE)
