"""Public notes: words to the customer, said only where the policy asks for them by `public_note`, once an occasion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from rules.occasion import Occasion
from rules.policy import Rule, Tier

#: What a text that the customer reads may name. Everything else tells of the inside: tiers, rules, clocks, groups.
PUBLIC_NAMES = (
    "ticket.key",
    "ticket.subject",
    "ticket.status",
    "ticket.priority",
    "account.name",
    "next_update_at",
    "case.questions",
    "case.workaround",
    "case.fix",
    "case.plan_for_customer",
    "case.update_for_customer",
    "case.contact",
    "now",
)

#: Told beside every public note: a helpdesk takes a comment by our own user for an answer to the customer.
STOPS_CLOCKS = "; the helpdesk's own reply clock counts it as an answer"

_PREFIX = "public:"
_DAY = timedelta(days=1)


def public_occasions(tier: Tier | None, rules: Iterable[Rule], episode: int) -> Iterator[Occasion]:
    """The occasions on which the customer is told something.

    Args:
        tier: The tier that the ticket is in.
        rules: The rules that hold.
        episode: The running episode, or the one that the next escalation would begin.
    """
    if tier is not None and tier.public_note is not None:
        yield Occasion(
            key=f"{_PREFIX}tier:{tier.id}:{episode}",
            template=tier.public_note,
            because=f"entered {tier.name}{STOPS_CLOCKS}",
            rule=f"tier:{tier.id}",
            public=True,
        )
    for rule in rules:
        if rule.public_note is not None:
            yield Occasion(
                key=f"{_PREFIX}rule:{rule.id}:{episode}",
                template=rule.public_note,
                because=f"rule {rule.id} holds{STOPS_CLOCKS}",
                rule=f"rule:{rule.id}",
                public=True,
            )


def room_at(said: Mapping[str, datetime], most: int, now: datetime) -> tuple[int, datetime | None]:
    """How many more public notes the ticket may get now, and when (UTC) there is room for another.

    Args:
        said: Occasion key → when it was said (UTC).
        most: Public notes within 24 hours.
        now: The present (UTC).
    """
    recent = sorted(at for key, at in said.items() if key.startswith(_PREFIX) and at > now - _DAY)
    return max(0, most - len(recent)), recent[-most] + _DAY if len(recent) >= most else None
