"""Gathered: what one message says of several tickets, in the words of the policy."""

from __future__ import annotations

from collections.abc import Sequence

from rules.change import Notify
from rules.templates import Template

#: Names that have a value in such a text, and nowhere else.
GATHERED_NAMES = frozenset({"gathered.count", "gathered.tickets"})


def gathered_words(notices: Sequence[Notify], template: Template | None) -> tuple[str, str]:
    """Word one message about several tickets.

    Args:
        notices: What is told of each.
        template: The policy's words, with the names of `GATHERED_NAMES`; None = there are none.

    Returns:
        Title and text. Every ticket stands in the text: whoever is counted as told must be.
    """
    # Of each its first line, in the words of the policy: the rest is on the ticket.
    tickets = [f"- {one.title}\n  {one.body.strip().partition(chr(10))[0]}\n  {one.url}" for one in notices]
    if template is None:
        return f"{len(notices)} tickets that waited for room on this channel", "\n".join(tickets)
    text = template.render({"gathered.count": len(notices), "gathered.tickets": "\n".join(tickets)})
    title, _, rest = text.partition("\n")
    # The text may leave the list out, cut it short, or be cut itself.
    left_out = [ticket for ticket in tickets if ticket not in text]
    return title, "\n".join([rest.strip("\n"), *left_out] if rest.strip() else left_out)
