"""The same conditions in the words of several engines. A Language says how each question is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rules.calendar import Span

#: Facts with a shorter name where there are no accounts and custom fields.
_NAMES = {"account.field.tier": "account_tier", "account.tags": "account_tags"}
_DURATIONS = ("age", "since_update", "agent_silence", "customer_waiting")
_PRIORITIES = ["low", "normal", "high", "urgent"]
COMPARE: Mapping[str, str] = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}


class Question(NamedTuple):
    """One operator on one plain fact."""

    fact: str
    #: is, in, not_in, compare, tag, tags, any_tag, no_tag, phrase, start, matches
    asks: str
    value: Any
    #: The sign of a comparison.
    sign: str = ""


class Group(NamedTuple):
    """all, any or none of the parts."""

    kind: str
    parts: tuple[Node, ...]


Node = Question | Group


def nodes(when: Mapping[str, Any]) -> Node:
    """A condition of the policy language as a tree of questions to plain facts."""
    parts: list[Node] = []
    for fact, asked in when.items():
        if fact in {"all", "any", "none"}:
            parts.append(Group(fact, tuple(nodes(child) for child in asked)))
        else:
            parts += _questions(fact, asked if isinstance(asked, dict) else {"is": asked})
    return parts[0] if len(parts) == 1 else Group("all", tuple(parts))


def _questions(fact: str, asked: Mapping[str, Any]) -> list[Node]:
    calendar = asked.get("calendar")
    name = f"{fact}_{calendar}" if calendar else _NAMES.get(fact) or fact.replace("account.", "account_")
    name = name.removeprefix("field.")
    tags = name in {"tags", "account_tags"}
    found: list[Node] = []
    for word, value in asked.items():
        if word == "calendar":
            continue
        if word in COMPARE:
            found.append(_compared(name, word, value))
        elif word in {"contains", "lacks"}:
            asks = ("tag" if word == "contains" else "no_tag") if tags else "phrase"
            found.append(Question(name if tags else f"{name}_folded", asks, value))
        else:
            asks = {"contains_any": "any_tag", "contains_all": "tags", "starts_with": "start"}.get(word, word)
            found.append(Question(name, asks, value))
    return found


def _compared(name: str, word: str, value: Any) -> Node:
    if name == "priority":
        return Question(name, "in", _PRIORITIES[_PRIORITIES.index(value) :])
    if isinstance(value, str):
        span = Span.parse(value)
        seconds = span.days * 86400 + span.seconds
        # What does not run, or is not known, is -1: it is neither long nor short.
        if word in {"at_most", "less_than"}:
            least = Question(name, "compare", 0, ">=")
            return Group("all", (least, Question(name, "compare", seconds, COMPARE[word])))
        return Question(name, "compare", seconds, COMPARE[word])
    return Question(name, "compare", value, COMPARE[word])


class Language(NamedTuple):
    """How an engine writes questions and groups."""

    question: Callable[[Question], str]
    both: str
    either: str
    no: str


def written(node: Node, language: Language) -> str:
    """A condition as a text of the language."""
    if isinstance(node, Question):
        return language.question(node)
    parts = [written(part, language) for part in node.parts]
    text = f"({(language.both if node.kind == 'all' else language.either).join(parts)})"
    return f"{language.no}({text})" if node.kind == "none" else text


def _python(asked: Question) -> str:
    fact, value = f"f[{asked.fact!r}]", asked.value
    texts = {
        "is": f"{fact} == {value!r}",
        "in": f"{fact} in {_set(value)}",
        "not_in": f"{fact} not in {_set(value)}",
        "compare": f"{fact} {asked.sign} {value!r}",
        "tag": f"{value!r} in {fact}",
        "no_tag": f"{value!r} not in {fact}",
        "phrase": f"{value!r} in {fact}",
        "start": f"{fact}.startswith({value!r})",
        "matches": f"p({value!r})({fact})",
    }
    if asked.asks == "any_tag":
        return "(" + " or ".join(f"{tag!r} in {fact}" for tag in value) + ")"
    if asked.asks == "tags":
        return "(" + " and ".join(f"{tag!r} in {fact}" for tag in value) + ")"
    return texts[asked.asks]


def _set(values: Any) -> str:
    return "{" + ", ".join(map(repr, values)) + "}" if isinstance(values, list) else repr(values)


PYTHON = Language(_python, " and ", " or ", "not ")
_PATTERN = re.compile(r"p\(('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\)")


def closure_source(node: Node) -> tuple[str, dict[str, str]]:
    """One condition as a Python lambda, and its patterns by the name that the lambda calls them by."""
    patterns: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return patterns.setdefault(found[1], f"p{len(patterns)}")

    text = _PATTERN.sub(name, written(node, PYTHON))
    return f"lambda f: {text}", {name: pattern for pattern, name in patterns.items()}


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _with(form: str, contains: Callable[[str, str], str], start: str, none_in: str) -> Callable[[Question], str]:
    """Questions for languages that look alike but for a few words."""
    forms = {"not_in": none_in, "matches": form, "start": start, "is": "{fact} == {value}", "in": "{fact} in {value}"}

    def question(asked: Question) -> str:
        fact, value = asked.fact, _quoted(asked.value)
        if asked.asks in forms:
            return forms[asked.asks].format(fact=fact, value=value)
        if asked.asks == "compare":
            return f"{fact} {asked.sign} {value}"
        return contains(fact, value) if asked.asks == "phrase" else _tags(asked, none_in)

    return question


def _tags(asked: Question, none_in: str) -> str:
    each = [
        f"{_quoted(tag)} in {asked.fact}" for tag in (asked.value if isinstance(asked.value, list) else [asked.value])
    ]
    if asked.asks == "no_tag":
        return none_in.format(fact=_quoted(asked.value), value=asked.fact)
    joined = (" and " if asked.asks == "tags" else " or ").join(each)
    return f"({joined})"


def _zen(asked: Question) -> str:
    # Its texts know no escapes: a backslash stands for itself.
    return _ZEN_LIKE(asked).replace("\\\\", "\\")


_ZEN_LIKE = _with(
    "matches({fact}, {value})",
    lambda fact, value: f"contains({fact}, {value})",
    "startsWith({fact}, {value})",
    "not({fact} in {value})",
)
ZEN = Language(_zen, " and ", " or ", "not")
RULE_ENGINE = Language(
    _with("{fact} =~~ {value}", lambda fact, value: f"{value} in {fact}", "{fact}.starts_with({value})",
          "not ({fact} in {value})"),
    " and ", " or ", "not ",
)  # fmt: skip


def _cel(asked: Question) -> str:
    text = _CEL_LIKE(asked)
    return text.replace(" and ", " && ").replace(" or ", " || ") if asked.asks in {"tags", "any_tag"} else text


_CEL_LIKE = _with(
    "{fact}.matches({value})", lambda fact, value: f"{fact}.contains({value})", "{fact}.startsWith({value})",
    "!({fact} in {value})",
)  # fmt: skip
CEL = Language(_cel, " && ", " || ", "!")


def json_logic(node: Node) -> Any:
    """A condition in JsonLogic; `matches` and `starts_with` are operations of our own, which it has none of."""
    if isinstance(node, Group):
        parts = [json_logic(part) for part in node.parts]
        return {"!": [{"or": parts}]} if node.kind == "none" else {"and" if node.kind == "all" else "or": parts}
    fact, value = {"var": node.fact}, node.value
    if node.asks in {"tags", "any_tag"}:
        return {"and" if node.asks == "tags" else "or": [{"in": [tag, fact]} for tag in value]}
    forms: Mapping[str, Any] = {
        "is": {"==": [fact, value]},
        "in": {"in": [fact, value]},
        "not_in": {"!": [{"in": [fact, value]}]},
        "compare": {node.sign: [fact, value]},
        "tag": {"in": [value, fact]},
        "no_tag": {"!": [{"in": [value, fact]}]},
        "phrase": {"in": [value, fact]},
        "start": {"starts_with": [fact, value]},
        "matches": {"matches": [fact, value]},
    }
    return forms[node.asks]


_NOT = {">=": "<", "<=": ">", ">": "<=", "<": ">="}
_NUMERIC = {
    ">=": "greater_than_or_equal_to", "<=": "less_than_or_equal_to", ">": "greater_than", "<": "less_than"
}  # fmt: skip


def business_rules(node: Node, *, negated: bool = False) -> dict[str, Any]:
    """A condition for business-rules, which has no negation: groups and questions are turned round instead."""
    if isinstance(node, Group):
        inside = negated is not (node.kind == "none")
        kind = "all" if (node.kind == "all") is not inside else "any"
        return {kind: [business_rules(part, negated=inside) for part in node.parts]}
    return _asked_of_business_rules(node, negated=negated)


def _asked_of_business_rules(asked: Question, *, negated: bool) -> dict[str, Any]:
    value = asked.value if isinstance(asked.value, list) else [asked.value]
    if asked.asks == "compare":
        sign = _NOT[asked.sign] if negated else asked.sign
        return {"name": asked.fact, "operator": _NUMERIC[sign], "value": asked.value}
    if asked.asks == "is" and isinstance(asked.value, bool):
        return {"name": asked.fact, "operator": "is_true" if asked.value is not negated else "is_false", "value": None}
    words = {
        "is": "shares_at_least_one_element_with",
        "in": "shares_at_least_one_element_with",
        "not_in": "shares_no_elements_with",
        "tag": "shares_at_least_one_element_with",
        "any_tag": "shares_at_least_one_element_with",
        "no_tag": "shares_no_elements_with",
        "tags": "contains_all",
    }
    turned = {"shares_at_least_one_element_with": "shares_no_elements_with"}
    if asked.asks in words:
        word = words[asked.asks]
        return {"name": asked.fact, "operator": turned[word] if negated else word, "value": value}
    word = {"phrase": "contains", "start": "starts_with", "matches": "matches_regex"}[asked.asks]
    # A text that must not contain something is a second variable, which answers with a flag.
    name = f"no_{asked.fact}__{asked.value}" if negated else asked.fact
    return {"name": name, "operator": "is_true" if negated else word, "value": None if negated else asked.value}
