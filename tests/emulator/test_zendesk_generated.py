"""The export's order under any sequence of changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from escalade.emulator.zendesk.generated import GeneratedIndex

CHANGES = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 5)), max_size=60)


def _pages(index: GeneratedIndex, limit: int, until: int) -> list[list[int]]:
    pages: list[list[int]] = []
    place, more = (0, 0), True
    while more:
        assert len(pages) < 100, "the pages do not come to an end"
        ids, more = index.after(place, limit, until=until)
        pages.append(ids)
        place = index.place_of(ids[-1]) if ids else place
    return pages


@given(changes=CHANGES, limit=st.integers(1, 7), hidden=st.integers(0, 20))
def test_pages_hold_each_ticket_once_in_order_and_nothing_hidden(
    changes: list[tuple[int, int]], limit: int, hidden: int
) -> None:
    index, now, latest = GeneratedIndex(), 100, {}
    for ticket_id, seconds in changes:
        now += seconds
        index.put(ticket_id, now)
        latest[ticket_id] = now
    expected = sorted((at, ticket_id) for ticket_id, at in latest.items() if at <= now - hidden)
    pages = _pages(index, limit, now - hidden)
    assert [one for page in pages for one in page] == [ticket_id for _at, ticket_id in expected]
    assert all(len(page) == limit for page in pages[:-1])


@given(seeded=st.lists(st.integers(0, 1000), unique=True), changes=CHANGES)
def test_tickets_seeded_in_any_order_are_found_in_order(seeded: list[int], changes: list[tuple[int, int]]) -> None:
    index = GeneratedIndex()
    for at in seeded:
        index.put(at + 1000, at)
    for ticket_id, seconds in changes:
        index.put(ticket_id, 2000 + seconds)
    ids, more = index.after((-1, 0), 10_000, until=10_000)
    assert not more
    places = [index.place_of(one) for one in ids]
    assert places == sorted(places)
    assert len(places) == len(set(ids)) == len(seeded) + len({ticket_id for ticket_id, _ in changes})


@given(changes=CHANGES, more_changes=CHANGES, limit=st.integers(1, 7))
def test_a_reader_who_resumes_misses_no_change(
    changes: list[tuple[int, int]], more_changes: list[tuple[int, int]], limit: int
) -> None:
    truth: dict[int, int] = {}
    seen: dict[int, int] = {}
    index, now = GeneratedIndex(), 100
    place = (0, 0)
    for ticket_id, seconds in [*changes, *more_changes]:
        now += seconds + 1
        index.put(ticket_id, now)
        truth[ticket_id] = now
        ids, _more = index.after(place, limit, until=now)
        seen |= {one: index.place_of(one)[0] for one in ids}
        place = index.place_of(ids[-1]) if ids else place
    assert seen == truth
