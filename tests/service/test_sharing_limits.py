"""Services on one PostgreSQL database share the helpdesk's rate limits, and tell what is left of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

#: What the test's Zendesk allows the two services to write in a minute.
UPDATES = 40
TICKETS = 30


def test_services_on_one_database_keep_to_one_limit_together(
    make_shop: Callable[..., Any], new_postgres_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_postgres_database()
    shop = make_shop(url)
    settings = shop.directory / "escalade.yaml"
    settings.write_text(settings.read_text().replace("updates_per_minute: 100000", f"updates_per_minute: {UPDATES}"))
    tickets = [shop.ticket() for _ in range(TICKETS * 2)]
    services = [shop.serve()]
    services.append(shop.start("worker"))
    shop.send_webhooks()
    for ticket in tickets:
        shop.act(ticket, tags=["complaint"])
    shop.wait(lambda: sum("esc_t1" in shop.tags(ticket) for ticket in tickets) >= TICKETS)
    metrics = requests.get(f"http://127.0.0.1:{shop.admin_port}/metrics", timeout=10).text
    told = dict(
        re.findall(
            r'^(escalade_budget_\w+)\{endpoint="tickets-update",helpdesk="zendesk"\} (\S+)', metrics, re.MULTILINE
        )
    )
    told |= dict(
        re.findall(
            r'^(escalade_budget_\w+)\{helpdesk="zendesk",endpoint="tickets-update"\} (\S+)', metrics, re.MULTILINE
        )
    )
    assert float(told["escalade_budget_limit_calls"]) == UPDATES
    assert float(told["escalade_budget_left_calls"]) <= UPDATES - TICKETS
    calls = shop.control("GET", "/calls")
    assert sum(count for call, count in calls["counts"].items() if call.startswith("PUT ")) <= UPDATES
    assert {shop.end(service)[0] for service in services} == {0}
