"""Loading a policy: every mistake at once, each with its place and what to do; and what a good policy becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.calendar import ALWAYS, Span
from rules.load import load_policy
from rules.policy import NameKind
from rules.problems import PolicyErrors, did_you_mean, render
from rules.ticket import Priority

ERRORS = Path(__file__).parent / "errors"
CASES = sorted(path for path in ERRORS.iterdir() if path.is_dir() or path.suffix == ".yaml")

SMALL = """
version: 1
default_calendar: always
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 1h30m}
  - {id: tier2, name: Tier 2, tag: esc_t2, priority_floor: high}
rules:
  - {id: a-rule, description: A rule, when: {status: open}, escalate_to: tier2}
"""


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_mistake_is_told_exactly_like_this(case: Path) -> None:
    files = sorted(case.iterdir()) if case.is_dir() else [case]
    sources = {file.name: file.read_text(encoding="utf-8") for file in files}

    with pytest.raises(PolicyErrors) as refused:
        load_policy(sources)

    assert render(refused.value.problems, sources) == case.with_suffix(".err").read_text(encoding="utf-8")


def test_every_expected_message_belongs_to_a_case() -> None:
    assert len(CASES) >= 60
    assert {path.stem for path in ERRORS.glob("*.err")} == {case.stem for case in CASES}


def test_a_mistake_in_every_file_and_section_is_told_in_one_go() -> None:
    sources = {
        "a.yaml": "version: 1\ntiers:\n  - {id: tier1, name: One, tag: esc_t1, priority_floor: hihg}\n",
        "b.yaml": SMALL.replace("tiers:", "matrix: 5\nother:").replace("escalate_to: tier2", "escalate_to: teir1"),
        "c.yaml": "version: 1\nsla: [\n",
    }

    with pytest.raises(PolicyErrors) as refused:
        load_policy(sources)

    told = {(problem.file, problem.path) for problem in refused.value.problems}
    assert told == {
        ("a.yaml", "tiers[0].priority_floor"),
        ("b.yaml", "other"),
        ("b.yaml", "matrix"),
        ("b.yaml", "rules[0].escalate_to"),
        ("c.yaml", ""),
    }


def test_a_good_policy_becomes_typed_values() -> None:
    policy = load_policy({"policy.yaml": SMALL})

    first, second = policy.tiers
    assert (first.rank, first.timeout, first.calendar) == (0, Span(seconds=5400), ALWAYS)
    assert (second.rank, second.timeout, second.priority_floor) == (1, None, Priority.HIGH)
    (rule,) = policy.rules
    assert (rule.escalate_to, rule.when.facts) == ("tier2", {"status"})
    assert (rule.at.file, rule.at.line, rule.at.column) == ("policy.yaml", 8, 5)


def test_a_policy_may_be_spread_over_files_and_the_settings_file_is_left_out() -> None:
    extra = "version: 1\nrules:\n  - {id: b-rule, description: B, when: {status: new}, tags: [b]}\n"
    sources = {"z/b.yaml": extra, "z/a.yaml": SMALL, "z/escalade.yaml": "helpdesks: [this is: {another document"}

    policy = load_policy(sources)

    assert [rule.id for rule in policy.rules] == ["a-rule", "b-rule"]
    assert [(rule.at.file, rule.at.line) for rule in policy.rules] == [("z/a.yaml", 8), ("z/b.yaml", 3)]


def test_tiers_in_two_files_are_refused_because_their_order_would_be_a_guess() -> None:
    more = "version: 1\ntiers: [{id: tier3, name: Tier 3, tag: esc_t3}]\n"

    with pytest.raises(PolicyErrors, match=r"b.yaml:2:1: 'tiers' stands in two files; the first is a.yaml:4"):
        load_policy({"a.yaml": SMALL, "b.yaml": more})


def test_the_hash_sees_content_and_neither_comments_nor_layout_nor_key_order() -> None:
    base = load_policy({"policy.yaml": SMALL}).hash
    other_layout = SMALL.replace("version: 1", "# a comment\n\nversion:   1").replace(
        "{id: tier2, name: Tier 2, tag: esc_t2, priority_floor: high}",
        "tag: esc_t2\n    id: tier2\n    priority_floor: high\n    name: 'Tier 2'",
    )

    assert load_policy({"other.yaml": other_layout}).hash == base
    assert load_policy({"policy.yaml": SMALL.replace("1h30m", "1h31m")}).hash != base
    assert len(base) == 12
    assert set(base) <= set("0123456789abcdef")


def test_a_condition_on_the_accounts_tickets_is_noticed_wherever_it_stands() -> None:
    assert not load_policy({"p.yaml": SMALL}).uses_account_summary
    for when in ("{account.open_urgent: {at_least: 3}}", "{any: [{status: open}, {account.open_tickets: 5}]}"):
        assert load_policy({"p.yaml": SMALL.replace("{status: open}", when)}).uses_account_summary


def test_the_matrix_has_a_cell_for_every_pair() -> None:
    text = """
