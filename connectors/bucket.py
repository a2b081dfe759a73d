"""Bucket: what is left of one rate budget, as a value that processes share. Pure arithmetic on seconds.

Time is cut into slots of a tenth (of short periods: a quarter) of the budget's period. A call is sent in the slot that
it was counted in, and any stretch as long as the period touches at most one slot more than the period has: as long as
these together hold no more calls than the budget, no stretch of that length ever does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from connectors.limiter import Reading
from connectors.rank import Rank

#: Slots in a period, and in one that is shorter than `_SHORT` seconds: slots must outlast the way to the store.
_SLOTS = 10
_FEW_SLOTS = 4
_SHORT = 10.0
#: For so many seconds at most a warning without a number counts; a helpdesk repeats it with each answer.
_SCARCE = 60.0
#: What a bucket of unknown size gives, and for how many seconds that holds.
UNLIMITED = 1 << 30
_PASS = 1.0
#: The part of ours that is kept for what goes first: always, and when some of it was asked for within the period.
_ALWAYS_KEPT = 0.1
_KEPT_FROM_USUAL = 0.3
_KEPT_FROM_LAST = 0.5
#: The part that is kept from what may wait for what is usual, when some of that was asked for within the period.
_USUAL_KEPT_FROM_LAST = 0.2
#: The part that is kept for those who waited for a whole period.
_FOR_THE_STARVING = 0.1

Counts = tuple[int, int, int]
_NONE: Counts = (0, 0, 0)


class Bucket(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One budget. Instants are seconds since any fixed point, all by the same clock."""

    #: Calls in all per period; None = not known yet.
    calls: int | None
    #: Length of the period in seconds.
    per: float
    #: Number of the newest slot.
    slot: int = 0
    #: Calls by rank, slot by slot, the newest first.
    spent: tuple[Counts, ...] = ()
    #: Of the newest slot's calls, how many are handed out and not known to be sent.
    handed: int = 0
    #: By rank: when it was last asked for; and since when it has been asked for in vain (infinity = it is not).
    asked: tuple[float, float, float] = (-math.inf, -math.inf, -math.inf)
    hungry: tuple[float, float, float] = (math.inf, math.inf, math.inf)
    held_until: float = 0.0
    #: Calls of other clients in the helpdesk's current period, and when that ends.
    foreign: int = 0
    foreign_until: float = 0.0
    #: The size and the period that the settings say, by which a change of the settings is noticed; 0 = `per`.
    said: int | None = None
    said_per: float = 0.0
    #: The helpdesk warned that little is left: until then what may wait does.
    scarce_until: float = 0.0
    #: The limit counts our user's calls alone: nothing of it has to be left to others.
    alone: bool = False


class Given(msgspec.Struct, frozen=True):
    """What a bucket gave."""

    #: Calls that may be sent within `seconds`.
    calls: int
    seconds: float
    #: Seconds after which asking again makes sense; 0 where something was given.
    wait: float = 0.0


def of_settings(bucket: Bucket, calls: int | None, per: float) -> Bucket:
    """The bucket under these settings: what a helpdesk told of its size counts until the settings change."""
    if per != (bucket.said_per or bucket.per):
        return Bucket(calls, per, held_until=bucket.held_until, said=calls)
    return bucket if calls == bucket.said else msgspec.structs.replace(bucket, calls=calls, said=calls)


def take(bucket: Bucket, now: float, rank: Rank, want: int, share: float) -> tuple[Bucket, Given]:
    """Ask for up to `want` calls out of our share (0-1] of a budget."""
    rolled = _rolled(bucket, now)
    if now < bucket.held_until:
        return rolled, Given(0, 0.0, bucket.held_until - now)
    asked = msgspec.structs.replace(rolled, asked=_with(rolled.asked, rank, now))
    calls = min(want, _room(asked, now, rank, share))
    if calls <= 0:
        hungry = _with(asked.hungry, rank, min(now, asked.hungry[rank]))
        waiting = msgspec.structs.replace(asked, hungry=hungry)
        return waiting, Given(0, 0.0, _wait(waiting, now, rank, share))
    if bucket.calls is None:
        return msgspec.structs.replace(asked, hungry=_with(asked.hungry, rank, math.inf)), Given(UNLIMITED, _PASS)
    newest, *older = asked.spent
    more = (newest[0] + calls * (rank == 0), newest[1] + calls * (rank == 1), newest[2] + calls * (rank == 2))  # noqa: PLR2004 - the three ranks
    served = msgspec.structs.replace(
        asked, spent=(more, *older), handed=asked.handed + calls, hungry=_with(asked.hungry, rank, math.inf)
    )
    return served, Given(calls, max(0.0, (served.slot + 1) * _width(bucket) - now))


def sent(bucket: Bucket, now: float, calls: int) -> Bucket:
    """Note that so many of the calls that were handed out are sent and answered."""
    rolled = _rolled(bucket, now)
    return msgspec.structs.replace(rolled, handed=max(0, rolled.handed - calls))


def learn(bucket: Bucket, now: float, told: Reading) -> Bucket:
    """Correct a bucket by what the helpdesk told of it just now."""
    rolled = _rolled(_resized(bucket, told), now)
    if told.scarce:
        rolled = msgspec.structs.replace(rolled, scarce_until=now + min(rolled.per, _SCARCE))
    if rolled.calls is None or told.remaining is None:
        return rolled
    # What is handed out and not sent is not in the helpdesk's count yet.
    ours = sum(map(sum, rolled.spent)) - rolled.handed
    foreign = max(0, rolled.calls - told.remaining - ours)
    until = now + (rolled.per if told.resets is None else told.resets)
    return msgspec.structs.replace(rolled, foreign=foreign, foreign_until=until)


