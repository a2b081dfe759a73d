"""Shapes of `sets:` and `conditions:`: what conditions are made of by name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rules.schema.base import FieldValue, When

#: A list of values that operators name as `{set: NAME}`.
ValueSet = Annotated[list[FieldValue], Field(min_length=1)]
#: A condition that others refer to as `{condition: NAME}`.
NamedWhen = When
