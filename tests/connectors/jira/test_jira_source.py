"""Reading tickets from a Jira site over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.base import read_with_work
from connectors.errors import ConnectorError, ErrorKind
from rules.ticket import AccountRef, Priority, Side, StatusCategory, TicketRef


def seed(site: Any, count: int, **more: Any) -> list[Any]:
    """Issues that changed a minute apart, the newest a minute ago."""
    now = site.world.clock.now()
    made = []
    for number in range(count):
        at = now - timedelta(minutes=count - number)
        made.append(site.state.add_issue("OPS", f"Ticket {number}", created=at, updated=at, **more))
    return made


def keys(tickets: list[Any]) -> list[str]:
    return [ticket.key for ticket in tickets]


def test_a_first_poll_reads_every_ticket_once_in_the_order_of_change(site: Any) -> None:
    seed(site, 7)
    helpdesk = site.open(page_size=3)
    assert keys(site.tickets(helpdesk=helpdesk)) == [f"OPS-{number}" for number in range(1, 8)]


def test_a_poll_of_a_quiet_site_delivers_nothing_and_costs_one_call(site: Any) -> None:
    seed(site, 7)
    checkpoint = site.last_checkpoint()
    site.world.calls.reset()
    assert site.tickets(checkpoint) == []
    searches = {name: count for name, count in site.world.calls.counts().items() if "search" in name}
    assert list(searches.values()) == [1]


def test_a_changed_ticket_comes_again_and_no_other(site: Any) -> None:
    first, *_ = seed(site, 3)
    checkpoint = site.last_checkpoint()
    site.world.clock.advance(60)
    first.fields["labels"] = ["vip"]
    site.state.touch(first)
    found = site.tickets(checkpoint)
    assert keys(found) == ["OPS-1"]
    assert found[0].tags == {"vip"}


def test_a_stream_can_go_on_from_any_page(site: Any) -> None:
    seed(site, 9)
    helpdesk = site.open(page_size=2)
    pages = list(helpdesk.source.poll("issues", None, site.world.clock.now()))
    for position, page in enumerate(pages):
        before = [ticket.key for earlier in pages[: position + 1] for ticket in earlier.tickets]
        after = keys(site.tickets(page.checkpoint, helpdesk))
        assert sorted({*before, *after}) == [f"OPS-{number}" for number in range(1, 10)]
        assert not {*before} & {*after}


@pytest.mark.trap("jira-index-lag")
def test_a_ticket_that_the_index_shows_late_is_still_delivered(cloud: Any) -> None:
    late, *_ = seed(cloud, 3)
    checkpoint = cloud.last_checkpoint()
    cloud.world.clock.advance(60)
    cloud.world.faults.add("stale_index", {"times": 0}, seconds=120)
    cloud.state.remember(late)
    late.fields["labels"] = ["vip"]
    cloud.state.touch(late)
    cloud.world.clock.advance(60)
    newer = cloud.state.add_issue("OPS", "Newer")
    assert "OPS-1" not in keys(cloud.tickets(checkpoint))
    checkpoint = cloud.last_checkpoint(checkpoint)
    cloud.world.clock.advance(120)
    assert "OPS-1" in keys(cloud.tickets(checkpoint))
    assert newer.key == "OPS-4"


@pytest.mark.trap("jira-jql-time-zone")
def test_the_profile_zone_of_our_user_hides_no_change(site: Any) -> None:
    """The site renders Berlin time, our user's profile says New York, and the poll asks in milliseconds."""
    seed(site, 1)
    checkpoint = site.last_checkpoint()
    site.world.clock.advance(1)
    site.state.add_issue("OPS", "A second later")
    assert keys(site.tickets(checkpoint)) == ["OPS-2"]


