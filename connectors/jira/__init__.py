"""The Jira connector: Jira Cloud, Jira Data Center and Jira Service Management."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import API_VERSION, Secrets
from connectors.jira.helpdesk import JiraHelpdesk
from connectors.jira.hooks import open_webhook
from connectors.jira.settings import read_settings

__all__ = ["API_VERSION", "open_helpdesk", "open_webhook"]


def open_helpdesk(name: str, options: Mapping[str, Any], secrets: Secrets) -> JiraHelpdesk:
    """Build a Jira site from its block in the settings file. No network call.

    Raises:
        SettingsError: naming every wrong or missing option at once, or the missing secret.
    """
    return JiraHelpdesk(name, read_settings(options), secrets)
