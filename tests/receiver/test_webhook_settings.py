"""Mistakes in the blocks `webhooks` and `service` are told all at once, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import SettingsError
from escalade.receiver.opening import open_webhooks
from escalade.service import ServiceSettings
from escalade.settings import load_settings
from rules.problems import PolicyErrors, render

CASES = sorted((Path(__file__).parent / "errors").glob("*.yaml"))


class Secrets:
    """Has the documentation's secret, and lacks one."""

    def get(self, env: str, *, file: Path | None = None) -> str:
        if env == "MISSING":
            raise SettingsError([("", f"the environment variable {env} is not set: put the secret into it")])
        return "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==" if env == "PUBLISHED" else "any"


def complaints(case: Path) -> str:
    with pytest.raises(PolicyErrors) as caught:
        open_webhooks(load_settings(case), Secrets())
    text = case.read_text(encoding="utf-8")
    told = render(caught.value.problems, {str(case): text})
    return told.replace(str(case), case.name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_each_mistake_is_told_with_its_place(case: Path) -> None:
    assert complaints(case) == case.with_suffix(".err").read_text(encoding="utf-8")


def test_there_is_a_golden_text_for_every_case_and_no_other() -> None:
    folder = Path(__file__).parent / "errors"
    assert {case.stem for case in CASES} == {golden.stem for golden in folder.glob("*.err")}


def test_without_a_block_the_service_is_reached_from_this_machine_only() -> None:
    assert (ServiceSettings().host, ServiceSettings().admin_host) == ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_figures_need_no_token_where_only_this_machine_can_ask(host: str) -> None:
    assert ServiceSettings(admin_host=host).admin_host == host


def test_figures_may_be_asked_for_from_elsewhere_with_a_token() -> None:
    assert ServiceSettings(admin_host="0.0.0.0", admin_token_env="T").has_admin_token  # noqa: S104 - what is tested
