"""Tickets as an agent sees them in the helpdesk, read through the vendors' own APIs, with Escalade's reasons beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from escalade.app import App
from escalade.demo.desk import JIRA_LOGIN, ZENDESK_LOGIN
from escalade.demo.stage import Stage
from rules.ticket import TicketRef

_SHOWN_COMMENTS = 5
_SHOWN_REASONS = 12


def show_tickets(console: Console, stage: Stage, app: App, refs: Sequence[TicketRef]) -> None:
    """One panel a ticket: tags, priority, notes, links and subtasks, and why each of them is there."""
    console.print()
    console.print(f"[bold]{len(refs)} tickets as an agent sees them in the helpdesk[/]")
    for ref in refs:
        ticket = stage.get(f"/api/v2/tickets/{ref.id}", ZENDESK_LOGIN)["ticket"]
        view = Group(_head(stage, ticket), _comments(stage, ref), *_tracker(stage, ref), _reasons(app, ref))
        title = f"[bold]Zendesk #{ref.id}[/] {escape(str(ticket['subject']))}"
        console.print(Panel(view, title=title, title_align="left", border_style="cyan"))


def _head(stage: Stage, ticket: Mapping[str, Any]) -> Table:
    groups = {group["id"]: group["name"] for group in stage.get("/api/v2/groups", ZENDESK_LOGIN)["groups"]}
    table = Table.grid(padding=(0, 2))
    table.add_row("Status", str(ticket["status"]), "Priority", str(ticket["priority"] or "–"))
    table.add_row("Group", str(groups.get(ticket["group_id"], "–")), "Tags", escape(", ".join(ticket["tags"]) or "–"))
    return table


def _comments(stage: Stage, ref: TicketRef) -> Group:
    found = stage.get(f"/api/v2/tickets/{ref.id}/comments?include=users", ZENDESK_LOGIN)
    names = {user["id"]: user["name"] for user in found.get("users", [])}
    lines = [Text("\nConversation", style="bold")]
    for comment in found["comments"][-_SHOWN_COMMENTS:]:
        kind = "public reply" if comment["public"] else "internal note"
        who = names.get(comment["author_id"], "somebody")
        body = str(comment.get("plain_body") or comment["body"]).strip()
        lines.append(Text(f"{comment['created_at']}  {who}, {kind}:", style="dim" if comment["public"] else "yellow"))
        lines.append(Text("  " + body.replace("\n", "\n  ")))
    return Group(*lines)


def _tracker(stage: Stage, ref: TicketRef) -> list[Text]:
    links = stage.get(f"/api/v2/jira/links?ticket_id={ref.id}", ZENDESK_LOGIN)["links"]
    lines = [Text("\nIn Jira", style="bold")] if links else []
    for link in links:
        found = stage.get(f"/rest/api/2/issue/{link['issue_id']}", JIRA_LOGIN)
        fields = found["fields"]
        lines.append(Text(f"{found['key']}  {fields['summary']}  [{fields['status']['name']}]"))
        for child in fields.get("subtasks", []):
            inner = child["fields"]
            lines.append(Text(f"  └ {child['key']}  {inner['summary']}  [{inner['status']['name']}]"))
    return lines


def _reasons(app: App, ref: TicketRef) -> Group:
    entries = [one for one in app.store.journal(ref) if one.action in {"write.applied", "write.found", "override.seen"}]
    lines = [Text("\nWhat Escalade did, and why (escalade journal " + str(ref) + ")", style="bold")]
    lines += [Text(f"{one.at:%Y-%m-%d %H:%M}  {' '.join(one.text.split())}") for one in entries[:_SHOWN_REASONS]]
    if len(entries) > _SHOWN_REASONS:
        lines.append(Text(f"… and {len(entries) - _SHOWN_REASONS} more", style="dim"))
    return Group(*lines)


def show_calls(console: Console, calls: Mapping[str, int]) -> None:
    """How many calls of the vendors' APIs all of it took, by endpoint, as the helpdesks counted them."""
    table = Table(title="API calls, counted by the helpdesks", title_justify="left")
    table.add_column("Call")
    table.add_column("Times", justify="right")
    for call, count in sorted(calls.items(), key=lambda item: -item[1]):
        table.add_row(escape(call), f"{count:,}")
    table.add_row("[bold]all[/]", f"[bold]{sum(calls.values()):,}[/]")
    console.print(table)
