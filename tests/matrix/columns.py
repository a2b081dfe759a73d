"""The columns of the matrix: everything that the emulator can make of one write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from escalade.emulator.faults import Faults

#: Seconds that a helpdesk asks for. Where the clock is the test's it jumps over them.
_WAIT = 200


@dataclass(frozen=True, kw_only=True)
class Row:
    """One write of the story: which act, which call, and the how-manieth such call of the act."""

    act: int
    method: str
    path: str
    template: str
    vendor: str
    #: Counted from 1 within its run.
    nth: int
    #: What it is for: the kind of the write, and of the changes in it.
    purpose: str
    #: In which run of the act it comes without trouble; the first is 0.
    run: int = 0

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.vendor} {self.purpose} ({self.method} {self.template})"

    @property
    def pattern(self) -> str:
        """What matches exactly this call's path."""
        return f"^{self.path}$"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One thing that goes wrong."""

    name: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)
    #: The vendors that can answer so; empty = all.
    vendors: frozenset[str] = frozenset()
    #: Only rows whose template ends so.
    ending: str = ""
    #: The process is killed while the request is held.
    kills: bool = False
    #: What becomes of a held request once nobody waits for it any more: carried out, or dropped.
    late: bool = False

    def fits(self, row: Row) -> bool:
        """Whether this can happen to that write."""
        return (not self.vendors or row.vendor in self.vendors) and row.template.endswith(self.ending)

    @property
    def is_held(self) -> bool:
        """Whether the request waits for its release."""
        return self.kind.startswith("hold_")

    def strike(self, faults: Faults, row: Row, now: datetime, wait: int = _WAIT) -> None:
        """Put the fault in force for one write."""
        match = {"method": row.method, "path_regex": row.pattern, "nth": row.nth, "times": 1}
        faults.add(self.kind, match, **{name: _made(value, now, wait) for name, value in self.params.items()})


def _made(value: Any, now: datetime, wait: int) -> Any:
    """Fill in the wait that is asked for."""
    if isinstance(value, dict):
        return {name: _made(part, now, wait) for name, part in value.items()}
    if value == "{date}":
        return format_datetime(now + timedelta(seconds=wait), usegmt=True)
    return value.format(wait=wait) if isinstance(value, str) else value


def _status(name: str, status: int, **params: Any) -> Column:
    return Column(name=name, kind="status", params={"status": status, **params})


_ZENDESK = frozenset({"zendesk"})
_CLOUD = frozenset({"jira"})
_SERVER = frozenset({"jira_dc"})
_JIRA = _CLOUD | _SERVER
_PAGE = "<html><body>Bad gateway</body></html>"


def _zendesk_limit(scope: str) -> Column:
    params = {"scope": scope, "retry_after": "{wait}"}
    return Column(name=f"429 {scope}", kind="rate_limited", params=params, vendors=_ZENDESK)


def _jira_limit(reason: str) -> Column:
    params = {"reason": reason, "retry_after": "{wait}"}
    return Column(name=f"429 {reason}", kind="rate_limited", params=params, vendors=_CLOUD)


COLUMNS = (
    Column(name="reset before commit", kind="reset_before"),
    Column(name="reset after commit", kind="reset_after"),
    Column(name="time-out before commit", kind="hold_before"),
    Column(name="time-out, carried out late", kind="hold_before", late=True),
    Column(name="time-out after commit", kind="hold_after"),
    Column(name="killed before commit", kind="hold_before", kills=True),
    Column(name="killed, carried out late", kind="hold_before", kills=True, late=True),
    Column(name="killed after commit", kind="hold_after", kills=True),
    Column(name="edit conflict", kind="edit_conflict"),
    _status("409", 409),
    _zendesk_limit("account"),
    _zendesk_limit("endpoint"),
    _zendesk_limit("ticket"),
    _jira_limit("jira-burst-based"),
    _jira_limit("jira-per-issue-on-write"),
    _jira_limit("jira-quota-tenant-based"),
    _jira_limit("jira-quota-global-based"),
    Column(name="429 Data Center", kind="rate_limited", params={"retry_after": "{wait}"}, vendors=_SERVER),
    Column(name="429 room", kind="rate_limited", params={"retry_after": "{wait}"}, vendors=frozenset({"room"})),
    _status("429 until a date", 429, headers={"Retry-After": "{date}"}),
    _status("429 without a word", 429),
    _status("500", 500),
    _status("502 with a web page", 502, body=_PAGE, content_type="text/html"),
    _status("503", 503),
    _status("503 with a wait", 503, headers={"Retry-After": "{wait}"}),
    _status("504", 504),
    Column(name="web page", kind="not_json"),
    Column(name="cut answer", kind="truncated"),
    _status("empty answer", 200, body=""),
    _status("other JSON", 200, body={"hello": "world"}),
    _status("redirect", 302, headers={"Location": "http://elsewhere.example/"}),
    Column(name="401", kind="unauthorized"),
    Column(name="403", kind="forbidden"),
    _status("400", 400),
    _status("404", 404),
    _status("422", 422),
    Column(name="one of many refused", kind="job_partial", vendors=_JIRA, ending="/issue/bulk"),
)
BY_NAME = {column.name: column for column in COLUMNS}
