"""Updates as Zendesk's event export writes them, in all their spellings, as edits of a history."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.zendesk import wire
from connectors.zendesk.changed import Reading
from connectors.zendesk.settings import read_settings
from connectors.zendesk.translate import Names, TicketField
from rules.histories.edit import Edit
from rules.histories.lack import LackKind

_FIELDS = {
    "minutes": TicketField(id=360, title="Minutes", type="integer"),
    "share": TicketField(id=361, title="Share", type="decimal"),
    "legal": TicketField(id=362, title="Legal", type="checkbox"),
    "regions": TicketField(id=363, title="Regions", type="multiselect"),
    "product": TicketField(id=364, title="Product", type="tagger"),
}


def reading() -> Reading:
    options = {
        "url": "https://example.zendesk.com",
        "auth": {"client_id_env": "A", "client_secret_env": "B"},
        "fields": {name: field.id for name, field in _FIELDS.items()},
        "product_field": "product",
    }
    return Reading("zendesk", read_settings(options), Names(groups={23: "Tier 2"}, fields=_FIELDS), 7)


def edits(*children: dict[str, Any], read: Reading | None = None) -> list[Edit]:
    numbered = [{"id": number, "event_type": "Change", **child} for number, child in enumerate(children)]
    raw = {"id": 99, "ticket_id": 35, "timestamp": 1_772_442_000, "updater_id": 8, "child_events": numbered}
    return list((read or reading()).edits(msgspec.convert(raw, wire.EventRow)))


@pytest.mark.parametrize(
    ("child", "before", "after"),
    [
        ({"status": "solved", "previous_value": "open"}, {"status": "open"}, {"status": "solved"}),
        ({"group_id": "23", "previous_value": None}, {"group": None}, {"group": "Tier 2"}),
        ({"group_id": 23, "previous_value": ""}, {"group": None}, {"group": "Tier 2"}),
        ({"assignee_id": None, "previous_value": "8"}, {"assignee": "8"}, {"assignee": None}),
        ({"organization_id": 5, "previous_value": 4}, {"account": "4"}, {"account": "5"}),
        ({"priority": "-", "previous_value": "low"}, {"priority": "low"}, {"priority": None}),
        ({"type": "incident", "previous_value": "question"}, {"type": "question"}, {"type": "incident"}),
        ({"tags": ["b", "a"], "previous_value": ["a"]}, {"tags": ("a",)}, {"tags": ("a", "b")}),
        ({"tags": "b a", "previous_value": "a"}, {"tags": ("a",)}, {"tags": ("a", "b")}),
        (
            {"custom_ticket_fields": {"360": "40"}, "previous_value": "5"},
            {"custom.minutes": 5},
            {"custom.minutes": 40},
        ),
        (
            {"custom_ticket_fields": {"361": "0.5"}, "previous_value": None},
            {"custom.share": None},
            {"custom.share": 0.5},
        ),
        (
            {"custom_ticket_fields": {"362": "1"}, "previous_value": {"362": "0"}},
            {"custom.legal": False},
            {"custom.legal": True},
        ),
        (
            {"custom_ticket_fields": {"363": ["b", "a"]}, "previous_value": "a"},
            {"custom.regions": "a"},
            {"custom.regions": "a,b"},
        ),
        (
            {"custom_ticket_fields": {"364": "disk"}, "previous_value": None},
            {"custom.product": None, "product": None},
            {"custom.product": "disk", "product": "disk"},
        ),
        ({"custom_ticket_fields": {"999": "x"}, "previous_value": None}, {}, {}),
        (
            {"custom_ticket_fields": {"360": "many"}, "previous_value": ""},
            {"custom.minutes": None},
            {"custom.minutes": "many"},
        ),
    ],
)
def test_a_changed_field_is_told_with_what_was_before(
    child: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> None:
    [edit] = edits(child)
    assert (edit.before, edit.after, edit.creates, edit.ours) == (before, after, False, False)


def test_tags_of_which_only_the_difference_is_told_stay_a_difference() -> None:
    [edit] = edits({"tags": ["a", "c"], "added_tags": ["c"], "removed_tags": ["b"]})
    assert (edit.added, edit.removed, edit.after) == ({"tags": {"c"}}, {"tags": {"b"}}, {})


def test_what_a_trigger_changed_in_the_same_update_is_one_change_with_the_first_value_before() -> None:
    [edit] = edits({"priority": "normal", "previous_value": None}, {"priority": "urgent", "previous_value": "normal"})
    assert (edit.before, edit.after) == ({"priority": None}, {"priority": "urgent"})


def test_a_creation_and_what_triggers_then_changed_are_two_edits_in_their_order() -> None:
    first, then = edits({"status": "open", "previous_value": "new"}, {"status": "new", "event_type": "Create"})
    assert (first.creates, first.after, then.before, then.after) == (
        True,
        {"status": "new"},
        {"status": "new"},
        {"status": "open"},
    )
    assert (first.at, first.order < then.order) == (then.at, True)


def test_a_group_that_is_gone_reads_as_none_and_is_named() -> None:
    read = reading()
    [edit] = edits({"group_id": 77, "previous_value": 23}, read=read)
    assert (edit.after, [lack.kind for lack in read.lacks()]) == ({"group": None}, [LackKind.NAMES])


def test_what_nobody_knows_is_passed_over() -> None:
    assert edits({"event_type": "SuspendedTicket", "mood": 3}) == []
