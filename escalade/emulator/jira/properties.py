"""Entity properties of an issue: state that no screen shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalade.emulator.jira import hooks
from escalade.emulator.jira.call import empty, ok, refuse
from escalade.emulator.jira.edit import PROPERTY_KEY_LIMIT, PROPERTY_LIMIT

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Issue
    from escalade.emulator.routing import Resp


def listing(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/properties``."""
    row = call.issue()
    keys = [{"self": call.url(f"issue/{row.id}/properties/{key}"), "key": key} for key in row.properties]
    return ok({"keys": keys})


def get(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/properties/{key}``."""
    row, key = call.issue(), call.req.params["key"]
    if key not in row.properties:
        refuse(404, f"The property {key} does not exist.")
    return ok({"key": key, "value": row.properties[key]})


def put(call: Call) -> Resp:
    """Serve ``PUT /issue/{issue}/properties/{key}``: 201 when new, 200 when replaced."""
    row, key = call.issue(), call.req.params["key"]
    _check_editor(call, row)
    value = call.req.json()
    if not call.req.body:
        refuse(400, "The property value must be a non-empty JSON value.")
    if len(key) > PROPERTY_KEY_LIMIT or len(call.req.body.decode()) > PROPERTY_LIMIT:
        refuse(400, f"The property is too long: key {PROPERTY_KEY_LIMIT}, value {PROPERTY_LIMIT} characters.")
    known = key in row.properties
    row.properties[key] = value
    hooks.property_set(call, row, key, value)
    return ok(None, 200 if known else 201)


def delete(call: Call) -> Resp:
    """Serve ``DELETE /issue/{issue}/properties/{key}``."""
    row, key = call.issue(), call.req.params["key"]
    _check_editor(call, row)
    if key not in row.properties:
        refuse(404, f"The property {key} does not exist.")
    del row.properties[key]
    return empty()


def _check_editor(call: Call, row: Issue) -> None:
    call.me  # noqa: B018  # refuses anonymous callers
    if not call.may("EDIT_ISSUES", call.site.projects[row.project]):
        refuse(403, "You do not have permission to edit this issue.")
