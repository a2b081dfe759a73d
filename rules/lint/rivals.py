"""Rivals: rules that add nothing to another one, fight with it, or fight with what they themselves bring about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from rules.conditions.question import QuestionKind
from rules.conflicts import contests, spelled
from rules.lint.atoms import Ask, IsSet
from rules.lint.finding import Flaw
from rules.lint.formula import Fact
from rules.lint.subject import Subject
from rules.policy import Policy, Rule
from rules.ticket import Priority

#: What does not make a rule do more.
_WORDS = frozenset({"id", "description", "at", "when"})
#: What is compared in a way of its own.
_COMPARED = _WORDS | {"escalate_to", "tags"}
_PRIORITIES = tuple(Priority)
#: Of one rule so many fights are told: who mends these sees the next ones.
_MOST_RIVALS = 3


def shadowed_rule(subject: Subject) -> Iterator[Flaw]:
    """Rules that another one makes superfluous: it holds whenever they do and asks for the same or more."""
    live = [(number, rule) for number, rule in enumerate(subject.policy.rules) if not rule.in_shadow]
    rules = tuple(_Asking.of(subject.policy, number, rule) for number, rule in live)
    by_tag: dict[str, list[_Asking]] = {}
    for one in rules:
        for tag in one.rule.tags:
            by_tag.setdefault(tag, []).append(one)
    for less in rules:
        # Only who wears the same tag can ask for as much; large policies have a tag for nearly every rule.
        for more in by_tag[less.rule.tags[0]] if less.rule.tags else rules:
            if more is less or not more.covers(less) or not subject.implies(less.rule.when, more.rule.when):
                continue
            if more.number > less.number and less.covers(more) and subject.implies(more.rule.when, less.rule.when):
                continue  # The two are alike: the later one is told.
            name, other = less.rule.id, more.rule.id
            yield Flaw(
                path=subject.place("rules", name),
                message=f"the rule {name!r} changes nothing: {other!r} holds whenever it does, for no less",
                hint="remove it, or let it ask for more",
            )
            break


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """A rule with what it asks for, ready to be compared with all others."""

    number: int
    rule: Rule
    tags: frozenset[str]
    #: Path and rank of the tier that it leads into.
    tier: tuple[str, int] | None
    #: Everything else that it asks for, whatever is added to the language.
    others: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, policy: Policy, number: int, rule: Rule) -> _Asking:
        tier = None if rule.escalate_to is None else policy.tier(rule.escalate_to)
        others = ((one.name, getattr(rule, one.name), one.default) for one in fields(Rule) if one.name not in _COMPARED)
        return cls(
            number=number,
            rule=rule,
            tags=frozenset(rule.tags),
            tier=None if tier is None else (tier.path, tier.rank),
            others=tuple((name, value) for name, value, default in others if value and value != default),
        )

    def covers(self, less: _Asking) -> bool:
        """Whether it asks for everything that the other one asks for."""
        if less.rule.escalate_to is not None:
            high, low = self.tier, less.tier
            if high is None or low is None or high[0] != low[0] or high[1] < low[1]:
                return False
        return less.tags <= self.tags and all(getattr(self.rule, name) == value for name, value in less.others)


def fighting_rules(subject: Subject) -> Iterator[Flaw]:
    """Pairs of rules that want different values of one thing of the same ticket."""
    rules = {rule.id: rule for rule in subject.policy.rules}
    told: Counter[str] = Counter()
    for contest in contests(subject.policy):
        first, second = rules[contest.first], rules[contest.second]
        if told[second.id] < _MOST_RIVALS and subject.together(first.when, second.when):
            told[second.id] += 1
            heard, lost = spelled(contest.instead_of), spelled(contest.asked)
            yield Flaw(
                path=subject.place("rules", second.id),
                message=f"where {first.id!r} holds too, {second.id!r} is not heard: {heard} stands against {lost}",
                hint="the first rule in the files is heard; let their conditions exclude each other, or swap them",
            )


def oscillating_rule(subject: Subject) -> Iterator[Flaw]:
    """Rules that stop holding because of what they do, which is then taken back, so that they hold again."""
    for rule in (one for one in subject.policy.rules if not one.in_shadow):
        for done, after in _consequences(subject.policy, rule):
            if subject.together(rule.when) and not subject.together(rule.when, facts=after):
                yield Flaw(
                    path=(*subject.place("rules", rule.id), "when"),
                    message=f"the rule {rule.id!r} undoes itself: once {done}, it does not hold any more",
                    hint="ask for what people set (priority), or let the condition hold in that state too",
                )


def _consequences(policy: Policy, rule: Rule) -> Iterator[tuple[str, tuple[Fact, ...]]]:
    """What a rule brings about for as long as it holds, in words and as statements on the ticket."""
    wanted = rule.sets.priority or rule.sets.priority_floor
    if wanted is not None:
        least = _PRIORITIES.index(wanted) if rule.sets.priority is None else None
        reached = (wanted.value,) if least is None else tuple(one.value for one in _PRIORITIES[least:])
        yield f"the priority is {wanted}", (Fact(_one_of("priority_now", reached), holds=True),)
    if rule.escalate_to is not None and policy.release_when_nothing_holds:
        tier = policy.tier(rule.escalate_to)
        above = tuple(other.id for other in policy.tiers if tier is not None and other.rank >= tier.rank)
        in_tier = (
            Fact(_one_of("tier", above), holds=True),
            Fact(_one_of("escalated", (True,)), holds=True),
            Fact(IsSet("in_tier"), holds=True),
        )
        yield f"the ticket is in {rule.escalate_to}", in_tier


def _one_of(fact: str, values: tuple[Any, ...]) -> Ask:
    return Ask(fact, QuestionKind.VALUE, values, tuple(map(type, values)), frozenset(values).__contains__)
