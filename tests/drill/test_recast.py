"""The policy of a drill is the given one, with the scenario's people in its directory and nobody else."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalade.drill.recast import laid_over, recast
from escalade.drill.scenario import Cast, Player


def player(who: str, *roles: str) -> Player:
    return Player(id=who, name=who.title(), level=3, roles=roles, skills=("sql",), region=None)


CAST = Cast(
    company="Acme",
    customers={"cora": "Cora"},
    people={"ada": player("ada", "engineer"), "bob": player("bob", "lead", "chief")},
)
ACCOUNTS = {"ada": {"desk": "1"}, "bob": {"desk": "2"}}


@pytest.fixture
def document() -> dict[str, Any]:
    return {
        "directory": {
            "teams": {
                "front": {"groups": {"desk": "Front"}, "members": [{"id": "joe", "name": "Joe"}]},
                "back": {"members": ["joe"], "members_from": {"desk": "Back"}},
            },
            "people": [{"id": "ann", "name": "Ann"}],
            "roles": {
                "engineer": {"teams": ["front"], "duties": ["works"]},
                "lead": {"members": ["joe"], "teams": ["back"], "members_from": {"desk": "Leads"}},
                "guest": {"teams": ["front"]},
                "nobody": {"teams": []},
            },
            "raci": {"R": ["front", "joe"], "A": "ann", "I": ["guest"]},
        },
        "commands": {"allow": {"accept": ["lead", "joe"]}, "limit": "5 per 1d"},
        "rules": [{"id": "one"}],
    }


def test_the_cast_takes_the_place_of_the_directorys_people(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    directory = recast(document, CAST, ACCOUNTS)["directory"]
    assert document == before
    assert directory["teams"]["front"]["groups"] == {"desk": "Front"}
    assert directory["teams"]["front"]["members"] == [
        {"id": "ada", "name": "Ada", "level": 3, "skills": ["sql"], "accounts": {"desk": "1"}}
    ]
    assert directory["teams"]["back"].keys() == {"members"}, "no helpdesk is asked who is in it"
    assert [one["id"] for one in directory["teams"]["back"]["members"]] == ["bob"]
    assert "people" not in directory


def test_roles_keep_their_duties_and_get_the_people_that_the_scenario_says(document: dict[str, Any]) -> None:
    roles = recast(document, CAST, ACCOUNTS)["directory"]["roles"]
    assert roles["engineer"] == {"duties": ["works"], "members": ["ada"]}
    assert roles["lead"] == {"members": ["bob"]}
    assert roles["chief"] == {"members": ["bob"]}, "a role that the policy does not have"


def test_a_role_that_nobody_has_goes_to_its_teams_or_to_everybody(document: dict[str, Any]) -> None:
    roles = recast(document, CAST, ACCOUNTS)["directory"]["roles"]
    assert roles["guest"] == {"teams": ["front"]}
    assert roles["nobody"] == {"members": ["ada", "bob"]}


def test_where_somebody_was_named_who_is_gone_the_cast_is_meant(document: dict[str, Any]) -> None:
    whole = recast(document, CAST, ACCOUNTS)
    assert whole["commands"] == {"allow": {"accept": ["lead", "ada", "bob"]}, "limit": "5 per 1d"}
    assert whole["directory"]["raci"] == {"R": ["front", "ada", "bob"], "A": "ada", "I": ["guest"]}
    assert whole["rules"] == document["rules"]


def test_a_policy_without_people_gets_a_team_for_the_cast() -> None:
    directory = recast({"rules": []}, CAST, ACCOUNTS)["directory"]
    assert [[one["id"] for one in team["members"]] for team in directory["teams"].values()] == [["ada", "bob"]]


_DOCUMENTS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers()),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.integers()),
    max_leaves=8,
)


@given(_DOCUMENTS, _DOCUMENTS)
def test_what_is_laid_over_stands_there_afterwards_and_the_rest_stays(
    document: dict[str, Any], overlay: dict[str, Any]
) -> None:
    whole = laid_over(document, overlay)
    assert laid_over(whole, overlay) == whole
    for key in whole:
        if key not in overlay:
            assert whole[key] == document[key]
        elif not isinstance(overlay[key], dict) or not isinstance(document.get(key), dict):
            assert whole[key] == overlay[key]
