"""The example of docs/explanation/ticket-lifecycle.md, run from the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from rules.change import AddTags, RemoveTags, SetPriority
from rules.decide import decide
from rules.explain import describe
from rules.ledger import Ledger
from rules.ownership import after
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import Ticket

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "ticket-lifecycle.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def line(at: datetime, made: Plan) -> str:
    done = "; ".join(describe(change) for change in made.changes) or "nothing to write"
    when = "" if made.wake_at is None else f" {made.wake_at:%a %H:%M}, when"
    return f"{at:%a %H:%M}  {done}; next look{when or ':'} {made.wake_because}"


def test_the_example_of_the_page_is_what_happens(
    policy_of: Callable[[str], Policy], make_ticket: Callable[..., Ticket]
) -> None:
    policy, ticket = policy_of(block("yaml")), make_ticket()
    ledger, now, story = Ledger(ref=ticket.ref), ticket.created_at, []
    for _ in range(10):
        made = plan(ticket, decide(policy, ticket, None, None, ledger, now), ledger, policy, 0, now)
        story.append(line(now, made))
        for change in made.changes:
            match change:
                case AddTags():
                    ticket = replace(ticket, tags=ticket.tags | set(change.tags))
                case RemoveTags():
                    ticket = replace(ticket, tags=ticket.tags - set(change.tags))
                case SetPriority():
                    ticket = replace(ticket, priority=change.priority)
        ledger = after(made.ledger, made.changes, {}, {}, now)
        if made.wake_at is None:
            break
        now = made.wake_at
    assert "\n".join(story) == block("text").rstrip("\n")