matrix:
  impact: {fact: field.impact, values: ["1", "2"]}
  urgency: {fact: priority, values: [low, high]}
  cells:
    1: {low: {}, high: {tier: tier2, priority: urgent}}
    2: {low: {}, high: {}}
"""
    matrix = load_policy({"p.yaml": SMALL + text}).matrix

    assert matrix is not None
    assert [(axis.name, axis.fact) for axis in matrix.axes] == [("impact", "field.impact"), ("urgency", "priority")]
    assert set(matrix.cells) == {("1", "low"), ("1", "high"), ("2", "low"), ("2", "high")}
    assert (matrix.cells["1", "high"].tier, matrix.cells["1", "high"].priority) == ("tier2", Priority.URGENT)


@pytest.mark.parametrize(("written", "share"), [("75%", 0.75), ("0.75", 0.75), ("12.5%", 0.125)])
def test_a_warning_share_may_be_written_as_percent_or_number(written: str, share: float) -> None:
    clock = f"sla: [{{id: first, metric: first_response, targets: {{none: 1d}}, warn_at: {written}, warn_tag: soon}}]\n"

    (target,) = load_policy({"p.yaml": SMALL + clock}).sla

    assert (target.warnings[0].share, dict(target.targets)) == (share, {None: Span(days=1)})


def test_an_anchor_may_be_used_more_than_once() -> None:
    text = SMALL.replace("{status: open}", "&open {status: open}") + (
        "  - {id: b-rule, description: B, when: {all: [*open, {priority: high}]}, tags: [b]}\n"
    )

    assert load_policy({"p.yaml": text}).rules[1].when.facts == {"status", "priority"}


def test_words_that_a_helpdesk_has_to_know_are_kept_with_their_places() -> None:
    text = SMALL.replace("tag: esc_t1,", "tag: esc_t1, groups: {desk: First line},").replace(
        "{status: open}", "{field.impact: {in: [high, severe]}}"
    )

    names = [(name.kind, name.name, name.helpdesk, name.of, name.path) for name in load_policy({"p.yaml": text}).names]

    assert names == [
        (NameKind.HELPDESK, "desk", None, None, "tiers[0].groups.desk"),
        (NameKind.GROUP, "First line", "desk", None, "tiers[0].groups.desk"),
        (NameKind.PRIORITY, "high", None, None, "tiers[1].priority_floor"),
        (NameKind.FIELD, "impact", None, None, "rules[0].when.field.impact"),
        (NameKind.FIELD_VALUE, "high", None, "impact", "rules[0].when.field.impact.in[0]"),
        (NameKind.FIELD_VALUE, "severe", None, "impact", "rules[0].when.field.impact.in[1]"),
    ]


def test_a_window_that_overlaps_the_night_before_it_ends_on_the_next_day() -> None:
    text = SMALL + "calendars:\n  night: {zone: UTC, week: {mon-fri: ['22:00-06:00'], sat: ['00:00-24:00']}}\n"

    calendar = load_policy({"p.yaml": text}).calendars["night"]

    assert sorted(calendar.week) == [0, 1, 2, 3, 4, 5]
    assert [[str(edge) for edge in window] for window in calendar.week[0]] == [["22:00:00", "06:00:00"]]
    assert [[str(edge) for edge in window] for window in calendar.week[5]] == [["00:00:00", "00:00:00"]]


def test_a_likely_misspelling_is_recognised_and_a_wild_guess_is_not() -> None:
    allowed = ("status", "priority", "tags")
    assert did_you_mean("Statsu", allowed) == "status"
    assert did_you_mean("PRIORITY", allowed) == "priority"
    assert did_you_mean("weather", allowed) is None


def test_a_long_line_is_shown_around_the_caret() -> None:
    text = SMALL.replace("A rule", "A" * 150).replace("status: open", "statsu: open")
    with pytest.raises(PolicyErrors) as refused:
        load_policy({"p.yaml": text})

    shown, caret = render(refused.value.problems, {"p.yaml": text}).splitlines()[1:3]
    assert len(shown) < 140
    assert shown[caret.index("^") :].startswith("statsu")
