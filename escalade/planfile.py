"""Plan files: a reviewed plan that `escalade apply` carries out exactly; a ticket that has changed is refused."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from rules.plan import Plan

FORM = 2


class PlanFileError(Exception):
    """The plan file cannot be used; the text says why and what to do."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """By what a plan was made, and for what; a plan for another place is not carried out here."""

    policy: str
    #: The name of the database that knows the tickets.
    store: str
    #: Helpdesk → its address.
    helpdesks: dict[str, str]


class PlanFile(msgspec.Struct, frozen=True, kw_only=True):
    """What was reviewed: every plan with its fingerprint, and what it was made by."""

    form: int
    origin: Origin
    made_at: datetime
    plans: tuple[Plan, ...]
    #: HMAC-SHA256 over all of the above; nobody without the database can make it.
    seal: str = ""


class _Form(msgspec.Struct, frozen=True):
    form: int


def write_plan_file(path: Path, plans: Sequence[Plan], origin: Origin, key: str, now: datetime) -> None:
    """Write the plans for review and for `escalade apply FILE`; readable by the owner only (it quotes subjects).

    Args:
        path: Where to.
        plans: What was planned.
        origin: By what and for what.
        key: What the database seals plans with.
        now: When they were made (UTC).
    """
    made = PlanFile(form=FORM, origin=origin, made_at=now, plans=tuple(plans))
    sealed = msgspec.structs.replace(made, seal=_seal(made, key))
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(sealed), indent=1))


def read_plan_file(path: Path, origin: Origin, key: str, *, edited: bool = False) -> PlanFile:
    """Read a plan file.

    Args:
        path: Where it is.
        origin: By what and for what a plan would be made here and now.
        key: What the database seals plans with.
        edited: Take it also when somebody changed it since it was written.

    Raises:
        PlanFileError: no such file, not a plan file, made by another policy or for another place, or changed.
    """
    try:
        content = path.read_bytes()
        form = msgspec.json.decode(content, type=_Form).form
        found = msgspec.json.decode(content, type=PlanFile) if form == FORM else None
    except OSError as error:
        raise PlanFileError(f"cannot read the plan file {path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PlanFileError(f"{path} is not a plan file of escalade plan --out ({error})") from error
    if found is None:
        raise PlanFileError(f"{path} has form {form}; this Escalade reads form {FORM}: make the plan again")
    _refuse_foreign(path, found.origin, origin)
    if not edited and not hmac.compare_digest(found.seal, _seal(found, key)):
        raise PlanFileError(
            f"{path} was changed since it was written, so it is not what escalade plan proposed: make the plan again, "
            "or say --edited if the changes were reviewed too"
        )
    return found


def _refuse_foreign(path: Path, made: Origin, here: Origin) -> None:
    if made.policy != here.policy:
        raise PlanFileError(
            f"{path} was made by policy {made.policy}, but the policy in force is {here.policy}: "
            "the rules changed since the review; make the plan again with escalade plan --out"
        )
    for name, address in made.helpdesks.items():
        if here.helpdesks.get(name) != address:
            now = f"is at {here.helpdesks[name]} here" if name in here.helpdesks else "is not in the settings"
            raise PlanFileError(f"{path} was made for {name} at {address}, which {now}; make the plan again")
    if made.store != here.store:
        raise PlanFileError(
            f"{path} was made on another database, which knows what was written before; apply it there, or make the "
            "plan again"
        )


def _seal(content: PlanFile, key: str) -> str:
    text = msgspec.json.encode(msgspec.structs.replace(content, seal=""), order="deterministic")
    return hmac.digest(key.encode(), text, "sha256").hex()
