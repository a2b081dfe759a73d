"""Occasion: one reason to say something on a ticket, once."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rules.templates import Template


class Occasion(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a note is about. The same `key` is never said twice on a ticket."""

    key: str
    template: Template
    because: str
    #: What asks for it, for example `rule:production-down`.
    rule: str
    #: The customer reads it.
    public: bool = False
    #: Names of `rules.templates.TEMPLATE_NAMES` that have a value on this occasion only, or another one than elsewhere.
    context: Mapping[str, object] = {}
