"""The parts of Jira's payloads that tell of workflow steps: those that can be taken, and those that were."""

from __future__ import annotations

import msgspec

from connectors.jira import wire


class StepField(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One field on the screen of a workflow step."""

    required: bool = False
    has_default_value: bool = False
    name: str = ""


class Step(msgspec.Struct, frozen=True, gc=False):
    """A workflow step that an issue can take now."""

    id: str
    to: wire.Status
    name: str = ""
    fields: dict[str, StepField] = {}


class Steps(msgspec.Struct, frozen=True, gc=False):
    """The steps that an issue can take now; none without the permission to."""

    transitions: tuple[Step, ...] = ()


class PastItem(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One field in one change of an issue."""

    field: str
    to_string: str | None = None


class Past(msgspec.Struct, frozen=True, gc=False):
    """One change of an issue."""

    created: str
    author: wire.User | None = None
    items: tuple[PastItem, ...] = ()


class Changelog(msgspec.Struct, frozen=True, gc=False):
    """The changes of an issue: the newest ones on Cloud, all on Data Center."""

    histories: tuple[Past, ...] = ()


class WithChangelog(msgspec.Struct, frozen=True, gc=False):
    """An issue whose changes were asked for."""

    changelog: Changelog = Changelog()
