"""Told: when the customer next heard from us, by a person or by a public note of ours."""

from __future__ import annotations

from datetime import datetime

from rules.facts import Facts
from rules.responses import CUSTOMER_UPDATE

#: Occasions of public notes in the ledger.
_PUBLIC = "public:"


def told_after(facts: Facts, since: datetime) -> datetime | None:
    """When the first word to the customer after an instant was said (UTC); None when there was none yet.

    Words that are said for another reason count, too: the customer has heard from us.
    """
    counted = facts.responses.counted(facts.ticket, CUSTOMER_UPDATE)
    by_people = [comment.at for comment in counted if comment.at > since]
    # What we say in the same instant is said because of it.
    by_us = [at for key, at in facts.ledger.comments.items() if key.startswith(_PUBLIC) and at >= since]
    return min((at for at in (*by_people, *by_us) if at <= facts.now), default=None)
