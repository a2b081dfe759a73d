"""What `deploy/` ships: systemd's units, the container and the composition do what the documentation says of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = ("escalade.service", "escalade-worker@.service")
#: Seconds that visits in hand have at the end (`--drain`).
DRAIN = 30


def unit(name: str) -> dict[str, list[str]]:
    """The options of a unit; those that stand there several times have several values."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / name).read_text(encoding="utf-8").splitlines():
        option, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(option, []).append(value)
    return found


def composition() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_units_and_calls_them_well_protected(tmp_path: Path) -> None:
    for name in UNITS:
        # Verified where the program is not installed.
        text = (DEPLOY / name).read_text(encoding="utf-8").replace("/opt/escalade/bin/escalade", "/bin/true")
        (tmp_path / name.replace("@", "@1")).write_text(text, encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in (UNITS[0], "escalade-worker@1.service"):
        verified = subprocess.run(
            ["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False
        )
        about = [line for line in verified.stderr.splitlines() if "escalade" in line]
        assert (verified.returncode, about) == (0, [])
        rated = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert rated.returncode == 0, rated.stdout


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_gives_visits_time_to_end_and_is_not_started_again_over_a_mistake_in_the_settings(name: str) -> None:
    options = unit(name)
    assert int(options["TimeoutStopSec"][0]) > DRAIN
    assert options["RestartPreventExitStatus"] == ["2"]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_hands_secrets_over_as_files_that_it_really_loads(name: str) -> None:
    options = unit(name)
    loaded = {value.partition(":")[0] for value in options["LoadCredential"]}
    files = {value.partition("=%d/")[2] for value in options["Environment"] if "_FILE=" in value}
    assert files == loaded
    assert not any("SECRET=" in value or "TOKEN=" in value for value in options["Environment"])


def test_the_image_has_no_secret_runs_as_nobody_in_particular_and_tells_its_health(
    instructions: list[tuple[str, str]],
) -> None:
    of = dict(instructions)
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", of["USER"])
    assert "/healthz" in of["HEALTHCHECK"]
    assert of["STOPSIGNAL"] == "SIGTERM"
    # Without a shell in between, which would keep signals to itself.
    assert all(of[name].startswith("[") for name in ("ENTRYPOINT", "CMD"))
    assert not re.search(
        r"(?i)(secret|token|password)", " ".join(value for name, value in instructions if name in {"ENV", "ARG"})
    )
    # The last word on who runs it stands behind the last layer.
    names = [name for name, _ in instructions]
    assert names.index("USER") > max(at for at, name in enumerate(names) if name in {"COPY", "RUN"})


def test_what_the_image_is_built_from_is_there_and_nothing_else_is_sent_to_the_builder(
    instructions: list[tuple[str, str]],
) -> None:
    copied = {
        source
        for name, value in instructions
        if name == "COPY" and "--from" not in value
        for source in value.split()[:-1]
    }
    assert all((ROOT / source).exists() for source in copied)
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert let_in[0] == "*"
    assert {line.removeprefix("!") for line in let_in if line.startswith("!")} == {
        source.removeprefix("./") for source in copied
    }


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_hadolint_has_nothing_to_say_of_the_dockerfile() -> None:
    linted = subprocess.run(["hadolint", str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_a_container_writes_nothing_on_its_root_and_gets_its_secrets_as_files(name: str) -> None:
    whole = composition()
    service = whole["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert int(service["stop_grace_period"].removesuffix("s")) > DRAIN
    files = {value.rpartition("/")[2] for key, value in service["environment"].items() if key.endswith("_FILE")}
    assert files == set(service["secrets"])
    assert files <= whole["secrets"].keys()
    assert not any(key.endswith(("SECRET", "TOKEN", "PASSWORD")) for key in service["environment"])


def test_only_a_proxy_on_the_same_machine_reaches_the_webhooks_and_nobody_the_figures() -> None:
    services = composition()["services"]
    assert services["serve"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in services["worker"]
    assert "ports" not in services["db"]


def test_docker_accepts_the_composition() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    read = subprocess.run(
        [docker, "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stderr
