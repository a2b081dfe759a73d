"""Contenders: each makes a function from facts to the numbers of the rules that hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import business_rules.engine
import cel
import json_logic
import rule_engine
import zen
from business_rules.operators import BooleanType, NumericType, SelectMultipleType, StringType

from engines import languages
from engines.languages import Node
from rules.literals import required_words

#: Plain facts → numbers of the rules that hold.
Decider = Callable[[Mapping[str, Any]], list[int]]
Conditions = Sequence[Node]


def closures(conditions: Conditions) -> Decider:
    """One lambda for each rule, written out: constants in place, sets for lists, patterns compiled by `re`."""
    return _listing([_closure(node, lambda pattern: re.compile(pattern).search) for node in conditions])


def closures_with_words(conditions: Conditions) -> Decider:
    """The same, where a pattern is only run on texts that have one of the words which it needs."""
    return _listing([_closure(node, _guarded) for node in conditions])


def _closure(node: Node, compiled: Callable[[str], Any]) -> Callable[[Mapping[str, Any]], Any]:
    source, patterns = languages.closure_source(node)
    made: Callable[[Mapping[str, Any]], Any] = eval(  # noqa: S307 - our own rules, as a person would type them
        source,
        {name: compiled(eval(pattern)) for name, pattern in patterns.items()},  # noqa: S307
    )
    return made


def _guarded(pattern: str) -> Callable[[str], Any]:
    search, words = re.compile(pattern).search, required_words(pattern)
    if not words:
        return search
    if len(words) == 1:
        (word,) = words
        return lambda text: word in text.casefold() and search(text)

    def guarded(text: str) -> Any:
        low = text.casefold()
        for word in words:
            if word in low:
                return search(text)
        return None

    return guarded


def _listing(asked: Sequence[Callable[[Mapping[str, Any]], Any]]) -> Decider:
    numbered = list(enumerate(asked))
    return lambda facts: [number for number, ask in numbered if ask(facts)]


def _where_true(ask: Callable[[Mapping[str, Any]], Sequence[Any]]) -> Decider:
    return lambda facts: [number for number, holds in enumerate(ask(facts)) if holds]


def zen_engine(conditions: Conditions) -> Decider:
    """One compiled expression that is a list of all conditions: faster than a decision graph of them."""
    text = ", ".join(languages.written(node, languages.ZEN) for node in conditions)
    return _where_true(zen.compile_expression(f"[{text}]").evaluate)


def zen_decision(conditions: Conditions) -> Decider:
    """A decision graph with one expression node."""
    expressions = [
        {"id": str(number), "key": f"r{number:02}", "value": languages.written(node, languages.ZEN)}
        for number, node in enumerate(conditions)
    ]
    here = {"position": {"x": 0, "y": 0}}
    graph = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", **here},
            {"id": "ask", "type": "expressionNode", "name": "ask", "content": {"expressions": expressions}, **here},
            {"id": "out", "type": "outputNode", "name": "out", **here},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "ask", "type": "edge"},
            {"id": "2", "sourceId": "ask", "targetId": "out", "type": "edge"},
        ],
    }
    decision = zen.ZenEngine().create_decision(graph)
    keys = [expression["key"] for expression in expressions]

    def decide(facts: Mapping[str, Any]) -> list[int]:
        found = decision.evaluate(facts)["result"]
        return [number for number, key in enumerate(keys) if found[key]]

    return decide


def cel_rust(conditions: Conditions) -> Decider:
    """One compiled program that is a list of all conditions."""
    text = ", ".join(languages.written(node, languages.CEL) for node in conditions)
    return _where_true(cel.compile(f"[{text}]").execute)


def rule_engine_(conditions: Conditions) -> Decider:
    """One rule object for each rule."""
    context = rule_engine.Context(resolver=rule_engine.resolve_item)
    texts = [languages.written(node, languages.RULE_ENGINE) for node in conditions]
    return _listing([rule_engine.Rule(text, context=context).matches for text in texts])


def json_logic_(conditions: Conditions) -> Decider:
    """JsonLogic with two operations of our own, for patterns and beginnings."""
    rules = list(enumerate(languages.json_logic(node) for node in conditions))
    own = {
        **json_logic.builtins.BUILTINS,
        "matches": lambda _, text, pattern: re.search(pattern, text) is not None,
        "starts_with": lambda _, text, start: text.startswith(start),
    }
    return lambda facts: [number for number, rule in rules if json_logic.jsonLogic(rule, facts, own)]


def business_rules_(conditions: Conditions) -> Decider:
    """business-rules asks methods of an object for the value of each variable."""
    rules = list(enumerate(languages.business_rules(node) for node in conditions))
    variables = _variables(conditions)
    check = business_rules.engine.check_conditions_recursively

    def decide(facts: Mapping[str, Any]) -> list[int]:
        asked = variables(facts)
        return [number for number, rule in rules if check(rule, asked)]

    return decide


def _variables(conditions: Conditions) -> type:
    """A class with a method for every fact, as business-rules wants it."""

    def reading(fact: str, kind: type, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def value(self: Any) -> Any:
            return read(self.facts[fact])

        value.field_type = kind  # type: ignore[attr-defined]
        return value

    def start(self: Any, facts: Mapping[str, Any]) -> None:
        self.facts = facts

    methods: dict[str, Any] = {"__init__": start}
    for question in _questions(conditions):
        value = question.value
        if question.asks == "compare":
            methods[question.fact] = reading(question.fact, NumericType, lambda found: found)
        elif isinstance(value, bool):
            methods[question.fact] = reading(question.fact, BooleanType, lambda found: found)
        elif question.asks in {"phrase", "start", "matches"}:
            methods[question.fact] = reading(question.fact, StringType, lambda found: found)
            if question.asks == "phrase":
                absent = reading(question.fact, BooleanType, lambda found, word=value: word not in found)
                methods[f"no_{question.fact}__{value}"] = absent
        elif question.fact in {"tags", "account_tags"}:
            methods[question.fact] = reading(question.fact, SelectMultipleType, lambda found: found)
        else:
            methods[question.fact] = reading(question.fact, SelectMultipleType, lambda found: [found])
    return type("Variables", (), methods)


def _questions(conditions: Conditions) -> list[languages.Question]:
    found: list[languages.Question] = []
    for node in conditions:
        if isinstance(node, languages.Question):
            found.append(node)
        else:
            found += _questions(node.parts)
    return found


#: What the peers are called, how they are made, and how many of a round's tickets they decide.
PEERS: Mapping[str, tuple[Callable[[Conditions], Decider], float]] = {
    "closures": (closures, 1.0),
    "closures that look for words before patterns": (closures_with_words, 1.0),
    "zen-engine, one expression": (zen_engine, 0.02),
    "zen-engine, decision graph": (zen_decision, 0.02),
    "common-expression-language": (cel_rust, 0.02),
    "rule-engine": (rule_engine_, 0.02),
    "business-rules": (business_rules_, 0.02),
    "panzi-json-logic": (json_logic_, 0.02),
}
