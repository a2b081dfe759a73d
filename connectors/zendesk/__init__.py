"""Zendesk Support. What an entry point of the group `escalade.connectors` names."""

from connectors.base import API_VERSION
from connectors.zendesk.helpdesk import open_helpdesk

__all__ = ["API_VERSION", "open_helpdesk"]
