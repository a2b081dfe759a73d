"""Dialect: what differs between vendors in errors and rate limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from connectors.errors import ErrorKind, Scope
from connectors.limiter import Reading

Explain = Callable[[int, Mapping[str, str], bytes], tuple[str, dict[str, str]]]


def _unexplained(_status: int, _headers: Mapping[str, str], _body: bytes) -> tuple[str, dict[str, str]]:
    return "", {}


def _whole_helpdesk(_headers: Mapping[str, str], _body: bytes) -> Scope:
    return Scope.HELPDESK


def _no_readings(_call: str, _headers: Mapping[str, str]) -> Iterable[Reading]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What differs between vendors in errors and rate limits."""

    #: (status, headers, body) → a sentence for people, and field name → complaint. Must not quote customer text.
    explain: Explain = _unexplained
    #: (headers, body) of a 429 → how far it reaches.
    scope_of: Callable[[Mapping[str, str], bytes], Scope] = _whole_helpdesk
    #: (`METHOD /path/{template}`, headers of its answer) → what they tell of the budgets.
    readings: Callable[[str, Mapping[str, str]], Iterable[Reading]] = _no_readings
    #: What to do about a kind of error, where the vendor needs other words than the usual ones.
    advice: Mapping[ErrorKind, str] = field(default_factory=dict)
