"""Credentials, scopes, rate limits."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.state import OAUTH_CLIENT

CLIENT = {"grant_type": "client_credentials", "client_id": OAUTH_CLIENT[0], "client_secret": OAUTH_CLIENT[1]}


def _me(running: RunningEmulator, token: str) -> requests.Response:
    headers = {"authorization": f"Bearer {token}"}
    return requests.get(f"{running.url}/api/v2/users/me.json", headers=headers, timeout=5)


class TestCredentials:
    @pytest.mark.parametrize(
        "auth",
        [
            None,
            ("escalation.bot@example.com/token", "wrong"),
            ("escalation.bot@example.com", "emulator-api-token"),
            ("nobody@example.com/token", "emulator-api-token"),
        ],
    )
    def test_wrong_or_missing_ones_are_401(self, running: RunningEmulator, auth: Any) -> None:
        answer = requests.get(f"{running.url}/api/v2/users/me.json", auth=auth, timeout=5)
        assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})

    def test_the_token_works_with_any_agent_but_not_with_a_customer(
        self, running: RunningEmulator, account: Any
    ) -> None:
        for email, status in (("anna@desk.example", 200), ("rosa@acme.example", 403)):
            auth = (f"{email}/token", "emulator-api-token")
            assert requests.get(f"{running.url}/api/v2/users/me.json", auth=auth, timeout=5).status_code == status

    def test_an_access_token_lives_for_half_an_hour(self, running: RunningEmulator, world: World) -> None:
        granted = requests.post(f"{running.url}/oauth/tokens", json={**CLIENT, "scope": "read write"}, timeout=5).json()
        assert (granted["token_type"], granted["expires_in"]) == ("bearer", 1800)
        token = granted["access_token"]
        assert _me(running, token).json()["user"]["role"] == "admin"
        world.clock.advance(1799)
        assert _me(running, token).status_code == 200
        world.clock.advance(1)
        assert (_me(running, token).status_code, _me(running, token).json()["error"]) == (401, "invalid_token")

    def test_wrong_client_secrets_and_other_grants_are_refused(self, running: RunningEmulator) -> None:
        for change, status in (({"client_secret": "x"}, 401), ({"grant_type": "password"}, 400)):
            answer = requests.post(f"{running.url}/oauth/tokens", json={**CLIENT, **change}, timeout=5)
            assert answer.status_code == status

    def test_a_token_that_may_only_read_cannot_write(self, running: RunningEmulator, account: Any) -> None:
        token = requests.post(f"{running.url}/oauth/tokens", json={**CLIENT, "scope": "read"}, timeout=5).json()
        headers = {"authorization": f"Bearer {token['access_token']}"}
        url = f"{running.url}/api/v2/tickets/{account.ticket.id}.json"
        assert requests.get(url, headers=headers, timeout=5).status_code == 200
        assert requests.put(url, headers=headers, json={"ticket": {}}, timeout=5).status_code == 403


class TestRateLimits:
    @pytest.fixture(autouse=True)
    def _on(self, api: Any) -> None:
        api.ok("POST", "/_emulator/limits", {"enabled": True})

    def test_incremental_exports_share_ten_a_minute(self, api: Any, world: World) -> None:
        for kind in ("tickets/cursor", "organizations") * 5:
            assert api("GET", f"/api/v2/incremental/{kind}.json?start_time=0").status_code == 200
        answer = api("GET", "/api/v2/incremental/ticket_events.json?start_time=0")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        assert answer.headers["zendesk-ratelimit-incremental-exports"] == "total=10; remaining=0; resets=60"
        world.clock.advance(60)
        assert api("GET", "/api/v2/incremental/tickets/cursor.json?start_time=0").status_code == 200

    def test_one_ticket_takes_thirty_updates_in_ten_minutes_per_user(
        self, api: Any, account: Any, world: World
    ) -> None:
        for _ in range(30):
            assert api.update(account.ticket, priority="high").status_code == 200
        answer = api.update(account.ticket, priority="high")
        assert answer.status_code == 429
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["zendesk-ratelimit-per-ticket-updates"] == "total=30; remaining=0; resets=600"
        other = account.state.add_ticket(subject="Other", requester_id=account.requester.id)
        assert api.update(other, priority="high").status_code == 200, "only that ticket is parked"

    def test_the_plan_allows_seven_hundred_a_minute(self, api: Any) -> None:
        answer = api("GET", "/api/v2/users/me.json")
        assert (answer.headers["x-rate-limit"], answer.headers["x-rate-limit-remaining"]) == ("700", "699")
        assert answer.headers["ratelimit-reset"] == "60"

    def test_an_organization_takes_five_updates_a_minute(self, api: Any, account: Any) -> None:
        path, body = f"/api/v2/organizations/{account.acme.id}.json", {"organization": {"notes": "x"}}
        assert [api("PUT", path, body).status_code for _ in range(6)] == [200] * 5 + [429]
