"""Settings: which helpdesks there are, how to reach them, and where the store and the policy live.

The file is `escalade.yaml`; the rules are not in it. Secrets are never in it either: it names the environment variables
or files that hold them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from connectors.errors import SettingsError
from escalade.service import ServiceSettings, read_service, read_webhooks
from rules.problems import Findings, PolicyErrors
from rules.start import Backlog
from rules.yamltext import Tree, read_yaml

FILE_NAME = "escalade.yaml"
_KEYS = (
    "version",
    "store",
    "policy",
    "account_facts",
    "workers",
    "settle_after",
    "attempts",
    "read_groups_every",
    "poll_every",
    "backlog",
    "helpdesks",
    "webhooks",
    "service",
)
_DEFAULT_STORE = "sqlite:///escalade.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings file, checked as far as it does not depend on a vendor."""

    path: Path
    tree: Tree
    store: str
    policy: Path
    workers: int
    #: How long a helpdesk may still carry out a write that it did not answer (seconds).
    settle_after: float
    #: Failed visits in a row after which a ticket becomes a dead letter.
    attempts: int = 8
    #: How long a reading of who is in a group is good (seconds).
    read_groups_every: int = 3600
    #: How often a service reads what changed in each helpdesk (seconds), whatever webhooks tell.
    poll_every: int = 60
    #: What to do with open tickets that were there before Escalade.
    backlog: Backlog = Backlog.ASK
    #: The file with facts about accounts; None = there is none.
    account_facts: Path | None = None
    #: Helpdesk name → its block, in the order of the file.
    helpdesks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Webhook name (the last part of its address) → its block; `helpdesk` in it names one of `helpdesks`.
    webhooks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Where the service is reached.
    service: ServiceSettings = field(default_factory=ServiceSettings)

    def problems_of(self, helpdesk: str, error: SettingsError) -> PolicyErrors:
        """A connector's complaints about its block, with their places in the file."""
        findings = Findings()
        for option, message in error.problems:
            path = ("helpdesks", helpdesk, *(part for part in option.split(".") if part))
            findings.add(self.tree.key_at(path), ".".join(map(str, path)), message)
        return PolicyErrors(findings.problems)


class EnvironmentSecrets:
    """Reads secrets from files that the settings name, else from the environment.

    Where the variable NAME is not set, NAME_FILE may name a file that holds the secret, as containers and systemd hand
    secrets over.
    """

    def get(self, env: str, *, file: Path | None = None) -> str:
        """Return the secret without surrounding white space.

        Raises:
            SettingsError: naming the variable or file that is missing or empty.
        """
        if file is not None:
            return _secret_in(file)
        if value := os.environ.get(env, "").strip():
            return value
        if named := os.environ.get(f"{env}_FILE", "").strip():
            return _secret_in(Path(named))
        told = f"the environment variable {env} is not set: put the secret into it"
        raise SettingsError([("", f"{told}, or the path of a file that holds it into {env}_FILE")])


def _secret_in(file: Path) -> str:
    try:
        value = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError([("", f"cannot read the secret file {file}: {error.strerror}")]) from error
    except UnicodeDecodeError:
        # Not chained: the error holds what was read, which may be a secret.
        raise SettingsError([("", f"the secret file {file} is not UTF-8 text")]) from None
    if not value:
        raise SettingsError([("", f"the secret file {file} is empty")])
    return value


def _store_of_environment() -> str:
    """The database that ESCALADE_STORE, or the file that ESCALADE_STORE_FILE names, holds; empty = neither is set.

    Raises:
        ValueError: the file cannot be used.
    """
    if not os.environ.get("ESCALADE_STORE") and not os.environ.get("ESCALADE_STORE_FILE"):
        return ""
    try:
        return EnvironmentSecrets().get("ESCALADE_STORE")
    except SettingsError as error:
        raise ValueError("; ".join(message for _, message in error.problems)) from error


def starter_directory() -> Path:
    """Where the starter policy lies: inside the installed package, or in `config/` of a checkout."""
    packaged = Path(str(resources.files("escalade"))) / "config"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "config"


def find_settings(given: Path | None) -> Path:
    """The settings file: the given file or directory, else `escalade.yaml` or `config/escalade.yaml` here.

    Raises:
        FileNotFoundError: saying where it was looked for.
    """
    candidates = (
        [given / FILE_NAME if given.is_dir() else given] if given else [Path(FILE_NAME), Path("config", FILE_NAME)]
    )
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    places = " or ".join(str(candidate) for candidate in candidates)
    raise FileNotFoundError(f"no settings file at {places}; copy the starter with: escalade init")


