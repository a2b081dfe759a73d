"""A rule in shadow on real helpdesks: nothing leaves Escalade, and the scoreboard tells how the rule does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

RULE = """  - id: refund
    description: Somebody wants money back
    when: {helpdesk: zendesk, tags: {contains: refund}}
    escalate_to: tier3
    tags: [esc_refund]
    note: entered
    notify: [{channel: room, template: entered}]
    # tried until spring
    mode: shadow
"""


@pytest.fixture
def trying(desk: Any) -> Any:
    """A desk with a rule in shadow that live would post, tag, open work and tell a channel."""
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8").replace("rules:\n", "rules:\n" + RULE, 1)
    desk.write_policy(text + "channels: {room: {url_env: ROOM_URL}}\n")
    desk.secrets["ROOM_URL"] = f"{desk.emulator.url}/_emulator/letters"
    desk.restart()
    return desk


@pytest.mark.capability("L13")
def test_nothing_leaves_escalade(trying: Any) -> None:
    ref = trying.ticket("Money back", "refund")
    for _ in range(3):
        trying.sync()
        trying.pass_time(timedelta(hours=5))
    assert trying.writes == 0
    assert trying.world.letters == []
    assert trying.tags(ref) == {"refund"}


def test_the_journal_has_it_once_with_what_it_would_have_done(trying: Any) -> None:
    ref = trying.ticket("Money back", "refund")
    for _ in range(3):
        trying.sync()
        trying.pass_time()
    (began,) = trying.journal(ref, "shadow.")
    assert began == (
        "rule refund holds in shadow; live, it would: lead into Tier 3, put the tag esc_refund, "
        "post the internal note entered, tell the channel room"
    )
    trying.act(ref, tags=["paid"])
    trying.pass_time()
    trying.sync()
    assert trying.journal(ref, "shadow.ended") == ["rule refund does not hold in shadow any more"]
    assert trying.writes == 0


def test_beside_a_live_rule_that_writes_it_is_remembered_too(trying: Any) -> None:
    ref = trying.ticket("Money back", "refund", "complaint")
    trying.settle()
    assert "esc_t1" in trying.tags(ref)
    assert "esc_refund" not in trying.tags(ref)
    assert len(trying.journal(ref, "shadow.began")) == 1


@pytest.mark.capability("L13")
def test_the_scoreboard_counts_what_people_did_then(trying: Any) -> None:
    hand, calm = trying.ticket("By hand", "refund"), trying.ticket("Calm", "refund")
    trying.sync()
    trying.pass_time(timedelta(hours=2))
    trying.act(hand, priority="urgent")
    trying.solve(calm)
    trying.pass_time()
    trying.sync()
    code, told = trying.command("shadow", "refund")
    assert code == 0
    assert "| refund | 2026-03-02 | 2 | 2 | 1 | 0 | 1 | 0 | 50% | 2h before them |" in told
    assert "Tickets of refund" in told


@pytest.mark.capability("L13")
def test_promoting_changes_one_word_of_the_file(trying: Any) -> None:
    before = (trying.directory / "rules.yaml").read_text(encoding="utf-8")
    code, told = trying.command("shadow", "refund", "--promote")
    assert code == 0, told
    assert "says mode: live now. See what the rule will write: escalade plan" in told
    after = (trying.directory / "rules.yaml").read_text(encoding="utf-8")
    assert after == before.replace("mode: shadow", "mode: live")
    ref = trying.ticket("Money back", "refund")
    trying.restart()
    trying.settle()
    assert "esc_refund" in trying.tags(ref)


def test_only_a_rule_in_shadow_is_promoted(trying: Any) -> None:
    assert trying.command("shadow", "complaint", "--promote")[1].strip() == "the rule 'complaint' is live already"
    assert "did you mean 'refund'?" in trying.command("shadow", "refun", "--promote")[1]
    assert trying.command("shadow", "--promote")[0] == 2


def test_the_scoreboard_of_a_rule_that_never_was_is_refused(trying: Any) -> None:
    code, told = trying.command("shadow", "refun")
    assert code == 2
    assert "the policy has no rule 'refun'; did you mean 'refund'?" in told


def test_promoting_finds_the_word_in_a_line_of_its_own_form(trying: Any) -> None:
    text = (trying.directory / "rules.yaml").read_text(encoding="utf-8")
    short = "  - {id: bill, description: A bill, when: {tags: {contains: bill}}, tags: [esc_bill], mode: 'shadow'} # tried\n"
    trying.write_policy(text.replace("rules:\n", "rules:\n" + short, 1))
    assert trying.command("shadow", "bill", "--promote")[0] == 0
    after = (trying.directory / "rules.yaml").read_text(encoding="utf-8")
    assert short.replace("'shadow'", "live") in after
