"""Blocks: what is wrong in the blocks of the settings file that only a connector can judge, told without any call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from connectors.base import Secrets, SettingsError
from escalade.checking.remark import MISSING, Remark
from escalade.helpdesks import open_helpdesks
from escalade.receiver.opening import open_webhooks
from escalade.settings import EnvironmentSecrets, Settings
from rules.lint.finding import Severity
from rules.problems import PolicyErrors, Problem

#: Stands in for a secret that is not there, so that everything else can be judged. It is never used for anything.
_STAND_IN = "a secret that is not there"


class _Lenient:
    """The secrets of the environment; where one is missing, something that stands in for it."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def get(self, env: str, *, file: Path | None = None) -> str:
        try:
            return self._secrets.get(env, file=file)
        except SettingsError:
            return _STAND_IN


def mistakes_in_blocks(settings: Settings, secrets: Secrets | None = None) -> list[Problem]:
    """Every mistake in the blocks of helpdesks and webhooks; secrets count where they are there and are of no use.

    The webhooks of helpdesks that cannot be used themselves are left for the next time.
    """
    lenient = _Lenient(secrets or EnvironmentSecrets())
    try:
        for helpdesk in open_helpdesks(settings, lenient).values():
            helpdesk.close()
        open_webhooks(settings, lenient)
    except PolicyErrors as error:
        return list(error.problems)
    return []


def missing_secrets(settings: Settings, secrets: Secrets | None = None) -> list[Remark]:
    """Warnings about what a service cannot start without: the secrets of webhooks, and the token for its figures."""
    asked = secrets or EnvironmentSecrets()
    service = settings.tree.value.get("service") if isinstance(settings.tree.value, dict) else None
    blocks: dict[tuple[str, ...], Mapping[str, Any]] = {
        ("webhooks", name): block for name, block in settings.webhooks.items()
    }
    if isinstance(service, dict):
        blocks["service",] = service
    return [remark for path, block in blocks.items() for remark in _missing(settings, path, block, asked)]


def _missing(settings: Settings, path: tuple[str, ...], block: Mapping[str, Any], secrets: Secrets) -> Iterator[Remark]:
    for option, value in block.items():
        kind = option.rpartition("_")[2]
        if kind not in {"env", "file"} or not isinstance(value, str) or not value:
            continue
        try:
            secrets.get(value if kind == "env" else "", file=Path(value) if kind == "file" else None)
        except SettingsError as error:
            at = settings.tree.at((*path, option))
            yield Remark(
                code=MISSING,
                severity=Severity.WARNING,
                message=error.problems[0][1],
                file=at.file,
                line=at.line,
                column=at.column,
                path=".".join((*path, option)),
                hint="without it 'escalade serve' does not start; check where the service runs",
            )
