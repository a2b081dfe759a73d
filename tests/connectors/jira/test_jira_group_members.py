"""Who is in a group, asked of Jira Cloud and Data Center over HTTP: pages, inactive people, groups that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import ConnectorError, ErrorKind
from escalade.emulator.jira.call import Call


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


def test_a_project_role_is_read_with_the_groups_that_have_it(site: Any) -> None:
    ada, ben, cleo, dora = (site.state.add_user(name) for name in ("Ada", "Ben", "Cleo", "Dora"))
    dora.active = False
    site.state.add_group("engineers", members=[ben, cleo])
    site.state.add_role("OPS", "Developers", users=[ada, ben, dora], groups=["engineers"])
    found = site.jira.group_members("role Developers in OPS")
    assert [member.name for member in found] == ["Ada", "Ben", "Cleo"], "each once, and nobody who left"
    assert site.jira.group_members("role developers in ops") == found, "capitals do not matter"
    accounts = {member.account for member in found}
    assert accounts == {u.account_id if site.cloud else f"JIRAUSER{u.account_id[-5:]}" for u in (ada, ben, cleo)}


def test_a_role_that_nobody_has_in_this_project_is_empty_and_one_that_is_not_there_is_gone(site: Any) -> None:
    site.state.add_project("SUP", "Support")
    site.state.add_role("SUP", "Developers", users=[site.state.add_user("Ada")])
    assert site.jira.group_members("role Developers in OPS") == ()
    for missing in ("role Managers in OPS", "role Developers in NOWHERE"):
        with pytest.raises(ConnectorError, match="or our user does not administer the project") as caught:
            site.jira.group_members(missing)
        assert caught.value.kind is ErrorKind.GONE


def test_the_address_of_a_role_is_not_followed(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.state.add_role("OPS", "Developers", users=[site.state.add_user("Ada")])
    monkeypatch.setattr(Call, "url", lambda _self, path: f"https://elsewhere.example/{path}")
    assert [member.name for member in site.jira.group_members("role Developers in OPS")] == ["Ada"]
