"""Writing to Zendesk, against a real HTTP server: once, in few requests, and never over a person's edit."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.base import Write, WriteKind
from connectors.errors import ConnectorError, ErrorKind, Scope
from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    KeepNote,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.ticket import Priority, StatusCategory

PUT = "PUT /api/v2/tickets/{id}"
WHY = {"because": "the account waits", "rule": "tier-2"}


def note(ref: Any, body: str = "Raised to tier 2.", *, public: bool = False, key: str = "raised") -> Any:
    return PostComment(on=ref, key=key, body=body, public=public, **WHY)


def tags(ref: Any, *names: Any) -> Any:
    return AddTags(on=ref, tags=names, **WHY)


def test_tags_priority_group_field_and_note_travel_in_one_request(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    desk = zendesk_desk
    one = write(
        tags(ref, "esc_t2"),
        SetPriority(on=ref, priority=Priority.URGENT, was=Priority.NORMAL, **WHY),
        Assign(on=ref, group="Tier 2", was=None, **WHY),
        SetField(on=ref, field="severity", value="sev_major", was=None, **WHY),
        note(ref),
    )
    applied = zendesk.sink.apply(one, "op-1")
    assert desk.world.calls.writes == 1
    after = desk.read(zendesk, made)
    assert after.tags == {"printer", "esc_t2", "sev_major"}
    assert (after.priority, after.group, after.fields["severity"]) == (Priority.URGENT, "Tier 2", "sev_major")
    assert (after.comments[-1].public, after.comments[-1].ours) == (False, True)
    assert "Raised to tier 2." in after.comments[-1].body
    assert applied.version == after.version


def test_the_operation_id_stays_in_the_history_of_the_ticket(zendesk: Any, made: Any, ref: Any, write: Any) -> None:
    zendesk.sink.apply(write(tags(ref, "esc_t2")), "op-7")
    assert made.audits[-1].custom == {"escalade": {"op": "op-7"}}


def test_tags_that_we_did_not_put_on_stay_on(zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any) -> None:
    zendesk.sink.apply(write(tags(ref, "esc_t2")), "op-1")
    zendesk.sink.apply(write(RemoveTags(on=ref, tags=("esc_t2",), **WHY), tags(ref, "esc_t3")), "op-2")
    assert zendesk_desk.read(zendesk, made).tags == {"printer", "esc_t3"}


@pytest.mark.trap("zendesk-tag-spelling")
def test_tags_are_written_as_zendesk_keeps_them(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    zendesk.sink.apply(write(tags(ref, "Esc Tier 2")), "op-1")
    assert zendesk_desk.read(zendesk, made).tags == {"printer", "esc_tier_2"}


@pytest.mark.trap("zendesk-dropdown-tags")
def test_a_drop_down_and_the_tags_sent_with_it_agree(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    zendesk.sink.apply(write(SetField(on=ref, field="severity", value="sev_minor", was=None, **WHY)), "op-1")
    change = SetField(on=ref, field="severity", value="sev_major", was="sev_minor", **WHY)
    zendesk.sink.apply(write(change, tags(ref, "esc_t2")), "op-2")
    after = zendesk_desk.read(zendesk, made)
    assert after.fields["severity"] == "sev_major"
    assert after.tags == {"printer", "esc_t2", "sev_major"}


@pytest.mark.trap("zendesk-safe-update")
def test_somebody_elses_edit_in_between_is_a_conflict_and_nothing_is_written(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    one = write(tags(ref, "esc_t2"))
    zendesk_desk.fault("edit_conflict", method="PUT")
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    assert (caught.value.kind, caught.value.ambiguous) == (ErrorKind.CONFLICT, False)
    assert "esc_t2" not in zendesk_desk.read(zendesk, made).tags


@pytest.mark.trap("zendesk-put-not-idempotent")
def test_a_lost_answer_is_not_repeated_but_looked_for(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    one = write(note(ref))
    zendesk_desk.fault("reset_after", method="PUT")
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    assert caught.value.ambiguous
    assert zendesk.calls()[PUT] == 1
    assert zendesk.sink.find(one, "op-1", zendesk_desk.now()) is not None
    assert len(zendesk_desk.read(zendesk, made).comments) == 2


def test_a_request_that_never_arrived_is_surely_not_found(
    zendesk_desk: Any, zendesk: Any, ref: Any, write: Any
) -> None:
    one = write(note(ref))
    zendesk_desk.fault("reset_before", method="PUT")
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    assert caught.value.ambiguous
    assert zendesk.sink.find(one, "op-1", zendesk_desk.now()) is None


def test_another_operation_in_the_history_is_not_taken_for_ours(
    zendesk_desk: Any, zendesk: Any, ref: Any, write: Any
) -> None:
    one = write(note(ref))
    zendesk.sink.apply(one, "op-1")
    assert zendesk.sink.find(one, "op-2", zendesk_desk.now()) is None


def test_a_write_is_found_behind_a_hundred_later_updates(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    one = write(tags(ref, "esc_t2"))
    at = zendesk_desk.now()
    zendesk.sink.apply(one, "op-1")
    for number in range(120):
        zendesk_desk.world.clock.advance(60)
        zendesk_desk.someone_acts(made, user=zendesk_desk.agent.id, change={"subject": f"changed {number}"})
    assert zendesk.sink.find(one, "op-1", at) is not None


def test_looking_for_a_write_stops_at_the_time_it_was_meant_for(
    zendesk_desk: Any, zendesk: Any, ref: Any, made: Any, write: Any
) -> None:
    for number in range(120):
        zendesk_desk.world.clock.advance(60)
        zendesk_desk.someone_acts(made, user=zendesk_desk.agent.id, change={"subject": f"changed {number}"})
    one = write(note(ref))
    zendesk_desk.world.calls.reset()
    assert zendesk.sink.find(one, "op-1", zendesk_desk.now()) is None
    assert zendesk_desk.count("GET /api/v2/tickets/{id}/audits") == 1


def test_a_repeat_that_comes_after_a_late_first_attempt_is_refused(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    one = write(note(ref))
    zendesk_desk.world.clock.advance(1)
    zendesk.sink.apply(one, "op-1")
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    assert caught.value.kind is ErrorKind.CONFLICT
    assert len(zendesk_desk.read(zendesk, made).comments) == 2


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_leaves_a_write_in_doubt_and_is_not_repeated(
    zendesk_desk: Any, zendesk: Any, ref: Any, write: Any, status: Any
) -> None:
    one = write(tags(ref, "esc_t2"))
    zendesk_desk.fault("status", method="PUT", status=status, body={})
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    assert (caught.value.kind, caught.value.ambiguous) == (ErrorKind.RETRY, True)
    assert zendesk.calls()[PUT] == 1


@pytest.mark.parametrize("kind", ["truncated", "not_json"])
def test_an_answer_that_cannot_be_read_leaves_a_write_in_doubt(
    zendesk_desk: Any, zendesk: Any, ref: Any, write: Any, kind: Any
) -> None:
    one = write(tags(ref, "esc_t2"))
    zendesk_desk.fault(kind, method="PUT")
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    assert caught.value.ambiguous


@pytest.mark.trap("zendesk-429-scope")
def test_a_rate_limit_on_updates_says_how_long_and_how_far(
    zendesk_desk: Any, zendesk: Any, ref: Any, write: Any
) -> None:
    one = write(tags(ref, "esc_t2"))
    zendesk_desk.fault("rate_limited", method="PUT", retry_after=93)
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    error = caught.value
    assert (error.kind, error.ambiguous, error.retry_after, error.scope) == (
        ErrorKind.RATE_LIMITED,
        False,
        93,
        Scope.ENDPOINT,
    )
    with pytest.raises(ConnectorError, match="was not sent"):
        zendesk.sink.apply(one, "op-2")
    assert zendesk.calls()[PUT] == 1


@pytest.mark.trap("zendesk-closed-tickets")
def test_what_a_closed_ticket_refuses_is_a_refusal_that_names_the_field(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    zendesk_desk.someone_acts(made, system={"status": "closed"})
    with pytest.raises(ConnectorError, match="closed") as caught:
        zendesk.sink.apply(write(note(ref)), "op-1")
    assert caught.value.kind is ErrorKind.REJECTED
    assert set(caught.value.fields) == {"status"}


def test_tags_can_be_taken_off_a_closed_ticket(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    zendesk.sink.apply(write(tags(ref, "esc_t2")), "op-1")
    zendesk_desk.someone_acts(made, system={"status": "closed"})
    zendesk.sink.apply(write(RemoveTags(on=ref, tags=("esc_t2",), **WHY)), "op-2")
    assert zendesk_desk.read(zendesk, made).tags == {"printer"}


def test_a_ticket_that_is_gone_says_so(zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any) -> None:
    one = write(note(ref))
    zendesk_desk.someone_acts(made, delete=True)
    with pytest.raises(ConnectorError) as caught:
        zendesk.sink.apply(one, "op-1")
    assert caught.value.kind is ErrorKind.GONE


def test_notes_of_one_visibility_become_one_comment_and_the_other_one_is_apart(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any
) -> None:
    changes = [
        note(ref, "One."),
        note(ref, "We are on it.", public=True, key="told"),
        tags(ref, "esc_t2"),
        note(ref, "Two.", key="second"),
    ]
    writes = zendesk.sink.batch(zendesk_desk.read(zendesk, made), changes)
    assert [one.kind for one in writes] == [WriteKind.UPDATE, WriteKind.COMMENT]
    for number, one in enumerate(writes):
        zendesk.sink.apply(one, f"op-{number}")
    _first, internal, public = zendesk_desk.read(zendesk, made).comments
    assert (internal.public, public.public) == (False, True)
    assert "One." in internal.body
    assert "Two." in internal.body


@pytest.mark.trap("zendesk-public-by-default")
def test_visibility_is_always_said_because_zendesk_would_tell_the_customer(
    zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    zendesk.sink.apply(write(note(ref)), "op-1")
    assert made.comments[-1].public is False


@pytest.mark.trap("zendesk-placeholders")
def test_text_that_looks_like_a_template_is_shown_and_not_run(zendesk: Any, made: Any, ref: Any, write: Any) -> None:
    zendesk.sink.apply(write(note(ref, "Hello {{ticket.requester.email}} <b>{% if 1 %}")), "op-1")
    written = made.comments[-1].html
    assert "{{" not in written
    assert "{%" not in written
    assert "&lt;b&gt;" in written


def test_batching_asks_nobody_and_can_be_journalled(zendesk_desk: Any, zendesk: Any, made: Any, ref: Any) -> None:
    ticket = zendesk_desk.read(zendesk, made)
    before = dict(zendesk.calls())
    writes = zendesk.sink.batch(ticket, [tags(ref, "esc_t2"), note(ref)])
    assert dict(zendesk.calls()) == before
    assert [msgspec.json.decode(msgspec.json.encode(one), type=Write) for one in writes] == list(writes)
    assert zendesk.sink.batch(ticket, []) == ()


def test_an_unknown_group_is_refused_with_the_nearest_name(zendesk: Any, ref: Any, write: Any) -> None:
    with pytest.raises(ConnectorError, match="Did you mean 'Tier 2'") as caught:
        zendesk.sink.apply(write(Assign(on=ref, group="Tier2", was=None, **WHY)), "op-1")
    assert (caught.value.kind, caught.value.ambiguous) == (ErrorKind.REJECTED, False)


def test_an_unknown_field_is_refused_with_the_place_to_add_it(zendesk: Any, ref: Any, write: Any) -> None:
    with pytest.raises(ConnectorError, match="Add it to fields"):
        zendesk.sink.apply(write(SetField(on=ref, field="colour", value="red", was=None, **WHY)), "op-1")


def test_a_note_that_is_kept_travels_with_the_update_and_names_the_one_that_it_replaces(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    first = KeepNote(on=ref, key="record", body="State: red", essence="a", **WHY)
    one = write(tags(ref, "esc_t2"), first)
    applied = zendesk.sink.apply(one, "op-1")
    assert applied.editable == {}, "Zendesk lets nobody edit a comment"
    since = zendesk_desk.now()
    second = KeepNote(on=ref, key="record", body="State: green", essence="b", since=since, **WHY)
    again = write(second)
    zendesk.sink.apply(again, "op-2")
    assert zendesk.sink.find(again, "op-2", since) is not None
    said = [comment for comment in zendesk_desk.read(zendesk, made).comments if comment.ours]
    assert [comment.public for comment in said] == [False, False]
    assert "replaces" not in said[0].body
    assert f"This replaces the note of {since:%Y-%m-%d %H:%M} UTC" in said[1].body


def test_a_person_and_a_status_travel_in_the_same_request(
    zendesk_desk: Any, zendesk: Any, made: Any, ref: Any, write: Any
) -> None:
    agent = str(zendesk_desk.agent.id)
    one = write(
        Assign(on=ref, group="Tier 2", was=None, **WHY),
        AssignPerson(on=ref, person=agent, was=None, **WHY),
        Transition(on=ref, status="Pending", was="open", was_category=StatusCategory.OPEN, **WHY),
        note(ref),
    )
    zendesk.sink.apply(one, "op-1")
    assert zendesk_desk.world.calls.writes == 1
    after = zendesk_desk.read(zendesk, made)
    assert (after.assignee, after.group, after.status) == (agent, "Tier 2", StatusCategory.PENDING)


def test_somebody_who_is_no_agent_is_refused_before_anything_is_sent(
    zendesk_desk: Any, zendesk: Any, ref: Any, write: Any
) -> None:
    for person in (str(zendesk_desk.customer.id), "kim"):
        with pytest.raises(ConnectorError, match="no agent with the id"):
            zendesk.sink.apply(write(AssignPerson(on=ref, person=person, was=None, **WHY)), "op-1")
    assert zendesk_desk.world.calls.writes == 0
