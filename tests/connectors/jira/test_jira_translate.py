"""What Jira's payloads mean, without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira import wire
from connectors.jira.translate import Lexicon, Translator, UnreadableError, instant, scalar
from rules.forms import CommentForm
from rules.ticket import AccountRef, Link, LinkKind, Priority, Side, StatusCategory, Ticket, TicketRef

LEXICON = Lexicon(
    helpdesk="jira",
    browse_url="https://acme.example",
    me="bot",
    priorities={"high": Priority.HIGH},
    statuses={"waiting for customer": StatusCategory.PENDING},
    fields={"impact": "customfield_1"},
    account_field="customfield_2",
    group_field="customfield_3",
)


def issue(**fields: Any) -> dict[str, Any]:
    base = {
        "summary": "Login fails",
        "status": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}},
        "project": {"id": "10", "key": "OPS", "name": "Operations"},
        "issuetype": {"name": "Incident", "subtask": False},
        "created": "2025-07-25T21:01:33.495+0200",
        "updated": "2025-07-25T21:31:33.495-0330",
    }
    return {"id": "35", "key": "OPS-1", "fields": {**base, **fields}}


def ticket(lexicon: Lexicon = LEXICON, **fields: Any) -> Ticket:
    return Translator(lexicon).ticket(decoded(lexicon, **fields))


def decoded(lexicon: Lexicon = LEXICON, **fields: Any) -> wire.Issue[wire.Fields]:
    return wire.IssueDecoder(lexicon.custom_fields).issue.decode(msgspec.json.encode(issue(**fields)))


def comment(author: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    page = {"id": "1", "created": "2025-07-25T21:01:33.495+0200", "author": author, "body": "secret words", **more}
    return {"comments": [page], "total": 1}


@pytest.mark.trap("jira-time-offsets")
@given(
    moment=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    minutes=st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_times_of_any_offset_are_read_as_the_same_instant_in_utc(moment: datetime, minutes: int) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    written = f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"
    assert instant(written) == moment
    assert instant(written).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2025-07-25T21:01:33.495",
        "2025-07-25T21:01:33.495.4950",
        "2025-07-25T21:01:33.49+02:00+0200",
        "0001-01-01T00:00:00.000+0200",
        "",
    ],
)
def test_a_time_that_is_none_or_has_no_offset_is_told(text: str) -> None:
    with pytest.raises(UnreadableError, match="time"):
        instant(text)


def test_an_issue_becomes_a_ticket_with_its_immutable_id() -> None:
    found = ticket(priority={"id": "2", "name": "High"}, labels=["vip"], customfield_1={"value": "Big"})
    assert found.ref == TicketRef("jira", "35")
    assert (found.key, found.url) == ("OPS-1", "https://acme.example/browse/OPS-1")
    assert found.created_at == datetime(2025, 7, 25, 19, 1, 33, 495000, tzinfo=UTC)
    assert found.updated_at == datetime(2025, 7, 26, 1, 1, 33, 495000, tzinfo=UTC)
    assert (found.priority, found.priority_name) == (Priority.HIGH, "High")
    assert (found.tags, found.fields, found.type) == (frozenset({"vip"}), {"impact": "Big"}, "Incident")


def test_a_ticket_without_account_requester_priority_or_comments_is_fine() -> None:
    found = ticket(priority=None, reporter=None)
    assert (found.account, found.requester, found.priority, found.comments) == (None, None, None, ())


@pytest.mark.trap("jira-priority-names")
def test_a_priority_that_is_not_mapped_keeps_its_name() -> None:
    found = ticket(priority={"id": "9", "name": "Sofort"})
    assert (found.priority, found.priority_name) == (None, "Sofort")


@pytest.mark.parametrize(
    ("name", "category", "stands"),
    [
        ("To Do", "new", StatusCategory.NEW),
        ("Irgendwas", "indeterminate", StatusCategory.OPEN),
        ("Done", "done", StatusCategory.SOLVED),
        ("Waiting For Customer", "indeterminate", StatusCategory.PENDING),
    ],
)
def test_a_status_stands_where_the_settings_say_or_else_its_category(
    name: str, category: str, stands: StatusCategory
) -> None:
    assert ticket(status={"name": name, "statusCategory": {"key": category}}).status is stands


def test_a_status_of_no_known_category_says_what_to_add_to_the_settings() -> None:
    with pytest.raises(UnreadableError, match=r"'Limbo'.*`statuses`"):
        ticket(status={"name": "Limbo", "statusCategory": {"key": "undefined"}})


def test_the_account_is_the_first_organisation_of_the_request() -> None:
    fields = {"customfield_2": [{"id": "7", "name": "Acme"}, {"id": "8", "name": "Other"}]}
    assert ticket(**fields).account == AccountRef("jira", "7")
    account = Translator(LEXICON).account(decoded(**fields))
    assert account is not None
    assert account.name == "Acme"


@pytest.mark.parametrize(
    ("author", "side"),
    [
        ({"accountId": "a", "accountType": "atlassian"}, Side.AGENT),
        ({"accountId": "c", "accountType": "customer"}, Side.REQUESTER),
        ({"accountId": "x", "accountType": "app"}, Side.SYSTEM),
        ({"accountId": "bot", "accountType": "atlassian"}, Side.SYSTEM),
        (None, Side.REQUESTER),
    ],
)
@pytest.mark.trap("jira-account-types")
def test_the_account_type_tells_on_which_side_a_comment_was_written(author: dict[str, Any] | None, side: Side) -> None:
    assert ticket(comment=comment(author)).comments[0].side is side


@pytest.mark.parametrize(("kind", "side"), [("service_desk", Side.REQUESTER), ("software", Side.AGENT)])
def test_the_reporter_of_a_service_request_speaks_for_the_customer(kind: str, side: Side) -> None:
    person = {"key": "JIRAUSER1", "name": "kim"}
    project = {"id": "10", "key": "OPS", "projectTypeKey": kind}
    assert ticket(reporter=person, project=project, comment=comment(person)).comments[0].side is side


@pytest.mark.parametrize(
    ("more", "public"),
    [({}, True), ({"jsdPublic": False}, False), ({"jsdPublic": True, "visibility": {"type": "role"}}, False)],
)
def test_internal_and_restricted_comments_are_not_public(more: dict[str, Any], public: bool) -> None:
    assert ticket(comment=comment({"accountId": "a"}, **more)).comments[0].public is public


def test_a_polled_ticket_holds_no_words_of_its_comments() -> None:
    assert "secret words" not in repr(ticket(comment=comment({"accountId": "a"})))


def test_a_polled_ticket_knows_the_form_of_its_comments() -> None:
    [polled] = ticket(comment=comment(None, body="*Date - 03/14*\nThe cause is found.")).comments
    assert polled.form == CommentForm(month=3, day=14, text=True)


@pytest.mark.trap("jira-comments-truncated")
def test_comments_that_were_cut_off_do_not_pass_for_all() -> None:
    assert ticket(comment={**comment(None), "total": 1}).comments_complete
    assert not ticket(comment={**comment(None), "total": 2}).comments_complete
    assert not ticket().comments_complete


@pytest.mark.trap("jira-link-direction")
def test_the_inward_end_of_a_blocking_link_is_what_the_ticket_waits_for() -> None:
    other = {"id": "9", "key": "DEV-1"}
    waits = {"type": {"name": "Blocks"}, "inwardIssue": other}
    blocks = {"type": {"name": "Blocks"}, "outwardIssue": other}
    kinds = [link.kind for link in ticket(issuelinks=[waits, blocks]).links]
    assert kinds == [LinkKind.TRACKED_BY, LinkKind.RELATED]
    assert ticket(issuelinks=[waits]).links[0] == Link(to=TicketRef("jira", "9"), kind=LinkKind.TRACKED_BY, key="DEV-1")


def test_subtasks_are_the_children() -> None:
    stub = {"id": "40", "key": "OPS-2", "fields": {"summary": "Fix", "status": issue()["fields"]["status"]}}
    child = ticket(subtasks=[stub]).children[0]
    assert (child.ref.id, child.key, child.title, child.status) == ("40", "OPS-2", "Fix", StatusCategory.OPEN)


@pytest.mark.parametrize(
    ("value", "flat"),
    [
        (None, None),
        ("x", "x"),
        (1.5, 1.5),
        ({"value": "Big", "id": "3"}, "Big"),
        ({"name": "Team A"}, "Team A"),
        ({"value": "EU", "child": {"value": "Berlin"}}, "EU - Berlin"),
        ({"child": {"value": "Berlin"}}, None),
        ({"displayName": "Kim", "active": True}, "Kim"),
        ({"value": {"name": "Deep"}}, "Deep"),
        ({"completedCycles": []}, None),
        ([{"value": "a"}, {"value": "b"}], "a, b"),
        ([["a", {"name": "b"}], 2, None, False], "a, b, 2, False"),
        ([], None),
    ],
)
def test_field_values_become_plain_values(value: Any, flat: Any) -> None:
    assert ticket(customfield_1=value).fields == {"impact": flat}
    assert scalar(value) == flat


def test_fields_of_jira_itself_can_be_asked_for_by_a_name_of_ours() -> None:
    fields = {"labels": "labels", "parts": "components", "reporter": "reporter", "kind": "issuetype"}
    found = ticket(
        msgspec.structs.replace(LEXICON, fields=fields),
        labels=["vip", "export"],
        components=[{"id": "1", "name": "API"}, {"id": "2", "name": "UI"}],
        reporter={"accountId": "a", "displayName": "Kim"},
    )
    assert found.fields == {"labels": "export, vip", "parts": "API, UI", "reporter": "Kim", "kind": "Incident"}


def test_comments_are_ordered_by_time_and_those_of_one_instant_by_age() -> None:
    late, early = "2025-07-25T21:01:33.495+0200", "2025-07-25T15:01:33.495-0330"
    rows = [("101", late), ("99", late), ("100", early), ("102", late)]
    comments = [{"id": identity, "created": created, "body": "x"} for identity, created in rows]
    assert [each.id for each in ticket(comment={"comments": comments, "total": 4}).comments] == [
        "100",
        "99",
        "101",
        "102",
    ]


def test_the_group_can_be_the_component_or_the_project() -> None:
    by_component = msgspec.structs.replace(LEXICON, group_part="component")
    by_project = msgspec.structs.replace(LEXICON, group_part="project")
    assert ticket(by_component, components=[{"name": "API"}]).group == "API"
    assert ticket(by_component).group is None
    assert ticket(by_project).group == "Operations"


def test_a_row_that_does_not_decode_is_named_and_the_others_are_kept() -> None:
    good, bad = issue(), {**issue(summary=5), "id": "36"}
    page, unreadable = wire.IssueDecoder(()).rows(msgspec.json.encode({"issues": [good, bad, 7], "isLast": True}))
    assert [row.id for row in page.issues] == ["35"]
    assert set(unreadable) == {"36", "row 3"}
    assert page.is_last is True
