"""The parts of Zendesk's JSON that tell of its webhooks."""

from __future__ import annotations

import msgspec

from connectors.zendesk.wire import Meta


class HookRow(msgspec.Struct, frozen=True):
    """A webhook; its secret is told elsewhere."""

    id: str
    name: str = ""
    endpoint: str = ""
    status: str = ""
    subscriptions: list[str] = []


class HookPage(msgspec.Struct, frozen=True):
    """A page of the webhooks."""

    webhooks: list[HookRow]
    meta: Meta = Meta()


class SecretRow(msgspec.Struct, frozen=True):
    """What a webhook signs with."""

    secret: str

    def __repr__(self) -> str:
        return "SecretRow(…)"


class SecretAnswer(msgspec.Struct, frozen=True):
    """The answer of webhooks/{id}/signing_secret."""

    signing_secret: SecretRow
