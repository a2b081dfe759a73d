"""Purse: the port to the budgets that all processes of an installation share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from connectors import bucket as buckets
from connectors.bucket import Bucket, Given
from connectors.errors import Scope
from connectors.limiter import Reading
from connectors.rank import Rank


class Key(msgspec.Struct, frozen=True, order=True):
    """Which budget of a helpdesk: `name` is the endpoint's, the ticket's id, or empty for the helpdesk's own."""

    scope: Scope
    name: str = ""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a process wants of one budget, and what it knows of it."""

    key: Key
    rank: Rank
    want: int
    #: The part of the budget (0-1] that we may use.
    share: float
    #: The size of the budget by the settings, where nobody has learned another one; None = not known.
    calls: int | None
    #: Seconds.
    per: float
    #: Calls sent of those that were given before.
    sent: int = 0
    #: What the helpdesk told just now.
    reading: Reading | None = None


def answered(bucket: Bucket | None, ask: Ask, now: float) -> tuple[Bucket, Given]:
    """What one ask comes to: it tells first what was sent and read, and takes then; None = the budget is new."""
    known = Bucket(ask.calls, ask.per, said=ask.calls) if bucket is None else bucket
    known = buckets.sent(buckets.of_settings(known, ask.calls, ask.per), now, ask.sent)
    if ask.reading is not None:
        known = buckets.learn(known, now, ask.reading)
    return buckets.take(known, now, ask.rank, ask.want, ask.share) if ask.want else (known, Given(0, 0.0))


def standing(known: Mapping[tuple[str, Key], Bucket], now: float) -> dict[tuple[str, str], tuple[int, int]]:
    """Budgets by helpdesk and endpoint (empty = the whole account): calls left in the period, and allowed in it.

    Those of tickets are too many to be told, and of those of unknown size there is nothing to tell.
    """
    return {
        (helpdesk, key.name): (left, bucket.calls)
        for (helpdesk, key), bucket in known.items()
        if key.scope is not Scope.TICKET
        and bucket.calls is not None
        and (left := buckets.left(bucket, now)) is not None
    }


class Purse(Protocol):
    """The budgets of one installation. Each method is one transaction; StoreError when the database is away."""

    def take(self, helpdesk: str, asks: Sequence[Ask]) -> Sequence[Given]:
        """Take calls out of budgets, for each ask as far as there are any; asks for nothing only tell."""

    def hold(self, helpdesk: str, ask: Ask, seconds: float) -> None:
        """Let nobody take anything out of a budget for so many seconds."""