def read_text(path: Path) -> str:
    """The text of a settings or rule file.

    Raises:
        ValueError: it is not UTF-8 text; the message names the file.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error


def load_settings(path: Path) -> Settings:
    """Read and check a settings file.

    Raises:
        PolicyErrors: every mistake in the file at once, each with its place.
        ValueError: the file is not text.
    """
    findings = Findings()
    tree = read_yaml(str(path), read_text(path), findings)
    if tree is None or findings.problems:
        raise PolicyErrors(findings.problems)
    block = tree.value if isinstance(tree.value, dict) else {}
    _check_keys(tree, block, findings)
    helpdesks = _read_helpdesks(tree, block.get("helpdesks"), findings)
    _check_texts(tree, block, findings)
    workers = _whole(tree, block, "workers", 4, _MOST_WORKERS, findings)
    attempts = _whole(tree, block, "attempts", 8, _MOST_ATTEMPTS, findings)
    read_groups_every = _whole(tree, block, "read_groups_every", 3600, _DAY, findings)
    settle_after = _settle_after(tree, block, findings)
    webhooks = read_webhooks(tree, block.get("webhooks"), tuple(helpdesks), findings)
    poll_every = _whole(tree, block, "poll_every", 60, _DAY, findings)
    backlog = _backlog(tree, block, findings)
    service = read_service(tree, block.get("service"), findings)
    if findings.problems:
        raise PolicyErrors(findings.problems)
    store = _store_of_environment() or str(block.get("store", _DEFAULT_STORE))
    return Settings(
        path=path,
        tree=tree,
        store=_beside(path, store),
        policy=path.parent / str(block.get("policy", ".")),
        workers=workers,
        settle_after=settle_after,
        attempts=attempts,
        read_groups_every=read_groups_every,
        poll_every=poll_every,
        backlog=backlog,
        account_facts=path.parent / block["account_facts"] if "account_facts" in block else None,
        helpdesks=helpdesks,
        webhooks=webhooks,
        service=service,
    )


_MOST_WORKERS = 64
_MOST_ATTEMPTS = 100
#: In seconds.
_DAY = 86_400
_TEXTS = {
    "store": "store is the address of a database, for example sqlite:///escalade.db",
    "policy": "policy is the directory of the rule files, counted from this file",
    "account_facts": "account_facts is a YAML or CSV file, counted from this file",
}
#: Longer than the vendors let a request run (their gateways give up after 60 s or less), as far as is known.
_SETTLE_AFTER = 90
_EXAMPLE = "for example: helpdesks: {zendesk: {vendor: zendesk, url: https://example.zendesk.com, …}}"


def _check_keys(tree: Tree, block: Mapping[str, Any], findings: Findings) -> None:
    for key in block:
        if key not in _KEYS:
            findings.add(tree.key_at((key,)), key, "this is not a setting", found=key, allowed=_KEYS)
    if block.get("version") != 1:
        found = block.get("version")
        findings.add(
            tree.at(("version",)), "version", "version says which form the file has", found=found, allowed=("1",)
        )


def _whole(  # noqa: PLR0917 - a setting, its bounds, and where mistakes go
    tree: Tree, block: Mapping[str, Any], key: str, default: int, most: int, findings: Findings
) -> int:
    value = block.get(key, default)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
        return value
    findings.add(tree.at((key,)), key, f"{key} is a whole number from 1 to {most}", found=value)
    return default


def _settle_after(tree: Tree, block: Mapping[str, Any], findings: Findings) -> float:
    value = block.get("settle_after", _SETTLE_AFTER)
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    message = "settle_after is a number of seconds, 0 or more"
    findings.add(tree.at(("settle_after",)), "settle_after", message, found=value)
    return _SETTLE_AFTER


def _backlog(tree: Tree, block: Mapping[str, Any], findings: Findings) -> Backlog:
    value = block.get("backlog", Backlog.ASK.value)
    if isinstance(value, str) and value in set(Backlog):
        return Backlog(value)
    message = "backlog says what to do with open tickets that were there before Escalade"
    findings.add(tree.at(("backlog",)), "backlog", message, found=value, allowed=tuple(Backlog))
    return Backlog.ASK


def _read_helpdesks(tree: Tree, block: Any, findings: Findings) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(block, dict) or not block:
        findings.add(tree.key_at(("helpdesks",)), "helpdesks", "name at least one helpdesk", hint=_EXAMPLE)
        return {}
    for name, options in block.items():
        _check_helpdesk(tree, name, options, findings)
    return block


def _check_texts(tree: Tree, block: Mapping[str, Any], findings: Findings) -> None:
    for key, meaning in _TEXTS.items():
        value = block.get(key, _DEFAULT_STORE)
        if not isinstance(value, str) or not value.strip():
            findings.add(tree.at((key,)), key, meaning, found=value)


def _check_helpdesk(tree: Tree, name: str, options: Any, findings: Findings) -> None:
    path = ("helpdesks", name)
    if not isinstance(options, dict):
        findings.add(tree.at(path), ".".join(path), "a helpdesk is a block of options", hint=_EXAMPLE)
    elif not isinstance(options.get("vendor"), str):
        findings.add(
            tree.key_at(path), ".".join(path), "a helpdesk says its vendor", hint="for example: vendor: zendesk"
        )
    if ":" in name or not name.strip():
        findings.add(tree.key_at(path), ".".join(path), "a helpdesk's name has no colon and is not empty", found=name)


def _beside(settings: Path, url: str) -> str:
    """A relative SQLite path counts from the settings file, wherever the command is run."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or Path(url.removeprefix(prefix)).is_absolute():
        return url
    return prefix + str((settings.parent / url.removeprefix(prefix)).resolve())
