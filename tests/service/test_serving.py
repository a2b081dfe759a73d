"""`escalade serve`: reacts at once, acts when something is due, and ends in order."""

from __future__ import annotations

import re
from typing import Any

import requests


def test_a_service_reacts_to_a_webhook_and_to_the_time_and_ends_in_order(any_shop: Any) -> None:
    shop = any_shop
    shop.write_policy(timeout="6s")
    quiet, loud = shop.ticket(), shop.ticket()
    service = shop.serve()
    shop.send_webhooks()
    shop.wait(lambda: ready(shop))
    shop.act(loud, tags=["complaint"])
    took = shop.wait(lambda: "esc_t1" in shop.tags(loud), 10)
    assert took < 5
    shop.wait(lambda: "esc_t2" in shop.tags(loud), 20)
    assert len(shop.notes(loud)) == 2
    assert shop.tags(quiet) == set()
    told = requests.get(f"http://127.0.0.1:{shop.admin_port}/metrics", timeout=5).text
    assert re.search(r"^escalade_budget_left_calls\{.*zendesk.*\} \d", told, re.MULTILINE), "whoever keeps the budgets"
    code, output = shop.end(service)
    assert code == 0, output


def ready(shop: Any) -> bool:
    return bool(requests.get(f"http://127.0.0.1:{shop.admin_port}/readyz", timeout=5).ok)
