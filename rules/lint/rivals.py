"""Rivals: rules that add nothing to another one, fight with it, or fight with what they themselves bring about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
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
_PRIORITIES = tuple(Priority)


def shadowed_rule(subject: Subject) -> Iterator[Flaw]:
    """Rules that another one makes superfluous: it holds whenever they do and asks for the same or more."""
    numbered = tuple(enumerate(subject.policy.rules))
    by_tag: dict[str, list[tuple[int, Rule]]] = {}
    for number, rule in numbered:
        for tag in rule.tags:
            by_tag.setdefault(tag, []).append((number, rule))
    for index, rule in numbered:
        # Only who wears the same tag can ask for as much; large policies have a tag for nearly every rule.
        for number, other in by_tag[rule.tags[0]] if rule.tags else numbered:
            if other is rule or not _covers(subject.policy, other, rule) or not subject.implies(rule.when, other.when):
                continue
            if number > index and _covers(subject.policy, rule, other) and subject.implies(other.when, rule.when):
                continue  # The two are alike: the later one is told.
            yield Flaw(
                path=subject.place("rules", rule.id),
                message=f"the rule {rule.id!r} changes nothing: {other.id!r} holds whenever it does, for no less",
                hint="remove it, or let it ask for more",
            )
            break


def _covers(policy: Policy, more: Rule, less: Rule) -> bool:
    """Whether the first rule asks for everything that the second one asks for."""
    if less.escalate_to is not None:
        high = None if more.escalate_to is None else policy.tier(more.escalate_to)
        low = policy.tier(less.escalate_to)
        if high is None or low is None or high.path != low.path or high.rank < low.rank:
            return False
    if not set(less.tags) <= set(more.tags):
        return False
    return all(_same_or_nothing(more, less, name) for name in _others())


def _others() -> Iterator[str]:
    """What else a rule may ask for, whatever is added to the language."""
    return (one.name for one in fields(Rule) if one.name not in _WORDS | {"escalate_to", "tags"})


def _same_or_nothing(more: Rule, less: Rule, name: str) -> bool:
    wanted: Any = getattr(less, name)
    default = next(one.default for one in fields(Rule) if one.name == name)
    return wanted == default or not wanted or wanted == getattr(more, name)


def fighting_rules(subject: Subject) -> Iterator[Flaw]:
    """Pairs of rules that want different values of one thing of the same ticket."""
    rules = {rule.id: rule for rule in subject.policy.rules}
    for contest in contests(subject.policy):
        first, second = rules[contest.first], rules[contest.second]
        if subject.together(first.when, second.when):
            heard, lost = spelled(contest.instead_of), spelled(contest.asked)
            yield Flaw(
                path=subject.place("rules", second.id),
                message=f"where {first.id!r} holds too, {second.id!r} is not heard: {heard} stands against {lost}",
                hint="the first rule in the files is heard; let their conditions exclude each other, or swap them",
            )


def oscillating_rule(subject: Subject) -> Iterator[Flaw]:
    """Rules that stop holding because of what they do, which is then taken back, so that they hold again."""
    for rule in subject.policy.rules:
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
