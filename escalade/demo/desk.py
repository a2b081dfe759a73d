"""Settings of the demo: the starter policy against the emulator, with the emulator's well-known credentials."""

from __future__ import annotations

from pathlib import Path

from connectors.base import SettingsError
from escalade.settings import FILE_NAME, starter_directory

#: The emulator's own users; they open nothing but the emulator.
ZENDESK_LOGIN = ("escalation.bot@example.com/token", "emulator-api-token")
JIRA_LOGIN = ("escalade@example.com", "jira-token")

#: Where `escalade emulator` serves unless told otherwise.
LOCAL = "http://127.0.0.1:8787"
#: The same user through an OAuth client, as Zendesk wants it of new installations.
_CLIENT = {"DEMO_ZENDESK_CLIENT": "escalade", "DEMO_ZENDESK_SECRET": "emulator-client-secret"}
_AS_CLIENT = "{client_id_env: DEMO_ZENDESK_CLIENT, client_secret_env: DEMO_ZENDESK_SECRET}"
_AS_USER = "{email: escalation.bot@example.com, token_env: DEMO_ZENDESK_TOKEN}"
_SECRETS = {"DEMO_ZENDESK_TOKEN": ZENDESK_LOGIN[1], "DEMO_JIRA_TOKEN": JIRA_LOGIN[1]}

_SETTINGS = """\
version: 1
store: sqlite:///escalade.db
policy: .
# Its tickets are there for Escalade to act on.
backlog: write
helpdesks:
  zendesk:
    vendor: zendesk
    url: {url}
    auth: {auth}
    fields: {{impact: impact, urgency: urgency, escalation_tier: escalation_tier, product: product}}
    product_field: product
    tracker: jira
    budget: {{share: 1}}
    exports_per_minute: 600
    updates_per_minute: 6000
  jira:
    vendor: jira
    url: {url}
    auth: {{email: escalade@example.com, token_env: DEMO_JIRA_TOKEN}}
    projects: [OPS, SUP]
    fields: {{impact: Impact, urgency: Urgency}}
"""


def settings_text(url: str = LOCAL) -> str:
    """The settings file for helpdesks that the emulator serves there, with what `secrets_line` sets."""
    return _SETTINGS.format(url=url, auth=_AS_CLIENT)


def secrets_line() -> str:
    """The line for a shell that sets what the settings name."""
    named = {**_CLIENT, "DEMO_JIRA_TOKEN": JIRA_LOGIN[1]}
    return "export " + " ".join(f"{name}={value}" for name, value in named.items())


class DemoSecrets:
    """Knows the emulator's credentials by the names in the demo's settings."""

    def get(self, env: str, *, file: Path | None = None) -> str:
        """Return the emulator's secret of that name."""
        if file is not None or env not in _SECRETS:
            raise SettingsError([("", f"the demo has no secret {env or file}")])
        return _SECRETS[env]


def demo_settings(directory: Path, url: str) -> Path:
    """Lay the starter policy and the demo's settings into a directory; returns the settings file."""
    for file in starter_directory().glob("*.yaml"):
        if file.name != FILE_NAME:
            (directory / file.name).write_bytes(file.read_bytes())
    path = directory / FILE_NAME
    path.write_text(_SETTINGS.format(url=url, auth=_AS_USER), encoding="utf-8")
    return path
