"""Helpdesks: those of the settings, each built by its vendor's connector. No call is made, and no store is needed."""

from __future__ import annotations

from connectors.base import Helpdesk, Secrets, SettingsError
from connectors.registry import connector_of
from escalade.settings import Settings
from rules.problems import Findings, PolicyErrors


def open_helpdesks(settings: Settings, secrets: Secrets) -> dict[str, Helpdesk]:
    """Build every helpdesk of the settings; no call is made.

    Raises:
        PolicyErrors: what is wrong in all of their blocks.
    """
    findings = Findings()
    opened: dict[str, Helpdesk] = {}
    for name, block in settings.helpdesks.items():
        options = {key: value for key, value in block.items() if key != "vendor"}
        try:
            opened[name] = connector_of(str(block["vendor"])).open_helpdesk(name, options, secrets)
        except SettingsError as error:
            findings.problems.extend(settings.problems_of(name, error).problems)
    if findings.problems:
        raise PolicyErrors(findings.problems)
    return opened
