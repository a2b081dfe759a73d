"""Room: what the chat channel of one record is called, by a rule of the policy. Pure."""

from __future__ import annotations

import re
import unicodedata

#: Words in braces that a rule may use.
PARTS = ("customer", "topic", "key")
#: Chat services take no longer names.
_LONGEST = 80
_PART = re.compile(r"\{([^{}]*)\}")
_OTHER = re.compile(r"[^a-z0-9]+")


def unknown_parts(rule: str) -> tuple[str, ...]:
    """Words in braces that there are none of."""
    return tuple(name for name in _PART.findall(rule) if name not in PARTS)


def room_name(rule: str, *, customer: str, topic: str, key: str) -> str:
    """The name, in small letters, digits and `_`; the same for the same record at all times.

    Args:
        rule: For example `esc_{customer}_{topic}`.
        customer: The customer's name.
        topic: What it is about.
        key: The record's human key.
    """
    values = {"customer": customer, "topic": topic, "key": key}
    return _slug(_PART.sub(lambda found: values.get(found[1], ""), rule))[:_LONGEST].strip("_")


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _OTHER.sub("_", plain.lower()).strip("_")
