"""What an account is set up with: fields, statuses, triggers, macros, brands, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import invalid, not_found
from escalade.emulator.zendesk.fields import CUSTOM_STATUS_IDS, PRIORITIES, STATUSES, TYPES
from escalade.emulator.zendesk.paging import paged
from escalade.emulator.zendesk.render import BRAND_ID, iso
from escalade.emulator.zendesk.routes import read, write
from escalade.emulator.zendesk.tickets import body_object

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Field
    from escalade.emulator.zendesk.state import ZendeskAccount

_SYSTEM_FIELDS = (
    ("subject", "Subject", ()),
    ("description", "Description", ()),
    ("status", "Status", STATUSES),
    ("tickettype", "Type", TYPES),
    ("priority", "Priority", PRIORITIES),
    ("group", "Group", ()),
    ("assignee", "Assignee", ()),
)
_SYSTEM_FIELD_BASE = 33_000_000_000_000


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        read("/api/v2/ticket_fields", list_fields),
        write("POST", "/api/v2/ticket_fields", create_field),
        read("/api/v2/ticket_fields/{id}", show_field),
        read("/api/v2/organization_fields", list_organization_fields),
        read("/api/v2/custom_statuses", list_statuses),
        read("/api/v2/triggers", _empty("triggers")),
        read("/api/v2/automations", _empty("automations")),
        read("/api/v2/macros", _empty("macros")),
        read("/api/v2/brands", list_brands),
        read("/api/v2/account/settings", show_settings),
        read("/api/v2/tags", list_tags),
    ]


def _empty(name: str) -> Any:
    def listing(_account: ZendeskAccount, req: Req) -> Resp:
        rows: list[int] = []
        return Resp(body=paged(req, name, rows, lambda row: row, key=lambda row: row))

    return listing


def list_fields(account: ZendeskAccount, req: Req) -> Resp:
    """GET /ticket_fields: the system's fields, then the custom ones."""
    system = [_system_field(rank, req.base_url) for rank in range(len(_SYSTEM_FIELDS))]
    rows = [*system, *(field_json(one, req.base_url) for one in account.fields.values())]
    return Resp(body=paged(req, "ticket_fields", rows, lambda row: row, key=lambda row: row["id"]))


def create_field(account: ZendeskAccount, req: Req) -> Resp:
    """POST /ticket_fields."""
    wanted = body_object(req, "ticket_field")
    if not wanted.get("title") or not wanted.get("type"):
        raise invalid({"title": "Title: cannot be blank"})
    options = [(str(one["name"]), str(one["value"])) for one in wanted.get("custom_field_options") or []]
    made = account.add_field(title=str(wanted["title"]), kind=str(wanted["type"]), options=options)
    return Resp(status=201, body={"ticket_field": field_json(made, req.base_url)})


def show_field(account: ZendeskAccount, req: Req) -> Resp:
    """GET /ticket_fields/{id}."""
    raw = req.params["id"]
    if not raw.isdigit() or int(raw) not in account.fields:
        raise not_found()
    return Resp(body={"ticket_field": field_json(account.fields[int(raw)], req.base_url)})


def field_json(field: Field, base_url: str) -> dict[str, Any]:
    """Return a custom ticket field."""
    shown = _common_field(field.id, field.title, field.type, iso(field.created), base_url)
    shown |= {"removable": True, "key": field.key or None, "position": 9999, "active": field.active}
    if field.options:
        shown["custom_field_options"] = [
            {"id": field.id + rank, "name": name, "raw_name": name, "value": value, "default": False}
            for rank, (name, value) in enumerate(field.options, start=1)
        ]
    return shown


def _system_field(rank: int, base_url: str) -> dict[str, Any]:
    kind, title, options = _SYSTEM_FIELDS[rank]
    shown = _common_field(_SYSTEM_FIELD_BASE + rank, title, kind, iso(0), base_url)
    shown |= {"removable": False, "key": None, "position": rank}
    if options:
        shown["system_field_options"] = [{"name": one.title(), "value": one} for one in options]
    return shown


def _common_field(field_id: int, title: str, kind: str, created: str | None, base_url: str) -> dict[str, Any]:
    words = ("title", "raw_title", "title_in_portal", "raw_title_in_portal")
    flags = ("required", "collapsed_for_agents", "visible_in_portal", "editable_in_portal", "required_in_portal")
    return {
        "url": f"{base_url}/api/v2/ticket_fields/{field_id}.json",
        "id": field_id,
        "type": kind,
        **dict.fromkeys(words, title),
        "description": "",
        "raw_description": "",
        "active": True,
        **dict.fromkeys(flags, False),
        "regexp_for_validation": None,
        "tag": None,
        "agent_description": None,
        "created_at": created,
        "updated_at": created,
    }


def list_organization_fields(account: ZendeskAccount, req: Req) -> Resp:
    """GET /organization_fields."""
    rows = list(account.organization_fields.values())
    page = paged(
        req, "organization_fields", rows, lambda one: _organization_field(one, req.base_url), key=lambda one: one.id
    )
    return Resp(body=page)


def _organization_field(field: Field, base_url: str) -> dict[str, Any]:
    created = iso(field.created)
    kind = "dropdown" if field.type == "tagger" else field.type
    shown = {
        "url": f"{base_url}/api/v2/organization_fields/{field.id}.json",
        "id": field.id,
        "type": kind,
        "key": field.key,
        "title": field.title,
        "raw_title": field.title,
        "description": "",
        "raw_description": "",
        "position": 0,
        "active": True,
        "system": False,
        "regexp_for_validation": None,
        "created_at": created,
        "updated_at": created,
    }
    if field.options:
        shown["custom_field_options"] = [
            {"id": field.id + rank, "name": name, "raw_name": name, "value": value}
            for rank, (name, value) in enumerate(field.options, start=1)
        ]
    return shown


def list_statuses(account: ZendeskAccount, req: Req) -> Resp:
    """GET /custom_statuses: the default one of each category."""
    rows = [
        {
            "url": f"{req.base_url}/api/v2/custom_statuses/{number}.json",
            "id": number,
            "status_category": status,
            "agent_label": status.title(),
            "raw_agent_label": status.title(),
            "end_user_label": status.title(),
            "raw_end_user_label": status.title(),
            "description": "",
            "raw_description": "",
            "end_user_description": "",
            "raw_end_user_description": "",
            "active": True,
            "default": True,
            "created_at": iso(account.default_group.created),
            "updated_at": iso(account.default_group.created),
        }
        for status, number in CUSTOM_STATUS_IDS.items()
        if status != "closed"
    ]
    return Resp(body={"custom_statuses": rows})


def list_brands(account: ZendeskAccount, req: Req) -> Resp:
    """GET /brands: one."""
    brand = {"id": BRAND_ID, "name": "Emulator", "subdomain": account.subdomain, "active": True, "default": True}
    return Resp(body=paged(req, "brands", [brand], lambda row: row, key=lambda row: row["id"]))


def show_settings(_account: ZendeskAccount, _req: Req) -> Resp:
    """GET /account/settings, in part."""
    tickets = {"collaboration": True, "comments_public_by_default": True, "tagging": True}
    return Resp(body={"settings": {"tickets": tickets, "users": {"tagging": True}, "api": {"api_token_access": True}}})


def list_tags(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tags: the most used first."""
    counts: dict[str, int] = {}
    for ticket in account.tickets.values():
        for tag in ticket.tags:
            counts[tag] = counts.get(tag, 0) + 1
    rows = [
        {"name": tag, "count": count} for tag, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return Resp(body=paged(req, "tags", rows, lambda row: row, key=lambda row: row["name"]))
