"""Whatever people do and however time passes: running twice writes nothing the second time, and nobody is fought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: Tags that people put on and take off; nobody takes "vip" off.
WORDS = ("complaint", "loud", "outage", "esc_t1", "esc_t2", "esc_complaint", "esc_account")

acts = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(WORDS)),
    st.tuples(st.just("take"), st.sampled_from(WORDS)),
    st.tuples(st.just("priority"), st.sampled_from(["low", "normal", "high", "urgent"])),
    st.tuples(st.just("group"), st.sampled_from(["First line", "Tier 1", "Tier 2"])),
    st.tuples(st.just("status"), st.sampled_from(["open", "pending", "solved"])),
    st.tuples(st.just("say"), st.sampled_from(["agent", "customer", "note"])),
)
steps = st.tuples(
    st.integers(0, 2),
    acts,
    st.sampled_from([timedelta(seconds=90), timedelta(minutes=10), timedelta(hours=5), timedelta(days=2)]),
)


def perform(desk: Any, ref: Any, kind: str, what: str) -> None:
    if kind in {"add", "take"}:
        tags = set(desk.tags(ref)) | {what} if kind == "add" else set(desk.tags(ref)) - {what}
        desk.act(ref, tags=sorted(tags))
    elif kind == "priority":
        desk.act(ref, priority=what)
    elif kind == "group":
        desk.act(ref, group_id=desk.groups[what])
    elif kind == "status":
        desk.act(ref, status=what, assignee_id=desk.agent.id)
    else:
        by = desk.customer.id if what == "customer" else desk.agent.id
        desk.act(ref, by=by, comment={"body": "A word.", "public": what != "note"})


@given(story=st.lists(steps, min_size=1, max_size=6))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_second_run_writes_nothing_whatever_happened_before(make_desk: Any, story: list[Any]) -> None:
    desk = make_desk()
    refs = [desk.ticket("Refund", "complaint"), desk.ticket("Down", "outage", "vip"), desk.ticket("A question")]
    desk.sync()
    for which, (kind, what), span in story:
        perform(desk, refs[which], kind, what)
        desk.pass_time(span)
        desk.sync()
        before = desk.writes
        desk.sync()
        assert desk.writes == before, "right after"
        desk.pass_time()
        desk.sync()
        assert desk.writes == before, "after the echo"
        assert "vip" in desk.tags(refs[1]), "a tag of people's own"
