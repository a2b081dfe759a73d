"""The vendors' published API specifications: cut down to the calls of a test, mended where the real products differ.

Besides the named deviations, one thing is tolerated everywhere: fields of an answer that the specification does not
list (the recordings show statuscategorychangedate, hierarchyLevel, authenticity_token and more).
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """Where the real product differs from its specification; `mend` makes the specification follow it."""

    why: str
    mend: Callable[[Any], None]


# Zendesk

# Fields that are null in recorded traffic although the specification says they never are.
RECORDED_NULLS = {
    "TicketObject": (
        *("external_id", "assignee_id", "group_id", "problem_id", "priority", "type", "due_at", "recipient"),
        *("forum_topic_id", "satisfaction_rating", "organization_id"),
    ),
    "UserForAdmin": ("alias", "default_group_id", "details", "email", "last_login_at", "notes", "signature"),
    "TicketFieldObject": ("agent_description",),
}


def _allow_recorded_nulls(spec: Any) -> None:
    for schema, names in RECORDED_NULLS.items():
        fields = spec["components"]["schemas"].get(schema, {}).get("properties", {})
        for name in fields.keys() & names:
            fields[name]["nullable"] = True
            if "enum" in fields[name]:
                fields[name]["enum"] = [*fields[name]["enum"], None]


def _allow_empty_custom_fields(spec: Any) -> None:
    row = spec["components"]["schemas"]["TicketObject"]["properties"]["custom_fields"]["items"]
    row["properties"]["value"] = {}


def _drop_status_enum(spec: Any) -> None:
    spec["components"]["schemas"]["TicketObject"]["properties"]["status"].pop("enum", None)


def _drop_parameters_of_other_paths(spec: Any) -> None:
    for path, item in spec["paths"].items():
        for place in (item, *(operation for operation in item.values() if isinstance(operation, dict))):
            place["parameters"] = [one for one in place.get("parameters", []) if _belongs(spec, one, path)]


def _belongs(spec: Any, parameter: Any, path: str) -> bool:
    described = _followed(spec, parameter)
    return described["in"] != "path" or f"{{{described['name']}}}" in path


def _write_custom_fields_by_id_and_value(spec: Any) -> None:
    update = spec["components"]["schemas"].get("TicketUpdateInput")
    if update:
        update["properties"]["custom_fields"]["items"] = {
            "type": "object",
            "properties": {"id": {"type": "integer"}, "value": {}},
        }


def _let_audits_tell_any_value(spec: Any) -> None:
    audit = spec["components"]["schemas"].get("AuditObject")
    if audit:
        audit["properties"]["events"]["items"]["properties"]["value"] = {}


ZENDESK = {
    "ticket-status-deleted": Deviation(
        why="exports show deleted tickets with status 'deleted', which the specification's list lacks",
        mend=_drop_status_enum,
    ),
    "null-where-recorded-null": Deviation(
        why="recorded answers show null for fields that the specification calls never null (RECORDED_NULLS)",
        mend=_allow_recorded_nulls,
    ),
    "custom-field-values": Deviation(
        why="a custom field that is empty is null, a check box true or false; the specification knows text only",
        mend=_allow_empty_custom_fields,
    ),
    "path-parameters-of-other-paths": Deviation(
        why="GET /groups is specified with the path parameter user_id, which its path does not have",
        mend=_drop_parameters_of_other_paths,
    ),
    "custom-fields-are-written-by-id-and-value": Deviation(
        why="the update is specified to take whole definitions of fields, with key, type and title required; the page "
        "that it refers to, on setting custom field values, says id and value",
        mend=_write_custom_fields_by_id_and_value,
    ),
    "audit-values": Deviation(
        why="the audit in the answer to an update tells null for what was emptied (recorded) and lists for tags; the "
        "specification knows texts and numbers only",
        mend=_let_audits_tell_any_value,
    ),
}

# Jira and Jira Service Management


def _drop_date_time(spec: Any) -> None:
    if isinstance(spec, dict):
        if spec.get("format") == "date-time":
            del spec["format"]
        for value in spec.values():
            _drop_date_time(value)
    elif isinstance(spec, list):
        for value in spec:
            _drop_date_time(value)


_EMPTY = {
    ("put", "issue/{issueIdOrKey}"): ("204",),
    ("post", "issue/{issueIdOrKey}/transitions"): ("204",),
    ("post", "issue/{issueIdOrKey}/watchers"): ("204",),
    ("post", "issue/{issueIdOrKey}/notify"): ("204",),
    ("put", "issue/{issueIdOrKey}/assignee"): ("204",),
    ("post", "issueLink"): ("201",),
    ("put", "issue/{issueIdOrKey}/properties/{propertyKey}"): ("200", "201"),
    ("put", "comment/{commentId}/properties/{propertyKey}"): ("200", "201"),
    ("put", "/rest/servicedeskapi/organization/{organizationId}/property/{propertyKey}"): ("200", "201"),
}


def _answers_may_be_empty(spec: Any) -> None:
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            for status in _EMPTY.get((method, path.removeprefix("/rest/api/3/")), ()):
                operation["responses"][status].pop("content", None)


def _remote_links_are_a_list(spec: Any) -> None:
    found = spec["paths"].get("/rest/api/3/issue/{issueIdOrKey}/remotelink", {}).get("get")
    if found:
        content = found["responses"]["200"]["content"]["application/json"]
        content["schema"] = {"anyOf": [content["schema"], {"type": "array", "items": content["schema"]}]}


def _changed_values_may_be_null(spec: Any) -> None:
    change = spec["components"]["schemas"].get("ChangeDetails")
    if change:
        for name in ("from", "fromString", "to", "toString"):
            change["properties"][name]["nullable"] = True


def _bulk_changelogs_count_milliseconds(spec: Any) -> None:
    if "IssueChangeLog" in spec["components"]["schemas"]:
        # The entries of both changelog endpoints share one schema; only here is the instant a number.
        spec["components"]["schemas"]["Changelog"]["properties"]["created"].pop("type")


JIRA = {
    "times have no colon in their offset": Deviation(
        why="2025-07-25T21:01:33.495+0200 in every recording; the format date-time wants +02:00",
        mend=_drop_date_time,
    ),
    "successful writes have no body": Deviation(
        why="PUT issue answers 204 with nothing, POST issueLink 201 with nothing; the specification lists JSON",
        mend=_answers_may_be_empty,
    ),
    "remote links come as a list": Deviation(
        why="without globalId the answer is an array (recorded); the specification shows one object",
        mend=_remote_links_are_a_list,
    ),
    "changed values may be null": Deviation(
        why="from and to are null for texts and labels, and for a field that was or becomes empty (recorded)",
        mend=_changed_values_may_be_null,
    ),
    "bulk changelogs count milliseconds": Deviation(
        why="created is an epoch number in changelog/bulkfetch; the specification says date-time",
        mend=_bulk_changelogs_count_milliseconds,
    ),
}


def _followed(spec: Any, node: Any) -> Any:
    while "$ref" in node:
        _, _, section, name = node["$ref"].split("/")
        node = spec["components"][section][name]
    return node


def _referred(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _referred(value)
    elif isinstance(node, list):
        for value in node:
            yield from _referred(value)


def _open(node: Any) -> None:
    """Allow fields that are not listed."""
    if isinstance(node, dict):
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
        for value in node.values():
            _open(value)
    elif isinstance(node, list):
        for value in node:
            _open(value)


def _causes(error: BaseException | None) -> list[str]:
    if error is None:
        return []
    found = [f"{list(item.path)}: {item.message[:200]}" for item in getattr(error, "schema_errors", [])]
    return found or _causes(error.__cause__) or [str(error)[:200]]


def _said(check: Callable[[], object]) -> list[str]:
    try:
        check()
    except OpenAPIError as error:
        return _causes(error)
    return []


@dataclass(frozen=True)
class Part:
    """The part of a specification that some calls need."""

    openapi: OpenAPI

    def complaints(self, answer: requests.Response) -> list[str]:
        """What does not fit the specification in the request of this answer, or in the answer itself."""
        return [*self.complaints_of_request(answer.request), *self.complaints_of_answer(answer)]

    def complaints_of_request(self, request: requests.PreparedRequest) -> list[str]:
        """What does not fit the specification in a request."""
        return _said(lambda: self.openapi.validate_request(RequestsOpenAPIRequest(request)))

    def complaints_of_answer(self, answer: requests.Response) -> list[str]:
        """What does not fit the specification in an answer."""
        asked, got = RequestsOpenAPIRequest(answer.request), RequestsOpenAPIResponse(answer)
        return _said(lambda: self.openapi.validate_response(asked, got))


@dataclass(frozen=True)
class Specification:
    """One published specification. Parsing all of it takes minutes, so that parts are cut out of it."""

    file: Path
    deviations: Mapping[str, Deviation]
    _parts: dict[tuple[frozenset[str], frozenset[str]], Part] = field(default_factory=dict)

    @cached_property
    def raw(self) -> Any:
        return json.loads(self.file.read_text())

    def part(self, templates: Iterable[str], *, without: str | None = None) -> Part:
        """The part with these paths, mended by all deviations but one."""
        key = frozenset(templates), frozenset(self.deviations.keys() - {without})
        if key not in self._parts:
            cut = self._cut(key[0])
            for name in self.deviations:
                if name in key[1]:
                    self.deviations[name].mend(cut)
            self._parts[key] = Part(OpenAPI.from_dict(cut, config=Config(spec_validator_cls=None)))
        return self._parts[key]

    def _cut(self, templates: frozenset[str]) -> dict[str, Any]:
        missing = templates - self.raw["paths"].keys()
        assert not missing, f"not in {self.file.name}: {sorted(missing)}"
        kept: dict[str, Any] = {key: self.raw[key] for key in ("openapi", "info")}
        kept["paths"] = {template: copy.deepcopy(self.raw["paths"][template]) for template in sorted(templates)}
        kept["components"] = {"schemas": {}, "parameters": {}, "examples": {}}
        todo = [*_referred(kept["paths"])]
        while todo:
            _, _, section, name = todo.pop().split("/")
            if name not in kept["components"][section]:
                kept["components"][section][name] = copy.deepcopy(self.raw["components"][section][name])
                todo += _referred(kept["components"][section][name])
        for path in kept["paths"].values():
            for operation in path.values():
                if isinstance(operation, dict):
                    operation.pop("security", None)
        _open(kept["components"])
        return kept

    def unlisted(self, method: str, template: str, query: Iterable[str], body: Any) -> set[str]:
        """Names in a request that the specification does not list: query parameters, and fields as dotted paths."""
        item = self.raw["paths"][template]
        operation = item[method.lower()]
        described = [
            _followed(self.raw, one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))
        ]
        found = set(query) - {one["name"] for one in described if one["in"] == "query"}
        if body is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            found |= set(self._strange(schema, body, ""))
        return found

    def _strange(self, schema: Any, value: Any, place: str) -> Iterator[str]:
        listed = self._properties(schema)
        if isinstance(value, list):
            items = _followed(self.raw, schema).get("items", {})
            for element in value:
                yield from self._strange(items, element, place)
        elif isinstance(value, dict) and listed:
            for name, inner in value.items():
                where = f"{place}.{name}".removeprefix(".")
                if name in listed:
                    yield from self._strange(listed[name], inner, where)
                else:
                    yield where

    def _properties(self, schema: Any) -> dict[str, Any]:
        schema = _followed(self.raw, schema)
        found = dict(schema.get("properties", {}))
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            found |= self._properties(part)
        return found


@dataclass(frozen=True)
class Specifications:
    """All three of them, and the folder that has the recordings, too."""

    material: Path
    zendesk: Specification
    jira: Specification
    desk: Specification


@pytest.fixture(scope="session")
def specifications() -> Specifications:
    shared = os.environ.get("ESCALADE_SHARED")
    material = (Path(shared) if shared else Path(__file__).parents[3] / "shared") / "material"
    if not material.is_dir():
        pytest.skip(f"the reference folder with the API specifications is not at {material}; set ESCALADE_SHARED")
    return Specifications(
        material=material,
        zendesk=Specification(material / "openapi" / "zendesk.json", ZENDESK),
        jira=Specification(material / "openapi" / "jira-v3.json", JIRA),
        desk=Specification(material / "openapi" / "jsm.json", JIRA),
    )
