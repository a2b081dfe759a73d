"""The settings file: what is read from it, and that every mistake is told at once with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import SettingsError
from escalade.policy_files import policy_sources
from escalade.settings import EnvironmentSecrets, Settings, find_settings, load_settings, starter_directory
from rules.problems import PolicyErrors

ROOT = Path(__file__).parents[1]
LEAST = "version: 1\nhelpdesks: {zendesk: {vendor: zendesk}}\n"


def load(folder: Path, text: str) -> Settings:
    file = folder / "escalade.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def mistakes(folder: Path, text: str) -> list[str]:
    """What is wrong, as line:path: message."""
    with pytest.raises(PolicyErrors) as caught:
        load(folder, text)
    return [f"{problem.line}:{problem.path}: {problem.message}" for problem in caught.value.problems]


def test_the_least_settings_name_one_helpdesk(tmp_path: Path) -> None:
    found = load(tmp_path, LEAST)
    assert (found.workers, found.policy) == (4, tmp_path)
    assert found.store == f"sqlite:///{tmp_path / 'escalade.db'}"
    assert dict(found.helpdesks) == {"zendesk": {"vendor": "zendesk"}}


def test_the_starter_settings_are_valid(tmp_path: Path) -> None:
    found = load_settings(ROOT / "config" / "escalade.yaml")
    assert list(found.helpdesks) == ["zendesk", "jira"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("workers: 0", "1:workers: workers is a whole number from 1 to 64"),
        ("workers: 65", "1:workers: workers is a whole number from 1 to 64"),
        ("workers: many", "1:workers: workers is a whole number from 1 to 64"),
        ("workers: true", "1:workers: workers is a whole number from 1 to 64"),
        ("attempts: 0", "1:attempts: attempts is a whole number from 1 to 100"),
        ("attempts: often", "1:attempts: attempts is a whole number from 1 to 100"),
        ("read_groups_every: 1h", "1:read_groups_every: read_groups_every is a whole number from 1 to 86400"),
        ("store: [1]", "1:store: store is the address of a database, for example sqlite:///escalade.db"),
        ("policy: 4", "1:policy: policy is the directory of the rule files, counted from this file"),
        ("worker: 4", "1:worker: this is not a setting"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(line: str, told: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, f"{line}\n{LEAST}") == [told]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("{}", "helpdesks: name at least one helpdesk"),
        ("[zendesk]", "helpdesks: name at least one helpdesk"),
        ("{zendesk: yes}", "helpdesks.zendesk: a helpdesk is a block of options"),
        ("{zendesk: {url: x}}", "helpdesks.zendesk: a helpdesk says its vendor"),
        ("{'a:b': {vendor: zendesk}}", "helpdesks.a:b: a helpdesk's name has no colon and is not empty"),
    ],
)
def test_a_wrong_block_of_helpdesks_is_told(block: str, told: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, f"version: 1\nhelpdesks: {block}\n") == [f"2:{told}"]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "version: 2\nworkers: 0\ncolour: red\nhelpdesks: {z: {}}\n"
    assert [told.split(":")[0] for told in mistakes(tmp_path, text)] == ["1", "2", "3", "4"]


def test_the_version_has_to_be_said(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, "helpdesks: {zendesk: {vendor: zendesk}}\n")
    assert "version says which form the file has" in told


def test_a_relative_sqlite_file_lies_beside_the_settings(tmp_path: Path) -> None:
    assert load(tmp_path, f"{LEAST}store: sqlite:///desk/e.db\n").store == f"sqlite:///{tmp_path}/desk/e.db"
    assert load(tmp_path, f"{LEAST}store: sqlite:////var/e.db\n").store == "sqlite:////var/e.db"
    url = "postgresql://escalade@db.example.com/escalade"
    assert load(tmp_path, f"{LEAST}store: {url}\n").store == url


def test_the_environment_may_name_another_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALADE_STORE", "postgresql://elsewhere/db")
    assert load(tmp_path, LEAST).store == "postgresql://elsewhere/db"


def test_a_file_may_hold_the_store_s_address_as_containers_hand_it_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "store").write_text("postgresql://escalade:word@db/escalade\n")
    monkeypatch.setenv("ESCALADE_STORE_FILE", str(tmp_path / "store"))
    assert load(tmp_path, LEAST).store == "postgresql://escalade:word@db/escalade"
    monkeypatch.setenv("ESCALADE_STORE_FILE", str(tmp_path / "gone"))
    with pytest.raises(ValueError, match=r"cannot read the secret file .*gone"):
        load(tmp_path, LEAST)


def test_a_variable_of_the_same_name_may_name_the_file_of_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("from the file\n")
    monkeypatch.setenv("DESK_TOKEN_FILE", str(tmp_path / "token"))
    assert EnvironmentSecrets().get("DESK_TOKEN") == "from the file"
    monkeypatch.setenv("DESK_TOKEN", "from the variable")
    assert EnvironmentSecrets().get("DESK_TOKEN") == "from the variable"


def test_the_policy_lies_where_the_settings_say(tmp_path: Path) -> None:
    assert load(tmp_path, f"{LEAST}policy: rules/support\n").policy == tmp_path / "rules" / "support"


def test_settings_are_found_here_in_config_or_where_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"escalade\.yaml or config/escalade\.yaml; .*escalade init"):
        find_settings(None)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "escalade.yaml").write_text(LEAST, encoding="utf-8")
    assert find_settings(None) == Path("config/escalade.yaml")
    (tmp_path / "escalade.yaml").write_text(LEAST, encoding="utf-8")
    assert find_settings(None) == Path("escalade.yaml")
    assert find_settings(Path("config")) == Path("config/escalade.yaml")
    with pytest.raises(FileNotFoundError, match=r"no settings file at other\.yaml"):
        find_settings(Path("other.yaml"))


def test_the_rules_are_every_yaml_file_but_the_settings(tmp_path: Path) -> None:
    for name in ("escalade.yaml", "a.yaml", "b.yml", "notes.txt"):
        (tmp_path / name).write_text("version: 1\n", encoding="utf-8")
    assert [Path(file).name for file in policy_sources(tmp_path)] == ["a.yaml", "b.yml"]
    assert [Path(file).name for file in policy_sources(tmp_path, tmp_path / "a.yaml")] == ["b.yml"]


def test_a_directory_without_rules_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=rf"no rule files \(\*\.yaml\) in the policy directory {tmp_path}"):
        policy_sources(tmp_path)


def test_a_rule_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"rules\.yaml is not UTF-8 text"):
        policy_sources(tmp_path)


def test_the_starter_is_the_config_directory_of_the_checkout_or_its_copy_in_the_package() -> None:
    starter = {file.name: file.read_bytes() for file in starter_directory().glob("*.yaml")}
    assert starter == {file.name: file.read_bytes() for file in (ROOT / "config").glob("*.yaml")}
    assert "escalade.yaml" in starter


# Secrets


def test_a_secret_comes_from_the_variable_without_white_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_TOKEN", " s3cret\n")
    assert EnvironmentSecrets().get("DESK_TOKEN") == "s3cret"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_or_empty_variable_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("DESK_TOKEN", value)
    with pytest.raises(SettingsError, match="DESK_TOKEN is not set"):
        EnvironmentSecrets().get("DESK_TOKEN")


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret\n", encoding="utf-8")
    assert EnvironmentSecrets().get("UNUSED", file=file) == "s3cret"


@pytest.mark.parametrize("content", [None, "\n", "directory"])
def test_a_secret_file_that_is_of_no_use_is_named(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "token"
    if content == "directory":
        file.mkdir()
    elif content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=str(file)):
        EnvironmentSecrets().get("UNUSED", file=file)


def test_a_secret_file_that_is_no_text_is_named_and_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"s3cret\xff")
    with pytest.raises(SettingsError, match="is not UTF-8 text") as caught:
        EnvironmentSecrets().get("UNUSED", file=file)
    assert caught.value.__suppress_context__, "the cause would hold what was read"
