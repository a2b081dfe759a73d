"""Fact table: every fact of one ticket with its value and where it comes from, for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rules.calendar import spell
from rules.clocks.told import clock_names
from rules.fact import FactSpec, FactType, Provenance, Value
from rules.facts import ACCOUNT_FIELD_PREFIX, FACTS, FIELD_PREFIX, Facts, spec_of
from rules.policy import Position
from rules.words import words

#: Facts that are read from a field of the account, by the field's name.
_OF_FIELDS = {f"account.{name}" for name in ("tier", "arr", "renewal_date", "csm", "region", "executive_sponsor")}
_ACCOUNT = "account."


class FactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of one ticket at one instant."""

    name: str
    type: FactType
    #: As programs read it: lengths of time in seconds, instants as RFC 3339 text in UTC, tags in the order of letters.
    value: Any
    #: As people read it.
    told: str
    provenance: str
    #: The instant (UTC) from which a length of time counts; None for other facts, and where it does not run.
    since: datetime | None = None


def fact_table(facts: Facts, clocks: Iterable[str], row: Position | None, row_fields: Iterable[str]) -> list[FactRow]:
    """Every fact, in the order of the reference, then custom fields and the policy's clocks.

    Args:
        facts: The ticket's facts.
        clocks: Ids of the policy's service-level clocks.
        row: Where the file of account facts speaks of the account; None = it does not.
        row_fields: The fields that it tells.
    """
    told = frozenset(row_fields)
    return [_row(facts, spec, row, told) for spec in _specs(facts, clocks)]


def _specs(facts: Facts, clocks: Iterable[str]) -> Iterator[FactSpec]:
    yield from FACTS.values()
    names = [f"{FIELD_PREFIX}{name}" for name in sorted(facts.ticket.fields)]
    if facts.account is not None:
        names += [f"{ACCOUNT_FIELD_PREFIX}{name}" for name in sorted(facts.account.fields)]
    names += [name for clock in clocks for name in clock_names(clock)]
    yield from (spec for name in names if (spec := spec_of(name)) is not None)


def _row(facts: Facts, spec: FactSpec, row: Position | None, told: frozenset[str]) -> FactRow:
    value = facts.value(spec.name)
    since = facts.since(spec.name) if spec.type is FactType.DURATION else None
    return FactRow(
        name=spec.name,
        type=spec.type,
        value=_plain(value),
        told=_said(spec, value),
        provenance=_provenance(spec, row, told),
        since=since,
    )


def _plain(value: Value) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _said(spec: FactSpec, value: Value) -> str:
    if spec.type in {FactType.DURATION, FactType.OPEN_TIME} and isinstance(value, int | float):
        return spell(timedelta(seconds=value), days=spec.type is FactType.DURATION)
    return words(value)


def _provenance(spec: FactSpec, row: Position | None, told: frozenset[str]) -> str:
    field = spec.name.removeprefix(ACCOUNT_FIELD_PREFIX).removeprefix(_ACCOUNT)
    if spec.name not in _OF_FIELDS and not spec.name.startswith(ACCOUNT_FIELD_PREFIX):
        return str(spec.provenance)
    if row is not None and field in told:
        return f"{Provenance.ACCOUNT}: {row.file}:{row.line}"
    return f"{Provenance.ACCOUNT}: organisation field"
