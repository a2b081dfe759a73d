"""Registry: every fact of the language by its name, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rules.catalogue import account, conversation, escalation, ladder, links, past, record, ticket
from rules.catalogue.entry import Entry, Read, Since, Source
from rules.clocks.told import clock_spec
from rules.fact import ACCOUNT_FIELD_PREFIX, FIELD_PREFIX, FactSpec, FactType, Provenance

_ENTRIES: tuple[Entry, ...] = (
    *ticket.ENTRIES,
    *ladder.ENTRIES,
    *escalation.ENTRIES,
    *conversation.ENTRIES,
    *past.ENTRIES,
    *links.ENTRIES,
    *account.ENTRIES,
    *record.ENTRIES,
    Source(Provenance.CLOCK).instant("now", lambda facts: facts.now, "The instant of the decision."),
)

#: Every fact with a fixed name. `spec_of` also knows the custom fields.
FACTS: Mapping[str, FactSpec] = MappingProxyType({entry.spec.name: entry.spec for entry in _ENTRIES})
#: How a fact's value is read, by its name; DURATIONs are in `SINCE`.
READ: Mapping[str, Read] = {entry.spec.name: entry.read for entry in _ENTRIES if entry.read is not None}
#: How the instant from which a DURATION counts is read, by its name.
SINCE: Mapping[str, Since] = {entry.spec.name: entry.since for entry in _ENTRIES if entry.since is not None}

#: Facts that Escalade's own escalation changes.
OWN_STATE = frozenset(entry.spec.name for entry in (*ladder.ENTRIES, *escalation.ENTRIES))


def spec_of(name: str) -> FactSpec | None:
    """The fact of that name, custom fields and clocks included; None when there is none."""
    if (spec := FACTS.get(name)) is not None:
        return spec
    if (spec := clock_spec(name)) is not None:
        return spec
    for prefix, source in ((FIELD_PREFIX, Provenance.TICKET), (ACCOUNT_FIELD_PREFIX, Provenance.ACCOUNT)):
        if name.startswith(prefix) and name != prefix:
            field = name.removeprefix(prefix)
            doc = f"The {source}'s custom field `{field}`, by the name that the settings give it."
            return FactSpec(name=name, type=FactType.ANY, doc=doc, provenance=source)
    return None
