"""What the receiver logs holds no secret and nothing that a customer wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from escalade.logs import log
from escalade.store.deliveries import Arrival
from escalade.store.errors import StoreError
from escalade.store.sql import open_store

PRINTER = "my printer burns, call +44 20 7946 0000"


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Opens the log; gives what is in it."""
    file = tmp_path / "escalade.log"
    log.open(file)
    yield lambda: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    log._lines = None


class Failing:
    """A store that fails as long as it is told to."""

    def __init__(self) -> None:
        self.fails = True

    def arrive(self, arrivals: Sequence[Arrival], now: datetime) -> Sequence[bool]:
        if self.fails:
            raise StoreError("the disk is full")
        return [True] * len(arrivals)

    def forget_deliveries(self, now: datetime) -> bool:
        return False


def test_the_log_says_what_went_wrong_once_and_nothing_of_what_was_sent(
    lines: Callable[[], list[dict[str, Any]]],
    serving: Callable[..., Any],
    wire: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing = Failing()
    with open_store(f"sqlite:///{tmp_path / 'escalade.db'}") as store, serving(store, behind=failing) as hooks:
        told = wire.event(35, detail={"description": PRINTER})
        for _ in range(3):
            assert hooks.zendesk(told).status == 503
        failing.fails = False
        assert hooks.zendesk(told).status == 202
        for _ in range(3):
            guessed = wire.zendesk_headers(told) | {"X-Zendesk-Webhook-Signature": "guessed-signature"}
            assert hooks.send("/hooks/zendesk", told, guessed).status == 401
        odd = json.dumps({"id": PRINTER, "note": PRINTER}).encode()
        assert hooks.send("/hooks/rule", odd, wire.signed_by("rule", odd)).outcome == "odd"
        assert hooks.zendesk(wire.event(35, kind=f"ticket.{PRINTER}", subject="zen:ticket:")).outcome == "odd"
        monkeypatch.setattr("connectors.zendesk.hooks._read", lambda body: 1 / (body == PRINTER))
        for _ in range(2):
            assert hooks.zendesk(told).status == 503
    found = [line["event"] for line in lines()]
    assert found == [
        "webhooks.not_kept",
        "webhooks.kept_again",
        "webhooks.refused",
        "webhooks.odd",
        "webhooks.odd",
        "webhooks.broken",
    ]
    written = (tmp_path / "escalade.log").read_text(encoding="utf-8")
    for secret in (*wire.secrets.values(), "guessed-signature", "printer burns", "+44", "7946 0000"):
        assert secret not in written
