"""Comments of an issue and their properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import edit, hooks, render, values
from escalade.emulator.jira.call import RejectedError, empty, ok, page, refuse
from escalade.emulator.jira.model import Comment

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Issue, Json
    from escalade.emulator.routing import Resp

MOST_LISTED = 1000
PAGE = 100


def _expand(call: Call) -> frozenset[str]:
    return frozenset(call.req.query_list("expand"))


def listing(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/comment``, oldest first unless ``orderBy=-created``."""
    row = call.issue()
    shown = [entry for entry in row.comments if _readable(call, entry)]
    if (call.req.query("orderBy") or "").startswith("-"):
        shown.reverse()
    # Data Center gives all comments unless asked otherwise (JRASERVER-74572).
    default = PAGE if call.site.cloud else max(len(shown), 1)
    start, size = call.number("startAt", 0), call.number("maxResults", default, most=5000)
    chunk = [render.comment(call, row, entry, expand=_expand(call)) for entry in shown[start : start + size]]
    return ok({"startAt": start, "maxResults": size, "total": len(shown), "comments": chunk})


def _readable(call: Call, entry: Comment) -> bool:
    customer = call.caller is not None and not call.caller.agent
    return not customer or (entry.public and entry.visibility is None)


def _entry(call: Call, row: Issue) -> Comment:
    wanted = call.req.params["comment"]
    for entry in row.comments:
        if str(entry.id) == wanted and _readable(call, entry):
            return entry
    raise RejectedError(404, f"Can not find a comment for the id: {wanted}.")


def get(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/comment/{comment}``."""
    row = call.issue()
    return ok(render.comment(call, row, _entry(call, row), expand=_expand(call)))


def read(call: Call, body: Json) -> Comment:
    """Return the comment that a request body describes, not yet attached.

    Raises:
        RejectedError: 400 when the body is empty, too long or in the wrong form.
    """
    try:
        text, document = values.plain_text(call, body.get("body"), field_id="comment")
    except values.FieldError as error:
        refuse(400, comment=str(error))
    if not text.strip():
        refuse(400, comment="Comment body can not be empty!")
    now = call.site.now()
    return Comment(
        id=call.site.next_id("comment"),
        author=call.me,
        body=text,
        adf=document,
        created=now,
        updated=now,
        update_author=call.me,
        visibility=body.get("visibility"),
        properties=edit.properties_of(body.get("properties")),
    )


def attach(call: Call, row: Issue, entry: Comment) -> None:
    """Add a comment to an issue, which counts as an update of it."""
    call.site.remember(row)
    row.comments.append(entry)
    call.site.touch(row)
    hooks.comment_changed(call, row, entry, "created")


def post(call: Call) -> Resp:
    """Serve ``POST /issue/{issue}/comment``; in service projects the comment is public unless marked internal."""
    row = call.issue()
    if not call.may("ADD_COMMENTS", call.site.projects[row.project]):
        refuse(403, "You do not have permission to comment on this issue.")
    if len(row.comments) >= call.site.comment_limit:
        refuse(413, f"The issue has reached the limit of {call.site.comment_limit} comments.")
    entry = read(call, call.body())
    attach(call, row, entry)
    shown = render.comment(call, row, entry, expand=_expand(call))
    return ok(shown, 201, Location=shown["self"])


def put(call: Call) -> Resp:
    """Serve ``PUT /issue/{issue}/comment/{comment}``; without ``properties`` they stay as they are."""
    row = call.issue()
    entry = _entry(call, row)
    if entry.author != call.me and not call.may("EDIT_ALL_COMMENTS", call.site.projects[row.project]):
        refuse(400, "You do not have the permission to edit this comment.")
    body = call.body()
    draft = read(call, body)
    entry.body, entry.adf, entry.update_author = draft.body, draft.adf, call.me
    entry.updated = call.site.now()
    entry.visibility = body.get("visibility", entry.visibility)
    if "properties" in body:
        entry.properties = draft.properties
    call.site.touch(row)
    hooks.comment_changed(call, row, entry, "updated")
    return ok(render.comment(call, row, entry, expand=_expand(call)))


def delete(call: Call) -> Resp:
    """Serve ``DELETE /issue/{issue}/comment/{comment}``."""
    row = call.issue()
    entry = _entry(call, row)
    row.comments.remove(entry)
    call.site.touch(row)
    hooks.comment_changed(call, row, entry, "deleted")
    return empty()


def bulk(call: Call) -> Resp:
    """Serve ``POST /comment/list``: comments by id, whatever their issue."""
    wanted = call.body().get("ids")
    if not isinstance(wanted, list) or len(wanted) > MOST_LISTED:
        refuse(400, f"The ids array must hold between 1 and {MOST_LISTED} comment ids.")
    ids = {int(item) for item in wanted}
    found = [render.comment(call, row, entry, expand=_expand(call)) for row, entry in _all(call) if entry.id in ids]
    return ok(page(found, 0, MOST_LISTED))


def _all(call: Call) -> list[tuple[Issue, Comment]]:
    rows = call.site.issues.values()
    return [(row, entry) for row in rows if row.comments and call.sees(row) for entry in row.comments]


def _anywhere(call: Call) -> Comment:
    wanted = call.req.params["comment"]
    for _, entry in _all(call):
        if str(entry.id) == wanted and _readable(call, entry):
            return entry
    raise RejectedError(404, f"Can not find a comment for the id: {wanted}.")


def properties(call: Call) -> Resp:
    """Serve ``GET /comment/{comment}/properties``."""
    wanted, entry = call.req.params["comment"], _anywhere(call)
    keys = [{"self": call.url(f"comment/{wanted}/properties/{key}"), "key": key} for key in entry.properties]
    return ok({"keys": keys})


def get_property(call: Call) -> Resp:
    """Serve ``GET /comment/{comment}/properties/{key}``."""
    key, entry = call.req.params["key"], _anywhere(call)
    if key not in entry.properties:
        refuse(404, f"The property {key} does not exist.")
    return ok({"key": key, "value": entry.properties[key]})


def put_property(call: Call) -> Resp:
    """Serve ``PUT /comment/{comment}/properties/{key}``: 201 when new, 200 when replaced."""
    key, entry = call.req.params["key"], _anywhere(call)
    value: Any = call.req.json()
    known = key in entry.properties
    entry.properties[key] = value
    return ok(None, 200 if known else 201)


def delete_property(call: Call) -> Resp:
    """Serve ``DELETE /comment/{comment}/properties/{key}``."""
    key, entry = call.req.params["key"], _anywhere(call)
    if entry.properties.pop(key, None) is None:
        refuse(404, f"The property {key} does not exist.")
    return empty()
