"""Zendesk Support. What an entry point of the group `escalade.connectors` names."""

from __future__ import annotations

from typing import Any

from connectors.base import API_VERSION
from connectors.zendesk.helpdesk import open_helpdesk
from connectors.zendesk.hooks import ZendeskWebhookBlock, open_webhook
from connectors.zendesk.settings import ZendeskSettings

__all__ = ["API_VERSION", "open_helpdesk", "open_webhook", "options_schema", "webhook_schema"]


def options_schema() -> dict[str, Any]:
    """The JSON Schema of an account's block in the settings file, for editors."""
    return ZendeskSettings.model_json_schema()


def webhook_schema() -> dict[str, Any]:
    """The JSON Schema of a webhook's block, for the same."""
    return ZendeskWebhookBlock.model_json_schema()
