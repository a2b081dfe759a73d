"""Which connectors are installed: entry points of the group `escalade.connectors`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from connectors.base import API_VERSION, Connector, SettingsError

GROUP = "escalade.connectors"


class UnknownConnectorError(SettingsError):
    """The settings name a vendor that no installed package has a connector for."""


@cache
def _here() -> tuple[EntryPoint, ...]:
    """The entry points of this Python installation: to look through all packages takes longer than a small page."""
    return tuple(entry_points(group=GROUP))


def installed(points: Iterable[EntryPoint] | None = None) -> dict[str, EntryPoint]:
    """List the installed connectors by vendor name.

    Args:
        points: entry points to choose from; None = those of this Python installation.

    Raises:
        SettingsError: when two distributions claim one name.
    """
    chosen: dict[str, EntryPoint] = {}
    owners: dict[str, set[str]] = {}
    for point in _here() if points is None else points:
        chosen[point.name] = point
        owners.setdefault(point.name, set()).add(point.dist.name if point.dist else point.value)
    clashes = [
        (
            "vendor",
            (
                f"{len(names)} installed packages offer a connector named {vendor!r}: {', '.join(sorted(names))}. "
                "Uninstall all but one of them (pip uninstall NAME)."
            ),
        )
        for vendor, names in sorted(owners.items())
        if len(names) > 1
    ]
    if clashes:
        raise SettingsError(clashes)
    return chosen


def connector_of(vendor: str, points: Iterable[EntryPoint] | None = None) -> Connector:
    """Import the connector of a vendor.

    Args:
        vendor: the word in the settings.
        points: entry points to choose from; None = those of this Python installation.

    Raises:
        UnknownConnectorError: when no such connector is installed.
        SettingsError: when it cannot be imported or was written for another contract version.
    """
    known = installed(points)
    if vendor not in known:
        raise UnknownConnectorError([("vendor", _unknown(vendor, sorted(known)))])
    try:
        connector: Any = known[vendor].load()
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            [("vendor", f"the connector {vendor!r} ({known[vendor].value}) cannot be imported: {error}")]
        ) from error
    found = getattr(connector, "API_VERSION", None)
    if found != API_VERSION:
        message = (
            f"the connector {vendor!r} ({known[vendor].value}) is written for connector contract {found}, this "
            f"Escalade speaks {API_VERSION}. Install the release of the connector that fits."
        )
        raise SettingsError([("vendor", message)])
    if not callable(getattr(connector, "open_helpdesk", None)):
        raise SettingsError([("vendor", f"the connector {vendor!r} ({known[vendor].value}) has no open_helpdesk")])
    return cast("Connector", connector)


def _unknown(vendor: str, known: list[str]) -> str:
    allowed = ", ".join(known) or "none is installed"
    near = difflib.get_close_matches(vendor.lower(), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"there is no connector {vendor!r}.{hint} Allowed: {allowed}."