def _resized(bucket: Bucket, told: Reading) -> Bucket:
    """The bucket with the size and the period that were told; of another period, nothing that was spent is known."""
    if told.limit is None:
        return bucket
    calls, per = max(1, told.limit), told.per or bucket.per
    if per == bucket.per:
        return msgspec.structs.replace(bucket, calls=calls, alone=told.alone)
    said_per = bucket.said_per or bucket.per
    return Bucket(calls, per, held_until=bucket.held_until, said=bucket.said, said_per=said_per, alone=told.alone)


def hold(bucket: Bucket, now: float, seconds: float) -> Bucket:
    """Give nothing for so many seconds: the helpdesk refused a call."""
    return msgspec.structs.replace(bucket, held_until=max(bucket.held_until, now + seconds))


def left(bucket: Bucket, now: float) -> int | None:
    """How many calls anybody may still send in this period; None = not known."""
    if bucket.calls is None:
        return None
    spent = sum(map(sum, _rolled(bucket, now).spent)) + (bucket.foreign if now < bucket.foreign_until else 0)
    return 0 if now < bucket.held_until else max(0, bucket.calls - spent)


def idle_at(bucket: Bucket) -> float:
    """From when on the bucket says no more than a new one."""
    return max(
        bucket.held_until,
        bucket.foreign_until,
        bucket.scarce_until,
        (bucket.slot + 1) * _width(bucket) + 2 * bucket.per,
    )


def _slots(bucket: Bucket) -> int:
    return _SLOTS if bucket.per >= _SHORT else _FEW_SLOTS


def _width(bucket: Bucket) -> float:
    return bucket.per / _slots(bucket)


def _rolled(bucket: Bucket, now: float) -> Bucket:
    """The bucket with the slot of `now` as its newest one; a clock that went back stays in the slot that it was in."""
    slots = _slots(bucket) + 1
    slot = max(bucket.slot, math.floor(now / _width(bucket)))
    new = slot - bucket.slot
    if new == 0 and len(bucket.spent) == slots:
        return bucket
    spent = ((_NONE,) * min(new, slots) + bucket.spent + (_NONE,) * slots)[:slots]
    return msgspec.structs.replace(bucket, slot=slot, spent=spent, handed=bucket.handed if new == 0 else 0)


def _with(values: tuple[float, float, float], rank: Rank, value: float) -> tuple[float, float, float]:
    first, usual, last = (value if at == rank else old for at, old in enumerate(values))
    return first, usual, last


def _room(bucket: Bucket, now: float, rank: Rank, share: float) -> int:
    """How many calls of a rank may be sent now; the bucket is rolled."""
    if rank is Rank.LAST and now < bucket.scarce_until and _starving(bucket, now) is not rank:
        return 0
    if bucket.calls is None:
        return UNLIMITED
    ours = max(1, math.floor(bucket.calls * (1.0 if bucket.alone else share)))
    foreign = bucket.foreign if now < bucket.foreign_until else 0
    counts = [sum(slot[at] for slot in bucket.spent) for at in Rank]
    free = min(ours, bucket.calls - foreign) - sum(counts)
    starving = _starving(bucket, now)
    if rank == starving:
        return max(0, free)
    kept = 0 if starving is None else max(1, math.floor(ours * _FOR_THE_STARVING))
    for other, part in _kept_from(bucket, now, rank):
        kept += max(0, math.floor(ours * part) - counts[other])
    return max(0, free - kept)


def _starving(bucket: Bucket, now: float) -> Rank | None:
    """Who has asked in vain for a whole period, and longest; all others leave something."""
    waiting = [rank for rank in Rank if now - bucket.hungry[rank] >= bucket.per and _wanted(bucket, now, rank)]
    return min(waiting, key=lambda rank: bucket.hungry[rank], default=None)


def _wanted(bucket: Bucket, now: float, rank: Rank) -> bool:
    return now - bucket.asked[rank] <= bucket.per


def _kept_from(bucket: Bucket, now: float, rank: Rank) -> Iterator[tuple[Rank, float]]:
    """For whom something is kept from a rank, and which part of ours."""
    if rank is Rank.FIRST:
        return
    urgent = _wanted(bucket, now, Rank.FIRST)
    yield Rank.FIRST, (_KEPT_FROM_USUAL if rank is Rank.USUAL else _KEPT_FROM_LAST) if urgent else _ALWAYS_KEPT
    if rank is Rank.LAST and _wanted(bucket, now, Rank.USUAL):
        yield Rank.USUAL, _USUAL_KEPT_FROM_LAST


def _wait(bucket: Bucket, now: float, rank: Rank, share: float) -> float:
    """Seconds until there may be room, if nobody else takes it."""
    width = _width(bucket)
    ends = [(bucket.slot + later) * width for later in range(1, _slots(bucket) + 2)]
    instants = sorted({*ends, max(bucket.foreign_until, now), max(bucket.scarce_until, now)})
    for at in instants:
        if at > now and _room(_rolled(bucket, at), at, rank, share) > 0:
            return at - now
    return bucket.per
