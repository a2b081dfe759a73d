"""Records as Zendesk's JSON shows them."""

from __future__ import annotations

from functools import lru_cache
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.fields import CUSTOM_STATUS_IDS
from escalade.emulator.zendesk.text import html_of

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Audit, Change, Comment, Group, Organization, Ticket, User
    from escalade.emulator.zendesk.state import ZendeskAccount

BRAND_ID = 31_000_000_000_001
FORM_ID = 32_000_000_000_001

Json = dict[str, Any]

# What is the same on every ticket of the emulated account.
_ALWAYS: Json = {
    "recipient": None,
    "forum_topic_id": None,
    "satisfaction_rating": None,
    "sharing_agreement_ids": [],
    "followup_ids": [],
    "ticket_form_id": FORM_ID,
    "brand_id": BRAND_ID,
    "allow_channelback": False,
    "allow_attachments": True,
    "from_messaging_channel": False,
    "support_type": "agent",
}
# What is the same on every person.
_ANYBODY: Json = {
    **dict.fromkeys(
        ("phone", "shared_phone_number", "photo", "alias", "last_login_at", "signature", "details", "notes")
    ),
    "locale_id": 1,
    "verified": True,
    "active": True,
    "shared": False,
    "shared_agent": False,
    "two_factor_auth_enabled": None,
    "custom_role_id": None,
    "only_private_comments": False,
    "user_fields": {},
}


@lru_cache(maxsize=65536)
def iso(at: int | None) -> str | None:
    """Return an instant as `2026-03-04T08:00:00Z`; None stays None."""
    return None if at is None else strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(at))


def via_json(channel: str) -> Json:
    """Return the `via` object of a channel."""
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}}


def ticket_json(account: ZendeskAccount, ticket: Ticket, base_url: str) -> Json:
    """Return a ticket."""
    get = ticket.custom.get
    custom = [{"id": field_id, "value": get(field_id)} for field_id in account.fields]
    return {
        "url": f"{base_url}/api/v2/tickets/{ticket.id}.json",
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": via_json(ticket.via),
        "created_at": iso(ticket.created),
        "updated_at": iso(ticket.updated),
        "generated_timestamp": ticket.generated,
        "type": ticket.type,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": ticket.status,
        "requester_id": ticket.requester_id,
        "submitter_id": ticket.submitter_id,
        "assignee_id": ticket.assignee_id,
        "organization_id": ticket.organization_id,
        "group_id": ticket.group_id,
        "collaborator_ids": ticket.collaborator_ids,
        "follower_ids": ticket.follower_ids,
        "email_cc_ids": ticket.email_cc_ids,
        "problem_id": ticket.problem_id,
        "has_incidents": account.incidents[ticket.id] > 0,
        "is_public": ticket.is_public,
        "due_at": iso(ticket.due),
        "tags": ticket.tags,
        "custom_fields": custom,
        "custom_status_id": CUSTOM_STATUS_IDS.get(ticket.status),
        "encoded_id": f"E{ticket.id:06d}-MULA",
        "fields": custom,
        **_ALWAYS,
    }


def comment_json(comment: Comment, audit_id: int) -> Json:
    """Return a comment."""
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author_id,
        "body": comment.body,
        "html_body": comment.html or html_of(comment.body),
        "plain_body": comment.body,
        "public": comment.public,
        "attachments": [],
        "audit_id": audit_id,
        "via": via_json(comment.via),
        "created_at": iso(comment.at),
        "metadata": {"system": {}, "custom": {}},
    }


def audit_json(audit: Audit, ticket_id: int) -> Json:
    """Return an audit with its events."""
    events: list[Json] = []
    if audit.comment is not None:
        shown = comment_json(audit.comment, audit.id)
        for name in ("via", "created_at", "metadata"):
            del shown[name]
        events.append(shown)
    events += [change_json(change, created=audit.created) for change in audit.changes]
    return {
        "id": audit.id,
        "ticket_id": ticket_id,
        "created_at": iso(audit.at),
        "author_id": audit.author_id,
        "metadata": {"system": {"client": "emulator", "ip_address": "127.0.0.1"}, "custom": audit.custom},
        "events": events,
        "via": via_json(audit.via),
    }


def change_json(change: Change, *, created: bool) -> Json:
    """Return a Change event, or the Create event of a new ticket's field."""
    value, before = shown_value(change.value), shown_value(change.before)
    event: Json = {
        "id": change.id,
        "type": "Create" if created else "Change",
        "field_name": change.name,
        "value": value,
    }
    return event if created else {**event, "previous_value": before}


def shown_value(value: Any) -> Any:
    """Return a changed value as audits show it: numbers as strings."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def user_json(user: User, base_url: str) -> Json:
    """Return a person."""
    agent = user.is_agent
    return {
        **_ANYBODY,
        "id": user.id,
        "url": f"{base_url}/api/v2/users/{user.id}.json",
        "name": user.name,
        "email": user.email,
        "created_at": iso(user.created),
        "updated_at": iso(user.updated),
        "locale": user.locale,
        "time_zone": user.time_zone,
        "iana_time_zone": user.time_zone,
        "organization_id": user.organization_id,
        "role": user.role,
        "external_id": user.external_id,
        "tags": user.tags,
        "role_type": 4 if user.role == "admin" else None,
        "moderator": agent,
        "ticket_restriction": None if agent else "requested",
        "restricted_agent": not agent,
        "suspended": user.suspended,
        "default_group_id": user.group_ids[0] if user.group_ids else None,
        "report_csv": user.role == "admin",
    }


def organization_json(organization: Organization, base_url: str) -> Json:
    """Return a company."""
    return {
        "url": f"{base_url}/api/v2/organizations/{organization.id}.json",
        "id": organization.id,
        "name": organization.name,
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": organization.external_id,
        "created_at": iso(organization.created),
        "updated_at": iso(organization.updated),
        "domain_names": organization.domain_names,
        "details": organization.details or None,
        "notes": organization.notes or None,
        "group_id": organization.group_id,
        "tags": organization.tags,
        "organization_fields": organization.fields,
    }


def group_json(account: ZendeskAccount, group: Group, base_url: str) -> Json:
    """Return a group."""
    return {
        "url": f"{base_url}/api/v2/groups/{group.id}.json",
        "id": group.id,
        "is_public": True,
        "name": group.name,
        "description": group.description,
        "default": group.id == account.default_group.id,
        "deleted": False,
        "created_at": iso(group.created),
        "updated_at": iso(group.updated),
    }
