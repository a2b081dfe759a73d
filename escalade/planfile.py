"""Plan files: a reviewed plan that `escalade apply` carries out exactly; a ticket that has changed is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from rules.plan import Plan

FORM = 1


class PlanFileError(Exception):
    """The plan file cannot be used; the text says why and what to do."""


class PlanFile(msgspec.Struct, frozen=True, kw_only=True):
    """What was reviewed: every plan with its fingerprint, and the policy that it was made by."""

    form: int
    policy: str
    made_at: datetime
    plans: tuple[Plan, ...]


def write_plan_file(path: Path, plans: Sequence[Plan], policy: str, now: datetime) -> None:
    """Write the plans for review and for `escalade apply FILE`; readable by the owner only (it quotes subjects)."""
    content = msgspec.json.encode(PlanFile(form=FORM, policy=policy, made_at=now, plans=tuple(plans)))
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(content, indent=1))


def read_plan_file(path: Path, policy: str) -> PlanFile:
    """Read a plan file.

    Raises:
        PlanFileError: no such file, not a plan file, or made by another policy than the one in force.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=PlanFile)
    except OSError as error:
        raise PlanFileError(f"cannot read the plan file {path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PlanFileError(f"{path} is not a plan file of escalade plan --out ({error})") from error
    if found.form != FORM:
        raise PlanFileError(f"{path} has form {found.form}; this Escalade reads form {FORM}: make the plan again")
    if found.policy != policy:
        raise PlanFileError(
            f"{path} was made by policy {found.policy}, but the policy in force is {policy}: "
            "the rules changed since the review; make the plan again with escalade plan --out"
        )
    return found
