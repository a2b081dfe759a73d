"""The migrations of the database, one step a file.

While machines are upgraded one after the other, programs of the version before work on the newer schema. So a
migration only adds what those leave alone: tables, indices that forbid nothing, columns that may be empty or have a
default of the database's own. What takes something away (a table, a column, a type, a name, the right to leave a
column empty) stands in a migration of its own, which says `unused_since = "NNNN"`: the first schema whose programs use
nothing of it any more. A version with that schema, and without this migration, must have been released before.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Every version that was released → the schema that it knows. Whoever releases one adds it.
RELEASES: Mapping[str, str] = MappingProxyType({})
