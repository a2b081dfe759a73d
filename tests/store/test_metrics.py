"""Metrics: what they count, that they are all told in the reference, and that the alerts ask for what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from connectors.errors import Scope
from connectors.memory_purse import MemoryPurse
from connectors.purse import Ask, Key
from connectors.rank import Rank
from escalade.measures import LATENESS_BUCKETS, MEASURES, Kind
from escalade.metrics import Metrics
from escalade.receiver.tally import Tally
from escalade.store.figures import Figures
from escalade.store.sql import SqlStore

ROOT = Path(__file__).parents[2]
ALERTS = yaml.safe_load((ROOT / "docs/howto/alerts.yaml").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
EMPTY = Figures(due={}, overdue={}, dead={}, lag={})


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample of an exposition by its name and its labels' values."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_visits_and_writes_are_counted_by_what_they_came_to() -> None:
    metrics = Metrics()
    metrics.visited("zendesk", "written")
    metrics.visited("zendesk", "written")
    metrics.visited("jira", "failed")
    metrics.wrote("channel:room", "notify", "applied")
    assert samples(metrics) == {
        ("escalade_visits_total", "zendesk", "written"): 2,
        ("escalade_visits_total", "jira", "failed"): 1,
        ("escalade_writes_total", "notify", "applied", "channel:room"): 1,
    }


@pytest.mark.parametrize(
    ("reason", "cause"),
    [("webhook", "event"), ("polled", "event"), ("retry", "retry"), ("tier 1 times out", "deadline")],
)
def test_lateness_tells_deadlines_from_events_and_retries(reason: str, cause: str) -> None:
    metrics = Metrics()
    metrics.began(reason, timedelta(seconds=1.5))
    found = samples(metrics)
    assert found["escalade_visit_lateness_seconds_count", cause] == 1
    assert found["escalade_visit_lateness_seconds_bucket", cause, "1.0"] == 0
    assert found["escalade_visit_lateness_seconds_bucket", cause, "2.0"] == 1


@given(st.lists(st.floats(-10, 10_000), min_size=1, max_size=30))
def test_the_buckets_of_lateness_are_the_counts_up_to_their_ends(late: list[float]) -> None:
    metrics = Metrics()
    for seconds in late:
        metrics.began("timer", timedelta(seconds=seconds))
    found = samples(metrics)
    exact = [max(0.0, timedelta(seconds=seconds).total_seconds()) for seconds in late]
    for end in LATENESS_BUCKETS:
        upto = sum(seconds <= end for seconds in exact)
        assert found["escalade_visit_lateness_seconds_bucket", "deadline", str(end)] == upto
    assert found["escalade_visit_lateness_seconds_bucket", "deadline", "+Inf"] == len(late)
    assert found["escalade_visit_lateness_seconds_sum", "deadline"] == pytest.approx(sum(exact))


def test_the_store_tells_what_is_due_overdue_dead_and_read(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(desk.ticket(1), desk.ticket(2), desk.ticket(3)), desk.at(0))
    dead, *_ = store.due(desk.at(0), 10)
    store.bury(dead, "refused", ())
    figures = store.figures(desk.at(7))
    assert figures == Figures(
        due={"zendesk": 2},
        overdue={"zendesk": timedelta(minutes=7)},
        dead={"zendesk": 1},
        lag={("zendesk", "tickets"): timedelta(minutes=7)},
    )
    metrics = Metrics()
    metrics.watch(lambda: store.figures(desk.at(7)), lambda: {"zendesk": {"GET /x": 3}})
    assert samples(metrics) == {
        ("escalade_calls_total", "GET /x", "zendesk"): 3,
        ("escalade_stream_lag_seconds", "zendesk", "tickets"): 420,
        ("escalade_visits_due", "zendesk"): 2,
        ("escalade_visit_overdue_seconds", "zendesk"): 420,
        ("escalade_dead_letters", "zendesk"): 1,
    }


def test_the_store_tells_what_is_left_of_the_shared_budgets_but_not_of_those_of_tickets(store: SqlStore) -> None:
    def ask(key: Key, calls: int | None) -> Ask:
        return Ask(key=key, rank=Rank.FIRST, want=7, share=0.5, calls=calls, per=3600.0)

    keys = (Key(Scope.HELPDESK), Key(Scope.ENDPOINT, "update"), Key(Scope.TICKET, "1"))
    store.take("zendesk", [ask(key, 30) for key in keys] + [ask(Key(Scope.ENDPOINT, "unknown"), None)])
    metrics = Metrics()
    metrics.watch(lambda: store.figures(datetime.now(UTC)), dict)
    assert samples(metrics) == {
        ("escalade_budget_left_calls", "", "zendesk"): 23,
        ("escalade_budget_left_calls", "update", "zendesk"): 23,
        ("escalade_budget_limit_calls", "", "zendesk"): 30,
        ("escalade_budget_limit_calls", "update", "zendesk"): 30,
    }


def test_a_process_that_has_the_store_to_itself_tells_what_is_left_of_the_budgets_in_its_memory() -> None:
    def ask(key: Key) -> Ask:
        return Ask(key=key, rank=Rank.FIRST, want=7, share=0.5, calls=30, per=3600.0)

    purse = MemoryPurse(lambda: 0.0)
    purse.take("zendesk", [ask(Key(Scope.HELPDESK)), ask(Key(Scope.TICKET, "1"))])
    metrics = Metrics()
    metrics.watch(lambda: EMPTY, dict)
    metrics.watch_budgets(purse.standing)
    assert samples(metrics) == {
        ("escalade_budget_left_calls", "", "zendesk"): 23,
        ("escalade_budget_limit_calls", "", "zendesk"): 30,
    }


def test_a_helpdesk_where_nothing_is_due_or_dead_is_told_as_none_so_that_alerts_end(store: SqlStore, desk: Any) -> None:
    store.take_in("zendesk", desk.page(), desk.at(0))
    figures = store.figures(desk.at(0))
    assert (figures.due, figures.overdue, figures.dead) == ({"zendesk": 0}, {"zendesk": timedelta()}, {"zendesk": 0})


def test_what_sleeps_is_not_due(store: SqlStore, desk: Any) -> None:
    store.nudge([desk.ref(1)], desk.at(60), "timer")
    assert store.figures(desk.at(0)).due == {}


def test_nothing_is_told_that_is_not_declared_and_no_label_names_a_ticket() -> None:
    metrics = Metrics()
    metrics.watch(lambda: EMPTY, dict)
    metrics.braked(held=False)
    told = {family.name: set(family._labelnames) for family in (*metrics.collect(), *Tally().collect())}
    declared = {one.name.removesuffix("_total"): set(one.labels) for one in MEASURES}
    assert told == declared
    assert not {label for labels in declared.values() for label in labels} & {"ticket", "ref", "key", "person"}


def test_others_may_add_figures_of_their_own_to_the_registry() -> None:
    from prometheus_client import Counter

    metrics = Metrics()
    Counter("other", "Something else.", registry=metrics.registry()).inc()
    assert ("other_total",) in samples(metrics)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_figures_and_labels_that_exist_and_says_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "action"}
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
    names = {f"{one.name}_bucket" if one.kind is Kind.HISTOGRAM else one.name: one for one in MEASURES}
    asked = set(re.findall(r"\bescalade_\w+", rule["expr"]))
    assert asked
    assert asked <= names.keys()
    labels = {label for name in asked for label in names[name].labels} | {"le"}
    used = re.findall(r"by \(([^)]*)\)", rule["expr"])
    filtered = re.findall(r"[{,]\s*(\w+)=", rule["expr"])
    shown = re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])
    assert {word.strip() for words in used for word in words.split(",")} | set(filtered) <= labels
    assert set(shown) <= {word.strip() for words in used for word in words.split(",")}
    assert rule["expr"].count("(") == rule["expr"].count(")")


PLAYED = Path(__file__).with_name("alerts_test.yaml")


def test_every_alert_is_made_to_fire_in_the_played_trouble() -> None:
    *_, trouble = yaml.safe_load(PLAYED.read_text(encoding="utf-8"))["tests"]
    fired = {
        re.findall(r'alertname="(\w+)"', one["labels"])[0] for one in trouble["promql_expr_test"][0]["exp_samples"]
    }
    assert fired == {rule["alert"] for rule in RULES}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool here: it comes with Debian's prometheus")
def test_all_alerts_fire_in_trouble_and_none_while_all_is_well(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docs/howto/alerts.yaml", tmp_path)
    shutil.copy(PLAYED, tmp_path)
    for command in (["check", "rules", "alerts.yaml"], ["test", "rules", PLAYED.name]):
        done = subprocess.run(["promtool", *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_name_of_its_own() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) > 4


def test_the_command_in_an_alert_exists() -> None:
    from escalade.cli import COMMANDS

    names = {str(command.name) for command in COMMANDS} | {"dead"}
    told = {word for rule in RULES for word in re.findall(r"escalade (\w+)", rule["annotations"]["action"])}
    assert told <= names
