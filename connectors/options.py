"""Options: what the blocks of all vendors in the settings file have in common."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator

from connectors.errors import SettingsError

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Block(BaseModel):
    """A block of options: an option that does not exist is an error, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_NO_OPTION = "there is no such option; check the spelling"

BlockT = TypeVar("BlockT", bound=Block)


class ApiToken(Block):
    """The e-mail address of our user, and where its API token is: in an environment variable or in a file."""

    email: str
    token_env: str = ""
    token_file: Path | None = None

    @model_validator(mode="after")
    def _has_a_token(self) -> Self:
        if not self.token_env and self.token_file is None:
            raise ValueError("name the API token's place: token_env (a variable) or token_file (a path)")
        return self


def _as_share(value: Any) -> Any:
    """A part of the whole, also as it is said in percent."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(value.strip().removesuffix("%")) / 100
        except ValueError:
            return value
    return value


_SHARE = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^\s*[0-9.]+\s*%$"},
    ]
}


class BudgetOptions(Block):
    """How much of a helpdesk's rate limits is ours."""

    #: Half: people's own clicks and other programs draw on the same limits, and they must not wait for a machine.
    share: Annotated[float, BeforeValidator(_as_share), Field(gt=0, le=1), WithJsonSchema(_SHARE)] = 0.5


def web_address(url: str, *, example: str, bare: bool) -> str:
    """Check the address of a helpdesk; returns it without a slash at its end.

    Args:
        url: As the settings have it; empty is left to the caller.
        example: What a right one looks like.
        bare: Whether it may have no path.

    Raises:
        ValueError: saying how to write it.
    """
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"write the address in full, for example {example}")
    if parts.username is not None or parts.query or parts.fragment or (bare and parts.path.strip("/")):
        path = "path, " if bare else ""
        raise ValueError(f"write the address without user, password, {path}query or fragment")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("use https: over http the credentials could be read on the way")
    return url.rstrip("/")


def read_block(model: type[BlockT], options: Mapping[str, Any], *, tagged: frozenset[str] = frozenset()) -> BlockT:
    """Check a block of options.

    Args:
        model: What the block may hold.
        options: The block.
        tagged: Options that may be of several kinds: pydantic names the kind in its paths, the settings file does not.

    Raises:
        SettingsError: naming every wrong or missing option at once; never a value, since one could be a secret.
    """
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        problems = []
        for entry in error.errors():
            known = model.model_fields if len(entry["loc"]) == 1 else ()
            problems.append((_path(entry["loc"], tagged), _message(entry["type"], entry["msg"], entry["loc"], known)))
        raise SettingsError(problems) from None


def _path(location: tuple[int | str, ...], tagged: frozenset[str]) -> str:
    kind = 1 if location and location[0] in tagged else None
    return ".".join(str(part) for at, part in enumerate(location) if at != kind) or "(the whole block)"


def _message(kind: str, message: str, location: tuple[int | str, ...], known: Iterable[str]) -> str:
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        return f"there is no such option; did you mean {near[0]}?" if near else _NO_OPTION
    if kind == "missing":
        return "this option is missing"
    return message.removeprefix("Value error, ")
