"""Who is in a group, asked of Zendesk over HTTP: pages, people who are not active, groups that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import GroupSource, group_members
from connectors.errors import ConnectorError, ErrorKind
from rules.roster import GroupRef


def test_zendesk_names_the_active_agents_of_a_group(zendesk_desk: Any, zendesk: Any) -> None:
    account = zendesk_desk.account
    account.add_user(name="Sus", email="s@desk.example", role="agent", suspended=True).group_ids.append(
        zendesk_desk.tier2.id
    )
    assert isinstance(zendesk, GroupSource)
    (ada,) = zendesk.group_members("Tier 2")
    assert (ada.account, ada.name) == (str(zendesk_desk.agent.id), "Ada")


def test_zendesk_reads_every_page_of_members_and_of_people(zendesk_desk: Any, zendesk: Any) -> None:
    for number in range(205):
        one = zendesk_desk.account.add_user(name=f"N{number}", email=f"n{number}@desk.example", role="agent")
        one.group_ids.append(zendesk_desk.tier2.id)
    assert len(zendesk.group_members("Tier 2")) == 206
    assert zendesk_desk.count("GET /api/v2/users/show_many") == 3


def test_a_deleted_or_renamed_group_of_zendesk_is_gone(zendesk_desk: Any, zendesk: Any) -> None:
    assert zendesk.group_members("Tier 2")
    zendesk_desk.tier2.name = "Second line"
    with pytest.raises(ConnectorError, match="zendesk has no group 'Tier 2'") as renamed:
        zendesk.group_members("Tier 2")
    assert renamed.value.kind is ErrorKind.GONE
    del zendesk_desk.account.groups[zendesk_desk.tier2.id]
    with pytest.raises(ConnectorError, match="zendesk has no group 'Tier 2'"):
        zendesk.group_members("Tier 2")
    with pytest.raises(ConnectorError, match="zendesk has no group 'Nobody'"):
        zendesk.group_members("Nobody")


def test_a_helpdesk_without_groups_says_so() -> None:
    with pytest.raises(ConnectorError, match="mail does not tell who is in its groups"):
        group_members({}, GroupRef("mail", "crew"))
