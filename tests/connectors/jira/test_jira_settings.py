"""The settings of a Jira site: what is refused, and with which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.base import API_VERSION, SettingsError
from connectors.jira import open_helpdesk
from connectors.jira.settings import read_settings
from rules.ticket import Priority

GOOD: dict[str, Any] = {
    "url": "https://acme.example/",
    "auth": {"email": "bot@example.com", "token_env": "T"},
    "projects": ["OPS"],
}


class Secrets:
    def get(self, env: str, *, file: Path | None = None) -> str:
        return "s3cret-value"


def problems(**options: Any) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read_settings({**GOOD, **options})
    return dict(caught.value.problems)


def test_the_usual_settings_need_only_url_auth_and_projects() -> None:
    settings = read_settings(GOOD)
    assert settings.url == "https://acme.example"
    assert settings.priorities["Highest"] is Priority.URGENT


def test_every_wrong_option_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"url": "acme", "auth": {"email": "x", "token_env": "T"}, "projects": ["A"], "colour": 1})
    assert [path for path, _ in caught.value.problems] == ["url", "colour"]


def test_an_unknown_option_is_refused() -> None:
    assert "did you mean projects?" in problems(project=["OPS"])["project"]


def test_plain_http_is_for_this_machine_only() -> None:
    assert "https" in problems(url="http://jira.example")["url"]
    assert read_settings({**GOOD, "url": "http://127.0.0.1:8080"}).url == "http://127.0.0.1:8080"


def test_an_address_with_a_password_in_it_is_refused_without_showing_it() -> None:
    told = problems(url="https://user:hunter2@acme.example")
    assert "hunter2" not in str(told)


@pytest.mark.trap("jira-unbounded-jql")
def test_a_search_without_bounds_is_refused_before_jira_does() -> None:
    assert "projects" in str(problems(projects=[]))


def test_a_filter_with_an_order_is_refused() -> None:
    assert "ORDER BY" in problems(filter="labels = x order  by key")["filter"]


def test_a_group_is_read_from_one_place() -> None:
    assert "either" in str(problems(group={"field": "Team", "part": "component"}))


def test_auth_without_a_place_for_the_token_is_refused() -> None:
    assert problems(auth={"email": "x"}) == {
        "auth": "name the API token's place: token_env (a variable) or token_file (a path)"
    }


def test_only_the_mistakes_of_the_kind_of_auth_that_is_meant_are_told() -> None:
    assert problems(auth={"token_env": "T"}) == {"auth.email": "this option is missing"}
    assert list(problems(auth={"pat_env": "T", "email": "x"})) == ["auth.email"]
    assert list(problems(auth="secret-in-the-wrong-place")) == ["auth"]
    assert "secret-in-the-wrong-place" not in str(problems(auth="secret-in-the-wrong-place"))


def test_opening_a_helpdesk_calls_nobody_and_shows_no_secret() -> None:
    helpdesk = open_helpdesk("jira", GOOD, Secrets())
    assert helpdesk.calls() == {}
    assert API_VERSION == 1
    assert "s3cret-value" not in repr(vars(helpdesk))
    helpdesk.close()
