"""Words in conditions that no helpdesk knows are found before the first write, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.check import check_vocabulary
from rules.policy import Policy
from rules.vocabulary import Vocabulary

DESKS = {
    "zendesk": Vocabulary(
        helpdesk="zendesk",
        groups=frozenset({"Tier 1", "Tier 2"}),
        fields=frozenset({"impact", "area"}),
        field_values={"impact": frozenset({"low", "high"})},
    ),
    "jira": Vocabulary(helpdesk="jira", groups=frozenset({"Platform"}), fields=frozenset({"sprint"})),
}
TEXT = """
version: 1
default_calendar: always
sets:
  impacts: [hihg, low]
conditions:
  ours: {{helpdesk: zendesk}}
rules:
  - id: a
    description: A
    tags: [a]
    when: {when}
"""


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("{helpdesk: zendsk}", ("rules[0].when.helpdesk", 12, "zendsk", "did you mean 'zendesk'?")),
        ("{helpdesk: {in: [jira, zendsk]}}", ("rules[0].when.helpdesk.in[1]", 12, "zendsk", "did you mean 'zendesk'?")),
        ("{any: [{group: Platfrom}]}", ("rules[0].when.any[0].group", 12, "Platfrom", "did you mean 'Platform'?")),
        ("{field.impact: {in: {set: impacts}}}", ("sets.impacts[0]", 5, "hihg", "did you mean 'high'?")),
        (
            "{account.tickets: {at_least: 3, where: {field.impcat: high}}}",
            ("rules[0].when.account.tickets.where.field.impcat", 12, "impcat", "did you mean 'impact'?"),
        ),
        (
            "{account.tickets: {at_least: 3, same: [field.aera]}}",
            ("rules[0].when.account.tickets.same[0]", 12, "aera", "did you mean 'area'?"),
        ),
        (
            "{field.impact: hihg, for: 1h}",
            ("rules[0].when.field.impact", 12, "hihg", "did you mean 'high'?"),
        ),
    ],
)
def test_a_misspelt_word_is_told_with_what_may_be_meant(
    when: str, told: tuple[str, int, str, str], policy_of: Callable[[str], Policy]
) -> None:
    path, line, found, hint = told
    problem = check_vocabulary(policy_of(TEXT.format(when=when)), DESKS)[0]
    assert (problem.path, problem.line, problem.found) == (path, line, repr(found))
    assert problem.hint is not None
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    "when",
    [
        "{condition: ours, group: {in: [Tier 1, Platform]}}",
        "{field.impact: high, for: 1h}",
        "{group: {contains: Tier}}",
        "{account.tickets: {at_least: 3, where: {field.impact: low}, distinct: field.area}}",
    ],
)
def test_words_that_some_helpdesk_knows_are_fine(when: str, policy_of: Callable[[str], Policy]) -> None:
    text = TEXT.replace("[hihg, low]", "[high, low]").format(when=when)
    assert check_vocabulary(policy_of(text), DESKS) == ()
