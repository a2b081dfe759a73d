"""The Jira connector: Jira Cloud, Jira Data Center and Jira Service Management."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import API_VERSION, Secrets
from connectors.jira.helpdesk import JiraHelpdesk
from connectors.jira.hooks import JiraWebhookBlock, open_webhook
from connectors.jira.settings import JiraSettings, read_settings

__all__ = ["API_VERSION", "open_helpdesk", "open_webhook", "options_schema", "webhook_schema"]


def open_helpdesk(name: str, options: Mapping[str, Any], secrets: Secrets) -> JiraHelpdesk:
    """Build a Jira site from its block in the settings file. No network call.

    Raises:
        SettingsError: naming every wrong or missing option at once, or the missing secret.
    """
    return JiraHelpdesk(name, read_settings(options), secrets)


def options_schema() -> dict[str, Any]:
    """The JSON Schema of a site's block in the settings file, for editors."""
    return JiraSettings.model_json_schema()


def webhook_schema() -> dict[str, Any]:
    """The JSON Schema of a webhook's block, for the same."""
    return JiraWebhookBlock.model_json_schema()
