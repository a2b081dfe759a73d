"""Listed: remarks as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from escalade.checking.remark import Remark
from rules.lint.finding import Severity


def listed(remarks: Sequence[Remark], exit_code: int) -> str:
    """All remarks with their counts, as docs/reference/check.md describes them."""
    counted = {
        severity.value: sum(one.severity is severity and one.allowed is None for one in remarks)
        for severity in Severity
    }
    counted["allowed"] = sum(one.allowed is not None for one in remarks)
    content = {"exit_code": exit_code, "counts": counted, "findings": remarks}
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"
