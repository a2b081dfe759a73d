"""Who is in a group, asked of Jira Cloud and Data Center over HTTP: pages, inactive people, groups that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import ConnectorError, ErrorKind


def test_jira_names_the_active_members_page_by_page(site: Any) -> None:
    users = [site.state.add_user(f"U {number}") for number in range(120)]
    users[7].active = False
    site.state.add_group("escalation managers", members=users)
    found = site.jira.group_members("escalation managers")
    assert len(found) == 119
    assert "U 7" not in {member.name for member in found}


def test_the_ids_are_those_that_comments_bear(site: Any) -> None:
    user = site.state.add_user("Una")
    site.state.add_group("crew", members=[user])
    (una,) = site.jira.group_members("crew")
    assert una.account == (user.account_id if site.cloud else f"JIRAUSER{user.account_id[-5:]}")


def test_a_group_that_jira_does_not_have_is_gone(site: Any) -> None:
    with pytest.raises(ConnectorError, match="jira has no group 'crew'") as caught:
        site.jira.group_members("crew")
    assert caught.value.kind is ErrorKind.GONE
