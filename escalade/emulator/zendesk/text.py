"""What Zendesk does to the text of a comment before it keeps it."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Ticket, User
    from escalade.emulator.zendesk.state import ZendeskAccount

MAX_BODY_BYTES = 65_536  # "64 kB body limit, silently truncated", ticket comments page

_PLACEHOLDER = re.compile(r"(\\?)\{\{\s*([^{}]*?)\s*\}\}")
_CODE = re.compile(r"(<code>.*?</code>)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]+>")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</(?:p|div|h[1-6]|li)>", re.IGNORECASE)
_SPACES = re.compile(r"[ \t]{2,}")
_LINES = re.compile(r"\n{3,}")


def kept_body(account: ZendeskAccount, ticket: Ticket, actor: User, raw: str) -> str:
    """Return a plain `body` as Zendesk keeps it: placeholders run, HTML gone, white space collapsed, cut."""
    text = _run_placeholders(account, ticket, actor, raw)
    text = _LINES.sub("\n\n", _SPACES.sub(" ", _TAG.sub("", text))).strip()
    return _cut(text)


def kept_html(account: ZendeskAccount, ticket: Ticket, actor: User, raw: str) -> tuple[str, str]:
    """Return an `html_body` as kept, and its plain text; placeholders inside <code> are left alone."""
    parts = [
        part if part.lower().startswith("<code>") else _run_placeholders(account, ticket, actor, part)
        for part in _CODE.split(raw)
    ]
    html = _cut("".join(parts))
    return html, _plain(html)


def _plain(html: str) -> str:
    """Return the text that Zendesk shows where it shows no HTML: line breaks and paragraphs stay apart."""
    text = _TAG.sub("", _PARAGRAPH.sub("\n\n", _BREAK.sub("\n", html)))
    return _LINES.sub("\n\n", unescape(text)).strip()


def html_of(body: str) -> str:
    """Return the HTML that Zendesk shows for a plain body."""
    paragraphs = "".join(f'<p dir="auto">{escape(part)}</p>' for part in body.split("\n\n"))
    return f'<div class="zd-comment" dir="auto">{paragraphs}</div>'


def _run_placeholders(account: ZendeskAccount, ticket: Ticket, actor: User, text: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        return _value(account, ticket, actor, match[2].split("|")[0].strip())

    return _PLACEHOLDER.sub(value, text)


def _value(account: ZendeskAccount, ticket: Ticket, actor: User, name: str) -> str:
    """Return what a known placeholder stands for; unknown ones vanish."""
    requester = account.users.get(ticket.requester_id)
    assignee = account.users.get(ticket.assignee_id or 0)
    organization = account.organizations.get(ticket.organization_id or 0)
    known = {
        "ticket.id": str(ticket.id),
        "ticket.title": ticket.subject,
        "ticket.description": ticket.description,
        "ticket.status": ticket.status.title(),
        "ticket.priority": (ticket.priority or "").title(),
        "ticket.external_id": ticket.external_id or "",
        "ticket.tags": " ".join(ticket.tags),
        "ticket.requester.name": requester.name if requester else "",
        "ticket.requester.email": requester.email if requester else "",
        "ticket.assignee.name": assignee.name if assignee else "",
        "ticket.organization.name": organization.name if organization else "",
        "current_user.name": actor.name,
        "current_user.email": actor.email,
    }
    return known.get(name, "")


def _cut(text: str) -> str:
    return text.encode()[:MAX_BODY_BYTES].decode(errors="ignore")
