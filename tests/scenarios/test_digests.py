"""Digests on their way: each edition once, in the channel's hours, also empty, and whatever happens to the process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from escalade.app import App
from escalade.digests import deliver
from escalade.escalations import running
from rules.reports.escalated import Escalated

DIGESTS = """
channels:
  room: {url_env: ROOM_URL%s}
digests:
  - {id: morning, title: Escalations, channel: room, at: "08:00"}
"""
TUESDAY_8 = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def digesting(desk: Any, receiver: Any) -> Callable[..., Any]:
    """A desk whose managers get a digest at eight."""

    def make(channel: str = "", digests: str = "") -> Any:
        text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
        desk.write_policy(text + DIGESTS % channel + digests)
        desk.secrets["ROOM_URL"] = receiver.url
        desk.restart()
        return desk

    return make


def outcomes(desk: Any) -> list[str]:
    return [one.text for one in deliver(desk.app)]


def rows(app: App) -> dict[str, Escalated]:
    return {str(row.ref): row for row in running(app, app.clock.now())}


@pytest.mark.capability("B18")
def test_every_day_has_one_edition_also_after_a_restart_and_also_when_there_is_nothing_to_tell(
    digesting: Callable[..., Any], receiver: Any
) -> None:
    desk = digesting()
    desk.go_to(TUESDAY_8 - timedelta(minutes=1))
    # Monday's eight o'clock was before this desk began, but less than a day ago.
    assert outcomes(desk) == ["sent to room"]
    desk.go_to(TUESDAY_8)
    assert outcomes(desk) == ["sent to room"]
    desk.restart()
    desk.pass_time(timedelta(hours=3))
    assert outcomes(desk) == []
    desk.go_to(TUESDAY_8 + timedelta(days=1))
    assert outcomes(desk) == ["sent to room"]
    bodies = [body for _, _, body in receiver.received]
    assert [body["id"] for body in bodies] == [f"digest:morning:2026-03-{day:02}" for day in (2, 3, 4)]
    assert all("No escalation is running." in body["text"] for body in bodies)
    assert (bodies[0]["title"], bodies[0]["format"]) == ("Escalations", "text")


@pytest.mark.capability("B18", "B19")
def test_it_tells_what_is_escalated_what_is_late_and_what_is_missing(
    digesting: Callable[..., Any], receiver: Any
) -> None:
    desk = digesting()
    refs = [desk.ticket("Refund", "complaint", group_id=None), desk.ticket("Down", "outage"), desk.ticket("Ordinary")]
    desk.settle()
    desk.go_to(TUESDAY_8)
    assert outcomes(desk) == ["sent to room"]
    text = receiver.received[-1][2]["text"]
    assert "Running escalations: 2 tickets" in text
    assert "leaves Tier 2: Thu 2026-03-05 17:00" in text
    assert "0 of 3" in text
    assert "work without owner or date: OPS-2, OPS-3, OPS-4" in text
    assert rows(desk.app).keys() == {str(refs[0]), str(refs[1])}
    down = rows(desk.app)[str(refs[1])]
    assert (down.tier, down.account, down.owner, down.planned) == ("Tier 3", "Acme", "Tier 3", 3)


def test_a_run_sends_what_is_due(digesting: Callable[..., Any], receiver: Any) -> None:
    desk = digesting()
    desk.go_to(TUESDAY_8)
    code, output = desk.command("sync")
    assert code == 0, output
    assert "Digest morning: sent to room" in output
    assert desk.command("sync", "--dry-run")[0] == 0
    assert desk.command("digest", "--send") == (0, "")
    assert len(receiver.received) == 1


def test_while_nobody_reads_the_channel_the_edition_waits(digesting: Callable[..., Any], receiver: Any) -> None:
    desk = digesting(", calendar: office")
    desk.go_to(TUESDAY_8 + timedelta(minutes=59))
    assert outcomes(desk) == []
    desk.pass_time(timedelta(minutes=1))
    assert outcomes(desk) == ["sent to room"]
    # Saturday's and Sunday's are not read before Monday, when Monday's own is there.
    desk.go_to(datetime(2026, 3, 8, 12, 0, tzinfo=UTC))
    assert outcomes(desk) == []
    desk.go_to(datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    assert outcomes(desk) == ["sent to room"]
    assert receiver.received[-1][2]["id"] == "digest:morning:2026-03-09"


def test_a_channel_in_trouble_is_tried_again_after_a_while(digesting: Callable[..., Any], receiver: Any) -> None:
    desk = digesting()
    desk.go_to(TUESDAY_8)
    receiver.status = 429
    (told,) = deliver(desk.app)
    assert not told.sent
    assert desk.command("digest", "--send") == (0, "")
    desk.pass_time(timedelta(minutes=10))
    receiver.status = 200
    code, output = desk.command("digest", "--send")
    assert (code, output) == (0, "Digest morning: sent to room\n")


def test_an_edition_of_unknown_outcome_is_not_sent_again_unless_the_channel_says_so(
    digesting: Callable[..., Any], receiver: Any
) -> None:
    desk = digesting()
    desk.go_to(TUESDAY_8)
    receiver.status = None
    code, _ = desk.command("digest", "--send")
    assert code == 1
    receiver.status = 200
    desk.pass_time(timedelta(hours=1))
    assert outcomes(desk) == []


@pytest.mark.parametrize(
    ("channel", "told", "times"),
    [("", ["whether room got it is not known"], 0), (", repeat_when_unsure: true", ["sent to room"], 1)],
)
def test_a_process_that_died_while_sending_leaves_no_doubt_to_be_sent_twice(
    channel: str, told: list[str], times: int, digesting: Callable[..., Any], receiver: Any
) -> None:
    desk = digesting(channel)
    desk.go_to(TUESDAY_8)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.app.channels["channel:room"], "publish", die)
        with pytest.raises(Killed):
            deliver(desk.app)
    desk.restart()
    assert outcomes(desk) == told
    assert outcomes(desk) == []
    assert len(receiver.received) == times


def test_after_a_long_outage_only_the_newest_edition_goes_out(digesting: Callable[..., Any], receiver: Any) -> None:
    desk = digesting(digests='  - {id: weekly, channel: room, at: "08:00", weekdays: [tue], roll_up: true}\n')
    desk.go_to(TUESDAY_8)
    assert outcomes(desk) == ["sent to room", "sent to room"]
    desk.go_to(TUESDAY_8 + timedelta(days=9))
    assert outcomes(desk) == ["sent to room"]
    assert [body["id"] for _, _, body in receiver.received][2:] == ["digest:morning:2026-03-12"]


def test_the_command_shows_the_digest_and_asks_no_helpdesk(digesting: Callable[..., Any]) -> None:
    desk = digesting()
    desk.ticket("Down \x1b[31m<b>now</b>", "outage")
    desk.settle()
    before = desk.world.calls.counts()
    code, output = desk.command("digest")
    assert code == 0
    assert "Running escalations: 1 ticket" in output
    assert "\x1b" not in output
    code, output = desk.command("digest", "--format", "html", "--weekly", "--region", "emea")
    assert code == 0
    assert "&lt;b&gt;now&lt;/b&gt;" in output
    assert "Escalations of the week: emea" in output
    assert desk.world.calls.counts() == before


def test_send_takes_no_other_options(digesting: Callable[..., Any]) -> None:
    code, output = digesting().command("digest", "--send", "--region", "emea")
    assert code == 2
    assert "--send sends what the policy says" in output
