"""Wire types of create screens: which fields they have, and what those take."""

from __future__ import annotations

import msgspec


class AllowedValue(msgspec.Struct, frozen=True, gc=False):
    """One value that a choice field allows; options have `value`, other things `name`."""

    value: str | None = None
    name: str | None = None


class TypeField(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One field of a create screen."""

    field_id: str = ""
    allowed_values: tuple[AllowedValue, ...] = ()


class TypeFields(msgspec.Struct, frozen=True, gc=False):
    """The fields of a create screen: Cloud lists them under `fields`, Data Center under `values`."""

    fields: tuple[TypeField, ...] = ()
    values: tuple[TypeField, ...] = ()
