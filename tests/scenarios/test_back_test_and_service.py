"""A back-test of what happened comes to what the service did: the same tiers, notes and notices at the same instants."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from escalade.past_subject import of_history
from rules.ledger import Ledger
from rules.load import load_policy
from rules.ticket import TicketRef

HOUR = timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant in March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def played(desk: Any, receiver: Any) -> tuple[Any, dict[str, TicketRef]]:
    """A desk on which three tickets lived for a day and a half, with a service that looked when it had to."""
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    rule = "    tags: [esc_complaint]\n"
    told = text.replace(rule, f"{rule}    notify: [{{channel: room, template: entered}}]\n")
    desk.secrets["ROOM_URL"] = receiver.url
    desk.write_policy(told + "channels: {room: {url_env: ROOM_URL}}\n")
    desk.restart()
    return desk, _story(desk)


def _story(desk: Any) -> dict[str, TicketRef]:
    """Three tickets come in; what people do then is heard of at once, as a webhook would have it."""
    refs = {name: _new(desk, name) for name in ("refund", "prices", "down")}
    acts: dict[datetime, Callable[[], TicketRef]] = {
        at(2, 10): lambda: _changed(desk, refs["refund"], tags=["complaint"]),
        at(2, 11, 30): lambda: _changed(desk, refs["prices"], tags=["loud"], priority="low"),
        at(2, 14): lambda: _changed(desk, refs["down"], tags=["outage"]),
        at(3, 10, 30): lambda: _solved(desk, refs["prices"]),
        at(3, 11): lambda: _changed(desk, refs["refund"], priority="urgent"),
    }
    hours = (at(2, 9) + number * HOUR for number in range(28))
    # Everything falls due at a full hour, and nothing at night.
    for instant in sorted({*(hour for hour in hours if 9 <= hour.hour <= 18), at(2, 9, 30), *acts}):
        desk.go_to(instant)
        if instant in acts:
            desk.app.store.nudge([acts[instant]()], desk.now, "webhook")
        desk.sync()
    desk.pass_time(timedelta(minutes=5))
    desk.sync()
    return refs


def _new(desk: Any, subject: str) -> TicketRef:
    ref: TicketRef = desk.ticket(subject, created_at=desk.now)
    return ref


def _changed(desk: Any, ref: TicketRef, **change: Any) -> TicketRef:
    tags = sorted({*desk.tags(ref), *change.pop("tags", ())})
    desk.act(ref, tags=tags, **change)
    return ref


def _solved(desk: Any, ref: TicketRef) -> TicketRef:
    desk.solve(ref)
    return ref


def exported(desk: Any) -> Path:
    """The history as the helpdesk remembers it."""
    file: Path = desk.directory / "history.jsonl"
    code, output = desk.command("history", "export", "--from", "zendesk", "-o", str(file))
    assert code == 0, output
    return file


def kept(desk: Any, ref: TicketRef) -> Ledger:
    """What the service keeps of a ticket."""
    ledger: Ledger = desk.app.store.load([ref])[ref].ledger
    return ledger


def steps(ledger: Ledger) -> list[tuple[str, datetime, str]]:
    """The tiers that a ticket entered, when, and what led there; those of its last climb where it is off the ladder."""
    now = ledger.escalation
    return [] if now is None else [(step.tier, step.at, step.because) for step in now.steps]


def test_a_back_test_decides_what_the_service_decided_when_it_did(played: tuple[Any, dict[str, TicketRef]]) -> None:
    desk, refs = played
    file = exported(desk)
    policy = load_policy({"rules.yaml": (desk.directory / "rules.yaml").read_text(encoding="utf-8")})
    for name, ref in refs.items():
        real, tried = kept(desk, ref), of_history(file, policy, str(ref), desk.now).known.ledger
        assert steps(tried) == steps(real), name
        assert tried.climbs == real.climbs, name
        assert tried.comments == real.comments, name
        assert tried.notified == real.notified, name
    refund, prices, down = (kept(desk, refs[name]) for name in ("refund", "prices", "down"))
    # By hand: eight open hours, one of them on the next day; the tier of a rule; solved, so off the ladder.
    assert [(tier, when) for tier, when, _ in steps(refund)] == [("tier1", at(2, 10)), ("tier2", at(3, 10))]
    assert [(tier, when) for tier, when, _ in steps(down)] == [("tier3", at(2, 14))]
    assert [(one.tier, one.since, one.until) for one in prices.climbs] == [("tier2", at(2, 11, 30), at(3, 10, 30))]
    assert len(refund.notified) == 1
    assert len(prices.comments) > 1


def test_a_back_test_tells_the_climbs_that_happened(played: tuple[Any, dict[str, TicketRef]]) -> None:
    """From what the helpdesk remembers, and from what Escalade itself saw."""
    desk, refs = played
    for past in (("--from-store",), ("--history", str(exported(desk)))):
        file = desk.directory / "found.json"
        code, output = desk.command("backtest", *past, "--json", str(file))
        assert code == 0, output
        _assert_climbed(json.loads(file.read_text(encoding="utf-8")), refs)


def _assert_climbed(told: dict[str, Any], refs: dict[str, TicketRef]) -> None:
    found = {one["ticket"]: one for one in told["climbs"]}
    climbed = {name: found[str(ref)] for name, ref in refs.items()}
    assert {name: (one["tier"], one["at"], one["highest"], one["highest_at"]) for name, one in climbed.items()} == {
        "refund": ("tier1", _told(at(2, 10)), "tier2", _told(at(3, 10))),
        "prices": ("tier2", _told(at(2, 11, 30)), "tier2", _told(at(2, 11, 30))),
        "down": ("tier3", _told(at(2, 14)), "tier3", _told(at(2, 14))),
    }
    assert climbed["prices"]["until"] == _told(at(3, 10, 30))
    assert set(found) == {str(ref) for ref in refs.values()}


def _told(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def test_values_are_tuned_and_a_change_is_judged_on_what_escalade_saw(
    played: tuple[Any, dict[str, TicketRef]], tmp_path: Path
) -> None:
    desk, refs = played
    asked = ("--truth", "priority: urgent", "--vary", "tiers.tier1.timeout=4h,8h", "--least", "1", "--jobs", "1")
    code, output = desk.command("tune", "--from-store", *asked, "--format", "json")
    assert code == 0, output
    tried = json.loads(output[output.index("{") :])["tried"]
    assert [one["values"] for one in tried] == [["4h"], ["8h"]]
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "rules.yaml").write_text(text.replace("contains: outage", "contains: never"), encoding="utf-8")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "rules.yaml").write_text(text, encoding="utf-8")
    code, output = desk.command("impact", str(tmp_path / "old"), str(tmp_path / "new"), "--from-store")
    assert code == 0, output
    assert str(refs["down"]) in output
    assert str(refs["prices"]) not in output
