"""Zendesk Support. What an entry point of the group `escalade.connectors` names."""

from connectors.base import API_VERSION
from connectors.zendesk.helpdesk import open_helpdesk
from connectors.zendesk.hooks import open_webhook

__all__ = ["API_VERSION", "open_helpdesk", "open_webhook"]
