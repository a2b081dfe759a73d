"""The vendors that a world serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalade.emulator.jira.vendor import jira_dc_vendor, jira_vendor
from escalade.emulator.room import room_vendor
from escalade.emulator.zendesk.vendor import zendesk_vendor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escalade.emulator.routing import Vendor


def all_vendors() -> Sequence[Vendor]:
    """Return every vendor with its routes."""
    return [zendesk_vendor(), jira_vendor(), jira_dc_vendor(), room_vendor()]
