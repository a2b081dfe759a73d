"""`escalade check --format` and `escalade test --format`: what programs read says what people read."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from escalade.checking.annotations import annotated
from escalade.checking.remark import Remark
from rules.lint.finding import Severity

ROOT = Path(__file__).parents[2]
LINT = ROOT / "tests" / "rules" / "lint"
ERRORS = ROOT / "tests" / "rules" / "errors"
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
        "additionalProperties": False,
    }


def listing(of: Any) -> dict[str, Any]:
    return {"type": "array", "items": of}


LEVEL = {"enum": ["none", "note", "warning", "error"]}
POSITIVE = {"type": "integer", "minimum": 1}
URI = {"type": "string", "format": "uri-reference", "pattern": r"^[^\s\\]+$"}
#: The parts of SARIF 2.1.0 that are written, each with what the standard asks of it (sections 3.13 to 3.49).
SARIF = closed(
    {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": listing(
            closed(
                {
                    "tool": closed(
                        {
                            "driver": closed(
                                {
                                    "name": {"const": "Escalade"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": closed(
                                            {
                                                "id": {"type": "string"},
                                                "shortDescription": TEXT,
                                                "help": TEXT,
                                                "defaultConfiguration": closed({"level": LEVEL}),
                                            }
                                        ),
                                    },
                                }
                            )
                        }
                    ),
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "originalUriBaseIds": {
                        "type": "object",
                        "additionalProperties": closed({"uri": URI | {"pattern": r"^file:///.*/$"}}),
                    },
                    "results": listing(
                        closed(
                            {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": TEXT,
                            },
                            locations=listing(
                                closed(
                                    {
                                        "physicalLocation": closed(
                                            {"artifactLocation": closed({"uri": URI}, uriBaseId={"type": "string"})},
                                            region=closed({"startLine": POSITIVE, "startColumn": POSITIVE}),
                                        )
                                    },
                                    logicalLocations=listing(closed({"fullyQualifiedName": {"type": "string"}})),
                                )
                            ),
                            suppressions=listing(
                                closed(
                                    {
                                        "kind": {"enum": ["inSource", "external"]},
                                        "justification": {"type": "string", "minLength": 1},
                                    }
                                )
                            ),
                        )
                    ),
                }
            )
        ),
    }
)


def policy_in(folder: Path, *files: Path) -> Path:
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder)
    return folder


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (ERRORS / "cadences.yaml", 2),
        (LINT / "never-holds.yaml", 2),
        (LINT / "always-holds.yaml", 1),
        (LINT / "unused-allowance.yaml", 1),
        (LINT / "unused-set.yaml", 0),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else str(value),
)
def test_every_form_tells_the_same_with_the_same_exit_code(
    tmp_path: Path, file: Path, code: int, escalade: Any
) -> None:
    policy_in(tmp_path / "my policy", file)
    texts = {
        form: escalade("check", "my policy", "--strict", "--format", form, at=tmp_path)
        for form in ("text", "json", "sarif", "github")
    }
    assert {form: ended.code for form, ended in texts.items()} == dict.fromkeys(texts, code)
    listed = json.loads(texts["json"].out)
    assert listed["exit_code"] == code
    heard = [(one["line"], one["column"], one["message"]) for one in listed["findings"] if one["allowed"] is None]
    assert heard
    said = texts["text"].out + texts["text"].err
    for line, column, message in heard:
        assert re.search(rf"{re.escape(file.name)}:{line}:{column}: .*{re.escape(message)}", said)
    (run,) = json.loads(texts["sarif"].out)["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"] if "suppressions" not in one]
    assert [(one["region"]["startLine"], one["region"]["startColumn"]) for one in places] == [one[:2] for one in heard]
    assert {one["artifactLocation"]["uri"] for one in places} == {f"my%20policy/{file.name}"}
    assert len(texts["github"].out.splitlines()) == len(heard)
    assert f"file=my policy/{file.name},line={heard[0][0]},col={heard[0][1]}" in texts["github"].out.splitlines()[0]


@pytest.mark.parametrize("file", [ERRORS / "cadences.yaml", *sorted(LINT.glob("*.yaml"))], ids=lambda file: file.stem)
def test_sarif_has_the_shape_that_the_standard_asks_for(tmp_path: Path, file: Path, escalade: Any) -> None:
    policy_in(tmp_path / "policy", file)
    told = json.loads(escalade("check", "policy", "--format", "sarif", at=tmp_path).out)
    jsonschema.Draft202012Validator(SARIF).validate(told)
    (run,) = told["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(ids[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    assert {name for one in run["results"] for place in one["locations"] for name in [_base(place)]} <= {"SRCROOT"}
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == f"{tmp_path.resolve().as_uri()}/"


def _base(place: dict[str, Any]) -> str:
    return str(place["physicalLocation"]["artifactLocation"]["uriBaseId"])


def test_what_a_comment_allows_is_counted_and_suppressed(tmp_path: Path, escalade: Any) -> None:
    policy = policy_in(tmp_path / "policy", LINT / "unused-set.yaml")
    file = policy / "unused-set.yaml"
    line = next(line for line in file.read_text(encoding="utf-8").splitlines() if "partners" in line)
    allowing = f"{line} # escalade: allow unused-set the partners sign in May"
    file.write_text(file.read_text(encoding="utf-8").replace(line, allowing), encoding="utf-8")
    assert escalade("check", str(policy)).out == "Nothing to find fault with. Allowed by comments: 1.\n"
    listed = json.loads(escalade("check", str(policy), "--format", "json").out)
    assert listed["counts"] == {"error": 0, "warning": 0, "note": 0, "allowed": 1}
    assert listed["findings"][0]["allowed"] == "the partners sign in May"
    (run,) = json.loads(escalade("check", str(policy), "--format", "sarif").out)["runs"]
    assert run["results"][0]["suppressions"] == [{"kind": "inSource", "justification": "the partners sign in May"}]
    assert escalade("check", str(policy), "--format", "github").out == ""


def test_an_annotation_survives_whatever_its_text_holds(tmp_path: Path) -> None:
    nasty = "100 % sure::error::\nno\r\nend, of: it"
    remark = Remark(
        code="mistake", severity=Severity.NOTE, message=nasty, file="a,b:c%.yaml", line=3, column=4, hint="x\ny"
    )
    (line,) = annotated([remark], tmp_path).splitlines()
    assert line == (
        "::notice file=a%2Cb%3Ac%25.yaml,line=3,col=4,title=mistake"
        "::100 %25 sure::error::%0Ano%0D%0Aend, of: it%0Ahint: x%0Ay"
    )


def test_what_is_in_no_file_is_annotated_without_a_place(tmp_path: Path) -> None:
    remark = Remark(code="unreachable", severity=Severity.WARNING, message="helpdesk zendesk: no answer")
    assert annotated([remark], tmp_path) == "::warning title=unreachable::helpdesk zendesk: no answer\n"


def test_rule_tests_that_fail_are_annotated_at_their_expectation(tmp_path: Path, escalade: Any) -> None:
    escalade("init", str(tmp_path))
    tests = tmp_path / "tests" / "wrong.yaml"
    tests.write_text(
        "version: 1\ntests:\n  - name: 'No tier: none'\n    at: 2026-03-02 09:00\n"
        "    given: {ticket: {helpdesk: zendesk, subject: Hello}}\n    meanwhile: [anything]\n    expect: {tier: tier1}\n",
        encoding="utf-8",
    )
    ended = escalade("test", ".", "--filter", "No tier", "--format", "github", at=tmp_path)
    assert ended.code == 1
    assert ended.out.splitlines()[-1].startswith("::error file=tests/wrong.yaml,line=7,col=")
    assert "title=rule test::No tier: none: tier%0Aexpected: tier1%0Afound: none" in ended.out
    assert json.loads(escalade("test", ".", "--filter", "No tier", "--format", "json", at=tmp_path).out)["failed"] == 1


def test_mistakes_in_rule_tests_are_annotated_too(tmp_path: Path, escalade: Any) -> None:
    escalade("init", str(tmp_path))
    (tmp_path / "tests" / "wrong.yaml").write_text("version: 1\ntests:\n  - {nmae: A}\n", encoding="utf-8")
    ended = escalade("test", ".", "--format", "github", at=tmp_path)
    assert ended.code == 2
    assert ended.out.startswith("::error file=tests/wrong.yaml,line=3,col=")
    assert "did you mean 'name'?" in ended.err
