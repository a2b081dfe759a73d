"""Furnishing: the emulated helpdesks get the scenario's people, and every group, field and project of the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from escalade.drill.house import House
from escalade.drill.scenario import Cast
from rules.policy import NameKind, Policy

if TYPE_CHECKING:
    from escalade.emulator.world import World


@dataclass(slots=True, kw_only=True)
class People:
    """Ids of the cast in the helpdesks."""

    #: Customer → user of Zendesk.
    customers: Mapping[str, int]
    #: Person → user of Zendesk.
    zendesk: Mapping[str, int]
    #: Person → account id of Jira.
    jira: Mapping[str, str]
    #: Key of the project in which bugs come in.
    project: str = ""

    def accounts(self, names: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Person → helpdesk → id there.

        Args:
            names: Vendor → what the policy calls its helpdesk.
        """
        zendesk, jira = names["zendesk"], names["jira"]
        return {who: {zendesk: str(self.zendesk[who]), jira: self.jira[who]} for who in self.zendesk}


def people_of(world: World, cast: Cast) -> People:
    """Add the cast to the helpdesks: our people to both, customers to Zendesk."""
    zendesk, jira = world.zendesk, world.jira
    company = zendesk.add_organization(name=cast.company)
    return People(
        customers={
            who: zendesk.add_user(name=name, email=f"{who}@customer.example", organization_id=company.id).id
            for who, name in cast.customers.items()
        },
        zendesk={
            who: zendesk.add_user(name=one.name, email=f"{who}@desk.example", role="agent").id
            for who, one in cast.people.items()
        },
        jira={who: jira.add_user(one.name, email=f"{who}@desk.example").account_id for who, one in cast.people.items()},
    )


def furnish(world: World, policy: Policy, house: House, people: People) -> str:
    """Add what the policy names; returns the key of the tracker's first project."""
    zendesk, jira = world.zendesk, world.jira
    named = {kind: dict.fromkeys(one.name for one in policy.names if one.kind is kind) for kind in NameKind}
    for group in named[NameKind.GROUP]:
        zendesk.add_group(name=group, members=people.zendesk.values())
    for field in house.fields[house.names["zendesk"]]:
        zendesk.add_field(title=field, kind="text")
    for field in house.fields[house.names["jira"]]:
        jira.add_field(field, "string")
    projects = [*named[NameKind.PROJECT], *house.projects]
    for key in dict.fromkeys(projects):
        jira.add_project(key, key)
    return projects[0]
