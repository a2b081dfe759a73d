"""`escalade schema`: what editors and programs are told of our files is what the loaders read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from escalade.schemas import SCHEMAS, Kind, file_name, schema_text
from escalade.settings_schema import settings_schema
from rules.problems import Findings
from rules.schema.export import json_schema
from rules.yamltext import read_yaml

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
ERRORS = ROOT / "tests" / "rules" / "errors"
HISTORY = (ROOT / "docs" / "reference" / "history.md").read_text(encoding="utf-8")
#: Mistakes in the shape of a file, as the loader tells them. In cells of the matrix, whose shape hangs on its axes, and
#: in names that refer to other parts a schema sees none.
SHAPE = re.compile(r"there is no such (?:key here|operator|fact) \(at (?!matrix)")
WRONG_SHAPES = [
    file for file in sorted(ERRORS.glob("*.yaml")) if SHAPE.search(file.with_suffix(".err").read_text(encoding="utf-8"))
]
STARTER = sorted(file.relative_to(CONFIG) for file in CONFIG.rglob("*.yaml"))
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


def parsed(text: str) -> Any:
    tree = read_yaml("file", text, Findings())
    assert tree is not None
    return tree.value


def validator(schema: dict[str, Any]) -> Any:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_schema_is_one_that_needs_no_other_and_is_printed(kind: Kind, escalade: Any, tmp_path: Path) -> None:
    text = escalade("schema", str(kind)).out
    schema = json.loads(text)
    validator(schema)
    assert all(ref.startswith("#/$defs/") for ref in re.findall(r'"\$ref": "([^"]+)"', text))
    assert set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', text)) <= schema["$defs"].keys()
    assert escalade("schema", str(kind), "--out", str(tmp_path / "one.json")).code == 0
    assert (tmp_path / "one.json").read_text(encoding="utf-8") == text == schema_text(kind)


def test_all_of_them_can_be_written_at_once(escalade: Any, tmp_path: Path) -> None:
    assert escalade("schema", "--out", str(tmp_path / "schemas")).code == 0
    assert {file.name for file in (tmp_path / "schemas").iterdir()} == {file_name(kind) for kind in SCHEMAS}
    assert escalade("schema").code == 2
    assert escalade("schema", "polices").code == 2


@pytest.mark.parametrize("file", STARTER, ids=str)
def test_every_file_of_the_starter_names_a_schema_that_accepts_it(file: Path) -> None:
    text = (CONFIG / file).read_text(encoding="utf-8")
    named = MODELINE.match(text)
    assert named is not None, "the first line tells editors the schema"
    schema = next(schema() for kind, schema in SCHEMAS.items() if Path(named[1]).name == file_name(kind))
    assert [error.message for error in validator(schema).iter_errors(parsed(text))] == []


def test_a_new_directory_has_every_schema_that_its_files_name(tmp_path: Path, escalade: Any) -> None:
    assert escalade("init", str(tmp_path)).code == 0
    files = list(tmp_path.rglob("*.yaml"))
    assert len(files) == len(STARTER)
    for file in files:
        named = MODELINE.match(file.read_text(encoding="utf-8"))
        assert named is not None
        assert (file.parent / named[1]).is_file()
    assert escalade("check", str(tmp_path), "--strict").code == 0


@pytest.mark.parametrize("file", WRONG_SHAPES, ids=lambda file: file.stem)
def test_what_the_loader_refuses_for_its_shape_editors_mark_too(file: Path) -> None:
    assert not validator(json_schema()).is_valid(parsed(file.read_text(encoding="utf-8")))


def test_there_are_wrong_shapes_enough() -> None:
    assert len(WRONG_SHAPES) > 20


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({"workrs": 4}, "workrs"),
        ({"backlog": "maybe"}, "maybe"),
        ({"attempts": 0}, "0 is less than"),
        ({"service": {"prot": 8080}}, "prot"),
        ({"webhooks": {"zendesk": {"secret": "x"}}}, "not valid"),
        ({"helpdesks": {}}, "should be non-empty"),
        ({"helpdesks": {"zendesk": {"url": "https://example.zendesk.com"}}}, "vendor"),
        ({"helpdesks": {"desk": {"vendor": "zendsk"}}}, "zendsk"),
        ({"helpdesks": {"desk": {"vendor": "zendesk", "auth": {"email": "a"}, "subdoman": "x"}}}, "subdoman"),
        ({"helpdesks": {"desk": {"vendor": "jira", "url": "https://x", "auth": {}, "project": ["OPS"]}}}, "project"),
        ({"helpdesks": {"desk": {"vendor": "jira", "url": "https://x", "auth": {"pat_env": "P"}, "budget": 5}}}, "5"),
    ],
    ids=str,
)
def test_the_schema_of_the_settings_refuses(wrong: dict[str, Any], found: str) -> None:
    starter = parsed((CONFIG / "escalade.yaml").read_text(encoding="utf-8"))
    said = [error.message for error in validator(settings_schema()).iter_errors(starter | wrong)]
    assert any(found in message for message in said), said


@pytest.mark.parametrize(
    "right",
    [
        {"helpdesks": {"z": {"vendor": "zendesk", "subdomain": "x", "auth": {"email": "a", "token_env": "B"}}}},
        {
            "helpdesks": {
                "j": {"vendor": "jira", "url": "https://x", "auth": {"pat_env": "P"}, "budget": {"share": "40%"}}
            }
        },
        {"webhooks": {"zendesk": {"secret_env": "S", "ticket": "$.id"}, "two": {"helpdesk": "jira", "token_env": "T"}}},
        {"service": {"host": "127.0.0.2", "port": 80}},
    ],
    ids=str,
)
def test_the_schema_of_the_settings_accepts(right: dict[str, Any]) -> None:
    starter = parsed((CONFIG / "escalade.yaml").read_text(encoding="utf-8"))
    assert [error.message for error in validator(settings_schema()).iter_errors(starter | right)] == []


def test_a_connector_that_does_not_describe_its_blocks_may_hold_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Callable[[], dict[str, Any]] = lambda: {"other": None}  # noqa: E731 - one line in place of the registry
    monkeypatch.setattr("escalade.settings_schema.installed", known)
    monkeypatch.setattr("escalade.settings_schema.connector_of", lambda _: object())
    settings = {"version": 1, "helpdesks": {"desk": {"vendor": "other", "whatever": 1}}, "webhooks": {"desk": {"x": 1}}}
    assert validator(settings_schema()).is_valid(settings)


def test_the_events_of_the_reference_fit_the_schema_of_histories() -> None:
    schema = validator(SCHEMAS[Kind.HISTORY]())
    lines = [
        json.loads(line)
        for block in re.findall(r"```json\n(.*?)```", HISTORY, re.DOTALL)
        for line in block.splitlines()
    ]
    assert lines
    assert all(schema.is_valid(line) for line in lines)
    assert not schema.is_valid({"at": "2026-02-27T09:00:00Z", "ticket": "zendesk:35", "event": "cretaed"})
