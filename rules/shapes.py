"""Shapes: one part of a policy held against its model, with pydantic's findings said in our own words."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from rules.schema.base import Shape
from rules.shadows import instead_of
from rules.yamltext import Path, Tree

T = TypeVar("T", bound=Shape)
_ABSENT = object()

_KINDS = {
    "string_type": ("text", "put quotes around it"),
    "int_type": ("a whole number", None),
    "int_from_float": ("a whole number", None),
    "float_type": ("a number", None),
    "bool_type": ("true or false", "YAML 1.2 knows only true and false, not yes, no, on or off"),
    "list_type": ("a list", "write it in brackets [a, b] or as lines that begin with '- '"),
    "dict_type": ("a mapping", "write it as lines 'key: value'"),
    "model_type": ("a mapping", "write it as lines 'key: value'"),
}
_LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "string_too_long": ("max_length", "shorter; the most characters are"),
}
_PATTERNS = {
    "^[a-z0-9][a-z0-9_-]{0,63}$": "an id is made of a-z, 0-9, '-' and '_', at most 64 of them",
    "^[a-z0-9][a-z0-9_./:-]{0,99}$": "a tag is made of a-z, 0-9 and _ - . / :, at most 100 of them, without blanks",
    "^[A-Za-z_][A-Za-z0-9_]*$": "this names an environment variable; the address itself is a secret, not for files",
    r"^[^\r\n]+$": "this has to be one line of text",
    r"^([01]\d|2[0-3]):[0-5]\d$": "a time of day is written HH:MM, from 00:00 to 23:59",
}


def shaped(model: type[T], raw: Any, path: Path, tree: Tree) -> T | None:
    """Hold a value against a model.

    Args:
        model: The model.
        raw: The value as YAML gave it.
        path: Where it stands.
        tree: The document; problems are noted there.

    Returns:
        The typed value, or None when something in it is wrong.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        told: set[Path] = set()
        for detail in error.errors(include_url=False, include_context=True):
            where = _trimmed(detail, raw)
            if where not in told:
                told.add(where)
                _tell(model, detail, (*path, *where), where, tree)
        return None


def _trimmed(detail: ErrorDetails, raw: Any) -> Path:
    """The error's place without the names that pydantic adds for the members of a union."""
    place: list[str | int] = []
    last = len(detail["loc"]) - 1
    for index, part in enumerate(detail["loc"]):
        inside = _inside(raw, part)
        if inside is not _ABSENT:
            raw = inside
        if inside is not _ABSENT or (index == last and detail["type"] == "missing"):
            place.append(part)
    return tuple(place)


def _inside(raw: Any, part: str | int) -> Any:
    if isinstance(raw, Mapping):
        return raw.get(part, _ABSENT)
    if isinstance(raw, list) and isinstance(part, int) and part < len(raw):
        return raw[part]
    return _ABSENT


def _tell(model: type[Shape], detail: ErrorDetails, path: Path, where: Path, tree: Tree) -> None:
    kind, found, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden" and (where[-1], found) == ("mode", "shadow"):
        tree.refuse(path, "only rules can be tried in shadow", on_key=True, hint=instead_of(str(path[0])))
    elif kind == "extra_forbidden":
        allowed = _keys_at(model, where[:-1])
        tree.refuse(path, "there is no such key here", on_key=True, found=where[-1], allowed=allowed)
    elif kind == "missing":
        tree.refuse(path[:-1], f"{where[-1]!r} is missing", hint=_doc_at(model, where))
    elif kind == "literal_error":
        allowed = tuple(word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", "))
        tree.refuse(path, "this value is not allowed here", found=found, allowed=allowed)
    elif kind in _KINDS:
        wanted, hint = _KINDS[kind]
        hint = None if found is None or (wanted == "text" and isinstance(found, dict | list)) else hint
        tree.refuse(path, f"this has to be {wanted}", found=found, hint=hint)
    elif kind in _LIMITS:
        name, said = _LIMITS[kind]
        tree.refuse(path, f"this has to be {said} {context[name]}", found=found)
    elif kind == "value_error":
        tree.refuse(path, str(context["error"]), found=found)
    elif kind == "string_pattern_mismatch":
        tree.refuse(path, _PATTERNS[str(context["pattern"])], found=found)
    elif kind in {"too_short", "string_too_short"}:
        tree.refuse(path, "this is empty", found=found)
    else:
        tree.refuse(path, detail["msg"][0].lower() + detail["msg"][1:], found=found)


def _keys_at(model: type[BaseModel], where: Path) -> tuple[str, ...]:
    inner = _model_at(model, where)
    return tuple(field.alias or name for name, field in inner.model_fields.items()) if inner is not None else ()


def _doc_at(model: type[BaseModel], where: Path) -> str | None:
    inner = _model_at(model, where[:-1])
    if inner is None or not isinstance(where[-1], str):
        return None
    field = _field(inner, where[-1])
    doc = None if field is None else field.description
    return f"add {where[-1]}: {doc}" if doc else f"add {where[-1]}: …"


def _model_at(model: type[BaseModel], where: Path) -> type[BaseModel] | None:
    """The model that describes the value at a place below `model`."""
    annotation: Any = model
    for part in where:
        annotation = _without_none(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = _field(annotation, str(part))
            annotation = field.annotation if field is not None else None
        else:
            annotation = get_args(annotation)[-1] if get_args(annotation) else None
    annotation = _without_none(annotation)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _field(model: type[BaseModel], key: str) -> FieldInfo | None:
    """The field behind a key of the file."""
    return next((field for name, field in model.model_fields.items() if key == (field.alias or name)), None)


def _without_none(annotation: Any) -> Any:
    """The annotation apart from its `None`, from what is noted beside it, and from words in its place."""
    if get_origin(annotation) is Annotated:
        return _without_none(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [_without_none(member) for member in get_args(annotation) if member is not type(None)]
        models = [member for member in members if isinstance(member, type) and issubclass(member, BaseModel)]
        return members[0] if len(members) == 1 else models[0] if len(models) == 1 else annotation
    return annotation
