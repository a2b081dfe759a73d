"""Commands in Jira: taken out of internal comments, past the backslashes of its mark-up."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.jira import markup, wire
from connectors.jira.translate import Lexicon, Translator
from rules.commands import Command
from rules.hearing import Hearing, spoken_for

LEXICON = Lexicon(
    helpdesk="jira", browse_url="https://acme.example", me="bot", hearing=Hearing(phrases=("escalate it",))
)
AGENT = {"accountId": "a", "accountType": "atlassian"}
CUSTOMER = {"accountId": "c", "accountType": "customer"}
BOT = {"accountId": "bot", "accountType": "atlassian"}


def heard(author: dict[str, str], body: str, project: str = "software", **more: Any) -> tuple[Command, ...]:
    created = "2025-07-25T21:01:33.495+0200"
    comment = {"id": "1", "created": created, "author": author, "body": body, **more}
    fields = {
        "summary": "Login fails",
        "status": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}},
        "project": {"id": "10", "key": "OPS", "name": "Operations", "projectTypeKey": project},
        "issuetype": {"name": "Incident", "subtask": False},
        "created": created,
        "updated": created,
        "comment": {"comments": [comment], "total": 1},
    }
    issue = {"id": "35", "key": "OPS-1", "fields": fields}
    decoded = wire.IssueDecoder(LEXICON.custom_fields).issue.decode(msgspec.json.encode(issue))
    return Translator(LEXICON).ticket(decoded).comments[0].commands


@pytest.mark.parametrize(
    ("project", "more", "counts"),
    [
        ("software", {}, True),
        ("software", {"jsdPublic": True}, True),
        ("service_desk", {"jsdPublic": True}, False),
        ("service_desk", {"jsdPublic": False}, True),
    ],
)
def test_a_comment_commands_where_no_customer_reads_it(project: str, more: dict[str, Any], *, counts: bool) -> None:
    assert bool(heard(AGENT, "#accept", project, **more)) is counts


@pytest.mark.parametrize("body", [
    "#item Fix it - now | owner: anna",
    "\\#item Fix it \\- now \\| owner: anna",
    markup.body("#item Fix it - now | owner: anna"),
])  # fmt: skip
def test_backslashes_that_only_keep_signs_from_being_markup_are_not_read(body: str) -> None:
    assert heard(AGENT, body) == (Command(verb="item", text="Fix it - now", options={"owner": "anna"}),)


def test_a_customer_of_the_service_desk_asks_with_the_phrase_alone() -> None:
    assert heard(CUSTOMER, "please escalate it", "service_desk") == (Command(verb="escalate", phrase=True),)
    assert heard(CUSTOMER, "#escalate", "service_desk") == ()


def test_the_command_line_is_read_back_out_of_the_markup_that_it_was_written_in() -> None:
    written = markup.body(spoken_for("anna-b_c", ["#de-escalate it works | by: anna"]))

    assert heard(BOT, written) == (Command(verb="de-escalate", text="it works", options={"by": "anna"}, by="anna-b_c"),)
    assert heard(BOT, markup.body("Asked again:\n#accept")) == ()
