"""Users, groups, memberships and organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import invalid, not_found, parameter_missing, too_many_values
from escalade.emulator.zendesk.fields import clean_tags
from escalade.emulator.zendesk.paging import paged
from escalade.emulator.zendesk.render import group_json, iso, organization_json, user_json
from escalade.emulator.zendesk.routes import read, write
from escalade.emulator.zendesk.tickets import body_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escalade.emulator.zendesk.model import User
    from escalade.emulator.zendesk.state import ZendeskAccount

MAX_MANY = 100


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        read("/api/v2/users/me", show_me),
        read("/api/v2/users", list_users),
        read("/api/v2/users/show_many", show_many_users),
        read("/api/v2/users/search", search_users),
        read("/api/v2/users/{id}", show_user),
        read("/api/v2/groups", list_groups),
        read("/api/v2/groups/assignable", list_groups),
        read("/api/v2/groups/{id}", show_group),
        read("/api/v2/groups/{id}/memberships", list_memberships),
        read("/api/v2/group_memberships", list_memberships),
        read("/api/v2/organizations", list_organizations),
        read("/api/v2/organizations/show_many", show_many_organizations),
        read("/api/v2/organizations/{id}", show_organization),
        write("PUT", "/api/v2/organizations/{id}", update_organization),
    ]


def show_me(_account: ZendeskAccount, req: Req) -> Resp:
    """GET /users/me."""
    return Resp(body={"user": user_json(req.actor, req.base_url)})


def list_users(account: ZendeskAccount, req: Req) -> Resp:
    """GET /users, by role."""
    roles = set(req.query_list("role"))
    rows = [user for user in account.users.values() if not roles or user.role in roles]
    return _user_page(req, rows)


def _user_page(req: Req, rows: list[User]) -> Resp:
    page = paged(req, "users", rows, lambda user: user_json(user, req.base_url), key=lambda user: user.id)
    return Resp(body=page)


def show_user(account: ZendeskAccount, req: Req) -> Resp:
    """GET /users/{id}."""
    return Resp(body={"user": user_json(account.user(req.params["id"]), req.base_url)})


def show_many_users(account: ZendeskAccount, req: Req) -> Resp:
    """GET /users/show_many."""
    ids = _many_ids(req)
    external = set(req.query_list("external_ids"))
    rows = [user for user in account.users.values() if user.id in ids or user.external_id in external]
    shown = [user_json(user, req.base_url) for user in rows]
    return Resp(body={"users": shown, "next_page": None, "previous_page": None, "count": len(shown)})


def search_users(account: ZendeskAccount, req: Req) -> Resp:
    """GET /users/search by `external_id` or a part of name or address."""
    external, query = req.query("external_id"), (req.query("query") or "").removeprefix("email:").lower()
    rows = [
        user
        for user in account.users.values()
        if (external is not None and user.external_id == external)
        or (query and (query in user.email.lower() or query in user.name.lower()))
    ]
    return _user_page(req, rows)


def list_groups(account: ZendeskAccount, req: Req) -> Resp:
    """GET /groups, by name."""
    rows = sorted(account.groups.values(), key=lambda group: group.name)
    page = paged(req, "groups", rows, lambda one: group_json(account, one, req.base_url), key=lambda one: one.id)
    return Resp(body=page)


def show_group(account: ZendeskAccount, req: Req) -> Resp:
    """GET /groups/{id}."""
    raw = req.params["id"]
    if not raw.isdigit() or int(raw) not in account.groups:
        raise not_found()
    return Resp(body={"group": group_json(account, account.groups[int(raw)], req.base_url)})


def list_memberships(account: ZendeskAccount, req: Req) -> Resp:
    """GET /group_memberships and /groups/{id}/memberships."""
    wanted = req.params.get("id")
    if wanted is not None and (not wanted.isdigit() or int(wanted) not in account.groups):
        raise not_found()
    pairs = [(user, group_id) for user in account.users.values() for group_id in user.group_ids]
    rows = [pair for pair in pairs if wanted is None or str(pair[1]) == wanted]
    page = paged(req, "group_memberships", rows, lambda pair: _membership(*pair, req.base_url), key=_membership_id)
    return Resp(body=page)


def _membership_id(pair: tuple[User, int]) -> int:
    return (pair[0].id % 1_000_000) * 1_000_000 + pair[1] % 1_000_000


def _membership(user: User, group_id: int, base_url: str) -> dict[str, Any]:
    membership_id = _membership_id((user, group_id))
    return {
        "url": f"{base_url}/api/v2/group_memberships/{membership_id}.json",
        "id": membership_id,
        "user_id": user.id,
        "group_id": group_id,
        "default": user.group_ids[0] == group_id,
        "created_at": iso(user.created),
        "updated_at": iso(user.created),
    }


def list_organizations(account: ZendeskAccount, req: Req) -> Resp:
    """GET /organizations."""
    rows = list(account.organizations.values())
    page = paged(req, "organizations", rows, lambda one: organization_json(one, req.base_url), key=lambda one: one.id)
    return Resp(body=page)


def show_many_organizations(account: ZendeskAccount, req: Req) -> Resp:
    """GET /organizations/show_many by ids or external_ids."""
    ids, external = _many_ids(req), set(req.query_list("external_ids"))
    rows = [one for one in account.organizations.values() if one.id in ids or one.external_id in external]
    shown = [organization_json(one, req.base_url) for one in rows]
    return Resp(body={"organizations": shown, "next_page": None, "previous_page": None, "count": len(shown)})


def show_organization(account: ZendeskAccount, req: Req) -> Resp:
    """GET /organizations/{id}."""
    return Resp(body={"organization": organization_json(account.organization(req.params["id"]), req.base_url)})


def update_organization(account: ZendeskAccount, req: Req) -> Resp:
    """PUT /organizations/{id}: ordinary agents change only the notes."""
    organization, wanted = account.organization(req.params["id"]), body_object(req, "organization")
    if req.actor.role != "admin" and set(wanted) - {"id", "notes"}:
        raise invalid({"base": "Agents may only change the notes of an organization"}, "InvalidValue")
    fields = wanted.get("organization_fields") or {}
    organization.fields |= {key: value for key, value in fields.items() if key in account.organization_fields}
    for name in ("name", "notes", "details", "external_id"):
        if name in wanted:
            setattr(organization, name, wanted[name])
    if "tags" in wanted:
        organization.tags = clean_tags(wanted["tags"])
    organization.updated = account.now()
    return Resp(body={"organization": organization_json(organization, req.base_url)})


def _many_ids(req: Req) -> set[int]:
    raw: Iterable[str] = req.query_list("ids")
    given = [*raw, *req.query_list("external_ids")]
    if not given:
        raise parameter_missing("ids")
    if len(given) > MAX_MANY:
        raise too_many_values("ids", MAX_MANY)
    return {int(one) for one in raw if one.isdigit()}
