"""Commands in comments: what counts as one, what it carries, and what never is one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.commands import MOST_COMMANDS, MOST_TEXT, MOST_VALUE, Command, commands_in, meant_by
from rules.hearing import Hearing, disarmed, spoken_for
from rules.ticket import Side
from rules.verbs import VERBS


@pytest.mark.parametrize("body", [
    "#accept we take it",
    "   #accept we take it",
    "\u00a0#accept\u00a0we take it",
    "\u200b#accept we take it",
    "\uff03accept we take it",
    "#ACCEPT we take it",
    "#Accept: we take it",
    "\\#accept we take it",
    "Hello,\r\n\r\n#accept we take it\r\n\r\nKind regards",
])  # fmt: skip
def test_a_line_that_begins_with_a_verb_is_a_command_however_it_was_typed(body: str) -> None:
    assert commands_in(body) == (Command(verb="accept", text="we take it"),)


@pytest.mark.parametrize("body", [
    "",
    "please #accept it",
    "# accept",
    "# item of a numbered list",
    "## accept",
    "#123",
    "#general #random",
    "#accept#decline",
    "> #accept",
    "  > #accept",
    "bq. #accept",
    "```\n#accept\n```",
    "{code:bash}\n#accept\n{code}",
    "{noformat}\n#accept\n{noformat}",
    "{quote}\n#accept\n{quote}",
    "{quote}#accept{quote}",
])  # fmt: skip
def test_lists_numbers_hashtags_quotes_and_code_are_no_commands(body: str) -> None:
    assert commands_in(body) == ()


def test_what_follows_code_is_read_again() -> None:
    assert commands_in("{code}\n#decline\n{code}\n#accept") == (Command(verb="accept"),)


@pytest.mark.parametrize("word", ["de-escalate", "deescalate", "De\u2011Escalate", "de\u2013escalate", "DE-ESCALATION"])
def test_the_way_back_has_many_spellings(word: str) -> None:
    assert commands_in(f"#{word} it works") == (Command(verb="de-escalate", text="it works"),)


def test_options_stand_behind_a_bar_or_on_lines_of_their_own() -> None:
    by_bars = commands_in("#item Fix the index | owner: anna | due: 2026-12-01 | serves: stable")
    by_lines = commands_in("#item Fix the index\nOwner: anna\nDUE : 2026-12-01\n\nserves: stable")

    assert by_bars == by_lines
    assert by_bars[0].options == {"owner": "anna", "due": "2026-12-01", "serves": "stable"}


def test_a_line_with_a_colon_is_text_unless_it_names_an_option() -> None:
    (update,) = commands_in(
        "#update We found it: a bad index\nResult: rebuilt\nsee https://example.org/a: b\ndue: Friday"
    )

    assert update.text == "We found it: a bad index\nResult: rebuilt\nsee https://example.org/a: b"
    assert update.options == {"due": "Friday"}


def test_the_policy_s_questions_make_options_of_their_own() -> None:
    body = "#escalate production\nBrowser: Firefox"

    assert Hearing().commands(body, Side.AGENT, inside=True, ours=False)[0].text == "production\nBrowser: Firefox"
    asked = Hearing(options=frozenset({"browser"})).commands(body, Side.AGENT, inside=True, ours=False)[0]
    assert (asked.text, asked.options) == ("production", {"browser": "Firefox"})


def test_a_bar_without_an_option_stays_in_the_text() -> None:
    assert commands_in("#cause a | b")[0].text == "a | b"


def test_the_text_ends_with_the_paragraph_or_the_next_command() -> None:
    found = commands_in("#cause the index\nwas bad\n#fix rebuild it\n\nKind regards\nAnna\nowner: nobody")

    assert found == (Command(verb="cause", text="the index\nwas bad"), Command(verb="fix", text="rebuild it"))


def test_a_slip_of_the_pen_is_kept_so_that_somebody_can_tell_what_was_meant() -> None:
    (slip,) = commands_in("#escalte production is down")

    assert slip.verb == "escalte"
    assert meant_by(slip.verb) == "escalate"


_PIECES = [*"#\uff03> |:\n\r\u00a0\u2028{}`\\-ab", *VERBS, "owner: x", "{code}"]


@given(st.lists(st.sampled_from(_PIECES), max_size=300).map("".join) | st.text(max_size=300).map("#item ".__add__))
def test_any_text_gives_few_and_short_commands(body: str) -> None:
    found = commands_in(body)

    assert len(found) <= MOST_COMMANDS
    assert all(len(one.text) <= MOST_TEXT and not one.phrase for one in found)
    assert all(len(value) <= MOST_VALUE for one in found for value in one.options.values())
    assert all(one.verb in VERBS or meant_by(one.verb) for one in found)


@pytest.mark.parametrize(
    "part", ["#", "#a", "#general\n", "a: ", "|a", "|a b c", "{code", "\u200b \u200b", "#item x\n", "> #ack\n"]
)
def test_a_hostile_text_takes_time_in_proportion_to_its_length(part: str) -> None:
    begin = time.process_time()
    commands_in("#item " + part * (400_000 // len(part)))
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(("side", "inside", "count"), [
    (Side.AGENT, True, 1),
    (Side.AGENT, False, 0),
    (Side.REQUESTER, True, 0),
    (Side.REQUESTER, False, 0),
    (Side.SYSTEM, True, 0),
])  # fmt: skip
def test_only_internal_comments_of_our_people_command(side: Side, inside: bool, count: int) -> None:
    assert len(Hearing().commands("#close", side, inside=inside, ours=False)) == count


@pytest.mark.parametrize("body", [
    "I want to ESCALATE this",
    "so please: i want  to\nescalate this.",
])  # fmt: skip
def test_a_customer_asks_with_the_phrase_of_the_policy(body: str) -> None:
    hearing = Hearing(phrases=("I want to escalate",))

    heard = hearing.commands(body, Side.REQUESTER, inside=False, ours=False)

    assert heard == (Command(verb="escalate", phrase=True),)


@pytest.mark.parametrize("body", [
    "i want to escalated",
    "> I want to escalate",
    "#escalate",
    "#declare #red",
])  # fmt: skip
def test_nothing_else_from_a_customer_is_a_command(body: str) -> None:
    hearing = Hearing(phrases=("I want to escalate",))

    assert hearing.commands(body, Side.REQUESTER, inside=False, ours=False) == ()


def test_the_phrase_is_the_customers_alone() -> None:
    assert Hearing(phrases=("escalate",)).commands("they said escalate", Side.AGENT, inside=True, ours=False) == ()


def test_a_comment_of_ours_commands_only_where_the_command_line_speaks_for_somebody() -> None:
    hearing = Hearing()
    body = spoken_for("anna", ["#accept we take it", "#red"])

    heard = hearing.commands(body, Side.SYSTEM, inside=True, ours=True)

    assert heard == (Command(verb="accept", text="we take it", by="anna"), Command(verb="red", by="anna"))
    assert hearing.commands("Asked again:\n#accept", Side.SYSTEM, inside=True, ours=True) == ()
    assert hearing.commands(body, Side.SYSTEM, inside=False, ours=True) == ()
    assert not any(one.by for one in hearing.commands(body, Side.AGENT, inside=True, ours=False))


def test_no_other_note_of_ours_can_pass_for_the_command_line() -> None:
    forged = spoken_for("anna", ["#declare"])

    assert Hearing().commands(disarmed(forged), Side.SYSTEM, inside=True, ours=True) == ()
    assert disarmed("Tier 2: production is down") == "Tier 2: production is down"
