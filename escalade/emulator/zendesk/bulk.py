"""Many tickets in one request: update_many (bulk and batch), create_many, destroy_many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk import fields
from escalade.emulator.zendesk.create import create_ticket
from escalade.emulator.zendesk.edit import update_ticket
from escalade.emulator.zendesk.errors import (
    RejectedError,
    bad_request,
    parameter_missing,
    too_many_values,
    update_conflict,
)
from escalade.emulator.zendesk.jobs import job_json, start_job
from escalade.emulator.zendesk.removal import delete_ticket
from escalade.emulator.zendesk.routes import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from escalade.emulator.zendesk.model import User
    from escalade.emulator.zendesk.state import ZendeskAccount

MAX_MANY = 100


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        write("PUT", "/api/v2/tickets/update_many", update_many),
        write("POST", "/api/v2/tickets/create_many", create_many),
        write("DELETE", "/api/v2/tickets/destroy_many", destroy_many),
    ]


def update_many(account: ZendeskAccount, req: Req) -> Resp:
    """PUT /tickets/update_many: `?ids=` with one change for all, or a list of tickets with a change each."""
    raw = req.json()
    wanted: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    if isinstance(wanted.get("tickets"), list):
        rows = [_batch_row(row) for row in wanted["tickets"]]
    elif isinstance(wanted.get("ticket"), dict):
        rows = [(one, wanted["ticket"]) for one in req.query_list("ids")]
    else:
        raise parameter_missing("tickets")
    _check_count(rows)
    broken = _broken_row(req)
    work = partial(_update_rows, account, rows, req.actor, account.now(), broken)
    job = start_job(account, "Bulk Update Ticket", len(rows), work)
    return Resp(body={"job_status": job_json(account, job, req.base_url)})


def _check_count(rows: Sequence[Any]) -> None:
    if not rows:
        raise parameter_missing("ids")
    if len(rows) > MAX_MANY:
        raise too_many_values("tickets", MAX_MANY)


def _batch_row(row: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    if "id" not in row:
        raise parameter_missing("tickets[].id")
    if ("safe_update" in row) != ("updated_stamp" in row):
        raise bad_request("ParameterMissing", "safe_update and updated_stamp must be given together")
    return str(row["id"]), row


def _broken_row(req: Req) -> int | None:
    faults = req.faults
    fault = faults.take("job_partial", req.method, req.path) if faults is not None else None
    return None if fault is None else int(fault.params.get("row", 0))


def _update_rows(
    account: ZendeskAccount, rows: Sequence[tuple[str, Mapping[str, Any]]], actor: User, queued: int, broken: int | None
) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for index, (raw_id, wanted) in enumerate(rows):
        row: dict[str, Any] = {"action": "update", "id": int(raw_id) if raw_id.isdigit() else 0}
        if index == broken:
            results.append(
                {**row, "status": "Failed", "success": False, "error": "UpdateFailed", "details": "emulated"}
            )
            continue
        results.append({**row, **_attempt(partial(_update_row, account, raw_id, wanted, actor, queued))})
    return results


def _attempt(work: Callable[[], object]) -> dict[str, Any]:
    try:
        work()
    except RejectedError as error:
        body = error.resp.body
        details = body.get("details") or body.get("description")
        return {"status": "Failed", "success": False, "error": body["error"], "details": details}
    return {"status": "Updated", "success": True}


def _update_row(account: ZendeskAccount, raw_id: str, wanted: Mapping[str, Any], actor: User, queued: int) -> None:
    """Update one row; jobs always update safely: the default stamp is the instant of queueing."""
    ticket = account.ticket(raw_id)
    if "safe_update" not in wanted and ticket.updated > queued:
        raise update_conflict()
    change = dict(wanted)
    added, removed = change.pop("additional_tags", None), change.pop("remove_tags", None)
    if added is not None or removed is not None:
        tags = set(change.get("tags") or ticket.tags) | set(fields.clean_tags(added))
        change["tags"] = sorted(tags - set(fields.clean_tags(removed)))
    update_ticket(account, ticket, change, actor)


def create_many(account: ZendeskAccount, req: Req) -> Resp:
    """POST /tickets/create_many."""
    raw = req.json()
    rows = raw.get("tickets") if isinstance(raw, dict) else None
    if not isinstance(rows, list):
        raise parameter_missing("tickets")
    _check_count(rows)

    def work() -> list[dict[str, Any]]:
        made = [create_ticket(account, row, req.actor) for row in rows]
        return [{"index": index, "id": ticket.id, "status": "Created"} for index, ticket in enumerate(made)]

    job = start_job(account, "Bulk Create Ticket", len(rows), work)
    return Resp(body={"job_status": job_json(account, job, req.base_url)})


def destroy_many(account: ZendeskAccount, req: Req) -> Resp:
    """DELETE /tickets/destroy_many?ids=; its result is an object, not a list."""
    ids = req.query_list("ids")
    _check_count(ids)

    def work() -> dict[str, Any]:
        for one in ids:
            delete_ticket(account, account.ticket(one), req.actor)
        return {"success": True}

    job = start_job(account, "Bulk Delete Ticket", len(ids), work)
    return Resp(body={"job_status": job_json(account, job, req.base_url)})
