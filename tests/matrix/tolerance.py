"""What may differ after trouble, and why: everything else has to be as it is without."""

from __future__ import annotations


def allowed(what: str, wanted: int, seen: int, purpose: str, trouble: str) -> bool:
    """Whether people may see this so many times instead.

    Args:
        what: The line.
        wanted: How often it is seen without trouble.
        seen: How often it is seen now.
        purpose: What the disturbed write was for.
        trouble: The name of the column.
    """
    # Zendesk lets nobody edit a comment: a note that is kept current is said anew, at most once an hour.
    if "ACCOUNT ESCALATION" in what and not what.startswith("issue "):
        return True
    # Nobody can be asked what a channel received, so what may have arrived is not sent again; what it refuses is over.
    # Only where it says that it took nothing, it is told later.
    return purpose.startswith("notify") and what.startswith("letter:") and seen < wanted and "429" not in trouble
