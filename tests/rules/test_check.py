"""The policy's words against what the helpdesks really have: asked before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.check import check_vocabulary
from rules.load import load_policy
from rules.policy import Policy
from rules.problems import Problem, render
from rules.ticket import Priority
from rules.vocabulary import Vocabulary

TEXT = """version: 1
default_calendar: always
tiers:
  - id: tier1
    name: Tier 1
    tag: esc_t1
    groups: {zendesk: First line}
    fields: {zendesk: {level: one}}
    priority_floor: urgent
    remediation:
      tracker: jira
      open: {project: OPS, type: Task, subject: Subject, body: body}
      tasks: [{key: fix, title: Fix, body: body}]
rules:
  - id: a-rule
    description: A rule
    when: {field.impact: {in: [high, severe]}, account.field.tier: gold}
    escalate_to: tier1
templates: {body: Body}
"""
ZENDESK = Vocabulary(
    helpdesk="zendesk",
    groups=frozenset({"First line", "Second line"}),
    priorities=frozenset(Priority),
    fields=frozenset({"impact", "level"}),
    field_values={"impact": frozenset({"high", "severe"}), "level": frozenset({"one"})},
)
JIRA = Vocabulary(
    helpdesk="jira",
    priorities=frozenset(Priority),
    fields=frozenset(),
    projects=frozenset({"OPS", "SUP"}),
    types={"OPS": frozenset({"Task", "Bug"})},
    subtasks={"OPS": True},
)


@pytest.fixture
def policy() -> Policy:
    return load_policy({"p.yaml": TEXT})


def told(policy: Policy, **changed: Vocabulary | None) -> list[tuple[str, str, str | None]]:
    words = {"zendesk": ZENDESK, "jira": JIRA} | changed
    problems = check_vocabulary(policy, {name: vocabulary for name, vocabulary in words.items() if vocabulary})
    return [(problem.path, problem.message, problem.found) for problem in problems]


def altered(vocabulary: Vocabulary, **changed: object) -> Vocabulary:
    fields = {name: getattr(vocabulary, name) for name in vocabulary.__struct_fields__}
    return Vocabulary(**(fields | changed))


def test_a_policy_whose_words_are_all_known_passes(policy: Policy) -> None:
    assert told(policy) == []


def test_what_a_helpdesk_could_not_tell_is_not_checked(policy: Policy) -> None:
    assert told(policy, zendesk=Vocabulary(helpdesk="zendesk"), jira=Vocabulary(helpdesk="jira")) == []


@pytest.mark.parametrize(
    ("helpdesk", "changed", "path", "message", "found"),
    [
        (
            "zendesk",
            {"groups": frozenset({"First lines"})},
            "tiers[0].groups.zendesk",
            "zendesk has no such group",
            "'First line'",
        ),
        (
            "zendesk",
            {"field_values": {"impact": frozenset({"high", "severe"}), "level": frozenset({"two"})}},
            "tiers[0].fields.zendesk.level",
            "zendesk has no such value of the field level",
            "'one'",
        ),
        (
            "zendesk",
            {"field_values": {"impact": frozenset({"high"})}},
            "rules[0].when.field.impact.in[1]",
            "no helpdesk has such a value of the field impact",
            "'severe'",
        ),
        (
            "jira",
            {"priorities": frozenset({Priority.HIGH, Priority.LOW})},
            "tiers[0].priority_floor",
            "jira cannot set this priority",
            "'urgent'",
        ),
        (
            "jira",
            {"projects": frozenset({"OPSX"}), "types": {}, "subtasks": {}},
            "tiers[0].remediation.open.project",
            "jira has no such project",
            "'OPS'",
        ),
        (
            "jira",
            {"types": {"OPS": frozenset({"Bug"})}},
            "tiers[0].remediation.open.type",
            "jira has no such ticket type in the project OPS",
            "'Task'",
        ),
        (
            "jira",
            {"subtasks": {"OPS": False}},
            "tiers[0].remediation.open.project",
            "the project OPS in jira has no subtask type",
            "'OPS'",
        ),
    ],
)
def test_a_word_that_a_helpdesk_does_not_have_is_told_at_its_place(
    *, policy: Policy, helpdesk: str, changed: dict[str, object], path: str, message: str, found: str
) -> None:
    vocabulary = altered({"zendesk": ZENDESK, "jira": JIRA}[helpdesk], **changed)
    assert told(policy, **{helpdesk: vocabulary}) == [(path, message, found)]


def test_a_field_that_no_helpdesk_has_is_told_where_it_is_named(policy: Policy) -> None:
    zendesk = altered(ZENDESK, fields=frozenset({"level", "impct"}), field_values={})
    assert told(policy, zendesk=zendesk) == [
        ("rules[0].when.field.impact", "no helpdesk has such a field", "'impact'"),
    ]


def test_a_field_of_one_helpdesk_is_enough_for_a_condition(policy: Policy) -> None:
    zendesk = altered(ZENDESK, fields=frozenset({"level"}), field_values={"level": frozenset({"one"})})
    jira = altered(JIRA, fields=frozenset({"impact"}))
    assert told(policy, zendesk=zendesk, jira=jira) == []


def test_a_helpdesk_that_the_settings_do_not_name_is_told_once_for_each_mention(policy: Policy) -> None:
    problems = told(policy, jira=None)
    assert problems == [("tiers[0].remediation.tracker", "no helpdesk is called this", "'jira'")]


def test_the_message_has_the_line_a_suggestion_and_what_to_do(policy: Policy) -> None:
    zendesk = altered(ZENDESK, groups=frozenset({"First lines", "Billing"}))
    problems: tuple[Problem, ...] = check_vocabulary(policy, {"zendesk": zendesk, "jira": JIRA})

    assert render(problems, {"p.yaml": TEXT}) == (
        "p.yaml:7:23: zendesk has no such group (at tiers[0].groups.zendesk)\n"
        "  7 |     groups: {zendesk: First line}\n"
        "    |                       ^\n"
        "  found:   'First line'\n"
        "  allowed: Billing, First lines\n"
        "  hint:    did you mean 'First lines'? create the group in the helpdesk, or name one that it has\n"
        "\n"
        "1 problem found. Nothing was changed.\n"
    )


def test_the_words_of_the_starter_policy_are_all_kept_for_checking() -> None:
    folder = Path(__file__).parents[2] / "config"
    policy = load_policy({file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))})
    bare = Vocabulary(
        helpdesk="zendesk", groups=frozenset(), priorities=frozenset(), fields=frozenset(), projects=frozenset()
    )
    unknown = {problem.found for problem in check_vocabulary(policy, {"zendesk": bare, "jira": bare})}
    assert {
        "'Tier 1 Support'",
        "'Tier 2 Specialists'",
        "'Tier 3 Critical Response'",
        "'escalation_tier'",
        "'impact'",
        "'urgency'",
        "'urgent'",
        "'OPS'",
    } <= unknown
