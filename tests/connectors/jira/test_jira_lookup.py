"""A write of unknown outcome is looked for, found by its marker, and never made twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.base import Write
from connectors.errors import ConnectorError, ErrorKind
from rules.change import (
    AddTags,
    Change,
    CompleteWork,
    CreateRemediation,
    LinkTicket,
    OpenLinked,
    PostComment,
    RemediationItem,
    Transition,
)
from rules.ticket import LinkKind, StatusCategory, TicketRef

WHY = {"because": "it is overdue", "rule": "overdue"}


def edit(on: TicketRef) -> Change:
    return AddTags(on=on, tags=("escalated",), **WHY)


def comment(on: TicketRef) -> Change:
    return PostComment(on=on, key="k", body="Escalated.", **WHY)


def remediation(on: TicketRef) -> Change:
    items = tuple(RemediationItem(key=key, title=key, body="") for key in ("a", "b"))
    return CreateRemediation(on=on, items=items, **WHY)


def opening(on: TicketRef) -> Change:
    return OpenLinked(on=on, key="o", helpdesk="jira", project="OPS", type="Task", subject="s", body="b", **WHY)


def remote_link(on: TicketRef) -> Change:
    there = TicketRef("zendesk", "35")
    return LinkTicket(on=on, to=there, kind=LinkKind.RELATED, key="35", title="t", url="https://z/35", **WHY)


def step(on: TicketRef) -> Change:
    return Transition(on=on, status="in progress", was="To Do", was_category=StatusCategory.NEW, **WHY)


def closing(on: TicketRef) -> Change:
    return CompleteWork(on=on, key="summary:1", title="Send it", status="done", was="new", **WHY)


#: What leaves no marker of the operation: the tie or the step itself is what is looked for.
UNMARKED = [remote_link, step, closing]
KINDS = [edit, step, closing, comment, remediation, opening, remote_link]


def one_write(site: Any, make: Any) -> Write:
    issue = site.state.add_issue("OPS", "Down")
    (write,) = site.jira.sink.batch(site.read(issue), [make(site.ref(issue))])
    found: Write = write
    return found


def breaks(site: Any, write: Write, kind: str) -> None:
    method = "PUT" if write.kind == "update" else "POST"
    site.jira.vocabulary()
    site.world.faults.add(kind, {"method": method, "path_regex": "/(issue|comment|remotelink)"})


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.trap("jira-ambiguous-write")
def test_a_write_that_arrived_before_the_connection_broke_is_found(site: Any, make: Any) -> None:
    write = one_write(site, make)
    intended_at = site.world.clock.now()
    breaks(site, write, "reset_after")
    with pytest.raises(ConnectorError) as caught:
        site.jira.sink.apply(write, "op-1")
    assert caught.value.ambiguous
    site.world.clock.advance(600)
    writes = site.writes()
    assert site.jira.sink.find(write, "op-1", intended_at) is not None
    assert site.jira.sink.find(write, "op-2", intended_at) is None or make in UNMARKED
    assert site.writes() == writes


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.trap("jira-ambiguous-write")
def test_a_write_that_never_arrived_is_known_to_be_lost(site: Any, make: Any) -> None:
    write = one_write(site, make)
    intended_at = site.world.clock.now()
    breaks(site, write, "reset_before")
    with pytest.raises(ConnectorError) as caught:
        site.jira.sink.apply(write, "op-1")
    assert caught.value.ambiguous
    site.world.clock.advance(600)
    assert site.jira.sink.find(write, "op-1", intended_at) is None


@pytest.mark.parametrize("make", KINDS)
def test_a_write_is_sent_once_whatever_becomes_of_it(site: Any, make: Any) -> None:
    write = one_write(site, make)
    breaks(site, write, "reset_after")
    before = site.writes()
    with pytest.raises(ConnectorError):
        site.jira.sink.apply(write, "op-1")
    assert site.writes() == before + 1


def test_what_was_created_is_found_with_its_ids(site: Any) -> None:
    for make, keys in ((remediation, {"a", "b"}), (opening, {"o"})):
        write = one_write(site, make)
        applied = site.jira.sink.apply(write, "op-1")
        found = site.jira.sink.find(write, "op-1", site.world.clock.now())
        assert found is not None
        assert found.created == applied.created
        assert set(found.created) == keys


@pytest.mark.trap("jira-bulk-partial")
def test_a_partly_created_remediation_is_recognised_item_by_item(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    site.state.fields["duedate"].on_screen = False
    items = (
        RemediationItem(key="a", title="a", body=""),
        RemediationItem(key="b", title="b", body="", due_on=date(2026, 3, 9)),
    )
    (write,) = site.jira.sink.batch(site.read(issue), [CreateRemediation(on=site.ref(issue), items=items, **WHY)])
    site.jira.sink.apply(write, "op-1")
    found = site.jira.sink.find(write, "op-1", site.world.clock.now())
    assert set(found.created) == {"a"}
    assert found.refused == {}


def lags(site: Any, seconds: float) -> None:
    """The search index falls behind from now on."""
    site.world.faults.add("stale_index", {"times": 0}, seconds=seconds)
    site.world.clock.advance(60)


@pytest.mark.trap("jira-index-lag")
def test_a_new_ticket_that_the_index_does_not_show_yet_is_found(site: Any) -> None:
    write = one_write(site, opening)
    intended_at = site.world.clock.now()
    applied = site.jira.sink.apply(write, "op-1")
    for number in range(25):
        site.state.add_issue("OPS", f"Another {number}")
    lags(site, 120)
    assert "op-1" not in str(site.jira.sink.find(write, "op-2", intended_at))
    found = site.jira.sink.find(write, "op-1", intended_at)
    assert found is not None
    assert found.created == applied.created


@pytest.mark.trap("jira-index-lag")
def test_what_was_opened_and_moved_to_another_project_meanwhile_is_found(site: Any) -> None:
    write = one_write(site, opening)
    intended_at = site.world.clock.now()
    applied = site.jira.sink.apply(write, "op-1")
    site.state.add_project("SUP", "Support")
    site.state.move(site.state.issues[int(applied.created["o"].id)], site.state.project("SUP"))
    lags(site, 120)
    assert site.jira.sink.find(write, "op-1", intended_at).created == applied.created


@pytest.mark.trap("jira-index-lag")
def test_a_new_ticket_that_was_not_opened_is_known_to_be_lost_before_the_index_has_caught_up(site: Any) -> None:
    write = one_write(site, opening)
    for number in range(30):
        site.state.add_issue("OPS", f"Before {number}")
    site.world.clock.advance(7200)
    intended_at = site.world.clock.now()
    site.state.add_issue("OPS", "By a person")
    lags(site, 120)
    assert site.jira.sink.find(write, "op-1", intended_at) is None


@pytest.mark.trap("jira-index-lag")
def test_an_old_ticket_that_was_moved_in_after_a_new_one_does_not_hide_it(site: Any) -> None:
    site.state.add_project("SUP", "Support")
    old = site.state.add_issue("SUP", "Old")
    site.world.clock.advance(7200)
    write = one_write(site, opening)
    intended_at = site.world.clock.now()
    applied = site.jira.sink.apply(write, "op-1")
    for number in range(25):
        if number == 20:
            site.state.move(old, site.state.project("OPS"))
        site.state.add_issue("OPS", f"Another {number}")
    lags(site, 120)
    assert site.jira.sink.find(write, "op-1", intended_at).created == applied.created


@pytest.mark.trap("jira-index-lag")
def test_the_first_ticket_of_a_project_is_found_before_the_index_knows_any(site: Any) -> None:
    write = one_write(site, opening)
    for issue in list(site.state.issues.values()):
        site.state.forget(issue)
    intended_at = site.world.clock.now()
    applied = site.jira.sink.apply(write, "op-1")
    lags(site, 120)
    assert site.jira.sink.find(write, "op-1", intended_at).created == applied.created


def test_nothing_was_opened_in_an_empty_project(site: Any) -> None:
    write = one_write(site, opening)
    for issue in list(site.state.issues.values()):
        site.state.forget(issue)
    assert site.jira.sink.find(write, "op-1", site.world.clock.now()) is None


@pytest.mark.trap("jira-index-lag")
def test_where_more_is_opened_than_is_looked_at_the_index_has_to_catch_up(data_center: Any) -> None:
    write = one_write(data_center, opening)
    intended_at = data_center.world.clock.now()
    data_center.jira.sink.apply(write, "op-1")
    for number in range(201):
        data_center.state.add_issue("OPS", f"Another {number}")
    data_center.world.clock.advance(60)
    with pytest.raises(ConnectorError, match="so much is opened in OPS") as caught:
        data_center.jira.sink.find(write, "op-2", intended_at)
    assert caught.value.kind is ErrorKind.RETRY
    assert caught.value.retry_after == pytest.approx(240)
    data_center.world.clock.advance(caught.value.retry_after)
    assert data_center.jira.sink.find(write, "op-2", intended_at) is None


def test_a_label_alone_does_not_make_a_ticket_ours(site: Any) -> None:
    write = one_write(site, opening)
    site.state.add_issue("OPS", "Copied by hand", labels=["escalade-op-op-1"])
    assert site.jira.sink.find(write, "op-1", site.world.clock.now() - timedelta(hours=1)) is None


def test_a_comment_of_the_same_words_by_hand_is_not_taken_for_ours(site: Any) -> None:
    write = one_write(site, comment)
    issue = site.state.find(write.changes[0].on.id)
    site.state.add_comment(issue, site.state.bot, "Escalated.")
    assert site.jira.sink.find(write, "op-1", site.world.clock.now()) is None


def test_a_marker_is_found_behind_many_newer_comments(site: Any) -> None:
    write = one_write(site, comment)
    intended_at = site.world.clock.now()
    site.jira.sink.apply(write, "op-1")
    site.world.clock.advance(60)
    issue, person = site.state.find(write.changes[0].on.id), site.state.add_user("Kim")
    for number in range(150):
        site.state.add_comment(issue, person, f"newer {number}")
    assert site.jira.sink.find(write, "op-1", intended_at) is not None


def test_a_deleted_ticket_is_told_as_gone(site: Any) -> None:
    write = one_write(site, edit)
    site.state.forget(site.state.find(write.changes[0].on.id))
    with pytest.raises(ConnectorError) as caught:
        site.jira.sink.find(write, "op-1", site.world.clock.now())
    assert caught.value.kind is ErrorKind.GONE


def test_a_link_between_two_tickets_of_the_site_is_found(site: Any) -> None:
    other = site.state.add_issue("OPS", "Tracker")
    write = one_write(
        site,
        lambda on: LinkTicket(
            on=on, to=site.ref(other), kind=LinkKind.TRACKED_BY, key=other.key, title="t", url="u", **WHY
        ),
    )
    assert site.jira.sink.find(write, "op-1", site.world.clock.now()) is None
    site.jira.sink.apply(write, "op-1")
    assert site.jira.sink.find(write, "op-1", site.world.clock.now()) is not None


def test_what_was_created_is_found_after_it_was_edited_by_another_visit(site: Any) -> None:
    for make in (remediation, opening):
        write = one_write(site, make)
        intended_at = site.world.clock.now()
        applied = site.jira.sink.apply(write, "op-1")
        for number, ref in enumerate(applied.created.values()):
            issue = site.state.issues[int(ref.id)]
            (later,) = site.jira.sink.batch(site.read(issue), [edit(ref)]) if make is opening else (None,)
            if later is None:
                # What a version does that edits sub-tasks.
                issue.properties["escalade"] = {"op": f"later-{number}"}
            else:
                site.jira.sink.apply(later, f"later-{number}")
        site.world.clock.advance(600)
        found = site.jira.sink.find(write, "op-1", intended_at)
        assert found is not None, "else it would be created once more"
        assert found.created == applied.created


def test_what_a_version_created_that_knew_no_origin_is_found_by_its_marker(site: Any) -> None:
    for make in (remediation, opening):
        write = one_write(site, make)
        applied = site.jira.sink.apply(write, "op-1")
        for ref in applied.created.values():
            del site.state.issues[int(ref.id)].properties["escalade.origin"]
        found = site.jira.sink.find(write, "op-1", site.world.clock.now())
        assert found is not None
        assert found.created == applied.created
