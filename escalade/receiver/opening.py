"""From the settings to webhooks that can receive: each with its secret, its helpdesk's connector and its mapping."""

from __future__ import annotations

from connectors.base import Secrets, SettingsError
from connectors.events import ReceivesWebhooks, WebhookReceiver
from connectors.registry import connector_of
from escalade.settings import Settings
from rules.problems import Findings, PolicyErrors


def open_webhooks(settings: Settings, secrets: Secrets) -> dict[str, WebhookReceiver]:
    """Open every webhook that the settings name, by its name in the address. No network call.

    Raises:
        PolicyErrors: every mistake in the webhooks' blocks at once, each with its place; a missing secret, too.
    """
    findings = Findings()
    opened: dict[str, WebhookReceiver] = {}
    for name, block in settings.webhooks.items():
        helpdesk = str(block.get("helpdesk", name))
        own = {option: value for option, value in block.items() if option != "helpdesk"}
        options = {option: value for option, value in settings.helpdesks[helpdesk].items() if option != "vendor"}
        try:
            connector = connector_of(settings.helpdesks[helpdesk]["vendor"])
            if not isinstance(connector, ReceivesWebhooks):
                vendor = settings.helpdesks[helpdesk]["vendor"]
                raise SettingsError([("", f"the connector {vendor!r} takes no webhooks")])  # noqa: TRY301 - told with the others
            opened[name] = connector.open_webhook(helpdesk, options, own, secrets)
        except SettingsError as error:
            for option, message in error.problems:
                path = ("webhooks", name, *(part for part in option.split(".") if part and not part.startswith("(")))
                findings.add(settings.tree.key_at(path), ".".join(path), message)
    if findings.problems:
        raise PolicyErrors(findings.problems)
    return opened