@pytest.mark.trap("jira-future-update")
def test_an_issue_from_the_future_does_not_hide_what_changes_next(site: Any) -> None:
    now = site.world.clock.now()
    site.state.add_issue("OPS", "Imported", created=now, updated=now + timedelta(days=900))
    checkpoint = site.last_checkpoint()
    site.world.clock.advance(60)
    site.state.add_issue("OPS", "Real")
    assert keys(site.tickets(checkpoint)) == ["OPS-2"]


@pytest.mark.trap("jira-dc-paging")
def test_an_edit_between_two_pages_hides_no_ticket(site: Any) -> None:
    first, *_ = seed(site, 6)
    helpdesk = site.open(page_size=2)
    stream = helpdesk.source.poll("issues", None, site.world.clock.now())
    found = [ticket.key for ticket in next(stream).tickets]
    site.state.touch(first)
    found += [ticket.key for page in stream for ticket in page.tickets]
    assert {f"OPS-{number}" for number in range(1, 7)} <= set(found)


@pytest.mark.trap("jira-dc-paging")
def test_many_tickets_of_one_moment_are_all_read(site: Any) -> None:
    now = site.world.clock.now()
    for number in range(7):
        site.state.add_issue("OPS", f"Ticket {number}", created=now, updated=now)
    assert len(site.tickets(helpdesk=site.open(page_size=2))) == 7


