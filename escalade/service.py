"""The blocks `service` and `webhooks` of the settings file: where the service is reached, and who calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from connectors.errors import SettingsError
from connectors.options import Block, read_block
from rules.problems import Findings
from rules.yamltext import Tree

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EXAMPLE = "for example: webhooks: {zendesk: {secret_env: ESCALADE_ZENDESK_WEBHOOK_SECRET}}"

Port = Annotated[int, Field(ge=0, le=65_535)]


class ServiceSettings(Block):
    """Where the service is reached: webhooks at one address, its own figures at another."""

    host: str = "127.0.0.1"
    port: Port = 8080
    #: Where `/readyz` and `/metrics` are answered.
    admin_host: str = "127.0.0.1"
    admin_port: Port = 8081
    #: The token that these ask for (`Authorization: Bearer …`); needed where others than this machine can ask.
    admin_token_env: str = ""
    admin_token_file: Path | None = None
    #: The largest webhook body that is read (bytes).
    most_bytes: Annotated[int, Field(ge=1024, le=26_214_400)] = 1_048_576

    @model_validator(mode="after")
    def _guards_its_figures(self) -> Self:
        if not is_loopback(self.admin_host) and not self.has_admin_token:
            raise ValueError(
                f"others than this machine can reach admin_host {self.admin_host}: name the place of a token "
                "(admin_token_env or admin_token_file), or leave admin_host at 127.0.0.1"
            )
        return self

    @property
    def has_admin_token(self) -> bool:
        """Whether a token's place is named."""
        return bool(self.admin_token_env) or self.admin_token_file is not None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def read_service(tree: Tree, block: object, findings: Findings) -> ServiceSettings:
    """Read the block `service`; a mistake is noted, and the defaults are returned."""
    if block is None:
        return ServiceSettings()
    if not isinstance(block, dict):
        findings.add(tree.at(("service",)), "service", "service is a block of options", found=block)
        return ServiceSettings()
    try:
        return read_block(ServiceSettings, block)
    except SettingsError as error:
        for option, message in error.problems:
            own = option in ServiceSettings.model_fields
            path = ("service", option) if own or option in block else ("service",)
            word, allowed = (None, ()) if own or len(path) == 1 else (option, ServiceSettings.model_fields)
            findings.add(tree.key_at(path), ".".join(path), message, found=word, allowed=allowed)
        return ServiceSettings()


def read_webhooks(
    tree: Tree, block: object, helpdesks: Sequence[str], findings: Findings
) -> Mapping[str, Mapping[str, Any]]:
    """Read the block `webhooks` as far as it does not depend on a vendor."""
    if block is None:
        return {}
    if not isinstance(block, dict):
        at = tree.at(("webhooks",))
        findings.add(at, "webhooks", "webhooks are blocks of options by name", found=block, hint=_EXAMPLE)
        return {}
    return {name: options for name, options in block.items() if _is_right(tree, name, options, helpdesks, findings)}


def _is_right(tree: Tree, name: str, options: object, helpdesks: Sequence[str], findings: Findings) -> bool:
    path = ("webhooks", name)
    at = tree.key_at(path)
    if not _NAME.fullmatch(name):
        message = "the name is the last part of an address: letters, digits, and - _ . between them, at most 64"
        findings.add(at, "webhooks", message, found=name)
        return False
    if not isinstance(options, dict):
        findings.add(at, ".".join(path), "a webhook is a block of options", found=options, hint=_EXAMPLE)
        return False
    helpdesk = options.get("helpdesk", name)
    if helpdesk not in helpdesks:
        place = (*path, "helpdesk") if "helpdesk" in options else path
        message = "the helpdesk that sends it is not one of helpdesks"
        hint = None if "helpdesk" in options else "write helpdesk: and its name, or name the webhook like the helpdesk"
        findings.add(tree.at(place), ".".join(place), message, found=helpdesk, allowed=helpdesks, hint=hint)
        return False
    return True
