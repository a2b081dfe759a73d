"""Finding connectors among the installed packages."""

from __future__ import annotations

import sys
import types
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import Any

import pytest

from connectors.base import API_VERSION, SettingsError
from connectors.registry import GROUP, UnknownConnectorError, connector_of, installed


class Installed(Distribution):
    """A distribution that exists only here."""

    def __init__(self, name: str) -> None:
        self._metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"

    def read_text(self, filename: str) -> str | None:
        return self._metadata if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Path:
        return Path(path)


def point(name: str, value: str, distribution: str) -> EntryPoint:
    found = EntryPoint(name, value, GROUP)
    vars(found).update(dist=Installed(distribution))
    return found


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """An importable connector module."""
    made = types.ModuleType("frontdesk_connector")
    made.API_VERSION = API_VERSION  # type: ignore[attr-defined]
    made.open_helpdesk = lambda *_: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "frontdesk_connector", made)
    return made


def test_our_own_connectors_are_installed() -> None:
    assert {"zendesk", "jira"} <= set(installed())
    assert connector_of("zendesk").API_VERSION == API_VERSION


def test_a_third_partys_connector_is_found_by_its_name(module: types.ModuleType) -> None:
    found: Any = connector_of("frontdesk", [point("frontdesk", "frontdesk_connector", "escalade-frontdesk")])
    assert found is module


def test_an_unknown_vendor_is_told_what_there_is_and_what_was_perhaps_meant() -> None:
    points = [point("zendesk", "a", "escalade"), point("jira", "b", "escalade")]
    with pytest.raises(UnknownConnectorError, match=r"Did you mean 'zendesk'\? Allowed: jira, zendesk\."):
        connector_of("Zendesc", points)
    with pytest.raises(SettingsError, match="none is installed"):
        connector_of("zendesk", [])


def test_two_packages_with_one_name_are_both_named() -> None:
    points = [point("zendesk", "a", "escalade"), point("zendesk", "b", "acme-zendesk")]
    with pytest.raises(SettingsError, match="acme-zendesk, escalade"):
        installed(points)


def test_one_package_that_is_seen_twice_is_no_clash() -> None:
    points = [point("zendesk", "a", "escalade"), point("zendesk", "a", "escalade")]
    assert set(installed(points)) == {"zendesk"}


def test_a_connector_for_another_contract_version_is_refused_with_both_versions(module: types.ModuleType) -> None:
    module.API_VERSION = 99  # type: ignore[attr-defined]
    with pytest.raises(SettingsError, match=f"contract 99, this Escalade speaks {API_VERSION}"):
        connector_of("frontdesk", [point("frontdesk", "frontdesk_connector", "escalade-frontdesk")])


def test_a_connector_that_cannot_be_imported_says_why() -> None:
    with pytest.raises(SettingsError, match="cannot be imported: No module named 'no_such_module'"):
        connector_of("frontdesk", [point("frontdesk", "no_such_module", "escalade-frontdesk")])


def test_a_connector_without_open_helpdesk_is_refused(module: types.ModuleType) -> None:
    del module.open_helpdesk
    with pytest.raises(SettingsError, match="has no open_helpdesk"):
        connector_of("frontdesk", [point("frontdesk", "frontdesk_connector", "escalade-frontdesk")])
