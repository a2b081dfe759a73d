"""`escalade check`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def test_check_finds_nothing_in_the_starter_policy_and_asks_no_helpdesk(tmp_path: Path, escalade: Any) -> None:
    escalade("init", str(tmp_path))
    ended = escalade("check", str(tmp_path), "--strict")
    assert ended.code == 0, ended.out
    assert escalade("check", at=tmp_path).out == ended.out


@pytest.mark.parametrize(
    ("policy", "options", "ended"),
    [
        ("always-holds.yaml", (), (0, "warning [always-holds]")),
        ("always-holds.yaml", ("--strict",), (1, "Found 2 warnings.")),
        ("never-holds.yaml", (), (2, "never-holds.yaml:8:11: error [never-holds]")),
        ("unused-template.yaml", ("--strict",), (0, "Found 1 note.")),
    ],
)
def test_check_tells_findings_and_ends_by_the_worst(
    tmp_path: Path, policy: str, options: tuple[str, ...], ended: tuple[int, str], escalade: Any
) -> None:
    shutil.copy(ROOT / "tests" / "rules" / "lint" / policy, tmp_path)
    found = escalade("check", str(tmp_path), *options)
    code, said = ended
    assert found.code == code
    assert said in found.out


def test_check_tells_every_mistake_with_its_place(tmp_path: Path, escalade: Any) -> None:
    shutil.copy(ROOT / "tests" / "rules" / "errors" / "cadences.yaml", tmp_path)
    ended = escalade("check", str(tmp_path))
    assert ended.code == 2
    assert "cadences.yaml:11:12: there is no such fact" in ended.err
    assert "23 problems found." in ended.err


WEBHOOKS = """
webhooks:
  zendesk: {secret_env: ZENDESK_HOOK, ticket: PATH}
  rules: {helpdesk: jira, token_env: JIRA_RULE_TOKEN, ticket: $.issue.id}
"""


def with_webhooks(folder: Path, escalade: Any, path: str = "$.ticket.id") -> None:
    escalade("init", str(folder))
    settings = folder / "escalade.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + WEBHOOKS.replace("PATH", path), encoding="utf-8")


def test_check_warns_of_every_secret_that_a_service_would_miss_with_its_place(tmp_path: Path, escalade: Any) -> None:
    with_webhooks(tmp_path, escalade)
    found = escalade("check", at=tmp_path)
    assert found.code == 0, found.err
    lines = (tmp_path / "escalade.yaml").read_text(encoding="utf-8").splitlines()
    for env, option in (("ZENDESK_HOOK", "secret_env"), ("JIRA_RULE_TOKEN", "token_env")):
        (line,) = [number for number, text in enumerate(lines, 1) if env in text]
        place = f"escalade.yaml:{line}:{lines[line - 1].index(env) + 1}: warning [secret-missing]"
        assert place in found.out
        assert f"{option}); without it" in found.out
    assert escalade("check", "--strict", at=tmp_path).code == 1


def test_check_refuses_a_secret_that_anybody_can_look_up(
    tmp_path: Path, escalade: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_webhooks(tmp_path, escalade)
    monkeypatch.setenv("ZENDESK_HOOK", "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==")
    found = escalade("check", at=tmp_path)
    assert found.code == 2
    assert "published test secret" in found.err
    assert "dGhpc19z" not in found.err


def test_check_tells_mistakes_of_settings_and_policy_at_once(tmp_path: Path, escalade: Any) -> None:
    with_webhooks(tmp_path, escalade, path="ticket.id")
    rules = tmp_path / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("tags:", "tagz:", 1), encoding="utf-8")
    found = escalade("check", at=tmp_path)
    assert found.code == 2
    assert "a path begins with $" in found.err
    assert "tagz" in found.err
    told = escalade("check", "--format", "json", at=tmp_path).out
    assert "webhooks.zendesk.ticket" in told
    assert "rules.yaml" in told


def test_check_tells_a_wrong_block_of_a_helpdesk(tmp_path: Path, escalade: Any) -> None:
    with_webhooks(tmp_path, escalade)
    settings = tmp_path / "escalade.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("product_field:", "produkt_field:"), encoding="utf-8")
    found = escalade("check", at=tmp_path)
    assert found.code == 2
    assert "helpdesks.zendesk.produkt_field" in found.err
