"""A database of an older version: what it holds is still true after the upgrade, and nobody is visited for its sake."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import escalade.store.migrations
from escalade.store.engine import make_engine
from escalade.store.migrate import newest_schema
from escalade.store.sql import open_store
from rules.decide import decide
from rules.ledger import Escalation, Ledger, TierStep
from rules.load import load_policy
from rules.plan import plan
from rules.start import Start
from sync import Known

_SINCE = "2026-03-02T09:00:00Z"
#: As the first version wrote it: no steps, and nothing else that came later.
_OLD = {
    "ref": {"helpdesk": "zendesk", "id": "1"},
    "escalation": {
        "tier": "tier1",
        "entered_at": _SINCE,
        "because": "rule:complaint",
        "since": _SINCE,
        "episode": 1,
        "policy": "abc123abc123",
    },
    "episodes": 1,
    "tags": ["esc_t1"],
}


POLICY = """
version: 1
default_calendar: always
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 8h}
  - {id: tier2, name: Tier 2, tag: esc_t2}
rules:
  - {id: complaint, description: A complaint, when: {tags: {contains: printer}}, escalate_to: tier1}
"""


def decided(known: Known, now: datetime) -> Ledger:
    """The ledger that a visit would keep."""
    policy = load_policy({"policy.yaml": POLICY})
    decision = decide(policy, known.ticket, None, known.summary, known.ledger, now)
    return plan(known.ticket, decision, known.ledger, policy, 0, now).ledger


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(escalade.store.migrations.__path__[0]).replace("%", "%%"))
    return config


@pytest.fixture
def old_database(database_url: str) -> str:
    """A database of the first schema with one escalated ticket and one that is not."""
    engine = make_engine(database_url)
    with engine.begin() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        statement = sa.text("INSERT INTO ledgers (helpdesk, ticket, ledger) VALUES ('zendesk', :ticket, :ledger)")
        calm = {"ref": {"helpdesk": "zendesk", "id": "2"}, "escalation": None}
        for ticket, ledger in (("1", _OLD), ("2", calm)):
            connection.execute(statement, {"ticket": ticket, "ledger": msgspec.msgpack.encode(ledger)})
    engine.dispose()
    return database_url


def test_an_escalation_follows_the_policy_that_brought_it_into_its_tier(old_database: str, desk: Any) -> None:
    with open_store(old_database) as store:
        assert store.followers() == {desk.ref(1): "abc123abc123"}
        assert store.in_flight() == {"abc123abc123": 1}
        assert store.policy_texts("abc123abc123") is None
        assert store.versions() == []


def test_a_ledger_without_the_steps_of_its_climb_is_read_as_it_is(old_database: str, desk: Any) -> None:
    with open_store(old_database) as store:
        store.take_in("zendesk", desk.page(desk.ticket(1)), desk.at(1))
        known = store.load([desk.ref(1)])[desk.ref(1)]
    since = datetime(2026, 3, 2, 9, tzinfo=UTC)
    stands = Escalation(tier="tier1", entered_at=since, because="rule:complaint", since=since, policy="abc123abc123")
    assert known.ledger == Ledger(ref=desk.ref(1), escalation=stands, episodes=1, tags=frozenset({"esc_t1"}))
    assert known.follows == "abc123abc123"
    # Nothing of it has to be kept anew, so nobody is visited for the sake of the form alone.
    assert decided(known, desk.at(1)).says_what(known.ledger)
    climbed = msgspec.structs.replace(stands, steps=(TierStep("tier1", since, "rule:complaint"),))
    assert not known.ledger.says_what(msgspec.structs.replace(known.ledger, escalation=climbed))


def test_escalade_acts_on_the_helpdesks_that_it_read_before(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        statement = sa.text("INSERT INTO checkpoints (helpdesk, stream, checkpoint) VALUES (:name, :stream, 'c')")
        for name, stream in (("zendesk", "tickets"), ("zendesk", "events"), ("jira", "issues")):
            connection.execute(statement, {"name": name, "stream": stream})
    engine.dispose()
    with open_store(database_url) as store:
        begun = Start(at=datetime(1970, 1, 1, tzinfo=UTC))
        assert store.starts() == {"jira": begun, "zendesk": begun}
        assert store.open_by_helpdesk(["zendesk"]) == {"zendesk": 0}


def test_the_schema_that_this_version_needs_is_the_one_that_its_migrations_lead_to() -> None:
    assert newest_schema() == ScriptDirectory.from_config(migrations()).get_current_head()
