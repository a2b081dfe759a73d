"""House: the policy and settings of a drill, written into a directory of its own, for the emulator's helpdesks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.base import SettingsError
from escalade.drill.recast import laid_over, recast
from escalade.drill.scenario import Scenario
from escalade.policy_files import policy_sources
from escalade.settings import FILE_NAME, Settings, load_settings, starter_directory
from rules.load import load_document
from rules.merge import feeds_among
from rules.policy import Policy

_RULES, _ACCOUNTS = "policy.yaml", "accounts.yaml"
#: What of an admin's settings concerns the rules; addresses and credentials are the emulator's.
_KEPT = ("vendor", "product_field", "tracker", "projects")
#: The emulator's own users; they open nothing but the emulator.
_LOGINS = {
    "zendesk": {"client_id_env": "DRILL_ZENDESK_CLIENT", "client_secret_env": "DRILL_ZENDESK_SECRET"},
    "jira": {"email": "escalade@example.com", "token_env": "DRILL_JIRA_TOKEN"},
}
#: The same under the names that the settings of a drill have for them.
CREDENTIALS = {
    "DRILL_ZENDESK_CLIENT": "escalade",
    "DRILL_ZENDESK_SECRET": "emulator-client-secret",
    "DRILL_JIRA_TOKEN": "jira-token",
}
#: The emulator does not mind how often it is asked.
_LIMITS = {"zendesk": {"budget": {"share": 1}, "exports_per_minute": 10_000, "updates_per_minute": 10_000}, "jira": {}}


class DrillSecrets:
    """The emulator's credentials; channels get an address at the emulator, so that nobody outside is told anything."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, env: str, *, file: Path | None = None) -> str:  # noqa: ARG002 - no secret of a drill lies in a file
        """Return the secret of that name."""
        return CREDENTIALS.get(env, f"{self._url}/_emulator/letters")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a drill is played with."""

    #: The policy's document and its iCalendar files by name.
    document: Mapping[str, Any]
    feeds: Mapping[str, str]
    #: Vendor → what the policy calls its helpdesk.
    names: Mapping[str, str]
    #: Helpdesk → the names of its fields.
    fields: Mapping[str, tuple[str, ...]]
    _blocks: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, directory: Path | None, scenario: Scenario) -> House:
        """The house of a policy directory; None is the starter policy, as the scenario wants it.

        Raises:
            PolicyErrors: mistakes in the policy or its settings.
            FileNotFoundError: the directory has no rule file.
            SettingsError: the settings have what a drill has not.
        """
        home = directory or starter_directory()
        own = home / FILE_NAME
        settings = load_settings(own if own.is_file() else starter_directory() / FILE_NAME)
        sources = policy_sources(home, settings.account_facts)
        document = load_document(sources).tree.value
        whole = laid_over(dict(document) if isinstance(document, dict) else {}, {} if directory else scenario.overlay)
        return cls(
            document=whole,
            feeds=feeds_among(sources),
            names=_names(settings),
            fields={name: tuple(block.get("fields") or ()) for name, block in settings.helpdesks.items()},
            _blocks=settings.helpdesks,
        )

    @property
    def projects(self) -> tuple[str, ...]:
        """Keys of the projects that the settings name in Jira."""
        return tuple(self._blocks[self.names["jira"]].get("projects") or ("OPS",))

    def policy(self, scenario: Scenario, accounts: Mapping[str, Mapping[str, str]]) -> tuple[Policy, dict[str, str]]:
        """The policy with the scenario's people, and its files.

        Args:
            scenario: Who takes part.
            accounts: Person → helpdesk → the person's id there.
        """
        text = json.dumps(recast(dict(self.document), scenario.cast, accounts), indent=1, ensure_ascii=False)
        files = {_RULES: text, **self.feeds}
        return load_document(files).policy, files

    def furnish(self, directory: Path, url: str, files: Mapping[str, str], scenario: Scenario) -> Path:
        """Write all files; returns the settings file."""
        for name, text in files.items():
            (directory / name).write_text(text, encoding="utf-8")
        facts = {"version": 1, "accounts": {scenario.cast.company: dict(scenario.account)}}
        (directory / _ACCOUNTS).write_text(json.dumps(facts), encoding="utf-8")
        helpdesks = {name: self._block(vendor, name, url) for vendor, name in self.names.items()}
        settings = {"version": 1, "backlog": "write", "account_facts": _ACCOUNTS, "helpdesks": helpdesks}
        path = directory / FILE_NAME
        path.write_text(json.dumps(settings, indent=1), encoding="utf-8")
        return path

    def _block(self, vendor: str, name: str, url: str) -> dict[str, Any]:
        kept = {key: value for key, value in self._blocks[name].items() if key in _KEPT}
        fields = {"fields": {field: field for field in self.fields[name]}} if self.fields[name] else {}
        return {**kept, **fields, "url": url, "auth": _LOGINS[vendor], **_LIMITS[vendor]}


def _names(settings: Settings) -> dict[str, str]:
    """Vendor → helpdesk: a drill has one of each."""
    names: dict[str, str] = {}
    for name, block in settings.helpdesks.items():
        vendor = str(block["vendor"])
        if vendor not in _LOGINS or vendor in names:
            raise SettingsError([(f"helpdesks.{name}", f"a drill has one Zendesk and one Jira, and no other {vendor}")])
        names[vendor] = name
    if len(names) < len(_LOGINS):
        missing = next(vendor for vendor in _LOGINS if vendor not in names)
        raise SettingsError([("helpdesks", f"a drill is played in Zendesk and Jira; {settings.path} has no {missing}")])
    return names
