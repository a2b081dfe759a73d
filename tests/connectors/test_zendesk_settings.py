"""The Zendesk block of the settings file: every mistake at once, never a secret."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from connectors.base import SettingsError
from connectors.errors import ConnectorError, ErrorKind
from connectors.zendesk import open_helpdesk
from connectors.zendesk.settings import read_settings
from rules.ticket import Priority

OAUTH = {"client_id_env": "CLIENT_ID", "client_secret_env": "CLIENT_SECRET"}


def problems(**options: Any) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(options)
    return dict(caught.value.problems)


def test_a_subdomain_is_short_for_the_url() -> None:
    assert read_settings({"subdomain": "Acme", "auth": OAUTH}).base_url == "https://acme.zendesk.com"
    assert read_settings({"url": "https://help.acme.example/", "auth": OAUTH}).base_url == "https://help.acme.example"


def test_every_mistake_is_told_at_once() -> None:
    found = problems(url="acme", auth={"client_id_env": "A", "secret": "hunter2"}, page_size=5000, colour="red")
    assert set(found) == {"url", "auth.secret", "page_size", "colour"}
    assert found["colour"] == "there is no such option; check the spelling"
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        ({"url": "http://acme.zendesk.com", "auth": OAUTH}, "url", "use https"),
        ({"url": "https://u:p@acme.zendesk.com", "auth": OAUTH}, "url", "without user"),
        ({"url": "https://acme.zendesk.com/api/v2", "auth": OAUTH}, "url", "path"),
        ({"subdomain": "acme.zendesk.com", "auth": OAUTH}, "subdomain", "only the first part"),
        ({"auth": OAUTH}, "(the whole block)", "either url or subdomain"),
        ({"subdomain": "a", "url": "https://a.example", "auth": OAUTH}, "(the whole block)", "either url or subdomain"),
        ({"subdomain": "a"}, "auth", "missing"),
        ({"subdomain": "a", "auth": "token"}, "auth", "OAuth"),
        ({"subdomain": "a", "auth": {"client_id_env": "A"}}, "auth", "client_secret_env"),
        ({"subdomain": "a", "auth": {"email": "a@b.example"}}, "auth", "token_env"),
        ({"subdomain": "a", "auth": OAUTH, "product_field": "product"}, "(the whole block)", "is not one of fields"),
        ({"subdomain": "a", "auth": OAUTH, "budget": {"share": 0}}, "budget.share", "greater than 0"),
        ({"subdomain": "a", "auth": OAUTH, "budget": {"share": "120%"}}, "budget.share", "less than or equal to 1"),
        ({"subdomain": "a", "auth": OAUTH, "budget": {"share": "half%"}}, "budget.share", "valid number"),
    ],
)
def test_a_mistake_is_told_with_its_place(options: dict[str, Any], path: str, message: str) -> None:
    found = problems(**options)
    assert list(found) == [path]
    assert message in found[path]


@pytest.mark.parametrize(("written", "share"), [("50%", 0.5), (" 12.5 % ", 0.125), (0.3, 0.3), ("1", 1.0)])
def test_the_share_of_the_budget_is_a_part_or_so_many_percent(written: Any, share: float) -> None:
    assert read_settings({"subdomain": "a", "auth": OAUTH, "budget": {"share": written}}).budget.share == share
    assert read_settings({"subdomain": "a", "auth": OAUTH}).budget.share == 0.5


def test_opening_makes_no_call_and_asks_for_every_secret(fixed_secrets: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        open_helpdesk("zendesk", {"subdomain": "nowhere", "auth": OAUTH}, fixed_secrets())
    assert [path for path, _message in caught.value.problems] == ["auth.client_id_env", "auth.client_secret_env"]
    open_helpdesk("zendesk", {"subdomain": "nowhere", "auth": OAUTH}, fixed_secrets(CLIENT_ID="a", CLIENT_SECRET="b"))


def test_a_secret_may_lie_in_a_file(tmp_path: Path, fixed_secrets: Any) -> None:
    asked: list[Any] = []

    class Secrets:
        def get(self, env: str, *, file: Path | None = None) -> str:
            asked.append((env, file))
            return "x"

    auth = {"client_id_env": "A", "client_secret_file": str(tmp_path / "secret")}
    open_helpdesk("zendesk", {"subdomain": "nowhere", "auth": auth}, Secrets())
    assert asked == [("A", None), ("", tmp_path / "secret")]


@pytest.mark.trap("zendesk-api-tokens-end")
def test_an_api_token_works_and_warns_of_the_day_it_ends(
    zendesk_desk: Any, fixed_secrets: Any, caplog: pytest.LogCaptureFixture
) -> None:
    block = {"url": zendesk_desk.emulator.url, "auth": {"email": "escalation.bot@example.com", "token_env": "TOKEN"}}
    with caplog.at_level(logging.WARNING):
        helpdesk = open_helpdesk("zendesk", block, fixed_secrets(TOKEN="emulator-api-token"))
    assert "2027-04-30" in caplog.text
    assert "emulator-api-token" not in caplog.text
    assert helpdesk.identity().role == "admin"
    helpdesk.close()


def test_who_we_are_is_told_by_the_helpdesk(zendesk: Any) -> None:
    identity = zendesk.identity()
    assert (identity.name, identity.role) == ("Escalation Bot", "admin")
    assert identity.clock_skew == pytest.approx(0, abs=60)


def test_wrong_credentials_are_told_with_what_to_do(zendesk_desk: Any, fixed_secrets: Any) -> None:
    block = {"url": zendesk_desk.emulator.url, "auth": OAUTH}
    helpdesk = open_helpdesk("zendesk", block, fixed_secrets(CLIENT_ID="escalade", CLIENT_SECRET="wrong"))
    with pytest.raises(ConnectorError, match="check client id and secret") as caught:
        helpdesk.identity()
    assert caught.value.kind is ErrorKind.AUTH
    helpdesk.close()


@pytest.mark.trap("zendesk-anonymous-user")
def test_an_anonymous_user_is_taken_for_wrong_credentials(zendesk_desk: Any, zendesk: Any) -> None:
    anonymous = {"user": {"id": None, "name": "Anonymous user", "role": "end-user"}}
    zendesk_desk.fault("status", path="users/me", status=200, body=anonymous)
    with pytest.raises(ConnectorError, match="anonymous") as caught:
        zendesk.identity()
    assert caught.value.kind is ErrorKind.AUTH


@pytest.mark.trap("zendesk-token-expiry")
def test_a_token_that_expired_early_is_renewed_and_the_call_goes_through(zendesk_desk: Any, zendesk: Any) -> None:
    zendesk.identity()
    zendesk_desk.world.clock.advance(7200)
    assert zendesk.identity().role == "admin"
    assert zendesk_desk.count("POST /oauth/tokens") == 2


def test_the_vocabulary_has_groups_priorities_fields_and_their_values(zendesk: Any) -> None:
    words = zendesk.vocabulary()
    assert words.groups == {"Support", "Tier 2"}
    assert words.priorities == set(Priority)
    assert words.fields == {"severity", "minutes_down"}
    assert words.field_values == {"severity": {"sev_minor", "sev_major"}}


def test_a_field_that_does_not_exist_is_told_with_the_nearest_title(zendesk_desk: Any) -> None:
    with pytest.raises(SettingsError, match="Did you mean 'Severity'") as caught:
        zendesk_desk.open(fields={"severity": "Severty", "minutes_down": "Minutes down"}).vocabulary()
    assert [path for path, _message in caught.value.problems] == ["fields.severity"]


def test_a_title_that_two_fields_share_asks_for_the_id(zendesk_desk: Any) -> None:
    zendesk_desk.account.add_field(title="Severity")
    with pytest.raises(SettingsError, match="numeric id"):
        zendesk_desk.open(fields={"severity": "Severity"}).vocabulary()
    words = zendesk_desk.open(fields={"severity": zendesk_desk.severity.id}).vocabulary()
    assert words.fields == {"severity"}


@pytest.mark.trap("zenpy-retries-and-sleeps")
def test_metadata_that_is_rate_limited_is_an_error_and_no_endless_sleep(zendesk_desk: Any) -> None:
    helpdesk = zendesk_desk.open(max_wait=5)
    zendesk_desk.fault("rate_limited", path="/groups", times=0, retry_after=600, scope="account")
    with pytest.raises(ConnectorError) as caught:
        helpdesk.vocabulary()
    assert (caught.value.kind, caught.value.retry_after) == (ErrorKind.RATE_LIMITED, 600)
    assert zendesk_desk.count("GET /api/v2/groups") == 1


@pytest.mark.trap("zenpy-foreign-hosts")
def test_metadata_on_a_second_page_is_asked_of_our_host(zendesk_desk: Any, zendesk: Any) -> None:
    for number in range(150):
        zendesk_desk.account.add_group(name=f"Group {number}")
    assert len(zendesk.vocabulary().groups) == 152