@pytest.mark.trap("jira-dc-window")
def test_data_center_is_never_asked_beyond_its_result_window(data_center: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalade.emulator.jira.search.DC_WINDOW", 10)
    seed(data_center, 30)
    assert len(data_center.tickets(helpdesk=data_center.open(page_size=4))) == 30


def test_a_page_costs_one_call_and_little_more_than_the_page_sizes_allow(site: Any) -> None:
    seed(site, 205)
    site.world.calls.reset()
    helpdesk = site.open(page_size=100)
    assert len(site.tickets(helpdesk=helpdesk)) == 205
    assert sum(count for name, count in site.world.calls.counts().items() if "search" in name) == 3


def test_subtasks_are_children_and_no_tickets_of_their_own(site: Any) -> None:
    parent = site.state.add_issue("OPS", "Parent")
    site.state.add_issue("OPS", "Part", parent=parent)
    assert keys(site.tickets()) == ["OPS-1"]
    assert [child.key for child in site.tickets()[0].children] == ["OPS-2"]
    assert keys(site.tickets(helpdesk=site.open(subtasks_are_tickets=True))) == ["OPS-1", "OPS-2"]


def test_a_subtask_that_is_read_by_its_id_alone_is_no_ticket_either(site: Any) -> None:
    """As Data Center's comment events name it, which do not tell what it is."""
    parent = site.state.add_issue("OPS", "Parent")
    part = site.state.add_issue("OPS", "Part", parent=parent)
    found = site.jira.source.read([site.ref(parent), site.ref(part)])
    assert {ref: ticket and ticket.key for ref, ticket in found.items()} == {
        site.ref(parent): "OPS-1",
        site.ref(part): None,
    }
    asked = site.open(subtasks_are_tickets=True).source.read([site.ref(part)])
    assert [ticket and ticket.key for ticket in asked.values()] == ["OPS-2"]


def test_a_filter_narrows_what_is_read(site: Any) -> None:
    seed(site, 2)
    site.state.add_issue("OPS", "Mine", labels=["vip"])
    assert keys(site.tickets(helpdesk=site.open(filter="labels = vip"))) == ["OPS-3"]


def test_an_account_travels_with_its_tickets(site: Any) -> None:
    site.state.add_project("HELP", "Helpdesk", service_desk=True)
    acme = site.state.add_organization("Acme")
    site.state.add_issue("HELP", "Broken", organizations=[acme])
    helpdesk = site.open(projects=["HELP"])
    (page,) = helpdesk.source.poll("issues", None, site.world.clock.now())
    assert [account.name for account in page.accounts] == ["Acme"]
    assert page.tickets[0].account == AccountRef("jira", str(acme.id))


def test_groups_and_fields_are_read_under_our_names(site: Any) -> None:
    site.state.add_issue("OPS", "Broken", custom={"Team": "Tier 2", "Impact": "huge"}, priority="Highest")
    (ticket,) = site.tickets()
    assert (ticket.group, ticket.fields, ticket.priority) == ("Tier 2", {"impact": "huge"}, Priority.URGENT)


@pytest.mark.trap("jira-comments-truncated")
def test_comments_that_a_search_cuts_off_are_fetched(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Busy")
    person = site.state.add_user("Kim")
    for number in range(130):
        site.state.add_comment(issue, person, f"comment {number}")
    (ticket,) = site.tickets()
    assert ticket.comments_complete
    assert len(ticket.comments) == 130


def test_a_fresh_read_has_bodies_and_tells_our_own_comments(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Busy")
    site.state.add_comment(issue, site.state.bot, "from us")
    site.state.add_comment(issue, site.state.add_user("Kim"), "from them")
    ours, theirs = site.read(issue).comments
    assert (ours.body, ours.ours, ours.side) == ("from us", True, Side.SYSTEM)
    assert (theirs.body, theirs.ours, theirs.side) == ("from them", False, Side.AGENT)


@pytest.mark.trap("jira-index-lag")
def test_a_fresh_read_does_not_ask_the_search_index(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Busy")
    site.world.faults.add("stale_index", {"times": 0}, seconds=3600)
    site.state.remember(issue)
    issue.fields["labels"] = ["vip"]
    assert site.read(issue).tags == {"vip"}


@pytest.mark.trap("jira-no-tombstones")
def test_a_deleted_or_hidden_ticket_reads_as_none(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Gone")
    site.state.forget(issue)
    kept = site.state.add_issue("OPS", "Kept")
    found = site.jira.source.read([site.ref(issue), site.ref(kept), TicketRef("jira", "999999")])
    assert [ticket.key if ticket else None for ticket in found.values()] == [None, "OPS-2", None]


@pytest.mark.trap("jira-moved-key")
def test_a_ticket_keeps_its_identity_when_its_key_changes(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Moving")
    ref = site.read(issue).ref
    issue.key = "DEV-1"
    assert site.read(issue).ref == ref
    assert site.read(issue).key == "DEV-1"


def test_more_than_a_hundred_tickets_are_read_in_bulks(cloud: Any) -> None:
    issues = seed(cloud, 130)
    refs = [cloud.ref(issue) for issue in issues]
    cloud.world.calls.reset()
    assert all(cloud.jira.source.read(refs).values())
    assert cloud.jira.calls()["POST /rest/api/2/issue/bulkfetch"] == 2


@pytest.mark.trap("jira-anonymous-200")
def test_missing_credentials_are_told_instead_of_an_empty_site(cloud: Any) -> None:
    seed(cloud, 2)
    cloud.jira._http._auth = None
    for ask in (cloud.jira.identity, cloud.tickets):
        with pytest.raises(ConnectorError) as caught:
            ask()
        assert caught.value.kind is ErrorKind.AUTH
        assert "token" in str(caught.value)


def test_wrong_credentials_are_told_with_advice(site: Any) -> None:
    site.world.faults.add("unauthorized", {"times": 0})
    with pytest.raises(ConnectorError, match="token") as caught:
        site.tickets()
    assert caught.value.kind is ErrorKind.AUTH


@pytest.mark.parametrize(("kind", "expected"), [("not_json", ErrorKind.PROTOCOL), ("truncated", ErrorKind.PROTOCOL)])
def test_a_page_that_is_cut_or_not_json_is_told_and_the_checkpoint_stays(
    site: Any, kind: str, expected: ErrorKind
) -> None:
    seed(site, 2)
    site.jira.source.read([])
    site.world.faults.add(kind, {"path_regex": "/search"})
    with pytest.raises(ConnectorError) as caught:
        site.tickets()
    assert caught.value.kind is expected
    assert len(site.tickets()) == 2


@pytest.mark.trap("jira-rate-limits")
def test_a_read_waits_at_least_as_long_as_jira_asks(cloud: Any) -> None:
    seed(cloud, 1)
    cloud.world.faults.add(
        "rate_limited", {"path_regex": "/search"}, scope="burst", retry_after=7, reason="jira-burst-based"
    )
    assert len(cloud.tickets()) == 1
    assert max(cloud.slept) >= 7


@pytest.mark.trap("jira-dc-retry-after-zero")
def test_a_rate_limit_that_names_no_wait_is_still_waited_for(data_center: Any) -> None:
    seed(data_center, 1)
    data_center.jira.vocabulary()
    data_center.world.faults.add("rate_limited", {"path_regex": "/search"}, retry_after=0)
    assert len(data_center.tickets()) == 1
    assert sum(data_center.slept) > 0


def test_the_settings_can_say_where_a_status_stands(site: Any) -> None:
    seed(site, 2)
    assert {ticket.status for ticket in site.tickets(helpdesk=site.open(statuses={"To Do": "hold"}))} == {
        StatusCategory.HOLD
    }


def test_a_checkpoint_that_is_not_ours_is_told(site: Any) -> None:
    with pytest.raises(ConnectorError, match="checkpoint"):
        site.tickets("1732877091")


def test_an_unknown_stream_is_a_mistake_of_the_caller(site: Any) -> None:
    with pytest.raises(ValueError, match="issues"):
        next(site.jira.source.poll("comments", None, site.world.clock.now()))


def test_a_project_that_does_not_exist_is_named_with_a_suggestion(site: Any) -> None:
    with pytest.raises(ConnectorError, match=r"'OSP'.*'OPS'"):
        site.open(projects=["OSP"]).vocabulary()


@pytest.mark.trap("jira-field-ids")
def test_a_field_that_does_not_exist_is_named_with_a_suggestion(site: Any) -> None:
    with pytest.raises(ConnectorError, match=r"'Impcat'.*'Impact'"):
        site.open(fields={"impact": "Impcat"}).source.read([TicketRef("jira", "1")])


@pytest.mark.trap("jira-duplicate-fields")
def test_two_fields_of_one_name_must_be_told_apart_by_id(site: Any) -> None:
    other = site.state.add_field("Impact", "string")
    with pytest.raises(ConnectorError, match=other.id):
        site.open().vocabulary()
    assert "impact" in (site.open(fields={"impact": other.id}).vocabulary().fields or ())


def test_the_vocabulary_names_what_a_policy_may_use(site: Any) -> None:
    words = site.jira.vocabulary()
    assert words.groups == {"Tier 2", "Tier 3"}
    assert words.priorities == set(Priority)
    assert words.projects == {"OPS"}
    assert words.subtasks == {"OPS": True}
    assert "Task" in words.types["OPS"]


def test_without_a_group_field_groups_are_not_checked(site: Any) -> None:
    assert site.open(group=None).vocabulary().groups is None


def test_identity_tells_who_we_are_and_the_helpdesks_clock(site: Any) -> None:
    identity = site.jira.identity()
    assert identity.name == "Escalade"
    assert identity.clock_skew == pytest.approx(0, abs=1)


def test_work_below_a_ticket_is_no_ticket_but_can_be_read_where_it_is_asked_for(site: Any) -> None:
    issue = site.state.add_issue("OPS", "Down")
    part = site.state.add_issue("OPS", "Part", parent=issue)
    refs, gone = [site.ref(issue), site.ref(part)], TicketRef("jira", "999")
    source = site.jira.source
    assert {ref for ref, ticket in source.read([*refs, gone]).items() if ticket is None} == {site.ref(part), gone}
    assert {ref for ref, ticket in read_with_work(source, [*refs, gone]).items() if ticket is None} == {gone}
