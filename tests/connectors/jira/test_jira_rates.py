"""What Jira's headers tell of its limits, and that all workers keep to it before anybody is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.errors import Scope
from connectors.jira.client import DIALECT, endpoint_budgets, endpoint_of
from connectors.jira.rates import readings
from connectors.limiter import BudgetExhaustedError, Limiter, Reading
from connectors.memory_purse import MemoryPurse
from connectors.patience import Patience
from connectors.purse import Key
from connectors.rank import Rank, ranked
from connectors.shared_limiter import SharedLimiter

EDIT = "PUT /rest/api/2/issue/{id}"


def burst(limit: int, remaining: int) -> Reading:
    return Reading(scope=Scope.ENDPOINT, name=EDIT, limit=limit, remaining=remaining, resets=1.0, per=1.0)


@pytest.mark.trap("jira-rate-headers")
def test_the_burst_headers_of_cloud_are_about_the_endpoint_that_was_called() -> None:
    assert list(readings(EDIT, {"X-RateLimit-Limit": "40", "X-RateLimit-Remaining": "12"})) == [burst(40, 12)]


def test_a_larger_burst_than_the_documented_one_is_not_believed() -> None:
    assert list(readings(EDIT, {"X-RateLimit-Limit": "350", "X-RateLimit-Remaining": "349"})) == [burst(50, 349)]


def test_the_numbers_of_a_refusal_are_not_taken_for_the_endpoints_when_it_is_about_something_else() -> None:
    headers = {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "RateLimit-Reason": "jira-per-issue-on-write"}
    assert list(readings(EDIT, headers)) == []
    assert list(readings(EDIT, headers | {"RateLimit-Reason": "jira-burst-based"})) == [burst(20, 0)]


@pytest.mark.parametrize("prefix", ["", "Beta-"])
def test_an_hourly_quota_is_the_accounts_and_its_scarcest_policy_counts(prefix: str) -> None:
    headers = {
        f"{prefix}RateLimit-Policy": '"tenant-app-quota";q=100100;w=3600, "global-app-quota";q=65000;w=3600',
        f"{prefix}RateLimit": '"tenant-app-quota";r=17842;t=2107, "global-app-quota";r=60000;t=9000',
        "X-Beta-RateLimit-NearLimit": "true",
    }
    quota = Reading(
        scope=Scope.HELPDESK, limit=100_100, remaining=17_842, resets=2107, per=3600, scarce=True, alone=True
    )
    assert list(readings(EDIT, headers)) == [quota]


def test_a_time_beyond_the_period_is_cut_to_it() -> None:
    headers = {"RateLimit-Policy": '"q";q=100;w=3600', "RateLimit": '"q";r=0;t=90000'}
    (found,) = readings(EDIT, headers)
    assert (found.remaining, found.resets) == (0, 3600)


def test_a_policy_by_the_second_is_left_to_the_endpoints_own_headers() -> None:
    assert list(readings(EDIT, {"RateLimit-Policy": '"burst";q=100;w=1', "RateLimit": '"burst";r=0;t=1'})) == []


def test_a_warning_without_numbers_is_a_warning() -> None:
    assert list(readings(EDIT, {"X-RateLimit-NearLimit": "true"})) == [Reading(scope=Scope.HELPDESK, scarce=True)]
    assert list(readings(EDIT, {"X-RateLimit-NearLimit": "false"})) == []


def test_the_token_bucket_of_data_center_is_read_as_what_never_empties_it() -> None:
    headers = {
        "X-RateLimit-Limit": "25",
        "X-RateLimit-Remaining": "20",
        "X-RateLimit-Interval-Seconds": "1",
        "X-RateLimit-FillRate": "5",
        "retry-after": "0",
    }
    assert list(readings(EDIT, headers)) == [
        Reading(scope=Scope.HELPDESK, limit=25, remaining=20, resets=1.0, per=5.0, alone=True)
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "-1"},
        {"X-RateLimit-Limit": "9" * 40},
        {"X-RateLimit-Interval-Seconds": "1", "X-RateLimit-Limit": "25", "X-RateLimit-FillRate": "0"},
        {"X-RateLimit-Interval-Seconds": "1"},
        {"RateLimit": ';;;=,"x";r,,;r=;', "RateLimit-Policy": "q=1"},
    ],
)
def test_headers_that_make_no_sense_tell_nothing(headers: Mapping[str, str]) -> None:
    assert list(readings(EDIT, headers)) == []


@dataclass
class Drawer:
    """A purse with a clock that only sleeping moves."""

    now: float = 1000.0

    def __post_init__(self) -> None:
        self.purse = MemoryPurse(lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def process(self, **options: Any) -> SharedLimiter:
        return SharedLimiter("jira", self.purse, Limiter(**options).terms, lambda: self.now, Patience(self.sleep))


@dataclass
class Node:
    """A Data Center node with a bucket of tokens for our user, and a clock that only sleeping moves."""

    drawer: Drawer = field(default_factory=Drawer)
    limit: int = 25
    fill: float = 5.0
    tokens: float = 25.0
    filled_at: float = 1000.0
    refused: int = 0
    answered: int = 0

    def call(self, limiter: SharedLimiter, max_wait: float) -> None:
        """Send one call and hear what the answer tells."""
        limiter.acquire("GET", "/rest/api/2/issue/{id}", max_wait=max_wait)
        now = self.drawer.now
        self.tokens = min(self.limit, self.tokens + (now - self.filled_at) * self.fill)
        self.filled_at = now
        self.refused += self.tokens < 1
        self.answered += self.tokens >= 1
        self.tokens = max(0.0, self.tokens - 1)
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(int(self.tokens)),
            "X-RateLimit-Interval-Seconds": "1",
            "X-RateLimit-FillRate": str(int(self.fill)),
        }
        limiter.learn(DIALECT.readings(EDIT, headers))

    def process(self) -> SharedLimiter:
        return self.drawer.process(endpoints=endpoint_budgets(), endpoint_of=endpoint_of, share=0.5)


def test_two_processes_that_share_what_the_answers_tell_are_never_refused_and_use_most_of_the_limit() -> None:
    node = Node()
    processes = [node.process(), node.process()]
    while node.drawer.now < 1060:
        for process in processes:
            node.call(process, max_wait=60)
    assert node.refused == 0
    # The limit is our user's alone: the share that is left to people does not apply to it.
    assert node.answered >= 0.7 * 60 * node.fill


def test_what_another_program_of_our_user_spends_is_seen_in_the_answers() -> None:
    node = Node()
    process = node.process()
    node.call(process, max_wait=0)
    node.tokens = 2.0
    node.call(process, max_wait=0)
    node.call(process, max_wait=60)
    node.call(process, max_wait=60)
    assert (node.refused, node.drawer.now > 1000.0) == (0, True)


def test_a_warning_that_one_process_heard_makes_the_tidying_of_all_wait_and_nothing_else() -> None:
    drawer = Drawer()
    one, other = drawer.process(), drawer.process()
    one.learn([Reading(scope=Scope.HELPDESK, scarce=True)])
    one.acquire("GET", "/x", max_wait=0)
    for rank in (Rank.FIRST, Rank.USUAL):
        with ranked(rank):
            assert other.acquire("PUT", "/x", max_wait=0) == 0
    drawer.sleep(2)
    with ranked(Rank.LAST), pytest.raises(BudgetExhaustedError) as caught:
        other.acquire("PUT", "/x", max_wait=1)
    assert caught.value.wait == pytest.approx(58)
    with ranked(Rank.LAST):
        assert other.acquire("PUT", "/x", max_wait=60) == pytest.approx(58)


def test_a_period_that_was_learned_survives_the_next_ask_of_a_process_that_does_not_know_it() -> None:
    drawer = Drawer()
    node = Node(drawer=drawer)
    node.call(node.process(), max_wait=0)
    node.call(node.process(), max_wait=0)
    bucket = drawer.purse.known("jira", Key(Scope.HELPDESK))
    assert bucket is not None
    assert (bucket.calls, bucket.per) == (25, 5.0)
