"""Playing rule tests: time, people's acts, what the policy does, and what a test says about it when it is not so."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from rules.change import PostComment
from rules.load import load_document
from rules.testing.kinds import Kind
from rules.testing.load import load_rule_tests
from rules.testing.outcome import Mismatch
from rules.testing.play import play
from rules.testing.suite import chosen, play_all

POLICY = {"policy.yaml": (Path(__file__).parent / "policy.yaml").read_text(encoding="utf-8")}
LOADED = load_document(POLICY)
HEAD = """
version: 1
every_ticket: {helpdesk: desk, priority: normal, group: Front}
accounts: {acme: {name: Acme}}
tests:
  - name: A test
    at: 2026-03-02 09:00
"""


def played(body: str, head: str = HEAD) -> tuple[Mismatch, ...]:
    """What is not as expected in a test of which only the body is given."""
    (test,) = load_rule_tests({"a.yaml": head + textwrap.indent(textwrap.dedent(body), "    ")}, LOADED, POLICY)
    return play(test)[0].mismatches


def told(body: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(one.what, one.expected, one.found) for one in played(body)]


UNNAMED = ("nothing that no expectation names (meanwhile: allows it)",)


def test_what_is_expected_and_happens_passes() -> None:
    body = """
    given: {ticket: {tags: [down]}}
    steps:
      - expect:
          tier: tier2
          rules: [down]
          tags: [down, esc_t2, hot]
          priority: high
          changes: {add_tags: [esc_t2, hot], priority: high}
          notes: [{template: entered, by: "tier:tier2", contains: "Tier 2: Production is down"}]
          notices: [{channel: room, contains: "Tier 2"}]
          clocks: {answer: [running, "13:00"]}
          next: "11:00"
          facts: {priority: normal, escalated: true}
          opens: []
          work: []
    """
    assert told(body) == []


def test_a_rule_in_shadow_has_to_be_expected_only_where_it_is_named() -> None:
    tried = "  - {id: tried, description: Odd, when: {tags: {contains: odd}}, tags: [hot], mode: shadow}\nsla:"
    texts = {"policy.yaml": POLICY["policy.yaml"].replace("sla:", tried, 1)}

    def lacking(tags: str, rules: str) -> list[str]:
        body = f"    given: {{ticket: {{tags: [{tags}]}}}}\n    expect: {{rules: [{rules}], nothing: true}}\n"
        (test,) = load_rule_tests({"a.yaml": HEAD + body}, load_document(texts), texts)
        return [one.what for one in play(test)[0].mismatches]

    assert lacking("odd", "") == lacking("odd", "tried") == []
    assert lacking("even", "tried") == ["rules"]


@pytest.mark.capability("L9")
@pytest.mark.parametrize(
    ("expected", "what", "wanted", "found"),
    [
        ("tier: tier1", "tier", ("tier1",), ("tier2",)),
        ("tier: none", "tier", ("none",), ("tier2",)),
        ("rules: [many]", "rules", ("many",), ("down",)),
        ("tags: [down]", "tags", ("down",), ("down", "esc_t2", "hot")),
        ("has_tags: [hot, cold]", "has_tags", ("cold",), ("down, esc_t2, hot",)),
        ("no_tags: [hot]", "no_tags", ("not hot",), ("down, esc_t2, hot",)),
        ("priority: urgent", "priority", ("urgent",), ("high",)),
        ("group: Other", "group", ("Other",), ("Front",)),
        ("status: solved", "status", ("solved",), ("open",)),
        ("fields: {impact: high}", "fields.impact", ("high",), ("not set",)),
        ("acknowledged: true", "acknowledged", ("yes",), ("no",)),
        ("clocks: {answer: met}", "clocks.answer", ("met",), ("Mon 2026-03-02 13:00, running",)),
        ("clocks: {answer: none}", "clocks.answer", ("none",), ("Mon 2026-03-02 13:00, running",)),
        (
            'clocks: {answer: "12:00"}',
            "clocks.answer",
            ("Mon 2026-03-02 12:00",),
            ("Mon 2026-03-02 13:00, running",),
        ),
        ("next: never", "next", ("never",), ("Mon 2026-03-02 11:00 (sla:answer could change)",)),
        ("facts: {tier: tier1}", "facts.tier", ("tier1",), ("tier2",)),
        ("changes: {add_tags: [hot], priority: high}", "changes.add_tags", ("hot",), ("esc_t2", "hot")),
        ("changes: {add_tags: [esc_t2, hot]}", "changes.priority", ("is left alone",), ("high",)),
        ("notices: []", "notices", ("none",), ("tell the channel room: “Tier 2: Production is down”",)),
        ("opens: [{helpdesk: jira, project: OPS}]", "opens", ("jira, OPS",), ("none",)),
        ("work: [Find it]", "work", ("'Find it'",), ("none",)),
        ("public_notes: [Hello]", "public_notes", ("contains 'Hello'",), ("none",)),
        ("kept: Hello", "kept", ("contains 'Hello'",), ("none",)),
        ("account: {state: declared}", "account.state", ("declared",), ("none",)),
        ("owed: {kickoff: late}", "owed.kickoff", ("late",), ("none",)),
    ],
)
def test_what_is_not_as_expected_is_told(
    expected: str, what: str, wanted: tuple[str, ...], found: tuple[str, ...]
) -> None:
    (mismatch,) = played(f"given: {{ticket: {{tags: [down]}}}}\nexpect: {{{expected}}}\n")
    assert (mismatch.what, mismatch.expected, mismatch.found) == (what, wanted, found)
    assert mismatch.at.line == 9
    assert mismatch.decision is not None
    assert mismatch.decision.escalation is not None


NOTE = "template 'entered', by 'tier:tier2': 'Tier 2: Production is down'"


@pytest.mark.parametrize(
    ("notes", "wanted"),
    [
        ("[]", ("none",)),
        ("[down, down]", ("contains 'down'", "contains 'down'")),
        ("[{template: entered, contains: Tier 3}]", ("template 'entered', contains 'Tier 3'",)),
        ("[{by: 'rule:down'}]", ("by 'rule:down'",)),
    ],
)
def test_notes_are_listed_completely(notes: str, wanted: tuple[str, ...]) -> None:
    body = f"given: {{ticket: {{tags: [down]}}}}\nexpect: {{notes: {notes}}}\n"
    assert told(body) == [("notes", wanted, (NOTE,))]


def test_nothing_means_nothing_and_its_contrary_something() -> None:
    assert told("expect: {nothing: true}\n") == []
    assert told("expect: {nothing: false}\n") == [("nothing", ("something is done",), ("nothing is done",))]
    down = "given: {ticket: {tags: [down]}}\n"
    assert told(f"{down}expect: {{nothing: false}}\n") == []
    ((what, _, found),) = told(f"{down}expect: {{nothing: true}}\n")
    assert (what, found[0]) == ("nothing", "add tag esc_t2")


def test_what_is_done_between_two_steps_and_no_step_expects_fails_at_its_instant() -> None:
    (mismatch,) = played('steps:\n  - {at: "12:00", expect: {tier: none}}\n')
    assert (mismatch.what, mismatch.expected, mismatch.found) == ("what is done", UNNAMED, ("add tag soon",))
    assert mismatch.instant.isoformat() == "2026-03-02T11:00:00+00:00"


def test_what_may_be_done_meanwhile_is_named_by_its_kind() -> None:
    assert told('steps:\n  - {at: "12:00", meanwhile: tags, expect: {has_tags: [soon]}}\n') == []
    assert told('steps:\n  - {at: "12:00", meanwhile: [notes], expect: {has_tags: [soon]}}\n') != []
    assert told('meanwhile: anything\nsteps:\n  - {at: "13:00", expect: {has_tags: [late]}}\n') == []


def test_until_excludes_its_instant_and_allows_nothing_before() -> None:
    assert told('steps:\n  - until: "11:00"\n  - expect: {changes: {add_tags: [soon]}}\n') == []
    assert told("steps:\n  - until: 2h\n  - expect: {changes: {add_tags: [soon]}}\n") == []
    ((what, _, found),) = told('meanwhile: anything\nsteps:\n  - until: "11:01"\n')
    assert (what, found) == ("what is done", ("add tag soon",))


def test_what_comes_of_an_act_has_to_be_expected_too() -> None:
    act = "steps:\n  - {after: 1h, change: {add_tags: [down]}%s}\n  - until: 10m\n"
    assert [found[0] for _, _, found in told(act % "")] == ["add tag esc_t2"]
    assert told(act % ", meanwhile: anything") == []
    assert told(act % ", expect: {tier: tier2}") == []


def test_of_several_tickets_each_has_to_be_accounted_for() -> None:
    body = "given: {tickets: {one: {tags: [down]}, other: {tags: [down]}}}\nsteps:\n  - {ticket: one, expect: {tier: tier2}}\n"
    (mismatch,) = played(body)
    assert (mismatch.ticket, mismatch.what) == ("other", "what is done")
    assert told(f"{body}  - {{ticket: other, expect: {{tier: tier2}}}}\n") == []


def test_a_test_ends_with_the_first_step_that_fails() -> None:
    body = "steps:\n  - {expect: {tier: tier1}}\n  - {after: 1h, expect: {tier: tier2}}\n"
    assert len(played(body)) == 1


def test_time_is_told_in_the_zone_of_the_default_calendar_unless_the_file_says_otherwise() -> None:
    summer = HEAD.replace("2026-03-02", "2026-07-06")
    assert [one.found for one in played("expect: {next: never}\n", summer)] == [
        ("Mon 2026-07-06 11:00 (sla:answer could change)",)
    ]
    berlin = HEAD.replace("version: 1", "version: 1\nzone: Europe/Berlin").replace("09:00", "10:00")
    assert [one.found for one in played("expect: {next: never}\n", berlin)] == [
        ("Mon 2026-03-02 12:00 (sla:answer could change)",)
    ]


def test_so_long_after_may_pass_in_a_calendar() -> None:
    body = """
    steps:
      - {after: 10m, reply: On it.}
      - {after: 1d, calendar: office, customer: Hello?, expect: {clocks: {answer: met}}}
      - {until: 2h, calendar: office}
      - {expect: {tier: tier1}}
    """
    assert told(body) == []


def test_an_accounts_other_tickets_count_and_are_not_decided_about() -> None:
    body = """
    given:
      ticket: {account: acme}
      accounts: {acme: {open_tickets: [{count: 2, tags: [down]}]}}
    expect: {rules: [many], changes: {add_tags: [many]}, facts: {account.open_tickets: 3}}
    """
    assert told(body) == []


def test_a_ticket_that_comes_in_later_is_seen_then() -> None:
    body = """
    given:
      tickets: {one: {account: acme}, two: {account: acme, created: 2026-03-02 10:00}, three: {account: acme}}
    steps:
      - {ticket: one, expect: {nothing: true, facts: {account.open_tickets: 2}}}
      - {until: 1h}
      - {at: "10:00", ticket: one, expect: {rules: [many]}}
      - {ticket: two, expect: {rules: [many]}}
      - {ticket: three, expect: {rules: [many]}}
    """
    assert told(body) == []


def test_a_persons_change_wins() -> None:
    body = """
    given: {ticket: {tags: [down]}}
    steps:
      - {expect: {priority: high}}
      - {after: 10m, change: {priority: low, remove_tags: [hot]}, expect: {nothing: true, priority: low, no_tags: [hot]}}
    """
    assert told(body) == []


def test_a_merged_ticket_is_closed_and_the_other_one_is_told() -> None:
    body = """
    given: {tickets: {one: {tags: [down]}, other: {}}}
    steps:
      - {ticket: one, expect: {tier: tier2}}
      - {after: 10m, merge_into: other, expect: {status: closed, tier: none}}
      - {ticket: other, expect: {nothing: true, facts: {replies_agent: 0}}}
    """
    assert told(body) == []


def test_what_cannot_happen_is_said() -> None:
    assert told("steps:\n  - {ticket: record, note: Hello, meanwhile: anything}\n  - {until: 1m}\n") == [
        ("the step", ("this happens",), ("there is no ticket 'record' at that instant",))
    ]
    assert told("steps:\n  - {ticket: tracker, expect: {tier: none}}\n") == [
        ("ticket", ("tracker",), ("there is no ticket 'tracker' at that instant",))
    ]
    assert told("steps:\n  - {work: {title: Find it, status: solved}}\n  - {until: 1m}\n") == [
        ("the step", ("this happens",), ("no work below the ticket has 'Find it' in its title; there is: none",))
    ]


def test_tests_are_chosen_by_words_of_their_name_or_file() -> None:
    tests = load_rule_tests(
        {
            f"{name}.yaml": f"{HEAD.replace('A test', name.title())}    expect: {{tier: none}}\n"
            for name in ("one", "two")
        },
        LOADED,
        POLICY,
    )
    assert [test.name for test in chosen(tests, "TWO")] == ["Two"]
    assert [test.name for test in chosen(tests, ".yaml")] == ["One", "Two"]
    assert chosen(tests, "three") == ()


def test_coverage_names_what_no_test_touches() -> None:
    body = f"{HEAD}    given: {{ticket: {{tags: [down]}}}}\n    expect: {{tier: tier2}}\n"
    share = play_all(load_rule_tests({"a.yaml": body}, LOADED, POLICY), LOADED.policy).share
    assert [part.key for part in share.untouched] == [
        ("rule", "many"),
        ("rule", "waiting"),
        ("tier", "tier1"),
        ("warning", "answer 50%"),
        ("breach", "answer at once"),
    ]
    assert share.percent == pytest.approx(100 * 3 / 8)
    assert (share.untouched[0].at.file, share.untouched[0].at.line) == ("policy.yaml", 16)


def test_every_kind_of_change_can_be_allowed() -> None:
    from rules.schema.rule_tests import Allowed

    assert set(Allowed.__args__) == {"anything", *Kind}


def test_deeds_are_told_with_their_templates() -> None:
    (test,) = load_rule_tests(
        {"a.yaml": f"{HEAD}    given: {{ticket: {{tags: [down]}}}}\n    expect: {{tier: tier2}}\n"}, LOADED, POLICY
    )
    _, _, deeds = play(test)
    assert [deed.template for deed in deeds if isinstance(deed.change, PostComment)] == ["entered"]
